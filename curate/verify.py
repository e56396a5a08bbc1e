"""Whether a workspace is whole: hashes of originals, digests and columns of tables, references, crops, counts.

Reads everything and changes nothing. What another command is writing at the same time may show as a problem.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import itertools
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.forget import tombstones
from curate.pipeline import STEPS
from schemas.errors import MienError
from schemas.tables import TABLES, Table
from workspace import lineage
from workspace.console import printable, progress
from workspace.framing import FER_SIDE
from workspace.parquet import arrow_schema
from workspace.store import EXTENSIONS, JOURNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workspace.store import Workspace

_THREADS = 2
"""Hashing goes faster than most disks read; more readers make a spinning disk slower."""
_SHOWN = 20
"""Examples of one problem that are named."""

_BY_PEOPLE = {
    "raters": "annotate raters add",
    "tasks": "annotate push",
    "annotations": "annotate pull",
    "rejected_annotations": "annotate pull",
}
"""Tables that hold what people said; no step of ours can make all of it again."""
_BY_TOOLS = {"labels": "annotate consensus", "predictions": "evaluate predict"}
"""Other tools' tables -> the command that makes them. They outlive another detector's decision about a face's box."""
_REFERENCES = {"image_id": "images", "other_id": "images", "leader": "images", "group_id": "images", "face_id": "faces"}
"""Column of any table -> the table in which its values are the key."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        where: The table or folder.
        what: What is wrong with it.
        fix: What to do.
        count: In how many rows or files.
        examples: Some of them.
    """

    where: str
    what: str
    fix: str
    count: int = 1
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verified:
    """What was checked and what is wrong.

    Attributes:
        checked: How many `tables`, `rows`, `originals`, `bytes` of them, and `crops` were looked at.
        problems: Empty where all is well.
    """

    checked: dict[str, int]
    problems: list[Problem]


def verify_workspace(workspace: Workspace) -> Verified:
    """Checks a whole workspace.

    Args:
        workspace: Read only.

    Returns:
        What was checked and what is wrong.
    """
    checked = dict.fromkeys(("tables", "rows", "originals", "bytes", "crops"), 0)
    problems = list(_unfinished(workspace))
    broken = list(_tables(workspace, checked))
    problems += broken
    unreadable = {problem.where for problem in broken}
    if not unreadable & set(TABLES):
        for check in (_references, _counts, _graves):
            problems += check(workspace)
        problems += _crops(workspace, checked)
    if not unreadable & {"images", "sources"}:
        problems += _originals(workspace, checked)
    return Verified(checked, problems)


# What was stopped


def _unfinished(workspace: Workspace) -> Iterator[Problem]:
    if (workspace.path / JOURNAL).exists():
        yield Problem("forget", "it was stopped half-way", "run `curate forget` without arguments")
    for line in lineage.lines(workspace):  # a line that a kill tore is passed over there
        counts = line["counts"]
        if {"in", "kept", "out"} <= counts.keys() and counts["in"] != counts["kept"] + counts["out"]:
            what = (
                f"{line['step']} of {line['finished']}: in {counts['in']}, kept {counts['kept']}, out {counts['out']}"
            )
            yield Problem("log.jsonl", what, "please report it; this is a bug in mien")


# Tables on their own


def _tables(workspace: Workspace, checked: dict[str, int]) -> Iterator[Problem]:
    for folder in ("tables", "cache"):
        for path in sorted((workspace.path / folder).glob("*")):
            table = TABLES.get(path.name)
            if (path / "_table.json").exists() and (table is None or table.folder != folder):
                yield Problem(path.name, "no such table is known", "a newer mien may have written it; update mien")
    for table in TABLES.values():
        if workspace.has(table.name):
            checked["tables"] += 1
            again = _again(table)
            try:
                for what in _table(workspace, table, checked):
                    yield Problem(table.name, what, again)
            except (MienError, OSError, ValueError, KeyError, IndexError, pa.ArrowException) as error:
                yield Problem(table.name, f"it cannot be read: {error}", again)


def _again(table: Table) -> str:
    """What to do about a table that is damaged."""
    folder = f"{table.folder}/{table.name}"
    if table.name in _BY_PEOPLE:
        return (
            f"take {folder} from a backup; without one remove it and run `{_BY_PEOPLE[table.name]}`, "
            "which brings back what the server has"
        )
    if table.name in _BY_TOOLS:
        return f"remove {folder} and run `{_BY_TOOLS[table.name]}`"
    step = next((step.name for step in STEPS if table.name in step.writes), "ingest FOLDER")
    return f"remove {folder} and run `curate {step}`"


