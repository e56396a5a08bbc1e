"""Frames of videos, as files that ingest takes in like any other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import ImageError
from workspace.video import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from curate.inputs import Found
    from schemas.settings import IngestSettings, VideoSettings


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
        if found.problem or found.url or not reading.is_video(Path(found.member or found.path)):
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
    """The frames of one video, as files.

    Args:
        video: A plain file.
        settings: How far apart and how different frames must be, and how long a video may be.
        limits: How large a frame may be.

    Yields:
        Frames as `workspace.video.reading.read` gives them, named `<video>/t<seconds>`, with the columns `video` and
        `time_s`.

    Raises:
        ImageError: `damaged-video`, `truncated-video`, `stalled-video` or `video-limit`, after the frames before it.
    """
    for frame in reading.read(video.path, settings, limits.max_pixels, limits.max_side):
        name = f"t{frame.time_s:010.3f}"
        declared = {**video.declared, "video": video.source, "time_s": frame.time_s}
        yield dataclasses.replace(
            video, source=f"{video.source}/{name}", member=name, data=frame.data, declared=declared
        )
