"""Measures the frame of the 48×48 faces against FER-2013's own, and prints the figures of `docs/framing.md`.

    uv run python benchmarks/framing.py [--data ../shared/data] [--pictures 4000]

It needs FER-2013's Training pictures and photographs of faces with a crowd's labels; neither is part of the project.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from curate.faces.pose import pose
from curate.faces.sharpness import sharpness
from schemas.emotion import NAMES
from schemas.settings import FacesSettings
from workspace.detectors.choice import open_detector
from workspace.framing import FER_EYES, FER_MOUTH, FER_NOSE, FER_SIDE, Frame, cut, grey, placement
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workspace.detectors.detections import Detector

ENLARGED = 4
"""FER-2013's pictures are enlarged by this before a detector looks at them."""
MARGINS = (0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.5)
OFFSETS = (-0.1, -0.05, 0.0, 0.05, 0.1)
BLURS = (0.5, 1.0, 1.5, 2.0, 3.0)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(__file__).parent.parent.parent / "shared"
    parser.add_argument("--data", type=Path, default=shared / "data")
    parser.add_argument("--yunet", type=Path, default=shared / "models" / "face_detection_yunet_2026may.onnx")
    parser.add_argument("--pictures", type=int, default=4000, help="how many FER-2013 pictures to look at")
    options = parser.parse_args()
    if not (options.data / "fer2013_train_public.npz").exists():
        sys.exit(f"error: no fer2013_train_public.npz in {options.data}\nfix: name its folder with --data")
    content = np.load(options.data / "fer2013_train_public.npz")
    training = content["usage"] == 0
    pictures, classes = content["images"][training], content["labels"][training]
    detector = open_detector(FacesSettings())
    chosen = np.sort(np.random.default_rng(1).choice(len(pictures), options.pictures, replace=False))
    landmarks_of_fer(detector, pictures[chosen])
    print("\nsharpness of FER-2013's Training pictures")
    print_percentiles([sharpness(picture) for picture in pictures])
    faces = list(natural_faces(detector, options.data / "natural_faces"))
    if options.yunet.exists():
        agreement(faces, open_detector(FacesSettings(detector="yunet", detector_weights=str(options.yunet))))
    blur(faces)
    mean_face(pictures, faces)
    classifier(pictures[chosen], classes[chosen], faces)


def landmarks_of_fer(detector: Detector, pictures: NDArray[np.uint8]) -> None:
    """Where FER-2013's own faces lie in their frame, how much they vary, and how they are turned."""
    found = []
    for picture in pictures:
        side = FER_SIDE * ENLARGED
        faces = detector.detect(np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8))
        if len(faces):
            sizes = faces.boxes[:, 2] - faces.boxes[:, 0]
            found.append((faces.landmarks[int(sizes.argmax())] + 0.5) / ENLARGED - 0.5)
    points = np.array(found)
    print(f"FER-2013 Training, {len(pictures)} pictures, a face found in {len(points)}")
    names = ("right eye", "left eye", "nose", "mouth right", "mouth left")
    used = (*FER_EYES, FER_NOSE, *FER_MOUTH)
    for name, middle, spread, place in zip(names, np.median(points, 0), deviation(points), used, strict=True):
        print(f"  {name:12} median {middle.round(1)}  deviation {spread.round(1)}  used {place}")
    frames = np.array([placement(face, Frame()) for face in points])
    zoom = np.hypot(frames[:, 0, 0], frames[:, 1, 0])
    print(f"  scale of the fitted frame to FER's own: deviation {deviation(np.log(zoom)):.1%}")
    moved = frames @ np.array([23.5, 23.5, 1]) - 23.5
    middle = np.median(moved, 0).round(1)
    print(f"  middle of FER's frame in the fitted one: median {middle} px, deviation {deviation(moved).round(1)}")
    angles = pose(points)
    for name in ("yaw", "pitch", "roll"):
        print(f"  |{name}|", end=" ")
        print_percentiles(np.abs(getattr(angles, name)))


def natural_faces(detector: Detector, folder: Path) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32], int]]:
    """Every second natural picture: pixels, landmarks of its best face, and its class (-1 for another word)."""
    with (folder / "labels.csv").open(newline="") as file:
        rows = sorted(list(row.values()) for row in csv.DictReader(file))
    for name, word, *_ in rows[::2]:
        path = folder / "images" / name
        if not path.exists():
            continue
        pixels = decode(path.read_bytes()).pixels
        faces = detector.detect(pixels)
        if len(faces):
            yield pixels, faces.landmarks[0], NAMES.index(word) if word in NAMES else -1


