"""Each part of the recipe removed in turn: what it is worth, with the same budget and several seeds.

    uv run python benchmarks/ablation.py --data ../shared/data/fer2013_train_public.npz --out /tmp/ablation
    uv run python benchmarks/ablation.py --data ... --out /tmp/tiny --epochs 2 --faces 1000 --seeds 2

Every training is one task of its own: killed or stopped, it goes on where it was when the command is run again, and
the table is written after each (`ablation.json`, `ablation.md` in --out). The difference of a part is the mean over
seeds of (without it - whole recipe), seed by seed. Two or three seeds say little about the spread of one row, so the
intervals take the spread that all rows share: rows times seeds is a randomised block design, what is left after the
means of rows and seeds is its error, and the difference of two rows is known to ± t · √(2 · error / seeds) (Box, Hunter
and Hunter, Statistics for Experimenters, 2nd ed., ch. 4). Accuracy is that after the last epoch, of the running mean of
the weights where the recipe has one, so no epoch is chosen on the faces it is measured on.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtrit

from schemas.settings import FitSettings, make
from train.order import Faces, Order, gather
from train.recipes import recipe
from workspace.backend import load_keras
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARTS: dict[str, dict[str, Any]] = {
    "turns": {"rotation": 0.0},
    "changes of size": {"zoom": 0.0},
    "mirroring": {"mirror": False},
    "brightness and contrast": {"brightness_change": 0.0, "contrast_change": 0.0},
    "crops and shifts": {"crop": 48, "shift": 0.0},
    "erasing": {"erasing": 0.0},
    "mixup": {"mixup": 0.0},
    "label smoothing": {"label_smoothing": 0.0},
    "votes (FER+)": {"vote_share": 0.0},
    "weight decay": {"weight_decay": 0.0},
    "running mean of the weights": {"ema": 0.0},
    "warm-up": {"warmup": 0.0},
    "cosine schedule": {"schedule": "plateau"},
    "momentum": {"momentum": 0.0},
}
"""Part -> the settings without it. Parts that the recipe does not have are left out of the table."""
WHOLE = "whole recipe"


def variants(settings: FitSettings, only: Sequence[str]) -> dict[str, FitSettings]:
    """The whole recipe, and it without each part it has."""
    found = {WHOLE: settings}
    for part, without in PARTS.items():
        changed = dataclasses.replace(settings, **without)
        if changed != settings and (not only or part in only):
            found[part] = changed
    return found


def table(rows: dict[str, list[float]]) -> str:
    """Markdown: accuracy and difference of each part; intervals of those with all seeds."""
    lines = ["| without | seeds | accuracy, % | difference, points | 95 % interval |", "|---|---:|---:|---:|---:|"]
    whole = rows[WHOLE]
    apart = half_width([values for values in rows.values() if len(values) == len(whole)])
    for part, values in rows.items():
        line = f"| {'(nothing)' if part == WHOLE else part} | {len(values)} | {100 * float(np.mean(values)):.2f} |"
        difference = 100 * float(np.mean([value - base for value, base in zip(values, whole, strict=False)]))
        if part == WHOLE:
            lines.append(f"{line} | |")
        elif apart is None or len(values) < len(whole):
            lines.append(f"{line} {difference:+.2f} | |")
        else:
            low, high = difference - 100 * apart, difference + 100 * apart
            lines.append(f"{line} {difference:+.2f} | {low:+.2f} to {high:+.2f} |")
    return "\n".join(lines) + "\n"


def half_width(rows: Sequence[Sequence[float]]) -> float | None:
    """Half of the 95 % interval of the difference of two rows' means; None if there is one row or one seed."""
    values = np.asarray(rows)
    degrees = (values.shape[0] - 1) * (values.shape[1] - 1)
    if not degrees:
        return None
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
    error = float((left**2).sum()) / degrees
    return float(stdtrit(degrees, 0.975)) * float(np.sqrt(2 * error / values.shape[1]))


def some(faces: Faces, most: int) -> Faces:
    """At most that many, evenly; all for 0."""
    if not most or most >= len(faces.labels):
        return faces
    rows = np.linspace(0, len(faces.labels) - 1, most).astype(np.int64)
    return Faces(faces.pixels[rows], faces.labels[rows], faces.shares[rows])


def main() -> None:
    """Trains what is not trained yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--architecture", default="vgg-compact")
    parser.add_argument("--epochs", type=int, default=0, help="instead of the recipe's")
    parser.add_argument("--faces", type=int, default=0, help="learn from so many only")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--parts", nargs="*", default=[], help=f"only these: {', '.join(PARTS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    chosen = {"epochs": arguments.epochs} if arguments.epochs else {}
    settings = make(FitSettings, {**recipe(arguments.architecture), **chosen})
    data = gather(Order(arguments.data, arguments.out, arguments.architecture))
    load_keras()
    from train.architectures import architecture
    from train.several import Task, several

    training = some(data.training, arguments.faces)
    run = {"data": [faces.sha256 for faces in data.sets], "faces": arguments.faces}

    def tasks() -> Iterator[tuple[str, Task]]:
        for seed in range(arguments.seeds):  # all parts of one seed first: the table is whole early
            for part, varied in variants(settings, arguments.parts).items():
                name = f"{part.replace(' ', '-')}-{seed}"
                yield part, Task(name, dataclasses.replace(varied, seed=seed), training, data.validation)

    rows: dict[str, list[float]] = {}
    for part, task in tasks():
        (result,) = several([task], architecture(arguments.architecture), arguments.out, run)
        rows.setdefault(part, []).append(result["accuracy"])
        write_atomically(arguments.out / "ablation.json", json.dumps(rows, indent=2).encode())
        write_atomically(arguments.out / "ablation.md", table(rows).encode())
    print(table(rows), end="")


if __name__ == "__main__":
    main()
