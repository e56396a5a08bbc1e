"""FER+: ten votes for each picture of FER-2013, given by people whom nobody can tell apart.

`fer2013new.csv` (E. Barsoum, C. Zhang, C. Canton Ferrer and Z. Zhang, Training Deep Networks for Facial Expression
Recognition with Crowd-Sourced Label Distribution, ICMI 2016) has a line for each row of `fer2013.csv`, in its order,
and counts of votes. Who gave which is not known, nor whether two pictures were seen by one person.

The votes are dealt to ten raters `ferplus-01` to `ferplus-10` at random, for each picture anew. So what is counted by
face (shares, majority, soft labels, agreement over all raters) is FER+'s own, and the ten are exchangeable: what is
said of one of them, or of two beside each other, means nothing.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotate.answers import Refusal
from annotate.imports.row import UNKNOWN, Row, verdict
from schemas.emotion import FERPLUS_VOTES
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace.store import Workspace

TAGGERS = 10
"""Votes for each picture."""

_WORDS = {"unknown": UNKNOWN, "NF": "not-a-face"}


def is_ferplus(path: Path) -> bool:
    """Whether a CSV's head has FER+'s ten columns of votes."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return set(FERPLUS_VOTES) <= set(next(csv.reader(file), []))


@dataclass(frozen=True)
class _Picture:
    """A row of FER-2013 that was ingested."""

    source: str
    usage: str
    image_id: str


def read_ferplus(path: Path, workspace: Workspace) -> Iterator[Row]:
    """Yields ten rows for each picture that the workspace has from FER-2013; the others are passed over.

    Of pictures that are byte for byte the same the first line counts, since they are one face here.

    Args:
        path: `fer2013new.csv`.
        workspace: FER-2013 must have been ingested from its CSV or from an npz of the same order.

    Raises:
        InputError: It is no such file, or none of FER-2013's rows were ingested.
    """
    pictures = _pictures(workspace)
    if not pictures:
        what = f"{workspace.path} has no pictures from FER-2013, which FER+ counts votes for"
        raise InputError(what, "ingest fer2013.csv first")
    done: set[str] = set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for number, values in enumerate(reader):
            picture = pictures.get(number)
            if picture is None or picture.image_id in done:
                continue
            done.add(picture.image_id)
            yield from _rows(f"line {reader.line_num}", values, picture)


def _pictures(workspace: Workspace) -> dict[int, _Picture]:
    """FER-2013's rows by their number in its file."""
    found = {}
    for row in workspace.read_arrow("sources", ["source", "image_id", "usage"]).to_pylist():
        number = row["source"].rpartition("/")[2]
        if row["usage"] and number.isdecimal():
            found[int(number)] = _Picture(row["source"], row["usage"], row["image_id"])
    return found


def _rows(place: str, values: dict[str, str], picture: _Picture) -> Iterator[Row]:
    counts = [str(values.get(name)) for name in FERPLUS_VOTES]
    refusal = None
    if values.get("Usage", picture.usage) != picture.usage:
        refusal = f"it is {values['Usage']} here and {picture.usage} in FER-2013: another order of rows"
    elif not all(count.isdecimal() for count in counts) or not 0 < sum(map(int, counts)) <= TAGGERS:
        refusal = f"its votes are {', '.join(counts)}; each is 0 to {TAGGERS}, as is their sum"
    if refusal:
        yield Row(place, picture.source, "ferplus", Refusal("bad-row", refusal), values, picture.image_id)
        return
    votes = [name for name, count in zip(FERPLUS_VOTES, counts, strict=True) for _ in range(int(count))]
    raters = _dealt(picture.image_id)
    for rater, vote in zip(raters, votes, strict=False):
        answer = verdict({"label": _WORDS.get(vote, vote)})
        yield Row(f"{place}, {rater}", picture.source, rater, answer, {"vote": vote}, picture.image_id)


def _dealt(image_id: str) -> list[str]:
    """The ten raters in an order that depends on the picture alone."""
    names = [f"ferplus-{number:02}" for number in range(1, TAGGERS + 1)]
    return sorted(names, key=lambda name: hashlib.blake2b(f"{image_id} {name}".encode()).digest())
