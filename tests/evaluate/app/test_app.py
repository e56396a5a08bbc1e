"""The App as a whole: a real FiftyOne on a real mongod, one session for all that can share it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd
import pytest

from evaluate.app.mongod import free_port
from evaluate.app.server import POLICY
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chromium import Tab

pytestmark = [pytest.mark.mongod, pytest.mark.timeout(900)]

VALUES = {"string": "", "bool": False, "int8": 0, "int16": 0, "int32": 0, "int64": 0, "float32": 0.0, "uint64": 0}
FACES = [
    ("a" * 32, 0, "angry"),
    ("b" * 32, 255, "surprise"),
    ("c" * 32, 255, "fear"),
    ("d" * 32, 255, "fear"),
    ("e" * 32, 255, "angry"),
    ("f" * 32, 255, "angry"),
    ("0" * 32, 255, "angry"),
]
"""face_id, grey level, declared label. The network calls what is black angry and what is white surprise."""
ORDER = ("angry", "disgust", "fear", "happy", "sad", "neutral", "surprise")
"""Of the network's outputs."""


def table(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; columns that a row does not name are empty."""
    columns = TABLES[name].columns
    empty = {one.name: None if one.nullable else VALUES.get(one.type, b"") for one in columns}
    kinds = {one.name: one.type for one in columns if one.type.startswith(("int", "uint")) and not one.nullable}
    workspace.replace(name, pd.DataFrame([empty | row for row in rows]).astype(kinds))


def picture(level: int, side: int) -> bytes:
    """A PNG of one grey."""
    return bytes(cv2.imencode(".png", np.full((side, side), level, np.uint8))[1])


def label(workspace: Workspace, names: list[str]) -> None:
    """Declares a label for each face's photograph."""
    rows = [
        {"source": f"raw/{face[0]}.png", "image_id": face[0] * 64, "kind": "photograph", "label": name}
        for (face, _, _), name in zip(FACES, names, strict=True)
    ]
    table(workspace, "sources", rows)


class Session:
    """A running `evaluate app` or `evaluate view`."""

    def __init__(self, workspace: Workspace, name: str, *flags: str) -> None:
        self.port = free_port()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FIFTYONE_")}
        self.command = [sys.executable, "-m", "evaluate"]
        command = [*self.command, name, "--json", "-w", str(workspace.path), "--app-port", str(self.port), *flags]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(self.process.stdout.readline())
            if not lines[-1]:
                pytest.fail(self.process.communicate()[1])
        self.said = json.loads("".join(lines))
        self.home = workspace.path / "cache" / "app"
        self.data = self.said["address"].rpartition("/")[2].partition("?")[0]

    def crops(self) -> Any:
        """What the database has of each face's crop, by face_id."""
        import pymongo

        with pymongo.MongoClient(json.loads((self.home / "open.json").read_text())["database"]) as client:
            database: Any = client["fiftyone"]
            data = database["datasets"].find_one({"name": self.data})
            rows = database[data["sample_collection_name"]].find({"group.name": "face"})
            return {row["face_id"]: row for row in rows}

    def tag(self, face_id: str, *words: str) -> None:
        """Puts words on a face by the request that the App's page sends."""
        body = {
            "dataset": self.data,
            "view": [],
            "filters": {},
            "sample_ids": [str(self.crops()[face_id]["_id"])],
            "target_labels": False,
            "changes": dict.fromkeys(words, True),
            "modal": False,
        }
        data, headers = json.dumps(body).encode(), {"content-type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/tag", data, headers)
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 - our own address
            assert answer.status == 200

    def mongod(self) -> list[int]:
        """Process ids of servers on this workspace's database."""
        wanted = os.fsencode(self.home / "db")
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"mongod") and wanted in words:
                found.append(int(path.parent.name))
        return found


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Seven faces, each in a photograph of its own."""
    workspace = Workspace.open(tmp_path_factory.mktemp("app") / "ws", create=True)
    images = [
        {"image_id": face[0] * 64, "format": "png", "mode": "L", "width": 200, "height": 100, "thumbnail": b"0"}
        for face, _, _ in FACES
    ]
    table(workspace, "images", images)
    box = {"left": 20.0, "top": 10.0, "right": 60.0, "bottom": 60.0, "score": 0.9}
    faces = [{"face_id": face, "image_id": face[0] * 64, "kept": True, **box} for face, _, _ in FACES]
    table(workspace, "faces", faces)
    label(workspace, [name for _, _, name in FACES])
    for face, level, _ in FACES:
        workspace.put_picture("originals", f"{face[0] * 64}.png", picture(level, 100))
        workspace.put_picture("faces", f"{face}.png", picture(level, 64))
        workspace.put_picture("grey", f"{face}.png", picture(level, 48))
    return workspace


def network(folder: Path) -> list[str]:
    """Flags that name a network whose answer grows with the mean grey level: softmax of 0, m, 2m … 6m."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    values = {"w": np.arange(7, dtype=np.float32)[None], "axes": np.array([1, 2, 3]), "one": np.array([-1, 1])}
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"]),
        helper.make_node("Reshape", ["mean", "one"], ["column"]),
        helper.make_node("MatMul", ["column", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["y"], axis=-1),
    ]
    ends = [("x", ["n", 48, 48, 1]), ("y", ["n", 7])]
    one, other = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends)
    weights = [numpy_helper.from_array(value, name) for name, value in values.items()]
    graph = helper.make_graph(nodes, "small", [one], [other], weights)
    path = folder / "small.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return ["--model", str(path), "--input-scaling", "unit", "--label-order", ",".join(ORDER)]


