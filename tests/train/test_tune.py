"""The search for a recipe."""

from __future__ import annotations

import csv
import dataclasses
import os
import signal
import subprocess
import sys
import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from schemas.errors import InputError, UsageError, WorkspaceBusyError
from schemas.settings import FitSettings, TuneSettings, make
from train.order import Order
from train.space import space
from train.study import done, opened
from train.trials import text
from train.tune import tune

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPE = FitSettings(epochs=3, batch=16, learning_rate=0.01, crop=48, ema=0.0)
FEW = TuneSettings(sampler="random", pruner="none", trials=2, searched="learning_rate,rotation")


def test_best_recipe_is_a_settings_file(striped: Path, tmp_path: Path) -> None:
    """TOML that `make` takes, with the values of the best trial; table, page and plots lie beside it."""
    out = tmp_path / "best.toml"
    result = tune(Order([striped], out, "lenet5"), RECIPE, FEW)
    settings = make(FitSettings, tomllib.loads(out.read_text())["fit"])
    assert settings.learning_rate == result["best"]["learning_rate"]
    assert dataclasses.replace(settings, learning_rate=0.01, rotation=RECIPE.rotation) == RECIPE
    assert len(result["trials"]) == 2
    rows = list(csv.DictReader((tmp_path / "best.trials.csv").read_text().splitlines()))
    assert [float(row["accuracy"]) for row in rows] == [row["accuracy"] for row in result["trials"]]
    names = {"best.toml", "best.study.db", "best.trials.csv", "best.trials.json", "best.png", "best.html"}
    assert {path.name for path in tmp_path.iterdir()} - {"best.study.db.lock"} == names
    assert "<script" not in (tmp_path / "best.html").read_text()
    assert "2 recipes tried" in text(result)


def test_a_study_goes_on_after_a_kill(striped: Path, tmp_path: Path) -> None:
    """`kill -9` in a trial: the trial is gone on with from its last epoch, and no other is lost or done twice."""
    out = tmp_path / "best.toml"
    words = [sys.executable, "-m", "train", "tune", "--data", str(striped), "--out", str(out), "--trials", "2"]
    flags = ["--architecture", "lenet5", "--sampler", "random", "--pruner", "none", "--searched", "rotation"]
    flags += ["--epochs", "30", "--batch", "16", "--no-early-stopping", "--learning-rate", "0.01"]
    process = subprocess.Popen([*words, *flags], stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "."})
    while not list(tmp_path.glob("best.checkpoints/*/state.npz")):
        assert process.poll() is None, "the search ended before it could be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done_again = subprocess.run(
        [*words, *flags], check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert "epoch 1/30" in done_again.stderr.split("trial 2")[1]  # the second recipe, from its beginning
    assert "epoch 1/30" not in done_again.stderr.split("trial 2")[0]  # the first, from where it was killed
    rows = list(csv.DictReader((tmp_path / "best.trials.csv").read_text().splitlines()))
    assert [row["state"] for row in rows] == ["finished"] * 2
    assert [row["epochs"] for row in rows] == ["30"] * 2
    assert rows[0]["rotation"] != rows[1]["rotation"]


def test_stopped_trials_are_gone_on_with(striped: Path, tmp_path: Path, killed: Callable[[int], list[int]]) -> None:
    """Ctrl-C in the second epoch: the same values again, from the second epoch."""
    saves = killed(1)
    order = Order([striped], tmp_path / "best.toml", "lenet5")
    one = dataclasses.replace(FEW, trials=1)
    with pytest.raises(KeyboardInterrupt):
        tune(order, RECIPE, one)
    result = tune(order, RECIPE, one)
    assert saves == [1, 2, 3]
    assert [(row["state"], row["epochs"]) for row in result["trials"]] == [("finished", 3)]
    more = tune(order, RECIPE, FEW)  # one more than there are
    assert more["trials"][0] == result["trials"][0]
    assert len(more["trials"]) == 2


def test_grid_tries_each_combination_once(striped: Path, tmp_path: Path) -> None:
    """Three values of one quantity are three trials, however many are asked for."""
    grid = TuneSettings(sampler="grid", pruner="none", trials=10, searched="rotation")
    result = tune(Order([striped], tmp_path / "best.toml", "lenet5"), dataclasses.replace(RECIPE, epochs=1), grid)
    assert sorted(row["rotation"] for row in result["trials"]) == [0.0, 10.0, 20.0]


def test_poor_trials_are_given_up(tmp_path: Path) -> None:
    """Hyperband gives up one of two trials that is worse at the first rung, and not the better one."""
    settings = TuneSettings(sampler="random", pruner="hyperband")
    with opened(tmp_path / "a.study.db", {}, settings, 27, 0) as study:
        given_up = []
        for accuracy in [0.5 + 0.01 * at for at in range(12)] + [0.1 + 0.01 * at for at in range(12)]:
            trial = study.ask()
            for epoch in range(1, 28):
                trial.report(accuracy, epoch)
                if trial.should_prune():
                    given_up.append(accuracy)
                    break
            study.tell(trial, accuracy)
        assert any(accuracy < 0.3 for accuracy in given_up)
        assert max(trial.value for trial in done(study)) not in given_up


def test_searched_widths_change_the_network(striped: Path, tmp_path: Path) -> None:
    """The parameters of each trial are those of its width; the settings file says which architecture."""
    grid = TuneSettings(sampler="grid", pruner="none", trials=2, searched="width")
    out = tmp_path / "best.toml"
    result = tune(Order([striped], out, "vgg-compact"), dataclasses.replace(RECIPE, epochs=1), grid)
    assert len({row["parameters"] for row in result["trials"]}) == 2
    width = result["best"]["width"]
    assert f"--architecture vgg-compact{'' if width == 1 else f'@{width:g}'} " in out.read_text()


@pytest.mark.parametrize(
    ("name", "searched", "what"),
    [
        ("best.toml", "learning_rat", "no quantity to search `learning_rat`"),
        ("best.toml", "width", "nothing to search"),
        ("best.toml", " , ", "nothing to search"),
        ("best.json", "rotation", "no name of a settings file"),
    ],
)
def test_wrong_calls(name: str, searched: str, what: str, striped: Path, tmp_path: Path) -> None:
    """LeNet-5 has no widths to change."""
    with pytest.raises(UsageError, match=what):
        tune(Order([striped], tmp_path / name, "lenet5"), RECIPE, dataclasses.replace(FEW, searched=searched))


def test_an_unknown_sampler() -> None:
    """Those there are are named."""
    with pytest.raises(UsageError) as caught:
        make(TuneSettings, {"sampler": "bayes"})
    assert "tpe" in caught.value.fix


def test_studies_that_cannot_be_taken_up(tmp_path: Path) -> None:
    """Of another search, no study at all, or being written to."""
    path = tmp_path / "a.study.db"
    with opened(path, {"data": "one"}, FEW, 3, 0), pytest.raises(WorkspaceBusyError):
        opened(path, {"data": "one"}, FEW, 3, 0).__enter__()
    with pytest.raises(UsageError, match="another search"):
        opened(path, {"data": "another"}, FEW, 3, 0).__enter__()
    path.write_bytes(b"no database at all, and longer than a header has to be" * 9)
    with pytest.raises(InputError, match="is no study") as caught:
        opened(path, {"data": "one"}, FEW, 3, 0).__enter__()
    assert "delete it" in caught.value.fix


def test_a_network_of_one_size_is_not_cropped() -> None:
    """What the architecture cannot do is not searched."""
    assert list(space("crop,rotation,width", scalable=False, any_size=False)) == ["rotation"]
