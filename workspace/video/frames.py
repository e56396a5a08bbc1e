"""Reads one video and writes frames of it to stdout; run as a program of its own by `workspace.video.reading`.

A video is a stranger's, and decoders of video are large: this process can be killed when it hangs, may use only so
much memory, opens no file but its own, speaks to no network, and prints none of FFmpeg's remarks. It imports nothing of
mien, so that it can be run by its path, wherever mien lies.

Each record on stdout is a line of JSON, followed by `bytes` bytes where it has that key:

    {"time": 12.5, "bytes": 51234}         a frame, JPEG
    {"at": 14.0}                           still reading
    {"end": "", "detail": ""}              the whole video was read; or `end` is a reason code
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

ENVIRONMENT = {
    # Without the list of formats a text file named .mp4 may be a playlist that names other files (HLS, ffconcat).
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;file|format_whitelist;mov,avi,matroska",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "OFF",
}
"""What OpenCV reads before it opens a video; FFmpeg's name for MP4, M4V and MOV is mov, for MKV and WebM matroska."""

JPEG_QUALITY = 95
"""Frames have been through a lossy codec with halved chroma already: docs/video.md has what 95 costs and PNG saves."""
_GREY, _TILES = 64, 8
_HEARTBEAT_S = 1.0
_SLACK_S = 1e-6
"""By so much a stamp may miss a multiple: 0.6 // 0.2 is 2. Stamps are in microseconds at the finest."""


@dataclass(frozen=True)
class Order:
    """What to read.

    Attributes:
        path: The video.
        every_s: Seconds between two frames.
        difference: Grey levels by which the most different of 8 × 8 tiles must differ from the last frame taken.
        max_s: Seconds after which reading stops.
        max_pixels: Largest frame, width × height.
        max_side: Longest side of a frame.
        memory: Bytes of address space; 0 sets no limit.
    """

    path: str
    every_s: float
    difference: float
    max_s: float
    max_pixels: int
    max_side: int
    memory: int


def main() -> None:
    """Carries out the order in the first argument, a JSON object."""
    order = Order(**json.loads(sys.argv[1]))
    _limit_memory(order.memory)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    out = sys.stdout.buffer
    try:
        for record, data in _records(order):
            out.write(json.dumps(record).encode() + b"\n" + data)
            out.flush()
    except MemoryError:
        out.write(
            json.dumps({"end": "video-limit", "detail": "it needs more memory than it may have"}).encode() + b"\n"
        )
    out.flush()


def _records(order: Order) -> Iterator[tuple[dict[str, Any], bytes]]:
    import cv2

    cv2.setNumThreads(1)
    video = cv2.VideoCapture(order.path, cv2.CAP_FFMPEG)
    if not video.isOpened():
        yield {"end": "damaged-video", "detail": "it cannot be opened; its index or its codec cannot be read"}, b""
        return
    width, height = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if too_large := _too_large(width, height, order):
        yield {"end": "video-limit", "detail": too_large}, b""
        return
    yield from _frames(video, order)


def _frames(video: Any, order: Order) -> Iterator[tuple[dict[str, Any], bytes]]:
    import cv2

    last: NDArray[np.int16] | None = None
    due, at, told = 0.0, -1.0, time.monotonic()
    rate = video.get(cv2.CAP_PROP_FPS) or 25.0
    while video.grab():
        stamp = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # A file without time stamps gives 0, one that jumps back gives less: time must go on all the same.
        at = stamp if stamp > at else at + 1 / rate
        if at > order.max_s:
            yield {"end": "video-limit", "detail": f"it is longer than {order.max_s:,.0f} s"}, b""
            return
        if time.monotonic() - told > _HEARTBEAT_S:
            told = time.monotonic()
            yield {"at": at}, b""
        if at < due - _SLACK_S:
            continue
        read, frame = video.retrieve()
        if not read:
            continue
        if too_large := _too_large(frame.shape[1], frame.shape[0], order):
            yield {"end": "video-limit", "detail": too_large}, b""
            return
        due = (math.floor((at + _SLACK_S) / order.every_s) + 1) * order.every_s
        grey = _small(frame)
        if last is not None and _difference(grey, last) < order.difference:
            continue
        last = grey
        data = _jpeg(frame)
        yield {"time": round(at, 3), "bytes": len(data)}, data
    end = "" if at >= 0 else "damaged-video"
    yield {"end": end, "detail": "not one frame of it can be decoded" if end else ""}, b""


def _too_large(width: int, height: int, order: Order) -> str:
    if width * height > order.max_pixels or max(width, height) > order.max_side:
        return f"its frames have {width} × {height} pixels"
    return ""


def _small(frame: NDArray[np.uint8]) -> NDArray[np.int16]:
    import cv2
    import numpy as np

    grey = cv2.cvtColor(cv2.resize(frame, (_GREY, _GREY), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return grey.astype(np.int16)


def _difference(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """Mean absolute difference in the tile where it is greatest: a mouth that opens fills a tile, not the frame."""
    import numpy as np

    side = _GREY // _TILES
    return float(np.abs(one - other).reshape(_TILES, side, _TILES, side).mean(axis=(1, 3)).max())


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes())


def _end_with_parent(parent: int) -> None:
    """Ends this process, whatever the decoder is doing, once the one that started it was killed."""
    while os.getppid() == parent:
        time.sleep(_HEARTBEAT_S)
    os._exit(1)


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit holds there too
        return
    if most:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    main()
