"""The queue of doubtful labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from annotate.select import read_ids
from evaluate.answers import answers
from evaluate.doubts_queue import doubts_queue, text
from evaluate.said import Said
from schemas.card import Input, ModelCard, Source
from schemas.emotion import NAMES
from schemas.errors import UsageError
from schemas.settings import DoubtsSettings, PredictSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from workspace.faceset import FaceSet
    from workspace.store import Workspace

OWN = DoubtsSettings(doubt_folds=0)
LABELS = [0, 0, 0, 3, 3, 3, 6, 6, 6, 6]
SAID = [0, 0, 3, 3, 3, 3, 6, 6, 6, 0]


@pytest.fixture
def asked(face_set: Callable[..., FaceSet], planted: Callable[..., Any], tmp_path: Path) -> Callable[..., Said]:
    """Ten faces of which two are answered otherwise than labelled."""

    def make(workspace: Workspace | None = None, card: ModelCard | None = None, split: str = "test") -> Said:
        faces = face_set(LABELS, places=[f"{at:032x}" for at in range(10)])
        network = planted(faces, SAID)
        network.card = card
        given = answers(faces, next(network.batches([faces.pixels])), None, None)
        return Said(network, split, faces, given, faces, workspace, tmp_path)

    return make


def test_the_queue_is_what_push_takes(asked: Callable[..., Said], workspace: Workspace, tmp_path: Path) -> None:
    """Both planted errors, each with the answer as its suggestion; `annotate push --faces` reads the face_ids."""
    found = doubts_queue(asked(workspace), "planted", OWN, PredictSettings(), tmp_path / "doubts.csv")
    rows = (tmp_path / "doubts.csv").read_text().splitlines()
    assert rows[0] == "face_id,label,suggested,p_label,p_suggested"
    assert sorted(row.split(",")[:3] for row in rows[1:]) == [
        [f"{2:032x}", "angry", "happy"],
        [f"{9:032x}", "neutral", "angry"],
    ]
    assert sorted(read_ids(tmp_path / "doubts.csv")) == [f"{2:032x}", f"{9:032x}"]
    assert (found["faces"], found["doubtful"], found["queued"]) == (10, 2, 2)
    assert text(found).startswith("2 of 10 labels are doubtful: angry -> happy 1, neutral -> angry 1\n")


def test_the_most_doubtful_only(asked: Callable[..., Said], workspace: Workspace, tmp_path: Path) -> None:
    """A queue of one face, where two are doubtful."""
    settings = DoubtsSettings(doubt_folds=0, doubt_faces=1)
    found = doubts_queue(asked(workspace), "planted", settings, PredictSettings(), tmp_path / "doubts.csv")
    assert (found["doubtful"], found["queued"], len(read_ids(tmp_path / "doubts.csv"))) == (2, 1, 1)
    assert "2 of 10 labels are doubtful, 1 of them queued" in text(found)


@pytest.mark.parametrize(("split", "refused"), [("train", True), ("all", True), ("validation", False)])
def test_a_network_that_learnt_from_these_faces(
    asked: Callable[..., Said], tmp_path: Path, split: str, *, refused: bool
) -> None:
    """Its card names the file: its training faces are refused, the others are not."""
    sources = (Source(source="FER-2013", sha256="f" * 64),)
    card = ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1), data=sources)
    one = asked(card=card, split=split)
    if refused:
        with pytest.raises(UsageError) as error:
            doubts_queue(one, "planted", OWN, PredictSettings(), tmp_path / "doubts.csv")
        assert "--split validation" in error.value.fix
        assert not (tmp_path / "doubts.csv").exists()
    else:
        assert doubts_queue(one, "planted", OWN, PredictSettings(), tmp_path / "doubts.csv")["doubtful"] == 2


def test_one_fold_is_none(asked: Callable[..., Said], tmp_path: Path) -> None:
    """There would be no other faces to fit to."""
    with pytest.raises(UsageError):
        doubts_queue(asked(), "planted", DoubtsSettings(doubt_folds=1), PredictSettings(), tmp_path / "doubts.csv")


def test_the_last_layer_fitted_anew(
    asked: Callable[..., Said], small_network: Callable[..., Path], face_set: Callable[..., FaceSet], tmp_path: Path
) -> None:
    """The network sees the mean of a face; dark faces are sad and bright ones happy here, but for one label."""
    levels = np.repeat([20, 230], 100).astype(np.uint8)[:, None, None]
    labels = [4] * 100 + [3] * 100
    labels[30] = 3
    faces = face_set(labels, pixels=np.broadcast_to(levels, (200, 48, 48)))
    said = PredictSettings(input_scaling="unit", label_order=",".join(NAMES))
    one = asked()
    given = answers(faces, np.full((200, 7), 1 / 7, np.float32), None, None)
    refitted = Said(one.model, "test", faces, given, faces, None, tmp_path / "cache")
    found = doubts_queue(refitted, str(small_network()), DoubtsSettings(), said, tmp_path / "doubts.csv")
    assert (tmp_path / "doubts.csv").read_text().splitlines()[1].startswith("faces.csv:32,happy,sad,")
    assert (found["doubtful"], found["by"]) == (
        1,
        "the network's last layer, fitted anew to the other faces in 5 folds",
    )
