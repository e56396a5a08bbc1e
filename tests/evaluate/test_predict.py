"""From kept faces to the table `predictions`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd
import pytest

from evaluate import predict as module
from evaluate.predict import predict
from schemas.emotion import NAMES
from schemas.errors import WorkspaceError
from schemas.settings import PredictSettings, make
from schemas.tables import FACES
from workspace.lineage import lines
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAID = make(PredictSettings, {"input_scaling": "unit", "label_order": ",".join(NAMES)})
VALUES = {"string": "", "bool": False, "int16": 0, "int32": 0, "int64": 0, "float32": 0.0, "uint64": 0}


def with_faces(workspace: Workspace, levels: dict[str, int]) -> Workspace:
    """Kept faces of one grey level each, and a face that is out."""
    rows: list[dict[str, Any]] = []
    for face_id, level in {**levels, "f" * 32: 0}.items():
        row = {column.name: None if column.nullable else VALUES[column.type] for column in FACES.columns}
        rows.append(row | {"face_id": face_id, "kept": face_id in levels})
        _, png = cv2.imencode(".png", np.full((48, 48), level, np.uint8))
        workspace.put_picture("grey", f"{face_id}.png", png.tobytes(), replace=True)
    frame = pd.DataFrame(rows).astype(dict.fromkeys(("rank",), "int16"))
    workspace.replace("faces", frame)
    return workspace


@pytest.fixture
def levels() -> dict[str, int]:
    """face_id -> grey level."""
    return {f"{number:032x}": level for number, level in enumerate((0, 51, 255, 102, 204))}


def test_a_row_for_each_kept_face(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path]
) -> None:
    """A white face's probabilities are softmax(0 … 6), a black face's 1/7 each; the face that is out has no row."""
    counts = predict(with_faces(workspace, levels), str(small_network()), SAID)
    table = workspace.read("predictions").set_index("face_id")
    assert sorted(table.index) == sorted(levels)
    powers = np.exp(np.arange(7))
    columns = [f"p_{name}" for name in NAMES]
    white, black = f"{2:032x}", f"{0:032x}"
    np.testing.assert_allclose(table.loc[white, columns].to_numpy(float), powers / powers.sum(), rtol=1e-5)
    np.testing.assert_allclose(table.loc[black, columns].to_numpy(float), np.full(7, 1 / 7), rtol=1e-6)
    assert table.loc[[white, black], "label"].tolist() == ["neutral", "angry"]
    assert counts["in"] == 5
    assert counts["labels"]["neutral"] == 4
    assert counts["model"].startswith("small@")


def test_again_it_does_nothing(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path]
) -> None:
    """The same network on the same faces: no second line in the log, and the same answer."""
    path = str(small_network())
    first = predict(with_faces(workspace, levels), path, SAID)
    assert predict(workspace, path, SAID) == first
    assert [line["step"] for line in lines(workspace)] == ["predict"]


def test_other_networks_keep_their_rows(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path]
) -> None:
    """Two networks, two rows a face."""
    with_faces(workspace, levels)
    predict(workspace, str(small_network("a.onnx")), SAID)
    predict(workspace, str(small_network("b.onnx", weights=(6, 5, 4, 3, 2, 1, 0))), SAID)
    assert workspace.read("predictions")["model"].str.split("@").str[0].value_counts().to_dict() == {"a": 5, "b": 5}


def test_rows_of_faces_that_are_out_go(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path]
) -> None:
    """A face that is kept no longer has no prediction."""
    path = str(small_network())
    predict(with_faces(workspace, levels), path, SAID)
    left = dict(list(levels.items())[:2])
    predict(with_faces(workspace, left), path, SAID)
    assert workspace.read("predictions")["face_id"].tolist() == sorted(left)


def test_shards_do_not_show(
    workspace: Workspace,
    levels: dict[str, int],
    small_network: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The table is the same to the bit, however many faces are computed at once."""
    path = str(small_network())
    predict(with_faces(workspace, levels), path, SAID)
    monkeypatch.setattr(module, "_SHARD", 2)
    other = with_faces(Workspace.open(tmp_path / "other", create=True), levels)
    predict(other, path, SAID)
    assert other.digest("predictions") == workspace.digest("predictions")


def test_a_run_that_was_stopped_is_taken_up(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finished shards are not computed again, and the crops of theirs are not even opened."""
    monkeypatch.setattr(module, "_SHARD", 2)
    path = str(small_network())
    with_faces(workspace, levels)
    last = workspace.picture_path("grey", f"{4:032x}.png")
    data = last.read_bytes()
    monkeypatch.setattr(module, "_spread", lambda ids: ids[:4])
    last.unlink()
    with pytest.raises(WorkspaceError, match="cannot be read"):
        predict(workspace, path, SAID)
    assert len(workspace.staged("predictions")) == 2
    last.write_bytes(data)
    workspace.picture_path("grey", f"{0:032x}.png").write_bytes(b"")
    monkeypatch.setattr(module, "_spread", lambda ids: ids[2:])
    assert predict(workspace, path, SAID)["in"] == 5
    assert workspace.rows("predictions") == 5


def test_no_faces(workspace: Workspace, small_network: Callable[..., Path]) -> None:
    """A workspace without kept faces says what to run."""
    with pytest.raises(WorkspaceError, match="no kept faces") as raised:
        predict(workspace, str(small_network()), SAID)
    assert "curate run" in raised.value.fix


def test_a_crop_that_is_missing(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path]
) -> None:
    """It is named, and the step that makes it."""
    with_faces(workspace, levels)
    workspace.picture_path("grey", f"{3:032x}.png").unlink()
    with pytest.raises(WorkspaceError, match=f"{3:032x}.png cannot be read") as raised:
        predict(workspace, str(small_network()), SAID)
    assert raised.value.fix == "run `curate faces`"


def test_the_command(
    workspace: Workspace,
    levels: dict[str, int],
    small_network: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`evaluate predict --json` prints what scripts need, on stdout alone."""
    from evaluate.cli import main

    with_faces(workspace, levels)
    flags = ["--input-scaling", "unit", "--label-order", ",".join(NAMES), "--json"]
    call = ["evaluate", "predict", "--model", str(small_network()), "--workspace", str(workspace.path), *flags]
    monkeypatch.setattr("sys.argv", call)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["in"] == 5
    assert printed["engine"] == "onnxruntime"


def test_log_says_how_often_a_face_was_seen(
    workspace: Workspace, levels: dict[str, int], small_network: Callable[..., Path]
) -> None:
    """The log names test-time augmentation, and predicting with another is no repetition."""
    path = str(small_network())
    with_faces(workspace, levels)
    for way in ("none", "mirror", "mirror"):
        predict(workspace, path, dataclasses.replace(SAID, test_time=way))
    assert [line["settings"]["test_time"] for line in lines(workspace)] == ["none", "mirror"]
