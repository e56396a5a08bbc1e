"""Finding files: folders, archives and lists, honest and hostile."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from curate.inputs import Found, check_roots, count, find
from schemas.errors import InputError
from schemas.settings import IngestSettings

if TYPE_CHECKING:
    from pathlib import Path


def found(root: Path, **settings: int) -> dict[str, Found]:
    """All that is found below a root, by name."""
    items = list(find([root], IngestSettings(**settings), root / "no-workspace"))
    assert len({item.source for item in items}) == len(items)
    return {item.source: item for item in items}


def reasons(items: dict[str, Found]) -> dict[str, str]:
    """Name -> reason of all that cannot be opened."""
    return {name: item.problem.reason for name, item in items.items() if item.problem}


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


# Folders


def test_names_begin_with_the_folder(tmp_path: Path) -> None:
    """A file is named by its path below what was asked for, beginning with that folder's name."""
    (tmp_path / "raw/sub").mkdir(parents=True)
    (tmp_path / "raw/b.jpg").write_bytes(b"b")
    (tmp_path / "raw/sub/a.jpg").write_bytes(b"aa")
    items = found(tmp_path / "raw")
    assert {name: item.bytes for name, item in items.items()} == {"raw/b.jpg": 1, "raw/sub/a.jpg": 2}
    assert count([tmp_path / "raw"], tmp_path / "no-workspace") == 2


@pytest.mark.parametrize("name", ["ü☺.jpg", "two\nlines.jpg", "-rf.jpg", "a b'c\".jpg", "\x1b[31mred.jpg"])
def test_strange_names_are_kept(tmp_path: Path, name: str) -> None:
    """Unicode, newlines, quotes and escape codes in a name change nothing."""
    (tmp_path / name).write_bytes(b"x")
    assert list(found(tmp_path)) == [f"{tmp_path.name}/{name}"]


def test_name_that_is_no_utf8_is_written_out(tmp_path: Path) -> None:
    """A name that UTF-8 cannot hold gets its bytes spelt, so that tables can hold it."""
    path = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    with open(path, "wb") as file:  # noqa: PTH123 - a Path cannot hold this name
        file.write(b"x")
    assert list(found(tmp_path)) == [rf"{tmp_path.name}/caf\xe9.jpg"]


def test_circle_of_links_ends(tmp_path: Path) -> None:
    """A linked folder is a row of its own, not a way round for ever; a linked file is read."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.jpg").write_bytes(b"x")
    (tmp_path / "raw/loop").symlink_to(tmp_path / "raw")
    (tmp_path / "raw/link.jpg").symlink_to(tmp_path / "raw/a.jpg")
    (tmp_path / "raw/dangling.jpg").symlink_to(tmp_path / "gone.jpg")
    items = found(tmp_path / "raw")
    assert reasons(items) == {"raw/loop": "linked-folder", "raw/dangling.jpg": "unreadable"}
    assert set(items) == {"raw/a.jpg", "raw/link.jpg", "raw/loop", "raw/dangling.jpg"}


def test_pipe_is_not_opened(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    os.mkfifo(tmp_path / "pipe.jpg")
    assert list(reasons(found(tmp_path)).values()) == ["not-an-image"]


def test_the_workspace_itself_is_passed_over(tmp_path: Path) -> None:
    """A workspace inside the folder that is ingested does not eat its own pictures."""
    (tmp_path / "ws/originals").mkdir(parents=True)
    (tmp_path / "ws/originals/a.jpg").write_bytes(b"x")
    (tmp_path / "b.jpg").write_bytes(b"x")
    items = list(find([tmp_path], IngestSettings(), tmp_path / "ws"))
    assert [item.path.name for item in items] == ["b.jpg"]


# Archives


def test_zip_and_tar_give_the_same_members(tmp_path: Path) -> None:
    """Members come with their bytes, named below the archive."""
    make_zip(tmp_path / "a.zip", {"x/1.jpg": b"one", "2.jpg": b"two"})
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        for name, data in (("x/1.jpg", b"one"), ("2.jpg", b"two")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    for root in ("a.zip", "b.tar.gz"):
        items = found(tmp_path / root)
        assert {name: item.data for name, item in items.items()} == {f"{root}/x/1.jpg": b"one", f"{root}/2.jpg": b"two"}


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.jpg", "/etc/x.jpg", "a/../../x.jpg", "..\\x.jpg", "C:\\x.jpg"])
def test_path_out_of_a_zip_is_refused(tmp_path: Path, name: str) -> None:
    """A member whose name points outside is a rejected row, and the others are taken."""
    items = found(make_zip(tmp_path / "a.zip", {name: b"evil", "good.jpg": b"x"}))
    assert list(reasons(items).values()) == ["unsafe-path"]
    assert items["a.zip/good.jpg"].data == b"x"


def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path) -> None:
    """A link inside a tar could point at any file of the machine."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (("l.jpg", tarfile.SYMTYPE), ("h.jpg", tarfile.LNKTYPE), ("d.jpg", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert set(reasons(found(tmp_path / "a.tar")).values()) == {"unsafe-path"}


def test_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """Forty megabytes of zeros in 40 kB: the member is refused, the picture beside it is taken."""
    items = found(make_zip(tmp_path / "bomb.zip", {"zeros.bmp": bytes(40 * 2**20), "good.jpg": b"x"}))
    assert reasons(items) == {"bomb.zip/zeros.bmp": "archive-limit"}
    assert items["bomb.zip/good.jpg"].data == b"x"


