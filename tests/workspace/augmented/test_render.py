"""From a crop and a recipe to a face."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from schemas.transforms import TRANSFORMS
from workspace.augmented.render import View, render
from workspace.crops import CropRecipe
from workspace.framing import Frame, cut, grey

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE = np.random.default_rng(3).integers(0, 256, (48, 48), dtype=np.uint8)
WHOLE = View.of_whole(48, 48)
LIT = {"brightness": 0.0, "contrast": 1.0, "gamma": 1.0}
RECIPE = CropRecipe(Frame(224, 1.3), Frame(48), "none")
LANDMARKS = np.array([[120, 140], [180, 142], [150, 175], [126, 205], [176, 206]], np.float32)


def even(level: int, side: int = 48) -> NDArray[np.uint8]:
    """A grey picture of one level."""
    return np.full((side, side), level, np.uint8)


def smooth(seed: int) -> NDArray[np.uint8]:
    """A photograph without fine detail, so that two ways of sampling it agree."""
    y, x = np.mgrid[:300, :300] / 300
    random = np.random.default_rng(seed)
    waves = [127 + 60 * np.sin(random.uniform(3, 9) * x + random.uniform(3, 9) * y + seed) for _ in range(3)]
    return np.stack(waves, axis=-1).astype(np.uint8)


def test_nothing_done_is_the_face_itself() -> None:
    """A 48×48 face crop as FER-2013's comes out pixel for pixel."""
    assert np.array_equal(render(FACE, {}, WHOLE), FACE)


def test_nothing_done_is_what_curate_cuts() -> None:
    """The frame taken from the colour crop is the frame taken from the photograph, but for one resampling more."""
    photograph = smooth(1)
    crop = cut(photograph, LANDMARKS, RECIPE.colour)
    ours = render(crop, {}, View(RECIPE.grey_in_colour()))
    theirs = grey(cut(photograph, LANDMARKS, RECIPE.grey))
    assert np.abs(ours.astype(int) - theirs).max() <= 2


def test_contrast_is_that_of_the_grey_pictures() -> None:
    """With `minmax` 50 and 100 become 0 and 255."""
    face = even(50)
    face[:24] = 100
    made = render(face, {}, View.of_whole(48, 48, "minmax"))
    assert made[0, 0] == 255
    assert made[-1, 0] == 0


def test_a_mirror_image() -> None:
    """Left and right are exchanged, pixel for pixel."""
    assert np.array_equal(render(FACE, {"flip": {}}, WHOLE), FACE[:, ::-1])


def test_half_a_turn() -> None:
    """Upside down: both axes reversed, pixel for pixel."""
    assert np.array_equal(render(FACE, {"rotation": {"degrees": 180.0}}, WHOLE), FACE[::-1, ::-1])


def test_a_quarter_turn_is_clockwise() -> None:
    """What was at the top is on the right."""
    assert np.array_equal(render(FACE, {"rotation": {"degrees": 90.0}}, WHOLE), np.rot90(FACE, -1))


def test_a_shift() -> None:
    """An eighth of 48 pixels is 6, to the right; what comes in on the left is reflected."""
    made = render(FACE, {"shift": {"right": 0.125, "down": 0.0}}, WHOLE)
    assert np.array_equal(made[:, 6:], FACE[:, :-6])
    assert np.array_equal(made[:, 5], FACE[:, 1])


def test_twice_the_size() -> None:
    """A square of 8 pixels in the middle takes 16 then."""
    face = even(0)
    face[20:28, 20:28] = 255
    made = render(face, {"scale": {"factor": 2.0}}, WHOLE)
    assert (made[24] > 127).sum() == 16


@pytest.mark.parametrize("degrees", [-45.0, -20.0, 10.0, 33.0, 90.0])
def test_no_black_corners(degrees: float) -> None:
    """A white picture stays white, however it is turned, moved and made smaller."""
    recipe = {
        "rotation": {"degrees": degrees},
        "scale": {"factor": 0.6},
        "shift": {"right": 0.3, "down": -0.2},
    }
    assert render(even(255), recipe, WHOLE).min() == 255


def test_the_border_comes_from_the_photograph_around_the_face() -> None:
    """The colour crop shows more than the frame does: a small turn shows what is there, not a reflection."""
    crop = np.zeros((224, 224, 3), np.uint8)
    crop[:, :20] = 255  # 20 of the 26 pixels left of the frame
    straight = render(crop, {}, View(RECIPE.grey_in_colour()))
    moved = render(crop, {"shift": {"right": 0.15, "down": 0.0}}, View(RECIPE.grey_in_colour()))
    assert straight.max() == 0
    assert moved[:, :5].min() > 200


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({"brightness": 0.2}, 151),  # 100 + 51
        ({"contrast": 2.0}, 72),  # 128 + 2 (100 - 128)
        ({"gamma": 2.0}, 39),  # 255 (100 / 255)^2 = 39.2
        ({"brightness": 0.5, "contrast": 3.0}, 171),  # 44 + 127.5
    ],
)
def test_light_by_hand(values: dict[str, float], level: int) -> None:
    """Contrast about middle grey, then brightness, then gamma; to a grey level of what hand computation gives."""
    made = render(even(100), {"lighting": {**LIT, **values}}, WHOLE)
    assert abs(int(made[0, 0]) - level) <= 1
    assert made.min() == made.max()


