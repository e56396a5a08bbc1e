"""Which face of the workspace an imported label means."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from annotate.answers import Refusal

if TYPE_CHECKING:
    from workspace.store import Workspace


class Faces:
    """The workspace's faces by every name that a file may use.

    Args:
        workspace: Of which `faces` and `sources` are read.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._ids: set[str] = set()
        self._of_image: dict[str, list[str]] = defaultdict(list)
        for row in workspace.read_arrow("faces", ["face_id", "image_id", "rank", "kept"]).to_pylist():
            if row["rank"] >= 0:
                self._ids.add(row["face_id"])
            if row["kept"]:
                self._of_image[row["image_id"]].append(row["face_id"])
        self._images: set[str] = set()
        self._sources: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in workspace.read_arrow("sources", ["source", "image_id"]).to_pylist():
            self._images.add(row["image_id"])
            self._sources[row["source"].rpartition("/")[2]].append((row["source"], row["image_id"]))

    def find(self, name: str, image_id: str | None = None) -> str | Refusal:
        """The face that is meant.

        Args:
            name: A face_id, with or without the ending of a picture file; or the source of a picture with exactly one
                kept face, from its beginning or from any folder on.
            image_id: SHA-256 of the picture's bytes, where they are at hand; goes before the name as a source.

        Returns:
            The face_id, or why there is none.
        """
        short = name.rpartition("/")[2].partition(".")[0]
        for face in (name, short):
            if face in self._ids:
                return face
        if image_id in self._images:
            return self._only_face(str(image_id), name)
        ending = f"/{name}"
        meant = {image for source, image in self._sources[name.rpartition("/")[2]] if f"/{source}".endswith(ending)}
        if len(meant) > 1:
            return Refusal("unknown-face", f"{name!r} names {len(meant)} pictures; give more of the path")
        if not meant:
            return Refusal("unknown-face", f"{name!r} is neither a face_id nor the source of a picture")
        return self._only_face(meant.pop(), name)

    def _only_face(self, image_id: str, name: str) -> str | Refusal:
        kept = self._of_image.get(image_id, [])
        if len(kept) == 1:
            return kept[0]
        if kept:
            return Refusal("several-faces", f"{name!r} has {len(kept)} kept faces")
        return Refusal("unknown-face", f"{name!r} has no kept face")
