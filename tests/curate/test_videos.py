"""Videos: frames by the video's own time, once; what breaks, lies or hangs is a row, and nothing else is opened."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from curate.ingest import ingest
from curate.inputs import Found, check_roots
from curate.videos import Videos, read
from schemas.errors import ImageError
from schemas.settings import EngineSettings, IngestSettings, VideoSettings
from workspace.pixels import decode
from workspace.store import Workspace
from workspace.video import frames
from workspace.video.containers import is_cut
from workspace.video.reading import is_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SETTINGS, LIMITS = VideoSettings(), IngestSettings()
ROOT = Path(__file__).parent.parent.parent
RATE = 10
CODECS = {"mp4": "mp4v", "mov": "mp4v", "m4v": "mp4v", "avi": "MJPG", "mkv": "mp4v", "webm": "VP80"}


def scene(seed: int, size: tuple[int, int] = (160, 120)) -> NDArray[np.uint8]:
    """A picture of smooth blobs, BGR, that no other seed gives."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def film(path: Path, scenes: list[int], each: int = RATE, noise: float = 0) -> Path:
    """A video of still scenes, each so many frames long, at 10 frames a second."""
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*CODECS[path.suffix[1:]]), RATE, (160, 120)
    )
    assert writer.isOpened()
    random = np.random.default_rng(0)
    for seed in scenes:
        still = scene(seed).astype(np.float64)
        for _ in range(each):
            writer.write(np.clip(still + random.normal(0, noise, still.shape), 0, 255).astype(np.uint8))
    writer.release()
    return path


def found(path: Path) -> Found:
    """The file as a walk through its folder finds it."""
    status = path.stat()
    return Found(f"raw/{path.name}", path, bytes=status.st_size, modified_ns=status.st_mtime_ns)


def taken(path: Path, settings: VideoSettings = SETTINGS) -> tuple[list[float], str]:
    """Times of the frames that are taken, and the reason why it ended, if not at its end."""
    times: list[float] = []
    try:
        times.extend(frame.declared["time_s"] for frame in read(found(path), settings, LIMITS))
    except ImageError as error:
        return times, error.reason
    return times, ""


@pytest.mark.parametrize("suffix", CODECS)
def test_a_frame_a_second_in_every_format(tmp_path: Path, suffix: str) -> None:
    """Four scenes of a second each give the four frames at 0, 1, 2 and 3 seconds."""
    assert taken(film(tmp_path / f"film.{suffix}", [1, 2, 3, 4])) == ([0, 1, 2, 3], "")


def test_frame_is_named_and_dated(tmp_path: Path) -> None:
    """Name, video and time are told; the bytes are a JPEG of that scene, the same each time."""
    path = film(tmp_path / "film.avi", [1, 2])
    first, second = read(found(path), SETTINGS, LIMITS)
    assert (first.source, second.source) == ("raw/film.avi/t000000.000", "raw/film.avi/t000001.000")
    assert second.declared == {"video": "raw/film.avi", "time_s": 1.0}
    assert [frame.data for frame in read(found(path), SETTINGS, LIMITS)] == [first.data, second.data]
    picture = decode(second.data or b"")
    assert picture.format == "jpeg"
    difference = np.abs(picture.pixels[:, :, ::-1].astype(int) - scene(2).astype(int))
    assert difference.mean() < 4  # the video's codec and ours


def test_declared_metadata_goes_to_every_frame(tmp_path: Path) -> None:
    """What a list says of a video, it says of its frames."""
    video = dataclasses.replace(found(film(tmp_path / "film.avi", [1])), declared={"identity": "p1"})
    assert [frame.declared["identity"] for frame in read(video, SETTINGS, LIMITS)] == ["p1"]


def test_still_scene_is_taken_once(tmp_path: Path) -> None:
    """A noisy but still shot gives one frame; with 0 every second gives one."""
    path = film(tmp_path / "film.mp4", [5] * 4, noise=2)
    assert taken(path) == ([0], "")
    assert taken(path, VideoSettings(frame_difference=0)) == ([0, 1, 2, 3], "")


def test_small_change_is_taken(tmp_path: Path) -> None:
    """A mouth that opens, in a face of a quarter of the frame's height, is another frame."""
    writer = cv2.VideoWriter(str(tmp_path / "f.mp4"), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), RATE, (160, 120))
    for opened in (False, True):
        still = np.full((120, 160, 3), 150, np.uint8)
        cv2.ellipse(still, (80, 60), (11, 15), 0, 0, 360, (120, 150, 200), -1)
        cv2.ellipse(still, (80, 68), (5, 3 if opened else 1), 0, 0, 360, (40, 40, 60), -1)
        for _ in range(RATE):
            writer.write(still)
    writer.release()
    assert taken(tmp_path / "f.mp4") == ([0, 1], "")


