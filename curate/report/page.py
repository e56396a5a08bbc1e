"""What the template is given: plain data, of which every text is escaped there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.report.figures import Drawn


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
        members: The first of them.
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
