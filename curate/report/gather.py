"""Reads the tables and fills the page."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.filter import COLUMNS
from curate.report.declared import DECLARED, declared
from curate.report.examples import doubtful_first, spread
from curate.report.figures import NAMES, SETTINGS, draw_faces, draw_pictures
from curate.report.histogram import number
from curate.report.page import Conflict, Example, Group, Page, Reason
from curate.report.pictures import Pictures
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


def gather(workspace: Workspace, now: dict[str, Any]) -> Page:
    """Reads the tables and draws the few pictures the page shows.

    Args:
        workspace: Read only. Steps that have not run leave their parts of the page empty.
        now: What `curate.status.status` says of it.
    """
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
        self._sources = workspace.read("sources", ["image_id", "source", *DECLARED])
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
        page.declared = declared(
            self._sources, self._workspace.read("duplicates", ["image_id", "group_id"]), self._kept_ids()
        )
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

    def _kept_ids(self) -> pd.Series[str]:
        """image_id of every kept face."""
        none = self._decisions["image_id"].iloc[:0]
        return none if self._faces is None else self._faces.loc[self._faces["kept"], "image_id"]

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
