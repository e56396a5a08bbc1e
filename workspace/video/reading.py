"""Frames of one video: a process of its own decodes it (`workspace/video/frames.py`), and is killed when it hangs."""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

from schemas.errors import ImageError
from workspace.video import frames
from workspace.video.containers import is_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.settings import VideoSettings

SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
_MARKS = ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free"), (0, b"RIFF"), (0, b"\x1aE\xdf\xa3"))
"""Offset and bytes that the formats begin with: QuickTime's boxes, AVI, Matroska."""
_WAITING = 8
"""Frames read ahead."""


@dataclass(frozen=True)
class Frame:
    """A frame of a video.

    Attributes:
        time_s: When, by the video's own time stamps, seconds to the thousandth.
        data: A JPEG file, upright.
    """

    time_s: float
    data: bytes


def is_video(path: PurePath) -> bool:
    """Whether the name is that of a video we read."""
    return path.name.lower().endswith(SUFFIXES)


def read(path: Path, settings: VideoSettings, max_pixels: int, max_side: int) -> Iterator[Frame]:
    """The frames of one video.

    Args:
        path: A plain file.
        settings: How far apart and how different frames must be, and how long and large a video may be.
        max_pixels: Largest frame, width × height.
        max_side: Longest side of a frame, pixels.

    Yields:
        Frames in the order of their time, no two at one: the first at or after each multiple of `every_seconds`,
        unless it is nearly the same as the last one taken. Equal videos give equal frames, with the same version of
        OpenCV.

    Raises:
        ImageError: `damaged-video`, `truncated-video`, `stalled-video` or `video-limit`, after the frames before it.
    """
    _check(path, settings)
    cut = is_cut(path)
    order = frames.Order(
        path=str(path),
        every_s=settings.every_seconds,
        difference=settings.frame_difference,
        max_s=settings.max_video_hours * 3600,
        max_pixels=max_pixels,
        max_side=max_side,
        memory=settings.video_memory_gb * 2**30,
    )
    last = -1.0
    for record, data in _records(order, settings.video_timeout):
        if "time" in record:
            if record["time"] > last:  # else two frames within a millisecond
                last = record["time"]
                yield Frame(last, data)
        elif "end" in record and cut and record["end"] in ("", "damaged-video"):
            raise ImageError("truncated-video", "the file ends before the video does")
        elif record.get("end"):
            raise ImageError(record["end"], record["detail"])


def _check(path: Path, settings: VideoSettings) -> None:
    try:
        with path.open("rb") as file:
            size, start = os.fstat(file.fileno()).st_size, file.read(16)
    except OSError as error:
        raise ImageError("unreadable", error.strerror or str(error)) from error
    if size > settings.max_video_gb * 2**30:
        raise ImageError("video-limit", f"it has {size / 2**30:.1f} GiB")
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
