"""The doctor: all checks, in the order they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.doctor.machine import machine_checks
from curate.doctor.mongod import mongod_checks
from curate.doctor.packages import package_checks
from curate.doctor.weights import weights_checks

if TYPE_CHECKING:
    from pathlib import Path

    from curate.doctor.check import Check


def doctor(workspace: Path | None = None) -> list[Check]:
    """Looks at everything mien needs, and waits for no program long.

    Args:
        workspace: The folder of a data set, or None.

    Returns:
        One check a line. Curation can do its work unless one of them is `broken`.
    """
    return [*package_checks(), *weights_checks(workspace), *mongod_checks(), *machine_checks(workspace)]
