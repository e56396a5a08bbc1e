"""What a rater sees: the face's crop, and the photograph it was cut from, under names that tell nothing.

Pictures are made from pixels alone, so that no metadata of the original comes along.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import simplejpeg

from annotate.studio_files import make_folder, pictures as root
from annotate.uid import opaque
from schemas.errors import UsageError, WorkspaceError
from workspace.files import disk_errors, write_atomically
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from annotate.plan import Task
    from schemas.settings import PushSettings
    from workspace.store import Workspace

CANVAS = (900, 600)
"""Width and height of what every photograph is shown on, in pixels, so that nothing moves from task to task."""
_PAPER = 235
"""Grey level around a photograph of another shape."""
_FRAME = (255, 214, 0)
"""RGB of the frame around the face: yellow, which skin and clothes seldom have."""


class Pictures:
    """Makes the pictures of tasks and says how the server names them.

    A face that several raters see lies on the disk once, under a name for each.
    """

    def __init__(self, workspace: Workspace, settings: PushSettings, key: bytes) -> None:
        if settings.pictures == "http" and not settings.picture_base.startswith(("http://", "https://")):
            raise UsageError("pictures by http need their address", "--picture-base https://…")
        self._workspace, self._settings, self._key = workspace, settings, key
        self._photograph = _photographs(workspace) if settings.context else None
        self._last: tuple[str, list[bytes]] = ("", [])

    def folder(self, rater: str) -> Path:
        """The folder that holds a rater's pictures."""
        return root(self._workspace) / opaque(self._key, "folder", rater)[:12]

    def data(self, task: Task) -> dict[str, str]:
        """A task's data, as the server keeps them: uid, image and, where it is shown, context.

        Args:
            task: Of the table `tasks`.
        """
        data = {"uid": task.uid}
        for field, name in self._names(task).items():
            if self._settings.pictures == "data-uri":
                content = self._contents(task.face_id)[field == "context"]
                data[field] = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
            else:
                place = f"{self.folder(task.rater).name}/{name}"
                base = self._settings.picture_base.rstrip("/")
                data[field] = (
                    f"{base}/{place}" if self._settings.pictures == "http" else f"/data/local-files/?d={place}"
                )
        return data

    def differs(self, task: Task) -> bool:
        """Whether a rater's picture is missing, or is not the crop as it is now.

        A photograph is what it was: its bytes and the face's box are in the face_id.
        """
        if self._settings.pictures == "data-uri":
            return False
        paths = [self.folder(task.rater) / name for name in self._names(task).values()]
        if not all(path.exists() for path in paths):
            return True
        crop = self._crop(task.face_id)
        return not paths[0].samefile(crop) and paths[0].read_bytes() != crop.read_bytes()

    def put(self, task: Task) -> None:
        """Lays a task's pictures into the rater's folder."""
        if self._settings.pictures == "data-uri":
            return
        folder = self.folder(task.rater)
        for name, content in zip(self._names(task).values(), self._sources(task.face_id), strict=True):
            if isinstance(content, bytes):
                write_atomically(folder / name, content, durable=False)
            else:
                _link(content, folder / name)

    def prepare(self, rater: str) -> Path:
        """Makes the rater's folder."""
        make_folder(self._workspace)
        folder = self.folder(rater)
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _names(self, task: Task) -> dict[str, str]:
        names = {"image": f"{task.uid}.png"}
        if self._settings.context:
            names["context"] = f"{task.uid}.jpg"
        return names

    def _sources(self, face_id: str) -> list[Path | bytes]:
        """The crop's file and, where it is shown, the photograph's bytes."""
        crop = self._crop(face_id)
        return [crop, self._contents(face_id)[1]] if self._settings.context else [crop]

    def _contents(self, face_id: str) -> list[bytes]:
        if self._last[0] != face_id:
            contents = [_jpeg(decode(self._crop(face_id).read_bytes()).pixels)]
            if self._photograph is not None:
                contents.append(self._photograph(face_id))
            self._last = (face_id, contents)
        return self._last[1]

    def _crop(self, face_id: str) -> Path:
        path = self._workspace.picture_path("faces", f"{face_id}.png")
        if not path.exists():
            raise WorkspaceError(f"the crop of face {face_id} is not there", "curate faces, which cuts it again")
        return path


def _link(source: Path, target: Path) -> None:
    """A hard link, which costs no room and stays what it is when the crop is replaced; a copy across disks."""
    with disk_errors(target):
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            write_atomically(target, source.read_bytes(), durable=False)


def _photographs(workspace: Workspace) -> Callable[[str], bytes]:
    """A function that gives a face's photograph as JPEG: small, the face framed."""
    faces = workspace.read_arrow("faces", ["face_id", "image_id", "left", "top", "right", "bottom"]).to_pylist()
    images = workspace.read_arrow("images", ["image_id", "format"]).to_pylist()
    found = {face["face_id"]: face for face in faces}
    formats = {image["image_id"]: image["format"] for image in images}
    read = workspace.originals()

    def photograph(face_id: str) -> bytes:
        face = found[face_id]
        pixels = decode(read(face["image_id"], formats[face["image_id"]])).pixels
        return framed(pixels, (face["left"], face["top"], face["right"], face["bottom"]))

    return photograph


def framed(pixels: NDArray[np.uint8], box: tuple[float, float, float, float]) -> bytes:
    """A photograph with a frame around a face, in the middle of a canvas that is the same for all.

    Args:
        pixels: uint8, RGB `[H, W, 3]` or grey `[H, W]`.
        box: Left, top, right and bottom edge of the face, in pixels.

    Returns:
        JPEG of 900 × 600 pixels without metadata; a photograph that is smaller is not enlarged.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, CANVAS[0] / width, CANVAS[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels.copy()
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    left, top, right, bottom = (round(edge * scale) for edge in box)
    cv2.rectangle(small, (left, top), (right, bottom), _FRAME, thickness=2)
    canvas = np.full((CANVAS[1], CANVAS[0], 3), _PAPER, np.uint8)
    x, y = (CANVAS[0] - size[0]) // 2, (CANVAS[1] - size[1]) // 2
    canvas[y : y + size[1], x : x + size[0]] = small
    return _jpeg(canvas)


def _jpeg(pixels: NDArray[Any]) -> bytes:
    """An eighth of the PNG's size, since a task with its picture inside is sent whole whenever tasks are listed."""
    colour = np.ascontiguousarray(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    return bytes(simplejpeg.encode_jpeg(colour, quality=90, colorspace="RGB", colorsubsampling="420"))
