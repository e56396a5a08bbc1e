"""What is exported: one row a face, with its label, split and origin."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from curate.export.rated import rated
from schemas.emotion import CONTEMPT, NAMES
from schemas.errors import InputError, WorkspaceError
from workspace import declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from curate.export.formats import Format
    from schemas.settings import ExportSettings
    from workspace.store import Workspace

SPLITS = ("train", "validation", "test")
"""Names of splits, in the order they are written."""
USAGES = dict(zip(("Training", "PublicTest", "PrivateTest"), SPLITS, strict=True))
"""FER-2013's usage -> split."""

_ROWS = 4_096
"""Rows that are Python objects at once; a frame keeps them in a tenth of the memory."""
_BOX = ["left", "top", "right", "bottom"]
_NEEDED = ["image_id", "label", "usage", "licence", "author", "source_page", "extra"]
_NO_FACES = "run `curate run FOLDER` first, or loosen the thresholds of `curate faces`"


class Row(NamedTuple):
    """One exported face.

    Attributes:
        name: Its file name without suffix; says nothing of what it shows.
        face_id: 32 hexadecimal digits; empty where every ingested row is exported.
        image_id: 64 hexadecimal digits.
        label: One of the classes, or None.
        split: train, validation or test; empty where there are no splits.
        usage: FER-2013's usage as declared, or None.
        votes: Ten counts in FER+'s order, or None.
        licence: As declared, or None.
        author: As declared, or None.
        page: Web address of the page the picture stood on, or None.
        left: Left edge of the face's box in the upright photograph, pixels.
        top: Top edge.
        right: Right edge.
        bottom: Bottom edge.
    """

    name: str
    face_id: str
    image_id: str
    label: str | None
    split: str
    usage: str | None
    votes: tuple[int, ...] | None
    licence: str | None
    author: str | None
    page: str | None
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Selection:
    """All that is exported.

    Attributes:
        frame: One row a face, columns as in `Row`.
        left_out: Why faces of the workspace are not exported -> how many.
        classes: The classes in their order.
        splits: The splits that have rows, in order; `("",)` where there are none.
        splits_from: Where they come from: `splits`, `usage` or `none`.
    """

    frame: pd.DataFrame
    left_out: Mapping[str, int]
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    splits_from: str

    def rows(self, split: str | None = None) -> Iterator[Row]:
        """The rows of a split, or all of them."""
        chosen = self.frame if split is None else self.frame[self.frame["split"] == split]
        for start in range(0, len(chosen), _ROWS):
            part = chosen[list(Row._fields)].iloc[start : start + _ROWS].astype(object)
            for values in part.where(part.notna(), None).itertuples(index=False, name=None):
                yield Row(*values)


def select(workspace: Workspace, form: Format, settings: ExportSettings) -> Selection:
    """Selects what is exported, and says why the rest is not.

    Args:
        workspace: Read only.
        form: The format; FER+ has contempt as a class, and not every format can hold a face without a label.
        settings: Which rows, and what to do with those that lack a label.

    Raises:
        WorkspaceError: There is no face, or the splits are not up to date.
        InputError: Faces lack a label, or have one that is no class, and the settings do not say what to do.
    """
    classes = (*NAMES, CONTEMPT) if form.name == "ferplus" else NAMES
    frame = _every_row(workspace, form) if settings.rows == "all" else _kept_faces(workspace, form)
    split, splits_from = _splits(workspace, frame, settings)
    frame = frame.assign(split=split).rename(columns={"class": "label"})
    left_out: dict[str, int] = {}
    frame = _without(frame, frame["split"] == "excluded", "excluded by the split", left_out)
    unknown = frame["unknown"].notna() & frame["label"].isna()
    _check_unknown(frame.loc[unknown, "unknown"], settings)
    frame = _without(frame, unknown, "label that is none of the classes", left_out)
    frame = _without(frame, frame["conflict"].astype(bool), "copies of the picture disagree on its label", left_out)
    lacking = frame["label"].isna()
    if settings.unlabelled != "keep":
        _check_unlabelled(int(lacking.sum()), len(frame), form, settings)
        frame = _without(frame, lacking, "without a label", left_out)
    if frame.empty:
        raise InputError(f"no face is left to export: {_listed(left_out)}", "ingest labels with the pictures")
    present = set(frame["split"])
    splits = tuple(name for name in (*SPLITS, "") if name in present)
    return Selection(frame.reset_index(drop=True), left_out, classes, splits, splits_from)


