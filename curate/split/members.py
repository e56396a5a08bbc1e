"""The pictures of a data set to check: a workspace's, or those of one that mien did not make."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from curate.ingest import read
from curate.inputs import Found, check_roots, find
from curate.measure import as_frame, measure_picture
from curate.split.near import Printing, Prints
from curate.split.relations import bearings, identities
from schemas.emotion import named
from schemas.errors import ImageError, InputError, WorkspaceError
from schemas.settings import IngestSettings
from workspace.console import progress
from workspace.engine import run_shards
from workspace.pixels import DEFAULT_LIMITS, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from schemas.settings import EngineSettings
    from workspace.store import Workspace

_ORDER = (
    ("train", "training"),
    ("validation", "valid", "val", "dev", "development", "publictest"),
    ("test", "testing", "eval", "evaluation", "holdout", "privatetest"),
)
"""Names of splits in small letters, from the one for training to the one for testing."""
_PLACE = {name: place for place, names in enumerate(_ORDER) for name in names}
_SPLIT_COLUMNS = ("split", "usage", "set", "subset", "partition", "fold")
_IMAGE_COLUMNS = ["image_id", "phash", "phash_mirrored", "thumbnail"]


@dataclass(frozen=True)
class Member:
    """A picture of a data set.

    Attributes:
        source: Its name.
        split: The split it stands in, as the data set calls it.
        digest: The same for the same pixels; empty where there is no picture to be read.
        label: Its declared label, or empty.
        identities: Declared persons.
        keys: What else it has in common with others, as `curate.split.relations` has it.
    """

    source: str
    split: str
    digest: str
    label: str = ""
    identities: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Members:
    """All pictures of a data set, those of the split for training first.

    Attributes:
        rows: N members, by split, then by name.
        splits: Names of the splits, from the one for training to the one for testing.
        prints: What pictures are compared by, in an order of their own.
        place: Where among the prints each member's is; -1 where there is no picture to be read.
        unreadable: Names of pictures that cannot be read, each with the reason.
        without_split: How many pictures stand in no split.
    """

    rows: list[Member]
    splits: list[str]
    prints: Prints
    place: list[int]
    unreadable: dict[str, str] = field(default_factory=dict)
    without_split: int = 0

    def counts(self) -> dict[str, int]:
        """Split -> pictures."""
        found = Counter(row.split for row in self.rows)
        return {split: found[split] for split in self.splits}


def of_workspace(workspace: Workspace) -> Members:
    """The pictures that the table `splits` has in a split and that have a kept face.

    Raises:
        WorkspaceError: There has been no split.
    """
    splits = workspace.read("splits", ["image_id", "split", "label", "faces"])
    if not len(splits):
        raise WorkspaceError("this workspace has not been split", "run `curate split` first, or name the data to check")
    splits = splits[(splits["split"] != "excluded") & (splits["faces"] > 0)].set_index("image_id").fillna({"label": ""})
    sources = workspace.read("sources", ["source", "image_id", "url", "video", "identity"])
    faces = workspace.read("faces", ["face_id", "image_id", "duplicate_of"])
    borne = bearings(sources, workspace.read("duplicates", ["image_id", "group_id"]), faces)
    keys = borne.groupby("image_id")["key"].agg(list).to_dict()
    names = sources.groupby("image_id")["source"].min().to_dict()
    rows: list[Member] = []
    with Printing() as printing:
        for path in workspace.parts("images"):
            images = pd.read_parquet(path, columns=_IMAGE_COLUMNS)
            images = images[images["image_id"].isin(splits.index)]
            printing.add(images)
            for image_id in images["image_id"]:
                own, label = keys.get(image_id, []), splits.loc[image_id, "label"]
                people = tuple(key.removeprefix("identity:") for key in own if key.startswith("identity:"))
                others = tuple(key for key in own if not key.startswith("identity:"))
                split = str(splits.loc[image_id, "split"])
                rows.append(Member(names[image_id], split, image_id, str(label), people, others))
        return _ordered(rows, printing.prints(), [])


def of_data(data: Path, engine: EngineSettings) -> Members:
    """The pictures of a data set that mien did not make, each opened once.

    Args:
        data: A folder or an archive with a folder for each split (`train/…/class/…`), a list with a column of splits,
            or FER-2013's CSV or npz.
        engine: How the work is spread.

    Raises:
        InputError: It cannot be read, or says of no picture in which split it is, or has one split only.
    """
    check_roots([data])
    rows: list[Member] = []
    absent: list[Member] = []
    unreadable: dict[str, str] = {}
    counted = _Splits(data)
    work = run_shards(_look, _shards(progress(counted, text="check"), engine.shard_size), engine)
    with Printing() as printing:
        for looked in work:
            rows += looked.rows
            absent += looked.absent
            unreadable |= looked.unreadable
            printing.add(looked.frame)
        if not rows and not absent:
            raise InputError(
                f"{data} does not say in which split a picture is",
                "give a folder with train/ and test/, a list with a column `split`, or FER-2013 with its Usage",
            )
        found = _ordered(rows, printing.prints(), absent)
    found = dataclasses.replace(found, unreadable=dict(sorted(unreadable.items())), without_split=counted.without)
    if len(found.splits) < 2:
        raise InputError(f"{data} has one split only, {found.splits[0]}", "give all splits of the data set at once")
    return found


# Splits


class _Splits:
    """Passes on the files that stand in a split, with its name, and counts the others."""

    def __init__(self, data: Path) -> None:
        self.without = 0
        self._data = data

    def __iter__(self) -> Iterator[tuple[Found, str]]:
        for found in find([self._data], IngestSettings(), self._data / ".mien-none"):
            split = split_of(found)
            if split:
                yield found, split
            else:
                self.without += 1


def split_of(found: Found) -> str:
    """The split a file stands in: declared by a list's column, or by the first folder that names one; else empty.

    >>> from pathlib import Path
    >>> split_of(Found("set/train/happy/1.png", Path("1.png")))
    'train'
    """
    if "usage" in found.declared:
        return str(found.declared["usage"])
    extra: Mapping[str, Any] = json.loads(found.declared.get("extra", "{}"))
    by_name = {name.strip().casefold(): str(value) for name, value in extra.items()}
    for name in _SPLIT_COLUMNS:
        if by_name.get(name):
            return by_name[name]
    folders = found.source.split("/")[1:-1]
    return next((folder for folder in folders if folder.casefold() in _PLACE), "")


def in_order(splits: Iterable[str]) -> list[str]:
    """Names of splits from the one for training to the one for testing; others by name after them.

    >>> in_order(["test", "Training", "fold 2", "val"])
    ['Training', 'val', 'test', 'fold 2']
    """
    return sorted(set(splits), key=lambda name: (_PLACE.get(name.casefold(), len(_ORDER)), name))


# Pictures


@dataclass(frozen=True, eq=False)
class _Looked:
    """What one shard gives.

    Attributes:
        rows: Members whose picture can be read.
        frame: Their `image_id`, hashes and thumbnails.
        absent: The other members.
        unreadable: Their names, with the reasons.
    """

    rows: list[Member]
    frame: pd.DataFrame
    absent: list[Member]
    unreadable: dict[str, str]


def _shards(files: Iterable[tuple[Found, str]], size: int) -> Iterator[list[tuple[Found, str]]]:
    shard: list[tuple[Found, str]] = []
    for item in files:
        shard.append(item)
        if len(shard) >= size:
            yield shard
            shard = []
    if shard:
        yield shard


def _look(shard: list[tuple[Found, str]]) -> _Looked:
    looked = _Looked([], pd.DataFrame(), [], {})
    measured = []
    for found, split in shard:
        try:
            picture = decode(read(found, DEFAULT_LIMITS.max_bytes))
        except ImageError as error:
            looked.unreadable[found.source] = error.what
            looked.absent.append(_member(found, split, ""))
            continue
        pixels = f"{picture.pixels.shape}".encode() + picture.pixels.tobytes()
        digest = hashlib.sha256(pixels).hexdigest()
        looked.rows.append(_member(found, split, digest))
        measured.append(measure_picture(picture, digest, found.bytes))
    return dataclasses.replace(looked, frame=as_frame(measured)[_IMAGE_COLUMNS])


def _member(found: Found, split: str, digest: str) -> Member:
    """A label is declared, or the name of the folder, if that names an expression."""
    label = found.declared.get("label", "")
    folder = found.source.split("/")[-2:-1]
    people = identities(pd.Series([found.declared.get("identity")], dtype=object)).dropna()
    spelt = named(label) or label or (folder and named(folder[0])) or ""
    return Member(found.source, split, digest, spelt, tuple(people))


def _ordered(rows: list[Member], prints: Prints, absent: Sequence[Member]) -> Members:
    every = [*rows, *absent]
    splits = in_order(row.split for row in every)
    order = sorted(range(len(every)), key=lambda row: (splits.index(every[row].split), every[row].source, row))
    place = [row if row < len(rows) else -1 for row in order]
    return Members([every[row] for row in order], splits, prints, place)
