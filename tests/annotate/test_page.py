"""The labelling page in a real Chromium: the face is seen, keys label it, nothing scrolls."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

import cv2
import httpx
import pandas as pd
import pytest
import skimage.data

from annotate.pull import pull
from annotate.push import Asked, push
from annotate.raters import add
from annotate.select import Wanted
from annotate.studio_files import pictures
from schemas.settings import PullSettings, PushSettings
from schemas.tables import TABLES
from tests.annotate.conftest import signed_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from annotate.studio import Studio
    from tests.chromium import Tab
    from workspace.store import Workspace


pytestmark = [pytest.mark.labelstudio, pytest.mark.chromium, pytest.mark.timeout(600)]
FACES = ["a" * 32, "b" * 32]
SEEN = "[...document.querySelectorAll('.mien-faces img')].some(face => face.naturalWidth === 224)"
"""That the crop, which is 224 pixels wide, has been loaded."""
PASSWORD = "correct-horse-9"  # noqa: S105 - nobody's


@pytest.fixture
def labelling(
    workspace: Workspace, studio: Studio, studio_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """Two faces of the astronaut (NASA, public domain) for one rater, who has signed up; gives cookies of the rater."""
    monkeypatch.setattr("annotate.pictures.root", lambda _: pictures(studio_server.workspace))
    crop = cv2.cvtColor(skimage.data.astronaut()[20:244, 110:334], cv2.COLOR_RGB2BGR)
    for face in FACES:
        workspace.put_picture("faces", f"{face}.png", cv2.imencode(".png", crop)[1].tobytes())
    filler = {"string": "", "bool": False, "binary": b""}
    given = {
        column.name: [None if column.nullable else filler.get(column.type, 0)] * 2 for column in TABLES["faces"].columns
    }
    workspace.replace("faces", pd.DataFrame({**given, "face_id": FACES, "image_id": FACES, "kept": [True] * 2}))
    address = f"{secrets.token_hex(8)}@example.org"
    signed_up(add(workspace, studio, "R1", address).link, address, PASSWORD)
    push(workspace, studio, Asked(Wanted()), PushSettings(raters_per_face=1, repeat_share=0.0, gold_share=0.0))
    yield cookies(studio.url, address)
    studio.delete_project(int(workspace.read("raters")["project"][0]))


def cookies(url: str, address: str) -> dict[str, str]:
    """Signs in as a browser does."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as browser:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/user/login/").text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "email": address, "password": PASSWORD}
        assert browser.post("/user/login/", data=form, headers={"Referer": url}).is_redirect, "signed in"
        return dict(browser.cookies)


def test_keys_label_a_face(
    workspace: Workspace,
    studio: Studio,
    labelling: dict[str, str],
    tab: Tab,
    tmp_path: Path,
) -> None:
    """3, Shift and 6, R, D and Ctrl and Enter give fear, then surprise, intensity 4, confidence 3: as pulled."""
    for name, value in labelling.items():
        tab.ask("Network.setCookie", name=name, value=value, domain="127.0.0.1", path="/")
    project = int(workspace.read("raters")["project"][0])
    tab.open(f"{studio.url}/projects/{project}/data?labeling=1", 1280, 800)
    instruction = "[...document.querySelectorAll('[class*=modal]')].find(e => e.innerText.includes('Angry'))"
    tab.until(f"!!{instruction}")  # the definitions are read before the first face
    tab.picture(tmp_path / "labelling-instruction.png")
    tab.value(f"{instruction}.querySelector('button').click()")
    tab.until(f"!{instruction}")
    tab.until("document.querySelectorAll('.mien-emotion .lsf-choice').length === 8")
    tab.until(SEEN)
    assert tab.value("document.querySelector('.mien-faces').getBoundingClientRect().width") == 600
    assert tab.value("(e => e.scrollHeight <= e.clientHeight)(document.querySelector('.lsf-main-content'))")
    bottom = "Math.max(...[...document.querySelectorAll('.mien *')].map(e => e.getBoundingClientRect().bottom))"
    assert tab.value(bottom) < 750, "the bar with Submit begins there"
    for key, shift in (("3", False), ("6", True), ("r", False), ("d", False)):
        tab.press(key, shift=shift)
    tab.until("document.querySelectorAll('.mien input:checked').length === 4")
    tab.picture(tmp_path / "labelling.png")
    tab.press("Enter", control=True)
    tab.until("document.body.innerText.includes('2 of 2') && !document.querySelector('.mien input:checked')")
    tab.until(SEEN)
    tab.press("0")
    tab.until("document.querySelectorAll('.mien input:checked').length === 1")
    shown = "(name => document.querySelector(`.mien-${name} .lsf-choice`)?.offsetParent != null)"
    assert tab.until(f"{shown}('unusable')")
    assert not tab.value(f"{shown}('second')")
    tab.press("i")
    tab.until("document.querySelectorAll('.mien input:checked').length === 2")
    tab.press("Enter", control=True)
    tab.until("!document.querySelector('.mien input:checked')")  # saved, and the next page is there
    pull(workspace, studio, PullSettings())
    answers = workspace.read("annotations").set_index("face_id")
    order = workspace.read("tasks").sort_values("order")["face_id"].tolist()
    said = answers.loc[order[0]]
    assert (said["label"], said["second"], said["intensity"], said["confidence"]) == ("fear", "surprise", 4, 3)
    assert (said["rater"], said["kind"], bool(said["skipped"])) == ("R1", "task", False)
    assert said["lead_time_s"] > 0
    assert answers.loc[order[1], "unusable"] == "occluded"
    assert pd.isna(answers.loc[order[1], "label"])