def _table(workspace: Workspace, table: Table, checked: dict[str, int]) -> Iterator[str]:
    """What is wrong with a table by itself."""
    parts = workspace.parts(table.name)
    manifest = json.loads((parts[0].parent / "_table.json").read_bytes())
    digests = "".join(part["sha256"] for part in manifest["parts"])
    if hashlib.sha256(digests.encode()).hexdigest() != manifest["digest"]:
        yield "_table.json's digest is not that of its parts"
    if sum(part["rows"] for part in manifest["parts"]) != manifest["rows"]:
        yield "_table.json's number of rows is not that of its parts"
    stray = {path.name for path in parts[0].parent.iterdir()} - {part.name for part in parts} - {"_table.json"}
    if stray:
        yield f"it has files that are none of its parts: {', '.join(sorted(stray))}"
    last: tuple[Any, ...] | None = None
    for path, said in zip(parts, manifest["parts"], strict=True):
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != said["sha256"]:
            yield f"{path.name} is not as it was written"
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            if not file.schema_arrow.equals(arrow_schema(table)):
                yield f"{path.name} has other columns than this mien writes"
                return
            rows = file.read(columns=list(table.key))
        checked["rows"] += rows.num_rows
        if rows.num_rows != said["rows"]:
            yield f"{path.name} has {rows.num_rows:,} rows, not {said['rows']:,}"
        keys = [*([last] if last else []), *zip(*(rows[name].to_pylist() for name in table.key), strict=True)]
        if any(one >= other for one, other in itertools.pairwise(keys)):
            yield f"{path.name} is not sorted by its key, or has a key twice"
        last = keys[-1] if keys else None


# Tables among each other


def _references(workspace: Workspace) -> Iterator[Problem]:
    known = {
        "images": set(workspace.read_arrow("images", ["image_id"])["image_id"].to_pylist()),
        "faces": set(workspace.read_arrow("faces", ["face_id"])["face_id"].to_pylist()),
    }
    for table in TABLES.values():
        for column, target in _REFERENCES.items():
            if column in table.names and table.name != target and workspace.has(table.name):
                named = set(pc.unique(workspace.read_arrow(table.name, [column])[column]).to_pylist()) - {None}
                fix = _again(table)
                if table.name in {**_BY_PEOPLE, **_BY_TOOLS}:
                    fix = (
                        "leave them: with the detector of that time (log.jsonl) `curate faces` gives these faces again"
                    )
                yield from _missing(table.name, f"{column} is not in `{target}`", named - known[target], fix)
    copies = set(workspace.read_arrow("faces", ["duplicate_of"])["duplicate_of"].to_pylist()) - {None}
    fix = "remove tables/faces and run `curate faces`"
    yield from _missing("faces", "duplicate_of is no face", copies - known["faces"], fix)


def _missing(where: str, what: str, values: Iterable[str], fix: str) -> Iterator[Problem]:
    found = sorted(values)
    if found:
        yield Problem(where, what, fix, len(found), tuple(found[:_SHOWN]))


def _counts(workspace: Workspace) -> Iterator[Problem]:
    """In = kept + out, where the step that wrote the table has seen all there is."""
    if any(workspace.staged(table) for table in ("images", "sources", "rejected", "seen")):
        yield Problem("ingest", "it was stopped before its end", "run `curate ingest FOLDER` again; it goes on")
        return
    images = set(workspace.read_arrow("images", ["image_id"])["image_id"].to_pylist())
    sources = set(workspace.read_arrow("sources", ["image_id"])["image_id"].to_pylist())
    fix = "run `curate ingest FOLDER` with all that was ingested"
    yield from _missing("images", "a picture comes from no file", images - sources, fix)
    groups = workspace.read("duplicates", ["image_id", "group_id", "rank"])
    sizes = groups.groupby("group_id")["rank"].agg(["size", "min", "max"])
    odd = sizes[(sizes["size"] < 2) | (sizes["min"] != 0) | (sizes["max"] != sizes["size"] - 1)]
    again = "remove tables/duplicates and run `curate dedupe`"
    yield from _missing("duplicates", "a group lacks its keeper or its copies", odd.index, again)
    if _is_current(workspace, "filter"):
        decided = set(workspace.read_arrow("decisions", ["image_id"])["image_id"].to_pylist())
        again = "remove tables/decisions and run `curate filter`"
        yield from _missing("decisions", "a picture is neither kept nor out", images - decided, again)
    if _is_current(workspace, "faces"):
        decisions = workspace.read("decisions", ["image_id", "kept"])
        kept = set(decisions.loc[decisions["kept"], "image_id"])
        looked = set(workspace.read_arrow("faces", ["image_id"])["image_id"].to_pylist())
        again = "remove tables/faces and run `curate faces`"
        yield from _missing("faces", "a kept picture was not looked at", kept - looked, again)
        yield from _missing("faces", "a picture that is out was looked at", looked - kept, again)


