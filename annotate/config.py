"""The labelling page: Label Studio's XML, made from the seven expressions of `schemas/emotion.py`.

The definitions name what can be seen on a face, by the action units (AU) of the Facial Action Coding System: P. Ekman,
W. V. Friesen and J. C. Hager, Facial Action Coding System (2002), and the combinations of its prototypes in its
Investigator's Guide and in W. V. Friesen and P. Ekman, EMFACS-7 (1983). The words are mien's own.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from xml.etree import ElementTree as ET

from schemas.emotion import CONTEMPT, NAMES, UNUSABLE

FACE = "face"
"""Name of the picture in the page: `to_name` of every answer."""

UNUSABLE_REASONS = ("not-a-face", "occluded", "blurred", "several-faces")
"""Why a picture cannot be used."""

LEVELS = ("1", "2", "3", "4", "5")
"""Levels of intensity, as FACS has A to E, and of the rater's confidence."""

DEFINITIONS = {
    "angry": "Brows down and together (AU 4), lids tense (5, 7), lips pressed or tight (23, 24).",
    "disgust": "Nose wrinkled (AU 9) or upper lip raised (10), lower lip or mouth corners down.",
    "fear": "Brows up and together (AU 1+2+4), eyes wide (5), lips stretched sideways (20).",
    "happy": "Mouth corners up (AU 12), often cheeks raised, folds beside the eyes (6).",
    "sad": "Inner brows up and together (AU 1+4), mouth corners down (15), chin raised (17).",
    "surprise": "Brows raised and curved (AU 1+2), eyes wide (5), jaw loose and open (26, 27).",
    "neutral": "No action unit beyond the face at rest, whatever its build makes it look like.",
    "contempt": "One mouth corner tightened or raised, the other at rest (AU 14 or 12, one side).",
}
"""What to look for in each expression; each fits into a line of the page."""

_TEXTS = {
    "not-a-face": "Not a face",
    "occluded": "Covered",
    "blurred": "Too blurred",
    "several-faces": "Several faces",
    UNUSABLE: "Cannot be used",
}
_LEVEL_ENDS = {"intensity": ("trace", "extreme"), "confidence": ("guess", "certain")}
_WHEN = {"visibleWhen": "choice-selected", "whenTagName": "emotion", "whenChoiceValue": _TEXTS[UNUSABLE]}
_KEYS = {"intensity": "qwert", "confidence": "asdfg", "unusable": "uiop"}


def emotions(*, contempt: bool) -> tuple[str, ...]:
    """The expressions that are offered, in the order of their keys 1 to 7 or 8."""
    return (*NAMES, CONTEMPT) if contempt else NAMES


def labelling_config(*, contempt: bool = False, context: bool = False) -> str:
    """The page's XML.

    Args:
        contempt: Whether contempt is offered, with the key 8.
        context: Whether tasks have the whole photograph too.

    Returns:
        A text that is the same for the same arguments. Label Studio writes the answers under the controls' names:
        `emotion`, `unusable`, `second`, `intensity`, `confidence` and `note`.
    """
    names = emotions(contempt=contempt)
    page = ET.Element("View", className="mien")
    ET.SubElement(page, "Style").text = _style()
    faces = ET.SubElement(page, "View", className="mien-faces mien-context" if context else "mien-faces")
    ET.SubElement(faces, "Image", _picture(FACE, "$image"))
    if context:
        ET.SubElement(faces, "Image", _picture("photograph", "$context"))
    answers = ET.SubElement(page, "View", className="mien-answers")
    main = _choices(answers, "emotion", "What does the face show?", required="true", requiredMessage="Choose 0 to 7.")
    for number, name in enumerate(names, 1):
        ET.SubElement(main, "Choice", _choice(name, str(number), name.capitalize(), html=_defined(name)))
    ET.SubElement(main, "Choice", _choice(UNUSABLE, "0", _TEXTS[UNUSABLE]))
    why = _choices(answers, "unusable", "Why?", required="true", requiredMessage="Say why it cannot be used.", **_WHEN)
    for key, name in zip(_KEYS["unusable"], UNUSABLE_REASONS, strict=True):
        ET.SubElement(why, "Choice", _choice(name, key, _TEXTS[name]))
    usable = ET.SubElement(answers, "View", {**_WHEN, "visibleWhen": "choice-unselected"})
    second = _choices(usable, "second", "A second expression, if there is one: Shift and its digit")
    for number, name in enumerate(names, 1):
        ET.SubElement(second, "Choice", _choice(name, f"shift+{number}", name.capitalize()))
    levels = ET.SubElement(usable, "View", className="mien-levels")
    for name in ("intensity", "confidence"):
        low, high = _LEVEL_ENDS[name]
        scale = _choices(levels, name, f"{name.capitalize()}: 1 {low}, 5 {high}")
        for level, key in zip(LEVELS, _KEYS[name], strict=True):
            ET.SubElement(scale, "Choice", _choice(level, key, level))
    note = ET.SubElement(answers, "View", className="mien-note")
    ET.SubElement(
        note, "TextArea", name="note", toName=FACE, rows="1", maxSubmissions="1", placeholder="A note, if you like"
    )
    ET.indent(page)
    return ET.tostring(page, encoding="unicode")


