"""Pulls as the raters work."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from annotate.watch import watch
from schemas.errors import StudioError
from schemas.settings import PullSettings, WatchSettings
from tests.annotate.test_pull import Labelling, labelling, picked  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.annotate.conftest import StudioServer

pytestmark = pytest.mark.labelstudio


def watched(labelling: Labelling, *steps: Callable[[], Any]) -> list[tuple[int, int, int]]:  # noqa: F811 - as above
    """New, changed and marked rows of each pull, with a step done in each wait; stops after the last."""
    waiting = iter(steps)

    def wait(_: float) -> bool:
        step = next(waiting, None)
        if step:
            step()
        return step is None

    results = watch(labelling.workspace, labelling.admin, (PullSettings(), WatchSettings()), wait)
    return [(result["new"], result["changed"], result["gone"]) for result in results]


def test_each_change_is_pulled_once(labelling: Labelling) -> None:  # noqa: F811
    """An answer, its change and deletion, a deleted task: each brings one pull; a wait without a change none."""
    rater, tasks = labelling.rater, labelling.tasks
    given: list[int] = []
    counts = watched(
        labelling,
        lambda: given.append(rater.annotate(tasks[0], [picked("emotion", "sad")])),
        lambda: None,
        lambda: rater.change_annotation(given[0], [picked("emotion", "fear")]),
        lambda: rater.client.annotations.delete(given[0]),
        lambda: rater.delete_tasks([tasks[0]]),
    )
    assert counts == [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 2), (0, 0, 0)]


def test_a_busy_workspace_is_waited_for(labelling: Labelling, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Another command writes: a remark, and the pull comes when it has ended."""
    labelling.rater.annotate(labelling.tasks[0], [picked("emotion", "sad")])
    with contextlib.ExitStack() as held:
        held.enter_context(labelling.workspace.lock())
        assert watched(labelling, held.close) == [(1, 0, 0)]
    assert "it is waited for" in capsys.readouterr().err


def test_a_deleted_project_ends_it(labelling: Labelling) -> None:  # noqa: F811
    """Waiting would not bring it back."""
    with pytest.raises(StudioError, match="has no project"):
        watched(labelling, lambda: labelling.admin.delete_project(labelling.project))


def test_the_command_ends_when_told_to(labelling: Labelling, studio_environment: StudioServer) -> None:  # noqa: F811
    """After the first pull a SIGTERM ends it with status 0."""
    command = [sys.executable, "-m", "annotate", "watch", "--workspace", str(labelling.workspace.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("0 answers in 1 projects")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
