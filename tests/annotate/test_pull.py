"""Answers taken from a real Label Studio."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import socket
import socketserver
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from annotate.config import labelling_config
from annotate.pull import pull, text
from annotate.raters import add
from annotate.studio import Studio
from schemas.errors import StudioError, UsageError, WorkspaceError
from schemas.settings import PullSettings
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workspace.store import Workspace

pytestmark = pytest.mark.labelstudio

STRICT = PullSettings()


def picked(name: str, value: str) -> dict[str, Any]:
    """The choice of a value, as the labelling page sends it."""
    return {"from_name": name, "to_name": "face", "type": "choices", "value": {"choices": [value]}}


@dataclass
class Labelling:
    """A project of rater R01 with six tasks, and the people who answer."""

    workspace: Workspace
    admin: Studio
    rater: Studio
    project: int
    tasks: list[int]

    def pull(self, settings: PullSettings = STRICT) -> dict[str, Any]:
        """Pulls as the administrator."""
        return pull(self.workspace, self.admin, settings)

    def rows(self, *names: str) -> list[tuple[Any, ...]]:
        """Columns of the table of answers, by face and revision."""
        table = self.workspace.read_arrow("annotations").to_pylist()
        return [tuple(row[name] for name in names) for row in table]

    def refused(self) -> list[tuple[Any, ...]]:
        """Reason, face and rater of what was refused."""
        table = self.workspace.read_arrow("rejected_annotations").to_pylist()
        return [(row["reason"], row["face_id"], row["rater"]) for row in table]

    def digest(self) -> str:
        """Of all files of the two tables."""
        folder = self.workspace.path / "tables"
        files = sorted(path for name in ("annotations", "rejected_annotations") for path in (folder / name).iterdir())
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@pytest.fixture
def labelling(workspace: Workspace, studio: Studio, join: Callable[[str], Studio]) -> Iterator[Labelling]:
    """Tasks f0 to f5 of R01, of which f5 is a hidden repeat of f0 and f4 gold."""
    email = f"{secrets.token_hex(6)}@example.org"
    rater = join(email)
    add(workspace, studio, "R01", email)
    project = studio.create_project("pull", label_config=labelling_config()).id
    uids = [f"{number:031x}{secrets.token_hex(1)[0]}" for number in range(6)]
    tasks = studio.import_tasks(project, [{"data": {"uid": uid, "image": "data:image/png;base64,"}} for uid in uids])
    rows = {
        "face_id": ["f0", "f1", "f2", "f3", "f4", "f0"],
        "rater": "R01",
        "presentation": [0, 0, 0, 0, 0, 1],
        "kind": ["task", "task", "task", "task", "gold", "repeat"],
        "uid": uids,
        "project": project,
        "task": tasks,
        "order": range(6),
        "gold_label": [None, None, None, None, "sad", None],
        "suggested": [None, "fear", None, None, None, None],
        "push_id": 1,
    }
    workspace.replace("tasks", pd.DataFrame(rows, columns=TABLES["tasks"].names))
    yield Labelling(workspace, studio, rater, project, tasks)
    with contextlib.suppress(StudioError):
        studio.delete_project(project)


def test_every_kind_of_answer_arrives_as_it_was_given(labelling: Labelling) -> None:
    """Whole answer, unusable, skip, gold and repeat, each with face, kind and time; drafts are counted, not taken."""
    rater, tasks = labelling.rater, labelling.tasks
    full = [
        picked("emotion", "fear"),
        picked("second", "surprise"),
        picked("intensity", "4"),
        picked("confidence", "2"),
    ]
    note = {"from_name": "note", "to_name": "face", "type": "textarea", "value": {"text": ["große Augen"]}}
    rater.annotate(tasks[0], [*full, note], lead_time=3.25)
    rater.annotate(tasks[1], [picked("emotion", "unusable"), picked("unusable", "blurred")], lead_time=1.5)
    rater.annotate(tasks[2], [], lead_time=1.0, skipped=True)
    rater.annotate(tasks[4], [picked("emotion", "sad")])
    rater.annotate(tasks[5], [picked("emotion", "surprise")], lead_time=2.0)
    draft = {"result": [picked("emotion", "happy")], "lead_time": 2}
    rater.client._client_wrapper.httpx_client.request(  # noqa: SLF001 - the SDK has no call for drafts
        f"api/tasks/{tasks[3]}/drafts", method="POST", json=draft
    )
    result = labelling.pull()
    assert {name: result[name] for name in ("answers", "new", "refused", "drafts", "tasks", "tasks_missing")} == {
        "answers": 5,
        "new": 5,
        "refused": 0,
        "drafts": 1,
        "tasks": 6,
        "tasks_missing": 0,
    }
    names = ("face_id", "presentation", "kind", "label", "second", "intensity", "confidence", "unusable", "note")
    assert labelling.rows(*names) == [
        ("f0", 0, "task", "fear", "surprise", 4, 2, None, "große Augen"),
        ("f0", 1, "repeat", "surprise", None, None, None, None, None),
        ("f1", 0, "task", None, None, None, None, "blurred", None),
        ("f2", 0, "task", None, None, None, None, None, None),
        ("f4", 0, "gold", "sad", None, None, None, None, None),
    ]
    assert labelling.rows("rater", "skipped", "lead_time_s", "suggested", "revision") == [
        ("R01", False, 3.25, None, 0),
        ("R01", False, 2.0, None, 0),
        ("R01", False, 1.5, "fear", 0),
        ("R01", True, 1.0, None, 0),
        ("R01", False, None, None, 0),
    ]
    assert all(project == labelling.project for (project,) in labelling.rows("project"))
    assert all(created and created.endswith("Z") for (created,) in labelling.rows("created_at"))
    before = labelling.digest()
    again = labelling.pull()
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 5)
    assert labelling.digest() == before


def test_changed_and_deleted_answers_leave_their_rows(labelling: Labelling) -> None:
    """A change is revision 1; a deleted answer is marked and the task's deletion too, and nothing is lost."""
    changed, deleted, bereft = (
        labelling.rater.annotate(task, [picked("emotion", "sad")]) for task in labelling.tasks[:3]
    )
    labelling.pull()
    labelling.rater.change_annotation(changed, [picked("emotion", "fear")])
    labelling.rater.client.annotations.delete(deleted)
    labelling.rater.delete_tasks([labelling.tasks[2]])
    result = labelling.pull()
    assert (result["new"], result["changed"], result["gone"], result["tasks_missing"]) == (0, 1, 2, 1)
    assert labelling.rows("face_id", "revision", "label", "annotation", "gone") == [
        ("f0", 0, "sad", changed, None),
        ("f0", 1, "fear", changed, None),
        ("f1", 0, "sad", deleted, "annotation"),
        ("f2", 0, "sad", bereft, "task"),
    ]
    assert "1 tasks were deleted" in text(result)
    again = labelling.pull()
    assert (again["new"], again["changed"], again["gone"]) == (0, 0, 0)


