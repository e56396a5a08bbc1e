"""From raters' answers to complete labels on a real Label Studio, by way of a senior rater."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd
import pytest

from annotate.adjudicate import adjudicate
from annotate.agreement.step import agreement
from annotate.consensus.step import consensus
from annotate.pull import pull
from annotate.push import Asked, push
from annotate.queue import plan_queue
from annotate.raters import add
from annotate.select import Wanted
from annotate.studio import Studio
from schemas.errors import UsageError
from schemas.settings import AgreementSettings, ConsensusSettings, PullSettings, PushSettings
from schemas.tables import TABLES
from tests.annotate.conftest import StudioServer, signed_up

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

ALONE = PushSettings(pictures="data-uri", raters_per_face=3, gold_share=0.0, repeat_share=0.0)
SAID = {
    **{f"{at:032x}": ("happy", "happy", "happy") for at in range(4)},
    f"{4:032x}": ("fear", "surprise", "sad"),
    f"{5:032x}": ("fear", "surprise", "angry"),
    f"{6:032x}": ("fear", "fear", "surprise"),
}
"""What the three raters say of each of seven faces: four are agreed, two tied, one is a majority."""
OPEN = [f"{4:032x}", f"{5:032x}"]


@pytest.fixture
def labelled(workspace: Workspace) -> Workspace:
    """Seven kept faces with crops of their own."""
    random = np.random.default_rng(0)
    empty = {"string": "", "bool": False}
    for name in SAID:
        crop = cv2.resize(random.integers(0, 256, (7, 7, 3), dtype=np.uint8), (64, 64))
        workspace.put_picture("faces", f"{name}.png", cv2.imencode(".png", crop)[1].tobytes())
    rows: list[dict[str, Any]] = [{"face_id": name, "image_id": name, "kept": True} for name in SAID]
    columns = TABLES["faces"].columns
    full = [{c.name: row.get(c.name, None if c.nullable else empty.get(c.type, 0)) for c in columns} for row in rows]
    workspace.replace("faces", pd.DataFrame(full, columns=TABLES["faces"].names, dtype=object))
    return workspace


def said(rater: Studio, workspace: Workspace, name: str, answers: dict[str, str]) -> list[str]:
    """Answers all tasks of a rater; gives the faces that the rater was shown."""
    tasks = workspace.read("tasks")
    mine = tasks[tasks["rater"] == name].sort_values("order")
    for face, task in zip(mine["face_id"], mine["task"], strict=True):
        region = {"from_name": "emotion", "to_name": "face", "type": "choices", "value": {"choices": [answers[face]]}}
        rater.annotate(int(task), [region], lead_time=2.0, skipped=False)
    return [str(face) for face in mine["face_id"]]


@pytest.mark.labelstudio
def test_only_open_faces_reach_the_senior_rater(
    labelled: Workspace, studio_server: StudioServer, studio: Studio, tmp_path: Path
) -> None:
    """Push, answers, pull, agreement, consensus, adjudicate, pull, consensus: every face has a label at the end."""
    before = {project.id for project in studio.projects()}
    people = {}
    for name in ("A1", "A2", "A3"):
        email = f"{name.lower()}@adjudication.example.org"
        people[name] = Studio(studio_server.url, signed_up(add(labelled, studio, name, email).link, email))
    push(labelled, studio, Asked(Wanted()), ALONE)
    for at, (name, person) in enumerate(people.items()):
        assert len(said(person, labelled, name, {face: given[at] for face, given in SAID.items()})) == len(SAID)
    pull(labelled, studio, PullSettings(), ())
    found = agreement(labelled, AgreementSettings(agreement_resamples=100))
    # Pairs of raters: 4 faces with 3 of 3, two with 0, one with 1 of 3.
    assert found["coefficients"]["observed"]["value"] == pytest.approx((4 + 1 / 3) / 7)
    assert consensus(labelled, ConsensusSettings())["statuses"]["tie"] == 2

    queue = tmp_path / "queue.csv"
    result = adjudicate(labelled, queue, show_votes=False)
    assert result["queue"] == OPEN
    email = "eve@adjudication.example.org"
    people["EVE"] = Studio(studio_server.url, signed_up(add(labelled, studio, "EVE", email).link, email))
    with pytest.raises(UsageError, match="there is no rater"):
        plan_queue(labelled, result["queue"], ["DAN"])
    assert plan_queue(labelled, result["queue"], ["EVE", "A1"]) == {"EVE": 2, "A1": 0}
    assert plan_queue(labelled, result["queue"], ["EVE"]) == {"EVE": 0}
    pushed = push(labelled, studio, Asked(Wanted(file=queue)), PushSettings(**{**vars(ALONE), "raters_per_face": 1}))
    assert pushed.as_dict()["new"] == 2
    assert said(people["EVE"], labelled, "EVE", dict.fromkeys(OPEN, "fear")) == OPEN
    pull(labelled, studio, PullSettings(), ())
    assert consensus(labelled, ConsensusSettings())["undecided"] == 0
    labels = labelled.read("labels").set_index("face_id")
    assert labels.loc[OPEN, ["label", "status"]].to_numpy().tolist() == [["fear", "adjudicated"]] * 2
    assert labels["label"].notna().all()
    for person in people.values():
        person.close()
    for project in studio.projects():
        if project.id not in before:
            studio.delete_project(project.id)
