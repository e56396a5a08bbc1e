"""The command `train`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `train --help` loads no heavy library.
"""

from __future__ import annotations

from workspace.console import application, run

app = application("Train the paper's network, its baselines and better ones on FER-2013 or a workspace.")


def main() -> None:
    """Entry point of the console command `train`."""
    run(app, "train")
