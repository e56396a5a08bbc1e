"""One annotation of Label Studio as the answer a rater gave, or the reason why it cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.emotion import UNUSABLE

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Answer:
    """What a rater said of a face.

    Attributes:
        label: One of the seven or contempt; None where unusable or skipped.
        second: Second expression, as label.
        intensity: 1 to 5.
        confidence: 1 to 5.
        unusable: Why the face cannot be used; None where it can.
        note: The rater's remark.
        skipped: Whether the rater passed over the face; then nothing else is set.
    """

    label: str | None = None
    second: str | None = None
    intensity: int | None = None
    confidence: int | None = None
    unusable: str | None = None
    note: str | None = None
    skipped: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why an annotation is no answer.

    Attributes:
        reason: A key of `schemas.errors.ANSWER_FIXES`.
        detail: What exactly was wrong, one line.
    """

    reason: str
    detail: str


def read_answer(annotation: Mapping[str, Any], controls: Mapping[str, frozenset[str]]) -> Answer | Refusal:
    """Reads one annotation as the JSON export has it.

    The server stores whatever it is sent, so every value is checked here. What was ticked beside a skip is not an
    answer and is left out.

    Args:
        annotation: One member of a task's `annotations`; of it `result` and `was_cancelled` are used.
        controls: Name of a control of the labelling page -> the values it may take, none for free text
            (`annotate.config.allowed`).

    Returns:
        The answer, or the first reason why there is none.

    >>> from annotate.config import allowed, labelling_config
    >>> page = allowed(labelling_config())
    >>> picked = {"from_name": "emotion", "to_name": "face", "type": "choices", "value": {"choices": ["happy"]}}
    >>> read_answer({"result": [picked]}, page).label
    'happy'
    >>> read_answer({"result": [picked, picked]}, page)
    Refusal(reason='several-values', detail='`emotion` has 2 values: happy, happy')
    """
    if annotation.get("was_cancelled"):
        return Answer(skipped=True)
    said: dict[str, str] = {}
    for name, values in _collected(annotation.get("result") or []).items():
        refusal = _refusal(name, values, controls)
        if refusal:
            return refusal
        if values:
            said[name] = "\n".join(values)
    return _answer(said)


def _collected(results: list[Any]) -> dict[str, list[str]]:
    """Control -> all values it was given, in their order."""
    collected: dict[str, list[str]] = {}
    for result in results:
        item = result if isinstance(result, dict) else {}
        value = item.get("value")
        given = value.get("choices", value.get("text")) if isinstance(value, dict) else None
        values = given if isinstance(given, list) else [] if given is None else [given]
        collected.setdefault(str(item.get("from_name")), []).extend(map(str, values))
    return collected


def _refusal(name: str, values: list[str], controls: Mapping[str, frozenset[str]]) -> Refusal | None:
    if name not in controls:
        return Refusal("unknown-field", f"the labelling page has no `{name}`")
    known = controls[name]
    if not known:
        return None
    for value in values:
        if value not in known:
            return Refusal("unknown-value", f"`{name}` cannot be {value!r}")
    if len(values) > 1:
        return Refusal("several-values", f"`{name}` has {len(values)} values: {', '.join(values)}")
    return None


def _answer(said: Mapping[str, str]) -> Answer | Refusal:
    emotion, reason = said.get("emotion"), said.get("unusable")
    if emotion is None:
        return Refusal("no-answer", "no expression was chosen")
    if emotion == UNUSABLE and reason is None:
        return Refusal("no-answer", "`unusable` was chosen without saying why")
    if emotion == UNUSABLE:
        # A second expression or an intensity chosen before `unusable` says nothing of a face that cannot be used.
        return Answer(unusable=reason, confidence=_number(said.get("confidence")), note=said.get("note"))
    return Answer(
        label=emotion,
        second=said.get("second"),
        intensity=_number(said.get("intensity")),
        confidence=_number(said.get("confidence")),
        note=said.get("note"),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None else None
