"""The split of a workspace: related pictures together, old ones where they were, the shares met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from curate.split.check import check
from curate.split.step import forgotten
from curate.split.text import text
from schemas.errors import InputError, UsageError, WorkspaceError
from schemas.settings import EngineSettings
from tests.curate.split.conftest import Album, drawn, encoded

if TYPE_CHECKING:
    from workspace.store import Workspace

LABELS = ("angry", "happy", "sad")


def filled(album: Album, count: int = 60, start: int = 0) -> list[str]:
    """Pictures of three labels."""
    return [album.add(start + number, label=LABELS[number % 3]) for number in range(count)]


def test_shares_and_labels(album: Album) -> None:
    """60 pictures, 20 of each label: 48, 6 and 6, and of each label 16, 2 and 2."""
    filled(album)
    counts = album.split()
    assert [counts[name] for name in ("train", "validation", "test", "excluded")] == [48, 6, 6, 0]
    assert counts["labels"]["test"] == {"angry": 2, "happy": 2, "sad": 2}
    assert "80.0%" in text(counts)


def test_nothing_to_do_the_second_time(album: Album) -> None:
    """The same run is not made twice."""
    filled(album)
    album.split()
    assert album.split()["done_before"]


def test_new_pictures_move_no_old_one(album: Album) -> None:
    """However many come, in however many turns; and the shares are met again by the new ones."""
    filled(album, 40)
    album.split()
    for start in (1000, 2000):
        before = album.splits()
        filled(album, 30, start)
        counts = album.split()
        after = album.splits()
        assert {image_id: after[image_id] for image_id in before} == before
    assert [counts[name] for name in ("train", "validation", "test")] == [80, 10, 10]


def test_relatives_stay_together(album: Album) -> None:
    """An identity, a video, an address and a group of copies of ten pictures each are in one split each."""
    kinds: list[dict[str, str]] = [{"identity": "Anna"}, {"video": "v.mp4"}, {"url": "http://example.org/a"}]
    groups = [
        [album.add(100 * kind + number, **declared) for number in range(10)] for kind, declared in enumerate(kinds)
    ]
    groups.append([album.add(500 + number) for number in range(10)])
    album.groups = dict.fromkeys(groups[-1], groups[-1][0])
    filled(album, 60, 1000)
    album.split(test_share=0.2, train_share=0.6, validation_share=0.2)
    splits = album.splits()
    assert [len({splits[image_id] for image_id in group}) for group in groups] == [1, 1, 1, 1]


def test_near_copies_stay_together_and_the_check_agrees(album: Album, engine: EngineSettings) -> None:
    """Copies that dedupe was not asked about (recompressed, smaller, mirrored) never part; the check finds no leak."""
    for number in range(12):
        picture = drawn(number)
        album.add(0, encoded(picture))
        album.add(0, encoded(picture, "JPEG", quality=60))
        album.add(0, encoded(picture.resize((60, 60))))
        album.add(0, encoded(picture.transpose(0)))
    counts = album.split(train_share=0.5, validation_share=0.25, test_share=0.25)
    assert counts["groups"] == 12
    assert check(album.workspace, engine)["leaks"] == []


def test_pairs_are_compared_once(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another draw compares nothing; a new picture is compared with all, and only it is."""
    filled(album, 30)
    album.split()
    asked: list[int] = []
    monkeypatch.setattr("curate.split.moments.near_pairs", lambda _, some, *__, **___: asked.append(len(some)) or [])
    with forgotten(album.workspace):
        album.split(split_seed=3)
    assert asked == []
    album.add(900)
    album.split(split_seed=3)
    assert asked == [1, 1]


def test_bridge_is_left_out(album: Album) -> None:
    """A new picture related to a train and to a test picture is excluded, with the reason."""
    filled(album)
    album.split()
    splits = album.splits()
    train, test = (next(image_id for image_id, split in splits.items() if split == name) for name in ("train", "test"))
    for row in album.rows:
        row["identity"] = {train: "Anna", test: "Berta"}.get(row["image_id"])
    bridge = album.add(5000, identity="Anna")
    album.rows.append({**album.rows[-1], "source": "raw/again.png", "identity": "Berta"})
    counts = album.split()
    row = album.workspace.read("splits").set_index("image_id").loc[bridge]
    assert (row["split"], row["reason"], row["also"]) == ("excluded", "bridge", "train,test")
    assert (counts["excluded"], counts["train"], counts["test"]) == (1, 48, 6)


def test_old_leak_found_later_leaves_the_test_split(album: Album) -> None:
    """Two old pictures turn out to show one person: the one in test is excluded, the one in train stays."""
    filled(album)
    album.split()
    splits = album.splits()
    train, test = (next(image_id for image_id, split in splits.items() if split == name) for name in ("train", "test"))
    for row in album.rows:
        row["identity"] = "Anna" if row["image_id"] in (train, test) else None
    album.split()
    assert (album.splits()[train], album.splits()[test]) == ("train", "excluded")