def test_colour_changes_a_colour_picture() -> None:
    """Without saturation red is its luma, 0.299 × 255 = 76; turned by a third it is green: 0.587 × 255 = 150."""
    red = np.zeros((48, 48, 3), np.uint8)
    red[..., 0] = 255
    assert render(red, {"colour": {"saturation": 0.0, "hue": 0.0}}, WHOLE)[0, 0] == 76
    assert render(red, {"colour": {"saturation": 1.0, "hue": 1 / 3}}, WHOLE)[0, 0] == pytest.approx(150, abs=1)


def test_colour_leaves_a_grey_picture() -> None:
    """There is none to change."""
    assert np.array_equal(render(FACE, {"colour": {"saturation": 0.0, "hue": 0.3}}, WHOLE), FACE)


def test_an_occlusion_by_hand() -> None:
    """A quarter by half of 48 pixels, in the lower right corner."""
    values = {"width": 0.25, "height": 0.5, "level": 200, "across": 1.0, "along": 1.0}
    made = render(even(10), {"occlusion": values}, WHOLE)
    assert (made == 200).sum() == 12 * 24
    assert made[24:, 36:].min() == 200


def test_blur_takes_detail_and_leaves_the_mean() -> None:
    """White noise of variance v has v / (4 π σ²) after a Gaussian: with σ = 2 a fiftieth."""
    made = render(FACE, {"blur": {"sigma": 2.0}}, WHOLE)
    assert made.mean() == pytest.approx(FACE.mean(), abs=1.5)
    assert made[8:-8, 8:-8].var() / FACE.var() == pytest.approx(1 / (16 * np.pi), rel=0.35)


@pytest.mark.parametrize("side", [48, 224])
def test_noise_is_as_strong_as_said_at_every_resolution(side: int) -> None:
    """The deviation is that of the 48×48 picture, in colour too: 8 grey levels, to 6 %."""
    crop = np.full((side, side, 3), 128, np.uint8)
    view = View.of_whole(side, side)
    made = render(crop, {"noise": {"deviation": 8.0, "stream": 12345}}, view)
    assert made.std() == pytest.approx(8, rel=0.12)
    assert made.mean() == pytest.approx(128, abs=0.7)


def test_another_stream_is_another_noise() -> None:
    """And the same one is the same."""
    first, again, other = (
        render(even(128), {"noise": {"deviation": 8.0, "stream": stream}}, WHOLE) for stream in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_jpeg_keeps_an_even_picture_and_hurts_noise() -> None:
    """Middle grey has no coefficient to be rounded; noise has nothing else."""
    assert np.array_equal(render(even(128), {"jpeg": {"quality": 30}}, WHOLE), even(128))
    assert np.abs(render(FACE, {"jpeg": {"quality": 10}}, WHOLE).astype(int) - FACE).mean() > 10


def test_clahe_raises_contrast() -> None:
    """Of a picture whose levels lie close together."""
    dull = (FACE // 8 + 100).astype(np.uint8)
    assert render(dull, {"clahe": {"clip": 4.0}}, WHOLE).std() > 1.5 * dull.std()


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 3), (224, 224), (224, 224, 3), (350, 300, 3), (60, 90)])
def test_every_transformation_gives_48_by_48(shape: tuple[int, ...]) -> None:
    """Whatever the crop's size, grey or in colour."""
    crop = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    recipe: dict[str, Any] = {
        name: {part.name: (part.low + part.high) / 2 for part in transform.parameters}
        | dict.fromkeys(transform.drawn, 0)
        for name, transform in TRANSFORMS.items()
    }
    made = render(crop, recipe, View.of_whole(shape[1], shape[0]))
    assert made.shape == (48, 48)
    assert made.dtype == np.uint8


def test_albumentations_asks_nobody_for_a_newer_version() -> None:
    """Its module that does so opens no address: the variable is set before it is imported."""
    script = (
        "import urllib.request\n"
        "def refuse(*_, **__): raise SystemExit('it opened an address')\n"
        "urllib.request.OpenerDirector.open = refuse\n"
        "import socket; socket.create_connection = refuse\n"
        "import numpy as np\n"
        "from workspace.augmented.render import View, render\n"
        "render(np.zeros((48, 48), np.uint8), {'flip': {}}, View.of_whole(48, 48))\n"
        "import albumentations; print('quiet', albumentations.__version__)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "NO_ALBUMENTATIONS_UPDATE"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.startswith("quiet 2.")
    assert "Error fetching" not in done.stderr
