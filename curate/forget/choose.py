"""From what was asked for to the pictures it means, each with the reason why it is among them."""

from __future__ import annotations

import difflib
import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from curate.faces.decide import face_ids
from curate.faces.look import BOX
from curate.forget.alike import Alike
from curate.forget.gone import Gone
from schemas.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from schemas.settings import FacesSettings
    from workspace.store import Workspace

_SHORTEST = 8
"""Digits of an id that may stand for all of it, if no other begins so."""


@dataclass(frozen=True)
class Asked:
    """What shall be forgotten; all of it together.

    Attributes:
        names: Ids of pictures or faces, or their first eight digits or more.
        sources: Names in `sources` or `rejected`: of a file, of all below a folder, or a pattern with `*`, `?`, `[a]`.
        identities: Declared persons.
        like: Picture files; what is like them is meant, whether they were ever taken in or not.
        copies: Whether copies of all these, and other pictures that hold one of their faces, are meant too.
    """

    names: Sequence[str] = ()
    sources: Sequence[str] = ()
    identities: Sequence[str] = ()
    like: Sequence[Path] = ()
    copies: bool = True

    def anything(self) -> bool:
        """Whether anything is named at all."""
        return bool(self.names or self.sources or self.identities or self.like)


@dataclass(frozen=True)
class Item:
    """One picture that shall be forgotten.

    Attributes:
        image_id: The picture.
        why: Why it is meant.
        sources: The names of its files.
        faces: Number of its faces in the table `faces`.
        locations: Where its originals lie, when they are referred to in place. They are not deleted.
    """

    image_id: str
    why: str
    sources: tuple[str, ...]
    faces: int
    locations: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """What shall be forgotten, spelt out.

    Attributes:
        items: The pictures, sorted by the names of their files.
        rejected: Names of files without a usable picture, which have a row in `rejected`.
        gone: All that names any of it.
    """

    items: tuple[Item, ...] = ()
    rejected: tuple[str, ...] = ()
    gone: Gone = field(default_factory=lambda: Gone(frozenset()))


def choose(workspace: Workspace, asked: Asked, settings: FacesSettings) -> Choice:
    """Finds the pictures that are meant.

    Args:
        workspace: Read only.
        asked: By what they are meant.
        settings: Detector and thresholds that tell whether two faces are one picture.

    Raises:
        UsageError: A name, source or identity is not in the workspace; the nearest is named.
        InputError: A file to compare with cannot be read.
        ImageError: A file to compare with is no picture.
    """
    places = _Places(workspace)
    why: dict[str, str] = {}
    _by_name(workspace, asked.names, why)
    rejected = places.by_source(asked.sources, why)
    places.by_identity(asked.identities, why)
    alike = Alike(workspace, settings)
    for path in asked.like:
        alike.to_file(path, why)
    if asked.copies and why:
        alike.to_pictures(sorted(why), why)
    return places.choice(why, rejected, asked.identities)


def _by_name(workspace: Workspace, names: Iterable[str], why: dict[str, str]) -> None:
    if not names:
        return
    pictures = workspace.read_arrow("images", ["image_id"])["image_id"].to_pylist()
    faces = workspace.read("faces", ["face_id", "image_id"])
    owner = dict(zip(faces["face_id"], faces["image_id"], strict=True))
    for name in names:
        found = [known for known in (*pictures, *owner) if known == name]
        if not found and len(name) >= _SHORTEST:
            found = [known for known in (*pictures, *owner) if known.startswith(name)]
        if len(found) != 1:
            what = f"`{name}` is no image_id or face_id here" if not found else f"`{name}` is the start of several ids"
            raise UsageError(what, f"give all of it, or its first {_SHORTEST} digits or more; `curate sql` finds ids")
        picture = owner.get(found[0], found[0])
        why.setdefault(picture, "asked for" if picture == found[0] else f"holds the face {found[0]}")


