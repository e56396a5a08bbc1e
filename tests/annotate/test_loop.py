"""The whole way on a real Label Studio: faces pushed to three raters, answered, pulled; kills on the way."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from annotate.raters import add
from annotate.server import start, status
from annotate.studio import Studio
from schemas.emotion import NAMES
from schemas.settings import ServerSettings
from tests.annotate.conftest import StudioServer, signed_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.labelstudio, pytest.mark.timeout(1800)]

FACES = 500
RATERS = ("R01", "R02", "R03")
ANSWERS = int(os.environ.get("MIEN_LOOP_ANSWERS", "40"))
"""Answers that each rater gives. The server takes 45 CPU-milliseconds for one, so all 1,650 would take over a minute
more; they can be asked for with `MIEN_LOOP_ANSWERS=550`."""
RIGHT = {"R01": 0.9, "R02": 0.75, "R03": 0.6}
"""How often each rater sees what the face shows, else the next expression of the seven: their confusion matrix."""


@dataclass
class Loop:
    """The server's workspace with curated faces, and what each rater said."""

    server: StudioServer
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)
    said: dict[tuple[str, str, int], tuple[Any, ...]] = field(default_factory=dict)
    annotations: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        """A call of `annotate` on the workspace, with its result as JSON."""
        return [sys.executable, "-m", "annotate", *words, "--workspace", str(self.server.workspace.path), "--json"]

    def run(self, *words: str) -> dict[str, Any]:
        """Runs a command that must succeed."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def push(self) -> list[str]:
        """The words of the push that is made all the time."""
        return ["push", "--faces", str(self.folder / "faces.txt"), "--gold", str(self.folder / "gold.csv")]

    def killed(self, words: list[str], far_enough: Callable[[], bool], whom: str) -> str:
        """Kills the server, or the command, in the midst of the command; gives what it said."""
        process = subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and not far_enough():
            time.sleep(0.005)
        assert process.poll() is None, f"too late: {process.communicate()}"
        if whom == "server":
            os.killpg(status(self.server.workspace).pid, signal.SIGKILL)
        else:
            process.kill()
        _, error = process.communicate()
        if whom == "server":
            assert process.returncode == 1, error
            start(self.server.workspace, ServerSettings(studio_port=int(self.server.url.rpartition(":")[2])))
        return error

    def tasks(self) -> dict[str, list[tuple[str, int]]]:
        """Rater -> uid and number of all tasks on the server."""
        studio = Studio(self.server.url, self.server.token)
        made = {row["rater"]: row["project"] for row in self.server.workspace.read_arrow("raters").to_pylist()}
        found = {
            rater: [(task["data"]["uid"], task["id"]) for task in studio.tasks(project)]
            for rater, project in made.items()
        }
        studio.close()
        return found

    def stored(self, table: str = "task") -> int:
        """The newest row of a table of the server's database, whether it runs or not."""
        database = self.server.workspace.path / "label-studio" / "data" / "label_studio.sqlite3"
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute(f"select coalesce(max(id), 0) from {table}").fetchone()[0])  # noqa: S608

    def exports(self) -> int:
        """The newest export; the server notes it before it makes it."""
        return self.stored("data_export_export")

    def planned(self) -> dict[str, dict[str, Any]]:
        """Rows of the table of tasks by their uid."""
        return {row["uid"]: row for row in self.server.workspace.read_arrow("tasks").to_pylist()}

    def pulled(self) -> dict[tuple[str, str, int], tuple[Any, ...]]:
        """What counts of each face, rater and showing, in the form of `said`."""
        rows = self.server.workspace.read_arrow("annotations").to_pylist()
        return {
            (row["face_id"], row["rater"], row["presentation"]): (
                row["label"],
                row["intensity"],
                row["unusable"],
                row["skipped"],
            )
            for row in sorted(rows, key=lambda row: row["revision"])
        }

    def digest(self) -> str:
        """Of all files of the two tables that a pull writes."""
        tables = self.server.workspace.path / "tables"
        files = sorted(path for name in ("annotations", "rejected_annotations") for path in (tables / name).iterdir())
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@pytest.fixture(scope="module")
def loop(studio_server: StudioServer, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """Real faces run through curate, three raters invited and joined, thirty faces of known label."""
    folder = tmp_path_factory.mktemp("loop")
    (folder / "raw").mkdir()
    pictures = sorted((shared_data / "natural_faces" / "images").iterdir())[: FACES + 200]
    for picture in pictures:
        (folder / "raw" / picture.name).symlink_to(picture)
    path = studio_server.workspace.path
    curate = [sys.executable, "-m", "curate", "run", str(folder / "raw"), "--in-place", "--workspace", str(path)]
    subprocess.run(curate, check=True, capture_output=True)
    faces = studio_server.workspace.read_arrow("faces").to_pylist()
    kept = [row["face_id"] for row in faces if row["kept"]]
    assert len(kept) >= FACES + 30, len(kept)
    (folder / "faces.txt").write_text("\n".join(kept[:FACES]))
    known = [f"{face},{NAMES[number % 7]}" for number, face in enumerate(kept[FACES : FACES + 30])]
    (folder / "gold.csv").write_text("\n".join(["face_id,label", *known]))
    made = Loop(studio_server, folder)
    studio = Studio(studio_server.url, studio_server.token, local=True)
    for rater in RATERS:
        invitation = add(studio_server.workspace, studio, rater, f"{rater.lower()}@loop.example.org")
        made.tokens[rater] = signed_up(invitation.link, f"{rater.lower()}@loop.example.org")
    studio.close()
    return made


def test_nothing_is_doubled_and_nothing_is_lost(loop: Loop) -> None:
    """Push, answer, pull: with the server and the commands killed in the midst, and each again, all is there once."""
    push_through_kills(loop)
    answer(loop)
    pull_through_kills(loop)
    change_answers(loop)
    told = loop.run("status")["raters"]
    assert {rater: told[rater]["answered"] + told[rater]["skipped"] for rater in RATERS} == dict.fromkeys(
        RATERS, len(loop.said) // 3
    )


def push_through_kills(loop: Loop) -> None:
    """The server is killed while it takes tasks, then push itself; the third push completes, a fourth adds nothing."""
    before = loop.stored()
    error = loop.killed(loop.push(), lambda: loop.stored() > before, "server")
    assert "error: Label Studio at" in error
    half = loop.stored()
    loop.killed(loop.push(), lambda: loop.stored() > half, "command")
    loop.run(*loop.push())
    again = loop.run(*loop.push())
    assert (again["new"], again["changed"], again["doubled"]) == (0, 0, 0)
    planned, there = loop.planned(), loop.tasks()
    uids = [uid for tasks in there.values() for uid, _ in tasks]
    assert sorted(uids) == sorted(planned)
    kinds = {kind: sum(row["kind"] == kind for row in planned.values()) for kind in ("task", "gold", "repeat")}
    assert kinds == {"task": FACES * 3, "gold": 75, "repeat": 75}  # a twentieth of the raters' 500 faces, each


def answer(loop: Loop) -> None:
    """Each rater answers their first tasks, and now and then skips one or finds it unusable."""
    planned = loop.planned()
    for rater, tasks in loop.tasks().items():
        studio = Studio(loop.server.url, loop.tokens[rater])
        for uid, number in tasks[:ANSWERS]:
            row = planned[uid]
            showing = (row["face_id"], rater, row["presentation"])
            said = simulated(*showing)
            regions = [picked(name, value) for name, value in said.items()]
            skipped = not said
            loop.annotations[showing] = studio.annotate(number, regions, lead_time=2.5, skipped=skipped)
            loop.said[showing] = expected(said)
        studio.close()


def pull_through_kills(loop: Loop) -> None:
    """Server, then pull itself are killed once an export has been made; the third takes all, the fourth nothing."""
    before = loop.exports()
    error = loop.killed(["pull"], lambda: loop.exports() > before, "server")
    assert "error: Label Studio at" in error
    assert not loop.server.workspace.has("annotations")
    before = loop.exports()
    loop.killed(["pull"], lambda: loop.exports() > before, "command")
    result = loop.run("pull")
    assert (result["refused"], result["new"] + result["unchanged"]) == (0, len(loop.said))
    assert loop.pulled() == loop.said
    digest = loop.digest()
    again = loop.run("pull")
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, len(loop.said))
    assert loop.digest() == digest


