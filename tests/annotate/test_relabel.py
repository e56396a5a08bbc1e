"""Wrong labels found by a network's doubts, sent to raters on a real Label Studio, corrected, and measured again."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import annotate.cli
import curate.cli
import evaluate.cli
from annotate.raters import add
from annotate.studio import Studio
from schemas.emotion import NAMES
from tests.annotate.conftest import StudioServer, signed_up
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.labelstudio, pytest.mark.timeout(900)]

PICTURES, EVERY = 200, 20
"""Natural faces, and of how many one label is planted wrong."""
RATERS = ("N1", "N2")


@dataclass
class Case:
    """A workspace whose labels are a crowd's, some of them planted wrong."""

    path: Path
    truth: dict[str, str]
    wrong: set[str]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs a command that must succeed; gives its result."""
    tools = {"annotate": annotate.cli.main, "curate": curate.cli.main, "evaluate": evaluate.cli.main}

    def run(tool: str, *words: object) -> dict[str, Any]:
        monkeypatch.setattr(sys, "argv", [tool, *map(str, words), "--json"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            tools[tool]()
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        result: dict[str, Any] = json.loads(printed.out)
        return result

    return run


@pytest.fixture
def case(shared_data: Path, tmp_path: Path, call: Callable[..., dict[str, Any]]) -> Case:
    """Natural faces run through curate; the crowd's labels imported, one in twenty of them the next class."""
    with (shared_data / "natural_faces" / "labels.csv").open(newline="") as file:
        labels = {name: label for name, label in csv.reader(file) if label in NAMES}
    names = sorted(labels)[:: len(labels) // PICTURES]
    (tmp_path / "raw").mkdir()
    for name in names:
        (tmp_path / "raw" / name).symlink_to(shared_data / "natural_faces" / "images" / name)
    path = tmp_path / "ws"
    call("curate", "run", tmp_path / "raw", "--in-place", "--workspace", path)
    workspace = Workspace.open(path)
    named = {row["image_id"]: row["source"].rpartition("/")[2] for row in workspace.read_arrow("sources").to_pylist()}
    kept = [row for row in workspace.read_arrow("faces").to_pylist() if row["kept"]]
    truth = {row["face_id"]: labels[named[row["image_id"]]] for row in kept}
    wrong = set(sorted(truth)[::EVERY])
    rows = [f"{face},{_next(label) if face in wrong else label}" for face, label in sorted(truth.items())]
    (tmp_path / "crowd.csv").write_text("\n".join(["face_id,label", *rows]))
    call("annotate", "import", tmp_path / "crowd.csv", "--rater", "crowd", "--workspace", path)
    call("annotate", "consensus", "--min-raters", "1", "--workspace", path)
    return Case(path, truth, wrong)


@pytest.fixture
def raters(case: Case, studio_environment: StudioServer, studio: Studio) -> Iterator[dict[str, Studio]]:
    """Two people who have joined; what they were given is removed afterwards."""
    before = {project.id for project in studio.projects()}
    workspace, joined = Workspace.open(case.path), {}
    for rater in RATERS:
        email = f"{rater.lower()}@relabel.example.org"
        token = signed_up(add(workspace, studio, rater, email).link, email)
        joined[rater] = Studio(studio_environment.url, token)
    yield joined
    for connection in joined.values():
        connection.close()
    for project in studio.projects():
        if project.id not in before:
            studio.delete_project(project.id)


def test_look_relabel_evaluate_again(
    case: Case,
    raters: dict[str, Studio],
    studio: Studio,
    call: Callable[..., dict[str, Any]],
    tmp_path: Path,
) -> None:
    """The planted labels in the queue are corrected, no other label changes, and the difference is told as it is."""
    here = ("--model", "pretrained", "--split", "all", "--workspace", case.path)
    few = ("--no-figures", "--resamples", "100", "--robustness-faces", "0", "--cell-faces", "0")
    before = call("evaluate", "run", *here, *few, "--out", tmp_path / "before")
    doubts = call("evaluate", "doubts", *here, "--doubt-faces", "40", "--out", tmp_path / "doubts.csv")
    with (tmp_path / "doubts.csv").open(newline="") as file:
        queue = [row["face_id"] for row in csv.DictReader(file)]
    found = case.wrong & set(queue)
    assert doubts["queued"] == len(queue) <= 40
    assert len(found) >= len(case.wrong) / 3, "40 of some 190 faces, drawn at random, hold a fifth of them"

    blind = ("--raters-per-face", "2", "--gold-share", "0", "--repeat-share", "0", "--pictures", "data-uri")
    call("annotate", "push", "--faces", tmp_path / "doubts.csv", *blind, "--workspace", case.path)
    workspace = Workspace.open(case.path)
    faces = {row["uid"]: row["face_id"] for row in workspace.read_arrow("tasks").to_pylist()}
    for row in workspace.read_arrow("raters").to_pylist():
        for task in studio.tasks(row["project"]):
            label = case.truth[faces[task["data"]["uid"]]]
            raters[row["rater"]].annotate(task["id"], [picked(name, value) for name, value in answer(label)])
    pulled = call("annotate", "pull", "--workspace", case.path)
    assert (pulled["new"], pulled["refused"]) == (2 * len(queue), 0)
    call("annotate", "consensus", "--min-raters", "1", "--workspace", case.path)

    after = call("evaluate", "run", *here, *few, "--out", tmp_path / "after")
    changes = call("evaluate", "changes", tmp_path / "before" / "results.json", tmp_path / "after")
    assert (changes["faces"], changes["relabelled"], changes["answers_changed"]) == (len(case.truth), len(found), 0)
    labels = {row["face_id"]: row["label"] for row in workspace.read_arrow("labels").to_pylist()}
    assert {face for face, label in labels.items() if label != case.truth[face]} == case.wrong - found
    rose = changes["right_now"] - changes["wrong_now"]
    accuracies = [one["result"]["accuracy"]["value"] for one in (before, after)]
    assert accuracies[1] - accuracies[0] == pytest.approx(rose / len(case.truth))
    assert rose > 0


def _next(label: str) -> str:
    return NAMES[(NAMES.index(label) + 1) % len(NAMES)]


def answer(label: str) -> list[tuple[str, str]]:
    """What a rater chooses on the page who is sure of a label."""
    return [("emotion", label), ("intensity", "4"), ("confidence", "5")]


def picked(name: str, value: str) -> dict[str, Any]:
    """The choice of a value, as the labelling page sends it."""
    return {"from_name": name, "to_name": "face", "type": "choices", "value": {"choices": [value]}}
