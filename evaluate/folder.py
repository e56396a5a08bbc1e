"""The folder that a command leaves its findings in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_folder(out: Path, results: str) -> None:
    """Refuses a folder that holds something else, before an hour is spent on filling it.

    Args:
        out: Where the findings shall go.
        results: The file by which an earlier run's folder is known.

    Raises:
        UsageError: It is a file, or has files but no such one.
    """
    if out.exists() and not (out.is_dir() and ((out / results).is_file() or not any(out.iterdir()))):
        raise UsageError(f"{out} exists and holds no {results}", "name a new or an empty folder with --out")


def write_folder(out: Path, files: Mapping[str, bytes], results: str, content: dict[str, Any]) -> None:
    """Writes files, and the results last: where these lie, the rest is whole.

    Args:
        out: A folder; made where there is none. What an earlier run left there is replaced.
        files: Name below the folder -> content.
        results: Name of the file of results.
        content: What it holds, as JSON.

    Raises:
        StorageError: The disk refused it.
    """
    (out / results).unlink(missing_ok=True)
    for name, data in files.items():
        write_atomically(out / name, data, durable=False)
    write_atomically(out / results, as_bytes(content), durable=False)


def as_bytes(content: dict[str, Any]) -> bytes:
    """JSON as it is written into files: UTF-8, no NaN."""
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False).encode()
