"""Tasks on a real Label Studio."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import cv2
import httpx
import numpy as np
import pandas as pd
import pytest

from annotate.push import Asked, push
from annotate.raters import add
from annotate.select import Wanted
from annotate.studio_files import pictures
from annotate.withdraw import withdraw
from schemas.errors import StudioError, UsageError, WorkspaceBusyError
from schemas.settings import PushSettings
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annotate.studio import Studio

pytestmark = pytest.mark.labelstudio
INSIDE = PushSettings(pictures="data-uri", raters_per_face=2)


def rows(table: str, **columns: list[Any]) -> pd.DataFrame:
    """Rows of a table; what is not given is missing, or empty, zero and false where it must not be."""
    count = len(next(iter(columns.values())))
    filler = {"string": "", "bool": False, "binary": b""}
    given = {
        column.name: columns.get(column.name, [None if column.nullable else filler.get(column.type, 0)] * count)
        for column in TABLES[table].columns
    }
    return pd.DataFrame(given)


def fill(workspace: Workspace, studio: Studio, count: int) -> Workspace:
    """Kept faces with crops of their own, and three raters."""
    random = np.random.default_rng(0)
    names = [f"{number:032x}" for number in range(count)]
    for name in names:
        small = random.integers(0, 256, (7, 7, 3), dtype=np.uint8)
        crop = cv2.resize(small, (64, 64), interpolation=cv2.INTER_CUBIC)
        workspace.put_picture("faces", f"{name}.png", cv2.imencode(".png", crop)[1].tobytes())
    workspace.replace("faces", rows("faces", face_id=names, image_id=names, kept=[True] * count))
    for name in ("R1", "R2", "R3"):
        add(workspace, studio, name, f"{name.lower()}@example.org")
    return workspace


@pytest.fixture
def ready(workspace: Workspace, studio: Studio) -> Iterator[Workspace]:
    """Forty faces and three raters; its projects are removed afterwards."""
    before = {project.id for project in studio.projects()}
    yield fill(workspace, studio, 40)
    for project in studio.projects():
        if project.id not in before:
            studio.delete_project(project.id)


def uids(studio: Studio, workspace: Workspace) -> list[str]:
    """The uids of all tasks on the server, one by one."""
    projects = workspace.read("raters")["project"]
    return sorted(task["data"]["uid"] for project in projects for task in studio.tasks(int(project)))


ALL = Asked(Wanted())


def test_push_twice_is_once(ready: Workspace, studio: Studio) -> None:
    """Each task is on the server once, under the number the table has; the second push adds none."""
    dry = push(ready, studio, dataclasses.replace(ALL, dry_run=True), INSIDE).as_dict()
    assert (dry["new"], dry["present"], ready.rows("tasks")) == (83, 0, 0)
    first = push(ready, studio, ALL, INSIDE).as_dict()
    table = ready.read("tasks")
    assert (first["new"], first["kinds"]) == (83, {"repeat": 3, "task": 80})
    assert uids(studio, ready) == sorted(table["uid"])
    for project, mine in table.groupby("project"):
        there = {task["data"]["uid"]: task["id"] for task in studio.tasks(int(project))}
        assert mine.sort_values("order")["uid"].tolist() == sorted(there, key=there.__getitem__)
        assert dict(zip(mine["uid"], mine["task"], strict=True)) == there
    again = push(ready, studio, ALL, INSIDE).as_dict()
    assert (again["new"], again["present"], again["changed"]) == (0, 83, 0)
    assert uids(studio, ready) == sorted(table["uid"])
    assert ready.read("tasks").equals(table)


def test_killed_push_is_taken_up(ready: Workspace, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after the server took a batch and before that was written down, it goes on with the rest."""
    real = type(studio).import_tasks

    def stopped(self: Studio, project: int, tasks: Any) -> list[int]:
        real(self, project, tasks[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(type(studio), "import_tasks", stopped)
    with pytest.raises(KeyboardInterrupt):
        push(ready, studio, ALL, INSIDE)
    planned = ready.read("tasks")
    assert (planned["task"] == -1).all()
    monkeypatch.setattr(type(studio), "import_tasks", real)
    result = push(ready, studio, ALL, INSIDE).as_dict()
    assert (result["new"], result["present"]) == (73, 10)
    assert uids(studio, ready) == sorted(planned["uid"])
    assert len(studio.projects()) >= 3


def test_doubles_are_taken_out(ready: Workspace, studio: Studio) -> None:
    """As an import leaves them that was done after its sender was killed and had sent it again."""
    push(ready, studio, ALL, INSIDE)
    project = int(ready.read("raters")["project"][0])
    tasks = studio.tasks(project)
    studio.import_tasks(project, [{"data": task["data"]} for task in tasks[:3]])
    result = push(ready, studio, ALL, INSIDE).as_dict()
    assert (result["doubled"], result["new"]) == (3, 0)
    assert studio.tasks(project) == tasks


def test_task_a_rater_deleted_comes_back(ready: Workspace, studio: Studio) -> None:
    """It is still to be labelled."""
    push(ready, studio, ALL, INSIDE)
    table = ready.read("tasks")
    studio.delete_tasks([int(table["task"][0])])
    assert push(ready, studio, ALL, INSIDE).as_dict()["new"] == 1
    assert uids(studio, ready) == sorted(table["uid"])


def test_changed_page_is_refused_where_answers_are(ready: Workspace, studio: Studio) -> None:
    """Before there are any it is set; afterwards all stays as it is."""
    push(ready, studio, ALL, INSIDE)
    with_contempt = dataclasses.replace(INSIDE, contempt=True)
    push(ready, studio, ALL, with_contempt)
    project, task = ready.read("tasks").loc[0, ["project", "task"]]
    assert "contempt" in studio.project(int(project)).label_config
    choice = {"from_name": "emotion", "to_name": "face", "type": "choices", "value": {"choices": ["sad"]}}
    studio.annotate(int(task), [choice])
    with pytest.raises(StudioError, match="1 answers given on another page") as refused:
        push(ready, studio, ALL, INSIDE)
    assert refused.value.reason == "refused"
    assert "--contempt" in refused.value.fix
    assert push(ready, studio, ALL, with_contempt).as_dict()["new"] == 0


def test_page_edited_by_hand_is_set_back(ready: Workspace, studio: Studio) -> None:
    """As long as nobody answered on it."""
    push(ready, studio, ALL, INSIDE)
    project = studio.project(int(ready.read("raters")["project"][0]))
    studio.update_project(project.id, label_config=project.label_config.replace('hotkey="1"', 'hotkey="9"'))
    push(ready, studio, ALL, INSIDE)
    assert studio.project(project.id).label_config == project.label_config


def test_deleted_project(ready: Workspace, studio: Studio) -> None:
    """It is named, nothing is done; with --renew it is made again with the same tasks."""
    push(ready, studio, ALL, INSIDE)
    table = ready.read("tasks")
    gone = int(ready.read("raters")["project"][0])
    studio.delete_project(gone)
    with pytest.raises(StudioError, match=f"project {gone} of rater R1 is not on the server"):
        push(ready, studio, ALL, INSIDE)
    result = push(ready, studio, dataclasses.replace(ALL, renew=True), INSIDE).as_dict()
    assert result["new"] == (table["rater"] == "R1").sum()
    assert uids(studio, ready) == sorted(table["uid"])


def test_two_pushes_at_once(ready: Workspace, studio: Studio) -> None:
    """The second is told to wait."""
    with Workspace.open(ready.path).lock(), pytest.raises(WorkspaceBusyError):
        push(ready, studio, ALL, INSIDE)


def test_another_server(ready: Workspace, studio: Studio) -> None:
    """A project of the same number on another server is not taken for the rater's."""
    push(ready, studio, ALL, INSIDE)
    other = studio.create_project("Somebody else's", label_config="<View><Text name='t' value='$t'/></View>")
    ready.replace("raters", ready.read("raters").assign(project=[other.id, 999_998, 999_999]))
    with pytest.raises(StudioError, match=f"project {other.id} of rater R1 is not on the server"):
        push(ready, studio, ALL, INSIDE)


def test_suggestions_are_shown_only_when_asked_for(ready: Workspace, studio: Studio) -> None:
    """They are recorded as seen, and the server is not told the model's name."""
    faces = ready.read("faces")["face_id"].tolist()
    ready.replace("predictions", rows("predictions", model=["net@0123"] * 40, face_id=faces, label=["fear"] * 40))
    push(ready, studio, Asked(Wanted(query=f"select '{faces[0]}'")), INSIDE)
    push(ready, studio, ALL, dataclasses.replace(INSIDE, suggest="net"))
    table = ready.read("tasks")
    shown = [
        one for number in ready.read("raters")["project"] for one in studio.client.predictions.list(project=number)
    ]
    assert sorted(one.task for one in shown) == sorted(table.loc[table["suggested"] == "fear", "task"])
    assert table["suggested"].isna().sum() == 2
    assert {one.model_version for one in shown} == {"suggestion"}


def test_pictures_of_an_own_server(
    ready: Workspace, studio: Studio, studio_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server shows the very bytes of the crop under the uid's name, each rater's in a folder of their own."""
    monkeypatch.setattr("annotate.pictures.root", lambda _: pictures(studio_server.workspace))
    push(ready, studio, Asked(Wanted(query="select face_id from faces limit 4")), PushSettings())
    table = ready.read("tasks")
    addresses = {
        task["id"]: task["data"] for project in table["project"].unique() for task in studio.tasks(int(project))
    }
    with httpx.Client(trust_env=False, headers={"Authorization": f"Token {studio_server.token}"}) as browser:
        for row in table.itertuples():
            data = addresses[row.task]
            assert set(data) == {"uid", "image"}
            assert data["image"].endswith(f"/{row.uid}.png")
            answer = browser.get(studio.url + data["image"])
            crop = ready.picture_path("faces", f"{row.face_id}.png").read_bytes()
            assert (answer.status_code, answer.content) == (200, crop)
    assert len({data["image"].rpartition("/")[0] for data in addresses.values()}) == 3


def test_pictures_of_a_strange_server(ready: Workspace, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot read the workspace's files, which is said at once."""
    monkeypatch.setattr(studio, "local", False)
    with pytest.raises(UsageError, match="cannot read its pictures"):
        push(ready, studio, ALL, PushSettings())


def test_what_was_forgotten_is_withdrawn(ready: Workspace, studio: Studio) -> None:
    """Tasks whose rows are gone are counted, deleted, and gone; all others stay, and nothing is left to withdraw."""
    push(ready, studio, ALL, INSIDE)
    tasks = ready.read("tasks")
    gone = tasks["face_id"] == tasks["face_id"].iloc[0]
    ready.replace("tasks", tasks[~gone])
    assert withdraw(ready, studio, dry_run=True).tasks == gone.sum()
    assert len(uids(studio, ready)) == len(tasks)
    assert withdraw(ready, studio, dry_run=False).tasks == gone.sum()
    assert uids(studio, ready) == sorted(tasks.loc[~gone, "uid"])
    assert withdraw(ready, studio, dry_run=True).tasks == 0
