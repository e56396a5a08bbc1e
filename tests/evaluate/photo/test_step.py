"""From photographs to what a network sees in them."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from evaluate.photo.record import summary
from evaluate.photo.step import recognise
from schemas.errors import ImageError, InputError, UsageError
from workspace.pixels import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evaluate.photo.faces import Finder
    from tests.evaluate.photo.conftest import Said

LIMITS = Limits()


def kinds(png: bytes) -> set[bytes]:
    """Types of a PNG's chunks."""
    at, found = 8, set()
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        found.add(png[at + 4 : at + 8])
        at += 12 + length
    return found


def test_a_photograph(tmp_path: Path, said: Said, finder: Finder, photographs: dict[str, bytes]) -> None:
    """One face: a row, a card, a line of text; the answer is the network's, the box lies about the face."""
    (tmp_path / "astronaut.png").write_bytes(photographs["astronaut.png"])
    out = tmp_path / "out"
    result = recognise([tmp_path / "astronaut.png"], said, finder, LIMITS, out)
    assert json.loads((out / "faces.json").read_text()) == result
    (picture,) = result["pictures"]
    assert (picture["picture"], picture["width"], picture["height"]) == ("astronaut.png", 512, 512)
    (face,) = picture["faces"]
    assert (face["face"], face["label"], face["confidence"]) == (1, "happy", 0.7)
    assert 150 < face["left"] < 200
    assert 240 < face["right"] < 290
    (row,) = csv.DictReader(io.StringIO((out / "faces.csv").read_text()))
    assert (row["picture"], row["happy"], row["disgust"]) == ("astronaut.png", "0.7", "0.0")
    assert result["drawn"] == ["astronaut.png.faces.png"]
    assert summary(result).splitlines()[0] == "astronaut.png: 1 face"
    assert summary(result).splitlines()[2].split()[:3] == ["1", "happy", "5.0"]


def test_turned_by_exif_and_none_of_it_carried_over(
    tmp_path: Path, said: Said, finder: Finder, photographs: dict[str, bytes]
) -> None:
    """A photograph that lies on its side with a note to turn it is seen upright; its EXIF goes nowhere."""
    upright = Image.open(io.BytesIO(photographs["astronaut.png"])).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SECRET CAMERA"
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", quality=95, exif=exif)
    result = recognise([tmp_path / "turned.jpg"], said, finder, LIMITS, tmp_path / "out")
    (face,) = result["pictures"][0]["faces"]
    assert 150 < face["left"] < 200
    for path in (tmp_path / "out").iterdir():
        assert b"SECRET" not in path.read_bytes()
    assert kinds((tmp_path / "out" / "turned.jpg.faces.png").read_bytes()) == {b"IHDR", b"IDAT", b"IEND"}


def test_no_face_is_a_result(tmp_path: Path, said: Said, finder: Finder, photographs: dict[str, bytes]) -> None:
    """A cat: no row, a picture that says so."""
    (tmp_path / "chelsea.png").write_bytes(photographs["chelsea.png"])
    result = recognise([tmp_path / "chelsea.png"], said, finder, LIMITS, tmp_path / "out")
    assert result["pictures"][0]["faces"] == []
    assert summary(result) == "chelsea.png: no face found"
    assert (tmp_path / "out" / "chelsea.png.faces.png").is_file()


@pytest.fixture
def folder(tmp_path: Path, photo: Callable[..., bytes]) -> Path:
    """Two photographs, one in a folder below, and four files that are none."""
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    (folder / "b.png").write_bytes(photo(1))
    (folder / "below" / "a.jpg").write_bytes(photo(2, "JPEG"))
    with zipfile.ZipFile(folder / "archive.jpg", "w") as archive:
        archive.writestr("a.txt", "no picture")
    (folder / "cut.png").write_bytes(photo(3)[:-100])
    (folder / "empty.png").touch()
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    return folder


def test_a_folder(folder: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path) -> None:
    """Pictures by name, each with its faces; what is none stands in `rejected` with its reason."""
    result = recognise([folder], said, planted((20, 20, 48, 0.95)), LIMITS, tmp_path / "out")
    assert [picture["picture"] for picture in result["pictures"]] == ["b.png", "below/a.jpg"]
    assert {each["picture"]: each["reason"] for each in result["rejected"]} == {
        "archive.jpg": "not-an-image",
        "cut.png": "truncated",
        "empty.png": "empty-file",
        "film.mp4": "video",
    }
    assert (tmp_path / "out" / "below" / "a.jpg.faces.png").is_file()
    assert summary(result).splitlines() == [
        "2 photographs: 2 faces: happy 2",
        "cannot use 4 files, archive.jpg (not-an-image) first",
    ]


def test_one_of_each(folder: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path) -> None:
    """A single photograph and a single bad file are not spoken of as many."""
    result = recognise(
        [folder / "b.png", folder / "cut.png"], said, planted((20, 20, 48, 0.95)), LIMITS, tmp_path / "out"
    )
    assert summary(result).splitlines() == ["1 photograph: 1 face: happy 1", "cannot use 1 file, cut.png (truncated)"]


