"""An evaluation from end to end, with a network whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.chosen import choose
from evaluate.run import Call, measure
from schemas.emotion import FERPLUS_VOTES, NAMES
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from workspace.faceset import FaceSet

ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL = range(7)


@pytest.mark.parametrize(
    ("splits", "expected", "count"),
    [
        (["train", "validation", "test"], "test", 1),
        (["train", "validation", "validation"], "validation", 2),
        (["train", "train", "train"], "all", 3),
    ],
)
def test_split_that_is_evaluated(
    face_set: Callable[..., FaceSet], splits: list[str], expected: str, count: int
) -> None:
    """Where none is named: test, else validation, else all."""
    name, chosen = choose(face_set([HAPPY] * 3, splits), "auto")
    assert (name, len(chosen)) == (expected, count)


def test_empty_split_is_refused(face_set: Callable[..., FaceSet]) -> None:
    """A split that is named and not there is an error, not an evaluation of something else."""
    with pytest.raises(InputError, match="no face in the split test"):
        choose(face_set([HAPPY], "train"), "test")


def test_no_labels_at_all(face_set: Callable[..., FaceSet]) -> None:
    """Faces that nobody labelled cannot be evaluated, and the error says how many there are."""
    with pytest.raises(InputError, match=r"no labelled face \(12 without a label\)") as raised:
        choose(face_set([], left_out={"without a label": 12}), "auto")
    assert "annotate push" in raised.value.fix


def test_answers_meet_their_faces(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """Two of three answers are right; the confusion names its face."""
    faces = face_set([HAPPY, FEAR, SAD])
    found = measure(call, planted(faces, [HAPPY, SURPRISE, SAD]), faces, "test", None)
    assert found.result.accuracy.value == pytest.approx(2 / 3)
    pair = found.result.confusions[0]
    assert (pair.actual, pair.predicted, pair.faces) == ("fear", "surprise", (1,))
    assert found.answers.names[1] == "faces.csv:3"


def test_label_unknown_to_the_network(
    face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call
) -> None:
    """A network without disgust is not judged by disgusted faces, and the reader is told: 2 of 3, not 2 of 4."""
    faces = face_set([HAPPY, FEAR, SAD, DISGUST])
    network = planted(faces, [HAPPY, SURPRISE, SAD, ANGRY], classes=tuple(set(NAMES) - {"disgust"}))
    found = measure(call, network, faces, "test", None).result
    assert found.n == 3
    assert found.left_out == {"label disgust, unknown to the network": 1}
    assert any("counted as errors, accuracy is 50.0 %" in remark for remark in found.remarks)


def test_no_label_known_to_the_network(
    face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call
) -> None:
    """There is nothing to measure then."""
    faces = face_set([DISGUST])
    with pytest.raises(InputError, match="none of the 1 faces"):
        measure(call, planted(faces, [ANGRY], classes=("angry", "happy")), faces, "test", None)


def test_network_with_contempt(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """Eight classes are no hindrance: contempt is none of the labels."""
    faces = face_set([HAPPY, FEAR])
    found = measure(call, planted(faces, [HAPPY, FEAR], classes=(*NAMES, "contempt")), faces, "test", None)
    assert found.result.n == 2


def test_missing_class_is_said(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """Whoever reads a balanced accuracy must know which classes it is the mean of."""
    faces = face_set([HAPPY, SAD])
    remarks = measure(call, planted(faces, [HAPPY, SAD]), faces, "test", None).result.remarks
    assert any(
        "No face is labelled angry, disgust, fear, surprise or neutral: balanced accuracy" in one for one in remarks
    )


def test_few_groups_are_said(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """Below twenty the bootstrap promises too much, and the reader is told."""
    for count in (19, 20):
        faces = face_set([HAPPY] * count)
        remarks = measure(call, planted(faces, [HAPPY] * count), faces, "test", None).result.remarks
        assert any("only 19 independent groups" in remark for remark in remarks) is (count == 19)


def test_copies_of_training_faces_are_told_apart(
    face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call
) -> None:
    """The second test face equals the training face: without it one of two is right, with it two of three."""
    faces = face_set([HAPPY, SAD, HAPPY, FEAR], ["train", "test", "test", "test"], groups=np.array([0, 1, 0, 3]))
    found = measure(call, planted(faces, [HAPPY, SAD, HAPPY, SAD]), faces, "test", None).result
    variants = {one.name: one for one in found.variants}
    assert variants["all"].accuracy.value == pytest.approx(2 / 3)
    assert variants["without_leaks"].accuracy.value == pytest.approx(1 / 2)


def test_temperature_from_validation(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """It is fitted on the validation split where the test split is evaluated, and never on what is evaluated."""
    faces = face_set([HAPPY, SAD, FEAR, FEAR], ["validation", "validation", "test", "test"])
    network = planted(faces, [HAPPY, HAPPY, FEAR, SAD])
    temperature = measure(call, network, faces, "test", None).result.temperature
    assert temperature is not None
    assert temperature.fitted_on == 2
    assert measure(call, network, faces, "validation", None).result.temperature is None


def test_votes_in_ferplus_order(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """Three votes for surprise and one for fear, in FER+'s columns; contempt and 'not a face' are no expression."""
    votes = np.zeros((1, 10), np.uint8)
    for name, count in {"surprise": 3, "fear": 1, "contempt": 2, "NF": 4}.items():
        votes[0, FERPLUS_VOTES.index(name)] = count
    faces = face_set([FEAR], votes=votes)
    answers = measure(call, planted(faces, [SURPRISE]), faces, "test", None).answers
    assert answers.shares is not None
    assert answers.shares[0].tolist() == [0, 0, 0.25, 0, 0, 0.75, 0]


def test_one_vote_is_no_distribution(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """Of a face that one person looked at nobody can say how far people agree."""
    votes = np.zeros((2, 10), np.uint8)
    votes[:, FERPLUS_VOTES.index("fear")] = [1, 2]
    faces = face_set([FEAR, FEAR], votes=votes)
    found = measure(call, planted(faces, [FEAR, FEAR]), faces, "test", None)
    assert found.answers.rated.tolist() == [False, True]
    assert found.result.raters is not None
    assert found.result.raters.faces == 1


def test_protocol_names_no_place_of_the_machine(
    face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call
) -> None:
    """Digests and names, so that the report can be sent away."""
    faces = face_set([HAPPY])
    protocol = measure(call, planted(faces, [HAPPY]), faces, "test", None).protocol
    assert protocol["command"] == "evaluate run --model planted.keras --data faces.csv --split test"
    assert (protocol["data"]["sha256"], protocol["model"]["sha256"]) == ("f" * 64, planted(faces, [HAPPY]).sha256)
    assert "models/" not in str(protocol)
