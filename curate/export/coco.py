"""COCO: the photographs, and the faces in them as boxes with a category."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, TextIO

from curate.export.pictures import ANY_SIZE, as_jpeg
from workspace.console import progress
from workspace.engine import run_shards
from workspace.pixels import decode
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from curate.export.job import Job, Written
    from curate.export.selection import Row

    _Sizes: TypeAlias = dict[str, tuple[int, int]]

_SHARD = 16
"""Photographs a worker takes at once."""
_NO_LABEL = "face"
"""The category of faces without a label."""


def write(job: Job) -> Written:
    """Writes `images/NAME.jpg` and `annotations/SPLIT.json` (`all.json` without splits).

    Photographs are decoded, turned upright and written anew: boxes fit the pixels, and no EXIF, embedded
    thumbnail or profile of a file goes along. A box ends at the photograph's edge.

    Yields:
        Each row and its file.
    """
    frame = job.selection.frame
    images = job.workspace.read("images", ["image_id", "format", "width", "height"])
    images = images[images["image_id"].isin(frame["image_id"])]
    _write_photographs(job, list(zip(images["image_id"], images["format"], strict=True)))
    sizes = dict(zip(images["image_id"], zip(images["width"], images["height"], strict=True), strict=True))
    licences = {text: number for number, text in enumerate(sorted(set(frame["licence"].dropna())), 1)}
    numbers = {image_id: number for number, image_id in enumerate(sizes, 1)}
    for split in job.selection.splits:
        with job.place("annotations", f"{split or 'all'}.json").open("w", encoding="ascii") as file:
            file.write(f'{{"info": {{}},\n"licenses": {json.dumps(_licences(licences))},\n')
            file.write(f'"categories": {json.dumps(_categories(job))},\n')
            first = frame[frame["split"] == split].drop_duplicates("image_id").sort_values("image_id")
            entries = first[["image_id", "licence", "author", "page"]].fillna("").itertuples(index=False, name=None)
            _list(file, "images", (_image(numbers[entry[0]], entry, sizes, licences) for entry in entries))
            file.write(",\n")
            annotations = enumerate(job.selection.rows(split), 1)
            _list(file, "annotations", (_annotation(job, at, row, numbers, sizes) for at, row in annotations))
            file.write("}\n")
        yield from ((row, f"images/{row.image_id}.jpg") for row in job.selection.rows(split))


# Photographs


def _write_photographs(job: Job, originals: Sequence[tuple[str, str]]) -> None:
    shards = (originals[start : start + _SHARD] for start in range(0, len(originals), _SHARD))
    folder = job.place("images", "x").parent
    folder.mkdir(exist_ok=True)
    work = functools.partial(_write_shard, folder, job.workspace.path, job.workspace.digest("sources"))
    for _ in progress(run_shards(work, shards, job.engine), text="photographs", total=len(originals)):
        pass


def _write_shard(folder: Path, workspace: Path, sources: str, shard: Sequence[tuple[str, str]]) -> int:
    read = _originals(workspace, sources)
    for image_id, form in shard:
        (folder / f"{image_id}.jpg").write_bytes(as_jpeg(decode(read(image_id, form), ANY_SIZE).pixels))
    return len(shard)


@functools.lru_cache(maxsize=1)
def _originals(workspace: Path, _sources: str) -> Callable[[str, str], bytes]:
    """The reader of originals, opened once a worker while the table `sources` has the digest given."""
    return Workspace.open(workspace).originals()


# Annotations


def _licences(numbers: dict[str, int]) -> list[dict[str, Any]]:
    return [{"id": number, "name": text, "url": ""} for text, number in numbers.items()]


def _categories(job: Job) -> list[dict[str, Any]]:
    """The classes from 1, since 0 is COCO's background."""
    names = [*job.selection.classes]
    if job.selection.frame["label"].isna().any():
        names.append(_NO_LABEL)
    return [{"id": number, "name": name, "supercategory": "face"} for number, name in enumerate(names, 1)]


def _image(number: int, entry: tuple[str, str, str, str], sizes: _Sizes, licences: dict[str, int]) -> dict[str, Any]:
    image_id, licence, author, page = entry
    width, height = sizes[image_id]
    return {
        "id": number,
        "file_name": f"{image_id}.jpg",
        "width": int(width),
        "height": int(height),
        "license": licences.get(licence, 0),
        "author": author,
        "source_page": page,
    }


def _annotation(job: Job, number: int, row: Row, numbers: dict[str, int], sizes: _Sizes) -> dict[str, Any]:
    width, height = map(float, sizes[row.image_id])
    left, top = max(0.0, row.left), max(0.0, row.top)
    across, down = min(width, row.right) - left, min(height, row.bottom) - top
    classes = job.selection.classes
    return {
        "id": number,
        "image_id": numbers[row.image_id],
        "category_id": len(classes) + 1 if row.label is None else classes.index(row.label) + 1,
        "bbox": [left, top, across, down],
        "area": across * down,
        "iscrowd": 0,
        "face_id": row.face_id,
    }


def _list(file: TextIO, key: str, entries: Iterable[dict[str, Any]]) -> None:
    """Writes a list line by line: it is never in memory whole."""
    file.write(f'"{key}": [')
    file.writelines(("," if place else "") + "\n" + json.dumps(entry) for place, entry in enumerate(entries))
    file.write("\n]")
