"""Figures of docs/agreement.md: speed and memory, planted raters, coverage of the intervals, and FER+'s ten taggers.

    uv run python benchmarks/agreement.py speed
    uv run python benchmarks/agreement.py raters
    uv run python benchmarks/agreement.py coverage
    uv run python benchmarks/agreement.py ferplus

`speed` runs `annotate agreement` and `annotate consensus` on a workspace of 100,000 faces × 5 raters, a tenth of the
answers missing, each command a process of its own. `ferplus` needs the data beside the checkout, ../shared/data.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from annotate.consensus.decide import confusion
from annotate.statistics.bootstrap import intervals
from annotate.statistics.coefficients import coefficients, summands, sums
from annotate.statistics.dawid_skene import dawid_skene
from annotate.statistics.distance import squared_distances
from annotate.statistics.majority import leading, weighted_votes, weights
from annotate.statistics.patterns import patterns
from annotate.statistics.ratings import Ratings
from schemas.emotion import CONTEMPT, EMOTIONS, NAMES
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
SHARES = np.array([0.12, 0.04, 0.12, 0.27, 0.15, 0.12, 0.18])
CHILD = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
    "usage = resource.getrusage(resource.RUSAGE_CHILDREN);"
    "print(done.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)"
)


def planted(seed: int, faces: int, missing: float = 0.3) -> tuple[Ratings, NDArray[Any], NDArray[Any]]:
    """Five raters of whom one guesses and three see surprise in most fearful faces; the truth, their confusions."""
    random = np.random.default_rng(seed)
    truth = random.choice(7, faces, p=SHARES)
    matrices = np.array([[random.dirichlet(np.full(7, 2.0)) for _ in range(7)] for _ in range(5)])
    sure = np.array([0.2, 0.7, 0.7, 0.7, 0.7])[:, None, None]
    matrices = matrices * (1 - sure) + np.eye(7) * sure
    matrices[1:4, 2] *= 0.4
    matrices[1:4, 2, 5] += 0.6
    face, rater = np.repeat(np.arange(faces), 5), np.tile(np.arange(5), faces)
    there = random.random(len(face)) >= missing
    face, rater = face[there], rater[there]
    drawn = random.random(len(face))[:, None] > matrices[rater, truth[face]].cumsum(axis=1)
    return Ratings(faces, tuple("abcde"), NAMES, face, rater, drawn.sum(axis=1).clip(0, 6)), truth, matrices


def speed(faces: int) -> None:
    """Times the commands on a large workspace."""
    ratings, _, _ = planted(0, faces, missing=0.1)
    count = len(ratings.face)
    rows: dict[str, object] = dict.fromkeys(TABLES["annotations"].names)
    rows |= dict.fromkeys(("presentation", "revision", "project", "task", "annotation"), 0)
    stamps = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(count), unit="s")
    rows |= {
        "face_id": np.array([f"{face:032x}" for face in range(faces)], object)[ratings.face],
        "rater": np.array([f"R0{rater}" for rater in range(5)], object)[ratings.rater],
        "kind": "task",
        "label": np.array(NAMES, object)[ratings.answer],
        "skipped": False,
        "lead_time_s": np.random.default_rng(0).lognormal(1.2, 0.4, count),
        "created_at": stamps.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": "label-studio",
    }
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder) / "ws", create=True)
        workspace.replace("annotations", pd.DataFrame(rows, index=range(count)))
        print(f"{faces:,} faces, {count:,} answers of 5 raters")
        for words in (
            ["agreement"],
            ["consensus"],
            ["consensus", "--consensus-method", "weighted"],
            ["consensus", "--consensus-method", "dawid-skene"],
        ):
            command = [sys.executable, "-m", "annotate", *words, "--workspace", str(workspace.path)]
            started = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-c", CHILD, *command], capture_output=True, text=True, check=True, cwd=ROOT
            )
            status, cpu, peak = map(float, done.stdout.split())
            wall = time.monotonic() - started
            said = f"{cpu:.1f} CPU-s, {wall:.1f} s, {peak:.0f} MB at most"
            print(f"annotate {' '.join(words)}: {said}{f', exit {status:.0f}' if status else ''}")


def raters(seeds: int) -> None:
    """Accuracy of the methods, and of the confusions found, on planted raters."""

    def right(score: NDArray[Any], truth: NDArray[Any]) -> float:
        first = leading(score)
        return float((first / np.maximum(first.sum(axis=1, keepdims=True), 1))[np.arange(len(truth)), truth].mean())

    print("faces   majority weighted | Dawid–Skene, by smoothing" + " " * 14 + "| error of confusions")
    smoothings = (0.0, 1.0, 3.0, 10.0, 30.0)
    for faces in (200, 400, 1000, 3000):
        figures = []
        for seed in range(seeds):
            ratings, truth, matrices = planted(seed, faces)
            answered = ratings.counts().sum(axis=1) > 0
            votes = ratings.counts(), weighted_votes(ratings, weights(ratings))
            fits = [dawid_skene(ratings, smoothing=value) for value in smoothings]
            scores = [*votes, *(fit.posterior for fit in fits)]
            row = [right(score[answered], truth[answered]) for score in scores]
            figures.append([*row, *(float(np.abs(fit.confusion - matrices).mean()) for fit in fits)])
        mean = np.mean(figures, axis=0)
        gain = np.array(figures)[:, 2 + smoothings.index(3.0)] - np.array(figures)[:, 0]
        print(
            f"{faces:5}   "
            + " ".join(f"{value:.4f}" for value in mean)
            + f"  gain {gain.min():+.3f} to {gain.max():+.3f}"
        )
    print(f"smoothings {smoothings}; means over {seeds} seeds")


def coverage(samples: int) -> None:
    """How many intervals hold the true value: of observed agreement, κ, AC1, α and α with distance."""
    random = np.random.default_rng(1)
    matrix = 0.65 * np.eye(7) + 0.35 * random.dirichlet(np.full(7, 1.0), 7)
    squared = squared_distances(NAMES)

    def statistic(totals: NDArray[Any]) -> NDArray[Any]:
        found = coefficients(sums(totals, 7), squared)
        return np.stack([found.observed, found.fleiss, found.ac1, found.alpha, found.alpha_distance], axis=-1)

    def drawn(faces: int) -> NDArray[Any]:
        answers = random.integers(2, 6, faces)
        return np.array(random.multinomial(answers, matrix[random.choice(7, faces, p=SHARES)]))

    kinds = patterns(drawn(2_000_000))
    true = statistic((kinds.faces @ summands(kinds.counts))[None])[0]
    print("true values " + " ".join(f"{value:.4f}" for value in true))
    for faces in (50, 150, 500):
        held = np.zeros(5)
        for seed in range(samples):
            kinds = patterns(drawn(faces))
            ends = intervals(summands(kinds.counts), kinds.faces, statistic, replicates=1000, seed=seed)
            held += (ends[:, 0] <= true) & (true <= ends[:, 1])
        shares = " ".join(f"{100 * value / samples:.1f}" for value in held)
        print(f"{faces} faces of 2 to 5 answers, {samples} samples: {shares} % hold it (nominal 95)")


def ferplus() -> None:
    """FER+'s votes as ten raters, and FER-2013's own label against them."""
    data = np.load(ROOT.parent / "shared" / "data" / "fer2013_train_public.npz")
    names = [*(emotion.ferplus for emotion in EMOTIONS), CONTEMPT]
    places = [data["vote_names"].tolist().index(name) for name in names]
    votes = data["ferplus_votes"][:, places].astype(np.int64)
    own = data["labels"].astype(np.int64)
    kinds = patterns(votes)
    squared = squared_distances((*NAMES, CONTEMPT))
    rows = summands(kinds.counts)

    def statistic(totals: NDArray[Any]) -> NDArray[Any]:
        found = coefficients(sums(totals, 8), squared)
        single = np.stack([found.observed, found.fleiss, found.alpha, found.alpha_distance, found.ac1], axis=-1)
        return np.concatenate([single, found.agreement_for_each, found.kappa_for_each], axis=-1)

    value = statistic((kinds.faces @ rows)[None])[0]
    ends = intervals(rows, kinds.faces, statistic, replicates=1000)
    for name, at in zip(("observed", "Fleiss' κ", "α", "α with distance", "AC1"), range(5), strict=True):
        print(f"{name}: {value[at]:.4f} ({ends[at, 0]:.4f} to {ends[at, 1]:.4f})")
    first = leading(votes)
    clear = first.sum(axis=1) == 1
    table = confusion(kinds.counts, kinds.faces)
    for at, name in enumerate((*NAMES, CONTEMPT)):
        line = f"{name}: others agree {value[5 + at]:.3f}, κ {value[13 + at]:.3f}"
        line += f", a tagger against most of the others {table[at, at] / table[at].sum():.3f}"
        if at < len(NAMES):
            mine = own == at
            votes_for = votes[mine, at].sum() / votes[mine].sum()
            plural = (first[mine & clear].argmax(axis=1) == at).mean()
            theirs = clear & (first.argmax(axis=1) == at)
            line += f" | FER-2013's {mine.sum():,}: {votes_for:.3f} of the votes, {plural:.3f} of clear pluralities"
            line += f" | FER+'s {theirs.sum():,}: FER-2013 says so of {(own[theirs] == at).mean():.3f}"
        print(line)
    seven = clear & (first.argmax(axis=1) < len(NAMES))
    print(f"a tagger against most of the others: {np.trace(table) / table.sum():.4f} of {table.sum():,} answers")
    agree = (own[seven] == first[seven].argmax(axis=1)).mean()
    print(
        f"FER-2013's label is the plurality: {agree:.4f} of {seven.sum():,}; {np.count_nonzero(~clear):,} tied or empty"
    )
    right = votes[np.arange(len(own)), own].sum() / votes.sum()
    print(f"FER-2013's label against a tagger: {right:.4f}")
    given = (votes > 0).astype(np.int64)
    both = given.T @ given
    splits = [(both[one, other], one, other) for one in range(8) for other in range(one)]
    for count, one, other in sorted(splits, reverse=True)[:6]:
        of = both[one, one] + both[other, other] - count
        print(f"{names[one]} and {names[other]}: {count:,} of {of:,}")


def main() -> None:
    """Runs what is asked for."""
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "raters", "coverage", "ferplus"))
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--samples", type=int, default=1000)
    given = parser.parse_args()
    if given.what == "speed":
        speed(given.faces)
    elif given.what == "raters":
        raters(given.seeds)
    elif given.what == "coverage":
        coverage(given.samples)
    else:
        ferplus()


if __name__ == "__main__":
    main()