def test_what_is_not_the_raters_answer_is_kept_with_its_reason(labelling: Labelling) -> None:
    """Values outside the page, the administrator's answer or change, and tasks of others are refused one by one."""
    rater, admin, tasks = labelling.rater, labelling.admin, labelling.tasks
    rater.annotate(tasks[0], [picked("emotion", "contempt")])
    rater.annotate(tasks[1], [picked("mood", "sad")])
    admin.annotate(tasks[2], [picked("emotion", "sad")])
    admin.change_annotation(rater.annotate(tasks[3], [picked("emotion", "sad")]), [picked("emotion", "happy")])
    (other,) = admin.import_tasks(labelling.project, [{"data": {"uid": "f" * 32, "image": "x"}}])
    rater.annotate(other, [picked("emotion", "sad")])
    rater.annotate(tasks[4], [picked("emotion", "sad")])
    result = labelling.pull()
    assert labelling.refused() == [
        ("unknown-value", "f0", "R01"),
        ("unknown-field", "f1", "R01"),
        ("unknown-rater", "f2", None),
        ("changed-by-other", "f3", "R01"),
        ("unknown-task", None, "R01"),
    ]
    assert labelling.rows("face_id", "label") == [("f4", "sad")]
    assert result["refused_for"]["unknown-value"] == 1
    assert "unknown-value 1: correct the value" in text(result)
    before = labelling.digest()
    assert labelling.pull()["new_refused"] == 0
    assert labelling.digest() == before


