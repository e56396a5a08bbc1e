"""CSV and npz: the same faces from either, and a clear word with the line for whatever is wrong."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from schemas.errors import InputError
from workspace.faceset import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


def test_kaggle_csv(kaggle: Path, pixels: Pixels, labels: list[int], splits: list[str]) -> None:
    """Pixels, labels, splits and lines are those of the file, in its order, and the digest is the file's."""
    faces = read(kaggle)
    assert faces.pixels.dtype == np.uint8
    np.testing.assert_array_equal(faces.pixels, pixels)
    assert faces.labels.tolist() == labels
    assert faces.split.tolist() == splits
    assert faces.places == [f"fer2013.csv:{line}" for line in range(2, 8)]
    assert faces.sha256 == hashlib.sha256(kaggle.read_bytes()).hexdigest()
    assert (faces.form, faces.source, faces.votes, faces.probabilities) == ("csv", "fer2013.csv", None, None)


def test_icml_csv(lines: list[list[str]], write: Callable[..., Path], pixels: Pixels, splits: list[str]) -> None:
    """`icml_face_data.csv`: another order of columns, blanks before their names, quotes, a mark and DOS line ends."""
    turned = [[label, usage, f'"{text}"'] for label, text, usage in lines]
    turned[0] = ["\ufeffemotion", " Usage", " pixels"]
    path = write(turned, "icml_face_data.csv")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    faces = read(path)
    np.testing.assert_array_equal(faces.pixels, pixels)
    assert faces.split.tolist() == splits


def test_npz_with_votes(tmp_path: Path, pixels: Pixels, labels: list[int], splits: list[str]) -> None:
    """Arrays give the same faces, and their votes."""
    votes = np.arange(60, dtype=np.int64).reshape(6, 10)
    usage = np.array([0, 0, 0, 1, 1, 2])
    np.savez_compressed(tmp_path / "x.npz", images=pixels, labels=np.array(labels), usage=usage, ferplus_votes=votes)
    faces = read(tmp_path / "x.npz")
    np.testing.assert_array_equal(faces.pixels, pixels)
    assert faces.labels.tolist() == labels
    assert faces.split.tolist() == splits
    assert faces.votes is not None
    assert faces.votes.tolist() == votes.tolist()
    assert faces.places[0] == "x.npz:0"


def test_without_usage_all_is_training(lines: list[list[str]], write: Callable[..., Path]) -> None:
    """Kaggle's `train.csv` has labels and pixels alone."""
    faces = read(write([cells[:2] for cells in lines]))
    assert set(faces.split.tolist()) == {"train"}


def test_a_split_is_a_view(kaggle: Path) -> None:
    """Rows that stand together are not copied."""
    faces = read(kaggle)
    chosen = faces.of("validation")
    assert chosen.places == ["fer2013.csv:5", "fer2013.csv:6"]
    assert np.shares_memory(chosen.pixels, faces.pixels)


def test_an_empty_split_is_said(lines: list[list[str]], write: Callable[..., Path]) -> None:
    """What is there is counted, and which usage is missing."""
    with pytest.raises(InputError) as caught:
        read(write(lines[:4])).of("validation")
    assert caught.value.what == "fer2013.csv has no face in the split validation (train 3, validation 0, test 0)"
    assert "PublicTest" in caught.value.fix


@pytest.mark.parametrize(
    ("line", "column", "value", "said"),
    [
        (1, 1, "1 2 3", "line 2: 3 pixels, not 2,304"),
        (2, 1, " ".join(["7"] * 2305), "line 3: 2,305 pixels"),
        (3, 1, " ".join(["256"] * 2304), "line 4: '256' is no grey level from 0 to 255"),
        (4, 1, " ".join(["-1"] * 2304), "line 5: '-1' is no grey level"),
        (5, 1, "", "line 6: 0 pixels"),
        (2, 0, "7", "line 3: label '7'"),
        (2, 0, "smile", "line 3: label 'smile'"),
        (3, 2, "Trainning", "line 4: Usage 'Trainning', did you mean Training?"),
        (4, 2, "publictest", "line 5: Usage 'publictest', did you mean PublicTest?"),
        (6, 2, "", "line 7: Usage ''"),
        (6, 2, "Training,", "line 7: 4 cells, the head has 3"),
    ],
)
def test_a_wrong_row_is_named(  # noqa: PLR0913 - a case and two fixtures
    *, line: int, column: int, value: str, said: str, lines: list[list[str]], write: Callable[..., Path]
) -> None:
    """With its line, what is wrong, and what is right."""
    lines[line][column] = value
    with pytest.raises(InputError) as caught:
        read(write(lines))
    assert said in caught.value.what
    assert "0 angry" in caught.value.fix
    assert "PublicTest" in caught.value.fix


def test_two_heads_are_seen(lines: list[list[str]], write: Callable[..., Path]) -> None:
    """Two files one after the other, as `cat` makes them, are told from a wrong label."""
    with pytest.raises(InputError, match="line 4: a second head"):
        read(write([*lines[:3], lines[0], *lines[3:]]))


