"""The demo's raw folder."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from curate.demo import make_raw, photographs
from curate.demo.folder import PIECES
from schemas.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def contents(folder: Path) -> dict[str, bytes]:
    """Path below the folder -> bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_raw_folder_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Two folders, and one written over itself, are equal byte for byte."""
    make_raw(tmp_path / "one")
    make_raw(tmp_path / "two")
    make_raw(tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_every_piece_is_in_the_folder(tmp_path: Path) -> None:
    """Each file that is explained later exists, be it an entry of the archive; and the other way round."""
    raw = make_raw(tmp_path)
    files = set(contents(tmp_path)) - {"photographs.csv", "variations/more.zip"}
    assert files == {piece.path for piece in PIECES if ".zip/" not in piece.path}
    assert raw.files == len(PIECES)
    assert all(root.exists() for root in raw.roots)


def test_list_names_every_photograph_with_its_licence(tmp_path: Path) -> None:
    """The list's paths exist, and each photograph a library ships bears its terms."""
    make_raw(tmp_path)
    rows = list(csv.DictReader((tmp_path / "photographs.csv").read_text(encoding="utf-8").splitlines()))
    assert all((tmp_path / row["path"]).is_file() for row in rows)
    assert [row["path"] for row in rows if not row["licence"]] == ["photographs/astronaut-again.jpg"]


def test_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """Somebody's own pictures never become part of the demo."""
    (tmp_path / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"mine\.jpg"):
        make_raw(tmp_path)
    assert contents(tmp_path) == {"mine.jpg": b"mine"}


def test_missing_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scikit-image the demo names its extra."""
    absent = photographs.Photograph("a.png", "no_such_library_here", "data", "", "")
    monkeypatch.setattr(photographs, "PHOTOGRAPHS", (absent,))
    with pytest.raises(MissingPartError) as caught:
        make_raw(tmp_path)
    assert "mien[demo]" in caught.value.fix
