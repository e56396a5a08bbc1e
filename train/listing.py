"""`train list`: the networks by name, with what each costs."""

from __future__ import annotations

from typing import Any

from train.architectures import ARCHITECTURES, SIDE
from train.cost import multiply_adds, parameters

_BYTES = 4
"""Of one float32 weight."""


def listing() -> list[dict[str, Any]]:
    """A row for each architecture: name, parameters, multiply_adds, megabytes, meaning."""
    rows = []
    for entry in ARCHITECTURES.values():
        model = entry.build((SIDE, SIDE, 1))
        count = parameters(model)
        rows.append(
            {
                "name": entry.name,
                "parameters": count,
                "multiply_adds": multiply_adds(model),
                "megabytes": round(count * _BYTES / 1e6, 1),
                "meaning": entry.meaning,
            }
        )
    return rows


def text(rows: list[dict[str, Any]]) -> str:
    """The rows as an aligned table."""
    head = f"{'network':12}  {'parameters':>11}  {'multiply-adds':>14}  {'size':>8}"
    lines = [
        f"{row['name']:12}  {row['parameters']:>11,}  {row['multiply_adds']:>14,}  {row['megabytes']:>5.1f} MB"
        f"  {row['meaning']}"
        for row in rows
    ]
    return "\n".join([head, *lines])