def allowed(xml: str) -> dict[str, frozenset[str]]:
    """The values that each control of a page can give; none for a control of free text.

    Raises:
        xml.etree.ElementTree.ParseError: It is no XML.

    >>> sorted(allowed(labelling_config())["unusable"])
    ['blurred', 'not-a-face', 'occluded', 'several-faces']
    """
    page = ET.fromstring(xml)  # noqa: S314 - Python's expat refuses entities that grow, and loads none from outside
    return {
        control.attrib["name"]: frozenset(
            choice.get("alias") or choice.attrib["value"] for choice in control.iter("Choice")
        )
        for control in page.iter()
        if "toName" in control.attrib
    }


def same_config(one: str, other: str) -> bool:
    """Whether two pages are the same but for blanks between tags and the order of attributes."""
    try:
        return ET.canonicalize(one, strip_text=True) == ET.canonicalize(other, strip_text=True)
    except ET.ParseError:
        return False


def instruction(*, contempt: bool = False) -> str:
    """What a rater reads before the first task, as HTML."""
    rows = "".join(
        f"<tr><td><b>{key}</b></td><td><b>{name.capitalize()}</b></td><td>{DEFINITIONS[name]}</td></tr>"
        for key, name in enumerate(emotions(contempt=contempt), 1)
    )
    return _INSTRUCTION.format(rows=rows)


_INSTRUCTION = """\
<h3>What does this face show?</h3>
<p>Judge what can be seen on the face, not what the person may feel, nor what happens around it. Choose the expression
that fits best. If two are there, give the stronger first and the other as the second. A weak expression is still one:
say so by its intensity. Where you cannot tell, choose the likeliest and a low confidence.</p>
<table><tbody>{rows}<tr><td><b>0</b></td><td><b>Cannot be used</b></td><td>No face, covered, too blurred, or several
faces and none in the middle.</td></tr></tbody></table>
<p>Shift and a digit gives the second expression, Q to T the intensity, A to G the confidence, Ctrl and Enter submits.
AU are the action units of the Facial Action Coding System (Ekman, Friesen and Hager, 2002).</p>
"""


def _picture(name: str, value: str) -> dict[str, str]:
    return {
        "name": name,
        "value": value,
        "width": "100%",
        "maxWidth": "100%",
        "zoom": "false",
        "zoomControl": "false",
        "rotateControl": "false",
        "brightnessControl": "false",
        "contrastControl": "false",
    }


def _choices(parent: ET.Element, name: str, heading: str, **further: str) -> ET.Element:
    # A condition belongs to heading and choices together.
    when = {key: further.pop(key) for key in _WHEN if key in further}
    box = ET.SubElement(parent, "View", {"className": f"mien-{name}", **when})
    ET.SubElement(box, "Header", value=heading, size="6", underline="false")
    return ET.SubElement(
        box, "Choices", {"name": name, "toName": FACE, "choice": "single", "showInline": "true", **further}
    )


def _choice(alias: str, key: str, text: str, **further: str) -> dict[str, str]:
    return {"value": text, "alias": alias, "hotkey": key, **further}


def _defined(name: str) -> str:
    return f"<b>{name.capitalize()}</b><i>{DEFINITIONS[name]}</i>"


@cache
def _style() -> str:
    return resources.files("annotate").joinpath("page.css").read_text(encoding="utf-8")
