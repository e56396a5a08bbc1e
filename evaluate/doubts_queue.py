"""The step `doubts`: labels that are likely wrong, as a queue for raters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.doubts import doubts
from evaluate.embedding import embedder
from evaluate.refit import refit
from evaluate.tables import as_csv
from schemas.emotion import NAMES
from schemas.errors import UsageError
from workspace.console import note
from workspace.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.said import Said
    from schemas.settings import DoubtsSettings, PredictSettings


def doubts_queue(
    asked: Said, source: str, settings: DoubtsSettings, predict: PredictSettings, out: Path
) -> dict[str, Any]:
    """Writes the faces whose labels are likely wrong, the most doubtful first.

    Args:
        asked: What a network says of the faces. It must not have learnt from them.
        source: The network, as it was opened.
        settings: How probabilities are made and how long the queue may be.
        predict: Of the network.
        out: The CSV: face_id (face, where they come from no workspace), label, suggested, and the probabilities of
            both. `annotate push --faces` takes it.

    Returns:
        Counts: `faces`, `doubtful`, `queued`; `estimated_wrong`, the share of labels that the joint distribution says
        are wrong; `by`, whose probabilities; `pairs`, label and suggestion of what is queued; `thresholds`; `file`.

    Raises:
        UsageError: The network's card says that it learnt from these faces, or one fold is asked for.
        StorageError: The disk refused the file.
    """
    _check_unseen(asked)
    given, by = _probabilities(asked, source, settings, predict)
    labels = asked.answers.labels
    found = doubts(given, labels)
    queued = slice(settings.doubt_faces or None)
    faces, suggested = found.faces[queued], found.suggested[queued]
    heading = ["face_id" if asked.workspace is not None else "face"]
    rows: list[list[Any]] = [[*heading, "label", "suggested", "p_label", "p_suggested"]]
    pairs: dict[str, int] = {}
    for at, to in zip(faces.tolist(), suggested.tolist(), strict=True):
        pair = NAMES[labels[at]], NAMES[to]
        rows.append([asked.answers.names[at], *pair, float(given[at, labels[at]]), float(given[at, to])])
        name = " -> ".join(pair)
        pairs[name] = pairs.get(name, 0) + 1
    write_atomically(out, as_csv(rows))
    return {
        "model": asked.model.name,
        "by": by,
        "faces": len(labels),
        "doubtful": len(found.faces),
        "queued": len(faces),
        "estimated_wrong": float(1 - np.trace(found.joint)),
        "thresholds": {
            name: float(value) for name, value in zip(NAMES, found.thresholds, strict=True) if np.isfinite(value)
        },
        "pairs": dict(sorted(pairs.items(), key=lambda one: (-one[1], one[0]))),
        "file": str(out),
    }


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    pairs = ", ".join(f"{pair} {count:,}" for pair, count in list(result["pairs"].items())[:5])
    queued = f", {result['queued']:,} of them queued" if result["queued"] < result["doubtful"] else ""
    return (
        f"{result['doubtful']:,} of {result['faces']:,} labels are doubtful{queued}{f': {pairs}' if pairs else ''}\n"
        f"by {result['by']}; true only of faces that {result['model'].partition('@')[0]} has not learnt from\n"
        f"{result['file']}"
    )


def _check_unseen(asked: Said) -> None:
    card = asked.model.card
    known = {source.sha256 for source in card.data if source.sha256} if card else set()
    if asked.everything.sha256 in known and asked.split in {"train", "all"}:
        what = f"{asked.model.name} learnt from these faces, its card says: it doubts no label that it knows by heart"
        raise UsageError(what, "--split validation, or a network that was trained on other faces")


def _probabilities(
    asked: Said, source: str, settings: DoubtsSettings, predict: PredictSettings
) -> tuple[NDArray[np.float64], str]:
    own = asked.answers.probabilities
    if not settings.doubt_folds:
        return own, "the network's own probabilities"
    if settings.doubt_folds == 1:
        raise UsageError("one fold leaves no other faces to fit to", "--doubt-folds 5, or 0 for none")
    network = embedder(source, asked.faces.pixels[:1], predict, asked.cache)
    groups = len(np.unique(asked.answers.groups))
    why_not = network.why_not or ("there are too few faces" if groups < 2 * settings.doubt_folds else "")
    if network.run is None or why_not:
        note(f"the network's own probabilities are taken, its last layer cannot be fitted anew: {why_not}")
        return own, "the network's own probabilities"
    vectors = network.run(asked.faces.pixels)
    fitted = refit(vectors, asked.answers.labels, asked.answers.groups, settings.doubt_folds, len(NAMES))
    return fitted, f"the network's last layer, fitted anew to the other faces in {settings.doubt_folds} folds"
