"""`augment replay`: makes one sample again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from augment.files import file_of, png
from schemas.errors import InputError, UsageError, WorkspaceError
from workspace.augmented.samples import Parents, renderings, samples
from workspace.files import write_atomically
from workspace.pixels import decode

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace


def replay(workspace: Workspace, sample: str, out: Path) -> dict[str, Any]:
    """Renders a sample by its recipe.

    Args:
        workspace: With the table `augmented`.
        sample: `<face_id>.<copy>`; of the face_id the first digits do, where no other parent begins with them.
        out: Where the PNG goes.

    Returns:
        `sample`, `parent`, `copy`, `label`, `policy`, `recipe`, `pixels` (SHA-256 of the 2,304 bytes), `written`.

    Raises:
        UsageError: There is no such sample, or there are several.
        WorkspaceError: Other versions of the libraries are installed than made it, or its parent's crop is gone.
        InputError: It was written as a file, and is not equal to that: the file, or the crop, was changed.
    """
    parent, _, copy = sample.partition(".")
    rows = samples(workspace)
    found = rows[rows["face_id"].str.startswith(parent) & (rows["copy"].astype(str) == copy)]
    if len(found) != 1:
        told = "is several samples" if len(found) else "is no sample"
        fix = 'name it <face_id>.<copy>; `curate sql "select face_id, copy from augmented where copy > 0"` lists them'
        raise UsageError(f"`{sample}` {told}", fix)
    row = found.iloc[0]
    face_id, number = str(row["face_id"]), int(row["copy"])
    pixels = next(renderings(Parents(workspace), [(face_id, [row["recipe"]])], 1))[0]
    data = png(pixels)
    kept = file_of(workspace, face_id, number)
    if kept.exists() and decode(kept.read_bytes()).pixels.tobytes() != pixels.tobytes():
        raise InputError(
            f"{kept} is not what the recipe gives", "run `augment verify`; it tells how many others differ"
        )
    try:
        write_atomically(out, data)
    except FileNotFoundError as error:
        raise WorkspaceError(f"there is no folder {out.parent}", "make it, or name another with --out") from error
    return {
        "sample": f"{face_id}.{number}",
        "parent": face_id,
        "copy": number,
        "label": str(row["label"]),
        "policy": str(row["policy"]),
        "recipe": row["recipe"],
        "pixels": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "written": str(out),
    }


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    lines = [f"{result['sample']}  {result['label']}, {result['policy']}"]
    lines += [
        f"  {name}: {', '.join(f'{key} {value:g}' for key, value in values.items()) or 'yes'}"
        for name, values in result["recipe"].items()
    ]
    return "\n".join([*lines, f"pixels {result['pixels']}", f"wrote {result['written']}"])
