"""`augment audit`: whether transformations leave a face its expression, and a face at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from augment.sheet import Cell, Line, page, picture, said
from augment.treatments import treatments
from schemas.emotion import NAMES
from schemas.errors import UsageError
from workspace.augmented.samples import Parents, renderings
from workspace.console import progress
from workspace.faceset import read
from workspace.files import write_atomically
from workspace.interval import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from augment.answers import Answers
    from augment.policy import Policy
    from augment.recipe import Recipe
    from schemas.settings import AuditSettings
    from workspace.detectors.detections import Detector
    from workspace.faceset import FaceSet
    from workspace.store import Workspace

_ENLARGED = 4
"""Times by which a 48×48 face is enlarged for the detector, as in docs/framing.md."""
_EXAMPLES = 8


@dataclass(frozen=True)
class Judges:
    """What looks at parents and samples.

    Attributes:
        answers: A network; None: nobody is asked for the expression.
        detector: A face detector; None: nobody is asked for the face.
    """

    answers: Answers | None = None
    detector: Detector | None = None


@dataclass(frozen=True)
class _Looked:
    """Faces `[F]` under every treatment `[T]`, and what the judges said of them.

    Attributes:
        pixels: uint8 `[F, T, 48, 48]`.
        labels: int `[F]`.
        answers: int `[F, T]`, None without a network.
        found: bool `[F, T]`, None without a detector.
        before: What they said of the parents: answers int `[F]` and found bool `[F]`.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.integer[Any]]
    answers: NDArray[np.intp] | None
    found: NDArray[np.bool_] | None
    before: tuple[NDArray[np.intp] | None, NDArray[np.bool_] | None]


def audit(workspace: Workspace, policy: Policy, judges: Judges, settings: AuditSettings, out: Path) -> dict[str, Any]:
    """Shows judges training faces before and after each transformation of a policy, at three strengths.

    Args:
        workspace: With kept faces and labels.
        policy: What is tried. Each transformation alone, its numbers at an end of their ranges or a part of the way
            there; then the whole policy as it draws. The first row is the parent rendered from its crop with nothing
            done to it: what the way through the crop costs by itself.
        judges: Who looks.
        settings: How many faces, and what is unsafe.
        out: Where the contact sheet goes, a PNG; a page goes beside it.

    Returns:
        `rows`: transform, strength, faces, right (parents the network had right), flips (of them, those it has no
        longer), flip_share with its 95 % interval low and high, flips_by_class, found (parents the detector found),
        lost, lost_share, unsafe (why, or empty), unsure (what is above its limit, but might be chance: the 95 %
        interval reaches below it); `unsafe`: names of the transformations that are; `written`.

    Raises:
        UsageError: There is no judge.
        InputError, WorkspaceError: The faces cannot be read.
        StorageError: The disk refused the sheet.
    """
    if judges.answers is None and judges.detector is None:
        raise UsageError("nobody looks at the faces", "give --model, or leave --no-detector out")
    faces = _chosen(read(workspace.path).of("train"), settings)
    names, recipes = treatments(policy, faces.places, settings.audit_seed)
    looked = _look(workspace, faces, recipes, judges)
    rows = [_row(name, at, looked, settings) for at, name in enumerate(names)]
    lines = [
        _examples(f"{row['transform']} {row['strength']}".strip(), at, looked, recipes) for at, row in enumerate(rows)
    ]
    title = f"Policy {policy.name}: what changed"
    told = "Samples whose expression a network no longer tells, or whose face a detector no longer finds, come first."
    files = {out: picture(title, [], lines), out.with_suffix(".html"): page(title, told, [], lines)}
    for path, data in files.items():
        write_atomically(path, data)
    unsafe = list(dict.fromkeys(row["transform"] for row in rows if row["unsafe"]))
    return {"policy": policy.name, "rows": rows, "unsafe": unsafe, "written": [str(path) for path in files]}


def _chosen(faces: FaceSet, settings: AuditSettings) -> FaceSet:
    """Of each class as many as asked for, in an order drawn from the seed."""

    def drawn(at: int) -> bytes:
        return hashlib.sha256(f"mien-audit/1 {settings.audit_seed} {faces.places[at]}".encode()).digest()

    chosen = np.zeros(len(faces), np.bool_)
    for number in range(len(NAMES)):
        of_class = np.flatnonzero(faces.labels == number).tolist()
        chosen[sorted(of_class, key=drawn)[: settings.audit_faces]] = True
    return faces.where(chosen)