def agreement(faces: list[tuple[NDArray[np.uint8], NDArray[np.float32], int]], other: Detector) -> None:
    """How far the poses differ that two detectors' landmarks give for the same face."""
    pairs = []
    for pixels, landmarks, _ in faces:
        found = other.detect(pixels).landmarks
        apart = float(np.hypot(*(landmarks[1] - landmarks[0])))
        near = [one for one in found if np.linalg.norm(one[:2] - landmarks[:2], axis=1).mean() < 0.25 * apart]
        pairs += [(landmarks, one) for one in near[:1]]
    print(f"\npose by MTCNN's and by YuNet's landmarks, {len(pairs)} natural faces")
    ours, theirs = (pose(np.array(side)) for side in zip(*pairs, strict=True))
    for name in ("yaw", "pitch", "roll"):
        apart = getattr(ours, name) - getattr(theirs, name)
        print(f"  {name:6} median difference {np.median(apart):5.1f}  deviation {deviation(apart):4.1f} degrees")


def blur(faces: list[tuple[NDArray[np.uint8], NDArray[np.float32], int]]) -> None:
    """Sharpness of faces blurred by Gaussians measured in pixels of the 48×48 picture."""
    print("\nsharpness of natural faces, as they are and blurred")
    for sigma in (0.0, *BLURS):
        values = []
        for pixels, landmarks, _ in faces[::3]:
            unit = 1 / np.hypot(*placement(landmarks, Frame())[:, 0])
            blurred = cv2.GaussianBlur(pixels, (0, 0), sigma * unit) if sigma else pixels
            values.append(sharpness(grey(cut(np.asarray(blurred, np.uint8), landmarks, Frame()))))
        print(f"  sigma {sigma:3}", end=" ")
        print_percentiles(values)


def mean_face(pictures: NDArray[np.uint8], faces: list[tuple[NDArray[np.uint8], NDArray[np.float32], int]]) -> None:
    """Correlation of the mean natural face with FER-2013's mean face, by margin and offset."""
    wanted = mean_of(pictures)
    for name, frames in (
        ("margin", [Frame(FER_SIDE, margin) for margin in MARGINS]),
        ("offset", [Frame(FER_SIDE, 1.0, offset) for offset in OFFSETS]),
    ):
        print(f"\ncorrelation of the mean natural face with FER-2013's mean face, by {name}")
        for frame in frames:
            ours = mean_of(np.array([grey(cut(pixels, landmarks, frame)) for pixels, landmarks, _ in faces]))
            print(f"  {getattr(frame, name):5}  {np.corrcoef(wanted.ravel(), ours.ravel())[0, 1]:.4f}")


def mean_of(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean of pictures that are each brought to mean 0 and deviation 1."""
    values = pictures.reshape(len(pictures), -1).astype(np.float64)
    deviations = values.std(axis=1, keepdims=True)
    mean: NDArray[np.float64] = ((values - values.mean(axis=1, keepdims=True)) / np.maximum(deviations, 1)).mean(axis=0)
    return mean


def classifier(
    pictures: NDArray[np.uint8],
    classes: NDArray[np.int64],
    faces: list[tuple[NDArray[np.uint8], NDArray[np.float32], int]],
) -> None:
    """Accuracy on natural faces of a plain classifier (HOG, logistic regression) trained on FER-2013, by frame."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.1, max_iter=300).fit(features(pictures), classes)
    labelled = [face for face in faces if face[2] >= 0]
    truth = np.array([label for _, _, label in labelled])
    print(f"\nHOG and logistic regression trained on {len(pictures)} FER-2013 pictures, on {len(truth)} natural faces")
    for frame in [Frame(FER_SIDE, margin) for margin in MARGINS] + [Frame(FER_SIDE, 1.0, offset) for offset in OFFSETS]:
        said = model.predict(features(np.array([grey(cut(pixels, points, frame)) for pixels, points, _ in labelled])))
        balanced = np.mean([(said[truth == label] == label).mean() for label in np.unique(truth)])
        right = (said == truth).mean()
        print(f"  margin {frame.margin:4}  offset {frame.offset:5}  accuracy {right:.3f}  balanced {balanced:.3f}")


def features(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Histograms of oriented gradients, float32 `[N, 900]`."""
    hog = cv2.HOGDescriptor((48, 48), (16, 16), (8, 8), (8, 8), 9)
    return np.array([np.ravel(hog.compute(picture)) for picture in pictures], np.float32)


def deviation(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Robust standard deviation along the first axis: 1.4826 times the median distance from the median."""
    return np.asarray(1.4826 * np.median(np.abs(values - np.median(values, 0)), 0), np.float64)


def print_percentiles(values: NDArray[np.floating] | list[float]) -> None:
    """Print percentiles of values on one line."""
    points = (0.5, 1, 5, 10, 50, 90, 95, 99, 99.5)
    print(
        "  ".join(f"{point}%: {value:.3g}" for point, value in zip(points, np.percentile(values, points), strict=True))
    )


if __name__ == "__main__":
    main()
