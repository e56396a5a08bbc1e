"""Does balancing help? A network adapted to a workspace's faces: plain, with class weights, balanced by each policy.

    uv run python benchmarks/balance.py mien-workspace --out balance [--seeds 3] [--policies mild paper strong]

A copy of the workspace is split anew, four tenths of it for the test, since fear and disgust are rare and a small test
would tell nothing of them. Each way to train starts from the same network (`--from`) with the same settings and shows
as many faces: a balanced set is larger, so it gets fewer epochs. The epoch is chosen on validation; the test split is
asked once, at the end of each run. Finished runs are kept in --out: an interrupted benchmark goes on where it was.

The table has means over the seeds. Intervals and differences are bootstrapped over the faces of the test (percentiles
of 2,000 resamples; all seeds' answers on one face stay together), so they hold chance in drawing faces, and not that
in drawing another training set.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2000


def main() -> None:
    """Runs what has not run yet and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--out", type=Path, default=Path("balance"))
    parser.add_argument("--from", dest="start", type=Path, default=Path("train/pretrained/vgg-compact.keras"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--policies", nargs="+", default=["mild", "paper", "strong"])
    parser.add_argument("--epochs", type=int, default=20, help="of the plain training")
    parser.add_argument("--learning-rate", default="0.005")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    workspace = options.out / "workspace"
    if not workspace.exists():
        shutil.copytree(options.workspace, options.out / "copying")
        (options.out / "copying").rename(workspace)
        shares = ["--train-share", "0.5", "--validation-share", "0.1", "--test-share", "0.4"]
        tool("curate", "split", "--anew", *shares, "--workspace", str(workspace))
    answers = {}
    for way in ("plain", "class weights", *options.policies):
        weights = ["--class-weights", "balanced"] if way == "class weights" else []
        seeds = []
        for seed in range(options.seeds):
            model = options.out / f"{way} {seed}.keras"
            if not model.exists():
                rate = ["--learning-rate", options.learning_rate, "--ema", "0.98"]
                train(workspace, way, model, options, *weights, *rate, "--seed", str(seed))
            seeds.append(asked(workspace, model, model.with_suffix(""))[1])
        answers[way] = np.stack(seeds)
    truth, before = asked(workspace, options.start, options.out / "not adapted")
    table(truth, {"not adapted": before[None], **answers})


def train(workspace: Path, way: str, model: Path, options: argparse.Namespace, *settings: str) -> None:
    """Trains one network, balanced by a policy or as a setting says."""
    epochs = options.epochs
    if way in options.policies:
        made = json.loads(tool("augment", "balance", "--policy", way, "--workspace", str(workspace), "--json"))
        epochs = max(1, round(epochs * made["originals"] / (made["originals"] + made["samples"])))
    else:
        settings = (*settings, "--without-samples")
    common = ["--data", str(workspace), "--from", str(options.start), "--epochs", str(epochs)]
    tool("train", "fit", *common, "--out", str(model), *settings)


def asked(workspace: Path, model: Path, folder: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Label and answer on each test face; asks the network unless the folder has its answers."""
    if not (folder / "answers.csv").exists():
        plain = ["--no-figures", "--robustness-faces", "0", "--cell-faces", "0", "--split", "test"]
        tool("evaluate", "run", "--model", str(model), "--data", str(workspace), "--out", str(folder), *plain)
    with (folder / "answers.csv").open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["face"])
    label, answer = (np.array([NAMES.index(row[column]) for row in rows]) for column in ("label", "answer"))
    return label, answer


def tool(name: str, *arguments: str) -> str:
    """What a command of mien prints; the benchmark ends with its error."""
    print(" ".join([name, *arguments]), file=sys.stderr)
    ran = subprocess.run([sys.executable, "-m", name, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        sys.exit(ran.returncode)
    return ran.stdout


def table(truth: NDArray[np.int64], answers: dict[str, NDArray[np.int64]]) -> None:
    """Prints each way's figures, and how far it is from the plain training."""
    counts = np.bincount(truth, minlength=len(NAMES))
    print(f"{len(truth):,} test faces: " + ", ".join(f"{NAMES[at]} {n}" for at, n in enumerate(counts)))
    draws = [np.arange(len(truth)), *np.random.default_rng(0).integers(0, len(truth), (RESAMPLES, len(truth)))]
    values = {way: np.array([figures(truth[draw], said[:, draw]) for draw in draws]) for way, said in answers.items()}
    names = ("accuracy", "balanced", "fear", "disgust")
    print("| training | " + " | ".join(f"{name}, %" for name in names) + " | balanced less plain's |")
    print("|---" * (len(names) + 2) + "|")
    for way, value in values.items():
        cells = [interval(value[:, at]) for at in range(len(names))]
        difference = "" if way == "plain" else interval(value[:, 1] - values["plain"][:, 1], sign="+")
        print(f"| {way} | " + " | ".join([*cells, difference]) + " |")


def figures(truth: NDArray[np.int64], said: NDArray[np.int64]) -> list[float]:
    """Accuracy, balanced accuracy, recall of fear and of disgust, in per cent, means over the seeds."""
    right = (said == truth).mean(axis=0)
    recall = {at: float(right[truth == at].mean()) for at in np.unique(truth).tolist()}
    rare = [recall.get(NAMES.index(name), float("nan")) for name in ("fear", "disgust")]
    return [100 * value for value in (float(right.mean()), float(np.mean(list(recall.values()))), *rare)]


def interval(values: NDArray[np.float64], sign: str = "") -> str:
    """The first value, and between which percentiles the others lie."""
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return f"{values[0]:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f})"


if __name__ == "__main__":
    main()
