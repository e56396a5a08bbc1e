"""The check of a data set that mien did not make: each planted leak is found, a clean set passes."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from typer.testing import CliRunner

from curate.cli import app
from curate.split.check import check, text
from curate.split.members import in_order
from schemas.errors import InputError, UsageError
from tests.curate.split.conftest import drawn, encoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemas.settings import EngineSettings


def test_clean_set_passes(data_set: Path, engine: EngineSettings) -> None:
    """24 different pictures: no leak."""
    result = check(data_set, engine)
    assert result["leaks"] == []
    assert result["splits"] == {"train": 8, "val": 8, "test": 8}
    assert text(result).endswith("no leak found")


PLANTS: dict[str, tuple[str, Callable[[Image.Image], bytes]]] = {
    "byte copy": ("exact", encoded),
    "same pixels in another format": ("exact", lambda picture: encoded(picture, "BMP")),
    "resized": ("near", lambda picture: encoded(picture.resize((48, 48)))),
    "recompressed": ("near", lambda picture: encoded(picture, "JPEG", quality=40)),
    "brighter": ("near", lambda picture: encoded(ImageEnhance.Brightness(picture).enhance(1.2))),
    "cut by a tenth": ("near", lambda picture: encoded(picture.crop((5, 5, 91, 91)))),
    "mirrored": ("mirrored", lambda picture: encoded(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
    "mirrored and resized": (
        "mirrored",
        lambda picture: encoded(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((64, 64))),
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_leak_is_found(plant: str, data_set: Path, engine: EngineSettings) -> None:
    """A picture of train stands in test in another guise: it is named, with its kind, and nothing else is."""
    kind, disguise = PLANTS[plant]
    (data_set / "test/sad/planted.img").write_bytes(disguise(drawn(1000)))  # train/happy/0.png
    (leak,) = check(data_set, engine)["leaks"]
    assert (leak["kind"], leak["source"], leak["other"]) == (kind, "set/test/sad/planted.img", "set/train/happy/0.png")
    assert leak["correlation"] > 0.97
    assert leak["labels"] == "happy, sad"


def test_copies_within_a_split_are_no_leak(data_set: Path, engine: EngineSettings) -> None:
    """Twice in train is nobody's business here."""
    shutil.copy(data_set / "train/happy/0.png", data_set / "train/happy/again.png")
    assert check(data_set, engine)["leaks"] == []


def write_list(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """A CSV beside the pictures."""
    with (folder / "list.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "list.csv"


def listed(folder: Path) -> list[dict[str, Any]]:
    """Twelve different pictures and a row for each."""
    rows = []
    for number in range(12):
        (folder / f"{number}.png").write_bytes(encoded(drawn(number)))
        split = ("train", "test")[number % 2]
        rows.append({"path": f"{number}.png", "Split": split, "person": f"p{number}", "label": "fear"})
    return rows


def test_same_person_in_two_splits(tmp_path: Path, engine: EngineSettings) -> None:
    """A declared identity in train and test is a leak; an unknown one is not."""
    rows = listed(tmp_path)
    assert check(write_list(tmp_path, rows), engine)["leaks"] == []
    rows[2]["person"], rows[5]["person"] = "Anna", "anna "
    rows[0]["person"] = rows[1]["person"] = "unknown"
    (leak,) = check(write_list(tmp_path, rows), engine)["leaks"]
    assert (leak["kind"], leak["detail"]) == ("identity", "anna")
    assert (leak["source"], leak["other"]) == ("list.csv/5.png", "list.csv/2.png")


def test_unreadable_pictures_are_told(tmp_path: Path, engine: EngineSettings) -> None:
    """A missing file still has an identity; it is named as unreadable."""
    rows = listed(tmp_path)
    rows[2]["person"] = rows[5]["person"] = "Anna"
    (tmp_path / "5.png").unlink()
    (tmp_path / "7.png").write_text("no picture")
    result = check(write_list(tmp_path, rows), engine)
    assert len(result["unreadable"]) == 2
    assert [leak["kind"] for leak in result["leaks"]] == ["identity"]


def test_rows_without_split_are_counted(tmp_path: Path, engine: EngineSettings) -> None:
    """They are not looked at, and that is said."""
    rows = listed(tmp_path)
    rows[3]["Split"] = ""
    result = check(write_list(tmp_path, rows), engine)
    assert result["without_split"] == 1
    assert "not looked at" in text(result)


@pytest.mark.parametrize("column", ["subset", "fold", "Usage", "partition"])
def test_other_names_of_the_column(column: str, tmp_path: Path, engine: EngineSettings) -> None:
    """Lists call it many names."""
    rows = [{"path": row["path"], column: row["Split"]} for row in listed(tmp_path)]
    assert check(write_list(tmp_path, rows), engine)["splits"] == {"train": 6, "test": 6}


def test_splits_are_ordered_from_training_to_testing() -> None:
    """The leak is in the later one, whatever the names."""
    assert in_order(["PrivateTest", "PublicTest", "Training"]) == ["Training", "PublicTest", "PrivateTest"]


def test_set_without_splits(tmp_path: Path, engine: EngineSettings) -> None:
    """A list without the column, a folder without the folders, one split alone: each is an error."""
    rows = [{"path": row["path"]} for row in listed(tmp_path)]
    with pytest.raises(InputError, match="does not say in which split"):
        check(write_list(tmp_path, rows), engine)
    rows = [{**row, "split": "train"} for row in rows]
    with pytest.raises(InputError, match="one split only, train"):
        check(write_list(tmp_path, rows), engine)


def test_fer2013_csv(tmp_path: Path, engine: EngineSettings) -> None:
    """A face that stands in Training and PrivateTest."""
    faces = [np.asarray(drawn(number).resize((48, 48))) for number in range(6)]
    lines = ["emotion,pixels,Usage"]
    for number, usage in [(0, "Training"), (1, "Training"), (2, "PublicTest"), (3, "PrivateTest"), (0, "PrivateTest")]:
        lines.append(f"{number},{' '.join(map(str, faces[number].ravel()))},{usage}")
    (tmp_path / "fer2013.csv").write_text("\n".join(lines))
    (leak,) = check(tmp_path / "fer2013.csv", engine)["leaks"]
    assert (leak["kind"], leak["source"], leak["other"]) == (
        "exact",
        "fer2013.csv/PrivateTest/00000004",
        "fer2013.csv/Training/00000000",
    )


def test_command_exits_1_on_a_leak_and_0_without(data_set: Path) -> None:
    """So that a script can rely on it."""
    command = ["split", "--check", str(data_set), "--json"]
    assert CliRunner().invoke(app, command).exit_code == 0
    shutil.copy(data_set / "train/happy/0.png", data_set / "test/happy/again.png")
    leaking = CliRunner().invoke(app, command)
    assert leaking.exit_code == 1
    assert json.loads(leaking.stdout)["kinds"] == {"exact": 1}


def test_data_without_check_is_a_wrong_call(data_set: Path) -> None:
    """The right call is named."""
    error = CliRunner().invoke(app, ["split", str(data_set)]).exception
    assert isinstance(error, UsageError)
    assert "curate split --check DATA" in error.fix
