"""Forgetting: no byte stays, nothing else goes, and whatever kills it, the next call finishes it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from curate.cli import app
from curate.demo.photographs import photograph_bytes
from curate.forget import tombstones
from curate.forget.choose import Asked, choose
from curate.forget.erase import erase, finish, unfinished
from curate.forget.step import forget, look
from curate.ingest import ingest
from curate.status import status
from curate.verify import verify_workspace
from schemas.errors import MienError, UsageError, WorkspaceError
from schemas.settings import EngineSettings, FacesSettings, IngestSettings
from workspace.store import JOURNAL, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = FacesSettings()
ENGINE = EngineSettings(workers=2, shard_size=4)
PERSON = "Eileen Collins"
HERS = {
    "raw/eileen/portrait.png",
    "list.csv/eileen/portrait.png",
    "raw/again.png",
    "raw/small.jpg",
    "raw/collage.png",
}
ROOT = Path(__file__).parent.parent.parent.parent


def picture(workspace: Workspace, source: str) -> str:
    """The image_id of a source."""
    sources = workspace.read("sources", ["source", "image_id"])
    return str(sources.loc[sources["source"] == source, "image_id"].iloc[0])


def contents(path: Path) -> Iterator[bytes]:
    """All that can be read out of a file: its bytes, its table's cells, the pictures inside a page."""
    data = path.read_bytes()
    yield data
    if data.startswith(b"PAR1"):
        table = pq.read_table(pa.BufferReader(data))
        for name in table.column_names:
            for value in table[name].to_pylist():
                yield value if isinstance(value, bytes) else str(value).encode()
    for inner in re.findall(rb"base64,([A-Za-z0-9+/=]+)", data):
        yield base64.b64decode(inner)


def traces(workspace: Workspace, needles: dict[str, bytes]) -> dict[str, set[str]]:
    """Needle -> the files in which it is found, by name or in what can be read out of them."""
    found: dict[str, set[str]] = {}
    for path in workspace.path.rglob("*"):
        name = str(path.relative_to(workspace.path))
        pieces = [name.encode(), *(contents(path) if path.is_file() else ())]
        joined = b"\n".join(pieces)
        for needle, data in needles.items():
            if data in joined:
                found.setdefault(needle, set()).add(name)
    return found


