"""What a set holds: counts, copies across splits, conflicts, pictures of nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from schemas.errors import InputError
from workspace.faceset import check, copies_of_training, read, soft_labels, without_copies

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.faceset import FaceSet

A, B, C, D, BLACK = 0, 1, 2, 3, 9
"""Faces of noise by seed, and one that is black."""


def face(seed: int) -> np.ndarray:
    """48×48 pixels."""
    if seed == BLACK:
        return np.zeros((48, 48), np.uint8)
    return np.random.default_rng(seed).integers(0, 256, (48, 48), dtype=np.uint8)


@pytest.fixture
def faces(tmp_path: Path) -> FaceSet:
    """Nine faces: training A A B C, validation A D, test D B black. B is happy here and sad there."""
    rows = [(A, 0, 0), (A, 0, 0), (B, 3, 0), (C, 1, 0), (A, 0, 1), (D, 5, 1), (D, 5, 2), (B, 4, 2), (BLACK, 6, 2)]
    images = np.stack([face(seed) for seed, _, _ in rows])
    labels, usage = (np.array(column) for column in list(zip(*rows, strict=True))[1:])
    votes = np.zeros((9, 10), np.uint8)
    votes[1, [0, 4, 7]] = 1, 3, 6  # neutral, anger, contempt
    votes[2, 9] = 10  # no face
    np.savez(tmp_path / "x.npz", images=images, labels=labels, usage=usage, ferplus_votes=votes)
    return read(tmp_path / "x.npz")


def test_the_figures(faces: FaceSet) -> None:
    """Counted by hand."""
    report = check(faces)
    assert report.faces == 9
    assert report.copies == {"validation": 1, "test": 1}
    assert report.test_in_validation == 1
    assert report.training_copies == 3
    assert report.repeated == 1
    assert report.conflicts == 1
    assert report.conflict_places == (("x.npz:2 happy", "x.npz:7 sad"),)
    assert (report.constant, report.constant_places) == (1, ("x.npz:8",))
    assert report.classes["validation"] == {
        "angry": 1,
        "disgust": 0,
        "fear": 0,
        "happy": 0,
        "sad": 0,
        "surprise": 1,
        "neutral": 0,
    }
    assert report.differences == ()


def test_the_sentences(faces: FaceSet) -> None:
    """One for each finding, with the figure and the first places."""
    assert check(faces).sentences() == [
        "1 faces of validation are equal to a face of train in every pixel",
        "1 faces of test are equal to a face of train in every pixel",
        "1 faces of test are equal to a face of validation in every pixel",
        "3 faces of train stand in validation or test too",
        "1 faces are equal to an earlier face of their split",
        "1 groups of equal faces have different labels: x.npz:2 happy = x.npz:7 sad",
        "1 faces have one grey level only: x.npz:8",
    ]


def test_copies_leave_training_alone(faces: FaceSet) -> None:
    """What is measured on stays whole; every copy of it goes out of training, repetitions included."""
    clean = without_copies(faces)
    assert clean.places == ["x.npz:3", "x.npz:4", "x.npz:5", "x.npz:6", "x.npz:7", "x.npz:8"]
    np.testing.assert_array_equal(clean.pixels, faces.pixels[3:])
    assert not copies_of_training(clean).any()
    assert clean.left_out == {"of train that stand in validation or test too": 3}
    with pytest.raises(InputError, match=r"no face in the split test \(train 1, .*; 3 of train .* are left out\)"):
        clean.where(clean.split != "test").of("test")


def test_which_measured_faces_are_copies(faces: FaceSet) -> None:
    """The first of validation and the second of test; no training face ever."""
    assert np.flatnonzero(copies_of_training(faces)).tolist() == [4, 7]


def test_copies_between_two_files(faces: FaceSet, tmp_path: Path) -> None:
    """A face that one file has for training and another for the test is a copy all the same."""
    images = np.stack([face(C), face(5)])
    np.savez(tmp_path / "y.npz", images=images, labels=np.array([1, 2]), usage=np.array([2, 2]))
    other = read(tmp_path / "y.npz")
    assert copies_of_training(other).tolist() == [False, False]
    assert copies_of_training(other, faces).tolist() == [True, False]
    assert len(without_copies(faces)) - len(without_copies(faces, other)) == 1


def test_soft_labels(faces: FaceSet) -> None:
    """Votes for the seven, in shares; a face without such votes has its label."""
    soft = soft_labels(faces)
    assert soft[0].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert soft[1].tolist() == [0.75, 0, 0, 0, 0, 0, 0.25]
    assert soft[2].tolist() == [0, 0, 0, 1, 0, 0, 0]


def test_fer2013_itself(shared_data: Path) -> None:
    """Training and PublicTest are as published; 280 PublicTest pictures are pixel-identical to a Training picture.

    Counted here by Python's own sets of bytes.
    """
    faces = read(shared_data / "fer2013_train_public.npz")
    report = check(faces)
    assert report.differences == ()
    assert report.copies == {"validation": 280, "test": 0}
    assert report.constant == 12
    training, validation = faces.of("train"), faces.of("validation")
    learnt, measured = ({face.tobytes() for face in part.pixels} for part in (training, validation))
    assert sum(face.tobytes() in learnt for face in validation.pixels) == 280
    assert report.training_copies == sum(face.tobytes() in measured for face in training.pixels)
    assert len(without_copies(faces).of("train")) == 28_709 - report.training_copies


def test_a_set_that_is_nearly_fer2013(tmp_path: Path) -> None:
    """Ten missing faces are told, class by class; a set of another size is not held against it."""
    labels = np.repeat(np.arange(7), [467, 56, 496, 895 - 10, 653, 415, 607])
    for name, count in (("near", 3579), ("other", 2000)):
        arrays = {"images": np.zeros((count, 48, 48), np.uint8), "labels": labels[:count], "usage": np.ones(count, int)}
        np.savez(tmp_path / f"{name}.npz", **arrays)
    assert check(read(tmp_path / "near.npz")).differences == (
        "PublicTest has 3,579 faces, 3,589 were published: happy 885 instead of 895",
    )
    assert check(read(tmp_path / "other.npz")).differences == ()
