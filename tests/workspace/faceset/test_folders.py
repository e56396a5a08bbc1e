"""Folders by class: what a class is comes from its name, and every picture is a 48×48 face or named as none."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from schemas.errors import InputError
from workspace.faceset import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to lay classes in."""
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


@pytest.fixture
def save(folder: Path, pixels: Pixels) -> Callable[[str, int], Path]:
    """Lays the n-th face at a path."""

    def save(place: str, number: int = 0) -> Path:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[number]).save(path)
        return path

    return save


@pytest.mark.parametrize("seed", range(3))
def test_class_numbers_come_from_names(seed: int, save: Callable[..., Path], folder: Path, pixels: Pixels) -> None:
    """Whatever order the folders were made in and however they are spelt, a name has FER-2013's number.

    By the alphabet neutral would be 4, sad 5 and surprise 6.
    """
    names = {"Neutral": 6, "sadness": 4, "surprised": 5, "0": 0, "FEAR": 2, "Happiness": 3}
    shuffled = np.random.default_rng(seed).permutation(list(names))
    for number, name in enumerate(shuffled):
        save(f"{name}/{number}.png", number)
    faces = read(folder)
    assert len(faces) == 6
    for row, place in enumerate(faces.places):
        name, file = place.split("/")
        assert faces.labels[row] == names[name]
        np.testing.assert_array_equal(faces.pixels[row], pixels[int(file[0])])


def test_splits_come_from_names(save: Callable[..., Path], folder: Path) -> None:
    """The file's own name goes before the folder's: the `test` that goes round holds PublicTest too."""
    for number, place in enumerate(
        ("Training/sad/a.png", "validation/sad/b.png", "test/sad/PublicTest_1.png", "test/happy/PrivateTest_2.png")
    ):
        save(place, number)
    faces = read(folder)
    assert dict(zip(faces.places, faces.split.tolist(), strict=True)) == {
        "Training/sad/a.png": "train",
        "validation/sad/b.png": "validation",
        "test/sad/PublicTest_1.png": "validation",
        "test/happy/PrivateTest_2.png": "test",
    }


def test_classes_alone_are_training(save: Callable[..., Path], folder: Path) -> None:
    """And the fix of the split that is missing speaks of folders."""
    save("sad/1.png")
    faces = read(folder)
    assert faces.split.tolist() == ["train"]
    with pytest.raises(InputError) as caught:
        faces.of("validation")
    assert "a folder named train, validation or test" in caught.value.fix


def test_digest_is_of_names_and_contents(save: Callable[..., Path], folder: Path) -> None:
    """The same files have the same digest wherever they lie; another name or picture has another."""
    save("sad/1.png", 1)
    first = read(folder).sha256
    moved = folder.rename(folder.with_name("moved"))
    assert read(moved).sha256 == first
    (moved / "sad/1.png").rename(moved / "sad/2.png")
    assert read(moved).sha256 != first


def test_colour_becomes_grey(folder: Path) -> None:
    """As Pillow does it: 0.299 red, 0.587 green, 0.114 blue."""
    colours = np.random.default_rng(2).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    (folder / "sad").mkdir()
    Image.fromarray(colours).save(folder / "sad/1.png")
    np.testing.assert_array_equal(read(folder).pixels[0], np.asarray(Image.fromarray(colours).convert("L")))


def test_lists_beside_the_classes_are_passed_over(save: Callable[..., Path], folder: Path) -> None:
    """As exports have them; inside a class's folder every file is a face."""
    save("train/sad/1.png")
    for name in ("README.md", "train/metadata.jsonl"):
        (folder / name).write_text("x")
    assert len(read(folder)) == 1
    (folder / "train/sad/note.txt").write_text("x")
    with pytest.raises(InputError, match=r"note\.txt"):
        read(folder)


def test_what_systems_leave_is_passed_over(save: Callable[..., Path], folder: Path) -> None:
    """Hidden files and Windows's own are no faces."""
    save("sad/1.png")
    for name in (".DS_Store", "sad/.hidden", "sad/Thumbs.db"):
        (folder / name).write_bytes(b"x")
    assert len(read(folder)) == 1


@pytest.mark.parametrize(
    ("name", "said", "fix"),
    [
        ("hapy", "none of the seven classes", "did you mean happy?"),
        ("contempt", "none of the seven classes", "take the folder out"),
        ("train/smile", "none of the seven classes", "take the folder out"),
    ],
)
def test_a_folder_that_is_no_class(name: str, said: str, fix: str, save: Callable[..., Path], folder: Path) -> None:
    """It is named, with the nearest class."""
    save("train/sad/1.png")
    save(f"{name}/1.png")
    with pytest.raises(InputError) as caught:
        read(folder)
    assert name in caught.value.what
    assert said in caught.value.what
    assert fix in caught.value.fix


def test_another_size_is_refused(folder: Path) -> None:
    """Nothing is resized in silence: the fix says how faces are cropped."""
    (folder / "sad").mkdir()
    Image.new("L", (350, 350)).save(folder / "sad/1.jpg")
    with pytest.raises(InputError) as caught:
        read(folder)
    assert "sad/1.jpg: 350 × 350 pixels, not 48 × 48" in caught.value.what
    assert "curate run" in caught.value.fix


def bomb() -> bytes:
    """A PNG that claims 60,000 × 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "0 bytes"),
        (b"hello", "no picture format"),
        (bomb(), "60000 x 60000"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2**20), "1,048,584 bytes"),
    ],
)
def test_a_file_that_is_no_face(data: bytes, said: str, folder: Path) -> None:
    """It is named with what is wrong; a bomb is not unpacked, and a large file not read."""
    (folder / "sad").mkdir()
    (folder / "sad/1.png").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(folder)
    assert "sad/1.png" in caught.value.what
    assert said in caught.value.what


def test_a_damaged_picture(save: Callable[..., Path], folder: Path) -> None:
    """Half a file is no face."""
    path = save("sad/1.png")
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(InputError, match=r"1\.png"):
        read(folder)


def test_an_empty_folder(folder: Path) -> None:
    """So is one whose classes are empty."""
    with pytest.raises(InputError, match="holds no labelled face"):
        read(folder)
    (folder / "sad").mkdir()
    with pytest.raises(InputError, match="holds no labelled face"):
        read(folder)


def test_a_link_to_a_folder_is_not_followed(folder: Path, save: Callable[..., Path]) -> None:
    """It may lead round in a circle."""
    save("sad/1.png")
    (folder / "happy").symlink_to(folder / "sad")
    with pytest.raises(InputError, match="is a link to a folder"):
        read(folder)
