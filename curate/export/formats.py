"""The formats of `curate export`, declared once; a format's own module is loaded when it is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import UsageError
from schemas.settings import unknown

if TYPE_CHECKING:
    from schemas.settings import ExportSettings


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: What the command line calls it.
        text: What it is, one line.
        module: The module whose function `write` writes it.
        pictures: What it holds: `crop` (colour or grey, as asked for), `grey` (48×48 only) or `photograph`.
        without_label: Whether it can hold a face that has no label.
        every_row: Whether it can hold one row for every ingested face crop, copies among them.
        load: How to read it, Python.
    """

    name: str
    text: str
    module: str
    pictures: str
    without_label: bool
    every_row: bool
    load: str


_ALL = (
    Format(
        "folders",
        "a folder for each class, below one for each split",
        "curate.export.folders",
        "crop",
        without_label=False,
        every_row=False,
        load='torchvision.datasets.ImageFolder("{first}")  # or keras.utils.image_dataset_from_directory("{first}")',
    ),
    Format(
        "fer2013",
        "FER-2013's CSV: emotion, pixels, Usage",
        "curate.export.fer2013",
        "grey",
        without_label=False,
        every_row=True,
        load='pandas.read_csv("fer2013.csv")',
    ),
    Format(
        "ferplus",
        "FER+'s CSV of votes, with the pictures beside it",
        "curate.export.ferplus",
        "grey",
        without_label=False,
        every_row=True,
        load='pandas.read_csv("fer2013new.csv")',
    ),
    Format(
        "coco",
        "the photographs, with face boxes as COCO annotations",
        "curate.export.coco",
        "photograph",
        without_label=True,
        every_row=False,
        load='pycocotools.coco.COCO("annotations/{first}.json")',
    ),
    Format(
        "parquet",
        "Hugging Face Parquet: Image and ClassLabel columns",
        "curate.export.parquet",
        "crop",
        without_label=True,
        every_row=False,
        load='datasets.load_dataset(".")  # this folder',
    ),
    Format(
        "imagefolder",
        "Hugging Face ImageFolder with metadata.jsonl",
        "curate.export.imagefolder",
        "crop",
        without_label=True,
        every_row=False,
        load='datasets.load_dataset(".")  # this folder',
    ),
    Format(
        "fiftyone",
        "FiftyOne's image classification data set, a folder for each split",
        "curate.export.fiftyone",
        "crop",
        without_label=True,
        every_row=False,
        load='fiftyone.Dataset.from_dir("{first}", dataset_type=fiftyone.types.FiftyOneImageClassificationDataset)',
    ),
)

FORMATS: dict[str, Format] = {one.name: one for one in _ALL}
"""Name -> format."""


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        UsageError: There is none; the nearest right name is given.
    """
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    return FORMATS[name]


def check(form: Format, settings: ExportSettings) -> None:
    """Checks that a format can be written as the settings ask.

    Raises:
        UsageError: It cannot.
    """
    if form.pictures != "crop" and settings.picture not in ("auto", _only(form)):
        raise UsageError(
            f"`{form.name}` holds {_WORDS[form.pictures]}, --picture {settings.picture} does not apply",
            "leave --picture out",
        )
    if settings.unlabelled == "keep" and not form.without_label:
        able = ", ".join(one.name for one in _ALL if one.without_label)
        raise UsageError(
            f"`{form.name}` cannot hold a face without a label", f"--unlabelled skip, or one of the formats {able}"
        )
    _check_publisher(settings)
    if settings.rows == "all" and not form.every_row:
        able = ", ".join(one.name for one in _ALL if one.every_row)
        raise UsageError(f"`{form.name}` cannot hold copies of one picture", f"--rows kept, or one of: {able}")


def _check_publisher(settings: ExportSettings) -> None:
    """Checks what goes into the metadata, where a wrong word would make them invalid."""
    if settings.published:
        try:
            dt.date.fromisoformat(settings.published)
        except ValueError:
            raise UsageError(f"--published {settings.published!r} is no date", "for example 2026-01-31") from None
    if settings.homepage and not settings.homepage.startswith(("http://", "https://")):
        raise UsageError(f"--homepage {settings.homepage!r} is no web address", "it begins with https://")


def kind(form: Format, settings: ExportSettings) -> str:
    """The workspace's folder of the crops that are exported: `faces` (colour) or `grey`."""
    return "grey" if form.pictures == "grey" or settings.picture == "grey" else "faces"


_WORDS = {"grey": "48×48 grey faces", "photograph": "whole photographs"}


def _only(form: Format) -> str:
    return "grey" if form.pictures == "grey" else ""