@pytest.fixture(scope="module")
def session(labelled: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The App on it, at its first start."""
    if importlib.util.find_spec("fiftyone") is None:
        pytest.skip("FiftyOne is not installed: uv sync --extra evaluate")
    found = Session(labelled, "app", *network(tmp_path_factory.mktemp("network")))
    yield found
    found.process.kill()
    found.process.communicate()


def test_first_start(session: Session) -> None:
    """All faces are new; black is answered angry, white surprise, so that two faces of fear are taken for surprise."""
    assert session.said["changes"] == {"added": 7, "changed": 0, "removed": 0, "unchanged": 0}
    assert [view for view in session.said["views"] if "-as-" in view] == ["angry-as-surprise", "fear-as-surprise"]
    (run,) = session.said["evaluations"]
    right = {face: row[run] for face, row in session.crops().items()}
    assert {face[0] for face, good in right.items() if good} == {"a", "b"}
    assert len(session.said["planes"]) == 1


def test_figures_of_a_face(session: Session) -> None:
    """White: softmax(0 … 6) has its greatest share, 0.6327, at surprise; its entropy gives the rest."""
    row = session.crops()["c" * 32]
    name = session.said["evaluations"][0].removesuffix("_train").removesuffix("_all")
    assert row[name]["label"] == "surprise"
    assert row[name]["confidence"] == pytest.approx(0.6327, abs=1e-4)
    powers = np.exp(np.arange(7))
    shares = powers / powers.sum()
    entropy = -(shares * np.log(shares)).sum()
    assert row[name]["hardness"] == pytest.approx(entropy, abs=1e-3)
    assert row[name]["mistakenness"] == pytest.approx((1 + np.exp(-entropy)) / 2, abs=1e-3)


def test_the_page_may_ask_nobody_else(session: Session) -> None:
    """The policy comes with the page."""
    with urllib.request.urlopen(session.said["address"], timeout=300) as answer:  # noqa: S310 - as above
        assert answer.headers["content-security-policy"] == POLICY


def test_tags_come_back(session: Session, labelled: Workspace, tmp_path: Path) -> None:
    """A tag lies in the table; one that names an expression puts the face on the list; labels stay as they are."""
    session.tag("d" * 32, "blurred", "surprise")
    out = tmp_path / "relabelled.csv"
    command = [*session.command, "pull-tags", "-w", str(labelled.path), "--out", str(out)]
    subprocess.run(command, env=session.environment, check=True)
    assert labelled.read("tags").to_numpy().tolist() == [["d" * 32, "blurred"], ["d" * 32, "surprise"]]
    assert out.read_text() == f"face_id,label,relabelled\n{'d' * 32},fear,surprise\n"
    assert not labelled.has("annotations")


MIDDLE = """(() => {
  const found = %s;
  if (!found) return null;
  const box = found.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""
"""The middle of an element, as JavaScript."""
CHECKBOX = """(() => {
  const box = document.querySelector('[data-cy=looker]')?.getBoundingClientRect();
  return box && [box.x + 14, box.y + 14];
})()"""
CELL = """(() => {
  const matrix = [...document.querySelectorAll('.js-plotly-plot')].find(one => one.data?.[0]?.type === 'heatmap');
  if (!matrix) return null;
  const area = matrix.querySelector('.nsewdrag'), {xaxis, yaxis} = matrix._fullLayout;
  area.scrollIntoView({block: 'center'});
  const box = area.getBoundingClientRect();
  const place = [box.x + xaxis.d2p('surprise'), box.y + yaxis.d2p('angry')];
  return document.elementFromPoint(...place) === area ? place : null;
})()"""
"""Where angry taken for surprise is in the panel's confusion matrix, once nothing lies over it."""


def says(pattern: str) -> str:
    """Whether the page shows a text, as JavaScript."""
    return f"/{pattern}/.test(document.body.innerText)"


@pytest.mark.chromium
def test_in_a_browser(session: Session, labelled: Workspace, tab: Tab, tmp_path: Path) -> None:
    """A view opens on its two faces; the tag given to the first comes back; a cell of three shows three of seven."""
    tab.open(f"{session.said['address']}?view=fear-as-surprise", 1900, 950)
    tab.until(says(r"\b2 groups"), 300)
    tab.press_until(
        CHECKBOX, "[...document.querySelectorAll('[data-cy^=looker-checkbox-input]')].some(one => one.checked)"
    )
    field = "document.querySelector('input[placeholder*=\"tag selected sample\"]')"
    tab.press_until(MIDDLE % "document.querySelector('[data-cy=action-tag-sample-labels]')", f"!!{field}")
    tab.value(f"{field}.focus()")
    tab.ask("Input.insertText", text="happy")
    tab.press("Enter")
    apply = "[...document.querySelectorAll('span')].find(one => one.textContent === 'Apply')"
    tab.until(f"!!{apply}")
    tab.press_until(MIDDLE % apply, f"!{apply}")
    out = tmp_path / "relabelled.csv"
    command = [*session.command, "pull-tags", "-w", str(labelled.path), "--out", str(out)]
    subprocess.run(command, env=session.environment, check=True)
    tagged = labelled.read("tags")
    (face,) = tagged[tagged["tag"] == "happy"]["face_id"]
    assert face in {"c" * 32, "d" * 32}
    assert f"{face},fear,happy" in out.read_text()

    tab.open(f"{session.said['address']}?workspace=evaluation", 1900, 950)
    (run,) = session.said["evaluations"]
    card = f"""[...document.querySelectorAll('*')].find(
        one => !one.children.length && one.textContent === '{run}' && one.getBoundingClientRect().x > 900)"""
    tab.until(f"!!{card}", 300)
    tab.press_until(MIDDLE % card, "!!document.querySelector('.js-plotly-plot')")
    title = """[...document.querySelectorAll('*')].find(
        one => !one.children.length && one.textContent === 'Confusion Matrices')"""
    tab.press_until(MIDDLE % title, f"!!{CELL}")
    tab.press_until(CELL, says(r"\b3 samples"))


def test_sigterm_then_what_changed_then_a_killed_database(session: Session, labelled: Workspace) -> None:
    """It ends well and leaves no mongod; a second start changes the one face; without its database it says so."""
    assert session.mongod()
    session.process.send_signal(signal.SIGTERM)
    assert session.process.wait(300) == 0
    assert session.mongod() == []
    label(labelled, ["angry", "surprise", "neutral", "fear", "angry", "angry", "angry"])
    again = Session(labelled, "view")
    try:
        assert again.said["changes"] == {"added": 0, "changed": 1, "removed": 0, "unchanged": 6}
        crops = again.crops()
        assert crops["c" * 32]["ground_truth"]["label"] == "neutral"
        assert crops["d" * 32]["tags"][:2] == ["blurred", "surprise"]
        assert again.said["address"].endswith("?workspace=evaluation")
        for pid in again.mongod():
            os.kill(pid, signal.SIGKILL)
        said = again.process.communicate(timeout=300)[1]
        assert again.process.returncode == 1
        assert "mongod, has ended" in said
        assert "fix:" in said
    finally:
        again.process.kill()
        again.process.communicate()