def test_every_seconds(tmp_path: Path) -> None:
    """The first frame at or after each multiple: of frames at 0.0, 0.1 … those at 0, 0.3, 0.5, 0.8 for every 0.25 s."""
    path = film(tmp_path / "film.avi", list(range(10)), each=1)
    times, _ = taken(path, VideoSettings(every_seconds=0.25))
    assert times == [0, 0.3, 0.5, 0.8]


def test_every_seconds_that_binary_fractions_miss(tmp_path: Path) -> None:
    """0.6 // 0.2 is 2 and 1.0 // 0.2 is 4: frames every 0.1 s are taken at each multiple of 0.2 s and once."""
    path = film(tmp_path / "film.avi", list(range(14)), each=1)
    times, _ = taken(path, VideoSettings(every_seconds=0.2))
    assert times == [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2]


# Boxes of MP4 (ISO/IEC 14496-12)


def boxes(data: bytes, at: int, end: int) -> list[tuple[bytes, int, int]]:
    """Type, start and end of each box in a stretch."""
    found = []
    while at < end:
        (size,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], at, at + size))
        at += size
    return found


def way(data: bytes, names: list[bytes]) -> list[tuple[int, int]]:
    """Start and end of nested boxes, outermost first."""
    at, end, result = 0, len(data), []
    for name in names:
        start, stop = next((start, stop) for kind, start, stop in boxes(data, at, end) if kind == name)
        result.append((start, stop))
        at, end = start + 8, stop
    return result


def turned(path: Path) -> None:
    """Writes a quarter turn clockwise into the track's matrix, as a phone held upright does."""
    data = bytearray(path.read_bytes())
    start, _ = way(bytes(data), [b"moov", b"trak", b"tkhd"])[-1]
    one = 0x10000
    data[start + 48 : start + 84] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 120 * one, 0, 0x40000000)
    path.write_bytes(data)