def test_many_wrong_rows_are_counted(lines: list[list[str]], write: Callable[..., Path]) -> None:
    """Three are named, of labels and pixels alike; the others are counted."""
    for cells in lines[1:4]:
        cells[0] = "9"
    lines[4][1] = lines[6][1] = "1"
    with pytest.raises(InputError, match=r"line 2: .*; line 3: .*; line 4: .* and 2 more"):
        read(write(lines))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"emotion,pixels,Usage\n", "holds no labelled face"),
        ("emotion,pixels,Usage\n0,1 2,Training\n".encode("utf-16"), "UTF-16"),
        (bytes(range(256)) * 40, "binary"),
        (b"emotion;pixels;Usage\n0;1;Training\n", "it has 'emotion;pixels;Usage'"),
        (b"PK\x03\x04" + bytes(100), "binary"),
        (b"emotion,Usage\n0,Training\n", "no column `pixels`; it has 'emotion', 'Usage'"),
        (b"pixels,Usage\n" + b" ".join([b"0"] * 2304) + b",Training\n", "no column `emotion`"),
        (b"emotion,pixels\n0," + b"1 " * 100_000, "line 2: more than 65,536 bytes"),
        (b'"emotion,pixels\n0,1\n', "no column `pixels`"),
        (b'emotion,pixels\n0,"1"\r2"\n', "line 2: 0 cells, the head has 2"),
    ],
)
def test_what_is_no_fer2013_csv(data: bytes, said: str, tmp_path: Path) -> None:
    """Each kind of wrong file has its own word."""
    (tmp_path / "fer2013.csv").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(tmp_path / "fer2013.csv")
    assert said in caught.value.what


def npy(head: str) -> bytes:
    """An array file that claims what its head says and holds nothing."""
    text = head.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def npz(path: Path, **members: bytes) -> Path:
    """An archive of such files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 48, 48), }", "claims 1,000,000,000 faces"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 48, 48), }", "is uint8"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (2, 48, 48), }", "is object"),
        ("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 48, 48), }", "is uint8"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 48, 48), }", "ends at row 0 of 2"),
        ("__import__('os').system('true')", "cannot be read"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_an_npz_is_not_believed(head: str, said: str, tmp_path: Path) -> None:
    """Its head may claim any size, type and syntax; nothing is allocated or run for it."""
    with pytest.raises(InputError, match=said):
        read(npz(tmp_path / "x.npz", images=npy(head)))


def test_a_pickle_is_not_loaded(tmp_path: Path, pixels: Pixels) -> None:
    """Labels that are Python objects would run code when they are read."""
    np.savez(tmp_path / "x.npz", images=pixels, labels=np.array([print] * 6, object))
    with pytest.raises(InputError, match="is object"):
        read(tmp_path / "x.npz")


def test_an_npz_without_labels(tmp_path: Path, pixels: Pixels) -> None:
    """Faces alone teach nothing."""
    np.savez(tmp_path / "x.npz", images=pixels)
    with pytest.raises(InputError, match="no array `labels`"):
        read(tmp_path / "x.npz")


def test_memory_is_that_of_the_bytes(tmp_path: Path) -> None:
    """The peak of reading 4,000 faces is their 9.2 MB and a little: no second copy, and none of floats."""
    images = np.zeros((4000, 48, 48), np.uint8)
    images[:, 0, 0] = np.arange(4000) % 256
    images[:, 0, 1] = np.arange(4000) // 256
    np.savez_compressed(tmp_path / "x.npz", images=images, labels=np.zeros(4000, np.int8))
    size = images.nbytes
    del images
    read(tmp_path / "x.npz")  # what is loaded once is no part of it
    tracemalloc.start()
    faces = read(tmp_path / "x.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(faces) == 4000
    assert peak < 1.5 * size


@pytest.mark.parametrize("name", ["faces.tar.gz", "faces.txt", "model.keras"])
def test_other_files_are_refused(name: str, tmp_path: Path) -> None:
    """The forms that are read are named."""
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        read(tmp_path / name)
    assert "a folder for each class" in caught.value.fix


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """So is a missing file of votes."""
    with pytest.raises(InputError, match="there is no"):
        read(tmp_path / "no.csv")


def test_csv_and_npz_agree_on_real_faces(shared_data: Path, tmp_path: Path) -> None:
    """The first 500 faces of FER-2013 written as a CSV by numpy's own text writer are read as they are."""
    whole = np.load(shared_data / "fer2013_train_public.npz")
    images, labels = whole["images"][:500], whole["labels"][:500]
    text = io.StringIO()
    np.savetxt(text, images.reshape(500, -1), fmt="%d", delimiter=" ")
    rows = [f"{label},{row},Training" for label, row in zip(labels, text.getvalue().splitlines(), strict=True)]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]))
    faces = read(tmp_path / "fer2013.csv")
    np.testing.assert_array_equal(faces.pixels, images)
    np.testing.assert_array_equal(faces.labels, labels)
