"""The command `evaluate run`, with a real network on a real file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from schemas.emotion import NAMES

ROOT = Path(__file__).parent.parent.parent
CENTRES = (2 * np.arange(7) + 1) / 14
"""Mean brightness, 0 to 1, that the network below takes for each class."""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Tells the class by the brightness: the softmax of 200 (2 m c - c²) is greatest at the centre next to the mean."""
    weights = {"w": 400 * CENTRES[None], "b": -200 * CENTRES**2}
    tensors = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()]
    axes = numpy_helper.from_array(np.array([1, 2], np.int64), "axes")
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["mw"]),
        helper.make_node("Add", ["mw", "b"], ["z"]),
        helper.make_node("Softmax", ["z"], ["y"]),
    ]
    takes = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 48, 48, 1])
    gives = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 7])
    graph = helper.make_graph(nodes, "brightness", [takes], [gives], [*tensors, axes])
    path = tmp_path / "brightness.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    card = {
        "format": 1,
        "classes": list(NAMES),
        "input": {"height": 48, "width": 48, "channels": 1, "low": 0, "high": 1},
    }
    (tmp_path / "brightness.card.json").write_text(json.dumps(card))
    return path


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Two test faces and one validation face of each class, as bright as the network wants; two bear a wrong label."""
    rows = ["emotion,pixels,Usage"]
    for usage, times in (("PrivateTest", 2), ("PublicTest", 1)):
        for label in range(7):
            for time in range(times):
                grey = round(255 * CENTRES[label]) + time
                said = 2 if (usage, label, time) in {("PrivateTest", 5, 0), ("PrivateTest", 5, 1)} else label
                rows.append(f"{said},{' '.join([str(grey)] * 2304)},{usage}")
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def evaluate(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    command = [sys.executable, "-m", "evaluate", *arguments]
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(where)}
    return subprocess.run(command, capture_output=True, text=True, cwd=where, env=environment, check=False)


def test_from_files_to_report(network: Path, faces: Path, tmp_path: Path) -> None:
    """Without a command's name; 12 of 14 faces of the test split are right, and both errors are fear as surprise."""
    done = evaluate("--model", network.name, "--data", faces.name, "--resamples", "100", where=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("brightness recognises 85.7 % of 14 faces (95 % interval 60.1 to 96.0)")
    assert "most confused: fear as surprise 2" in done.stdout
    found = json.loads((tmp_path / "evaluation" / "results.json").read_text())
    assert found["protocol"]["data"]["split"] == "test"
    assert found["result"]["temperature"]["fitted_on"] == 7
    assert "brightness recognises 85.7 %" in (tmp_path / "evaluation" / "report.html").read_text()
    again = evaluate("--model", network.name, "--data", faces.name, "--resamples", "100", "--json", where=tmp_path)
    assert json.loads(again.stdout) == found


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--data", "nowhere.csv"], "there is no nowhere.csv"),
        ([], "is not a workspace"),
        (["--data", "fer2013.csv", "--split", "train"], "no face in the split train"),
        (["--data", "fer2013.csv", "--out", "."], "exists and holds no results.json"),
    ],
)
def test_what_cannot_be_done(network: Path, faces: Path, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    """One line of what is wrong and one of what to do, and nothing is written."""
    done = evaluate("--model", network.name, *arguments, where=tmp_path)
    assert done.returncode in (1, 2)
    assert complaint in done.stderr
    assert "fix: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "evaluation").exists()
