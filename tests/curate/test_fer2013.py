"""FER-2013 as an input: every form gives the same faces, labels and usages; what is wrong is named by its line."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from curate import fer2013
from curate.ingest import ingest
from schemas.emotion import FER2013_COUNTS
from schemas.errors import InputError
from schemas.settings import IngestSettings
from workspace.pixels import decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import EngineSettings
    from workspace.store import Workspace

SETTINGS = IngestSettings()
LABELS = [3, 0, 6, 3, 3]
NAMES = ["happy", "angry", "neutral", "happy", "happy"]
USAGES = ["Training", "Training", "PublicTest", "PrivateTest", "PublicTest"]


def faces() -> NDArray[np.uint8]:
    """Five faces of noise; the last is the first once more."""
    some = np.random.default_rng(5).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    return np.concatenate([some, some[:1]])


def text(face: NDArray[np.uint8]) -> str:
    """A face as FER-2013's CSV has it."""
    return " ".join(str(level) for level in face.ravel())


def rows() -> list[list[str]]:
    """The lines of Kaggle's CSV, the head first."""
    lines = zip(LABELS, faces(), USAGES, strict=True)
    return [["emotion", "pixels", "Usage"], *([str(label), text(face), usage] for label, face, usage in lines)]


def write(path: Path, lines: list[list[str]]) -> Path:
    """Writes lines as a CSV."""
    path.write_text("\n".join(",".join(line) for line in lines) + "\n")
    return path


def kaggle(folder: Path) -> Path:
    """`fer2013.csv`."""
    return write(folder / "fer2013.csv", rows())


def icml(folder: Path) -> Path:
    """`icml_face_data.csv`: another order of columns, blanks before their names."""
    lines = [[label, usage, pixels] for label, pixels, usage in rows()]
    lines[0] = ["emotion", " Usage", " pixels"]
    return write(folder / "icml_face_data.csv", lines)


def npz(folder: Path) -> Path:
    """Arrays."""
    usage = np.array([fer2013.USAGES.index(name) for name in USAGES], np.uint8)
    np.savez_compressed(folder / "fer.npz", images=faces(), labels=np.array(LABELS, np.int8), usage=usage)
    return folder / "fer.npz"


def folders(folder: Path) -> Path:
    """`train/happy/Training_0.png`."""
    for number, (name, face, usage) in enumerate(zip(NAMES, faces(), USAGES, strict=True)):
        place = folder / "fer" / ("train" if usage == "Training" else "test") / name
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(face).save(place / f"{usage}_{number}.png")
    return folder / "fer"


@pytest.mark.parametrize("form", [kaggle, icml, npz, folders], ids=lambda form: form.__name__)
def test_every_form_gives_the_same_faces(
    form: object, workspace: Workspace, tmp_path: Path, engine: EngineSettings
) -> None:
    """Pixels, label and usage of each row arrive in the tables; equal pixels are one image with two sources."""
    counts = ingest(workspace, [form(tmp_path)], SETTINGS, engine)  # type: ignore[operator]
    assert (counts["images"], counts["byte_copies"], counts["rejected"]) == (4, 1, 0)
    sources = workspace.read("sources")
    assert set(sources["kind"]) == {"face"}
    read = workspace.originals()
    found = {(decode(read(row.image_id, "png")).pixels.tobytes(), row.label, row.usage) for row in sources.itertuples()}
    assert found == {(face.tobytes(), *row) for face, *row in zip(faces(), NAMES, USAGES, strict=True)}


def test_names_are_in_the_files_order(workspace: Workspace, tmp_path: Path, engine: EngineSettings) -> None:
    """File, usage and the number of the row from 0."""
    ingest(workspace, [kaggle(tmp_path)], SETTINGS, engine)
    assert workspace.read("sources")["source"].tolist() == [
        "fer2013.csv/PrivateTest/00000003",
        "fer2013.csv/PublicTest/00000002",
        "fer2013.csv/PublicTest/00000004",
        "fer2013.csv/Training/00000000",
        "fer2013.csv/Training/00000001",
    ]


@given(st.binary(min_size=2304, max_size=2304))
def test_png_is_read_back_by_pillow(pixels: bytes) -> None:
    """Lossless, 8-bit grey, 48 × 48."""
    with Image.open(io.BytesIO(fer2013.png(pixels))) as image:
        assert (image.format, image.mode, image.size, image.tobytes()) == ("PNG", "L", (48, 48), pixels)


def test_png_is_the_same_for_ever() -> None:
    """The digest of a picture must not change with a library: it is the picture's name."""
    data = fer2013.png(bytes(range(256)) * 9)
    assert hashlib.sha256(data).hexdigest() == "37ee4f727bb84d6a5dc950d95db2e37558fb1cee353f30f2bb3c3733b39baf2f"


@pytest.mark.parametrize(
    ("row", "pixels", "said"),
    [
        (0, "1 2 3", "line 2: 3 pixels, not 2,304"),
        (1, " ".join(["256"] * 2304), "line 3: '256' is no grey level"),
        (2, " ".join(["-1"] * 2304), "line 4: '-1' is no grey level"),
        (3, " ".join(["x"] * 2304), "line 5: 'x' is no grey level"),
        (4, "", "line 6: 0 pixels"),
        (4, " ".join(["7"] * 2305), "line 6: 2,305 pixels"),
    ],
)
def test_bad_pixels_are_rejected_with_their_line(  # noqa: PLR0913 - a case and three fixtures
    *, row: int, pixels: str, said: str, workspace: Workspace, tmp_path: Path, engine: EngineSettings
) -> None:
    """One row is out, with its line, and the others are in."""
    lines = rows()
    lines[row + 1][1] = pixels
    counts = ingest(workspace, [write(tmp_path / "fer2013.csv", lines)], SETTINGS, engine)
    assert (counts["files"], counts["rejected"]) == (5, 1)
    rejected = workspace.read("rejected").iloc[0]
    assert rejected["reason"] == "bad-row"
    assert said in rejected["detail"]


