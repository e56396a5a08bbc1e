"""`annotate suggest-next` against chance: how many labels a classifier needs to reach an accuracy.

    uv run python benchmarks/suggest.py
    uv run python benchmarks/suggest.py --network cnn.keras --faces mien-workspace

A pool of 1,000 FER-2013 faces is labelled in batches of 50, starting from 100 drawn at random; after each batch a
linear discriminant on histograms of oriented gradients is fitted anew and tested on PublicTest: cheap enough for
hundreds of fits, and with probabilities to go by. The next batch is drawn at random, or is what suggest-next's scores
put first. Labels are FER-2013's own, one a face, so raters' disagreement has no part in it. Needs ../shared/data.

With --network the case is the one mien is made for: a network of ours that learnt from FER-2013 is adapted to other
faces, say a workspace's. Its last layer (a softmax over its embedding) is fitted anew to the labelled part of a pool
of 1,000; the other faces are the test.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotate.suggest.score import deficit, ranked, uncertainty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
START, BATCH, POOL = 100, 50, 1000


def gradients(images: NDArray[Any]) -> NDArray[Any]:
    """Histograms of oriented gradients: 8 directions in 6 × 6 cells of 8 × 8 pixels, float32 `[N, 288]`."""
    grey = images.astype(np.float32)
    down, across = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(down, across)
    turn = ((np.arctan2(down, across) + np.pi) / (2 * np.pi) * 8).astype(int) % 8
    cells = np.stack([(strength * (turn == at)).reshape(-1, 6, 8, 6, 8).sum(axis=(2, 4)) for at in range(8)], axis=-1)
    flat = cells.reshape(len(images), -1)
    scaled: NDArray[Any] = flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6)
    return scaled


Parts = tuple[NDArray[Any], NDArray[Any]]
"""Of the pool, and of the test."""


def discriminant() -> Any:
    """A linear classifier for features that were not learnt."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


def last_layer() -> Any:
    """A network's last layer: a softmax over its embedding, with a little weight decay."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))


def embeddings(network: Path, images: NDArray[Any]) -> NDArray[Any]:
    """What a network of ours makes of faces before its last layer, float32 `[N, C]`."""
    from workspace.backend import load_keras

    load_keras()
    import keras

    whole = keras.models.load_model(network)
    model = keras.Model(whole.inputs, whole.get_layer("embedding").output)
    parts = np.array_split(images[..., None].astype(np.float32), max(1, len(images) // 256))
    return np.concatenate([np.asarray(model.predict_on_batch(part)) for part in parts])


def run(make: Callable[[], Any], features: Parts, labels: Parts, seed: int, how: str) -> list[list[float]]:
    """Accuracy and mean recall on the test after each batch."""
    random = np.random.default_rng(seed)
    chosen = random.permutation(POOL)[:START].tolist()
    curve = []
    while True:
        fitted = make()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a class with a single face, in the first batches
            fitted.fit(features[0][chosen], labels[0][chosen])
        answers = fitted.predict(features[1])
        recalls = [(answers[labels[1] == at] == at).mean() for at in np.unique(labels[1])]
        curve.append([float((answers == labels[1]).mean()), float(np.mean(recalls))])
        left = np.setdiff1d(np.arange(POOL), chosen)
        if not len(left):
            return curve
        if how == "random":
            chosen += random.permutation(left)[:BATCH].tolist()
            continue
        probabilities = np.zeros((len(left), 7))
        probabilities[:, fitted.classes_] = fitted.predict_proba(features[0][left])
        lacking = deficit(probabilities, np.bincount(labels[0][chosen], minlength=7))
        parts = {"uncertainty": ranked(uncertainty(probabilities)), "deficit": ranked(lacking)}
        score = parts[how] if how in parts else sum(parts.values())
        chosen += left[np.argsort(-score, kind="stable")[:BATCH]].tolist()


def needed(curve: NDArray[Any], target: float) -> str:
    """Labels after which a mean curve first reaches a target."""
    reached = np.flatnonzero(curve >= target)
    return f"{START + BATCH * reached[0]:,}" if len(reached) else "not reached"


def fer2013(seeds: int) -> Iterator[tuple[Parts, Parts]]:
    """Pools of Training and PublicTest: features and labels."""
    data = np.load(ROOT.parent / "shared" / "data" / "fer2013_train_public.npz")
    train, test = (np.flatnonzero(data["usage"] == usage) for usage in (0, 1))
    held_out = gradients(data["images"][test])
    for seed in range(seeds):
        pool = np.random.default_rng(1000 + seed).choice(train, POOL, replace=False)
        features = gradients(data["images"][pool]), held_out
        yield features, (data["labels"][pool].astype(int), data["labels"][test].astype(int))


def others(network: Path, path: Path, seeds: int) -> Iterator[tuple[Parts, Parts]]:
    """Pools of other labelled faces and the rest of them: embeddings and labels."""
    from workspace.faceset import read

    faces = read(path)
    known, labels = embeddings(network, faces.pixels), faces.labels.astype(int)
    for seed in range(seeds):
        order = np.random.default_rng(1000 + seed).permutation(len(labels))
        pool, test = order[:POOL], order[POOL:]
        yield (known[pool], known[test]), (labels[pool], labels[test])


def main() -> None:
    """Prints the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--network", type=Path, help="a .keras file of ours with a layer `embedding`")
    parser.add_argument("--faces", type=Path, help="labelled faces for --network, a workspace for example")
    options = parser.parse_args()
    seeds = options.seeds
    pools = others(options.network, options.faces, seeds) if options.network else fer2013(seeds)
    what_is_fitted, test_set = (last_layer, "the other faces") if options.network else (discriminant, "PublicTest")
    curves: dict[str, list[list[list[float]]]] = {}
    for seed, (features, labels) in enumerate(pools):
        for how in ("random", "uncertainty", "deficit", "uncertainty and deficit"):
            curves.setdefault(how, []).append(run(what_is_fitted, features, labels, seed, how))
    means = {how: np.array(found).mean(axis=0) for how, found in curves.items()}
    for at, what in enumerate(("accuracy", "mean recall of the seven")):
        print(f"{what} on {test_set}, mean of {seeds} pools of {POOL:,}")
        for how, curve in means.items():
            print(f"  {how:24}" + " ".join(f"{100 * value:.1f}" for value in curve[:, at]))
        whole = means["random"][-1, at]
        for share in (0.9, 0.95):
            counts = ", ".join(f"{how} {needed(curve[:, at], share * whole)}" for how, curve in means.items())
            print(f"  labels for {share:.0%} of what all {POOL:,} give ({100 * share * whole:.1f} %): {counts}")


if __name__ == "__main__":
    main()
