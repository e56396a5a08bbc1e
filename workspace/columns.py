"""A column of small pictures as an array on the disk, so that a table's pictures need not fit into memory."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from schemas.errors import WorkspaceError
from workspace.parquet import read_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.store import Workspace


def mapped(workspace: Workspace, table: str, column: str, side: int, file: IO[bytes]) -> NDArray[np.uint8]:
    """Lays the square pictures of a binary column into a file, part by part, and maps it.

    The memory they take is the system's to take back.

    Args:
        workspace: Whose table is read.
        table: Its name.
        column: A column of `side`² bytes a row, or none where a row has no picture.
        side: Pixels.
        file: An open temporary file; it must stay open as long as the array is used.

    Returns:
        uint8 `[rows, side, side]`, in the order of the table; zeros where a row has no picture.

    Raises:
        WorkspaceError: A picture has another size.
    """
    count = 0
    for path in workspace.parts(table):
        values = read_part(path, [column])[column].to_pylist()
        if any(len(value) not in (0, side**2) for value in values):
            raise WorkspaceError(
                f"{path} has pictures of another size than {side} × {side}",
                "ingest into a new workspace; this one was made by another version of mien",
            )
        file.write(b"".join(value or bytes(side**2) for value in values))
        count += len(values)
    file.flush()
    if count == 0:
        return np.empty((0, side, side), dtype=np.uint8)
    return np.memmap(file, dtype=np.uint8, mode="r+", shape=(count, side, side))
