"""What a split owes to the one before: nothing moves, nothing leaks, however the pictures are related."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import given, strategies as st

from curate.split.relations import Relations, bearings, relate
from curate.split.settle import EXCLUDED, NEW, NO_PART, settle

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES = 14
CODES = st.lists(st.sampled_from([0, 1, 2, EXCLUDED, NEW, NO_PART]), min_size=PICTURES, max_size=PICTURES)
BEARINGS = st.lists(st.tuples(st.integers(0, PICTURES - 1), st.integers(0, 9)), max_size=24)


def related(pairs: list[tuple[int, int]]) -> Relations:
    """Relations from pairs of picture and key."""
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    return Relations(PICTURES, 10, columns[:, 0], columns[:, 1])


def deal(pairs: list[tuple[int, int]], before: list[int]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Settles, and deals the rest by turns: before and after."""
    old = np.array(before, np.int8)
    settled = settle(related(pairs), old)
    after = settled.split.copy()
    after[after == NEW] = (settled.group[after == NEW] % 3).astype(np.int8)
    return old, after


@given(BEARINGS, CODES)
def test_no_key_is_in_two_splits(pairs: list[tuple[int, int]], before: list[int]) -> None:
    """Whatever was there, afterwards all pictures of a key that are in a split are in one."""
    _, after = deal(pairs, before)
    splits: dict[int, set[int]] = {}
    for picture, key in pairs:
        if 0 <= after[picture] < EXCLUDED:
            splits.setdefault(key, set()).add(int(after[picture]))
    assert all(len(found) == 1 for found in splits.values())


@given(BEARINGS, CODES)
def test_nothing_old_moves_to_another_split(pairs: list[tuple[int, int]], before: list[int]) -> None:
    """It stays, or is left out; what was left out or is no part stays so."""
    old, after = deal(pairs, before)
    moved = (old != NEW) & (after != old)
    assert (after[moved] == EXCLUDED).all()
    assert (old[moved] != NO_PART).all()


@given(BEARINGS, st.permutations(range(PICTURES)), CODES)
def test_order_plays_no_part(pairs: list[tuple[int, int]], order: list[int], before: list[int]) -> None:
    """The same pictures in another order are settled alike."""
    one = settle(related(pairs), np.array(before, np.int8)).split
    place = {picture: number for number, picture in enumerate(order)}
    other = settle(related([(place[picture], key) for picture, key in pairs]), np.array(before, np.int8)[order]).split
    assert one[order].tolist() == other.tolist()


@given(BEARINGS, st.lists(st.sampled_from([NEW, NO_PART]), min_size=PICTURES, max_size=PICTURES))
def test_a_first_split_leaves_nothing_out(pairs: list[tuple[int, int]], before: list[int]) -> None:
    """Without an earlier split every picture is to be dealt."""
    assert settle(related(pairs), np.array(before, np.int8)).split.tolist() == before


@given(BEARINGS, CODES)
def test_settling_again_changes_nothing(pairs: list[tuple[int, int]], before: list[int]) -> None:
    """What has been settled is settled."""
    _, after = deal(pairs, before)
    assert settle(related(pairs), after).split.tolist() == after.tolist()


def one(pairs: list[tuple[int, int]], before: list[int]) -> tuple[list[int], list[str]]:
    """Splits and reasons after settling; pictures beyond `before` are no part."""
    settled = settle(related(pairs), np.array(before + [NO_PART] * (PICTURES - len(before)), np.int8))
    return settled.split[: len(before)].tolist(), settled.reason[: len(before)].tolist()


def test_new_picture_joins_its_relatives() -> None:
    """Related to a picture of the test split, it is in the test split."""
    assert one([(0, 0), (1, 0)], [2, NEW]) == ([2, 2], ["", "group"])


def test_bridge_is_left_out_with_its_new_relatives() -> None:
    """Picture 2 is related to one of train and one of test, picture 3 to picture 2: both are left out."""
    pairs = [(0, 0), (2, 0), (1, 1), (2, 1), (2, 2), (3, 2)]
    assert one(pairs, [0, 2, NEW, NEW]) == ([0, 2, 3, 3], ["", "", "bridge", "bridge"])


def test_copy_of_a_bridge_is_left_out_later() -> None:
    """The bridge is out already; what comes later and is related to it alone is out too."""
    pairs = [(0, 0), (2, 0), (1, 1), (2, 1), (2, 2), (3, 2)]
    assert one(pairs, [0, 2, EXCLUDED, NEW]) == ([0, 2, 3, 3], ["", "", "", "bridge"])


def test_old_pictures_found_to_be_related_leave_the_later_split() -> None:
    """A copy found between train and test: the test picture is left out, the training picture stays."""
    assert one([(0, 0), (1, 0)], [2, 0]) == ([3, 0], ["leak", ""])


def test_picture_that_is_out_still_relates_others() -> None:
    """Two new pictures related through a copy that is out are dealt together."""
    settled = settle(related([(0, 0), (1, 0), (1, 1), (2, 1)]), np.array([NEW, NO_PART, NEW] + [NO_PART] * 11, np.int8))
    assert settled.group[0] == settled.group[2]


def test_every_kind_of_relation() -> None:
    """Copies, faces in common, address, video and identity each relate two pictures; an unknown person relates none."""
    ids = list("abcdefghijkl")
    sources = pd.DataFrame({"image_id": ids, "url": None, "video": None, "identity": None}).astype(object)
    sources = sources.set_index("image_id")
    sources.loc[["a", "b"], "url"] = "http://example.org/1"
    sources.loc[["c", "d"], "video"] = "v.mp4"
    sources.loc["e", "identity"], sources.loc["f", "identity"] = "Anna", " anna"
    sources.loc[["g", "h"], "identity"] = "unknown"
    duplicates = pd.DataFrame({"image_id": ["i", "j"], "group_id": "i"})
    faces = pd.DataFrame({"face_id": ["1", "2"], "image_id": ["k", "l"], "duplicate_of": [None, "1"]})
    relations = relate(ids, bearings(sources.reset_index(), duplicates, faces))
    groups = relations.components(np.ones(len(ids), bool))
    assert [groups[place] == groups[place + 1] for place in range(0, 12, 2)] == [True, True, True, False, True, True]
    assert len(set(groups.tolist())) == 7
