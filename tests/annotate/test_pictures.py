"""What raters see."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from annotate.metadata import metadata
from annotate.pictures import Pictures, framed
from annotate.plan import Task
from schemas.errors import UsageError, WorkspaceError
from schemas.settings import PushSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.store import Workspace

FACE = "a" * 32
KEY = b"k" * 32
TASKS = [Task(FACE, rater, uid * 32, None) for rater, uid in (("R1", "1"), ("R1", "2"), ("R2", "3"))]


def decoded(data: bytes) -> NDArray[np.uint8]:
    """RGB pixels of a JPEG."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)


@pytest.fixture
def one(workspace: Workspace) -> Workspace:
    """One face's crop."""
    workspace.put_picture("faces", f"{FACE}.png", cv2.imencode(".png", np.full((8, 8, 3), 90, np.uint8))[1].tobytes())
    return workspace


def test_large_photograph_is_halved_with_the_frame_on_the_face() -> None:
    """1,800 × 1,200 become 900 × 600; a box from (400, 200) to (800, 600) is framed from (200, 100) to (400, 300)."""
    data = framed(np.full((1200, 1800, 3), 40, np.uint8), (400, 200, 800, 600))
    pixels = decoded(data).astype(int)
    assert pixels.shape == (600, 900, 3)
    assert metadata(data) == []
    for x, y in ((200, 200), (400, 200), (300, 100), (300, 300)):
        assert np.abs(pixels[y, x] - (255, 214, 0)).max() < 40
    assert np.abs(pixels[200, 300] - 40).max() < 5


def test_small_grey_photograph_keeps_its_size() -> None:
    """It stands in the middle of the canvas: 100 × 60 from (400, 270) on."""
    pixels = decoded(framed(np.full((60, 100), 10, np.uint8), (40, 20, 60, 40))).astype(int)
    assert pixels.shape == (600, 900, 3)
    assert pixels[275, 405].max() < 20
    assert pixels[265, 405].min() > 220


def test_rater_has_an_own_folder_and_each_task_an_own_name(one: Workspace) -> None:
    """The repeat is another file than the first showing, and no name holds the face's id; the bytes lie there once."""
    pictures = Pictures(one, PushSettings(), KEY)
    for task in TASKS:
        pictures.prepare(task.rater)
        pictures.put(task)
    addresses = [pictures.data(task)["image"] for task in TASKS]
    assert len(set(addresses)) == 3
    assert len({address.rpartition("/")[0] for address in addresses}) == 2
    assert not any(FACE in address or "R1" in address for address in addresses)
    files = [one.path / "label-studio" / "pictures" / address.partition("=")[2] for address in addresses]
    assert {file.stat().st_ino for file in files} == {one.picture_path("faces", f"{FACE}.png").stat().st_ino}


def test_crop_that_was_cut_anew_differs(one: Workspace) -> None:
    """What a rater was shown stays as it is until the task is set right."""
    pictures = Pictures(one, PushSettings(), KEY)
    assert pictures.differs(TASKS[0])
    pictures.prepare("R1")
    pictures.put(TASKS[0])
    assert not pictures.differs(TASKS[0])
    other = cv2.imencode(".png", np.full((8, 8, 3), 91, np.uint8))[1].tobytes()
    one.put_picture("faces", f"{FACE}.png", other, replace=True)
    assert pictures.differs(TASKS[0])


def test_pictures_inside_the_tasks(one: Workspace) -> None:
    """The address holds the picture, a JPEG of its pixels alone."""
    address = Pictures(one, PushSettings(pictures="data-uri"), KEY).data(TASKS[0])["image"]
    data = base64.b64decode(address.removeprefix("data:image/jpeg;base64,"))
    assert metadata(data) == []
    assert np.abs(decoded(data).astype(int) - 90).max() <= 1


def test_pictures_of_a_web_server(one: Workspace) -> None:
    """Below the address given, which is asked for."""
    settings = PushSettings(pictures="http", picture_base="https://example.org/faces/")
    pictures = Pictures(one, settings, KEY)
    assert pictures.data(TASKS[0])["image"] == f"https://example.org/faces/{pictures.folder('R1').name}/{'1' * 32}.png"
    with pytest.raises(UsageError, match="need their address"):
        Pictures(one, PushSettings(pictures="http"), KEY)


def test_crop_that_is_not_there(workspace: Workspace) -> None:
    """The step that cuts it is named."""
    with pytest.raises(WorkspaceError, match=r"crop of face a+ is not there"):
        Pictures(workspace, PushSettings(), KEY).put(TASKS[0])