def test_a_task_of_another_rater_is_not_taken(
    labelling: Labelling, join: Callable[[str], Studio], workspace: Workspace
) -> None:
    """Every member can open every project; an answer counts only from the rater whose task it is."""
    email = f"{secrets.token_hex(6)}@example.org"
    other = join(email)
    add(workspace, labelling.admin, "R02", email)
    other.annotate(labelling.tasks[0], [picked("emotion", "sad")])
    labelling.pull()
    assert labelling.refused() == [("other-rater", "f0", "R02")]


def test_a_page_changed_by_hand_stops_the_pull(labelling: Labelling) -> None:
    """Nothing is taken until that is said to be right; then each answer is held against what was pushed."""
    labelling.rater.annotate(labelling.tasks[0], [picked("emotion", "sad")])
    page = labelling.admin.project(labelling.project).label_config
    grown = page.replace('alias="sad"', 'alias="gloomy"')
    assert grown != page
    labelling.rater.annotate(labelling.tasks[1], [picked("emotion", "gloomy")])
    labelling.admin.update_project(labelling.project, label_config=grown)
    with pytest.raises(WorkspaceError, match=f"labelling page of project {labelling.project}"):
        labelling.pull()
    assert not labelling.workspace.has("annotations")
    result = labelling.pull(PullSettings(accept_changed_page=True))
    assert (result["new"], result["refused_for"]) == (1, {"unknown-value": 1})


def test_a_deleted_project_is_told_and_changes_nothing(labelling: Labelling) -> None:
    """What was pulled before stays as it was, unmarked."""
    labelling.rater.annotate(labelling.tasks[0], [picked("emotion", "sad")])
    labelling.pull()
    before = labelling.digest()
    labelling.admin.delete_project(labelling.project)
    with pytest.raises(StudioError, match=f"has no project {labelling.project}") as caught:
        labelling.pull()
    assert caught.value.reason == "missing"
    assert labelling.digest() == before


def test_a_project_nobody_pushed_to_is_a_wrong_call(labelling: Labelling) -> None:
    """The right numbers are named."""
    with pytest.raises(UsageError, match="project 999999") as caught:
        pull(labelling.workspace, labelling.admin, STRICT, [999_999])
    assert str(labelling.project) in caught.value.fix


def test_without_a_push_there_is_nothing_to_pull(workspace: Workspace, studio: Studio) -> None:
    """The fix names the command that comes first."""
    with pytest.raises(WorkspaceError, match="nothing was pushed") as caught:
        pull(workspace, studio, STRICT)
    assert "annotate push" in caught.value.fix


def test_an_export_that_breaks_off_writes_nothing(labelling: Labelling, studio_server: Any) -> None:
    """The connection ends in the middle of the export: an error, no table, and the next pull takes all."""
    for task in labelling.tasks[:5]:
        labelling.rater.annotate(task, [picked("emotion", "sad")])
    with cut(studio_server.url, "/export", 3000) as url:
        broken = Studio(url, studio_server.token)
        with pytest.raises(StudioError) as caught:
            pull(labelling.workspace, broken, STRICT)
        broken.close()
    assert caught.value.reason in {"down", "broken"}
    assert not labelling.workspace.has("annotations")
    assert labelling.pull()["new"] == 5


@contextlib.contextmanager
def cut(url: str, path: str, most: int) -> Iterator[str]:
    """A way to a server that ends answers to requests for a path after some bytes."""
    there = urlsplit(url)

    class Through(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((there.hostname, there.port)) as server:
                asked = self.request.recv(1 << 16)
                if not asked:
                    return
                # The body may come after the head.
                head, _, body = asked.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                while length and len(body) < int(length[1]):
                    more = self.request.recv(1 << 16)
                    asked, body = asked + more, body + more
                line = asked.partition(b"\r\n")[0]
                server.sendall(asked.replace(b"keep-alive", b"close"))
                left = most if path.encode() in line else 1 << 40
                # One request a connection, and the client is told so: else it may ask again on one that is closing.
                answer = server.recv(min(left, 1 << 16)).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
                self.request.sendall(answer)
                left -= len(answer)
                while left > 0 and (answer := server.recv(min(left, 1 << 16))):
                    self.request.sendall(answer)
                    left -= len(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Through) as between:
        between.daemon_threads = True
        thread = threading.Thread(target=between.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{between.server_address[1]}"
        between.shutdown()
        thread.join()