def retimed(path: Path, entries: list[tuple[int, int]]) -> None:
    """Gives a video a variable frame rate: runs of (frames, duration in units of its time scale)."""
    # The edit list would cut what goes beyond the length it was made for.
    data = path.read_bytes().replace(b"edts", b"free")
    chain = way(data, [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"])
    start, stop = chain[-1]
    new = struct.pack(">I4sII", 16 + 8 * len(entries), b"stts", 0, len(entries))
    new += b"".join(struct.pack(">II", *entry) for entry in entries)
    grown = bytearray(data[:start] + new + data[stop:])
    for at, end in chain[:-1]:
        struct.pack_into(">I", grown, at, end - at + len(new) - (stop - start))
    path.write_bytes(grown)


def test_turned_video_is_upright(tmp_path: Path) -> None:
    """A video with a quarter turn in its header gives upright frames: its left edge becomes the top."""
    path = film(tmp_path / "film.mp4", [3])
    turned(path)
    (frame,) = read(found(path), SETTINGS, LIMITS)
    picture = decode(frame.data or b"")
    assert (picture.width, picture.height) == (120, 160)
    expected = cv2.rotate(scene(3), cv2.ROTATE_90_CLOCKWISE)
    assert np.abs(picture.pixels[:, :, ::-1].astype(int) - expected.astype(int)).mean() < 4


def test_variable_frame_rate_goes_by_time_stamps(tmp_path: Path) -> None:
    """Ten frames of 0.1 s, then ten of 1 s each: counting frames would find two seconds, there are eleven."""
    path = film(tmp_path / "film.mp4", list(range(20)), each=1)
    start, _ = way(path.read_bytes(), [b"moov", b"trak", b"mdia", b"mdhd"])[-1]
    (scale,) = struct.unpack_from(">I", path.read_bytes(), start + 20)
    retimed(path, [(10, scale // 10), (10, scale)])
    assert taken(path) == ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "")


# What is broken or hostile


@pytest.mark.parametrize("suffix", CODECS)
def test_whole_video_is_not_cut_and_a_byte_less_is(tmp_path: Path, suffix: str) -> None:
    """What each format's outermost layer says of its length is held against the file."""
    path = film(tmp_path / f"film.{suffix}", [1, 2])
    assert not is_cut(path)
    data = path.read_bytes()
    for missing in (2, len(data) // 2):
        path.write_bytes(data[:-missing])
        assert is_cut(path)


def test_fast_start_video_keeps_the_frames_before_the_break(tmp_path: Path) -> None:
    """An MP4 with its index at the front, as the web has them, gives the frames up to the cut."""
    path = film(tmp_path / "film.mp4", list(range(8)))
    data = path.read_bytes()
    parts = {kind: data[start:stop] for kind, start, stop in boxes(data, 0, len(data))}
    moov = bytearray(parts[b"moov"])
    start, _ = way(bytes(moov), [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stco"])[-1]
    (count,) = struct.unpack_from(">I", moov, start + 12)
    for at in range(start + 16, start + 16 + 4 * count, 4):
        struct.pack_into(">I", moov, at, struct.unpack_from(">I", moov, at)[0] + len(moov))
    rest = b"".join(part for kind, part in parts.items() if kind not in (b"ftyp", b"moov"))
    path.write_bytes(parts[b"ftyp"] + bytes(moov) + rest)
    assert taken(path) == ([0, 1, 2, 3, 4, 5, 6, 7], "")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    times, reason = taken(path)
    assert reason == "truncated-video"
    assert times[:3] == [0, 1, 2]
    assert len(times) < 8


@pytest.mark.parametrize("suffix", ["avi", "mkv", "webm"])
def test_truncated_video_keeps_the_frames_before_the_break(tmp_path: Path, suffix: str) -> None:
    """Cut at half its bytes, the first scenes are taken, and the reason told."""
    path = film(tmp_path / f"film.{suffix}", list(range(8)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    times, reason = taken(path)
    assert reason == "truncated-video"
    assert times[:3] == [0, 1, 2]
    assert len(times) < 7


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.mp4", b"", "empty-file"),
        ("text.mp4", b"not a video at all", "damaged-video"),
        ("noise.mkv", b"\x1aE\xdf\xa3" + bytes(range(256)) * 40, "damaged-video"),
        ("noise.mp4", b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\0mdat" + bytes(range(256)) * 40, "damaged-video"),
        ("riff.avi", b"RIFF\xff\xff\xff\xffAVI LIST" + b"\xff" * 4000, "damaged-video"),
        ("hls.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{inside}\n#EXT-X-ENDLIST\n", "damaged-video"),
        ("concat.mp4", b"ffconcat version 1.0\nfile '{inside}'\n", "damaged-video"),
    ],
)
def test_what_is_no_video_is_a_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """Nothing but the named formats is decoded, whatever the name."""
    inside = film(tmp_path / "inside.avi", [1])
    (tmp_path / name).write_bytes(content.replace(b"{inside}", str(inside).encode()))
    assert taken(tmp_path / name) == ([], reason)


@pytest.mark.parametrize("text", ["#EXTM3U\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{}'\n"])
def test_decoder_itself_opens_no_playlist(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg alone would follow it (the twin shows that it can); with our environment it does not."""
    inside = film(tmp_path / "inside.avi", [1])
    path = tmp_path / "list.mp4"
    path.write_text(text.format(inside.name))
    order = frames.Order(str(path), 1, 0, 10, 10**8, 10**4, 0)
    for name, value in frames.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    records = [record for record, _ in frames._records(order)]  # noqa: SLF001 - the decoder without its guard
    assert [record.get("end") for record in records] == ["damaged-video"]
    if text.startswith("ffconcat"):
        monkeypatch.delenv("OPENCV_FFMPEG_CAPTURE_OPTIONS")
        assert any("time" in record for record, _ in frames._records(order))  # noqa: SLF001


@pytest.mark.parametrize(
    "settings",
    [VideoSettings(max_video_hours=2.5 / 3600), VideoSettings(every_seconds=0.1, max_video_hours=1 / 3600)],
    ids=["long", "longer"],
)
def test_long_video_is_cut_off(tmp_path: Path, settings: VideoSettings) -> None:
    """Frames up to the limit are taken, and the limit named."""
    times, reason = taken(film(tmp_path / "film.avi", list(range(5))), settings)
    assert reason == "video-limit"
    assert times
    assert max(times) <= settings.max_video_hours * 3600


def test_large_frames_are_refused(tmp_path: Path) -> None:
    """The limits on pictures hold for frames, before one is decoded."""
    path = film(tmp_path / "film.avi", [1])
    with pytest.raises(ImageError, match="160 × 120") as caught:
        list(read(found(path), SETTINGS, IngestSettings(max_side=159)))
    assert caught.value.reason == "video-limit"


def test_video_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a sign of life for the time allowed the decoder is killed, and the file is a row."""
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(frames, "__file__", str(slow))
    path = film(tmp_path / "film.avi", [1])
    assert taken(path, VideoSettings(video_timeout=1.0)) == ([], "stalled-video")


def test_decoder_that_breaks_down_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that a hostile file brings down takes nothing with it."""
    crash = tmp_path / "crash.py"
    crash.write_text('import os\nprint(\'{"time": 0.0, "bytes": 99}\', flush=True)\nos.abort()\n')
    monkeypatch.setattr(frames, "__file__", str(crash))
    assert taken(film(tmp_path / "film.avi", [1])) == ([], "damaged-video")


def test_decoder_is_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """None of FFmpeg's remarks on a damaged file reaches the terminal."""
    path = film(tmp_path / "film.mkv", [1, 2, 3])
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    path.write_bytes(data)
    capfd.readouterr()  # the writer's own
    taken(path)
    assert capfd.readouterr() == ("", "")


# Ingest


@pytest.fixture
def raw(tmp_path: Path, photo: Callable[..., bytes]) -> Path:
    """Two films, one of them cut, and a photograph."""
    folder = tmp_path / "raw"
    folder.mkdir()
    film(folder / "film.mp4", [1, 2, 3])
    film(folder / "cut.avi", [4, 5, 6, 7])
    (folder / "cut.avi").write_bytes((folder / "cut.avi").read_bytes()[:-30_000])
    (folder / "photo.png").write_bytes(photo(1))
    return folder


def test_ingest_takes_frames_once(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """Frames become pictures, the broken film a row; run again, no video is opened."""
    counts = ingest(workspace, [raw], LIMITS, engine)
    sources = workspace.read("sources")
    frames_of = sources.dropna(subset=["video"]).groupby("video")["time_s"].apply(list).to_dict()
    assert frames_of["raw/film.mp4"] == [0, 1, 2]
    assert workspace.read("rejected")["source"].tolist() == ["raw/cut.avi"]
    assert workspace.read("rejected")["reason"].tolist() == ["truncated-video"]
    assert counts["images"] == len(sources) == counts["new"] - 1
    again = ingest(workspace, [raw], LIMITS, engine)
    assert (again["files"], again["new"], again["images"]) == (3, 0, counts["images"])


def test_other_settings_read_again_without_doubling(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """Twice as many frames a second add those between; the ones that are there stay as they are."""
    ingest(workspace, [raw / "film.mp4"], LIMITS, engine)
    finer = VideoSettings(every_seconds=0.5, frame_difference=0)
    counts = ingest(workspace, [raw / "film.mp4"], LIMITS, engine, filming=finer)
    assert counts["new"] == 3
    assert workspace.read("sources")["time_s"].tolist() == [0, 0.5, 1, 1.5, 2, 2.5]


def test_mended_video_leaves_rejected(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """A film that was cut and has been fetched again is a whole one."""
    ingest(workspace, [raw], LIMITS, engine)
    film(raw / "cut.avi", [4, 5, 6, 7])
    ingest(workspace, [raw], LIMITS, engine)
    assert workspace.rows("rejected") == 0
    assert (workspace.read("sources")["video"] == "raw/cut.avi").sum() == 4


def test_video_in_an_archive_is_a_row(workspace: Workspace, raw: Path, tmp_path: Path, engine: EngineSettings) -> None:
    """Videos inside archives are not read, and the row says what to do."""
    shutil.make_archive(str(tmp_path / "more"), "zip", raw)
    ingest(workspace, [tmp_path / "more.zip"], LIMITS, engine)
    reasons = workspace.read("rejected").set_index("source")["reason"].to_dict()
    assert reasons == {"more.zip/film.mp4": "nested-video", "more.zip/cut.avi": "nested-video"}


def test_video_is_a_root(raw: Path) -> None:
    """A video can be named by itself."""
    check_roots([raw / "film.mp4"])
    assert is_video(raw / "FILM.MKV")
    assert Videos(SETTINGS, LIMITS).mark(found(raw / "photo.png")) == found(raw / "photo.png")


def test_killed_ingest_doubles_no_frame(tmp_path: Path) -> None:
    """Killed while it reads a film and run again, the tables are those of an undisturbed run."""
    raw = tmp_path / "raw"
    raw.mkdir()
    film(raw / "film.avi", list(range(60)))
    undisturbed = Workspace.open(tmp_path / "undisturbed", create=True)
    ingest(undisturbed, [raw], LIMITS, EngineSettings(workers=2, shard_size=4))
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "curate", "ingest", raw, "--workspace", killed, "--shard-size", "4"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and len(list((killed / "staging/seen").glob("*.parquet"))) < 3:
        time.sleep(0.005)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    ingest(Workspace.open(killed), [raw], LIMITS, EngineSettings(workers=2, shard_size=4))
    for table in ("images", "sources", "rejected"):
        assert Workspace.open(killed).digest(table) == undisturbed.digest(table)