def _look(workspace: Workspace, faces: FaceSet, recipes: Sequence[Sequence[Recipe]], judges: Judges) -> _Looked:
    wanted = zip(faces.places, recipes, strict=True)
    rendered = progress(renderings(Parents(workspace), wanted), text="samples", total=len(faces), unit="faces")
    pixels = np.stack(list(rendered))
    flat = pixels.reshape(-1, *pixels.shape[2:])
    answers = found = None
    before: tuple[Any, Any] = (None, None)
    if judges.answers:
        answers = judges.answers(flat).reshape(pixels.shape[:2])
        before = (judges.answers(faces.pixels), None)
    if judges.detector:
        find = _finder(judges.detector)
        every = progress(flat, text="detector", total=len(flat), unit="faces")
        found = np.array([find(face) for face in every]).reshape(pixels.shape[:2])
        before = (before[0], np.array([find(face) for face in faces.pixels]))
    return _Looked(pixels, faces.labels, answers, found, before)


def _finder(detector: Detector) -> Callable[[NDArray[np.uint8]], bool]:
    def find(face: NDArray[np.uint8]) -> bool:
        side = _ENLARGED * len(face)
        large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
        return len(detector.detect(np.asarray(large, np.uint8))) > 0

    return find


def _row(name: tuple[str, str], at: int, looked: _Looked, settings: AuditSettings) -> dict[str, Any]:
    row: dict[str, Any] = {"transform": name[0], "strength": name[1], "faces": len(looked.labels)}
    above: dict[str, tuple[float, float, float]] = {}
    if looked.answers is not None:
        right, flipped = _flipped(at, looked)
        share = _share(flipped.sum(), right.sum())
        low, high = wilson(int(flipped.sum()), int(right.sum()))
        by_class = {
            label: _share(flipped[looked.labels == number].sum(), right[looked.labels == number].sum())
            for number, label in enumerate(NAMES)
        }
        row |= {"right": int(right.sum()), "flips": int(flipped.sum()), "flip_share": share, "low": low, "high": high}
        row["flips_by_class"] = by_class
        above["expressions flip"] = (share or 0, low, settings.max_flips)
    if looked.found is not None:
        there, lost = _lost(at, looked)
        share = _share(lost.sum(), there.sum())
        row |= {"found": int(there.sum()), "lost": int(lost.sum()), "lost_share": share}
        low, _ = wilson(int(lost.sum()), int(there.sum()))
        above["faces are lost"] = (share or 0, low, settings.max_lost)
    unsafe = [why for why, (_, low, most) in above.items() if low > most]
    unsure = [why for why, (share, low, most) in above.items() if share > most >= low]
    return {**row, "unsafe": ", ".join(unsafe), "unsure": ", ".join(unsure)}


def _flipped(at: int, looked: _Looked) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which parents the network had right, and which of them it has no longer."""
    if looked.answers is None:
        return np.zeros(len(looked.labels), np.bool_), np.zeros(len(looked.labels), np.bool_)
    right = np.asarray(looked.before[0] == looked.labels)
    return right, right & (looked.answers[:, at] != looked.labels)


def _lost(at: int, looked: _Looked) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which parents the detector found, and which of them it finds no longer."""
    if looked.found is None:
        return np.zeros(len(looked.labels), np.bool_), np.zeros(len(looked.labels), np.bool_)
    there = np.asarray(looked.before[1], np.bool_)
    return there, there & ~looked.found[:, at]


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def _examples(name: str, at: int, looked: _Looked, recipes: Sequence[Sequence[Recipe]]) -> Line:
    flipped, lost = _flipped(at, looked)[1], _lost(at, looked)[1]
    order = np.lexsort((np.arange(len(flipped)), ~lost, ~flipped))[:_EXAMPLES]
    cells = []
    for face in order:
        label = NAMES[looked.labels[face]]
        told = label
        if flipped[face] and looked.answers is not None:
            told = f"{label} → {NAMES[looked.answers[face, at]]}"
        told += ", lost" if lost[face] else ""
        cells.append(Cell(looked.pixels[face, at], told, f"{told}: {said(recipes[face][at]) or 'nothing done'}"))
    return Line(name, cells)


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    lines = [f"{'':<12}{'':>6}{'faces':>7}{'flips':>18}{'faces lost':>16}"]
    for row in result["rows"]:
        flips = lost = "–"
        if row.get("flip_share") is not None:
            flips = f"{row['flip_share']:.1%} ({row['low']:.0%}–{row['high']:.0%})"
        if row.get("lost_share") is not None:
            lost = f"{row['lost_share']:.1%}"
        head = f"{row['transform']:<12}{row['strength']:>6}{row['faces']:>7,}"
        unsure = f"perhaps {row['unsure']}" if row["unsure"] else ""
        lines.append(f"{head}{flips:>18}{lost:>16}  {', '.join(filter(None, (row['unsafe'], unsure)))}".rstrip())
    verdict = f"unsafe: {', '.join(result['unsafe'])}" if result["unsafe"] else "no transformation is surely unsafe"
    if any(row["unsure"] for row in result["rows"]):
        verdict += "; `perhaps` is above the limit, but might be chance: more --audit-faces tell"
    return "\n".join([*lines, verdict, *(f"wrote {path}" for path in result["written"])])
