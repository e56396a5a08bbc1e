"""Filtering: each figure against its threshold, each switch, and copies that hand their place on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from curate.filter import COLUMNS, decide, filter_images
from curate.measure import as_frame, measure
from curate.preview import preview
from schemas.errors import UsageError
from schemas.settings import EngineSettings, FilterSettings
from schemas.tables import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

GOOD: dict[str, Any] = {
    "width": 300,
    "height": 200,
    "level_1": 20.0,
    "level_99": 220.0,
    "sharpness_peak": 500.0,
    "common_greys": 0.2,
    "hard_edges": 0.05,
}
NO_COPIES = pd.DataFrame({"image_id": [], "group_id": [], "rank": []})
OFF = FilterSettings(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def _images(*changes: dict[str, Any]) -> pd.DataFrame:
    rows = [{"image_id": f"p{at}", **GOOD, **change} for at, change in enumerate(changes)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _copies(*groups: list[str]) -> pd.DataFrame:
    rows = [(name, group[0], rank) for group in groups for rank, name in enumerate(group)]
    return pd.DataFrame(rows, columns=["image_id", "group_id", "rank"])


def _decide(images: pd.DataFrame, copies: pd.DataFrame = NO_COPIES, settings: FilterSettings | None = None) -> Any:
    return decide(images, copies, settings or FilterSettings()).set_index("image_id")


def test_an_ordinary_picture_is_kept() -> None:
    """With nothing to say about it."""
    row = _decide(_images({})).loc["p0"]
    assert row["kept"]
    assert (row["step"], row["reason"], row["also"]) == ("", "", "")
    assert np.isnan(row["value"])
    assert np.isnan(row["threshold"])


@pytest.mark.parametrize(
    ("reason", "out", "stays", "value", "threshold"),
    [
        ("small", {"height": 47, "width": 60}, {"height": 48, "width": 60}, 47, 48),
        ("odd-aspect", {"width": 800}, {"width": 799}, 4, 4),
        ("dark", {"level_1": 0, "level_99": 49}, {"level_1": 0, "level_99": 50}, 49, 50),
        ("over-exposed", {"level_1": 200, "level_99": 250}, {"level_1": 199, "level_99": 250}, 200, 200),
        ("low-contrast", {"level_1": 100, "level_99": 131}, {"level_1": 100, "level_99": 132}, 31, 32),
        ("blur", {"sharpness_peak": 9.5}, {"sharpness_peak": 10}, 9.5, 10),
        ("drawing", {"common_greys": 0.75, "hard_edges": 0.25}, {"common_greys": 0.75, "hard_edges": 0.15}, 1, 0.92),
    ],
)
def test_each_filter_cuts_at_its_threshold(
    reason: str, out: dict[str, Any], stays: dict[str, Any], value: float, threshold: float
) -> None:
    """A step to one side it is out, with its figure; a step to the other it stays."""
    decisions = _decide(_images(out, stays))
    row = decisions.loc["p0"]
    assert (row["kept"], row["step"], row["reason"], row["also"]) == (False, "filter", reason, "")
    assert row["value"] == pytest.approx(value)
    assert row["threshold"] == pytest.approx(threshold)
    assert decisions.loc["p1", "kept"]


def test_every_filter_can_be_switched_off() -> None:
    """0 is off, and then nothing is out."""
    awful = {"width": 9000, "height": 1, "level_1": 0.0, "level_99": 0.0, "sharpness_peak": 0.0, "common_greys": 1.0}
    assert not _decide(_images(awful)).loc["p0", "kept"]
    assert _decide(_images(awful), settings=OFF).loc["p0", "kept"]


def test_further_reasons_are_told() -> None:
    """The first decides, the others stand beside it."""
    row = _decide(_images({"width": 30, "height": 30, "sharpness_peak": 1.0, "common_greys": 1.0})).loc["p0"]
    assert (row["reason"], row["also"]) == ("small", "blur,drawing")


def test_of_copies_the_first_is_kept() -> None:
    """The others are out as duplicates, by the step that found them."""
    decisions = _decide(_images({}, {}, {}), _copies(["p2", "p0", "p1"]))
    assert decisions["kept"].tolist() == [False, False, True]
    assert decisions["reason"].tolist() == ["duplicate", "duplicate", ""]
    assert decisions["step"].tolist() == ["dedupe", "dedupe", ""]


def test_a_keeper_that_is_out_hands_its_place_on() -> None:
    """The next by rank that passes the filters is kept."""
    blurred = {"sharpness_peak": 1.0}
    decisions = _decide(_images(blurred, blurred, {}, {}), _copies(["p0", "p1", "p2", "p3"]))
    assert decisions["kept"].tolist() == [False, False, True, False]
    assert decisions["reason"].tolist() == ["blur", "blur", "", "duplicate"]
    assert decisions["also"].tolist() == ["duplicate", "duplicate", "", ""]


def test_when_no_copy_passes_all_are_out_for_their_own_reason() -> None:
    """None of them is a duplicate of something that is kept."""
    decisions = _decide(_images({"height": 10, "width": 10}, {"sharpness_peak": 1.0}), _copies(["p0", "p1"]))
    assert decisions["reason"].tolist() == ["small", "blur"]
    assert decisions["also"].tolist() == ["", ""]


_CHANGES = st.fixed_dictionaries(
    {"height": st.integers(1, 900), "sharpness_peak": st.floats(0, 100), "level_99": st.floats(0, 255)}
)


@given(changes=st.lists(_CHANGES, min_size=2, max_size=12), cut=st.integers(1, 12), order=st.randoms())
def test_every_picture_is_decided_once_whatever_the_order(changes: list[Any], cut: int, order: Any) -> None:
    """Kept and out make all; a group keeps one of those that pass; another order of rows decides the same."""
    images = _images(*changes)
    group = [f"p{at}" for at in range(min(cut, len(changes)))]
    copies = _copies(group)
    decisions = _decide(images, copies)
    assert sorted(decisions.index) == sorted(images["image_id"])
    alone = _decide(images)
    assert decisions.loc[group, "kept"].sum() == min(1, alone.loc[group, "kept"].sum())
    assert ((decisions["reason"] == "") == decisions["kept"]).all()
    mixed = list(range(len(images)))
    order.shuffle(mixed)
    again = _decide(images.iloc[mixed].reset_index(drop=True), copies[::-1])
    pd.testing.assert_frame_equal(again.loc[decisions.index], decisions)


def test_the_frame_is_the_table() -> None:
    """Columns in the table's order."""
    assert list(decide(_images({}), NO_COPIES, FilterSettings()).columns) == DECISIONS.names


