"""What the data-set card says: counts, origin, licences, decisions and who is missing, from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workspace import lineage
from workspace.declared import further

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from curate.export.selection import Selection
    from workspace.store import Workspace

DEMOGRAPHICS = ("age", "age_group", "gender", "sex", "ethnicity", "race", "skin_tone", "country", "region")
"""Names under which a list may declare who is seen; nothing of the kind is ever told from a picture."""
FEW = 100
"""Faces of a class below which the card calls it rare; a 95 % interval of a rate over 100 is ±10 %."""

_STEPS = ("dedupe", "filter", "faces", "split")
_PATHS = ("detector_weights",)


@dataclass(frozen=True)
class Facts:
    """The figures of a card.

    Attributes:
        classes: Class (or `without label`) -> faces in each split, in the selection's order.
        faces: Faces exported.
        photographs: Pictures they are from.
        origins: What was ingested -> faces from it.
        licences: Declared licence, or `none declared` -> faces.
        attributed: Faces with a declared author or page.
        funnel: Stage -> count, over the whole workspace.
        reasons: Step -> reason -> how many it took out.
        settings: Step -> setting -> value.
        sharing: Faces that stand in a photograph with other exported faces, and share its label.
        conflicts: Exported faces of pictures with a copy that is labelled otherwise.
        voted: Faces with votes of several raters.
        people: Declared people among the faces.
        nameless: Faces without a declared identity.
        demographics: What is declared -> value -> faces.
    """

    classes: Mapping[str, Sequence[int]]
    faces: int
    photographs: int
    origins: Mapping[str, int]
    licences: Mapping[str, int]
    attributed: int
    funnel: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]
    settings: Mapping[str, Mapping[str, Any]]
    sharing: int
    conflicts: int
    voted: int
    people: int
    nameless: int
    demographics: Mapping[str, Mapping[str, int]]

    @property
    def rare(self) -> list[str]:
        """Classes with fewer than `FEW` faces, those with none among them."""
        return [name for name, counts in self.classes.items() if sum(counts) < FEW]


def gather(workspace: Workspace, selection: Selection) -> Facts:
    """Gathers the figures of a card.

    Args:
        workspace: Read only.
        selection: What is exported.
    """
    frame = selection.frame
    sources = workspace.read("sources", ["source", "image_id", "identity", "extra"])
    # One source a picture: its copies would count a face twice.
    sources = sources[sources["image_id"].isin(frame["image_id"])].drop_duplicates("image_id").set_index("image_id")
    of_face = sources.reindex(frame["image_id"])
    in_photograph = frame.loc[frame["face_id"] != "", "image_id"].value_counts()
    clashing = workspace.read("conflicts", ["image_id", "other_id"])
    return Facts(
        classes=_classes(selection),
        faces=len(frame),
        photographs=frame["image_id"].nunique(),
        origins=_counts(name.partition("/")[0] for name in of_face["source"]),
        licences=_counts(frame["licence"].fillna("none declared")),
        attributed=int((frame["author"].notna() | frame["page"].notna()).sum()),
        funnel=_funnel(workspace),
        reasons=_reasons(workspace),
        settings=_settings(workspace),
        sharing=int(in_photograph[in_photograph > 1].sum()),
        conflicts=int(frame["image_id"].isin(pd.concat([clashing["image_id"], clashing["other_id"]])).sum()),
        voted=int(frame["votes"].notna().sum()),
        people=of_face["identity"].nunique(),
        nameless=int(of_face["identity"].isna().sum()),
        demographics=_demographics(of_face["extra"]),
    )


def _classes(selection: Selection) -> dict[str, list[int]]:
    labels = selection.frame["label"].fillna("without label")
    table = pd.crosstab(labels, selection.frame["split"])
    names = [*selection.classes, *(["without label"] if "without label" in table.index else [])]
    table = table.reindex(index=names, columns=list(selection.splits), fill_value=0)
    return {name: list(map(int, table.loc[name].to_numpy())) for name in names}


def _funnel(workspace: Workspace) -> dict[str, int]:
    decisions = workspace.read("decisions", ["kept"])
    faces = workspace.read("faces", ["kept", "rank"])
    return {
        "files": workspace.rows("sources") + workspace.rows("rejected"),
        "pictures that can be read, each once": workspace.rows("images"),
        "pictures kept": int(decisions["kept"].sum()),
        "faces found": int((faces["rank"] >= 0).sum()),
        "faces kept": int(faces["kept"].sum()),
    }


def _reasons(workspace: Workspace) -> dict[str, dict[str, int]]:
    decisions = workspace.read("decisions", ["kept", "step", "reason"])
    out = decisions[~decisions["kept"]]
    faces = workspace.read("faces", ["kept", "reason"])
    found = {
        "ingest": workspace.read("rejected", ["reason"])["reason"],
        **{step: out.loc[out["step"] == step, "reason"] for step in ("dedupe", "filter")},
        "faces": faces.loc[~faces["kept"], "reason"],
    }
    return {step: _counts(reasons) for step, reasons in found.items() if len(reasons)}


def _settings(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The settings each step last ran with, without paths of the machine."""
    lines = {step: lineage.last_line(workspace, step) for step in _STEPS}
    return {
        step: {name: value for name, value in line["settings"].items() if name not in _PATHS}
        for step, line in lines.items()
        if line
    }


def _demographics(extras: pd.Series) -> dict[str, dict[str, int]]:
    found: dict[str, list[str]] = {}
    for extra in extras.dropna():
        for name, value in further(extra).items():
            if name.casefold() in DEMOGRAPHICS and value not in (None, ""):
                found.setdefault(name.casefold(), []).append(str(value))
    return {name: _counts(values) for name, values in sorted(found.items())}


def _counts(values: Iterable[str]) -> dict[str, int]:
    """How often each value occurs, most frequent first, then by name."""
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
