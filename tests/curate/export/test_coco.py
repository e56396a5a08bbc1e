"""COCO is read by pycocotools; the photographs carry boxes that fit and nothing of their files' metadata."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from PIL import Image

from curate.export.formats import find
from curate.export.step import export
from curate.export.target import Target
from schemas.emotion import NAMES
from schemas.settings import EngineSettings, ExportSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace


def load(path: Path) -> Any:
    """The annotations as pycocotools reads them; it prints while it does."""
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(path)


def test_counts_and_labels(finished: Workspace, make: Callable[..., Path], labels: list[str]) -> None:
    """Nine faces of eight photographs; the categories are the seven classes in their order."""
    coco = load(make(finished, "coco") / "annotations" / "all.json")
    assert [coco.cats[number]["name"] for number in sorted(coco.cats)] == list(NAMES)
    assert len(coco.imgs) == 8
    found = [coco.cats[one["category_id"]]["name"] for one in coco.loadAnns(coco.getAnnIds())]
    assert Counter(found) == Counter(labels)


def test_boxes_lie_in_their_photograph(finished: Workspace, make: Callable[..., Path]) -> None:
    """A box that reached over the edge ends there: from -4.5 to 60 becomes 0, width 60."""
    folder = make(finished, "coco")
    coco = load(folder / "annotations" / "all.json")
    boxes = {one["face_id"]: one["bbox"] for one in coco.loadAnns(coco.getAnnIds())}
    assert min(map(tuple, boxes.values())) == (0.0, 10.0, 60.0, 40.25)
    assert max(map(tuple, boxes.values())) == (70.0, 10.0, 60.0, 40.25)
    for entry in coco.imgs.values():
        with Image.open(folder / "images" / entry["file_name"]) as picture:
            assert picture.size == (entry["width"], entry["height"])


def test_photographs_are_upright_and_bare(finished: Workspace, make: Callable[..., Path]) -> None:
    """No EXIF, so no place and no camera; the one that lay on its side stands."""
    folder = make(finished, "coco")
    sizes = Counter()
    for path in (folder / "images").iterdir():
        with Image.open(path) as picture:
            assert not picture.getexif()
            assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            sizes[picture.size] += 1
        assert b"secret camera" not in path.read_bytes()
    assert sizes == {(120, 160): 1, (160, 120): 7}


def test_splits_and_licences(split: Workspace, make: Callable[..., Path]) -> None:
    """A file of annotations for each split; an entry names its licence and author."""
    folder = make(split, "coco")
    parts = {path.stem: load(path) for path in (folder / "annotations").iterdir()}
    assert {name: len(part.anns) for name, part in parts.items()} == {"train": 6, "validation": 1, "test": 1}
    names = {one["id"]: one["name"] for one in parts["train"].dataset["licenses"]}
    [attributed] = [one for one in parts["train"].imgs.values() if one["author"] == "Ada"]
    assert names[attributed["license"]] == "CC-BY-4.0"
    assert attributed["source_page"] == "https://example.org/p"


def test_faces_without_a_label_may_stay(finished: Workspace, make: Callable[..., Path]) -> None:
    """They get a category of their own after the classes."""
    coco = load(make(finished, "coco", unlabelled="keep") / "annotations" / "all.json")
    assert coco.cats[8]["name"] == "face"
    assert len(coco.getAnnIds(catIds=[8])) == 1


def test_engines_agree(finished: Workspace, make: Callable[..., Path], out: Path) -> None:
    """Photographs written by threads and by processes are the same files."""
    settings = ExportSettings(unlabelled="skip", unknown_labels="skip")
    export(finished, find("coco"), Target(out / "other"), settings, EngineSettings(workers=1, engine="processes"))
    first = make(finished, "coco")
    for path in sorted(first.rglob("*.*")):
        assert path.read_bytes() == (out / "other" / path.relative_to(first)).read_bytes()