def test_no_pictures_make_no_decisions() -> None:
    """An empty workspace is none to stumble over."""
    assert decide(_images(), NO_COPIES, FilterSettings()).empty


def _fill(workspace: Workspace, files: list[bytes]) -> pd.DataFrame:
    measured = [measure(data) for data in files]
    for each, data in zip(measured, files, strict=True):
        workspace.put_picture("originals", workspace.original_path(each.image_id, each.format).name, data)
    images = as_frame(measured)
    workspace.replace("images", images)
    return images


def test_the_step_writes_the_table(workspace: Workspace, engine: EngineSettings, photo: Callable[..., bytes]) -> None:
    """And counts what it did."""
    images = _fill(workspace, [photo(1), photo(2), photo(3, size=(40, 30))])
    counts = filter_images(workspace, FilterSettings(), engine)
    assert counts == {"images": 3, "kept": 2, "small": 1}
    decisions = workspace.read("decisions").set_index("image_id")
    assert decisions.loc[images["image_id"].iloc[2], "reason"] == "small"
    assert len(decisions) == 3


def test_the_preview_shows_both_sides(workspace: Workspace, photo: Callable[..., bytes], tmp_path: Path) -> None:
    """One row of pictures above the threshold's line, one below, six to a row."""
    _fill(workspace, [photo(seed, size=(40 + 4 * seed, 60)) for seed in range(5)])
    path = preview(workspace, FilterSettings(), "small", tmp_path / "small.png")
    with Image.open(path) as sheet:
        assert sheet.size == (6 * 168 + 8, 2 * (168 + 22) + 3 * 22 + 8)
        assert len(sheet.convert("RGB").getcolors(1 << 20) or []) > 1000


@pytest.mark.parametrize(
    ("reason", "settings", "word"),
    [("blurr", FilterSettings(), "`blur`"), ("blur", FilterSettings(min_sharpness=0.0), "other than 0")],
)
def test_a_preview_of_no_filter_is_a_wrong_call(
    workspace: Workspace, tmp_path: Path, reason: str, settings: FilterSettings, word: str
) -> None:
    """Unknown, or switched off: each says what to do."""
    with pytest.raises(UsageError) as caught:
        preview(workspace, settings, reason, tmp_path / "no.png")
    assert word in caught.value.fix


def test_natural_photographs_pass(shared_data: Path) -> None:
    """Grey or colour, close or in a group: at most one in a hundred is out."""
    faces = sorted((shared_data / "natural_faces" / "images").glob("*.jpg"))[::8]
    groups = sorted((shared_data / "group_photos").rglob("*.jpg"))
    images = as_frame(measure(path.read_bytes()) for path in [*faces, *groups])
    decisions = decide(images.drop_duplicates("image_id"), NO_COPIES, FilterSettings(min_side=0))
    assert decisions["kept"].mean() > 0.99
