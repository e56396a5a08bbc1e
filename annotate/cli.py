"""The command `annotate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `annotate --help` loads no heavy library.
"""

from __future__ import annotations

from workspace.console import application, run

app = application("Blind, multi-rater expert labelling in Label Studio, and what the experts agree on.")


def main() -> None:
    """Entry point of the console command `annotate`."""
    run(app, "annotate")
