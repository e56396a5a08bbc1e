"""What is exported, what is not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from curate.export.formats import find
from curate.export.selection import Selection, select
from schemas.errors import InputError, WorkspaceError
from schemas.settings import ExportSettings

if TYPE_CHECKING:
    from workspace.store import Workspace

SKIP = {"unlabelled": "skip", "unknown_labels": "skip"}


def chosen(workspace: Workspace, form: str = "folders", **settings: Any) -> Selection:
    """What a format would export."""
    return select(workspace, find(form), ExportSettings(**settings))


def test_every_face_left_out_is_counted(split: Workspace) -> None:
    """Eight of twelve kept faces go out; the other four have a reason each."""
    found = chosen(split, **SKIP)
    assert len(found.frame) == 8
    assert found.left_out == {
        "excluded by the split": 1,
        "label that is none of the classes": 1,
        "copies of the picture disagree on its label": 1,
        "without a label": 1,
    }


def test_unlabelled_faces_are_an_error_by_default(finished: Workspace) -> None:
    """The error counts them and names the flag."""
    with pytest.raises(InputError, match="1 of 10 faces have no label") as caught:
        chosen(finished, unknown_labels="skip")
    assert "--unlabelled skip" in caught.value.fix


def test_unknown_label_names_the_nearest(finished: Workspace) -> None:
    """`hapy` is meant to be `happy`; the error says which labels and how many faces."""
    sources = finished.read("sources")
    sources["label"] = sources["label"].replace("smirk", "hapy")
    finished.replace("sources", sources)
    with pytest.raises(InputError, match=r"none of the seven classes: `hapy` \(1\)") as caught:
        chosen(finished, unlabelled="skip")
    assert "did you mean `happy`?" in caught.value.fix


def test_no_label_at_all(finished: Workspace) -> None:
    """Skipping all of them leaves nothing, which is an error too."""
    sources = finished.read("sources")
    finished.replace("sources", sources.assign(label=None))
    with pytest.raises(InputError, match="no face is left to export: 12 without a label"):
        chosen(finished, **SKIP)


def test_empty_workspace(workspace: Workspace) -> None:
    """There is nothing to export, and the error says what to run."""
    with pytest.raises(WorkspaceError, match="has no kept face") as caught:
        chosen(workspace)
    assert "curate run" in caught.value.fix
    with pytest.raises(WorkspaceError, match="no ingested face crops"):
        chosen(workspace, "fer2013", rows="all")


def test_splits_can_be_left_out(split: Workspace) -> None:
    """`--splits-from none` exports all in one, what the split excludes as well."""
    found = chosen(split, **SKIP, splits_from="none")
    assert (found.splits, len(found.frame)) == (("",), 9)


def test_picture_that_no_split_knows(split: Workspace) -> None:
    """Pictures that came after the last split are an error, not a guess."""
    split.replace("splits", split.read("splits").iloc[3:])
    with pytest.raises(WorkspaceError, match="faces stand in no split") as caught:
        chosen(split, **SKIP)
    assert "curate split" in caught.value.fix


@pytest.mark.parametrize("source", ["splits", "usage"])
def test_missing_splits(finished: Workspace, source: str) -> None:
    """Asking for splits that are not there is an error."""
    with pytest.raises(WorkspaceError, match=r"no table `splits`|no FER-2013 usage"):
        chosen(finished, **SKIP, splits_from=source)


def test_usage_makes_splits(finished: Workspace) -> None:
    """Where every face has a declared usage and there is no table, usage is the split."""
    sources = finished.read("sources")
    sources["usage"] = [*["Training"] * (len(sources) - 1), "PrivateTest"]
    finished.replace("sources", sources)
    found = chosen(finished, **SKIP)
    assert (found.splits_from, found.splits) == ("usage", ("train", "test"))


def test_names_say_nothing(finished: Workspace) -> None:
    """A face's name is its face_id: no label, no number of the order it came in."""
    found = chosen(finished, **SKIP)
    assert found.frame["name"].equals(found.frame["face_id"])
    assert found.frame["name"].str.fullmatch(r"[0-9a-f]{32}").all()
