"""Copies are grouped around the one to keep, whatever the order and the number of runs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
import pytest
import skimage.data

from curate.dedupe.step import dedupe
from curate.measure import perceptual_hashes
from schemas.errors import WorkspaceError
from schemas.settings import DedupeSettings, EngineSettings
from schemas.tables import IMAGES, SOURCES
from workspace.parquet import arrow_schema
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


def photographs() -> dict[str, Pixels]:
    """Photographs that scikit-image ships, grey."""
    colour = {"astronaut": skimage.data.astronaut(), "cat": skimage.data.chelsea(), "coffee": skimage.data.coffee()}
    grey = {name: cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for name, picture in colour.items()}
    return {**grey, "camera": skimage.data.camera(), "coins": skimage.data.coins()}


def quality_30(picture: Pixels) -> Pixels:
    """The picture after JPEG at quality 30."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


def cropped(picture: Pixels) -> Pixels:
    """The picture without a tenth of its height and width, off its top left corner."""
    height, width = picture.shape
    return picture[height // 10 :, width // 10 :]


def framed(picture: Pixels) -> Pixels:
    """The picture with a white border of 5 %."""
    height, width = (side // 20 for side in picture.shape)
    return cv2.copyMakeBorder(picture, height, height, width, width, cv2.BORDER_CONSTANT, value=(255,))


EDITS: dict[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda picture: picture,
    "recompressed": quality_30,
    "half": lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "cropped": cropped,
    "enlarged": lambda picture: cv2.resize(picture, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC),
    "mirrored": lambda picture: picture[:, ::-1],
    "darker": lambda picture: (picture * 0.7).astype(np.uint8),
}


def all_pictures() -> dict[str, Pixels]:
    """Every photograph in every edition, by source name."""
    return {f"{name}/{edit}": change(p) for name, p in photographs().items() for edit, change in EDITS.items()}


def image_id(pixels: Pixels) -> str:
    """A digest of the pixels, as if they were the file."""
    return hashlib.sha256(pixels.tobytes() + str(pixels.shape).encode()).hexdigest()


def empty_columns(table: object, count: int) -> dict[str, object]:
    """Zeroes for every column of a table, of its type."""
    return {field.name: np.zeros(count, field.type.to_pandas_dtype()) for field in arrow_schema(table)}  # type: ignore[arg-type]


def fill(workspace: Workspace, pictures: dict[str, Pixels], **declared: dict[str, str]) -> Workspace:
    """Write `images` and `sources` as ingest would; `declared` maps a column of `sources` to values by source."""
    rows = {image_id(pixels): pixels for pixels in pictures.values()}
    thumbnails = [cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA) for pixels in rows.values()]
    small = [cv2.resize(thumbnail, (32, 32), interpolation=cv2.INTER_AREA) for thumbnail in thumbnails]
    hashes, mirrored = perceptual_hashes(small) if small else (np.empty(0, np.uint64), np.empty(0, np.uint64))
    images = pd.DataFrame(
        empty_columns(IMAGES, len(rows))
        | {
            "image_id": list(rows),
            "format": "jpeg",
            "mode": "L",
            "recipe": "test",
            "width": np.array([pixels.shape[1] for pixels in rows.values()], np.int32),
            "height": np.array([pixels.shape[0] for pixels in rows.values()], np.int32),
            "bytes": np.array([pixels.nbytes for pixels in rows.values()], np.int64),
            "sharpness": np.array([cv2.Laplacian(p, cv2.CV_32F).var() for p in rows.values()], np.float32),
            "phash": hashes,
            "phash_mirrored": mirrored,
            "thumbnail": [thumbnail.tobytes() for thumbnail in thumbnails],
        }
    )
    nullable = {column.name: [None] * len(pictures) for column in SOURCES.columns if column.nullable}
    wanted = {column.name: "photograph" for column in SOURCES.columns if not column.nullable}
    sources = pd.DataFrame(
        wanted | nullable | {"source": list(pictures), "image_id": [image_id(pixels) for pixels in pictures.values()]}
    )
    for column, values in declared.items():
        sources[column] = [values.get(source) for source in pictures]
    workspace.replace("images", images)
    workspace.replace("sources", sources)
    return workspace


def run(workspace: Workspace, **settings: object) -> dict[str, int]:
    """One run of the step."""
    return dedupe(workspace, DedupeSettings(**settings), EngineSettings())  # type: ignore[arg-type]


def tables(workspace: Workspace) -> list[str]:
    """Digests of all that the step writes."""
    return [workspace.digest(table) for table in ("duplicates", "conflicts", "compared")]


@pytest.fixture
def full(workspace: Workspace) -> Workspace:
    """A workspace with all pictures, deduplicated."""
    run(fill(workspace, all_pictures()))
    return workspace


def test_every_edition_joins_its_photograph(full: Workspace) -> None:
    """Five photographs in seven editions are five groups of seven, led by the enlarged one."""
    table = full.read("duplicates")
    names = {image_id(pixels): source for source, pixels in all_pictures().items()}
    groups = table.groupby("group_id")["image_id"].apply(lambda ids: {names[each] for each in ids})
    assert {frozenset(group) for group in groups} == {
        frozenset(f"{name}/{edit}" for edit in EDITS) for name in photographs()
    }
    assert {names[keeper] for keeper in table["group_id"]} == {f"{name}/enlarged" for name in photographs()}


def test_the_counts_add_up(workspace: Workspace) -> None:
    """In = unique + one for each group + copies."""
    pictures = all_pictures() | {"other/moon": skimage.data.moon()}
    counts = run(fill(workspace, pictures))
    assert counts["images"] == counts["unique"] + counts["groups"] + counts["copies"]
    assert (counts["images"], counts["unique"], counts["groups"], counts["copies"]) == (36, 1, 5, 30)


def test_ranks_number_each_group_from_its_keeper(full: Workspace) -> None:
    """Rank 0 is the keeper, which matches itself exactly; the others follow without a gap."""
    table = full.read("duplicates")
    keepers = table[table["rank"] == 0]
    assert (keepers["image_id"] == keepers["group_id"]).all()
    assert (keepers["correlation"] == 1).all()
    assert (keepers["distance"] == 0).all()
    assert table.groupby("group_id")["rank"].apply(lambda ranks: sorted(ranks) == list(range(7))).all()


def test_the_way_a_copy_differs_is_written(full: Workspace) -> None:
    """The mirrored edition is marked as such; the crop shows things larger, by a ninth, and a part of the picture."""
    table = full.read("duplicates").set_index("image_id")
    pictures = all_pictures()
    assert table.loc[image_id(pictures["cat/mirrored"]), "mirrored"]
    assert not table.loc[image_id(pictures["cat/as it is"]), "mirrored"]
    crop = table.loc[image_id(pictures["astronaut/cropped"])]
    assert crop["scale"] == pytest.approx(1 / 0.9, abs=0.01)
    assert crop["overlap"] == pytest.approx(0.81, abs=0.02)


def test_a_border_is_found_from_either_side(workspace: Workspace) -> None:
    """A framed picture joins its photograph, whichever of the two is the keeper."""
    cat, coins = photographs()["cat"], photographs()["coins"]
    small_frame = cv2.resize(framed(coins), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    counts = run(fill(workspace, {"cat": cat, "framed": framed(cat), "coins": coins, "small": small_frame}))
    assert (counts["groups"], counts["copies"]) == (2, 2)


@pytest.mark.parametrize(
    ("keeper", "expected", "reason"),
    [
        ("largest", "cat/enlarged", "larger"),
        ("first-seen", "cat/as it is", "source comes first"),
        ("licensed", "cat/half", "licence"),
        ("sharpest", "cat/half", "sharper"),
    ],
)
def test_the_keeper_follows_the_policy(workspace: Workspace, keeper: str, expected: str, reason: str) -> None:
    """Each policy keeps the copy it names, and says why."""
    pictures = {source: pixels for source, pixels in all_pictures().items() if source.startswith("cat/")}
    if keeper == "sharpest":
        pictures = {name: pictures[name] for name in ("cat/as it is", "cat/half", "cat/recompressed")}
    run(fill(workspace, pictures, licence={"cat/half": "CC0"}), keeper=keeper)
    table = workspace.read("duplicates")
    assert set(table["group_id"]) == {image_id(pictures[expected])}
    assert table.loc[table["rank"] > 0, "keeper_reason"].str.contains(reason).any()


def test_one_picture_in_each_group_stays_alone_without_the_variants(workspace: Workspace) -> None:
    """With crops and mirror images switched off, neither is found."""
    pictures = all_pictures()
    run(fill(workspace, pictures), find_crops=False, find_mirrored=False)
    found = set(workspace.read("duplicates")["image_id"])
    assert image_id(pictures["astronaut/mirrored"]) not in found
    assert image_id(pictures["astronaut/recompressed"]) in found


def test_a_smaller_radius_finds_less(workspace: Workspace) -> None:
    """With equal hashes alone as candidates, some editions are missed."""
    fill(workspace, all_pictures())
    assert run(workspace, hash_radius=0)["copies"] < run(workspace)["copies"]


@pytest.mark.parametrize("seed", range(6))
def test_runs_in_between_change_nothing(tmp_path: Path, full: Workspace, seed: int) -> None:
    """Pictures that arrive in several batches, in any order, give the same tables, bit for bit, as all at once."""
    rng = np.random.default_rng(seed)
    pictures = list(all_pictures().items())
    order = rng.permutation(len(pictures))
    other = Workspace.open(tmp_path / "other", create=True)
    before = 0
    for stop in [*sorted(rng.choice(np.arange(1, len(pictures)), 3, replace=False)), len(pictures)]:
        counts = run(fill(other, dict(pictures[number] for number in order[:stop])))
        before = counts["compared_before"]
    assert tables(other) == tables(full)
    assert before > 0


def test_a_picture_that_is_gone_leaves_no_trace(tmp_path: Path) -> None:
    """When keepers are taken out, the others are grouped as if they had never been there."""
    pictures = all_pictures()
    left = {source: pixels for source, pixels in pictures.items() if not source.endswith("enlarged")}
    once = Workspace.open(tmp_path / "once", create=True)
    run(fill(once, left))
    later = Workspace.open(tmp_path / "later", create=True)
    run(fill(later, pictures))
    run(fill(later, left))
    assert tables(later) == tables(once)


def test_another_policy_starts_anew(tmp_path: Path) -> None:
    """The tables depend on the settings in force, not on those of the run before."""
    direct = Workspace.open(tmp_path / "direct", create=True)
    run(fill(direct, all_pictures()), keeper="sharpest")
    detour = Workspace.open(tmp_path / "detour", create=True)
    run(fill(detour, all_pictures()))
    run(detour, keeper="sharpest")
    assert tables(detour) == tables(direct)


def test_identical_thumbnails_are_copies_without_a_comparison(workspace: Workspace) -> None:
    """Blank pictures of one shade are one group, another shade is none of it, and 3,000 of them are no trouble."""
    pictures = {f"blank/{size}": np.full((size, 64), 200, np.uint8) for size in range(64, 3064)}
    pictures["blank/other"] = np.full((64, 64), 90, np.uint8)
    counts = run(fill(workspace, pictures))
    assert (counts["unique"], counts["groups"], counts["copies"]) == (1, 1, 2999)


def test_differing_labels_and_identities_are_conflicts(workspace: Workspace) -> None:
    """Each copy that says otherwise than the first of its group is named, with both declarations."""
    pictures = {source: pixels for source, pixels in all_pictures().items() if source.startswith(("cat/", "camera/"))}
    labels = {"cat/enlarged": "happy", "cat/half": "sad", "cat/darker": " Happy", "camera/half": "fear"}
    run(fill(workspace, pictures, label=labels, identity={"cat/half": "Tom", "cat/cropped": "Tim"}))
    table = workspace.read("conflicts").set_index("kind")
    assert table.index.tolist().count("label") == 1
    assert table.index.tolist().count("identity") == 1
    assert table.loc["label", "image_id"] == image_id(pictures["cat/enlarged"])
    assert table.loc["label", "other_id"] == image_id(pictures["cat/half"])
    assert (table.loc["label", "value"], table.loc["label", "other_value"]) == ("happy", "sad")
    assert {table.loc["identity", "value"], table.loc["identity", "other_value"]} == {"tom", "tim"}


def test_identical_files_with_two_labels_conflict_with_themselves(workspace: Workspace) -> None:
    """One picture from two sources with two labels is a conflict of one image_id."""
    picture = photographs()["cat"]
    fill(workspace, {"a.jpg": picture, "b.jpg": picture}, label={"a.jpg": "happy", "b.jpg": "sad"})
    run(workspace)
    row = workspace.read("conflicts").iloc[0]
    assert row["image_id"] == row["other_id"] == image_id(picture)
    assert row["value"] == "happy, sad"


def test_an_empty_workspace_has_no_copies(workspace: Workspace) -> None:
    """No pictures, no groups."""
    assert run(fill(workspace, {}))["images"] == 0


def test_hashes_of_two_recipes_are_refused(workspace: Workspace) -> None:
    """Hashes measured in two ways cannot be compared, and the error says what to do."""
    fill(workspace, all_pictures())
    images = workspace.read("images")
    images.loc[0, "recipe"] = "older"
    workspace.replace("images", images)
    with pytest.raises(WorkspaceError, match="2 recipes"):
        run(workspace)


def test_thumbnails_of_another_size_are_refused(workspace: Workspace) -> None:
    """A workspace with other thumbnails is another version's."""
    fill(workspace, all_pictures())
    images = workspace.read("images")
    images["thumbnail"] = [value[:1024] for value in images["thumbnail"]]
    workspace.replace("images", images)
    with pytest.raises(WorkspaceError, match="another size"):
        run(workspace)
