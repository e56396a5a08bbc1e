"""The commands `evaluate predict` on photographs and `evaluate probe`, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from curate.demo.photographs import photograph_bytes
from schemas.emotion import NAMES
from tests.evaluate.test_cli_run import CENTRES, network  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent


def evaluate(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    command = [sys.executable, "-m", "evaluate", *arguments]
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(where)}
    return subprocess.run(command, capture_output=True, text=True, cwd=where, env=environment, check=False)


def said(done: subprocess.CompletedProcess[str], what: str, fix: str) -> bool:
    """Whether an error and what to do about it were printed, and no traceback."""
    lines = done.stderr.strip().splitlines()
    return lines[-2].startswith("error: ") and what in lines[-2] and lines[-1].startswith("fix: ") and fix in lines[-1]


@pytest.fixture
def flags(small_network: Callable[..., Path]) -> list[str]:
    """A network that calls everything but black neutral, and what must be said of it."""
    return ["--model", str(small_network()), "--input-scaling", "unit", "--label-order", ",".join(NAMES)]


def test_a_photograph(tmp_path: Path, flags: list[str]) -> None:
    """Without a workspace: the face's seven probabilities on stdout, the rest in the folder."""
    (tmp_path / "astronaut.png").write_bytes(photograph_bytes()["astronaut.png"])
    done = evaluate("predict", "astronaut.png", *flags, where=tmp_path)
    assert done.returncode == 0, done.stderr
    first, head, row, folder = done.stdout.splitlines()
    assert first == "astronaut.png: 1 face"
    assert head.split() == ["face", "expression", *NAMES, "pixels"]
    assert row.split()[:2] == ["1", "neutral"]
    assert folder == "recognised"
    assert sorted(path.name for path in (tmp_path / "recognised").iterdir()) == [
        "astronaut.png.faces.png",
        "faces.csv",
        "faces.json",
    ]
    again = evaluate("predict", "astronaut.png", *flags, "--out", "other", "--json", where=tmp_path)
    assert again.stdout.strip() == json.dumps(
        json.loads((tmp_path / "recognised" / "faces.json").read_text()), ensure_ascii=False, indent=2
    )


def test_settings_of_the_workspace_hold(tmp_path: Path, flags: list[str]) -> None:
    """Where a workspace lies, its faces are framed as it says."""
    (tmp_path / "astronaut.png").write_bytes(photograph_bytes()["astronaut.png"])
    (tmp_path / "mien-workspace").mkdir()
    (tmp_path / "mien-workspace" / "workspace.toml").write_text("format = 1\n[faces]\ngrey_margin = 1.5\n")
    done = evaluate("predict", "astronaut.png", *flags, "--json", where=tmp_path)
    assert "margin=1.5" in json.loads(done.stdout)["crops"], done.stderr


def test_a_truncated_video_fails_after_what_it_gave(tmp_path: Path, flags: list[str]) -> None:
    """The timeline of what there was is printed and written, and the exit status says that it is not the whole."""
    import cv2

    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(20):
        writer.write(np.full((120, 160, 3), 90, np.uint8))
    writer.release()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = evaluate("predict", "film.avi", *flags, where=tmp_path)
    assert done.returncode == 1
    assert "no face found" in done.stdout
    assert said(done, "film.avi: the file ends before the video does", "fetch the video again")
    assert (tmp_path / "recognised" / "film.avi.timeline.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "status", "what", "fix"),
    [
        (["nowhere.jpg"], 1, "there is no nowhere.jpg", "check the path"),
        (["note.jpg", "nowhere.jpg"], 1, "there is no nowhere.jpg", "check the path"),
        (["--out", "here"], 2, "--out goes with a photograph", "leave --out away"),
        (["note.jpg"], 1, "note.jpg: ", "its content is no picture"),
        (["note.jpg", "--arithmetic", "int8"], 2, "int8 takes its ranges", "float32"),
        (["note.jpg", "--detector", "yunet"], 2, "needs its weights", "--detector-weights"),
    ],
)
def test_wrong_calls(tmp_path: Path, flags: list[str], arguments: list[str], status: int, what: str, fix: str) -> None:  # noqa: PLR0913, PLR0917 - a case
    """Each is an error that says what to do, before anything is written."""
    (tmp_path / "note.jpg").write_text("no picture")
    done = evaluate("predict", *arguments, *flags, where=tmp_path)
    assert done.returncode == status, done.stderr
    assert said(done, what, fix), done.stderr
    assert not (tmp_path / "recognised").exists()


def test_a_missing_network_is_told_at_once(tmp_path: Path) -> None:
    """Before any face is looked for."""
    (tmp_path / "note.jpg").write_text("no picture")
    done = evaluate("predict", "note.jpg", "--model", "none.keras", where=tmp_path)
    assert done.returncode == 1
    assert "none.keras" in done.stderr
    assert "note.jpg" not in done.stderr


def test_probe(tmp_path: Path, network: Path) -> None:  # noqa: F811 - the fixture
    """A network without a card that tells the class by the brightness: the probe prints the flags that it wants."""
    network.with_name("brightness.card.json").unlink()
    rows = ["emotion,pixels,Usage"]
    for label in range(7):
        grey = round(255 * CENTRES[label])
        rows += [f"{label},{' '.join([str(grey + time % 3)] * 2304)},Training" for time in range(30)]
    (tmp_path / "faces.csv").write_text("\n".join(rows) + "\n")
    done = evaluate("probe", "--model", network.name, "--data", "faces.csv", where=tmp_path)
    assert done.returncode == 0, done.stderr
    first, flags = done.stdout.strip().splitlines()
    assert first.startswith("of 210 labelled faces 100.0% ")
    assert flags == f"--input-scaling unit --label-order {','.join(NAMES)}"
    found = json.loads(
        evaluate("probe", "--model", network.name, "--data", "faces.csv", "--json", where=tmp_path).stdout
    )
    assert (found["sure"], found["flags"]) == (True, flags)


def test_probe_on_too_few(tmp_path: Path, flags: list[str]) -> None:
    """One face tells nothing: an error, and what to do."""
    (tmp_path / "faces.csv").write_text(f"emotion,pixels,Usage\n3,{' '.join(['9'] * 2304)},Training\n")
    done = evaluate("probe", *flags[:2], "--data", "faces.csv", where=tmp_path)
    assert done.returncode == 1
    assert said(done, "1 faces have a label; a probe needs 70", "--data"), done.stderr
