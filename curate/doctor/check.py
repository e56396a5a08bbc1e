"""One line of the doctor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, ABSENT, WARNING, BROKEN = "ok", "absent", "warning", "broken"
"""States of a check. `absent`: an optional part that is not there. `warning`: works, but not well or not for long.
`broken`: curation cannot do its work."""


@dataclass(frozen=True)
class Check:
    """What was looked at and what was found.

    Attributes:
        name: What was looked at.
        state: `ok`, `absent`, `warning` or `broken`.
        found: What was found, one line.
        fix: What to do about it; empty where it is ok.
    """

    name: str
    state: str
    found: str
    fix: str = ""


def text(checks: Sequence[Check]) -> str:
    """The checks for a terminal, and a last line that sums up.

    >>> print(text([Check("Python", "ok", "3.11.7"), Check("GPU", "absent", "none", "none is needed")]))
    ok       Python  3.11.7
    absent   GPU     none
                     -> none is needed
    1 ok, 1 absent
    """
    width = max((len(check.name) for check in checks), default=0)
    lines = []
    for check in checks:
        lines.append(f"{check.state:<8} {check.name:<{width}}  {check.found}")
        if check.fix:
            lines.append(f"{'':<8} {'':<{width}}  -> {check.fix}")
    counts = {state: sum(check.state == state for check in checks) for state in (OK, ABSENT, WARNING, BROKEN)}
    return "\n".join([*lines, ", ".join(f"{count} {state}" for state, count in counts.items() if count)])
