"""`annotate suggest-next` against chance: how many labels a classifier needs to reach an accuracy.

    uv run python benchmarks/suggest.py

A pool of 1,000 FER-2013 faces is labelled in batches of 50, starting from 100 drawn at random; after each batch a
linear discriminant on histograms of oriented gradients is fitted anew and tested on PublicTest: cheap enough for
hundreds of fits, and with probabilities to go by. The next batch is drawn at random, or is what suggest-next's scores
put first. Labels are FER-2013's own, one a face, so raters' disagreement has no part in it. Needs ../shared/data.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

from annotate.suggest.score import deficit, ranked, uncertainty

ROOT = Path(__file__).parent.parent
START, BATCH, POOL = 100, 50, 1000


def gradients(images: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients: 8 directions in 6 × 6 cells of 8 × 8 pixels, float32 `[N, 288]`."""
    grey = images.astype(np.float32)
    down, across = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(down, across)
    turn = ((np.arctan2(down, across) + np.pi) / (2 * np.pi) * 8).astype(int) % 8
    cells = np.stack([(strength * (turn == at)).reshape(-1, 6, 8, 6, 8).sum(axis=(2, 4)) for at in range(8)], axis=-1)
    flat = cells.reshape(len(images), -1)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6)


Parts = tuple[np.ndarray, np.ndarray]
"""Of the pool, and of the test."""


def run(features: Parts, labels: Parts, seed: int, how: str) -> list[list[float]]:
    """Accuracy and mean recall on the test after each batch."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    random = np.random.default_rng(seed)
    chosen = random.permutation(POOL)[:START].tolist()
    curve = []
    while True:
        fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a class with a single face, in the first batches
            fitted.fit(features[0][chosen], labels[0][chosen])
        answers = fitted.predict(features[1])
        recalls = [(answers[labels[1] == at] == at).mean() for at in range(7)]
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


def needed(curve: np.ndarray, target: float) -> str:
    """Labels after which a mean curve first reaches a target."""
    reached = np.flatnonzero(curve >= target)
    return f"{START + BATCH * reached[0]:,}" if len(reached) else "not reached"


def main() -> None:
    """Prints the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    data = np.load(ROOT.parent / "shared" / "data" / "fer2013_train_public.npz")
    train, test = (np.flatnonzero(data["usage"] == usage) for usage in (0, 1))
    held_out = gradients(data["images"][test])
    curves: dict[str, list[list[list[float]]]] = {}
    for seed in range(seeds):
        pool = np.random.default_rng(1000 + seed).choice(train, POOL, replace=False)
        features = gradients(data["images"][pool]), held_out
        labels = data["labels"][pool].astype(int), data["labels"][test].astype(int)
        for how in ("random", "uncertainty", "deficit", "uncertainty and deficit"):
            curves.setdefault(how, []).append(run(features, labels, seed, how))
    means = {how: np.array(found).mean(axis=0) for how, found in curves.items()}
    for at, what in enumerate(("accuracy", "mean recall of the seven")):
        print(f"{what} on PublicTest, mean of {seeds} pools of {POOL:,}")
        for how, curve in means.items():
            print(f"  {how:24}" + " ".join(f"{100 * value:.1f}" for value in curve[:, at]))
        whole = means["random"][-1, at]
        for share in (0.9, 0.95):
            counts = ", ".join(f"{how} {needed(curve[:, at], share * whole)}" for how, curve in means.items())
            print(f"  labels for {share:.0%} of what all {POOL:,} give ({100 * share * whole:.1f} %): {counts}")


if __name__ == "__main__":
    main()
