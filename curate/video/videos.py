"""Frames of videos, as files that ingest takes in like any other.

The decoder runs in a process of its own (`curate/video/frames.py`), which is killed when it gets no further.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from curate.video import frames
from curate.video.containers import is_cut
from schemas.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from curate.inputs import Found
    from schemas.settings import IngestSettings, VideoSettings

SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
_MARKS = ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free"), (0, b"RIFF"), (0, b"\x1aE\xdf\xa3"))
"""Offset and bytes that the formats begin with: QuickTime's boxes, AVI, Matroska."""
_WAITING = 8
"""Frames read ahead."""


def is_video(path: Path) -> bool:
    """Whether the name is that of a video we read."""
    return path.name.lower().endswith(SUFFIXES)


class Videos:
    """Turns videos among files into their frames, and remembers which are finished.

    Attributes:
        finished: The videos read to their end, good or bad, in this run.
        whole: Names of those among them that had no fault.
    """

    def __init__(self, settings: VideoSettings, limits: IngestSettings) -> None:
        self.finished: list[Found] = []
        self.whole: set[str] = set()
        self._settings = settings
        self._limits = limits

    def mark(self, found: Found) -> Found:
        """The file; a video as it is read with these settings, so that other settings read it again."""
        if found.problem or found.url or not is_video(Path(found.member or found.path)):
            return found
        if found.data is not None or found.member:
            return dataclasses.replace(found, data=None, problem=ImageError("nested-video", "a video in an archive"))
        chosen = (self._settings.every_seconds, self._settings.frame_difference, self._settings.max_video_hours)
        return dataclasses.replace(found, member=f"frames {json.dumps(chosen)}")

    def frames(self, files: Iterable[Found], seen: set[str]) -> Iterator[Found]:
        """Passes files on; in place of a video its frames that have not been seen, and its problem if it has one.

        Args:
            files: From `mark`.
            seen: Fingerprints of what has been taken in.
        """
        for found in files:
            if found.problem or not found.member.startswith("frames "):
                yield found
                continue
            frames, problem = 0, None
            try:
                for frame in read(found, self._settings, self._limits):
                    frames += 1
                    if frame.fingerprint() not in seen:
                        yield frame
            except ImageError as error:
                problem = ImageError(error.reason, f"{error.what}; {frames} frames before that were taken")
            if problem:
                yield dataclasses.replace(found, member="", problem=problem)
            else:
                self.whole.add(found.source)
            self.finished.append(found)


def read(video: Found, settings: VideoSettings, limits: IngestSettings) -> Iterator[Found]:
    """The frames of one video.

    Args:
        video: A plain file.
        settings: How far apart and how different frames must be, and how long a video may be.
        limits: How large a frame may be.

    Yields:
        Frames in the order of their time: the first at or after each multiple of `every_seconds` by the video's own
        time stamps, unless it is nearly the same as the last one taken; upright, as JPEG, named
        `<video>/t<seconds>`, with the columns `video` and `time_s`. Equal videos give equal frames, with the
        same version of OpenCV.

    Raises:
        ImageError: `damaged-video`, `truncated-video`, `stalled-video` or `video-limit`, after the frames before it.
    """
    _check(video, settings)
    cut = is_cut(video.path)
    order = frames.Order(
        path=str(video.path),
        every_s=settings.every_seconds,
        difference=settings.frame_difference,
        max_s=settings.max_video_hours * 3600,
        max_pixels=limits.max_pixels,
        max_side=limits.max_side,
        memory=settings.video_memory_gb * 2**30,
    )
    times: set[str] = set()
    for record, data in _records(order, settings.video_timeout):
        if "time" in record:
            name = f"t{record['time']:010.3f}"
            if name in times:  # two frames within a millisecond
                continue
            times.add(name)
            declared = {**video.declared, "video": video.source, "time_s": record["time"]}
            yield dataclasses.replace(video, source=f"{video.source}/{name}", member=name, data=data, declared=declared)
        elif "end" in record and cut and record["end"] in ("", "damaged-video"):
            raise ImageError("truncated-video", "the file ends before the video does")
        elif record.get("end"):
            raise ImageError(record["end"], record["detail"])


def _check(video: Found, settings: VideoSettings) -> None:
    if video.bytes > settings.max_video_gb * 2**30:
        raise ImageError("video-limit", f"it has {video.bytes / 2**30:.1f} GiB")
    try:
        with video.path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise ImageError("unreadable", error.strerror or str(error)) from error
    if not start:
        raise ImageError("empty-file", "the file has 0 bytes")
    if not any(start[at:].startswith(mark) for at, mark in _MARKS):
        raise ImageError("damaged-video", f"no video format begins with {start[:8]!r}")


def _records(order: frames.Order, timeout: float) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What the process says, as long as it says something every `timeout` seconds."""
    # -P: neither our folder nor the one we were called from may stand in for a library.
    script = str(Path(frames.__file__).absolute())
    command = [sys.executable, "-P", script, json.dumps(dataclasses.asdict(order))]
    process = subprocess.Popen(  # noqa: S603 - our own program; the path is one argument of JSON
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **frames.ENVIRONMENT},
    )
    said: queue.Queue[tuple[dict[str, Any], bytes] | None] = queue.Queue(_WAITING)
    stopped = threading.Event()
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    listener = threading.Thread(target=_listen, args=(process.stdout, said, stopped), daemon=True)
    listener.start()
    try:
        while True:
            try:
                record = said.get(timeout=timeout)
            except queue.Empty:
                raise ImageError("stalled-video", f"nothing came of it for {timeout:g} s") from None
            if record is None:
                raise ImageError("damaged-video", "the decoder broke down on it")
            yield record
            if "end" in record[0]:
                return
    finally:
        stopped.set()
        process.kill()
        process.wait()
        listener.join(1)
        process.stdout.close()


def _listen(pipe: IO[bytes], said: queue.Queue[tuple[dict[str, Any], bytes] | None], stopped: threading.Event) -> None:
    while not stopped.is_set():
        line = pipe.readline()
        record = json.loads(line) if line.endswith(b"\n") else None
        data = pipe.read(record["bytes"]) if record and "bytes" in record else b""
        whole = record if record is not None and len(data) == record.get("bytes", 0) else None
        while not stopped.is_set():
            try:
                said.put((whole, data) if whole is not None else None, timeout=0.2)
                break
            except queue.Full:
                continue
        if whole is None or "end" in whole:
            return
