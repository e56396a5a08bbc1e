"""The step `predict` on a video: faces found in its frames, followed, asked about, and drawn over time."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.photo.output import Output
from evaluate.photo.record import COLUMNS, records
from evaluate.photo.source import text_of
from evaluate.timeline.chart import MOST_FACES, Course, chart
from evaluate.timeline.follow import LOST_S, Follower
from schemas.emotion import NAMES
from schemas.errors import ImageError
from workspace.console import progress
from workspace.engine import available_cores, quiet_opencv
from workspace.pixels import Limits, decode
from workspace.video.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.photo.faces import Faces, Finder
    from evaluate.photo.network import Network
    from schemas.settings import VideoSettings
    from workspace.video.reading import Frame

_AT_ONCE = 16
"""Frames whose faces are found together."""


def timeline(
    path: Path, network: Network, finder: Finder, reading: tuple[VideoSettings, Limits], out: Path
) -> dict[str, Any]:
    """Says what a network sees in the faces of a video over time.

    Args:
        path: The video.
        network: Whom to ask.
        finder: What finds the faces.
        reading: Which frames are looked at, and what is refused.
        out: Folder for the chart, `faces.csv` and `faces.json`; made where there is none.

    Returns:
        What `faces.json` holds: `network`, `notes`, `detector`, `crops`, `video`; `times` of all frames looked at; of
        each of `faces` its number, from when to when, `shares` of its frames by expression, and its `moments`;
        `ended`, the reason why the video broke off, or nothing; and, not in the file, `seconds` it took and
        `frames_per_second`.

    Raises:
        ImageError: Not one frame of the video can be used.
        UsageError: `out` holds something else.
        MissingPartError: Matplotlib is not there.
        StorageError: The disk refused it.
    """
    begun = time.perf_counter()
    output, name = Output(out), text_of(path.name)
    settings, limits = reading
    step = settings.every_seconds
    follower = Follower(max(LOST_S, 1.5 * step))
    times: list[float] = []
    moments: dict[int, list[dict[str, Any]]] = defaultdict(list)
    best: dict[int, tuple[float, NDArray[np.uint8]]] = {}
    ended: list[ImageError] = []
    frames = _until_broken(read(path, settings, limits.max_pixels, limits.max_side), ended)
    for at, faces in progress(_looked(frames, finder, limits), text="faces", unit="frames"):
        times.append(at)
        rows = records(faces, network.probabilities(faces.crops))
        for row, crop, face in zip(rows, faces.crops, follower.numbers(at, faces.boxes), strict=True):
            moments[face].append({"time_s": at, **row, "face": face})
            if face not in best or row["score"] > best[face][0]:
                best[face] = (row["score"], crop)
    if not times:
        raise _named(path, ended[0])
    drawn = f"{name}.timeline.png"
    longest = sorted(sorted(moments, key=lambda face: -len(moments[face]))[:MOST_FACES])
    courses = [_course(face, moments[face], best[face][1]) for face in longest]
    more = f"; {len(moments) - len(longest):,} more are in faces.csv" if len(moments) > len(longest) else ""
    output.put(drawn, chart(courses, f"{name}: {_faces(len(moments))}{more}", np.array(times), step))
    result = {
        "network": network.name,
        "notes": list(network.notes),
        "detector": finder.detector.recipe,
        "crops": str(finder.recipe),
        "video": name,
        "every_seconds": step,
        "times": times,
        "faces": [_face(face, rows) for face, rows in sorted(moments.items())],
        "ended": {"reason": ended[0].reason, "detail": ended[0].what, "fix": ended[0].fix} if ended else None,
        "drawn": [drawn],
    }
    table = sorted((row for rows in moments.values() for row in rows), key=lambda row: (row["time_s"], row["face"]))
    whole = output.finish(result, ("time_s", *COLUMNS), table)
    taken = time.perf_counter() - begun
    return {**whole, "seconds": round(taken, 2), "frames_per_second": round(len(times) / taken, 2)}


def summary(result: dict[str, Any]) -> str:
    """What was seen: how long, how many faces, and what each showed most."""
    times, faces = result["times"], result["faces"]
    many = f"{len(times):,} {'frame' if len(times) == 1 else 'frames'} from 0 to {times[-1]:.1f} s"
    text = [f"{result['video']}: {many}, {_faces(len(faces))}; {result['frames_per_second']:.1f} frames a second"]
    for face in faces:
        shares = sorted(face["shares"].items(), key=lambda pair: -pair[1])
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares[:3])
        frames = f"{len(face['moments']):,} {'frame' if len(face['moments']) == 1 else 'frames'}"
        text.append(f"face {face['face']}: {face['from_s']:.1f} to {face['to_s']:.1f} s, {frames}: {told}")
    return "\n".join(text)


def _looked(frames: Iterable[Frame], finder: Finder, limits: Limits) -> Iterator[tuple[float, Faces]]:
    """Each frame's time and faces; several at once, in the order of time."""

    def look(frame: Frame) -> tuple[float, Faces]:
        return frame.time_s, finder.faces(decode(frame.data, limits).pixels)

    with ThreadPoolExecutor(available_cores(), initializer=quiet_opencv) as threads:
        rest = iter(frames)
        while some := list(itertools.islice(rest, _AT_ONCE)):
            yield from threads.map(look, some)


def _until_broken(frames: Iterator[Frame], ended: list[ImageError]) -> Iterator[Frame]:
    """The frames up to where the video breaks off; why goes to `ended`."""
    try:
        yield from frames
    except ImageError as error:
        ended.append(error)


def _named(path: Path, error: ImageError) -> ImageError:
    return ImageError(error.reason, f"{path}: {error.what}")


def _course(face: int, rows: list[dict[str, Any]], crop: NDArray[np.uint8]) -> Course:
    shares = np.array([[row[name] for name in NAMES] for row in rows], np.float32)
    return Course(face, np.array([row["time_s"] for row in rows]), shares, crop)


def _face(face: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(row["label"] == name for row in rows) for name in NAMES}
    return {
        "face": face,
        "from_s": rows[0]["time_s"],
        "to_s": rows[-1]["time_s"],
        "shares": {name: round(count / len(rows), 4) for name, count in counts.items() if count},
        "moments": rows,
    }


def _faces(count: int) -> str:
    return "no face found" if not count else f"{count:,} {'face' if count == 1 else 'faces'} followed"
