"""What `augment audit` does to a face: each transformation of a policy alone, at three strengths, then all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from augment.recipe import Recipe, recipe, uniform
from schemas.transforms import TRANSFORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from augment.policy import Choice, Policy

STRENGTHS = (1 / 3, 2 / 3, 1.0)
"""Parts of the way from what changes nothing to the end of a policy's range."""
_AS_DRAWN = "as drawn"


def treatments(policy: Policy, face_ids: Sequence[str], seed: int) -> tuple[list[tuple[str, str]], list[list[Recipe]]]:
    """Names of what is done, and for each face the recipes in that order.

    The first does nothing; the last draws from the whole policy, as `augment balance` does.

    Args:
        policy: What is tried.
        face_ids: The faces.
        seed: Of what is drawn.

    Returns:
        Transformation and strength of each treatment, and a recipe for each face and treatment.
    """
    names = [("nothing", "")]
    names += [(name, f"{strength:.0%}") for name in policy.choices for strength in _strengths(name)]
    names.append((_AS_DRAWN, ""))
    recipes = [
        [
            {},
            *(
                {name: _at(name, choice, strength, uniform(seed, face_id, 0, name))}
                for name, choice in policy.choices.items()
                for strength in _strengths(name)
            ),
            recipe(policy, seed, face_id, 1),
        ]
        for face_id in face_ids
    ]
    return names, recipes


def _strengths(name: str) -> Sequence[float]:
    return STRENGTHS if TRANSFORMS[name].parameters else STRENGTHS[-1:]


def _at(name: str, choice: Choice, strength: float, numbers: tuple[float, ...]) -> dict[str, float]:
    """Each number at an end of its range: the one that is further from doing nothing, or either where both are not."""
    transform, rest = TRANSFORMS[name], iter(numbers)
    values: dict[str, float] = {}
    for parameter in transform.parameters:
        low, high = choice.ranges[parameter.name]
        number = next(rest)
        if low < parameter.neutral < high:
            end = low if number < 0.5 else high
        else:
            end = max(low, high, key=lambda value: abs(value - parameter.neutral))
        value = parameter.neutral + strength * (end - parameter.neutral)
        values[parameter.name] = round(value) if parameter.whole else round(value, 4)
    for further in transform.drawn:
        number = next(rest)
        values[further] = int(number * 2**53) if further == "stream" else round(number, 4)
    return values
