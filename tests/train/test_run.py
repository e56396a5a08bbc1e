"""`train fit` from files to files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from schemas import card as cards
from schemas.emotion import NAMES
from schemas.errors import InputError, StorageError, UsageError
from schemas.settings import FitSettings, make
from train.cli import app
from train.order import Order
from train.recipes import recipe as recipe_of
from train.run import run
from workspace.console import run as run_command

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = FitSettings(epochs=3, batch=32, learning_rate=0.01, crop=48)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 84 noisy faces for training, two of which stand in the 14 of PublicTest."""
    random = np.random.default_rng(3)
    faces = random.integers(0, 256, (98, 2304))
    faces[84:86] = faces[:2]
    lines = [
        f"{row % 7},{' '.join(map(str, face))},{'Training' if row < 84 else 'PublicTest'}"
        for row, face in enumerate(faces)
    ]
    path = tmp_path_factory.mktemp("fer") / "fer2013.csv"
    path.write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The model of a whole training, and the result."""
    out = tmp_path_factory.mktemp("out") / "cnn.keras"
    return out, run(Order([data], out, "lenet5"), RECIPE)


def test_all_neighbours_are_written(made: tuple[Path, dict[str, Any]]) -> None:
    """The model, its card twice, history, curves, samples, page; no checkpoint is left."""
    out, result = made
    names = {"cnn.keras", "cnn.card.json", "cnn.md", "cnn.history.csv", "cnn.curves.png", "cnn.samples.png", "cnn.html"}
    assert {path.name for path in out.parent.iterdir()} == names
    assert {path.rpartition("/")[2] for path in result["written"]} == names


def test_card_is_of_this_model(made: tuple[Path, dict[str, Any]], data: Path) -> None:
    """Digests are those of the files; classes, copies and the selection set are said."""
    out, _ = made
    card = cards.read(out.with_suffix(".card.json").read_bytes(), "cnn.card.json")
    assert card.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert card.data[0].sha256 == hashlib.sha256(data.read_bytes()).hexdigest()
    assert card.data[0].dropped == {"equal to a validation or test face": 2}
    assert card.classes == NAMES
    assert [(metric.set, metric.n, metric.selected) for metric in card.metrics] == [
        ("validation", 14, True),
        ("validation without copies", 12, True),
    ]


def test_card_names_no_folder(made: tuple[Path, dict[str, Any]]) -> None:
    """Whoever is sent the model learns nothing of the machine it was made on."""
    out, _ = made
    for name in ("cnn.card.json", "cnn.md", "cnn.html"):
        assert str(out.parent.parent) not in (out.parent / name).read_text()


def test_model_has_no_optimizer_and_answers(made: tuple[Path, dict[str, Any]]) -> None:
    """It loads in safe mode, uncompiled, and takes grey levels as they are."""
    model = keras.models.load_model(made[0], safe_mode=True)
    assert getattr(model, "optimizer", None) is None
    said = np.asarray(model(np.full((2, 48, 48, 1), 128, np.float32)))
    assert said.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_command_in_the_card_gives_the_model_again(
    made: tuple[Path, dict[str, Any]], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the data gets the same weights to the bit."""
    out, _ = made
    shutil.copy(data, tmp_path / data.name)
    monkeypatch.chdir(tmp_path)
    command = cards.read(out.with_suffix(".card.json").read_bytes(), "").command
    monkeypatch.setattr(sys, "argv", command.split())
    with pytest.raises(SystemExit) as ended:
        run_command(app, "train")
    assert ended.value.code == 0
    weights = [keras.models.load_model(path).get_weights() for path in (out, tmp_path / "cnn.keras")]
    assert all((one == other).all() for one, other in zip(*weights, strict=True))


def test_kill_and_resume_equals_uninterrupted(made: tuple[Path, dict[str, Any]], data: Path, tmp_path: Path) -> None:
    """`kill -9` after the first epoch, then --resume: the same weights to the bit."""
    out = tmp_path / "cnn.keras"
    words = [sys.executable, "-m", "train", "--data", str(data), "--out", str(out), "--architecture", "lenet5"]
    # So many epochs that it cannot end before it is killed.
    flags = ["--epochs", "40", "--batch", "32", "--no-early-stopping"]
    process = subprocess.Popen([*words, *flags], stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "."})
    state = out.with_suffix(".checkpoint") / "state.npz"
    while not state.exists():
        assert process.poll() is None, "the training ended before it could be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with np.load(state) as file:
        assert 1 <= json.loads(file["said"].tobytes())["epoch"] < 40
    recipe = make(FitSettings, {**recipe_of("lenet5"), "epochs": 40, "batch": 32, "early_stopping": False})
    with pytest.raises(UsageError, match="unfinished") as refused:
        run(Order([data], out, "lenet5"), recipe)
    assert "--resume" in refused.value.fix
    run(Order([data], out, "lenet5", resume=True), recipe)
    run(Order([data], tmp_path / "whole.keras", "lenet5"), recipe)
    weights = [keras.models.load_model(path).get_weights() for path in (out, tmp_path / "whole.keras")]
    assert all((one == other).all() for one, other in zip(*weights, strict=True))
    assert not out.with_suffix(".checkpoint").exists()


def test_starts_from_the_weights_of_a_model(made: tuple[Path, dict[str, Any]], data: Path, tmp_path: Path) -> None:
    """With a rate of nothing the network that comes out is the one that went in, and the card says which."""
    out, _ = made
    still = make(FitSettings, {"epochs": 1, "batch": 32, "crop": 48, "learning_rate": 0.0, "ema": 0.0})
    run(Order([data], tmp_path / "again.keras", "lenet5", start=out), still)
    weights = [keras.models.load_model(path).get_weights() for path in (out, tmp_path / "again.keras")]
    assert all((one == other).all() for one, other in zip(*weights, strict=True))
    card = cards.read((tmp_path / "again.card.json").read_bytes(), "")
    assert hashlib.sha256(out.read_bytes()).hexdigest() in card.protocol.note


@pytest.mark.parametrize("kind", ["another architecture", "no zip", "nothing"])
def test_a_start_that_does_not_fit(kind: str, made: tuple[Path, dict[str, Any]], data: Path, tmp_path: Path) -> None:
    """Said before the first epoch, with what to give."""
    start = tmp_path / "start.keras"
    if kind == "another architecture":
        shutil.copy(made[0], start)
    elif kind == "no zip":
        start.write_bytes(b"no zip at all")
    with pytest.raises(InputError) as caught:
        run(Order([data], tmp_path / "cnn.keras", "vgg-compact", start=start), RECIPE)
    assert ".keras" in caught.value.fix


@pytest.mark.diskfull
def test_full_disk_leaves_the_old_model_whole(data: Path, small_disk: Path) -> None:
    """LeNet-5 takes 700 kB, the disk has 256: what lay there before is as it was."""
    out = small_disk / "cnn.keras"
    out.write_bytes(b"the old model")
    with pytest.raises(StorageError):
        run(Order([data], out, "lenet5"), RECIPE)
    assert out.read_bytes() == b"the old model"
    assert not list(small_disk.glob(".*part"))


def test_out_must_be_a_keras_file(data: Path, tmp_path: Path) -> None:
    """Said before anything is read or trained."""
    with pytest.raises(UsageError) as caught:
        run(Order([data], tmp_path / "cnn.h5", "lenet5"), RECIPE)
    assert ".keras" in caught.value.fix
