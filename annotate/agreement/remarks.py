"""What a reader of the figures must know: data that say less than they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ONE_ANSWER = 0.9
"""Share of one expression in a rater's answers from which on it is remarked."""
FEW = 20
"""Answers below which nothing is said of a rater's habits."""
CONTRADICTORY = 0.5
"""Share of repeated faces that a rater must answer as before, or it is remarked."""


def remarks(result: Mapping[str, Any]) -> list[str]:
    """Sentences about data that say less than they seem to.

    Args:
        result: As `annotate.agreement.step` puts it together.
    """
    return [*_of_all(result), *(line for rater in result["raters"] for line in _of_rater(rater))]


def _of_all(result: Mapping[str, Any]) -> Iterator[str]:
    active = [rater["rater"] for rater in result["raters"] if rater["answers"]]
    if not active:
        yield "nobody has answered: every face was skipped, or only shown again, as a check or for adjudication"
        return
    if len(active) == 1:
        yield f"only one rater has answered ({active[0]}): agreement is not defined"
    elif not result["compared"]:
        yield "no face has an expression from two raters: agreement is not defined"
    unused = [entry["name"] for entry in result["classes"] if not entry["answers"] and entry["name"] in NAMES]
    if unused:
        yield f"nobody answered {', '.join(unused)}: nothing is known of agreement on it"
    used = [entry["name"] for entry in result["classes"] if entry["answers"]]
    if result["compared"] and len(used) == 1:
        yield f"every answer is {used[0]}: agreement beyond chance is not defined"


def _of_rater(rater: Mapping[str, Any]) -> Iterator[str]:
    name, answers = rater["rater"], rater["answers"]
    most = rater["commonest"]
    if not answers:
        skipped = f" and skipped {rater['skipped']:,} faces" if rater["skipped"] else ""
        yield f"{name} has rated nothing{skipped}"
    elif answers >= FEW and rater["shares"][most] >= ONE_ANSWER:
        yield f"{name} answers {most} to {rater['shares'][most]:.0%} of faces: agreement with this rater says little"
    repeated = rater["repeats"]
    if repeated["faces"] and repeated["same"] < CONTRADICTORY * repeated["faces"]:
        other = repeated["faces"] - repeated["same"]
        yield f"{name} answers {other} of {repeated['faces']} repeated faces otherwise than before"
    drift = rater["drift"]
    if drift and drift["high"] < 0:
        yield f"{name} agrees with the others less at the end than at the beginning, by {-drift['value']:.2f}"
