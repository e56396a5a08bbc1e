"""The photographs that installed libraries ship: found in the packages' own folders, never fetched."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import MissingPartError


@dataclass(frozen=True)
class Photograph:
    """A photograph inside an installed package, and what the package's documentation says of it.

    Attributes:
        name: Its file name.
        package: The importable package that ships it.
        folder: The folder inside the package.
        author: Who took it.
        licence: Under which terms.
        page: Where the package's authors found it; empty where they do not say.
        identity: Who is on it; empty for nobody.
        label: The expression shown; empty for no face, or one too small to tell.
    """

    name: str
    package: str
    folder: str
    author: str
    licence: str
    page: str = ""
    identity: str = ""
    label: str = ""


_PUBLIC = "public domain"
_CC0 = "CC0-1.0"
PHOTOGRAPHS = (
    Photograph(
        "astronaut.png", "skimage", "data", "NASA", _PUBLIC, "https://flic.kr/p/r9qvLn", "Eileen Collins", "happy"
    ),
    Photograph("chelsea.png", "skimage", "data", "Stefan van der Walt", _CC0),
    Photograph("coffee.png", "skimage", "data", "Rachel Michetti", _CC0),
    Photograph(
        "rocket.jpg", "skimage", "data", "SpaceX", _PUBLIC, "https://www.flickr.com/photos/spacexphotos/16511594820/"
    ),
    Photograph("camera.png", "skimage", "data", "Lav Varshney", _CC0),
    Photograph(
        "grace_hopper.jpg", "matplotlib", "mpl-data/sample_data", "U.S. Navy", _PUBLIC, "", "Grace Hopper", "neutral"
    ),
)
"""Terms as `skimage.data` documents them; Grace Hopper's is an official portrait, a work of the U.S. government."""


def photograph_bytes() -> dict[str, bytes]:
    """The bytes of every photograph by file name.

    Raises:
        MissingPartError: scikit-image or matplotlib is not installed, or ships the photograph no longer.
    """
    return {photograph.name: _path(photograph).read_bytes() for photograph in PHOTOGRAPHS}


def _path(photograph: Photograph) -> Path:
    # Only looked for, not imported: scikit-image alone takes a second to import.
    spec = importlib.util.find_spec(photograph.package)
    if spec is None or spec.origin is None:
        raise MissingPartError(
            f"the demo's photographs come with {photograph.package}, which is not installed", "pip install 'mien[demo]'"
        )
    path = Path(spec.origin).parent / photograph.folder / photograph.name
    if not path.is_file():
        raise MissingPartError(
            f"the installed {photograph.package} does not ship {photograph.name}", "pip install --upgrade 'mien[demo]'"
        )
    return path