def needles(workspace: Workspace, sources: set[str]) -> dict[str, bytes]:
    """Everything that would betray the pictures of these files: pieces of bytes, hashes in all spellings, names."""
    result = {f"name {source}": source.encode() for source in sources} | {"person": PERSON.encode()}
    table = workspace.read("sources")
    images = workspace.read("images").set_index("image_id")
    read = workspace.originals()
    for image_id in table.loc[table["source"].isin(sources), "image_id"].unique():
        row = images.loc[image_id]
        data = read(image_id, row["format"])
        short = image_id[:6]
        result |= {f"{short} bytes at {at}": data[at : at + 24] for at in range(64, len(data) - 64, len(data) // 7)}
        result |= {f"{short} id": image_id.encode(), f"{short} digest": bytes.fromhex(image_id)}
        result |= {f"{short} thumbnail": bytes(row["thumbnail"])[1000:1064]}
        result |= {f"{short} {name}": str(int(row[name])).encode() for name in ("phash", "phash_mirrored")}
        faces = workspace.read("faces")
        for face_id in faces.loc[(faces["image_id"] == image_id) & faces["kept"], "face_id"]:
            result[f"face {face_id[:6]}"] = face_id.encode()
            for kind in ("faces", "grey"):
                crop = workspace.picture_path(kind, f"{face_id}.png").read_bytes()
                result[f"{kind} {face_id[:6]}"] = crop[len(crop) // 2 : len(crop) // 2 + 24]
        detections = workspace.read("detections")
        for number, shown in enumerate(detections.loc[detections["image_id"] == image_id, "face_thumbnail"]):
            result |= {f"{short} face thumbnail {number}": bytes(shown)[2000:2064]} if len(shown) else {}
    return result


def files(workspace: Workspace, *, but: tuple[str, ...] = ("log.jsonl",)) -> dict[str, str]:
    """Digest of every file."""
    return {
        str(path.relative_to(workspace.path)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in workspace.path.rglob("*")
        if path.is_file() and path.name not in but
    }


def test_no_byte_is_left_and_every_command_works(
    workspace: Workspace, raw: Path, curate_all: Callable[[Workspace], None]
) -> None:
    """After `forget` nothing of picture, crops, thumbnail, hash or name is found; taken in again, it stays out."""
    wanted = needles(workspace, HERS)
    before = traces(workspace, wanted)
    # Else the search could not fail; only the digest's own bytes are never kept.
    assert set(before) == {name for name in wanted if not name.endswith("digest")}
    result = forget(workspace, Asked(identities=[PERSON]), SETTINGS, lambda _: True)
    assert {name for item in result["pictures"] for name in item["sources"]} == HERS
    assert traces(workspace, wanted) == {}
    for _ in range(2):
        ingest(workspace, [raw], IngestSettings(), ENGINE)
        curate_all(workspace)
        status(workspace)
        assert verify_workspace(workspace).problems == []
        assert set(workspace.read("sources")["source"]) == {"raw/hopper.png", "raw/cat.png"}
        assert traces(workspace, wanted) == {}
    rejected = workspace.read("rejected").set_index("source")["reason"]
    # By bytes: the picture, its smaller copy, the collage; the smaller copy's look is the picture's.
    assert (rejected == "forgotten").sum() == 3
    assert rejected.loc["raw/eileen/cut.png"] == "truncated"


def test_nothing_else_goes(workspace: Workspace) -> None:
    """Every other picture keeps its original, its rows and its crops, bit for bit."""
    forget(workspace, Asked(sources=["raw/cat.png"]), SETTINGS, lambda _: True)
    assert set(workspace.read("sources")["source"]) == HERS | {"raw/hopper.png"}
    faces = workspace.read("faces")
    assert faces["kept"].sum() >= 2
    assert [problem.where for problem in verify_workspace(workspace).problems] == ["ingest"]  # the litter's shards
    assert len(list((workspace.path / "originals").rglob("*.*"))) == workspace.rows("images")


def test_copies_and_faces_go_with_a_picture(workspace: Workspace) -> None:
    """The smaller copy is found by pixels, the collage by its face; each says why. Without copies they stay."""
    image_id = picture(workspace, "raw/again.png")
    chosen = choose(workspace, Asked(names=[image_id[:8]]), SETTINGS)
    why = {item.sources[0]: item.why for item in chosen.items}
    assert set(why) == {"list.csv/eileen/portrait.png", "raw/small.jpg", "raw/collage.png"}
    assert why["list.csv/eileen/portrait.png"] == "asked for"
    assert why["raw/small.jpg"].startswith("a copy of")
    assert why["raw/collage.png"].startswith("holds a face of")
    alone = choose(workspace, Asked(names=[image_id], copies=False), SETTINGS)
    assert [set(item.sources) for item in alone.items] == [HERS - {"raw/small.jpg", "raw/collage.png"}]


def test_a_face_takes_its_picture_with_it(workspace: Workspace) -> None:
    """A face cannot go and the photograph it is in stay."""
    faces = workspace.read("faces")
    row = faces[faces["kept"]].iloc[0]
    chosen = choose(workspace, Asked(names=[row["face_id"]], copies=False), SETTINGS)
    assert [item.image_id for item in chosen.items] == [row["image_id"]]
    assert row["face_id"] in chosen.gone.face_ids


def test_like_a_file_that_was_never_taken_in(workspace: Workspace, raw: Path, tmp_path: Path) -> None:
    """A mirrored, smaller copy of a photograph is enough to find it."""
    from PIL import Image, ImageOps

    with Image.open(raw / "eileen/portrait.png") as image:
        ImageOps.mirror(image).resize((300, 300)).save(tmp_path / "found.jpg", quality=90)
    chosen = choose(workspace, Asked(like=[tmp_path / "found.jpg"], copies=False), SETTINGS)
    names = {name for item in chosen.items for name in item.sources}
    assert {"raw/eileen/portrait.png", "raw/again.png", "raw/small.jpg"} <= names
    assert "raw/hopper.png" not in names


def test_rejected_file_is_forgotten_by_name(workspace: Workspace) -> None:
    """A file that became no picture has a row with its name, and that goes too."""
    forget(workspace, Asked(sources=["raw/eileen/cut.png"]), SETTINGS, lambda _: True)
    assert traces(workspace, {"name": b"cut.png"}) == {}


def test_not_confirmed_changes_nothing(workspace: Workspace) -> None:
    """Saying no, and only looking, leave every byte as it was."""
    before = files(workspace, but=())
    assert not forget(workspace, Asked(sources=["raw"]), SETTINGS, lambda _: False)["forgotten"]
    look(workspace, Asked(sources=["raw"]), SETTINGS)
    before.setdefault(".lock", hashlib.sha256(b"").hexdigest())
    assert files(workspace, but=()) == before


def test_nobody_to_confirm_is_an_error(workspace: Workspace) -> None:
    """A script must say --yes; nothing is deleted unasked."""
    done = CliRunner().invoke(app, ["forget", "--source", "raw", "-w", str(workspace.path)])
    assert isinstance(done.exception, UsageError)
    assert workspace.rows("images") == 5


def test_words_in_other_rows(workspace: Workspace) -> None:
    """Metadata of another file that names the forgotten one is redacted; a person called like a word of ours is not."""
    sources = workspace.read("sources")
    other = sources["source"] == "raw/hopper.png"
    sources.loc[other, "extra"] = '{"pair": "raw/cat.png", "kept": "raw/cat.png.bak"}'
    sources.loc[sources["source"] == "raw/cat.png", "identity"] = "photograph"
    workspace.replace("sources", sources)
    forget(workspace, Asked(identities=["photograph"]), SETTINGS, lambda _: True)
    left = workspace.read("sources").set_index("source").loc["raw/hopper.png"]
    assert left["extra"] == '{"pair": "[forgotten]", "kept": "raw/cat.png.bak"}'
    assert left["kind"] == "photograph"


def test_nothing_named_is_an_error(workspace: Workspace) -> None:
    """Where nothing was stopped there is nothing to finish."""
    with pytest.raises(UsageError, match="nothing is named"):
        forget(workspace, Asked(), SETTINGS, lambda _: True)


def test_export_inside_the_workspace_is_not_touched(workspace: Workspace) -> None:
    """What somebody else put there is named and left alone, even a file with a face's name."""
    face_id = workspace.read("faces").query("kept")["face_id"].iloc[0]
    stray = workspace.path / "mine" / f"{face_id}.png"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    result = forget(workspace, Asked(names=[face_id]), SETTINGS, lambda _: True)
    assert result["not_ours"] == ["mine"]
    assert stray.exists()


def test_everything_can_be_forgotten(workspace: Workspace, curate_all: Callable[[Workspace], None]) -> None:
    """A workspace with nothing left in it is still a workspace."""
    done = CliRunner().invoke(app, ["forget", "--source", "raw", "--yes", "--json", "-w", str(workspace.path)])
    assert json.loads(done.stdout)["forgotten"] is True
    assert workspace.rows("images") == workspace.rows("rejected") == 0
    assert [path for path in workspace.path.rglob("*.*g") if path.is_file()] == []
    curate_all(workspace)
    assert {problem.where for problem in verify_workspace(workspace).problems} <= {"ingest"}


def test_exports_are_listed_not_touched(workspace: Workspace, template: Path) -> None:
    """An export that still holds a face is named with the number of its faces; its manifest forgets them."""
    preview = look(workspace, Asked(identities=[PERSON]), SETTINGS)
    kept = workspace.read("faces").query("kept")
    mine = kept[kept["image_id"].isin(item.image_id for item in preview.choice.items)]
    assert [(Path(export.path), export.rows, export.there) for export in preview.exports] == [
        (template.parent / "exported", len(mine), True)
    ]
    forget(workspace, Asked(identities=[PERSON]), SETTINGS, lambda _: True)
    assert look(workspace, Asked(), SETTINGS).exports == []
    row = workspace.read("exports").iloc[0]
    manifest = workspace.path / "exports" / row["manifest"]
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == row["digest"]
    assert row["rows"] == len(kept) - len(mine)


def test_originals_in_place_are_listed_not_deleted(tmp_path: Path, raw: Path) -> None:
    """A file that mien never copied is its owner's."""
    workspace = Workspace.open(tmp_path / "in-place", create=True)
    ingest(workspace, [raw], IngestSettings(in_place=True), ENGINE)
    result = forget(workspace, Asked(sources=["raw/cat.png"]), SETTINGS, lambda _: True)
    assert result["pictures"][0]["locations"] == (str(raw / "cat.png"),)
    assert (raw / "cat.png").exists()
    assert traces(workspace, {"place": b"cat.png"}) == {}


def test_contact_sheet_only_outside_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    """A sheet of what shall be forgotten does not belong where it is forgotten."""
    arguments = ["forget", "--source", "raw/eileen", "--dry-run", "-w", str(workspace.path), "--sheet"]
    done = CliRunner().invoke(app, [*arguments, str(tmp_path / "sheet.png")])
    assert done.exit_code == 0
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    done = CliRunner().invoke(app, [*arguments, str(workspace.path / "sheet.png")])
    assert isinstance(done.exception, UsageError)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (Asked(sources=["raw/hoper.png"]), "hopper.png"),
        (Asked(identities=["Eilen Colins"]), PERSON),
        (Asked(names=["0123"]), "curate sql"),
        (Asked(like=[Path("/nonexistent.png")]), "--like"),
    ],
    ids=["source", "identity", "id", "file"],
)
def test_unknown_name_says_the_nearest(workspace: Workspace, asked: Asked, named: str) -> None:
    """A slip of the finger forgets nothing."""
    with pytest.raises(MienError) as caught:
        choose(workspace, asked, SETTINGS)
    assert named in caught.value.fix


def test_key_is_its_owners_alone(workspace: Workspace) -> None:
    """The key of the tombstones has mode 0600, and a tombstone is not the picture's digest."""
    image_id = picture(workspace, "raw/cat.png")
    forget(workspace, Asked(names=[image_id]), SETTINGS, lambda _: True)
    assert stat.S_IMODE((workspace.path / tombstones.KEY).stat().st_mode) == 0o600
    stones = tombstones.read(workspace)
    key = (workspace.path / tombstones.KEY).read_bytes()
    expected = hashlib.blake2b(bytes.fromhex(image_id), key=key, digest_size=32, person=b"mien-forgotten").hexdigest()
    assert len(stones.digests) == 2  # of its bytes and of its look
    assert stones.find(image_id) == expected
    assert stones.find(picture(workspace, "raw/hopper.png")) is None


def test_copy_saved_anew_is_stopped_too(workspace: Workspace, tmp_path: Path, photo: Callable[..., bytes]) -> None:
    """Scaled, saved as JPEG or mirrored, a forgotten picture stays out; another picture does not."""
    from PIL import Image, ImageOps

    forget(workspace, Asked(sources=["raw/cat.png"]), SETTINGS, lambda _: True)
    more = tmp_path / "more"
    more.mkdir()
    with Image.open(io.BytesIO(photograph_bytes()["chelsea.png"])) as image:
        image.convert("RGB").save(more / "cat.jpg", quality=85)
        image.resize((300, 200)).save(more / "small.png")
        ImageOps.mirror(image).save(more / "mirrored.png")
    (more / "other.png").write_bytes(photo(1))
    ingest(workspace, [more], IngestSettings(), ENGINE)
    sources = workspace.read("sources")["source"]
    assert sources[sources.str.startswith("more/")].tolist() == ["more/other.png"]
    assert traces(workspace, {name: f"more/{name}".encode() for name in ("cat.jpg", "small.png", "mirrored.png")}) == {}


def test_lost_key_is_said(workspace: Workspace, raw: Path) -> None:
    """Without the key nobody can tell what was forgotten; ingest does not pass that over."""
    forget(workspace, Asked(sources=["raw/cat.png"]), SETTINGS, lambda _: True)
    (workspace.path / tombstones.KEY).unlink()
    with pytest.raises(WorkspaceError, match="key of the tombstones"):
        ingest(workspace, [raw], IngestSettings(), ENGINE)


class Stopped(BaseException):
    """Stands for the kill."""


def test_stopped_at_any_write_it_is_finished_by_the_next(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before any of its writes, renames or removals, the next call ends at the same files, bit for bit."""
    (tmp_path / "first").mkdir()
    shutil.copytree(template, tmp_path / "first/ws")
    first = Workspace.open(tmp_path / "first/ws")
    (first.path / tombstones.KEY).write_bytes(bytes(32))
    gone = choose(first, Asked(identities=[PERSON]), SETTINGS).gone
    shutil.copytree(first.path, tmp_path / "untouched")
    calls: list[str] = []
    stop_at: list[int] = []

    def counted(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            if stop_at and len(calls) > stop_at[0]:
                raise Stopped
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    for name in ("unlink", "replace", "rename", "rmdir"):
        counted(Path, name)
    counted(shutil, "rmtree")
    with first.lock(finishing=True):
        erase(first, gone)
    expected, total = files(first), len(calls)
    assert total > 60
    for number in range(1, total, max(1, total // 14)):
        shutil.rmtree(tmp_path / "ws", ignore_errors=True)
        shutil.copytree(tmp_path / "untouched", tmp_path / "ws")
        workspace = Workspace.open(tmp_path / "ws")
        calls.clear()
        stop_at[:] = [number]
        with pytest.raises(Stopped), workspace.lock(finishing=True):
            erase(workspace, gone)
        stop_at.clear()
        if not (workspace.path / JOURNAL).exists():
            kept = files(workspace)
            assert kept == files(Workspace.open(tmp_path / "untouched")) | {".lock": hashlib.sha256().hexdigest()}
            continue
        with pytest.raises(WorkspaceError, match="stopped half-way"), workspace.lock():
            pass
        with workspace.lock(finishing=True):
            begun = unfinished(workspace)
            assert begun == gone
            finish(workspace, begun)
        assert files(workspace) == expected


def test_killed_it_is_finished_by_the_next_call(workspace: Workspace) -> None:
    """`kill -9` on the command, then the command without arguments: no trace is left."""
    wanted = needles(workspace, HERS)
    command = [sys.executable, "-m", "curate", "forget", "-w", str(workspace.path)]
    process = subprocess.Popen(
        [*command, "--identity", PERSON, "--yes"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not (workspace.path / JOURNAL).exists():
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert not (workspace.path / JOURNAL).exists()
    assert traces(workspace, wanted) == {}


def test_what_raters_were_shown_goes(workspace: Workspace) -> None:
    """Links for raters have names that no id leads to; the table of tasks does, and goes with them."""
    gone = picture(workspace, "raw/eileen/portrait.png")
    faces = workspace.read("faces", ["face_id", "image_id"])
    hers = str(faces.loc[faces["image_id"] == gone, "face_id"].iloc[0])
    other = str(faces.loc[faces["image_id"] != gone, "face_id"].iloc[0])
    given = {"rater": "R1", "presentation": 0, "kind": "task", "project": 1, "task": 1, "order": 0, "push_id": 1}
    tasks = pd.DataFrame({"face_id": [hers, other], "uid": ["1" * 32, "2" * 32]})
    workspace.replace("tasks", tasks.assign(**given, gold_label=None, suggested=None))
    folder = workspace.path / "label-studio" / "pictures" / "abc"
    folder.mkdir(parents=True)
    for name in ("1" * 32 + ".png", "1" * 32 + ".jpg", "2" * 32 + ".png"):
        (folder / name).write_bytes(b"a face")
    (workspace.path / ".label-key").write_bytes(b"secret")
    result = forget(workspace, Asked(names=[gone], copies=False), SETTINGS, lambda _: True)
    assert result["not_ours"] == []
    assert [path.name for path in folder.iterdir()] == ["2" * 32 + ".png"]
    assert workspace.read("tasks")["face_id"].tolist() == [other]
