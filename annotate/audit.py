"""Looks for what could tell a rater a label: on the server, and in the picture files.

It does not ask how a task was made but what is there, by anybody's hand: each project's texts, storages and tasks, and
the bytes of each picture. What is allowed is said, all else is a finding.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annotate.config import instruction, labelling_config, same_config
from annotate.metadata import metadata
from annotate.raters import user_ids
from annotate.send import SUGGESTION
from annotate.studio_files import pictures
from schemas.errors import WorkspaceError
from workspace.console import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pandas as pd
    from label_studio_sdk import Prediction

    from annotate.studio import Project, Studio
    from workspace.store import Workspace

_HEX = r"[0-9a-f]"
_NAME = rf"{_HEX}{{32}}\.(png|jpg)"
_ADDRESSES = (
    re.compile(rf"/data/local-files/\?d={_HEX}{{12}}/{_NAME}"),
    re.compile(rf"https?://[^?#]+/{_HEX}{{12}}/{_NAME}"),
    re.compile(r"data:image/(jpeg|png);base64,[A-Za-z0-9+/=]+"),
)
_TITLE = re.compile(rf"Faces {_HEX}{{8}}")
_KEYS = {"uid", "image", "context"}
_SHOWN = 5
"""Findings of one kind in one project that are told one by one; of the others the number."""


@dataclass(frozen=True)
class Finding:
    """Something that could tell a rater what must not be known.

    Attributes:
        kind: What it is: title, description, instruction, page, setting, tab, storage, backend, data-key, address, uid,
            upload, prediction, draft, answer, mark, picture-name or metadata.
        where: Project, task or file.
        what: What is there.
    """

    kind: str
    where: str
    what: str


@dataclass
class Audit:
    """What was looked at, and what was found.

    Attributes:
        projects: Projects of the workspace's raters.
        tasks: Tasks in them.
        pictures: Picture files, and pictures inside tasks.
        findings: What tells too much.
        notes: What is as it was asked for, or cannot be helped.
    """

    projects: int = 0
    tasks: int = 0
    pictures: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def audit_blind(workspace: Workspace, studio: Studio) -> Audit:
    """Looks at every project that was pushed and every picture the server can show.

    Args:
        workspace: Read only.
        studio: The server.

    Raises:
        WorkspaceError: Nothing was pushed yet.
        StudioError: The server is down, or a project is gone.
    """
    projects = workspace.read("raters")
    if projects.empty:
        raise WorkspaceError("there is nothing to look at: no task was pushed", "annotate push")
    table = workspace.read("tasks", ["uid", "rater", "suggested"]).set_index("uid")
    users = user_ids(workspace, studio)
    secrets = _secrets(workspace)
    audit = Audit(projects=len(projects))
    for rater, number in zip(projects["rater"], projects["project"], strict=True):
        project = studio.project(int(number))
        audit.findings += _of_project(workspace, studio, project)
        tasks = studio.export(project.id)
        audit.tasks += len(tasks)
        look = _Tasks(project.id, table, secrets, {users[rater]} if rater in users else None)
        audit.findings += look.findings(tasks)
        audit.findings += look.predictions(tasks, _predictions(studio, project.id))
        audit.pictures += look.pictures
        if look.suggested:
            audit.notes.append(f"project {project.id}: {look.suggested:,} suggestions, as pushed with --suggest")
    for path in sorted(path for path in pictures(workspace).rglob("*") if path.is_file()):
        audit.pictures += 1
        audit.findings += _of_file(path, pictures(workspace))
    others = len(studio.projects()) - len(projects)
    if others > 0:
        audit.notes.append(f"raters can open the server's {others:,} other projects too; they were not looked at")
    audit.notes.append("raters can open each other's projects: the community edition has no roles")
    return audit


def _secrets(workspace: Workspace) -> frozenset[str]:
    """What a uid must not be: the face's own id, or the picture's, whole or cut."""
    faces = workspace.read("faces", ["face_id", "image_id"])
    return frozenset(faces["face_id"]) | frozenset(faces["image_id"]) | frozenset(faces["image_id"].str[:32])


def _predictions(studio: Studio, project: int) -> list[Prediction]:
    with studio.speaking(f"project {project}"):
        return list(studio.client.predictions.list(project=project))


def _of_project(workspace: Workspace, studio: Studio, project: Project) -> Iterator[Finding]:
    where = f"project {project.id}"
    for kind, what in (*_texts(studio, project), *_storages(workspace, studio, project.id), *_more(studio, project.id)):
        yield Finding(kind, where, what)


def _texts(studio: Studio, project: Project) -> Iterator[tuple[str, str]]:
    """What a rater reads on the project."""
    with studio.speaking(f"project {project.id}"):
        details = studio.client.projects.get(project.id)
    both = (False, True)
    pages = [labelling_config(contempt=contempt, context=context) for contempt in both for context in both]
    if not _TITLE.fullmatch(project.title):
        yield "title", project.title
    if project.description:
        yield "description", project.description
    if not any(same_config(project.label_config, page) for page in pages):
        yield "page", "its page is none of mien's"
    if (details.expert_instruction or "") not in ("", *(instruction(contempt=contempt) for contempt in both)):
        yield "instruction", str(details.expert_instruction)
    if details.show_annotation_history:
        yield "setting", "the history of a task's answers is shown"


def _storages(workspace: Workspace, studio: Studio, project: int) -> Iterator[tuple[str, str]]:
    """Where pictures come from and answers go."""
    own = re.compile(rf"{re.escape(str(pictures(workspace)))}/{_HEX}{{12}}")
    with studio.speaking(f"storages of project {project}"):
        sources = {kind: getattr(studio.client.import_storage, kind).list(project=project) for kind in _STORAGES}
        targets = studio.client.export_storage.local.list(project=project)
    for kind, found in sources.items():
        for storage in found:
            place = str(getattr(storage, "path", "") or getattr(storage, "bucket", ""))
            ours = kind == "local" and own.fullmatch(place) and storage.title in (None, "", "pictures")
            if not ours or storage.description:
                yield "storage", f"{kind}: {storage.title!r}, {storage.description!r}, {place}"
    for storage in targets:
        yield "storage", f"answers are copied to {storage.path}"


def _more(studio: Studio, project: int) -> Iterator[tuple[str, str]]:
    """Models that may predict, and the titles of saved views."""
    with studio.speaking(f"project {project}"):
        backends = studio.client.ml.list(project=project)
        tabs = studio.client.views.list(project=project)
    for backend in backends:
        yield "backend", f"a model can predict: {backend.title!r} at {backend.url}"
    for tab in tabs:
        title = (
            str((tab.data or {}).get("title", ""))
            if isinstance(tab.data, dict)
            else str(getattr(tab.data, "title", ""))
        )
        if not re.fullmatch(r"|(Default|New Tab)( \d+)?", title):
            yield "tab", title


_STORAGES = ("local", "s3", "gcs", "azure", "redis")


class _Tasks:
    """Looks at the tasks of one project.

    Args:
        project: Its number.
        table: The table `tasks` by uid.
        secrets: What no uid may be.
        users: Who may have answered; None where that is not known.
    """

    def __init__(self, project: int, table: pd.DataFrame, secrets: frozenset[str], users: set[int] | None) -> None:
        self._project, self._secrets, self._users = project, secrets, users
        self._suggested = table["suggested"].dropna().to_dict()
        self._uids = frozenset(table.index)
        self.pictures = 0
        self.suggested = 0

    def findings(self, tasks: Iterable[dict[str, Any]]) -> Iterator[Finding]:
        """All that tells too much."""
        answerers: Counter[int] = Counter()
        addresses: Counter[str] = Counter()
        for task in tasks:
            where = f"project {self._project}, task {task['id']}"
            yield from self._data(where, task["data"], addresses)
            if task.get("meta"):
                yield Finding("data-key", where, f"meta: {task['meta']}")
            if task.get("file_upload"):
                yield Finding("upload", where, f"it was uploaded as {task['file_upload']}")
            for annotation in task.get("annotations", []):
                answerers[_author(annotation)] += 1
                if annotation.get("ground_truth"):
                    yield Finding("mark", where, "an answer is marked as ground truth")
            strange = [draft for draft in task.get("drafts", []) if isinstance(draft, dict) and self._other(draft)]
            yield from (Finding("draft", where, "a draft of somebody else") for _ in strange)
        others = {user: count for user, count in answerers.items() if self._users is None or user not in self._users}
        if len(others) > (self._users is None):
            what = f"{sum(others.values()):,} answers of {len(others)} others, which whoever opens the task can see"
            yield Finding("answer", f"project {self._project}", what)
        yield from self._shared_addresses(addresses)

    def _other(self, draft: dict[str, Any]) -> bool:
        return self._users is not None and _author(draft) not in self._users

    def _shared_addresses(self, addresses: Counter[str]) -> Iterator[Finding]:
        for address, count in addresses.items():
            if count > 1 and not address.startswith("data:"):
                yield Finding("address", f"project {self._project}", f"{count} tasks show {address}: a repeat is seen")

    def _data(self, where: str, data: dict[str, Any], addresses: Counter[str]) -> Iterator[Finding]:
        for key in sorted(data.keys() - _KEYS):
            yield Finding("data-key", where, f"{key}: {str(data[key])[:80]}")
        uid = str(data.get("uid", ""))
        if uid not in self._uids or uid in self._secrets or not re.fullmatch(rf"{_HEX}{{32}}", uid):
            yield Finding("uid", where, f"{uid[:80]!r} is none that was pushed, or an id of the face")
        for key in ("image", "context"):
            address = data.get(key)
            if address is None:
                continue
            addresses[address] += 1
            if not any(form.fullmatch(str(address)) for form in _ADDRESSES):
                yield Finding("address", where, f"{key}: {str(address)[:80]}")
            elif str(address).startswith("data:"):
                self.pictures += 1
                content = base64.b64decode(str(address).partition(",")[2])
                yield from (Finding("metadata", where, f"{key}: {name}") for name in metadata(content))

    def predictions(self, tasks: Iterable[dict[str, Any]], found: Iterable[Prediction]) -> Iterator[Finding]:
        """Predictions that were not pushed as suggestions."""
        uids = {int(task["id"]): task["data"].get("uid") for task in tasks}
        for prediction in found:
            said = [choice for region in prediction.result or [] for choice in region["value"].get("choices", [])]
            number = int(prediction.task or 0)
            if said == [self._suggested.get(uids.get(number))] and prediction.model_version == SUGGESTION:
                self.suggested += 1
            else:
                where = f"project {self._project}, task {number}"
                yield Finding("prediction", where, f"{prediction.model_version}: {', '.join(map(str, said))}")


def _author(answer: dict[str, Any]) -> int:
    author = answer.get("completed_by", answer.get("user"))
    return int(author["id"]) if isinstance(author, dict) else int(author or -1)


def _of_file(path: Path, root: Path) -> Iterator[Finding]:
    name = path.relative_to(root).as_posix()
    if not re.fullmatch(rf"{_HEX}{{12}}/{_NAME}", name):
        yield Finding("picture-name", name, "it is no name that mien gives")
    yield from (Finding("metadata", name, found) for found in metadata(path.read_bytes()))


def text(audit: Audit) -> str:
    """What was found, for a terminal; of many findings of one kind the first five."""
    lines = [f"{audit.projects} projects, {audit.tasks:,} tasks, {audit.pictures:,} pictures"]
    kinds = Counter(finding.kind for finding in audit.findings)
    for kind, count in kinds.items():
        found = [finding for finding in audit.findings if finding.kind == kind]
        lines += [f"{kind}: {finding.where}: {finding.what}" for finding in found[:_SHOWN]]
        if count > _SHOWN:
            lines.append(f"{kind}: and {count - _SHOWN:,} more")
    lines += [f"note: {note}" for note in audit.notes]
    lines.append(f"{len(audit.findings):,} findings" if audit.findings else "blind: nothing was found")
    return printable("\n".join(lines))