def test_two_blanks_between_pixels_are_read(workspace: Workspace, tmp_path: Path, engine: EngineSettings) -> None:
    """What the quick reader does not take, the patient one does."""
    lines = rows()
    lines[1][1] = f" {lines[1][1].replace(' ', '  ')} "
    counts = ingest(workspace, [write(tmp_path / "fer2013.csv", lines)], SETTINGS, engine)
    assert (counts["images"], counts["byte_copies"], counts["rejected"]) == (4, 1, 0)


@pytest.mark.parametrize(
    ("line", "column", "value", "said"),
    [
        (2, 0, "7", "line 3: label '7'"),
        (2, 0, "smile", "line 3: label 'smile'"),
        (3, 0, "", "line 4: label ''"),
        (4, 2, "Trainning", "line 5: Usage 'Trainning'"),
        (4, 2, "training", "line 5: Usage 'training'"),
        (5, 2, "a,b", "line 6: 4 cells, the head has 3"),
    ],
)
def test_wrong_label_or_usage_stops_everything(line: int, column: int, value: str, said: str, tmp_path: Path) -> None:
    """Nothing is taken of a file that is not what it seems; the line is named."""
    lines = rows()
    lines[line][column] = value
    path = write(tmp_path / "fer2013.csv", lines)
    with pytest.raises(InputError) as caught:
        fer2013.census(path)
    assert said in caught.value.what
    assert "a label is 0 to 6" in caught.value.fix


def test_many_wrong_rows_are_counted(tmp_path: Path) -> None:
    """Three are named, the others counted."""
    lines = rows()
    for line in lines[1:]:
        line[0] = "9"
    with pytest.raises(InputError, match="and 2 more"):
        fer2013.census(write(tmp_path / "fer2013.csv", lines))


def test_endless_line_is_not_read_whole(tmp_path: Path) -> None:
    """A file without line ends is refused after 64 KiB of a line."""
    path = tmp_path / "fer2013.csv"
    path.write_text("emotion,pixels,Usage\n0," + "1 " * 100_000)
    with pytest.raises(InputError, match="line 2: more than 65,536 bytes"):
        fer2013.census(path)


def test_faces_without_label_and_usage(workspace: Workspace, tmp_path: Path, engine: EngineSettings) -> None:
    """The challenge's `test.csv` has pixels alone."""
    path = write(tmp_path / "test.csv", [["pixels"], [text(faces()[0])]])
    ingest(workspace, [path], SETTINGS, engine)
    row = workspace.read("sources").iloc[0]
    assert row["source"] == "test.csv/00000000"
    assert row[["label", "usage"]].isna().all()


def test_counts_are_held_against_the_published_ones(tmp_path: Path) -> None:
    """A file with five faces says what it lacks."""
    told = fer2013.told([kaggle(tmp_path)])["fer2013"]["fer2013.csv"]
    assert told["rows"]["Training"] == {"happy": 1, "angry": 1}
    assert told["differences"][0].startswith(
        "Training has 2 faces, 28,709 were published: angry 1 instead of 3,995, disgust 0 instead of 436"
    )


def test_the_real_file_has_the_published_counts(shared_data: Path) -> None:
    """Training and PublicTest of the development data are complete, class by class."""
    found = fer2013.census(shared_data / "fer2013_train_public.npz")
    assert found.differences() == []
    assert {usage: counts.total() for usage, counts in found.rows.items()} == {"Training": 28_709, "PublicTest": 3_589}
    assert [sum(counts) for counts in FER2013_COUNTS.values()] == [28_709, 3_589, 3_589]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"pictures": np.zeros((2, 48, 48), np.uint8)}, "has no array `images`"),
        ({"images": np.zeros((2, 64, 64), np.uint8)}, "not uint8 [N, 48, 48]"),
        ({"images": np.zeros((2, 48, 48), np.float32)}, "is float32"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "labels": np.zeros(3, int)}, "not integers [2]"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "labels": np.array([1, 7])}, "row 1: label 7"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "usage": np.array([3, 0])}, "row 0: usage 3"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "labels": np.array(["a", {}], object)}, "not integers [2]"),
    ],
)
def test_wrong_arrays_are_refused(arrays: dict[str, NDArray[np.generic]], said: str, tmp_path: Path) -> None:
    """Each with its own word; pickled objects are never loaded."""
    np.savez(tmp_path / "x.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        fer2013.census(tmp_path / "x.npz")
    assert said in caught.value.what


def test_cut_npz_is_refused(tmp_path: Path) -> None:
    """Half a download is said to be one."""
    data = npz(tmp_path).read_bytes()
    (tmp_path / "cut.npz").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        fer2013.census(tmp_path / "cut.npz")


def test_folder_of_photographs_by_class_is_no_fer2013(tmp_path: Path) -> None:
    """Names alone do not make a photograph a face."""
    (tmp_path / "train" / "happy").mkdir(parents=True)
    Image.new("L", (640, 480)).save(tmp_path / "train/happy/a.png")
    assert fer2013.folder_usages(tmp_path) is None


def test_file_names_go_before_folder_names() -> None:
    """`test/` as it goes round holds PublicTest and PrivateTest."""
    usages = {"test": "PrivateTest"}
    assert fer2013.folder_declares("fer/test/fear/PublicTest_1.jpg", usages)["usage"] == "PublicTest"
    assert fer2013.folder_declares("fer/test/fear/1.jpg", usages)["usage"] == "PrivateTest"
