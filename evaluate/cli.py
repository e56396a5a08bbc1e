"""The command `evaluate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `evaluate --help` loads no heavy library.
"""

from __future__ import annotations

from workspace.console import application, run

app = application("How well a network recognises expressions, with intervals, what it confuses and why.")


def main() -> None:
    """Entry point of the console command `evaluate`."""
    run(app, "evaluate")