def _is_current(workspace: Workspace, name: str) -> bool:
    line = lineage.last_line(workspace, name)
    step = next(step for step in STEPS if step.name == name)
    return line is not None and all(line["inputs"].get(table) == workspace.digest(table) for table in step.reads)


def _graves(workspace: Workspace) -> Iterator[Problem]:
    try:
        forgotten = tombstones.read(workspace)
    except MienError as error:
        yield Problem("forgotten", error.what, error.fix)
        return
    images = workspace.read_arrow("images", ["image_id"])["image_id"].to_pylist()
    back = [image_id for image_id in images if forgotten.find(image_id)]
    yield from _missing("forgotten", "a forgotten picture is here again", back, "run `curate forget` with its image_id")


# Pictures


def _originals(workspace: Workspace, checked: dict[str, int]) -> Iterator[Problem]:
    images = workspace.read("images", ["image_id", "format"])
    sources = workspace.read("sources", ["image_id", "location"]).dropna()
    located = dict(zip(sources["image_id"], sources["location"], strict=True))
    known_form = images["format"].isin(EXTENSIONS)
    fix = "remove tables/images, cache/seen and run `curate ingest FOLDER` with all that was ingested"
    yield from _missing("images", "its format is none", images.loc[~known_form, "image_id"], fix)
    images = images[known_form]
    names = list(zip(images["image_id"], images["format"], strict=True))
    kept = {image_id: workspace.original_path(image_id, form) for image_id, form in names}

    def state(image_id: str) -> tuple[str, str, int]:
        path = kept[image_id] if kept[image_id].exists() else Path(located.get(image_id, kept[image_id]))
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except OSError as error:
            return image_id, f"cannot be read ({error.strerror or error})", 0
        return image_id, "" if digest == image_id else "is not as it was ingested", size

    wrong: dict[str, list[str]] = {}
    with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
        for image_id, what, size in progress(pool.map(state, kept), text="verify", total=len(kept)):
            checked["originals"] += 1
            checked["bytes"] += size
            if what:
                wrong.setdefault(what, []).append(image_id)
    for what, image_ids in sorted(wrong.items()):
        fix = "put the original back from where it came, or take the picture out with `curate forget`"
        yield from _missing("originals", f"an original {what}", image_ids, fix)
    known = {path.name for path in kept.values()}
    stray = [path.name for path in _files(workspace.path / "originals") if path.name not in known]
    fix = "run `curate ingest FOLDER` again, which takes up what was stopped; remove it if it stays"
    yield from _missing("originals", "a file is no picture of the tables", stray, fix)


def _crops(workspace: Workspace, checked: dict[str, int]) -> Iterator[Problem]:
    faces = workspace.read("faces", ["face_id", "kept"])
    kept = set(faces.loc[faces["kept"], "face_id"])
    fix = "remove tables/faces and run `curate faces`, which cuts them again"
    for kind in ("faces", "grey"):
        found = {path.stem: path for path in _files(workspace.path / kind)}
        checked["crops"] += len(found)
        yield from _missing(kind, "a kept face has no crop", kept - found.keys(), fix)
        yield from _missing(kind, "a crop is of no kept face", found.keys() - kept, fix)
        broken = [face_id for face_id, path in found.items() if not _is_crop(path, kind)]
        yield from _missing(kind, "a crop is no such PNG", broken, f"remove it, then {fix}")


def _is_crop(path: Path, kind: str) -> bool:
    """Whether a file begins as a square PNG and ends as one; the grey ones have 48×48 pixels."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24].rjust(8, b"\0"))
    whole = data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")
    return whole and width == height and (kind != "grey" or width == FER_SIDE)


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


# Text


def text(result: Verified) -> str:
    """What was checked, then each problem with what to do.

    >>> print(text(Verified({"tables": 3, "rows": 10, "originals": 2, "bytes": 5, "crops": 0}, [])))
    checked: 3 tables with 10 rows, 2 originals (5 bytes), 0 crops
    all is well
    """
    checked = result.checked
    tables = f"{checked['tables']:,} tables with {checked['rows']:,} rows"
    originals = f"{checked['originals']:,} originals ({checked['bytes']:,} bytes)"
    lines = [f"checked: {tables}, {originals}, {checked['crops']:,} crops"]
    for problem in result.problems:
        times = f" ({problem.count:,} times)" if problem.count > 1 else ""
        lines.append(f"{problem.where}: {problem.what}{times}")
        lines += [f"  {example}" for example in problem.examples]
        lines.append(f"  fix: {problem.fix}")
    return printable("\n".join(lines if result.problems else [*lines, "all is well"]))
