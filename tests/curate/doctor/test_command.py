"""Programs that the doctor asks."""

from __future__ import annotations

import sys

from curate.doctor.command import output_of


def test_program_that_hangs_is_given_up() -> None:
    """A minute's sleep ends after a fifth of a second."""
    good, said = output_of([sys.executable, "-c", "import time; time.sleep(60)"], 0.2)
    assert (good, said) == (False, "no answer within 0.2 s")


def test_program_that_is_absent_is_told() -> None:
    """The system's own words."""
    assert output_of(["/no/such/program"]) == (False, "No such file or directory")


def test_program_that_fails_gives_its_last_words() -> None:
    """What it wrote on stderr."""
    good, said = output_of([sys.executable, "-c", "raise SystemExit('broken')"])
    assert (good, said) == (False, "broken")
