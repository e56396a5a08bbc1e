"""What a reader must know before quoting a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from evaluate.result import Result

_FEW_GROUPS = 20
"""From here on the bootstrap's 95 % intervals hold what they say: `tests/evaluate/test_bootstrap.py` counts."""


def remarks(result: Result, split: str, known: Sequence[str], unknown: Mapping[str, int], least: int) -> Iterator[str]:
    """Says what limits the figures.

    Args:
        result: The figures.
        split: train, validation, test or all: what they were measured on.
        known: The classes that the network knows.
        unknown: Label that it does not know -> faces, which were left out.
        least: Faces below which a class is small.
    """
    yield from of_faces(split, result.groups)
    if result.temperature is None and split == "test":
        yield "There is no validation split to fit a temperature on."
    missing = [one.name for one in result.per_class if not one.faces and one.name in known]
    if missing:
        yield f"No face is labelled {_listed(missing)}: balanced accuracy is the mean over the other classes."
    few = [f"{one.name} ({one.faces})" for one in result.per_class if 0 < one.faces < least]
    if few:
        yield f"Few faces are labelled {_listed(few)}: their figures, and means over classes, are unsteady."
    if unknown:
        total = sum(unknown.values())
        share = result.accuracy.value * result.n / (result.n + total)
        yield (
            f"{total:,} faces are labelled {_listed(list(unknown))}, which the network does not know, and are left "
            f"out; counted as errors, accuracy is {100 * share:.1f} %."
        )


def of_faces(split: str, groups: int) -> Iterator[str]:
    """Says what figures are worth that were measured on these faces.

    Args:
        split: train, validation, test or all.
        groups: How many independent groups the faces form.
    """
    if split == "all":
        yield (
            "The faces are not divided into splits, or all were asked for: if the network was trained on some of them, "
            "the figures flatter it."
        )
    if split == "train":
        yield "These faces are to be trained on: the figures say how well a network learnt them, not what it is worth."
    if split == "validation":
        yield "Networks are chosen by the validation split, so the figures may flatter one that was."
    if groups < _FEW_GROUPS:
        yield (
            f"There are only {groups} independent groups of faces: intervals of means, losses and differences are too "
            "narrow with so few."
        )


def headline(result: Result, name: str) -> str:
    """The answer in one sentence, with its interval.

    Args:
        result: The figures.
        name: What the network is called.
    """
    accuracy = result.accuracy
    commonest = max(result.per_class, key=lambda one: one.faces)
    return (
        f"{name.partition('@')[0]} recognises {100 * accuracy.value:.1f} % of {result.n:,} faces (95 % interval "
        f"{100 * accuracy.low:.1f} to {100 * accuracy.high:.1f}); always saying {commonest.name} would get "
        f"{100 * result.majority:.1f} %."
    )


def _listed(words: Sequence[str]) -> str:
    """Words for a sentence.

    >>> _listed(["fear"]), _listed(["fear", "sad", "happy"])
    ('fear', 'fear, sad or happy')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
