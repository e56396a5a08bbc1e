"""FiftyOne's data set of a workspace: a group a face, of its crop and the whole photograph; changed where it changed.

The crop is what one looks at, sorts and counts; the photograph beside it says what the face was about. FiftyOne's
patches would cut every face out of its photograph in the browser, and could carry no evaluation of classifications.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.emotion import NAMES
from workspace.console import progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evaluate.app.rows import Content, Label, Row

CROP, PHOTOGRAPH = "face", "photograph"
"""The two slices of a group."""
_BATCH = 500
_TEXTS = ("face_id", "image_id", "source", "licence", "split", "made_of", "given", "grey_path")
_NUMBERS = ("uniqueness", "face_size", "face_sharpness", "score", "yaw", "pitch", "roll")
_MODEL = (*(f"p_{name}" for name in NAMES), "hardness", "mistakenness")


@dataclass(frozen=True)
class Changes:
    """What a rebuild did.

    Attributes:
        added: Faces that were not there.
        changed: Faces of which something is said anew.
        removed: Faces that are kept no longer.
        unchanged: The others.
    """

    added: int
    changed: int
    removed: int
    unchanged: int


def build(name: str, content: Content) -> tuple[Any, Changes]:
    """Brings the data set to what the workspace says; tags and labels given in the App stay.

    Args:
        name: Of the data set.
        content: What the App shows.

    Returns:
        The data set and what was done.
    """
    import fiftyone as fo

    if fo.dataset_exists(name):
        data = fo.load_dataset(name)
    else:
        data = fo.Dataset(name, persistent=True)
        data.add_group_field("group", default=CROP)
        data.add_group_slice(CROP, "image")
        data.add_group_slice(PHOTOGRAPH, "image")
    _declare(data, content)
    known = _known(data)
    rows = {row.face_id: row for row in content.rows}
    new = [row for row in content.rows if row.face_id not in known]
    changed = [row for row in content.rows if row.face_id in known and known[row.face_id][2] != row.digest]
    gone = [group for face_id, (_, group, _) in known.items() if face_id not in rows]
    if gone:
        data.delete_groups(gone)
    _add(data, new)
    if changed:
        _change(data, changed, content, known)
    counts = Changes(len(new), len(changed), len(gone), len(content.rows) - len(new) - len(changed))
    return data, counts


def crops(data: Any) -> Any:
    """The view of the faces' crops alone: what evaluations and embeddings are made on."""
    return data.select_group_slices(CROP)


def _known(data: Any) -> dict[str, tuple[str, str, str]]:
    """face_id -> the crop's id, its group's id, and what it was made of."""
    if not data.count():
        return {}
    ids, faces, groups, made = crops(data).values(["id", "face_id", "group.id", "made_of"])
    return {face: (one, group, of) for one, face, group, of in zip(ids, faces, groups, made, strict=True)}


def _declare(data: Any, content: Content) -> None:
    """Makes the fields that are not there, and removes those of networks and raters that are gone."""
    import fiftyone as fo

    schema = data.get_field_schema(flat=True)
    for path in list(schema):
        if schema[path].description in {"network", "rater"} and path not in content.label_fields:
            data.delete_sample_field(path)
    if "face" not in schema:
        data.add_sample_field("face", fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections)
    for path in content.label_fields:
        if path not in schema:
            what = "network" if path in content.models else "rater" if path in content.raters else "label"
            data.add_sample_field(path, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification, description=what)
    for path, kind in _kinds(content).items():
        if path not in schema:
            data.add_sample_field(path, kind)


def _kinds(content: Content) -> dict[str, Any]:
    """Field or attribute -> FiftyOne's kind of it."""
    import fiftyone as fo

    found: dict[str, Any] = dict.fromkeys(_TEXTS, fo.StringField) | dict.fromkeys(_NUMBERS, fo.FloatField)
    found |= {f"{path}.{one}": fo.FloatField for path in content.models for one in _MODEL}
    for path in content.raters:
        found |= {f"{path}.{one}": fo.IntField for one in ("intensity", "certainty")}
        found |= {f"{path}.{one}": fo.StringField for one in ("second", "unusable", "note")}
    found |= {f"consensus.{one}": fo.StringField for one in ("status", "method")}
    return found | {"consensus.agreement": fo.FloatField, "consensus.raters": fo.IntField}


def _add(data: Any, rows: Sequence[Row]) -> None:
    import fiftyone as fo

    def groups() -> Iterable[int]:
        for at in range(0, len(rows), _BATCH):
            some = rows[at : at + _BATCH]
            samples = []
            for row in some:
                group = fo.Group()
                crop = fo.Sample(filepath=row.paths[0], group=group.element(CROP), tags=list(row.tags))
                for path, value in _values(row).items():
                    crop[path] = value
                samples.append(crop)
                if row.photograph[2]:
                    whole = fo.Sample(filepath=row.paths[2], group=group.element(PHOTOGRAPH))
                    for path, value in _whole(row).items():
                        whole[path] = value
                    samples.append(whole)
            data.add_samples(samples, dynamic=False, expand_schema=False, progress=False)
            yield len(some)

    for _ in progress(groups(), text="the App's database", total=len(rows), unit="faces"):
        pass


def _change(data: Any, rows: Sequence[Row], content: Content, known: dict[str, tuple[str, str, str]]) -> None:
    """Writes each changed face's fields, all faces of a field at once."""
    by_face = {row.face_id: known[row.face_id][0] for row in rows}
    values = {row.face_id: _values(row) for row in rows}
    for path in (*_TEXTS, *_NUMBERS, *content.label_fields):
        found = {by_face[face]: some.get(path) for face, some in values.items()}
        crops(data).set_values(path, found, key_field="id")
    # As few photographs change as crops are cut anew; they carry the label of their face.
    whole = data.select_group_slices(PHOTOGRAPH)
    ids = dict(zip(*whole.values(["face_id", "id"]), strict=True))
    there = [row for row in rows if row.face_id in ids and row.photograph[2]]
    for path in ("face", "filepath"):
        found = {ids[row.face_id]: _whole(row)[path] if path == "face" else row.paths[2] for row in there}
        if found:
            whole.set_values(path, found, key_field="id")


def _values(row: Row) -> dict[str, Any]:
    """A crop's fields."""
    import fiftyone as fo

    given = row.labels.get("ground_truth")
    found: dict[str, Any] = {path: row.plain.get(path) for path in (*_TEXTS, *_NUMBERS)}
    found |= {"made_of": row.digest, "given": given.label if given else None, "grey_path": row.paths[1]}
    for path, said in row.labels.items():
        found[path] = fo.Classification(**_said(said))
    return found


def _whole(row: Row) -> dict[str, Any]:
    """A photograph's fields."""
    import fiftyone as fo

    width, height, kind = row.photograph
    given = row.labels.get("ground_truth")
    box = fo.Detection(label=given.label if given else "face", bounding_box=list(row.box))
    return {
        "face_id": row.face_id,
        "image_id": row.plain["image_id"],
        "metadata": fo.ImageMetadata(width=width, height=height, mime_type=kind),
        "face": fo.Detections(detections=[box]),
    }


def _said(label: Label) -> dict[str, Any]:
    return {"label": label.label, "confidence": label.confidence, **label.more}
