"""From a video to what a network sees in its faces over time."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from evaluate.timeline.step import summary, timeline
from schemas.errors import ImageError
from schemas.settings import VideoSettings
from workspace.pixels import Limits, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.photo.faces import Finder
    from tests.evaluate.photo.conftest import Said

READING = (VideoSettings(every_seconds=0.2, frame_difference=0), Limits())


def film(path: Path, pictures: list[NDArray[np.uint8]]) -> Path:
    """A video of RGB pictures, ten a second."""
    high, wide = pictures[0].shape[:2]
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, 10, (wide, high))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture[:, :, ::-1])
    writer.release()
    return path


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """Two seconds of noise."""
    random = np.random.default_rng(0)
    return film(tmp_path / "film.avi", [random.integers(0, 256, (120, 160, 3), np.uint8) for _ in range(20)])


def test_a_face_that_comes_and_goes(tmp_path: Path, said: Said, finder: Finder, photographs: dict[str, bytes]) -> None:
    """An astronaut on the left all the time, Grace Hopper on the right in the second of two seconds: two faces."""
    shown = [
        cv2.resize(decode(photographs[name]).pixels, (256, 256), interpolation=cv2.INTER_AREA)
        for name in ("astronaut.png", "grace_hopper.jpg")
    ]
    alone = np.concatenate([shown[0], np.full((256, 256, 3), 90, np.uint8)], axis=1)
    both = np.concatenate(shown, axis=1)
    path = film(tmp_path / "film.avi", [alone] * 10 + [both] * 10)
    result = timeline(path, said, finder, READING, tmp_path / "out")
    assert result["times"] == [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8]
    spans = [(face["face"], face["from_s"], face["to_s"], len(face["moments"])) for face in result["faces"]]
    assert spans == [(1, 0.0, 1.8, 10), (2, 1.0, 1.8, 5)]
    assert result["faces"][1]["shares"] == {"happy": 1.0}
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "faces.csv").read_text())))
    assert [row["time_s"] for row in rows if row["face"] == "2"] == ["1.0", "1.2", "1.4", "1.6", "1.8"]
    saved = json.loads((tmp_path / "out" / "faces.json").read_text())
    assert "seconds" not in saved
    assert saved["ended"] is None
    assert (tmp_path / "out" / "film.avi.timeline.png").is_file()
    assert summary(result).splitlines()[2] == "face 2: 1.0 to 1.8 s, 5 frames: happy 100 %"


def test_no_face_is_a_result(blank: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path) -> None:
    """Ten frames, no face, a chart that says so."""
    result = timeline(blank, said, planted(), READING, tmp_path / "out")
    assert (len(result["times"]), result["faces"]) == (10, [])
    assert "no face found" in summary(result)


def test_a_truncated_video_gives_what_there_is(
    blank: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path
) -> None:
    """The frames before the break are in the timeline, and it says that it is not the whole."""
    blank.write_bytes(blank.read_bytes()[: blank.stat().st_size // 2])
    result = timeline(blank, said, planted((20, 20, 48, 0.95)), READING, tmp_path / "out")
    assert result["ended"]["reason"] == "truncated-video"
    assert 1 <= len(result["times"]) < 10
    assert json.loads((tmp_path / "out" / "faces.json").read_text())["ended"]["reason"] == "truncated-video"


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty-file"), (b"PK\x03\x04" + bytes(99), "damaged-video")])
def test_what_is_no_video_is_named(
    tmp_path: Path, said: Said, planted: Callable[..., Finder], content: bytes, reason: str
) -> None:
    """Not one frame: an error that names the file, and nothing is written."""
    (tmp_path / "film.mp4").write_bytes(content)
    with pytest.raises(ImageError, match=r"film\.mp4") as caught:
        timeline(tmp_path / "film.mp4", said, planted(), READING, tmp_path / "out")
    assert caught.value.reason == reason
    assert not (tmp_path / "out").exists()


def test_a_long_video_is_read_up_to_the_limit(
    blank: Path, said: Said, planted: Callable[..., Finder], tmp_path: Path
) -> None:
    """One second of two."""
    reading = (VideoSettings(every_seconds=0.2, frame_difference=0, max_video_hours=1 / 3600), Limits())
    result = timeline(blank, said, planted(), reading, tmp_path / "out")
    assert (max(result["times"]), result["ended"]["reason"]) == (1.0, "video-limit")
