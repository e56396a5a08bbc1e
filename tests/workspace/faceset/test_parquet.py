"""Parquet as Hugging Face's own library writes it, and as others do."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from schemas.emotion import FERPLUS_VOTES
from schemas.errors import InputError
from workspace.faceset import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

ALPHABET = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]


def png(face: NDArray[np.uint8]) -> bytes:
    """A PNG file."""
    file = io.BytesIO()
    Image.fromarray(face).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes columns as a Parquet file."""

    def save(name: str = "train.parquet", **columns: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
        return path

    return save


def test_datasets_in_the_order_of_the_alphabet(tmp_path: Path, pixels: Pixels, labels: list[int]) -> None:
    """FER-2013 goes round on Hugging Face with neutral as 4, sad 5, surprise 6: the names in the file decide."""
    from datasets import ClassLabel, Dataset, Features, Image as Picture

    from schemas.emotion import NAMES

    features = Features({"image": Picture(), "label": ClassLabel(names=ALPHABET)})
    rows = {
        "image": [Image.fromarray(face) for face in pixels],
        "label": [ALPHABET.index(NAMES[label]) for label in labels],
    }
    folder = tmp_path / "fer-hf" / "data"
    folder.mkdir(parents=True)
    whole = Dataset.from_dict(rows, features=features)
    whole.select(range(4)).to_parquet(str(folder / "train-00000-of-00001.parquet"))
    whole.select(range(4, 6)).to_parquet(str(folder / "validation-00000-of-00001.parquet"))
    faces = read(tmp_path / "fer-hf")
    np.testing.assert_array_equal(faces.pixels, pixels)
    assert faces.labels.tolist() == labels
    assert faces.split.tolist() == ["train"] * 4 + ["validation"] * 2
    assert faces.places[4] == "validation-00000-of-00001.parquet:0"
    assert read(folder / "train-00000-of-00001.parquet").labels.tolist() == labels[:4]


def test_kaggle_as_parquet(
    save: Callable[..., Path], lines: list[list[str]], pixels: Pixels, splits: list[str]
) -> None:
    """Pixels in text, `emotion` in numbers, `Usage`."""
    _, *rows = lines
    emotion, text, usage = zip(*rows, strict=True)
    faces = read(save(emotion=[int(number) for number in emotion], pixels=text, Usage=usage))
    np.testing.assert_array_equal(faces.pixels, pixels)
    assert faces.split.tolist() == splits


@pytest.mark.parametrize(
    "form",
    [
        lambda face: face.ravel().tolist(),
        lambda face: face.tolist(),
        lambda face: face.tobytes(),
        lambda face: " ".join(map(str, face.ravel())),
    ],
    ids=["list", "lists", "bytes", "text"],
)
def test_pixels_in_any_form(form: Callable[[Pixels], Any], save: Callable[..., Path], pixels: Pixels) -> None:
    """A list, a list of lines, bytes or text."""
    faces = read(save(pixels=[form(face) for face in pixels], label=["Sadness"] * 6))
    np.testing.assert_array_equal(faces.pixels, pixels)
    assert set(faces.labels.tolist()) == {4}


def test_votes_come_along(save: Callable[..., Path], pixels: Pixels) -> None:
    """The ten columns of FER+, in whatever order."""
    votes = {name: [place] for place, name in enumerate(FERPLUS_VOTES)}
    faces = read(save(img_bytes=[png(pixels[0])], labels=["sad"], **dict(reversed(votes.items()))))
    assert faces.votes is not None
    assert faces.votes.tolist() == [list(range(10))]


def test_the_folder_may_name_the_split(save: Callable[..., Path], tmp_path: Path, pixels: Pixels) -> None:
    """`default/test/0000.parquet`, as Hugging Face's own conversion lays them."""
    for split in ("train", "validation", "test"):
        save(f"x/default/{split}/0000.parquet", image=[{"bytes": png(pixels[0]), "path": None}], label=["sad"])
    assert sorted(read(tmp_path / "x").split.tolist()) == ["test", "train", "validation"]


def test_faces_without_label_are_counted(save: Callable[..., Path], pixels: Pixels) -> None:
    """They are left out, and said."""
    faces = read(save(image=[png(face) for face in pixels[:2]], label=["sad", None]))
    assert len(faces) == 1
    assert faces.left_out == {"without a label": 1}


def test_numbers_without_names_are_refused(save: Callable[..., Path], pixels: Pixels) -> None:
    """Nobody can tell whether 4 is sad or neutral."""
    with pytest.raises(InputError) as caught:
        read(save(image=[png(pixels[0])], label=[4]))
    assert "have no names" in caught.value.what
    assert "`emotion`" in caught.value.fix


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"label": ["sad"]}, "no column `image`"),
        ({"image": [b"x"]}, "no column `label`"),
        ({"image": [b"x"], "label": ["sad"]}, "row 0: no picture format"),
        ({"image": [{"bytes": None, "path": "a.png"}], "label": ["sad"]}, "row 0 holds no picture"),
        ({"pixels": ["1 2"], "label": ["sad"]}, "row 0: 2 pixels, not 2,304"),
        ({"pixels": [[1, 2]], "label": ["sad"]}, "row 0: 2 pixels, not 2,304"),
        ({"pixels": [[300] * 2304], "label": ["sad"]}, "row 0: pixels that are no whole numbers"),
        ({"pixels": [[0.5] * 2304], "label": ["sad"]}, "row 0: pixels that are no whole numbers"),
        ({"pixels": [bytes(9)], "label": ["sad"]}, "row 0: 9 pixels"),
        ({"pixels": [bytes(2304)], "label": ["smile"]}, "row 0: label 'smile'"),
        ({"pixels": [bytes(2304)], "emotion": [7]}, "row 0: label '7'"),
        ({"pixels": [bytes(2304)], "emotion": [3.5]}, "row 0: label '3.5'"),
        ({"pixels": [bytes(2304)], "emotion": [3], "Usage": ["Publictets"]}, "row 0: split 'Publictets'"),
        ({"pixels": [], "label": []}, "holds no labelled face"),
    ],
)
def test_a_wrong_file_or_row_is_named(columns: dict[str, Any], said: str, save: Callable[..., Path]) -> None:
    """With its row, from 0."""
    with pytest.raises(InputError) as caught:
        read(save(**columns))
    assert said in caught.value.what


def test_a_damaged_file(tmp_path: Path) -> None:
    """Junk with the name of Parquet is named."""
    (tmp_path / "x.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(InputError, match=r"x\.parquet cannot be read"):
        read(tmp_path / "x.parquet")
