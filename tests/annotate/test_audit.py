"""Leaks that are planted on a real Label Studio, and found."""

from __future__ import annotations

import base64
import io
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from annotate.audit import Audit, audit_blind, text
from annotate.push import Asked, push
from annotate.raters import add
from annotate.select import Wanted
from annotate.studio_files import pictures
from schemas.errors import WorkspaceError
from schemas.settings import PushSettings
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annotate.studio import Studio
    from workspace.store import Workspace

pytestmark = pytest.mark.labelstudio
SAD = {"from_name": "emotion", "to_name": "face", "type": "choices", "value": {"choices": ["sad"]}}


@pytest.fixture
def address() -> str:
    """An address that nobody has signed up with."""
    return f"{secrets.token_hex(8)}@example.org"


@pytest.fixture
def pushed(workspace: Workspace, studio: Studio, address: str) -> Iterator[Workspace]:
    """Six faces for one rater, pictures inside the tasks; the project is removed afterwards."""
    names = [f"{number:032x}" for number in range(6)]
    random = np.random.default_rng(0)
    for name in names:
        crop = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        workspace.put_picture("faces", f"{name}.png", cv2.imencode(".png", crop)[1].tobytes())
    filler = {"string": "", "bool": False, "binary": b""}
    given = {
        column.name: [None if column.nullable else filler.get(column.type, 0)] * 6 for column in TABLES["faces"].columns
    }
    workspace.replace("faces", pd.DataFrame({**given, "face_id": names, "image_id": names, "kept": [True] * 6}))
    add(workspace, studio, "R1", address)
    push(workspace, studio, Asked(Wanted()), PushSettings(pictures="data-uri", raters_per_face=1, repeat_share=0.0))
    yield workspace
    studio.delete_project(int(workspace.read("raters")["project"][0]))


def found(audit: Audit) -> Counter[str]:
    """How many findings of each kind."""
    return Counter(finding.kind for finding in audit.findings)


def picture_with_text() -> bytes:
    """A PNG that names its source."""
    info, file = PngInfo(), io.BytesIO()
    info.add_text("Source", "kdef/sad/AF01SAS.JPG")
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def test_a_push_is_blind(pushed: Workspace, studio: Studio) -> None:
    """What mien itself put there has no finding."""
    audit = audit_blind(pushed, studio)
    assert (audit.findings, audit.projects, audit.tasks, audit.pictures) == ([], 1, 6, 6)
    assert "blind: nothing was found" in text(audit)


def test_planted_leaks_are_found(pushed: Workspace, studio: Studio, studio_server: Any) -> None:
    """One of each kind: in the project's texts, its settings, its tasks, its answers and the picture files."""
    table = pushed.read("tasks")
    project, tasks = int(table["project"][0]), [int(task) for task in table["task"]]
    here = studio.project(project)
    client: Any = studio.client
    studio.update_project(
        project,
        title="Sad faces of KDEF",
        description="test split",
        label_config=here.label_config.strip().removesuffix("</View>") + '<Header value="the model says sad"/></View>',
        expert_instruction="Most of these are sad.",
        show_annotation_history=True,
    )
    data = {task["id"]: task["data"] for task in studio.tasks(project)}
    uri = "data:image/png;base64," + base64.b64encode(picture_with_text()).decode()
    for task, change in (
        (tasks[0], {"label": "sad"}),
        (tasks[1], {"image": "/data/local-files/?d=kdef/sad/AF01SAS.JPG"}),
        (tasks[2], {"uid": str(table["face_id"][2])}),
        (tasks[3], {"image": uri}),
    ):
        client.tasks.update(str(task), data={**data[task], **change})
    client.predictions.create(task=tasks[4], model_version="vgg@0123", result=[SAD])
    client.annotations.create(tasks[5], result=[SAD], ground_truth=True)
    client.annotations.create(tasks[5], result=[SAD])
    folder = pictures(pushed) / "sad"
    folder.mkdir(parents=True)
    (folder / "AF01SAS.png").write_bytes(picture_with_text())
    client.views.create(project=project, data={"title": "sad ones"})
    served = pictures(studio_server.workspace) / "kdef"
    served.mkdir(parents=True, exist_ok=True)
    client.import_storage.local.create(project=project, path=str(served), title="KDEF")
    audit = audit_blind(pushed, studio)
    assert found(audit) == {
        "title": 1,
        "description": 1,
        "page": 1,
        "instruction": 1,
        "setting": 1,
        "storage": 1,
        "tab": 1,
        "data-key": 1,
        "address": 1,
        "uid": 1,
        "metadata": 2,
        "prediction": 1,
        "mark": 1,
        "picture-name": 1,
    }
    assert {finding.what for finding in audit.findings if finding.kind == "prediction"} == {"vgg@0123: sad"}


def test_answers_of_others_are_found(pushed: Workspace, studio: Studio, join: Any, address: str) -> None:
    """In the rater's own project there is nobody else's answer to see."""
    join(address)
    studio.annotate(int(pushed.read("tasks")["task"][0]), [SAD])
    assert found(audit_blind(pushed, studio)) == {"answer": 1}


def test_nothing_pushed(workspace: Workspace, studio: Studio) -> None:
    """There is nothing to look at, which is not the same as being blind."""
    with pytest.raises(WorkspaceError, match="no task was pushed"):
        audit_blind(workspace, studio)
