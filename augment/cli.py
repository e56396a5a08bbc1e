"""The command `augment`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `augment --help` loads no heavy library.
"""

from __future__ import annotations

from workspace.console import application, run

app = application("Rebalance the classes of the training split without leaking or inventing.")


def main() -> None:
    """Entry point of the console command `augment`."""
    run(app, "augment")
