"""How the data set meets the eye: sidebar, colours, pictures, saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaluate.colours import COLOURS
from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evaluate.app.rows import Content
    from schemas.settings import AppSettings

_HIDDEN = ("made_of", "given", "grey_path", "filepath", "created_at", "last_modified_at", "metadata", "id", "group")


def arrange(data: Any, content: Content) -> None:
    """Sets sidebar, colours and which pictures the grid shows.

    Args:
        data: The data set.
        content: What it shows.
    """
    import fiftyone as fo

    models = list(content.models)
    doubts = ["uniqueness", *(f"{model}.{one}" for model in models[:1] for one in ("mistakenness", "hardness"))]
    evaluations = [key for key in data.list_evaluations() if data.has_sample_field(key)]
    groups = {
        "labels": ["ground_truth", "consensus"],
        "networks": models,
        "right or wrong": evaluations,
        "raters": list(content.raters),
        "doubts": doubts,
        "face": ["face_size", "face_sharpness", "score", "yaw", "pitch", "roll"],
        "origin": ["split", "source", "licence", "face_id", "image_id"],
        "photograph": ["face"],
    }
    open_ones = {"labels", "networks", "doubts"}
    sidebar = [fo.SidebarGroupDocument(name="tags", paths=["tags"], expanded=True)]
    sidebar += [
        fo.SidebarGroupDocument(name=name, paths=paths, expanded=name in open_ones)
        for name, paths in groups.items()
        if paths
    ]
    sidebar.append(fo.SidebarGroupDocument(name="kept by mien", paths=list(_HIDDEN), expanded=False))
    look = data.app_config
    look.sidebar_groups = sidebar
    look.active_fields = fo.ActiveFields(paths=["ground_truth", *models[:1], "face"], exclude=False)
    look.media_fields = ["filepath", "grey_path"]
    look.media_fallback = True
    shades = [{"value": name, "color": colour} for name, colour in COLOURS.items()]
    fields = ["face", *content.label_fields]
    look.color_scheme = fo.ColorScheme(
        color_by="value",
        fields=[{"path": path, "colorByAttribute": "label", "valueColors": shades} for path in fields],
    )
    data.save()


def save_layouts(data: Any, planes: list[str]) -> None:
    """Saves FiftyOne's workspaces `evaluation` and `embedding`: the grid with the panel of that name beside it.

    Args:
        data: The data set.
        planes: Keys of its embeddings.
    """
    import fiftyone as fo

    panels = {"evaluation": fo.Panel(type="model_evaluation_panel_builtin", pinned=False)}
    if planes:
        state = {"brainResult": planes[0], "colorByField": "ground_truth.label"}
        panels["embedding"] = fo.Panel(type="Embeddings", pinned=False, state=state)
    there = data.list_workspaces()
    for name, panel in panels.items():
        if name not in there:
            samples = fo.Panel(type="Samples", pinned=True)
            # Without an active child a space shows none of its panels.
            halves = [fo.Space(children=[one], active_child=one.component_id) for one in (samples, panel)]
            data.save_workspace(name, fo.Space(children=halves, orientation="horizontal"))


def save_views(data: Any, content: Content, settings: AppSettings) -> list[str]:
    """Saves a view for each confused pair and each kind of doubt; mien's own that have no face any more go.

    Args:
        data: The data set.
        content: What it shows.
        settings: From where on an error is confident, and a label doubtful.

    Returns:
        The names of the views.
    """
    there = {one["name"]: one["description"] or "" for one in data.list_saved_views(info=True)}
    names = []
    for name, view, text in _views(data, content, settings):
        names.append(name)
        if there.get(name) != f"{_MARK}{text}":
            data.save_view(name, view, description=f"{_MARK}{text}", overwrite=True)
    for name, text in there.items():
        if text.startswith(_MARK) and name not in names:
            data.delete_saved_view(name)
    return names


_MARK = "mien: "
"""What the descriptions of mien's own views begin with; the user's views are left alone."""


def _views(data: Any, content: Content, settings: AppSettings) -> Iterator[tuple[str, Any, str]]:
    """Name, view and description of each."""
    if any("ground_truth" in row.labels for row in content.rows):
        for place, model in enumerate(content.models):
            yield from _views_of(data, content, model, settings, after="" if place == 0 else f" {model}")
    if any("consensus" in row.labels for row in content.rows):
        split = data.match({"consensus.agreement": {"$lt": 1}}).sort_by("consensus.agreement")
        yield "rater-splits", split, "the raters do not agree, the most divided first"
        undecided = data.match({"consensus.status": {"$in": ["tie", "doubtful"]}})
        yield "undecided-labels", undecided, "the raters' answers make no label yet"


def _views_of(
    data: Any, content: Content, model: str, settings: AppSettings, *, after: str
) -> Iterator[tuple[str, Any, str]]:
    from fiftyone import ViewField

    truth, said = ViewField("ground_truth.label"), ViewField(f"{model}.label")
    full = content.models[model]
    for (label, answer), count in _confused(content, model):
        pair = data.match((truth == label) & (said == answer)).sort_by(f"{model}.confidence", reverse=True)
        text = f"labelled {label}, answered {answer} by {full}, the surest first ({count:,} faces)"
        yield f"{label}-as-{answer}{after}", pair, text
    sure = ViewField(f"{model}.confidence") >= settings.confident_from
    wrong = data.exists("ground_truth").exists(model).match((truth != said) & sure)
    text = f"{full} is wrong, with a probability of {settings.confident_from:g} or more, the surest first"
    yield f"confident-errors{after}", wrong.sort_by(f"{model}.confidence", reverse=True), text
    doubtful = data.match(ViewField(f"{model}.mistakenness") >= settings.doubt_from)
    text = f"mistakenness by {full} of {settings.doubt_from:g} or more: the label may be wrong"
    yield f"label-doubts{after}", doubtful.sort_by(f"{model}.mistakenness", reverse=True), text


def _confused(content: Content, model: str) -> list[tuple[tuple[str, str], int]]:
    """Pairs of label and other answer with the number of their faces, the commonest first."""
    counts: dict[tuple[str, str], int] = {}
    for row in content.rows:
        label, said = row.labels.get("ground_truth"), row.labels.get(model)
        if label and said and label.label != said.label and label.label in NAMES:
            pair = (label.label, said.label)
            counts[pair] = counts.get(pair, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