def change_answers(loop: Loop) -> None:
    """Ten raters' changes of mind are ten further rows, and the rows before them stay as they were."""
    before = loop.server.workspace.read_arrow("annotations").to_pylist()
    for showing in [showing for showing, said in sorted(loop.said.items()) if said[0] not in {None, "neutral"}][:10]:
        studio = Studio(loop.server.url, loop.tokens[showing[1]])
        said = {"emotion": "neutral", "intensity": "1", "confidence": "1"}
        studio.change_annotation(loop.annotations[showing], [picked(name, value) for name, value in said.items()])
        loop.said[showing] = expected(said)
        studio.close()
    result = loop.run("pull")
    after = loop.server.workspace.read_arrow("annotations").to_pylist()
    assert (result["new"], result["changed"], len(after)) == (0, 10, len(before) + 10)
    assert all(row in after for row in before)
    assert loop.pulled() == loop.said


def simulated(face: str, rater: str, presentation: int) -> dict[str, str]:
    """What a rater says of a face: nothing (a skip) in one of 50, unusable in one of 50."""
    draw = random.Random(f"{face} {rater} {presentation}")  # noqa: S311 - a simulation
    shown = random.Random(face).randrange(7)  # noqa: S311 - as above
    chance = draw.random()
    if chance < 0.02:
        return {}
    if chance < 0.04:
        return {"emotion": "unusable", "unusable": "occluded"}
    seen = shown if draw.random() < RIGHT[rater] else (shown + 1) % 7
    return {"emotion": NAMES[seen], "intensity": str(draw.randint(1, 5)), "confidence": str(draw.randint(1, 5))}


def expected(said: dict[str, str]) -> tuple[Any, ...]:
    """Label, intensity, reason and skip of the row that an answer must give."""
    emotion = said.get("emotion")
    unusable = emotion == "unusable"
    level = said.get("intensity")
    return (None if unusable else emotion, int(level) if level else None, said.get("unusable"), not said)


def picked(name: str, value: str) -> dict[str, Any]:
    """The choice of a value, as the labelling page sends it."""
    return {"from_name": name, "to_name": "face", "type": "choices", "value": {"choices": [value]}}