class _Places:
    """The table `sources`, and what else stands for a file."""

    def __init__(self, workspace: Workspace) -> None:
        names = ["source", "image_id", "location", "identity", "url", "video"]
        self._workspace = workspace
        self._sources: pd.DataFrame = workspace.read("sources", names)
        self._rejected: list[str] = workspace.read_arrow("rejected", ["source"])["source"].to_pylist()

    def by_source(self, patterns: Iterable[str], why: dict[str, str]) -> tuple[str, ...]:
        """Adds the pictures whose file has such a name; returns the rejected files that have."""
        rejected: set[str] = set()
        for pattern in patterns:
            names = self._sources["source"].drop_duplicates()
            hits = {name for name in names if _matches(name, pattern)}
            without = {name for name in self._rejected if _matches(name, pattern)}
            if not hits and not without:
                raise _unknown("source", pattern, [*names, *self._rejected])
            rejected |= without
            for image_id, name in self._rows(self._sources["source"].isin(hits), "source"):
                why.setdefault(image_id, f"source {name}")
        return tuple(sorted(rejected))

    def by_identity(self, identities: Iterable[str], why: dict[str, str]) -> None:
        """Adds the pictures declared to be of such a person."""
        for identity in identities:
            found = self._sources["identity"] == identity
            if not found.any():
                raise _unknown("identity", identity, list(self._sources["identity"].dropna().unique()))
            for image_id, name in self._rows(found, "identity"):
                why.setdefault(image_id, f"identity {name}")

    def _rows(self, mask: pd.Series, column: str) -> Iterable[tuple[str, str]]:
        rows = self._sources[mask]
        return zip(rows["image_id"], rows[column], strict=True)

    def choice(self, why: dict[str, str], rejected: tuple[str, ...], identities: Sequence[str]) -> Choice:
        """All that is known of the pictures and what names them."""
        meant = self._sources["image_id"].isin(list(why))
        mine, others = self._sources[meant], self._sources[~meant]
        # A video no frame of which is left is forgotten with them; so is a person of whom nothing is left.
        videos = set(mine["video"].dropna()) - set(others["video"].dropna())
        persons = set(identities) - set(others["identity"].dropna())
        faces = self._workspace.read("faces", ["face_id", "image_id", "rank"])
        faces = faces[faces["image_id"].isin(list(why))]
        counted = faces[faces["rank"] >= 0].groupby("image_id").size().to_dict()
        by_picture = dict(iter(mine.groupby("image_id")))
        items = [
            Item(
                image_id,
                reason,
                tuple(rows["source"]) if (rows := by_picture.get(image_id)) is not None else (),
                int(counted.get(image_id, 0)),
                tuple(rows["location"].dropna()) if rows is not None else (),
            )
            for image_id, reason in why.items()
        ]
        gone = Gone(
            frozenset(why),
            frozenset(faces["face_id"]) | self._detected(frozenset(why)),
            frozenset(mine["source"]) | frozenset(rejected) | videos,
            frozenset(mine["location"].dropna()) | (frozenset(mine["url"].dropna()) - set(others["url"])) | persons,
        )
        return Choice(tuple(sorted(items, key=lambda item: (item.sources, item.image_id))), rejected, gone)

    def _detected(self, image_ids: frozenset[str]) -> frozenset[str]:
        """Ids of all faces that any detector found: crops of an older setting may lie about."""
        columns = ["image_id", "rank", *BOX]
        found = (self._workspace.read_arrow("detections", columns), self._workspace.read_staged("detections", columns))
        frames = (table.to_pandas() for table in found)
        return frozenset(
            face_id for rows in frames for face_id in face_ids(rows[rows["image_id"].isin(list(image_ids))])
        )


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or name.startswith(pattern.rstrip("/") + "/") or fnmatch.fnmatchcase(name, pattern)


def _unknown(kind: str, name: str, known: list[str]) -> UsageError:
    near = difflib.get_close_matches(name, known[:100_000], n=1, cutoff=0.5)
    fix = f"did you mean `{near[0]}`?" if near else "`curate sql 'from sources'` shows what there is"
    return UsageError(f"there is no {kind} `{name}`", fix)
