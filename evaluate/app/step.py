"""The steps `app` and `view`: what networks say of a workspace's faces is shown in the App."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluate.app.embedding import embed
from evaluate.app.rows import content
from evaluate.app.serve import Look, serve
from evaluate.predict import predict
from schemas.errors import WorkspaceError
from workspace.console import note
from workspace.lineage import last_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evaluate.app.rows import Content
    from evaluate.app.serve import Opened
    from schemas.settings import AppSettings, PredictSettings
    from workspace.store import Workspace


def open_app(
    workspace: Workspace, model: str, settings: AppSettings, predict_settings: PredictSettings
) -> Iterator[Opened]:
    """Opens the App; yields once it can be looked at, and goes on until Ctrl-C or SIGTERM.

    Args:
        workspace: Whose kept faces are shown.
        model: A network that is asked about all of them first, as in `evaluate.model.open_model`; empty: only what the
            table `predictions` has.
        settings: Of the App.
        predict_settings: Of the network.

    Yields:
        The open App, once.

    Raises:
        InputError: The model file is not what mien opens.
        WorkspaceError: There is no kept face, or the database does not start.
    """

    def gather() -> Content:
        first = ""
        if model:
            with workspace.lock():
                first = str(predict(workspace, model, predict_settings)["model"])
            faces = workspace.read("faces", ["face_id", "kept"])
            why_not = embed(workspace, model, predict_settings, list(faces.loc[faces["kept"], "face_id"]))
            if why_not:
                note(f"no embedding, so no plane and no uniqueness: {why_not}")
        return content(workspace, first)

    return serve(workspace, gather, settings)


def open_view(workspace: Workspace, view: str, settings: AppSettings) -> Iterator[Opened]:
    """Opens the App on what was predicted last, where its errors are.

    Args:
        workspace: Whose kept faces are shown.
        view: A saved view; empty: the panel Model Evaluation beside the grid.
        settings: Of the App.

    Yields:
        The open App, once.

    Raises:
        UsageError: There is no such view.
        WorkspaceError: No network has been asked about the faces, or the database does not start.
    """
    networks = sorted(set(workspace.read("predictions", ["model"])["model"]))
    if not networks:
        what = f"no network has been asked about the faces of {workspace.path}"
        raise WorkspaceError(what, "`evaluate app --model cnn.keras` asks one and opens the App")
    line = last_line(workspace, "predict")
    digest = str(line["inputs"].get("model", "")) if line else ""
    first = next((name for name in networks if digest and digest.startswith(name.rpartition("@")[2])), "")
    return serve(workspace, lambda: content(workspace, first), settings, Look(view))
