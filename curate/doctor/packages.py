"""Python and its packages: there, in one copy, and importable."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from curate.doctor.check import ABSENT, BROKEN, OK, WARNING, Check
from curate.doctor.command import output_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_OLDEST, _NEWEST = (3, 11), (3, 13)
_ROOT = Path(__file__).resolve().parents[2]
_OURS = ("curate", "annotate", "augment", "train", "evaluate", "schemas", "workspace")
_OPENCVS = ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python")
_EXTRAS = {
    "annotate": ("label-studio-sdk", "expert annotation in Label Studio"),
    "augment": ("albumentations", "augmentation"),
    "train": ("tensorflow", "training and running networks"),
    "evaluate": ("fiftyone", "looking at results in FiftyOne"),
    "cluster": ("distributed", "work on a Dask cluster"),
    "demo": ("scikit-image", "the demo's photographs"),
}
_IMPORTED = ("cv2", "onnxruntime", "pyarrow", "PIL._imaging")
"""Compiled parts whose import fails where a system library is missing or two builds are mixed."""


def package_checks() -> Iterator[Check]:
    """Checks Python, the core's packages, OpenCV, the extras and names that another package may have taken."""
    yield _python()
    yield _core()
    yield _opencv()
    for module in _IMPORTED:
        yield from _import(module)
    yield _codecs()
    yield from _extras()
    yield from _names()


def _python() -> Check:
    version = platform.python_version()
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return Check("Python", BROKEN, version, "install Python 3.11, 3.12 or 3.13: `uv python install 3.13`")
    return Check("Python", OK, f"{version} at {sys.executable}")


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _core() -> Check:
    try:
        wanted = importlib.metadata.requires("mien") or []
    except importlib.metadata.PackageNotFoundError:
        return Check("packages", WARNING, "mien itself is not installed here", "run `uv sync` in the checkout")
    names = [found.group() for line in wanted if "extra ==" not in line and (found := re.match(r"[\w.-]+", line))]
    missing = [name for name in names if not _version(name)]
    if missing:
        return Check("packages", BROKEN, f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    shown = ", ".join(f"{name} {_version(name)}" for name in ("numpy", "pandas", "pyarrow", "numba", "onnxruntime"))
    return Check("packages", OK, f"all {len(names)} of mien {_version('mien')}: {shown} …")


def _opencv() -> Check:
    found = {name: version for name in _OPENCVS if (version := _version(name))}
    listed = " and ".join(f"{name} {version}" for name, version in found.items())
    mend = "pip install --force-reinstall 'opencv-python-headless<4.13'"
    if not found:
        return Check("OpenCV", BROKEN, "none", mend)
    if len(found) > 1:
        # All of them write the same folder cv2/, and pip mixes their files without a word.
        return Check("OpenCV", BROKEN, f"{listed} share one folder", f"pip uninstall {' '.join(found)}, then {mend}")
    if "opencv-python-headless" not in found:
        return Check(
            "OpenCV", WARNING, f"{listed} needs a screen's libraries", f"pip uninstall {listed.split()[0]}, then {mend}"
        )
    return Check("OpenCV", OK, f"one: {listed}")


def _import(module: str) -> Iterator[Check]:
    # In a process of its own: a broken build can take the interpreter down with it.
    good, said = output_of([sys.executable, "-c", f"import {module}"])
    if not good:
        package = {"cv2": "opencv-python-headless", "PIL._imaging": "pillow"}.get(module, module)
        last = said.splitlines()[-1]
        yield Check(f"import {module}", BROKEN, last, f"pip install --force-reinstall {package}")


def _codecs() -> Check:
    from PIL import features

    there = {"WebP": features.check("webp"), "AVIF": features.check("avif")}
    there["HEIC"] = importlib.util.find_spec("pillow_heif") is not None
    missing = [name for name, found in there.items() if not found]
    said = f"JPEG, PNG, GIF, BMP, TIFF, {', '.join(name for name, found in there.items() if found)}"
    if missing:
        fix = "pip install --upgrade pillow pillow-heif"
        return Check("formats", WARNING, f"{said}; files in {', '.join(missing)} are rejected", fix)
    return Check("formats", OK, said)


def _extras() -> Iterator[Check]:
    for extra, (distribution, purpose) in _EXTRAS.items():
        version = _version(distribution)
        name = f"extra {extra}"
        if version:
            yield Check(name, OK, f"{distribution} {version}")
        else:
            yield Check(name, ABSENT, f"{distribution} is not installed", f"for {purpose}: pip install 'mien[{extra}]'")


def _names() -> Iterator[Check]:
    for name in _OURS:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin).resolve()
        if not origin.is_relative_to(_ROOT):
            fix = f"use an environment of its own for mien; `pip uninstall {name}` if nothing needs that package"
            yield Check(f"name {name}", BROKEN, f"taken by another package: {origin}", fix)
    if version := _version("evaluate"):
        found = f"the other package `evaluate` {version} is installed and writes the same folder as mien's"
        yield Check("name evaluate", BROKEN, found, "pip uninstall evaluate, then reinstall mien; keep mien apart")