def test_tar_bomb_ends_the_archive(tmp_path: Path) -> None:
    """A tar can only be read on by unpacking, so a bomb in it ends the reading, and says so."""
    with tarfile.open(tmp_path / "bomb.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("zeros.bmp")
        info.size = 40 * 2**20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    assert reasons(found(tmp_path / "bomb.tgz")) == {"bomb.tgz": "archive-limit"}


def test_limits_of_an_archive(tmp_path: Path) -> None:
    """Too many entries, or one too large, is said; what came before stays."""
    path = make_zip(tmp_path / "a.zip", {f"{n}.jpg": os.urandom(100) for n in range(5)})
    items = found(path, max_archive_files=3)
    assert reasons(items) == {"a.zip": "archive-limit"}
    assert sum(item.problem is None for item in items.values()) == 3
    large = make_zip(tmp_path / "b.zip", {"large.bmp": os.urandom(2**20 + 1)})
    assert reasons(found(large, max_file_mb=1)) == {"b.zip/large.bmp": "too-large-file"}


def test_archive_in_an_archive_and_encrypted_members(tmp_path: Path) -> None:
    """Neither is opened, both are said."""
    path = make_zip(tmp_path / "a.zip", {"inner.zip": b"PK", "secret.jpg": b"x"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(signature) + offset] |= 1  # the flag bit that says a member is encrypted
    path.write_bytes(data)
    assert reasons(found(path)) == {"a.zip/inner.zip": "nested-archive", "a.zip/secret.jpg": "encrypted"}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.txz"])
@pytest.mark.parametrize("data", [b"", b"no archive at all", b"PK\x03\x04" + bytes(60), b"\x1f\x8b\x08" + bytes(9)])
def test_damaged_archive_is_a_row(tmp_path: Path, name: str, data: bytes) -> None:
    """An archive that cannot be read is one rejected row, wherever it lies."""
    (tmp_path / name).write_bytes(data)
    assert list(reasons(found(tmp_path)).values()) == ["damaged-archive"]


def test_name_in_a_zip_that_is_no_text(tmp_path: Path) -> None:
    """A name that says it is UTF-8 and is not makes the archive a rejected row."""
    path = make_zip(tmp_path / "a.zip", {"a.jpg": b"x"})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 9] |= 0x08  # the flag that says so
    data[entry + 46] = 0xFF
    path.write_bytes(data)
    assert reasons(found(path)) == {"a.zip": "damaged-archive"}


def test_truncated_archive_keeps_what_it_has(tmp_path: Path) -> None:
    """The members before the cut are taken, and the cut is said."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in ("1.jpg", "2.jpg"):
            info = tarfile.TarInfo(name)
            info.size = 5000
            archive.addfile(info, io.BytesIO(os.urandom(5000)))
    data = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(data[:8000])
    items = found(tmp_path / "a.tar")
    assert items["a.tar/1.jpg"].problem is None
    assert len(reasons(items)) >= 1


def test_same_name_twice_in_a_zip(tmp_path: Path) -> None:
    """Both members are taken, under two names."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.jpg", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("x.jpg", b"2")
    assert set(found(path)) == {"a.zip/x.jpg", "a.zip/x.jpg#2"}


# Lists


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_list_carries_its_metadata(tmp_path: Path, suffix: str) -> None:
    """Known columns under any of their names are kept as such, all others as one JSON object."""
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics/a.jpg").write_bytes(b"x")
    frame = pd.DataFrame(
        {"File": ["pics/a.jpg", "gone.jpg"], "emotion": ["fear", ""], "license": ["CC0", "CC0"], "camera": ["X100", ""]}
    )
    path = tmp_path / f"list.{suffix}"
    {
        "csv": lambda: frame.to_csv(path, index=False),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(path),
    }[suffix]()
    items = found(path)
    good = items[f"list.{suffix}/pics/a.jpg"]
    assert good.declared == {"label": "fear", "licence": "CC0", "extra": json.dumps({"camera": "X100"})}
    assert reasons(items) == {f"list.{suffix}/gone.jpg": "missing-file"}


def test_empty_cell_names_its_row(tmp_path: Path) -> None:
    """A row without a path is rejected under its number."""
    (tmp_path / "list.csv").write_text("path,label\n,fear\n")
    assert reasons(found(tmp_path / "list.csv")) == {"list.csv/row 1": "missing-file"}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("list.csv", b"name,label\na.jpg,fear\n", "no column `path`; it has name, label"),
        ("list.csv", b"", "cannot read the list"),
        ("list.csv", b"path\n\xff\xfe\x00", "cannot read the list"),
        ("list.jsonl", b"{broken", "cannot read the list"),
        ("list.parquet", b"PAR1", "cannot read the list"),
    ],
)
def test_list_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    """Each says what it lacks."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words):
        found(tmp_path / name)


# Roots


def test_wrong_roots(tmp_path: Path) -> None:
    """A root that is missing, or is no folder, archive or list, is refused before anything is made."""
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="there is no"):
        check_roots([tmp_path / "gone"])
    with pytest.raises(InputError, match="neither a folder"):
        check_roots([tmp_path / "notes.txt"])


def test_folder_without_a_file(tmp_path: Path) -> None:
    """Neither an empty folder nor one of empty folders makes a workspace for nothing."""
    (tmp_path / "a/b").mkdir(parents=True)
    with pytest.raises(InputError, match="there is no file in"):
        check_roots([tmp_path / "a"])
