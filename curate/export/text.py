"""What `curate export` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(result: Mapping[str, Any]) -> str:
    """A few lines for people.

    Args:
        result: What `export` gave.
    """
    lines = [f"wrote {result['path']}", f"{result['format']}: {result['faces']:,} faces"]
    lines += [f"  {name}: {_listed(result[name])}" for name in ("classes", "splits") if result[name]]
    if result["left_out"]:
        lines.append(f"  left out: {'; '.join(f'{count:,} {why}' for why, count in result['left_out'].items())}")
    return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
