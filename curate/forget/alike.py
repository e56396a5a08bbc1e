"""Pictures that are copies of another, and pictures that hold one of its faces: near by hash, verified by pixels.

What is found is the same photograph, scaled, saved anew or mirrored, and the same picture of a face, in another
photograph or collage. Another photograph of the same person is not: mien recognises no persons.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from curate.dedupe.neighbours import join
from curate.dedupe.verify import SAME_PHOTOGRAPH, SIDE, verify
from curate.faces.duplicates import same
from curate.faces.look import as_frame as as_detections, look
from curate.measure import as_frame, measure_picture
from schemas.errors import InputError
from workspace.detectors.choice import open_detector
from workspace.pixels import Limits, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from schemas.settings import FacesSettings
    from workspace.store import Workspace

RADIUS = 10
"""Furthest perceptual hashes that are compared by pixels, in bits of 64; as `dedupe` has it."""
_ANY_SIZE = Limits(max_bytes=2**62)


@dataclass(frozen=True)
class _Shapes:
    """Pictures, or faces, as they are compared.

    Attributes:
        image_ids: The picture of each.
        hashes: uint64 `[N]`.
        mirrored: uint64 `[N]`, of their mirror images.
        thumbnails: Gives the thumbnails at some places, by place; uint8 `[64, 64]`, grey.
    """

    image_ids: NDArray[np.object_]
    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    thumbnails: Callable[[Iterable[int]], dict[int, NDArray[np.uint8]]]


class Alike:
    """Looks for copies in a workspace, which is read when first needed."""

    def __init__(self, workspace: Workspace, settings: FacesSettings) -> None:
        self._workspace = workspace
        self._settings = settings

    def to_file(self, path: Path, why: dict[str, str]) -> None:
        """Adds the pictures like a picture file, by bytes, by pixels, or by one of its faces.

        Args:
            path: Need not have been taken in.
            why: Picture -> the reason it is meant; added to.

        Raises:
            InputError: The file cannot be read.
            ImageError: It holds no picture.
            MissingPartError: The weights of the detector are missing.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}", "give a picture file to --like") from error
        image_id = hashlib.sha256(data).hexdigest()
        picture = decode(data, _ANY_SIZE)
        if image_id in self._workspace.read_arrow("images", ["image_id"])["image_id"].to_pylist():
            why.setdefault(image_id, f"the same bytes as {path}")
        shown = as_frame([measure_picture(picture, image_id, len(data))])
        detector = open_detector(self._settings)
        faces = as_detections(look(picture.pixels, image_id, detector))
        faces = faces[faces["rank"] >= 0]
        ours = _given(shown, "phash", "thumbnail"), _given(faces, "face_phash", "face_thumbnail")
        self._add(*ours, str(path), why)

    def to_pictures(self, image_ids: Sequence[str], why: dict[str, str]) -> None:
        """Adds the pictures like some of the workspace's own; those like what is added are not looked for.

        Args:
            image_ids: The pictures.
            why: Picture -> the reason it is meant; added to.
        """
        wanted = set(image_ids)
        pictures, faces = self._pictures(), self._faces()
        self._add(_part(pictures, wanted), _part(faces, wanted), "", why)
        groups = self._workspace.read("duplicates", ["image_id", "group_id"])
        mine = groups.loc[groups["image_id"].isin(image_ids), "group_id"]
        for image_id in groups.loc[groups["group_id"].isin(mine), "image_id"]:
            why.setdefault(image_id, "a copy that dedupe found")

    def _add(self, pictures: _Shapes, faces: _Shapes, name: str, why: dict[str, str]) -> None:
        for one, other, figure in _matches(pictures, self._pictures(), RADIUS, _photograph, SAME_PHOTOGRAPH):
            why.setdefault(other, f"a copy of {name or one[:12]} ({figure:.3f})")
        distance, least = self._settings.face_distance, self._settings.same_face
        for one, other, figure in _matches(faces, self._faces(), distance, same, least):
            why.setdefault(other, f"holds a face of {name or one[:12]} ({figure:.3f})")

    @functools.cache  # noqa: B019 - lives as long as one command
    def _pictures(self) -> _Shapes:
        rows = self._workspace.read("images", ["image_id", "phash", "phash_mirrored"])
        return _shapes(rows, "phash", self._reader("images", "thumbnail", np.arange(len(rows))))

    @functools.cache  # noqa: B019 - as above
    def _faces(self) -> _Shapes:
        rows = self._workspace.read("detections", ["image_id", "rank", "face_phash", "face_phash_mirrored"])
        present = np.flatnonzero(rows["rank"] >= 0)
        return _shapes(rows.iloc[present], "face_phash", self._reader("detections", "face_thumbnail", present))

    def _reader(
        self, table: str, column: str, rows: NDArray[np.intp]
    ) -> Callable[[Iterable[int]], dict[int, NDArray[np.uint8]]]:
        """A function that gives thumbnails by their place among some rows, reading only the parts they lie in."""

        def read(places: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
            wanted = {int(rows[place]): place for place in places}
            found, start = {}, 0
            for part in self._workspace.parts(table):
                with pq.ParquetFile(part) as file:
                    end = start + file.metadata.num_rows
                    mine = [row for row in wanted if start <= row < end]
                    if mine:
                        values = file.read(columns=[column])[column]
                        found.update({wanted[row]: _square(values[row - start].as_py()) for row in mine})
                    start = end
            return found

        return read


def _part(shapes: _Shapes, image_ids: set[str]) -> _Shapes:
    at = np.flatnonzero([image_id in image_ids for image_id in shapes.image_ids])

    def thumbnails(places: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
        back = {int(at[place]): place for place in places}
        return {back[place]: value for place, value in shapes.thumbnails(back).items()}

    return _Shapes(shapes.image_ids[at], shapes.hashes[at], shapes.mirrored[at], thumbnails)


def _given(rows: pd.DataFrame, column: str, thumbnail: str) -> _Shapes:
    values = rows[thumbnail].to_list()
    return _shapes(rows, column, lambda places: {place: _square(values[place]) for place in places})


def _shapes(
    rows: pd.DataFrame, column: str, thumbnails: Callable[[Iterable[int]], dict[int, NDArray[np.uint8]]]
) -> _Shapes:
    return _Shapes(
        rows["image_id"].to_numpy(object),
        rows[column].to_numpy(np.uint64),
        rows[f"{column}_mirrored"].to_numpy(np.uint64),
        thumbnails,
    )


def _square(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE)


def _photograph(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    return verify(first, second).correlation


def _matches(
    ours: _Shapes,
    known: _Shapes,
    distance: int,
    compare: Callable[[NDArray[np.uint8], NDArray[np.uint8]], float],
    least: float,
) -> Iterator[tuple[str, str, float]]:
    """Pairs of image_ids with the figure they agree by: one of ours, and another of the known."""
    pairs = [
        (first, second, flip)
        for hashes, flip in ((ours.hashes, False), (ours.mirrored, True))
        for first, second in zip(*_near(hashes, known.hashes, distance), strict=True)
        if ours.image_ids[first] != known.image_ids[second]
    ]
    mine = ours.thumbnails({first for first, _, _ in pairs})
    theirs = known.thumbnails({second for _, second, _ in pairs})
    for first, second, flip in pairs:
        one = np.ascontiguousarray(mine[first][:, ::-1]) if flip else mine[first]
        figure = compare(one, theirs[second])
        if figure >= least:
            yield ours.image_ids[first], known.image_ids[second], figure


def _near(first: NDArray[np.uint64], second: NDArray[np.uint64], distance: int) -> tuple[list[int], list[int]]:
    pairs = join(first, second, distance)
    return pairs.first.tolist(), pairs.second.tolist()
