"""Hostile and damaged .keras files."""

from __future__ import annotations

import json
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from schemas.errors import InputError
from workspace.untrusted.archive import check_archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST = 2**24


def test_a_whole_file_passes(archive: Callable[..., Path]) -> None:
    """What Keras writes is let through."""
    check_archive(archive(), MOST)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated(archive: Callable[..., Path], share: float) -> None:
    """A download that was cut off is called damaged."""
    path = archive()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="is damaged") as raised:
        check_archive(path, MOST)
    assert raised.value.fix.startswith("fetch it again")


def test_a_flipped_bit_in_the_weights(archive: Callable[..., Path]) -> None:
    """The archive's own check sums are used."""
    path = archive()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"Bad CRC-32 for file 'model\.weights\.h5'"):
        check_archive(path, MOST)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_cannot_be_unpacked(archive: Callable[..., Path], packing: int) -> None:
    """Whichever way it is packed, bytes that are no such packing are called damage."""
    path = archive(packing=packing)
    data = bytearray(path.read_bytes())
    start = data.index(b"config.json") + len("config.json")
    data[start + 9 : start + 60] = b"\xff" * 51
    path.write_bytes(data)
    with pytest.raises(InputError, match="is damaged"):
        check_archive(path, MOST)


def test_a_name_that_is_no_text(archive: Callable[..., Path]) -> None:
    """A name that says it is UTF-8 and is not."""
    path = archive()
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 9] |= 0x08  # the flag that says so
    data[entry + 46] = 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="is damaged"):
        check_archive(path, MOST)


def test_a_decompression_bomb(archive: Callable[..., Path]) -> None:
    """A description of 12 MB that is stored in 12 kB is not unpacked."""
    path = archive(packing=zipfile.ZIP_DEFLATED, **{"config.json": b"{" + b" " * 12_000_000 + b"}"})
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"decompression bomb: config\.json unpacks to 12,000,002 bytes"):
        check_archive(path, MOST)


def test_pickled_weights(archive: Callable[..., Path]) -> None:
    """Weights in NumPy's format, which may be pickles, are refused unread."""
    with pytest.raises(InputError, match=r"holds 'model\.weights\.npz'; such files can hold pickles"):
        check_archive(archive(**{"model.weights.h5": None, "model.weights.npz": pickle.dumps(print)}), MOST)


@pytest.mark.parametrize("name", ["../../evil.py", "assets/vocabulary.txt", "/etc/cron.d/x"])
def test_members_that_no_network_has(archive: Callable[..., Path], name: str) -> None:
    """Nothing but the three files of Keras may be in it, wherever it would be unpacked to."""
    with pytest.raises(InputError, match="which no network for pictures has"):
        check_archive(archive(**{name: b"x"}), MOST)


def test_a_member_that_is_missing(archive: Callable[..., Path]) -> None:
    """It is named."""
    with pytest.raises(InputError, match=r"lacks model\.weights\.h5"):
        check_archive(archive(**{"model.weights.h5": None}), MOST)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice(archive: Callable[..., Path], config: dict[str, Any]) -> None:
    """One reader could see the first, another the second."""
    path = archive()
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("config.json", json.dumps(config))
    with pytest.raises(InputError, match=r"holds config\.json twice"):
        check_archive(path, MOST)


def test_a_description_nested_without_end(archive: Callable[..., Path]) -> None:
    """It is refused instead of ending the interpreter."""
    deep = b'{"class_name": "Sequential", "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    with pytest.raises(InputError, match="nested too deeply"):
        check_archive(archive(**{"config.json": deep}), MOST)


def test_weights_are_checked_too(archive: Callable[..., Path]) -> None:
    """What is no HDF5 file is refused."""
    with pytest.raises(InputError, match=r"the weights in .* cannot be read"):
        check_archive(archive(**{"model.weights.h5": b"no weights"}), MOST)