def test_picture_that_loses_its_face_is_remembered(album: Album) -> None:
    """Filtered out and back again, it is where it was."""
    ids = filled(album)
    album.split()
    before = album.splits()
    album.write(kept=lambda image_id: image_id != ids[0])
    from curate.split.step import split
    from schemas.settings import SplitSettings

    counts = split(album.workspace, SplitSettings(), EngineSettings())
    assert counts["faces"] == 59
    assert album.splits() == before


def test_seed_draws_another_split_and_asks_first(album: Album) -> None:
    """With another seed pictures would move: it is refused until asked for by --anew."""
    filled(album)
    album.split()
    before = album.splits()
    with pytest.raises(UsageError, match="split with split-seed 0, not 1") as caught:
        album.split(split_seed=1)
    assert "--anew" in caught.value.fix
    with forgotten(album.workspace):
        album.split(split_seed=1)
    assert album.splits() != before
    with forgotten(album.workspace):
        album.split()
    assert album.splits() == before


def test_split_anew_that_fails_leaves_the_old_one(album: Album) -> None:
    """A wrong share does not cost the split that is there."""
    filled(album)
    album.split()
    before = album.splits()
    with pytest.raises(UsageError), forgotten(album.workspace):
        album.split(train_share=0.5)
    assert album.splits() == before


def with_usage(album: Album) -> None:
    """Twelve pictures of FER-2013; the first stands in Training and PublicTest, the second is a copy in PrivateTest."""
    usages = ["Training"] * 6 + ["PublicTest"] * 3 + ["PrivateTest"] * 3
    for number, usage in enumerate(usages):
        album.add(number, label="fear", usage=usage)
    album.rows.append({**album.rows[0], "source": "again", "usage": "PublicTest", "label": "sad"})
    album.add(0, encoded(drawn(1), "JPEG", quality=70), label="fear", usage="PrivateTest")
    album.add(77)


def test_usage_as_it_is(album: Album) -> None:
    """FER-2013's own split, with what leaks counted."""
    with_usage(album)
    counts = album.split(split_by="usage")
    assert [counts[name] for name in ("train", "validation", "test", "excluded")] == [6, 3, 4, 1]
    assert (counts["leaking"], counts["usage_conflicts"], counts["label_conflicts"]) == (1, 1, 1)
    assert counts["reasons"] == {"no-usage": 1, "usage": 13}
    table = album.workspace.read("splits").set_index("image_id")
    assert table.loc[album.rows[0]["image_id"], "also"] == "validation"
    assert set(table.loc[table["also"].notna(), "also"]) == {"validation", "test", "train"}


def test_usage_without_what_leaks(album: Album, engine: EngineSettings) -> None:
    """The copy in PrivateTest is left out; no leak is left."""
    with_usage(album)
    counts = album.split(split_by="usage-clean")
    assert (counts["test"], counts["excluded"], counts["leaking"]) == (3, 2, 0)
    assert counts["reasons"] == {"leak": 1, "no-usage": 1, "usage": 12}
    assert check(album.workspace, engine)["leaks"] == []


def test_leak_of_usage_is_found_by_the_check(album: Album, engine: EngineSettings) -> None:
    """With the leaks left in, the check of the workspace names the copy."""
    with_usage(album)
    album.split(split_by="usage")
    (leak,) = check(album.workspace, engine)["leaks"]
    assert (leak["kind"], leak["split"], leak["other_split"]) == ("near", "test", "train")
    assert leak["labels"] == ""


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"train_share": 0.9}, UsageError, "sum to 0.9 + 0.1 + 0.1 = 1.1"),
        ({"stratify": "label"}, InputError, "no kept face has a declared label"),
        ({"split_by": "usage"}, InputError, "no kept face has a FER-2013 usage"),
        ({}, InputError, "there are 2 groups of related pictures for 3 splits"),
    ],
)
def test_bad_calls(album: Album, settings: dict[str, Any], error: type[Exception], said: str) -> None:
    """Each with its own word."""
    for seed in (1, 2):
        album.add(seed)
    with pytest.raises(error) as caught:
        album.split(**settings)
    assert said in str(caught.value)
    assert not album.workspace.has("splits")


def test_two_splits_of_two_groups(album: Album) -> None:
    """A share of 0 leaves a split out; two groups are enough for two splits."""
    for seed in (1, 2):
        album.add(seed)
    counts = album.split(train_share=0.5, validation_share=0.5, test_share=0.0)
    assert (counts["train"], counts["validation"], counts["test"]) == (1, 1, 0)


def test_empty_workspace(album: Album, workspace: Workspace, engine: EngineSettings) -> None:
    """No table, no face, no split: each says which command comes first."""
    with pytest.raises(WorkspaceError, match="has not been split"):
        check(workspace, engine)
    filled(album, 3)
    album.write(kept=lambda _: False)
    from curate.split.step import split
    from schemas.settings import SplitSettings

    with pytest.raises(InputError, match="no face is kept"):
        split(workspace, SplitSettings(), engine)
