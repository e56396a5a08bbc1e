"""The training split brought to a balance."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from augment.balance import balance
from augment.plan import notes, plan, text
from augment.policy import policy
from augment.recipe import recipe
from schemas.errors import InputError, UsageError, WorkspaceError
from schemas.settings import BalanceSettings, make
from workspace.lineage import last_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.store import Workspace


def made(workspace: Workspace) -> dict[str, int]:
    """Samples of each face that has any."""
    table = workspace.read("augmented")
    return {str(name): int(count) for name, count in table[table["copy"] > 0]["face_id"].value_counts().items()}


def lines(workspace: Workspace, **settings: Any) -> dict[str, dict[str, Any]]:
    """The lines of a plan by class."""
    return {row["class"]: row for row in plan(workspace, make(BalanceSettings, settings)).classes}


def test_equal_by_hand(faces: Workspace) -> None:
    """Four happy, two sad, one fear: two samples of sad, a turn each, and three of the only fear."""
    result = balance(faces, BalanceSettings())
    assert made(faces) == {"b0": 1, "b1": 1, "c0": 3}
    assert (result["originals"], result["left_out"], result["samples"], result["files"]) == (7, 0, 5, 0)
    after = {row["class"]: row["after"] for row in result["classes"]}
    assert after == {"angry": 0, "disgust": 0, "fear": 4, "happy": 4, "sad": 4, "surprise": 0, "neutral": 0}


def test_a_target_by_hand(faces: Workspace) -> None:
    """Brought to three: happy keeps its four, the sharper sad face has the one sample."""
    balance(faces, BalanceSettings(target=3))
    assert made(faces) == {"b1": 1, "c0": 2}


def test_a_cap_by_hand(faces: Workspace) -> None:
    """No face more than twice: fear has 2 of 4, and one original more would do."""
    balance(faces, BalanceSettings(cap_ratio=2))
    assert made(faces) == {"b0": 1, "b1": 1, "c0": 1}
    fear = lines(faces, cap_ratio=2)["fear"]
    assert (fear["target"], fear["after"], fear["short"], fear["collect"], fear["shown"]) == (4, 2, 2, 1, 2)


def test_effective_number_by_hand(faces: Workspace) -> None:
    """With beta 0.9: E(4) = 3.439, so sad has 2 × 3.439 / 1.9 = 4 and fear 3."""
    balance(faces, BalanceSettings(strategy="effective-number", beta=0.9))
    assert made(faces) == {"b0": 1, "b1": 1, "c0": 2}


def test_undersample_by_hand(faces: Workspace) -> None:
    """One of each class stays, and keeps its row; the others have theirs too, not kept."""
    result = balance(faces, BalanceSettings(strategy="undersample"))
    table = faces.read("augmented")
    assert made(faces) == {}
    assert len(table) == 7
    assert table[table["kept"]]["label"].value_counts().to_dict() == {"happy": 1, "sad": 1, "fear": 1}
    assert result["left_out"] == 4


def test_soft_labels_count_by_their_shares(faces: Workspace, nine: Any) -> None:
    """Fear has 0.51 of one face and 0.49 of a happy one, happy 3.51: four samples at 0.51 bring fear to 3.04."""
    one = {name: (row[0], {row[0]: 1.0}) for name, row in nine.FACES.items()}
    half = {"c0": ("fear", {"fear": 0.51, "sad": 0.49}), "a0": ("happy", {"happy": 0.51, "fear": 0.49})}
    nine.rate(faces, {**one, **half})
    rows = lines(faces, count_by="soft")
    assert rows["fear"]["before"] == 1
    assert rows["happy"]["before"] == 3.5
    assert rows["sad"]["before"] == 2.5
    assert rows["fear"]["samples"] == 4
    assert rows["fear"]["after"] == 3.0


def test_only_training_has_samples(faces: Workspace, nine: Any) -> None:
    """No row is of a validation or test face, parent or not."""
    balance(faces, BalanceSettings(target=50))
    training = {name for name, row in nine.FACES.items() if row[1] == "train"}
    assert set(faces.read("augmented")["face_id"]) == training


@pytest.mark.parametrize("split", ["validation", "test", "Training"])
def test_another_split_is_refused(faces: Workspace, split: str) -> None:
    """The error says why, and nothing is written."""
    with pytest.raises(UsageError, match="what a network is chosen and measured on stays as it was found"):
        balance(faces, BalanceSettings(), split)
    assert not faces.has("augmented")


def test_a_workspace_without_splits(faces: Workspace) -> None:
    """Without them all would be training, validation and test too."""
    shutil.rmtree(faces.path / "tables" / "splits")
    with pytest.raises(WorkspaceError, match="has no splits") as caught:
        plan(faces, BalanceSettings())
    assert caught.value.fix == "run `curate split`"


def test_a_workspace_without_labels(faces: Workspace, nine: Any) -> None:
    """There is nothing to balance by."""
    sources = [{"source": f"raw/{name}.jpg", "image_id": f"i{name}"} for name in nine.FACES]
    nine.fill(faces, "sources", sources)
    with pytest.raises(InputError, match="holds no labelled face: 9 without a label"):
        plan(faces, BalanceSettings())


def test_a_training_split_without_faces(faces: Workspace, nine: Any) -> None:
    """All faces stand in the test split."""
    nine.declare(faces, {name: (row[0], "test", row[2]) for name, row in nine.FACES.items()})
    with pytest.raises(InputError, match="no face in the split train"):
        plan(faces, BalanceSettings())


def test_an_empty_class_is_named(faces: Workspace) -> None:
    """It stays empty, and a sentence says what to do."""
    row = lines(faces)["disgust"]
    assert (row["before"], row["after"], row["samples"], row["collect"]) == (0, 0, 0, 1)
    told = notes(plan(faces, BalanceSettings()).classes)
    assert "disgust has no training picture, and nothing is made of nothing: collect some" in told


def test_a_class_of_one_picture_is_named(faces: Workspace) -> None:
    """It is shown as often as it takes, and a sentence says how often."""
    told = notes(plan(faces, BalanceSettings(target=100)).classes)
    assert "fear: one original is shown up to 100 times; --cap-ratio sets a limit" in told


def test_effective_number_takes_no_target(faces: Workspace) -> None:
    """It has its own."""
    with pytest.raises(UsageError, match="has its own targets"):
        plan(faces, BalanceSettings(strategy="effective-number", target=5))


def test_plan_writes_nothing(faces: Workspace) -> None:
    """Not even a line of the log."""
    before = sorted(path.name for path in faces.path.rglob("*"))
    plan(faces, BalanceSettings())
    assert sorted(path.name for path in faces.path.rglob("*")) == before


def test_the_plan_is_a_table_and_bars(faces: Workspace) -> None:
    """Sad: two of four are originals, half of the bar of 40 letters."""
    told = text(plan(faces, BalanceSettings()).classes).splitlines()
    assert told[5].split() == ["sad", "2", "2", "0", "4", "2×"]
    assert told[8].split() == ["all", "7", "5", "0", "12"]
    assert told[14] == "sad      " + "█" * 20 + "░" * 20


def test_recipes_are_drawn_from_seed_parent_and_copy(faces: Workspace) -> None:
    """Each row has what `recipe` draws for it alone."""
    balance(faces, BalanceSettings(policy="strong", balance_seed=7))
    table = faces.read("augmented")
    strong = policy("strong")
    for row in table[table["copy"] > 0].itertuples():
        assert json.loads(row.recipe) == recipe(strong, 7, row.face_id, row.copy)
        assert row.policy == strong.name


def test_the_same_settings_give_the_same_table(faces: Workspace) -> None:
    """To the byte; another seed gives another."""
    digests = []
    for seed in (0, 0, 1):
        balance(faces, BalanceSettings(balance_seed=seed))
        digests.append(faces.digest("augmented"))
    assert digests[0] == digests[1] != digests[2]


def test_more_faces_leave_the_samples_of_the_others(faces: Workspace, relabel: Callable[..., None]) -> None:
    """A face that comes in changes how many samples others have, never what their samples look like."""
    balance(faces, BalanceSettings())
    before = faces.read("augmented").set_index(["face_id", "copy"])["recipe"]
    for kind in ("faces", "grey"):
        faces.put_picture(kind, "c9.png", faces.picture_path(kind, "a0.png").read_bytes())
    relabel(c9=("fear", "train", 0.1))
    balance(faces, BalanceSettings())
    after = faces.read("augmented").set_index(["face_id", "copy"])["recipe"]
    common = after.index.intersection(before.index)
    assert len(common) > 7
    assert after[common].fillna("").tolist() == before[common].fillna("").tolist()


def test_a_run_is_in_the_log(faces: Workspace) -> None:
    """With its settings, the policy's digest, versions and counts."""
    balance(faces, BalanceSettings(policy="paper"))
    line = last_line(faces, "balance")
    assert line is not None
    assert line["counts"] == {"originals": 7, "left_out": 0, "samples": 5, "files": 0}
    assert line["settings"]["policy"] == "paper"
    assert line["inputs"]["policy"] == policy("paper").name
    assert "albumentations" in line["versions"]
