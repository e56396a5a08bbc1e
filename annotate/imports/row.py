"""One label of a file as an answer, whichever way its words are spelt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotate.answers import Answer, Refusal
from annotate.config import LEVELS, UNUSABLE_REASONS
from schemas.emotion import CONTEMPT, UNUSABLE, named

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "unknown"
"""`unusable` of an imported label that says no more than that the face cannot be used, and FER+'s `unknown`."""

REASONS = (*UNUSABLE_REASONS, UNKNOWN)
"""What an imported label may name as the reason why a face cannot be used."""


@dataclass(frozen=True)
class Row:
    """One label as a file has it.

    Attributes:
        place: Where in the file, for people: "line 12", or the path below the folder.
        face: face_id, or the name of the picture in the table `sources`.
        rater: Whose label it is.
        verdict: The answer, or why there is none.
        raw: The words of the file.
        image_id: SHA-256 of the picture's bytes, where the file is at hand.
        updated_at: ISO 8601, UTC, where the file says so.
        lead_time_s: Seconds it took, where the file says so.
    """

    place: str
    face: str
    rater: str
    verdict: Answer | Refusal
    raw: Mapping[str, Any]
    image_id: str | None = None
    updated_at: str | None = None
    lead_time_s: float | None = None


def verdict(values: Mapping[str, str]) -> Answer | Refusal:
    """The answer that the words of a file give.

    Args:
        values: `label`, and where there are any `second`, `intensity`, `confidence`, `unusable`, `note`. A label is one
            of the seven in any spelling of `schemas.emotion`, contempt, unusable, or a reason why it is unusable.

    >>> verdict({"label": "Happiness", "intensity": "3"}).label
    'happy'
    >>> verdict({"label": "smiling"})
    Refusal(reason='unknown-value', detail="there is no expression 'smiling'")
    """
    said = {name: text.strip() for name, text in values.items() if text.strip()}
    label, why = said.get("label"), said.get("unusable")
    if label in REASONS:
        label, why = UNUSABLE, why or label
    if why is not None and why not in REASONS:
        return Refusal("unknown-value", f"{why!r} is no reason why a face cannot be used")
    levels = {name: said.get(name) for name in ("intensity", "confidence")}
    for name, level in levels.items():
        if level is not None and level not in LEVELS:
            return Refusal("unknown-value", f"{name} cannot be {level!r}")
    numbers = {name: int(level) if level else None for name, level in levels.items()}
    if label is None and why is None:
        return Refusal("no-answer", "it has no label")
    if why or (label or "").casefold() == UNUSABLE:
        return Answer(unusable=why or UNKNOWN, confidence=numbers["confidence"], note=said.get("note"))
    emotions = {name: expression(said[name]) for name in ("label", "second") if name in said}
    for name, emotion in emotions.items():
        if emotion is None:
            return Refusal("unknown-value", f"there is no expression {said[name]!r}")
    return Answer(**emotions, **numbers, note=said.get("note"))  # type: ignore[arg-type] # two of texts, two of numbers


def expression(text: str) -> str | None:
    """The one name of an expression, contempt among them; None for a word that names none."""
    return CONTEMPT if text.strip().casefold() == CONTEMPT else named(text)


def rater_id(text: str) -> str | Refusal:
    """A rater's id, or why it cannot be one: names and e-mail addresses of people stay out of the tables."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", text):
        return text
    return Refusal("bad-row", f"{text!r} is no rater id: letters, digits, - and _, at most 32")
