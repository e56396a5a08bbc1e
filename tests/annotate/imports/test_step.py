"""Labels that were made elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from annotate.imports.step import import_labels, text
from schemas.emotion import FERPLUS_VOTES
from schemas.errors import InputError, UsageError
from schemas.settings import ImportSettings
from tests.annotate.imports.conftest import FACE, frame, image

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

STRICT, LENIENT = ImportSettings(), ImportSettings(wrong_rows="reject")


def rows(workspace: Workspace, *names: str) -> list[tuple[Any, ...]]:
    """Columns of the table of answers, in its order."""
    return [tuple(row[name] for name in names) for row in workspace.read_arrow("annotations").to_pylist()]


def said(workspace: Workspace) -> set[tuple[Any, ...]]:
    """Face, rater, label and reason of all answers, faces by their letters."""
    letter = {face: name for name, face in FACE.items()}
    return {(letter.get(face, face), *rest) for face, *rest in rows(workspace, "face_id", "rater", "label", "unusable")}


def refused(workspace: Workspace) -> dict[str, str]:
    """Place and reason of what was refused."""
    table = workspace.read_arrow("rejected_annotations").to_pylist()
    return {row["place"]: row["reason"] for row in table}


def file(folder: Path, content: str, name: str = "labels.csv") -> Path:
    """Writes a file."""
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


# Tables


def test_a_table_is_taken_with_every_field(known: Workspace, tmp_path: Path) -> None:
    """Columns in any order, spellings of any data set, numbers as numbers."""
    path = file(
        tmp_path,
        "label,source,rater,second,intensity,confidence,note,lead_time_s,updated_at\n"
        'Happiness,raw/a.jpg,crowd-1,surprise,4,5,"yes, sure",1.5,2026-01-01T00:00:00Z\n',
    )
    result = import_labels(known, path, None, STRICT)
    assert (result["form"], result["new"], result["raters"]) == ("table", 1, 1)
    names = ("face_id", "rater", "label", "second", "intensity", "confidence", "note", "lead_time_s", "kind", "source")
    assert rows(known, *names) == [
        (FACE["a"], "crowd-1", "happy", "surprise", 4, 5, "yes, sure", 1.5, "import", "labels.csv")
    ]
    assert rows(known, "project", "task", "annotation", "skipped") == [(-1, -1, -1, False)]


def test_faces_are_found_by_every_name(known: Workspace, tmp_path: Path) -> None:
    """The face_id, a source, or the end of one that only one picture has; a BOM from Excel does not hurt."""
    path = file(tmp_path, f"\ufeffsource,label\n{FACE['d']},sad\nraw/a.jpg,fear\nb.jpg,angry\nmore/a.jpg,neutral\n")
    import_labels(known, path, "me", STRICT)
    assert said(known) == {
        ("d", "me", "sad", None),
        ("a", "me", "fear", None),
        ("b", "me", "angry", None),
        ("c", "me", "neutral", None),
    }


def test_unusable_faces_have_a_reason(known: Workspace, tmp_path: Path) -> None:
    """A reason as the label, in its own column, or none given."""
    lines = f"{FACE['a']},blurred,\n{FACE['b']},unusable,occluded\n{FACE['c']},Unusable,\n{FACE['d']},contempt,\n"
    import_labels(known, file(tmp_path, f"face_id,label,unusable\n{lines}"), "me", STRICT)
    assert said(known) == {
        ("a", "me", None, "blurred"),
        ("b", "me", None, "occluded"),
        ("c", "me", None, "unknown"),
        ("d", "me", "contempt", None),
    }


WRONG = """\
source,rater,label,intensity
raw/a.jpg,r1,happy,3
raw/a.jpg,r2,grinning,3
raw/zzz.jpg,r1,happy,3
raw/two.jpg,r1,happy,3
a.jpg,r1,happy,3
raw/b.jpg,ada@example.org,happy,3
raw/b.jpg,r1,happy,9
raw/b.jpg,r1,,
raw/b.jpg,r1
raw/a.jpg,r1,sad,3
raw/a.jpg,r1,happy,3
raw/none.jpg,r1,happy,3
"""
REASONS = {
    "line 3": "unknown-value",
    "line 4": "unknown-face",
    "line 5": "several-faces",
    "line 6": "unknown-face",
    "line 7": "bad-row",
    "line 8": "unknown-value",
    "line 9": "no-answer",
    "line 10": "bad-row",
    "line 11": "twice",
    "line 13": "unknown-face",
}


def test_wrong_rows_are_named_and_nothing_is_taken(known: Workspace, tmp_path: Path) -> None:
    """The first ones with their lines, the number of all; the tables are not even made."""
    with pytest.raises(InputError, match="10 rows") as caught:
        import_labels(known, file(tmp_path, WRONG), None, STRICT)
    assert "line 3: there is no expression 'grinning'" in caught.value.what
    assert "line 5: 'raw/two.jpg' has 2 kept faces" in caught.value.what
    assert "and 5 more" in caught.value.what
    assert not known.has("annotations")


def test_wrong_rows_can_be_kept_as_rejected(known: Workspace, tmp_path: Path) -> None:
    """The others are taken; each wrong one stays with its line and reason; an e-mail address is no rater."""
    result = import_labels(known, file(tmp_path, WRONG), None, LENIENT)
    assert refused(known) == REASONS
    assert said(known) == {("a", "r1", "happy", None)}
    assert result["refused_for"]["unknown-face"] == 3
    assert "unknown-face 3: name the face" in text(result)
    assert all(row["rater"] != "ada@example.org" for row in known.read_arrow("rejected_annotations").to_pylist())


def test_imported_again_nothing_is_added(known: Workspace, tmp_path: Path) -> None:
    """The same file changes no byte; a corrected label is a further revision."""
    path = file(tmp_path, "source,label\nraw/a.jpg,sad\nraw/b.jpg,fear\n")
    import_labels(known, path, "me", STRICT)
    before = known.digest("annotations")
    again = import_labels(known, path, "me", STRICT)
    assert (again["new"], again["changed"], known.digest("annotations")) == (0, 0, before)
    file(tmp_path, "source,label\nraw/a.jpg,sad\nraw/b.jpg,surprise\n")
    assert import_labels(known, path, "me", STRICT)["changed"] == 1
    assert set(rows(known, "label", "revision")) == {("sad", 0), ("fear", 0), ("surprise", 1)}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "no column `label`"),
        ("face_id\n", "no column `label`"),
        ("label\n", "no column `label`, or none"),
        ("face_id,label,mood\n", "unknown columns mood"),
        ("face_id,label\n", "no column `rater`"),
    ],
)
def test_a_table_of_another_form_is_an_error(known: Workspace, tmp_path: Path, content: str, what: str) -> None:
    """What is missing is named."""
    with pytest.raises(InputError, match=what):
        import_labels(known, file(tmp_path, content), None, STRICT)


def test_what_is_no_text_is_an_error(known: Workspace, tmp_path: Path) -> None:
    """A table in another encoding is not guessed at."""
    (tmp_path / "t.csv").write_bytes("source,label,note\nraw/a.jpg,sad,müde\n".encode("latin-1"))
    with pytest.raises(InputError, match="cannot be read"):
        import_labels(known, tmp_path / "t.csv", "me", STRICT)


def test_what_is_not_there_is_an_error(known: Workspace, tmp_path: Path) -> None:
    """A wrong path is told."""
    with pytest.raises(InputError, match="there is no"):
        import_labels(known, tmp_path / "t.csv", "me", STRICT)


def test_a_rater_who_labels_here_cannot_be_imported(known: Workspace, tmp_path: Path) -> None:
    """Two people under one id would make one chain of revisions."""
    task = {"face_id": FACE["a"], "rater": "R01", "uid": "u", "kind": "task"}
    known.replace("tasks", frame("tasks", [task]))
    with pytest.raises(UsageError, match="rater R01 of the file"):
        import_labels(known, file(tmp_path, "source,label\nraw/a.jpg,sad\n"), "R01", STRICT)


# Folders


def test_folders_by_class(known: Workspace, tmp_path: Path) -> None:
    """Pictures are known by their bytes, whatever their names."""
    for place, data in (("joy/x.jpg", b"a"), ("afraid/y.png", b"b"), ("not-a-face/z.jpg", b"c")):
        (tmp_path / "by" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "by" / place).write_bytes(data)
    (tmp_path / "by" / "joy" / "notes.txt").write_text("no picture")
    import_labels(known, tmp_path / "by", "me", STRICT)
    assert said(known) == {
        ("a", "me", "happy", None),
        ("b", "me", "fear", None),
        ("c", "me", None, "not-a-face"),
    }


def test_folders_by_rater_and_class(known: Workspace, tmp_path: Path) -> None:
    """Without --rater the first folders name the raters; crops are known by their face_id."""
    for rater, label in (("r1", "happy"), ("r2", "sad")):
        (tmp_path / "by" / rater / label).mkdir(parents=True)
        (tmp_path / "by" / rater / label / f"{FACE['e']}.png").write_bytes(b"a crop")
    import_labels(known, tmp_path / "by", None, STRICT)
    assert said(known) == {("e", "r1", "happy", None), ("e", "r2", "sad", None)}


def test_a_folder_that_is_no_class_is_named(known: Workspace, tmp_path: Path) -> None:
    """The path tells which."""
    (tmp_path / "by" / "smiles").mkdir(parents=True)
    (tmp_path / "by" / "smiles" / "x.jpg").write_bytes(b"a")
    with pytest.raises(InputError, match=r"smiles/x\.jpg: there is no expression 'smiles'"):
        import_labels(known, tmp_path / "by", "me", STRICT)


def test_a_folder_without_pictures_is_an_error(known: Workspace, tmp_path: Path) -> None:
    """Classes where raters were looked for: --rater is the fix."""
    (tmp_path / "by" / "happy").mkdir(parents=True)
    (tmp_path / "by" / "happy" / "x.jpg").write_bytes(b"a")
    with pytest.raises(InputError, match="RATER/CLASS") as caught:
        import_labels(known, tmp_path / "by", None, STRICT)
    assert "--rater" in caught.value.fix


# Label Studio's export


def exported(data: dict[str, Any], *annotations: dict[str, Any]) -> dict[str, Any]:
    """A task as Label Studio 1.23.2 exports it, as far as it is read."""
    return {"id": 5, "data": data, "annotations": list(annotations), "drafts": [], "predictions": []}


def choice(name: str, value: str) -> dict[str, Any]:
    """A region of an annotation."""
    return {"from_name": name, "to_name": "img", "type": "choices", "value": {"choices": [value]}}


def test_an_export_of_another_project(known: Workspace, tmp_path: Path) -> None:
    """Its only choice is the label; people become numbers, uploads and local files are known by name; a skip is one."""
    tasks = [
        exported(
            {"image": "/data/upload/3/0a1b2c3d-b.jpg"},
            {"id": 1, "completed_by": 7, "result": [choice("mood", "Anger")], "lead_time": 2.0},
            {"id": 2, "completed_by": {"id": 8, "email": "ada@example.org"}, "result": [choice("mood", "joy")]},
        ),
        exported(
            {"image": "/data/local-files/?d=raw/c.jpg"},
            {"id": 3, "completed_by": 7, "result": [], "was_cancelled": True},
        ),
    ]
    import_labels(known, file(tmp_path, json.dumps(tasks), "export.json"), None, STRICT)
    assert said(known) == {
        ("b", "studio-7", "angry", None),
        ("b", "studio-8", "happy", None),
        ("c", "studio-7", None, None),
    }
    assert "ada@" not in "".join(map(str, known.read_arrow("annotations").to_pylist()))


def test_an_export_of_our_own_page(known: Workspace, tmp_path: Path) -> None:
    """Every field is read; of two answers of one person the last is taken."""
    old = {"id": 1, "completed_by": 7, "updated_at": "2026-01-02", "result": [choice("emotion", "sad")]}
    new = {
        "id": 2,
        "completed_by": 7,
        "updated_at": "2026-01-03",
        "result": [choice("emotion", "fear"), choice("second", "surprise"), choice("intensity", "2")],
    }
    path = file(tmp_path, json.dumps([exported({"face_id": FACE["a"]}, new, old)]), "export.json")
    import_labels(known, path, "lab", STRICT)
    assert rows(known, "rater", "label", "second", "intensity") == [("lab-7", "fear", "surprise", 2)]


@pytest.mark.parametrize("content", ["{}", "", "[1]", '[{"id": 1}'])
def test_what_is_no_export_is_an_error(known: Workspace, tmp_path: Path, content: str) -> None:
    """Another JSON file, or half of one."""
    with pytest.raises(InputError, match="cannot be read"):
        import_labels(known, file(tmp_path, content, "export.json"), None, STRICT)


# FER+


def ferplus(folder: Path, *lines: tuple[str, dict[str, int]]) -> Path:
    """Writes a file like fer2013new.csv: usage, and votes by name."""
    head = ",".join(("Usage", "Image name", *FERPLUS_VOTES))
    body = [
        ",".join((usage, f"fer{number:07}.png", *(str(votes.get(name, 0)) for name in FERPLUS_VOTES)))
        for number, (usage, votes) in enumerate(lines)
    ]
    return file(folder, "\n".join((head, *body)) + "\n", "fer2013new.csv")


@pytest.fixture
def fer2013(workspace: Workspace) -> Workspace:
    """Rows 0, 1 and 3 of FER-2013; 3 has the bytes of 0."""
    names = (("Training/00000000", b"p"), ("Training/00000001", b"q"), ("PublicTest/00000003", b"p"))
    sources = [
        {"source": f"fer2013.csv/{name}", "image_id": image(data), "usage": name.partition("/")[0], "kind": "face"}
        for name, data in names
    ]
    faces = [
        {"face_id": FACE[face], "image_id": image(data), "rank": 0, "kept": True}
        for face, data in (("a", b"p"), ("b", b"q"))
    ]
    workspace.replace("sources", frame("sources", sources))
    workspace.replace("faces", frame("faces", faces))
    return workspace


def test_votes_become_ten_raters(fer2013: Workspace, tmp_path: Path) -> None:
    """Votes are kept by number; the second line of a picture, and rows that are not here, are passed over."""
    path = ferplus(
        tmp_path,
        ("Training", {"happiness": 6, "neutral": 2, "contempt": 1, "NF": 1}),
        ("Training", {"fear": 5, "surprise": 3, "unknown": 1}),
        ("Training", {"anger": 10}),
        ("PublicTest", {"sadness": 10}),
    )
    result = import_labels(fer2013, path, None, STRICT)
    assert (result["form"], result["raters"], result["new"]) == ("ferplus", 10, 19)
    votes = Counter((face, label, unusable) for face, _, label, unusable in said(fer2013))
    assert votes == {
        ("a", "happy", None): 6,
        ("a", "neutral", None): 2,
        ("a", "contempt", None): 1,
        ("a", None, "not-a-face"): 1,
        ("b", "fear", None): 5,
        ("b", "surprise", None): 3,
        ("b", None, "unknown"): 1,
    }
    assert {rater for _, rater, _, _ in said(fer2013)} == {f"ferplus-{number:02}" for number in range(1, 11)}
    assert import_labels(fer2013, path, None, STRICT)["new"] == 0


@pytest.mark.parametrize(
    ("usage", "votes", "named"),
    [
        ("PublicTest", {"fear": 10}, "line 2: it is PublicTest here and Training in FER-2013"),
        ("Training", {"fear": 10, "anger": 1}, "line 2: its votes are"),
        ("Training", {}, "line 2: its votes are"),
    ],
)
def test_wrong_lines_of_ferplus_are_named(
    fer2013: Workspace, tmp_path: Path, usage: str, votes: dict[str, int], named: str
) -> None:
    """Another order of rows, and counts that cannot be."""
    with pytest.raises(InputError, match=named):
        import_labels(fer2013, ferplus(tmp_path, (usage, votes)), None, STRICT)


def test_ferplus_needs_fer2013(known: Workspace, tmp_path: Path) -> None:
    """Without FER-2013's rows there is nothing to give votes to."""
    with pytest.raises(InputError, match="no pictures from FER-2013"):
        import_labels(known, ferplus(tmp_path, ("Training", {"fear": 10})), None, STRICT)
