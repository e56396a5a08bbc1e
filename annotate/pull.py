"""Takes the raters' answers from Label Studio into `annotations`; what cannot be taken is kept with its reason."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annotate.answers import Refusal, read_answer
from annotate.config import allowed, labelling_config, same_config
from annotate.exported import clear, exported
from annotate.raters import user_ids
from annotate.revisions import Found, Server, record
from schemas.errors import ANSWER_FIXES, UsageError, WorkspaceError
from workspace.console import progress
from workspace.lineage import Run, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from annotate.studio import Project, Studio
    from schemas.settings import PullSettings
    from workspace.store import Workspace


@dataclass(frozen=True)
class Pushed:
    """What the workspace knows of the tasks it pushed.

    Attributes:
        tasks: uid -> its row of the table `tasks`.
        raters: Number of a person on the server -> rater id.
    """

    tasks: Mapping[str, Mapping[str, Any]]
    raters: Mapping[int, str]

    @property
    def projects(self) -> list[int]:
        """Numbers of the projects that hold them."""
        return sorted({int(row["project"]) for row in self.tasks.values() if row["project"] >= 0})


def pull(
    workspace: Workspace, studio: Studio, settings: PullSettings, projects: Collection[int] = ()
) -> dict[str, Any]:
    """Takes all answers of all projects, or of some.

    Every project is read before anything is written: an error in the last leaves the tables as they were. Pulled again,
    answers that did not change change nothing, not even a byte of the tables.

    Args:
        workspace: Where the table `tasks` tells what was pushed.
        studio: The server it was pushed to.
        settings: How strict to be.
        projects: Only these; all where there are none.

    Returns:
        Counts as `annotate.revisions.record` gives them, and `projects`, `tasks` seen, `tasks_missing` (pushed, and
        deleted on the server since), `drafts` (begun and not submitted: not taken), `refused_for` (reason -> answers).

    Raises:
        StudioError: The server is down, refuses, ended half-way, or a project has been deleted (reason "missing").
        WorkspaceError: Nothing was pushed, or a labelling page is not the one that was pushed.
        UsageError: A project was named that nothing was pushed to.
    """
    with workspace.lock():
        run = Run(workspace, "pull", plain(settings), ("tasks",), ("annotations", "rejected_annotations"))
        pushed = read_pushed(workspace, studio)
        chosen = _chosen(pushed, projects)
        pages = {project.id: _controls(project, settings) for project in map(studio.project, chosen)}
        seen = _Seen(Server(projects=set(chosen)))
        found = [
            item
            for number, controls in pages.items()
            for task in progress(exported(studio, number), text=f"project {number}", unit="tasks")
            for item in _answers(task, controls, pushed, seen)
        ]
        counts = record(workspace, found, seen.server)
        for number in chosen if studio.local else ():
            clear(workspace, number)
        lost = [uid for uid, row in pushed.tasks.items() if row["project"] in chosen and row["task"] >= 0]
        result = {
            "projects": len(chosen),
            "tasks": len(seen.server.tasks),
            "tasks_missing": len(set(lost) - seen.uids),
            "drafts": seen.drafts,
            **counts,
        }
        run.finish(result)
    reasons = Counter(item.verdict.reason for item in found if isinstance(item.verdict, Refusal))
    return {**result, "refused_for": dict(sorted(reasons.items()))}


def read_pushed(workspace: Workspace, studio: Studio) -> Pushed:
    """Reads which tasks were pushed, and who the raters are on the server.

    Raises:
        WorkspaceError: Nothing was pushed.
    """
    # A push that was killed has written its plan and made projects, and may have sent tasks that do not say so yet.
    made = {row["rater"]: row["project"] for row in workspace.read_arrow("raters").to_pylist()}
    rows = workspace.read_arrow("tasks").to_pylist()
    for row in rows:
        row["project"] = row["project"] if row["project"] >= 0 else made.get(row["rater"], -1)
    people = {number: rater for rater, number in user_ids(workspace, studio).items()}
    pushed = Pushed({row["uid"]: row for row in rows}, people)
    if not pushed.projects:
        raise WorkspaceError(f"nothing was pushed from {workspace.path}", "push faces with `annotate push`")
    return pushed


def _chosen(pushed: Pushed, projects: Collection[int]) -> list[int]:
    for project in projects:
        if project not in pushed.projects:
            what = f"nothing was pushed to project {project}"
            raise UsageError(what, f"one of: {', '.join(map(str, pushed.projects))}")
    return sorted(set(projects)) or pushed.projects


def _controls(project: Project, settings: PullSettings) -> dict[str, frozenset[str]]:
    """What the answers to a project may say.

    Raises:
        WorkspaceError: Its page is not one that mien makes.
    """
    for contempt, context in itertools.product((False, True), repeat=2):
        page = labelling_config(contempt=contempt, context=context)
        if same_config(page, project.label_config):
            return allowed(page)
    if not settings.accept_changed_page:
        what = f"the labelling page of project {project.id} is not as it was pushed: it was changed by hand"
        fix = "put it back; or take the answers that fit what was pushed with --accept-changed-page"
        raise WorkspaceError(what, fix)
    return allowed(labelling_config(contempt=True))


@dataclass
class _Seen:
    """What the exports held, beside the answers."""

    server: Server
    uids: set[str] = field(default_factory=set)
    drafts: int = 0


def _answers(
    task: Mapping[str, Any], controls: Mapping[str, frozenset[str]], pushed: Pushed, seen: _Seen
) -> Iterator[Found]:
    """All answers to one task of the export."""
    seen.server.tasks.add(task["id"])
    seen.uids.add(_uid(task))
    seen.drafts += len(task.get("drafts") or ())
    for annotation in task.get("annotations") or ():
        seen.server.annotations.add(annotation["id"])
        yield read_annotation(task, annotation, controls, pushed)


def read_annotation(
    task: Mapping[str, Any],
    annotation: Mapping[str, Any],
    controls: Mapping[str, frozenset[str]],
    pushed: Pushed,
) -> Found:
    """One annotation as an answer to a face, or with the reason why it is none.

    Args:
        task: The task as the server has it; its `id`, `project` and `data` are used.
        annotation: One of its annotations.
        controls: Control -> values it may take.
        pushed: What was pushed.
    """
    row = pushed.tasks.get(_uid(task))
    author, editor = _person(annotation.get("completed_by")), _person(annotation.get("updated_by"))
    rater = pushed.raters.get(author)
    verdict = (
        _not_ours(row, int(task["project"]))
        or _not_theirs(row, author, rater)
        or _not_own(author, editor)
        or read_answer(annotation, controls)
    )
    return Found(
        place=f"{task['project']}/{task['id']}/{annotation['id']}",
        verdict=verdict,
        raw={name: annotation.get(name) for name in ("result", "was_cancelled", "completed_by", "updated_by")},
        face_id=row["face_id"] if row else None,
        rater=rater,
        presentation=row["presentation"] if row else 0,
        kind=row["kind"] if row else "task",
        lead_time_s=annotation.get("lead_time"),
        created_at=annotation.get("created_at"),
        updated_at=annotation.get("updated_at"),
        project=int(task["project"]),
        task=int(task["id"]),
        annotation=int(annotation["id"]),
        suggested=row["suggested"] if row else None,
    )


def _uid(task: Mapping[str, Any]) -> str:
    return str((task.get("data") or {}).get("uid"))


def _not_ours(row: Mapping[str, Any] | None, project: int) -> Refusal | None:
    if row is None:
        return Refusal("unknown-task", "no task of this uid was pushed")
    if row["project"] != project:
        return Refusal("unknown-task", f"the task was pushed to project {row['project']}, not to {project}")
    return None


def _not_theirs(row: Mapping[str, Any] | None, author: int, rater: str | None) -> Refusal | None:
    if rater is None:
        return Refusal("unknown-rater", f"person {author} of the server is none of the raters")
    # In a shared project nobody is named: whoever opens it may label any face.
    if row and row["rater"] not in {"", rater}:
        return Refusal("other-rater", f"{rater} answered a task of {row['rater']}")
    return None


def _not_own(author: int, editor: int) -> Refusal | None:
    if editor not in {-1, author}:
        return Refusal("changed-by-other", f"person {editor} of the server changed the answer")
    return None


def _person(value: Any) -> int:
    """A person's number on the server; older versions give an object with address and name, of which none is kept."""
    number = value.get("id") if isinstance(value, dict) else value
    return int(number) if number is not None else -1


def text(result: Mapping[str, Any]) -> str:
    """What a pull did, for people.

    Args:
        result: What `pull` gave.
    """
    counted = f"{result['new']:,} new, {result['changed']:,} changed, {result['unchanged']:,} as before"
    lines = [f"{result['answers']:,} answers in {result['projects']:,} projects: {counted}"]
    if result["gone"]:
        lines.append(f"{result['gone']:,} rows are marked anew: their answer or task was deleted there, or is back")
    if result["tasks_missing"]:
        lines.append(f"{result['tasks_missing']:,} tasks were deleted on the server; `annotate push` puts them back")
    if result["drafts"]:
        lines.append(f"{result['drafts']:,} drafts were not taken; a rater has to submit them")
    if result["refused"]:
        lines.append(f"{result['refused']:,} answers cannot be taken ({result['new_refused']:,} of them new):")
        lines += [f"  {reason} {count:,}: {ANSWER_FIXES[reason]}" for reason, count in result["refused_for"].items()]
    return "\n".join(lines)