def test_several(folder: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path) -> None:
    """Files and folders, as a shell gives them: named from the folder that holds all, each once, in their order."""
    given = [folder / "cut.png", folder / "b.png", folder / "below", folder / "below" / "a.jpg", folder / "film.mp4"]
    result = recognise(given, said, planted((20, 20, 48, 0.95)), LIMITS, tmp_path / "out")
    assert [picture["picture"] for picture in result["pictures"]] == ["b.png", "below/a.jpg"]
    assert [(each["picture"], each["reason"]) for each in result["rejected"]] == [
        ("cut.png", "truncated"),
        ("film.mp4", "video"),
    ]
    assert (tmp_path / "out" / "below" / "a.jpg.faces.png").is_file()
    with pytest.raises(InputError, match="none of the 2 files"):
        recognise(given[::4], said, planted(), LIMITS, tmp_path / "other")


def test_results_inside_the_folder_are_not_read_again(folder: Path, said: Said, planted: Callable[..., Finder]) -> None:
    """Run twice with its results below the photographs: the same pictures, and nothing old left."""
    first = recognise([folder], said, planted((20, 20, 48, 0.95)), LIMITS, folder / "out")
    (folder / "b.png").unlink()
    second = recognise([folder], said, planted((20, 20, 48, 0.95)), LIMITS, folder / "out")
    assert len(first["pictures"]) == 2
    assert [picture["picture"] for picture in second["pictures"]] == ["below/a.jpg"]
    assert not (folder / "out" / "b.png.faces.png").exists()


def test_clearing_stays_below_the_folder(tmp_path: Path, said: Said, planted: Callable[..., Finder]) -> None:
    """A list of drawn pictures that names others is not believed."""
    out, mine = tmp_path / "out", tmp_path / "mine.png"
    out.mkdir()
    Image.new("RGB", (100, 100)).save(mine)
    (out / "faces.json").write_text(json.dumps({"drawn": ["../mine.png", str(mine), 7]}))
    recognise([mine], said, planted(), LIMITS, out)
    assert mine.is_file()


def test_same_input_same_bytes(folder: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path) -> None:
    """Nothing depends on time or threads."""
    for name in ("one", "two"):
        recognise([folder], said, planted((20, 20, 48, 0.95)), LIMITS, tmp_path / name)
    for path in (tmp_path / "one").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("archive.jpg", b"PK\x03\x04" + bytes(100), "not-an-image"),
        ("text.png", b"no picture at all", "not-an-image"),
        ("empty.jpg", b"", "empty-file"),
    ],
)
def test_what_is_no_picture_is_named(  # noqa: PLR0913, PLR0917 - fixtures
    tmp_path: Path, said: Said, planted: Callable[..., Finder], name: str, content: bytes, reason: str
) -> None:
    """One file by itself is an error that names it, and nothing is written."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=name) as caught:
        recognise([tmp_path / name], said, planted(), LIMITS, tmp_path / "out")
    assert caught.value.reason == reason
    assert not (tmp_path / "out").exists()


def test_large_pictures_are_refused_unseen(
    tmp_path: Path, said: Said, planted: Callable[..., Finder], photo: Callable[..., bytes]
) -> None:
    """Too many pixels, and too many bytes: before anything is decoded or even read."""
    (tmp_path / "large.png").write_bytes(photo(1))
    for limits, reason in ((Limits(max_pixels=19_199), "too-many-pixels"), (Limits(max_bytes=99), "too-large-file")):
        with pytest.raises(ImageError) as caught:
            recognise([tmp_path / "large.png"], said, planted(), limits, tmp_path / "out")
        assert caught.value.reason == reason


def test_pipe_is_not_waited_for(tmp_path: Path, said: Said, planted: Callable[..., Finder]) -> None:
    """A named pipe among photographs would block whoever opens it."""
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ImageError, match="a pipe"):
        recognise([tmp_path / "pipe.jpg"], said, planted(), LIMITS, tmp_path / "out")


def test_folders_without_a_picture(tmp_path: Path, said: Said, planted: Callable[..., Finder]) -> None:
    """Empty, and with nothing that can be used: the first file and its reason are named."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(InputError, match="no file in"):
        recognise([folder], said, planted(), LIMITS, tmp_path / "out")
    (folder / "note.txt").write_text("hello")
    with pytest.raises(InputError, match="none of the 1 files") as caught:
        recognise([folder], said, planted(), LIMITS, tmp_path / "out")
    assert caught.value.fix.startswith("the first, note.txt:")


def test_a_folder_that_holds_something_else_is_left_alone(
    tmp_path: Path, said: Said, planted: Callable[..., Finder], photo: Callable[..., bytes]
) -> None:
    """Results go into a new folder, an empty one, or one with results."""
    (tmp_path / "photo.png").write_bytes(photo(1))
    with pytest.raises(UsageError, match="holds no faces"):
        recognise([tmp_path / "photo.png"], said, planted(), LIMITS, tmp_path)


def test_a_name_that_is_no_text(tmp_path: Path, said: Said, planted: Callable[..., Finder]) -> None:
    """Bytes that are no UTF-8 are spelt out, in the JSON and in the drawn picture's name."""
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    Image.fromarray(np.zeros((60, 60, 3), np.uint8)).save(path, "PNG")
    result = recognise([path], said, planted(), LIMITS, tmp_path / "out")
    assert result["drawn"] == ["caf\\xe9.png.faces.png"]
