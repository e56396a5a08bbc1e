"""Speed of rendering samples: `augment` beside a plain albumentations loop over the same files.

Both do the policy `strong` on the same colour crops and end at 48×48 grey. The loop is what one writes by hand: for
each sample read the file, call one `Compose`, cut the middle out, make it grey, shrink it. Ours renders stored recipes,
a parent's samples together, in threads. CPU time of the whole process counts, so that threads are no advantage; wall
time is told beside it. The two are measured in turns, and the ratio is of the medians.

Run: `uv run python benchmarks/samples.py WORKSPACE [SAMPLES]`, WORKSPACE being balanced with
`augment balance --policy strong`. With `--loader` in place of SAMPLES: how long a training waits for `augment.dataset`,
a batch of 128 in the first epoch, in which samples are rendered, and in the second.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations as A  # noqa: N812 - its own convention
import cv2
import numpy as np

from augment.policy import policy
from workspace.augmented.samples import render_all, samples
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

ROUNDS = 5
FRAME = 224 / 1.3
"""Side of the 48×48 frame in a colour crop, pixels."""
PER_PIXEL = FRAME / 48


def compose() -> Any:
    """The policy `strong` in albumentations' own classes."""
    ranges = {name: choice.ranges for name, choice in policy("strong").choices.items()}
    chance = {name: choice.probability for name, choice in policy("strong").choices.items()}

    def part(name: str, parameter: str, factor: float = 1.0) -> tuple[float, float]:
        low, high = ranges[name][parameter]
        return low * factor, high * factor

    brightness, contrast = part("lighting", "brightness"), part("lighting", "contrast")
    shift = FRAME / 224
    return A.Compose(
        [
            A.HorizontalFlip(p=chance["flip"]),
            A.Affine(
                rotate=part("rotation", "degrees"),
                scale=part("scale", "factor"),
                translate_percent={"x": part("shift", "right", shift), "y": part("shift", "down", shift)},
                border_mode=cv2.BORDER_REFLECT_101,
                p=1,
            ),
            A.RandomBrightnessContrast(brightness, (contrast[0] - 1, contrast[1] - 1), p=1),
            A.RandomGamma(part("lighting", "gamma", 100), p=1),
            A.ColorJitter((1, 1), (1, 1), part("colour", "saturation"), part("colour", "hue"), p=chance["colour"]),
            A.CoarseDropout(
                (1, 1),
                part("occlusion", "height", shift),
                part("occlusion", "width", shift),
                fill=128,
                p=chance["occlusion"],
            ),
            A.GaussianBlur(0, part("blur", "sigma", PER_PIXEL), p=chance["blur"]),
            A.GaussNoise(part("noise", "deviation", PER_PIXEL / 255), p=chance["noise"]),
            A.ImageCompression("jpeg", tuple(map(int, ranges["jpeg"]["quality"])), p=chance["jpeg"]),
            A.CLAHE(part("clahe", "clip"), (4, 4), p=chance["clahe"]),
        ],
        seed=0,
    )


def plain_loop(files: Sequence[Path]) -> int:
    """What one writes by hand."""
    transform = compose()
    start = round((224 - FRAME) / 2)
    middle = slice(start, start + round(FRAME))
    made = []
    for file in files:
        image = cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2RGB)
        face = transform(image=image)["image"][middle, middle]
        made.append(cv2.resize(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (48, 48), interpolation=cv2.INTER_AREA))
    return len(np.stack(made))


def ours(workspace: Workspace, rows: pd.DataFrame, workers: int) -> int:
    """Stored recipes, in threads."""
    return len(np.concatenate(list(render_all(workspace, rows, workers))))


def measured(job: Callable[[], int]) -> tuple[float, float]:
    """Samples a CPU-second and a second."""
    wall, cpu = time.perf_counter(), time.process_time()
    count = job()
    return count / (time.process_time() - cpu), count / (time.perf_counter() - wall)


def loader(path: Path) -> None:
    """Prints how long each batch takes whoever asks for it, without any thread beforehand."""
    from augment.dataset import BalancedSet

    dataset = BalancedSet(path, batch=128, workers=1)
    for epoch in ("first", "second"):
        times = []
        for at in range(len(dataset)):
            started = time.process_time()
            _ = dataset[at]
            times.append(1000 * (time.process_time() - started))
        print(f"{epoch} epoch: {statistics.median(times):.1f} CPU-ms a batch in the median, {max(times):.1f} at most")
        dataset.on_epoch_end()


def main() -> None:
    """Prints samples a second of each, and the ratios."""
    cv2.setNumThreads(1)
    if "--loader" in sys.argv:
        loader(Path(sys.argv[1]))
        return
    workspace = Workspace.open(Path(sys.argv[1]))
    rows = samples(workspace).head(int(sys.argv[2]) if len(sys.argv) > 2 else 500)
    files = [workspace.picture_path("faces", f"{face_id}.png") for face_id in rows["face_id"]]
    jobs: dict[str, Callable[[], int]] = {
        "albumentations, plain loop": lambda: plain_loop(files),
        "augment, 1 thread": lambda: ours(workspace, rows, 1),
        "augment, 2 threads": lambda: ours(workspace, rows, 2),
    }
    plain_loop(files[:20])
    ours(workspace, rows.head(20), 1)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            found[name].append(measured(job))
    print(f"{len(rows)} samples of {rows['face_id'].nunique()} parents, policy strong, medians of {ROUNDS} rounds")
    loop = statistics.median(cpu for cpu, _ in found["albumentations, plain loop"])
    for name, rates in found.items():
        cpu, wall = (statistics.median(column) for column in zip(*rates, strict=True))
        print(f"{name:<28}{cpu:8.0f} samples a CPU-second (ratio {cpu / loop:.2f}) {wall:8.0f} a second")


if __name__ == "__main__":
    main()
