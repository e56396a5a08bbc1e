"""What is refused before the App's database starts, and which address opens where."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from evaluate.app.serve import ADDRESS, Look, _query, check_port
from evaluate.app.step import open_view
from schemas.errors import UsageError, WorkspaceError
from schemas.settings import AppSettings

if TYPE_CHECKING:
    from workspace.store import Workspace


def test_a_port_that_is_taken() -> None:
    """It is named, and how to take another; once it is free again it is taken."""
    with socket.socket() as other:
        other.bind((ADDRESS, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1") as caught:
            check_port(port)
    assert "--app-port" in caught.value.fix
    check_port(port)


def test_view_needs_a_networks_answers(workspace: Workspace) -> None:
    """Without any there is no error to look at; what makes some is named."""
    with pytest.raises(WorkspaceError, match="no network has been asked") as caught:
        next(iter(open_view(workspace, "", AppSettings())))
    assert "evaluate app --model" in caught.value.fix


def test_a_view_that_is_not_there() -> None:
    """Those that are there are named; none asked for opens the panel, or the plain grid."""
    data = SimpleNamespace(list_saved_views=lambda: ["fear-as-surprise", "label-doubts"])
    with pytest.raises(UsageError, match="no saved view 'fear'") as caught:
        _query(data, Look("fear"))
    assert caught.value.fix == "it has fear-as-surprise, label-doubts"
    assert _query(data, Look("")) == "?workspace=evaluation"
    assert _query(data, None) == ""
