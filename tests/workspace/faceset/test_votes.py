"""FER+'s votes are joined by row, and only where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from schemas.errors import InputError
from workspace.faceset import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
LINES = [
    "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "Training,fer0000002.png,6,0,1,1,0,0,0,0,2,0",
    "PublicTest,fer0028709.png,1,2,3,4,0,0,0,0,0,0",
    "PublicTest,fer0028710.png,10,0,0,0,0,0,0,0,0,0",
    "PrivateTest,fer0032298.png,0,10,0,0,0,0,0,0,0,0",
]


def ferplus(folder: Path, lines: list[str]) -> Path:
    """`fer2013new.csv`."""
    path = folder / "fer2013new.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


def test_each_row_gets_its_votes(kaggle: Path, tmp_path: Path) -> None:
    """The n-th face has the n-th line's counts; a line without a picture has its own too."""
    faces = read(kaggle, ferplus(tmp_path, LINES))
    assert faces.votes is not None
    assert faces.votes.tolist() == [[int(cell) for cell in line.split(",")[2:]] for line in LINES]


def test_a_split_that_is_missing_whole_may_be_missing(
    lines: list[list[str]], write: Callable[..., Path], tmp_path: Path
) -> None:
    """Development data without PrivateTest is joined; its votes are passed over."""
    faces = read(write(lines[:6]), ferplus(tmp_path, LINES))
    assert faces.votes is not None
    assert faces.votes[4, 0] == 10


def test_a_part_of_a_split_is_refused(lines: list[list[str]], write: Callable[..., Path], tmp_path: Path) -> None:
    """Which rows are missing cannot be told."""
    with pytest.raises(InputError, match=r"has 2 faces in the split train, fer2013new\.csv has 3"):
        read(write([lines[0], *lines[2:]]), ferplus(tmp_path, LINES))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Trainig,a.png,1,0,0,0,0,0,0,0,0,0", "line 3: 12 cells beginning with 'Trainig"),
        ("Training,a.png,1,0,0", "line 3: 5 cells"),
        ("Training,a.png,x,0,0,0,0,0,0,0,0,0", "line 3: counts must be 0 to 255"),
        ("Training,a.png,-1,0,0,0,0,0,0,0,0,0", "line 3: counts must be 0 to 255"),
        ("Training,a.png,256,0,0,0,0,0,0,0,0,0", "line 3: counts must be 0 to 255"),
    ],
)
def test_a_wrong_line_is_named(line: str, said: str, kaggle: Path, tmp_path: Path) -> None:
    """With what is wrong."""
    with pytest.raises(InputError, match=said):
        read(kaggle, ferplus(tmp_path, [LINES[0], line, *LINES[2:]]))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no column `usage`, `neutral`"),
        (b"Usage,neutral\nTraining,1\n", "no column `happiness`"),
        (HEAD.encode("utf-16"), "cannot be read"),
    ],
)
def test_what_is_no_file_of_votes(data: bytes, said: str, kaggle: Path, tmp_path: Path) -> None:
    """Each with its own word."""
    (tmp_path / "votes.csv").write_bytes(data)
    with pytest.raises(InputError, match=said):
        read(kaggle, tmp_path / "votes.csv")


def test_votes_of_other_rows_are_seen(shared_data: Path, tmp_path: Path) -> None:
    """Real votes in the real order are taken; the same lines in another order are not."""
    whole = np.load(shared_data / "fer2013_train_public.npz")
    training = np.flatnonzero(whole["usage"] == 0)[:1000]
    arrays = {"images": whole["images"][training], "labels": whole["labels"][training], "usage": np.zeros(1000, int)}
    np.savez(tmp_path / "x.npz", **arrays)
    lines = ["Training,a.png," + ",".join(map(str, counts)) for counts in whole["ferplus_votes"][training]]
    faces = read(tmp_path / "x.npz", ferplus(tmp_path, lines))
    assert faces.votes is not None
    with pytest.raises(InputError, match=r"is not of x\.npz"):
        read(tmp_path / "x.npz", ferplus(tmp_path, lines[1:] + lines[:1]))


def test_only_rows_can_be_joined(tmp_path: Path, pixels: np.ndarray) -> None:
    """Pictures in folders have no order."""
    from PIL import Image

    (tmp_path / "set/sad").mkdir(parents=True)
    Image.fromarray(pixels[0]).save(tmp_path / "set/sad/1.png")
    with pytest.raises(InputError, match="no rows that FER"):
        read(tmp_path / "set", ferplus(tmp_path, LINES))
