"""A balanced workspace as a set of faces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from augment.balance import balance
from schemas.errors import InputError, WorkspaceError
from schemas.settings import BalanceSettings
from workspace.augmented import samples as module
from workspace.augmented.samples import made_with, render_all, samples, with_samples
from workspace.faceset import copies_of_training, read, soft_labels, without_copies

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.store import Workspace


@pytest.fixture
def balanced(faces: Workspace) -> Workspace:
    """Four happy, two sad and one fear, each brought to four: five samples."""
    balance(faces, BalanceSettings(policy="strong"))
    return faces


def test_a_workspace_that_is_not_balanced_stays_as_it_is(faces: Workspace) -> None:
    """Nothing is made up."""
    before = read(faces.path)
    assert with_samples(faces.path, before) is before


def test_samples_stand_behind_the_faces(balanced: Workspace) -> None:
    """Nine faces as they were, then five samples, all of training; validation and test have what they had."""
    before, after = read(balanced.path), with_samples(balanced.path, read(balanced.path))
    assert after.places[:9] == before.places
    assert after.places[9:] == ["b0.1", "b1.1", "c0.1", "c0.2", "c0.3"]
    assert after.split[9:].tolist() == ["train"] * 5
    assert np.array_equal(after.pixels[:9], before.pixels)
    assert np.bincount(after.labels[after.split == "train"]).tolist() == [0, 0, 4, 4, 4]


def test_no_sample_has_a_parent_outside_training(balanced: Workspace) -> None:
    """Nor is there one in validation or test."""
    after = with_samples(balanced.path, read(balanced.path))
    split = dict(zip(after.places, after.split, strict=True))
    for place in after.places:
        assert split[place.partition(".")[0]] == split[place]


def test_samples_have_their_parents_soft_labels(faces: Workspace, nine: Any) -> None:
    """The raters' distribution of each sample is its parent's, to the bit."""
    spread = {"c0": ("fear", {"fear": 0.6, "surprise": 0.4}), "b1": ("sad", {"sad": 0.7, "neutral": 0.3})}
    others = {name: (row[0], {row[0]: 1.0}) for name, row in nine.FACES.items()}
    nine.rate(faces, {**others, **spread})
    balance(faces, BalanceSettings())
    after = with_samples(faces.path, read(faces.path))
    soft = dict(zip(after.places, soft_labels(after).tolist(), strict=True))
    for place in after.places[9:]:
        assert soft[place] == soft[place.partition(".")[0]]
    assert soft["c0.1"] == pytest.approx([0, 0, 0.6, 0, 0, 0.4, 0])


def test_a_sample_goes_where_its_parent_goes(balanced: Workspace, nine: Any) -> None:
    """A training face that is equal to a test face is left out of training, and its samples with it."""
    kept = balanced.picture_path("grey", "c0.png").read_bytes()
    balanced.put_picture("grey", "e0.png", kept, replace=True)
    after = with_samples(balanced.path, read(balanced.path))
    assert copies_of_training(after).sum() == 1
    assert not [place for place in without_copies(after).places if place.startswith("c0")]


def test_the_digest_is_another_with_samples(balanced: Workspace) -> None:
    """So an unfinished training of the set without them is not taken up with them."""
    before = read(balanced.path)
    first = with_samples(balanced.path, before).sha256
    assert first != before.sha256
    balance(balanced, BalanceSettings(policy="strong", balance_seed=1))
    assert with_samples(balanced.path, before).sha256 != first


def test_what_undersampling_left_out_is_not_learnt_from(faces: Workspace) -> None:
    """One of each class is left, and no sample made."""
    balance(faces, BalanceSettings(strategy="undersample"))
    after = with_samples(faces.path, read(faces.path))
    assert np.bincount(after.labels[after.split == "train"]).tolist() == [0, 0, 1, 1, 1]
    assert (after.split != "train").sum() == 2
    assert after.left_out["that `undersample` left out"] == 4


@pytest.mark.parametrize(
    "change",
    [
        {"a0": ("sad", "train", 0.3)},
        {"a0": ("happy", "test", 0.3)},
        {"d0": ("happy", "train", 0.6)},
        {"f0": ("happy", "train", 0.6)},
    ],
    ids=["another label", "out of training", "into training", "new"],
)
def test_another_training_split_is_refused(
    balanced: Workspace, relabel: Callable[..., None], nine: Any, change: dict[str, Any]
) -> None:
    """Samples of faces that have moved, come or been relabelled would leak or lie."""
    for kind in ("faces", "grey"):
        balanced.put_picture(kind, "f0.png", balanced.picture_path(kind, "a0.png").read_bytes())
    relabel(**change)
    with pytest.raises(InputError, match="another than the one that was balanced") as caught:
        with_samples(balanced.path, read(balanced.path))
    assert caught.value.fix == "run `augment balance` again"


def test_one_thread_and_two_give_the_same_pixels(balanced: Workspace) -> None:
    """And so do two runs."""
    rows = samples(balanced)
    first, again, two = (np.concatenate(list(render_all(balanced, rows, workers))) for workers in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.array_equal(first, two)


def test_a_sample_does_not_depend_on_the_others(balanced: Workspace) -> None:
    """Rendered alone, last first, or all together."""
    rows = samples(balanced)
    together = np.concatenate(list(render_all(balanced, rows)))
    alone = [next(iter(render_all(balanced, rows.iloc[[at]])))[0] for at in reversed(range(len(rows)))]
    assert np.array_equal(np.stack(alone[::-1]), together)


def test_recipes_say_all_that_was_drawn(balanced: Workspace) -> None:
    """The table alone, without policy and seed, gives the pictures."""
    table = balanced.read("augmented")
    made = table[table["copy"] > 0]
    assert set(made["made_with"]) == {made_with()}
    assert all(json.loads(text) for text in made["recipe"])
    assert table.loc[table["copy"] == 0, "recipe"].isna().all()


def test_other_versions_are_refused(balanced: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another albumentations may draw the same recipe otherwise: nobody is to think the pixels are the same."""
    monkeypatch.setattr(module, "made_with", lambda: "mien-augment/1, albumentations 2.0.9")
    with pytest.raises(WorkspaceError, match=r"installed are mien-augment/1, albumentations 2\.0\.9") as caught:
        samples(balanced)
    assert "run `augment balance` again" in caught.value.fix


def test_a_crop_that_is_gone(balanced: Workspace) -> None:
    """The step that writes it again is named."""
    balanced.picture_path("faces", "c0.png").unlink()
    with pytest.raises(WorkspaceError, match=r"c0\.png cannot be read") as caught:
        with_samples(balanced.path, read(balanced.path))
    assert caught.value.fix == "run `curate faces`"


def test_a_face_crop_that_was_given(faces: Workspace, nine: Any) -> None:
    """FER-2013's faces are 48×48 and grey: a sample is cut from all of the picture."""
    pixels = np.random.default_rng(8).integers(0, 256, (48, 48), dtype=np.uint8)
    for kind in ("faces", "grey"):
        faces.put_picture(kind, "c0.png", nine.encoded(pixels), replace=True)
    table = faces.read("faces")
    table.loc[table["face_id"] == "c0", "detector"] = "given"
    faces.replace("faces", table)
    crop, view = module.Parents(faces).crop("c0")
    assert np.array_equal(crop, pixels)
    assert view.matrix.tolist() == [[1, 0, 0], [0, 1, 0]]
