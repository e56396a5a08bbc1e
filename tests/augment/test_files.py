"""Samples as files, made again, and proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from augment.balance import balance
from augment.files import file_of
from augment.replay import replay, text
from augment.verify import verify
from schemas.errors import InputError, UsageError, WorkspaceError
from schemas.settings import BalanceSettings
from workspace.augmented.samples import with_samples
from workspace.faceset import read
from workspace.pixels import decode

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

STRONG = BalanceSettings(policy="strong")


def test_nothing_is_written_by_default(faces: Workspace) -> None:
    """Recipes are enough."""
    balance(faces, STRONG)
    assert not (faces.path / "augmented").exists()


def test_files_hold_the_same_pixels(faces: Workspace) -> None:
    """As a training is given."""
    assert balance(faces, STRONG, files=True)["files"] == 5
    learnt = with_samples(faces.path, read(faces.path))
    for at in range(9, 14):
        parent, _, copy = learnt.places[at].partition(".")
        assert np.array_equal(decode(file_of(faces, parent, int(copy)).read_bytes()).pixels, learnt.pixels[at])


def test_files_of_an_earlier_balance_go(faces: Workspace) -> None:
    """They are no samples of this one."""
    balance(faces, STRONG, files=True)
    balance(faces, BalanceSettings(target=2))
    assert not (faces.path / "augmented").exists()


def test_replay_makes_the_same_picture(faces: Workspace, tmp_path: Path) -> None:
    """Bit for bit, with or without a file of it; the first digits of the face do."""
    balance(faces, STRONG)
    learnt = with_samples(faces.path, read(faces.path))
    result = replay(faces, "c.2", tmp_path / "again.png")
    assert result["sample"] == "c0.2"
    again = decode((tmp_path / "again.png").read_bytes()).pixels
    assert np.array_equal(again, learnt.pixels[learnt.places.index("c0.2")])
    balance(faces, STRONG, files=True)
    assert replay(faces, "c0.2", tmp_path / "again.png")["pixels"] == result["pixels"]
    assert "rotation: degrees " in text(result)


@pytest.mark.parametrize(("name", "what"), [("c0.9", "is no sample"), ("b.1", "is several"), ("c0", "is no sample")])
def test_what_is_no_sample(faces: Workspace, tmp_path: Path, name: str, what: str) -> None:
    """The error says how to find one."""
    balance(faces, STRONG)
    with pytest.raises(UsageError, match=what):
        replay(faces, name, tmp_path / "again.png")


def test_replay_sees_a_file_that_was_changed(faces: Workspace, tmp_path: Path) -> None:
    """Nothing is written then."""
    balance(faces, STRONG, files=True)
    place = file_of(faces, "c0", 1)
    place.write_bytes(file_of(faces, "c0", 2).read_bytes())
    with pytest.raises(InputError, match="is not what the recipe gives"):
        replay(faces, "c0.1", tmp_path / "again.png")
    assert not (tmp_path / "again.png").exists()


def test_verify_gives_one_digest(faces: Workspace) -> None:
    """From one thread and two, from two runs, with files and without."""
    digests = set()
    for files, workers in ((False, 1), (False, 2), (True, 2)):
        balance(faces, STRONG, files=files, workers=workers)
        result = verify(faces, workers)
        digests.add(result["digest"])
    assert len(digests) == 1
    assert (result["originals"], result["samples"], result["files"]) == (7, 5, 5)
    assert result["classes"] == {"angry": 0, "disgust": 0, "fear": 4, "happy": 4, "sad": 4, "surprise": 0, "neutral": 0}


@pytest.mark.parametrize("harm", ["gone", "other", "cut"])
def test_verify_finds_files_that_are_not_theirs(faces: Workspace, harm: str) -> None:
    """One that is missing, one with another's pixels, one that ends too early."""
    balance(faces, STRONG, files=True)
    place = file_of(faces, "c0", 1)
    if harm == "gone":
        place.unlink()
    else:
        data = file_of(faces, "c0", 2).read_bytes()
        place.write_bytes(data if harm == "other" else data[:200])
    with pytest.raises(WorkspaceError, match=r"1 samples are missing or not .*: c0\.1"):
        verify(faces)


def test_verify_needs_a_balance(faces: Workspace) -> None:
    """The command that makes one is named."""
    with pytest.raises(WorkspaceError, match="is not balanced") as caught:
        verify(faces)
    assert caught.value.fix == "run `augment balance`"
