"""All that the page says, as plain data; the template lays it out."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.filter import COLUMNS
from curate.report.examples import doubtful_first, spread
from curate.report.figures import NAMES, SETTINGS, Drawn, draw_faces, draw_pictures
from curate.report.histogram import number
from curate.report.pictures import Pictures
from curate.status import status
from schemas.errors import IMAGE_FIXES
from schemas.settings import STEPS
from workspace import lineage
from workspace.console import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    import pandas as pd

    from workspace.store import Workspace

_PER_REASON = 8
_GROUPS = 12
_MEMBERS = 6
_FACES = 60
_CONFLICTS = 16
_FILES = 8
"""How many examples a section shows at most, so that the page stays small with 100,000 pictures."""
_DECLARED = ("label", "identity", "licence", "usage", "search_term")


@dataclass(frozen=True)
class Example:
    """A picture in the page.

    Attributes:
        uri: Its data URI; None where the original cannot be shown.
        name: The file's name.
        source: The file's whole path below what was ingested.
        said: Lines under it.
        beside: Data URI of a second picture to be seen beside it.
        beside_what: What that one shows.
    """

    uri: str | None
    name: str
    source: str
    said: tuple[str, ...] = ()
    beside: str | None = None
    beside_what: str = ""


@dataclass(frozen=True)
class Reason:
    """A reason with examples.

    Attributes:
        code: As in the tables.
        count: How many are out for it.
        setting: The setting that decides it; empty where none alone does.
        value: Its value in the last run.
        rule: The figure and its threshold, in words.
        command: How to decide otherwise, VALUE standing for another value.
        examples: Nearest to the threshold first.
    """

    code: str
    count: int
    setting: str
    value: Any
    rule: str
    command: str
    examples: list[Example]


@dataclass(frozen=True)
class Group:
    """Copies of one picture, the keeper first.

    Attributes:
        members: At most `_MEMBERS` of them.
        size: How many there are.
        why: Why the keeper is kept.
    """

    members: list[Example]
    size: int
    why: str


@dataclass(frozen=True)
class Conflict:
    """Copies of one picture that are declared to show different things.

    Attributes:
        pictures: The two, or one, where files with the same bytes are declared differently.
        kind: What differs: label or identity.
        value: What the first is declared to be.
        other: What the other is declared to be.
    """

    pictures: list[Example]
    kind: str
    value: str
    other: str


@dataclass
class Page:
    """What the template is given.

    Attributes:
        name: The workspace's folder name.
        status: As `curate.status` gives it.
        states: Step -> its entry in that status.
        flag: ` --workspace NAME`, where commands need it.
        faces: Sample of kept faces.
        reasons: Step -> reasons with examples.
        figures: `pictures` and `faces` -> histograms.
        groups: Sample of groups of copies, the least alike first.
        group_count: How many there are.
        conflicts: Sample of them.
        conflict_count: How many there are.
        rejected: Reason, count, what to do, and files, each with detail.
        declared: Column -> value, pictures, kept faces.
        runs: The last log line of each step, with settings that differ from their default.
    """

    name: str
    status: dict[str, Any]
    states: dict[str, Any]
    flag: str
    faces: list[Example] = field(default_factory=list)
    reasons: dict[str, list[Reason]] = field(default_factory=lambda: {"filter": [], "faces": []})
    figures: dict[str, list[Drawn]] = field(default_factory=lambda: {"pictures": [], "faces": []})
    groups: list[Group] = field(default_factory=list)
    group_count: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    declared: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)

    def count(self, stage: str) -> int | None:
        """The count of a stage of the funnel; None where its step has not run."""
        return next((entry["count"] for entry in self.status["funnel"] if entry["name"] == stage), None)


def gather(workspace: Workspace) -> Page:
    """Reads the tables and draws the few pictures the page shows.

    Args:
        workspace: Read only. Steps that have not run leave their parts of the page empty.
    """
    now = status(workspace)
    flag = "" if workspace.path.name == DEFAULT_WORKSPACE.name else f" --workspace {shlex.quote(workspace.path.name)}"
    page = Page(workspace.path.name, now, {step["step"]: step for step in now["steps"]}, flag)
    _Gatherer(workspace, page).fill()
    return page


class _Gatherer:
    """Fills a page from one reading of the tables."""

    def __init__(self, workspace: Workspace, page: Page) -> None:
        self._workspace = workspace
        self._page = page
        self._images = workspace.read("images", [*COLUMNS, "format"])
        self._sources = workspace.read("sources", ["image_id", "source", *_DECLARED])
        self._decisions = workspace.read("decisions")
        self._kept = set(self._decisions.loc[self._decisions["kept"], "image_id"])
        self._faces = workspace.read("faces") if workspace.has("faces") else None
        first = self._sources.drop_duplicates("image_id")
        self._names: dict[str, str] = dict(zip(first["image_id"], first["source"], strict=True))
        sizes = zip(self._images["width"], self._images["height"], strict=True)
        self._sizes = {
            name: f"{width} × {height}" for name, (width, height) in zip(self._images["image_id"], sizes, strict=True)
        }
        self._pictures = Pictures(workspace, dict(zip(self._images["image_id"], self._images["format"], strict=True)))
        self._settings = {
            step: line["settings"] if (line := lineage.last_line(workspace, step)) else {} for step in page.states
        }

    def fill(self) -> None:
        page = self._page
        page.rejected = self._rejected()
        page.declared = self._declared()
        page.runs = self._runs()
        if self._workspace.has("duplicates"):
            self._copies()
            self._conflicting()
        if self._workspace.has("decisions"):
            page.reasons["filter"] = self._picture_reasons()
            page.figures["pictures"] = list(draw_pictures(self._images, self._settings["filter"]))
        if self._faces is not None:
            page.faces = self._kept_faces(self._faces)
            page.reasons["faces"] = self._face_reasons(self._faces)
            found = self._faces[self._faces["rank"] >= 0]
            page.figures["faces"] = list(draw_faces(found, self._settings["faces"]))

    def _example(self, image_id: str, said: tuple[str, ...] = ()) -> Example:
        return self._drawn(image_id, self._pictures.whole(image_id), said)

    def _drawn(
        self, image_id: str, uri: str | None, said: tuple[str, ...], beside: str | None = None, what: str = ""
    ) -> Example:
        source = self._names.get(image_id, image_id)
        return Example(uri, source.rpartition("/")[2] or source, source, said, beside, what)

    # Reasons

    def _picture_reasons(self) -> list[Reason]:
        out = self._decisions[~self._decisions["kept"] & (self._decisions["step"] != "dedupe")]
        return [
            self._reason("filter", code, rows, [self._example(row.image_id, _held(row)) for row in _nearest(rows)])
            for code, rows in _by_reason(out)
        ]

    def _face_reasons(self, faces: pd.DataFrame) -> list[Reason]:
        reasons = []
        for code, rows in _by_reason(faces[~faces["kept"]]):
            reasons.append(self._reason("faces", code, rows, [self._out_face(row) for row in _nearest(rows)]))
        return reasons

    def _out_face(self, row: Any) -> Example:
        if row.rank < 0:
            return self._example(row.image_id, _held(row))
        uri = self._pictures.part(row.image_id, (row.left, row.top, row.right, row.bottom))
        if isinstance(row.duplicate_of, str):
            kept = self._pictures.crop(row.duplicate_of)
            return self._drawn(row.image_id, uri, _held(row), kept, "the face that is kept in its place")
        return self._drawn(row.image_id, uri, _held(row))

    def _reason(self, step: str, code: str, rows: pd.DataFrame, examples: list[Example]) -> Reason:
        name = SETTINGS.get(code, "")
        value = self._settings[step].get(name)
        flag = f" --{name.replace('_', '-')} VALUE" if name else ""
        rule = f"{NAMES[code]}, threshold {number(value)}" if code in NAMES and value is not None else ""
        return Reason(code, len(rows), name, value, rule, f"curate {step}{flag}{self._page.flag}", examples)

    # Faces

    def _kept_faces(self, faces: pd.DataFrame) -> list[Example]:
        # Sorted by face_id, a digest: any stretch of them is a fair sample, and the same one each time.
        kept = faces[faces["kept"]].head(_FACES)
        return [
            self._drawn(
                row.image_id,
                self._pictures.crop(row.face_id),
                (f"{row.face_size:.0f} px, turned {abs(row.yaw):.0f}°",),
                self._pictures.grey(row.face_id),
                "the same face as 48 × 48 grey",
            )
            for row in _rows(kept)
        ]

    # Copies

    def _copies(self) -> None:
        duplicates = self._workspace.read("duplicates").sort_values(["group_id", "rank"])
        least = duplicates[duplicates["rank"] > 0].groupby("group_id", sort=True)["correlation"].min()
        ordered = list(least.sort_values(kind="stable").index)
        self._page.group_count = len(ordered)
        chosen = doubtful_first(ordered, _GROUPS)
        members = dict(list(duplicates[duplicates["group_id"].isin(chosen)].groupby("group_id")))
        self._page.groups = [self._group(members[group_id]) for group_id in chosen]

    def _group(self, rows: pd.DataFrame) -> Group:
        members = []
        for row in _rows(rows.head(_MEMBERS)):
            said = [self._sizes.get(row.image_id, "gone since")]
            if row.rank:
                said.append(f"{row.distance} bits, correlation {row.correlation:.3f}")
                said += ["mirrored"] if row.mirrored else []
                said += [row.keeper_reason] if row.keeper_reason else []
            if row.image_id in self._kept:
                said.append("kept")
            members.append(self._example(row.image_id, tuple(said)))
        return Group(members, len(rows), str(rows["keeper_reason"].iloc[0]))

    def _conflicting(self) -> None:
        conflicts = self._workspace.read("conflicts")
        self._page.conflict_count = len(conflicts)
        for row in _rows(conflicts.iloc[spread(range(len(conflicts)), _CONFLICTS)]):
            ids = [str(row.image_id)] if row.image_id == row.other_id else [str(row.image_id), str(row.other_id)]
            pictures = [self._example(image_id, (self._sizes.get(image_id, "gone since"),)) for image_id in ids]
            self._page.conflicts.append(Conflict(pictures, row.kind, row.value, row.other_value))

    # Files and what is declared of them

    def _rejected(self) -> list[dict[str, Any]]:
        table = self._workspace.read("rejected")
        return [
            {
                "reason": code,
                "count": len(rows),
                "fix": IMAGE_FIXES.get(code, ""),
                "files": rows[["source", "detail"]].head(_FILES).to_dict("records"),
            }
            for code, rows in _by_reason(table)
        ]

    def _declared(self) -> dict[str, list[tuple[str, int, int]]]:
        """For each declared column its commonest values, with their pictures and their kept faces."""
        kept = self._faces[self._faces["kept"]] if self._faces is not None else None
        found = {}
        for column in _DECLARED:
            rows = self._sources[["image_id", column]].drop_duplicates().dropna()
            if rows.empty:
                continue
            pictures = rows[column].value_counts()
            faces = {} if kept is None else dict(kept.merge(rows, on="image_id")[column].value_counts())
            ordered = sorted(pictures.items(), key=lambda pair: (-pair[1], pair[0]))
            found[column] = [(str(value), int(count), int(faces.get(value, 0))) for value, count in ordered[:12]]
            if len(ordered) > 12:
                rest = ordered[12:]
                others = sum(int(faces.get(value, 0)) for value, _ in rest)
                found[column].append((f"{len(rest):,} more", sum(int(count) for _, count in rest), others))
        return found

    # Runs

    def _runs(self) -> list[dict[str, Any]]:
        runs = []
        for step in self._page.states:
            line = lineage.last_line(self._workspace, step)
            if line is None:
                continue
            defaults = {name: entry.default for name, entry in STEPS[step].__dataclass_fields__.items()}
            settings = [
                {"name": name, "value": value, "changed": defaults.get(name) != value}
                for name, value in line["settings"].items()
            ]
            runs.append({**line, "settings_list": settings})
        return runs


def _rows(frame: pd.DataFrame) -> list[Any]:
    """Rows with their columns as attributes."""
    return list(frame.itertuples())


def _by_reason(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows by reason, the most frequent first, then by name."""
    groups = [(str(code), group) for code, group in rows.groupby("reason", sort=True)]
    return sorted(groups, key=lambda pair: -len(pair[1]))


def _nearest(rows: pd.DataFrame) -> list[Any]:
    """Examples of one reason: those nearest to the threshold, then some of the rest; ties by the table's order."""
    doubt = (rows["value"] - rows["threshold"]).abs().fillna(np.inf)
    chosen = doubtful_first(list(doubt.sort_values(kind="stable").index), _PER_REASON)
    return _rows(rows.loc[chosen])


def _held(row: Any) -> tuple[str, ...]:
    """The figure, and what else would have taken it out."""
    also = (f"also {row.also.replace(',', ', ')}",) if row.also else ()
    if row.value is None or np.isnan(row.value) or np.isnan(row.threshold):
        return also
    return (number(row.value), *also)