def _kept_faces(workspace: Workspace, form: Format) -> pd.DataFrame:
    faces = workspace.read("faces", ["face_id", "image_id", "kept", *_BOX])
    faces = faces[faces["kept"]]
    if faces.empty:
        raise WorkspaceError(f"{workspace.path} has no kept face", _NO_FACES)
    sources = workspace.read("sources", ["source", *_NEEDED])
    sources = sources[sources["image_id"].isin(faces["image_id"])]
    found = declared.by_image(sources, contempt=form.name == "ferplus")
    # The order of face_ids, which are digests: it says nothing of what was ingested when.
    frame = faces.assign(name=faces["face_id"]).join(found, on="image_id")
    if not workspace.has("labels"):
        return frame
    # Once raters were asked, only what they say counts: a search term beside their labels would pass for one.
    replaced = ["class", "unknown", "votes"]
    rated_faces = rated(workspace, contempt=form.name == "ferplus")
    return frame.drop(columns=replaced).join(rated_faces, on="face_id").assign(conflict=False)


def _every_row(workspace: Workspace, form: Format) -> pd.DataFrame:
    sources = workspace.read("sources", ["source", "kind", *_NEEDED])
    sources = sources[sources["kind"] == "face"]
    if sources.empty:
        raise WorkspaceError(
            f"{workspace.path} has no ingested face crops", "--rows all is for FER-2013; use --rows kept"
        )
    sources = _in_file_order(sources)
    names = [f"fer{place:07}" for place in sources.index]
    boxes = dict.fromkeys(_BOX, float("nan"))
    found = declared.rows(sources, contempt=form.name == "ferplus")
    return found.assign(name=names, face_id="", image_id=sources["image_id"], conflict=False, **boxes)


def _in_file_order(sources: pd.DataFrame) -> pd.DataFrame:
    """Sorts `fer2013.csv/Training/00000012` by file, then by the number of the row, whatever its usage."""
    parts = sources["source"].str.partition("/")[0], sources["source"].str.rpartition("/")[2]
    ordered = sources.assign(file=parts[0], row=parts[1]).sort_values(["file", "row", "source"], kind="stable")
    return ordered.reset_index(drop=True)


def _splits(workspace: Workspace, frame: pd.DataFrame, settings: ExportSettings) -> tuple[list[str], str]:
    wanted = settings.splits_from
    by_usage = [USAGES.get(usage, "") for usage in frame["usage"]]
    if settings.rows == "all" and wanted == "auto":
        wanted = "usage" if all(by_usage) else "none"
    if wanted in ("auto", "splits") and workspace.has("splits"):
        table = workspace.read("splits", ["image_id", "split"]).set_index("image_id")["split"]
        found = frame["image_id"].map(table)
        _check_splits(int(found.isna().sum()), "stand in no split", "run `curate split`, or --splits-from none")
        return found.tolist(), "splits"
    if wanted == "splits":
        raise WorkspaceError("there is no table `splits`", "run `curate split` first, or --splits-from none")
    if wanted == "usage":
        _check_splits(by_usage.count(""), "have no FER-2013 usage", "--splits-from splits or none")
    if wanted != "none" and all(by_usage):
        return by_usage, "usage"
    return [""] * len(frame), "none"


def _check_splits(count: int, what: str, fix: str) -> None:
    if count:
        raise WorkspaceError(f"{count:,} faces {what}", fix)


def _without(frame: pd.DataFrame, out: pd.Series, why: str, left_out: dict[str, int]) -> pd.DataFrame:
    if out.any():
        left_out[why] = int(out.sum())
    return frame[~out]


def _check_unknown(unknown: pd.Series, settings: ExportSettings) -> None:
    if unknown.empty or settings.unknown_labels == "skip":
        return
    counts = unknown.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    told = ", ".join(f"`{name}` ({count:,})" for name, count in counts.head(5).items())
    near = difflib.get_close_matches(str(counts.index[0]).casefold(), NAMES, n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}`? " if near else ""
    fix = f"{hint}The classes are {', '.join(NAMES)}; --unknown-labels skip leaves these faces out"
    raise InputError(f"labels that are none of the seven classes: {told}", fix)


def _check_unlabelled(lacking: int, total: int, form: Format, settings: ExportSettings) -> None:
    if lacking and settings.unlabelled == "error":
        keep = ", keep exports them without" if form.without_label else ""
        fix = f"--unlabelled skip leaves them out{keep}; or ingest labels with the pictures"
        raise InputError(f"{lacking:,} of {total:,} faces have no label", fix)


def _listed(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} {why}" for why, count in left_out.items()) or "none"
