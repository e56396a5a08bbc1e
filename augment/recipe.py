"""What is done to one sample: drawn from seed, parent and copy number, and from nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from schemas.transforms import TRANSFORMS

if TYPE_CHECKING:
    from augment.policy import Choice, Policy

Recipe = dict[str, dict[str, float]]
"""Transformation -> parameter -> value, in the order of application."""

_DIGITS = 4
"""Digits after the point of a drawn number: far finer than anybody sees, and short in the table."""


def recipe(policy: Policy, seed: int, parent: str, copy: int) -> Recipe:
    """Draws a sample's recipe.

    Each transformation has its own numbers, the SHA-512 of seed, parent, copy number and its name; so neither the order
    of samples, nor the machine, nor another transformation of the policy changes them. Where chance would leave a
    sample without any transformation, the one that came nearest is applied: no sample is its parent.

    Args:
        policy: What may be done.
        seed: Of the run.
        parent: face_id.
        copy: 1, 2 ….

    Returns:
        The transformations with their drawn numbers.
    """
    numbers = {name: uniform(seed, parent, copy, name) for name in policy.choices}
    late = {name: numbers[name][0] / choice.probability for name, choice in policy.choices.items()}
    nearest = min(late, key=lambda name: late[name])
    return {
        name: _drawn(name, choice, numbers[name][1:])
        for name, choice in policy.choices.items()
        if late[name] < 1 or name == nearest
    }


def uniform(seed: int, parent: str, copy: int, transform: str) -> tuple[float, ...]:
    """Eight numbers from 0 up to 1: the SHA-512 of what they belong to, 64 bits each, of which the first 53 count.

    >>> [round(number, 3) for number in uniform(0, "f", 1, "blur")[:3]]
    [0.371, 0.153, 0.377]
    """
    digest = hashlib.sha512(f"mien-sample/1 {seed} {parent} {copy} {transform}".encode()).digest()
    return tuple((int.from_bytes(digest[at : at + 8], "big") >> 11) / 2**53 for at in range(0, 64, 8))


def _drawn(name: str, choice: Choice, numbers: tuple[float, ...]) -> dict[str, float]:
    values: dict[str, float] = {}
    rest = iter(numbers)
    for parameter, number in zip(TRANSFORMS[name].parameters, rest, strict=False):
        low, high = choice.ranges[parameter.name]
        if parameter.whole:
            values[parameter.name] = min(int(low + number * (high - low + 1)), int(high))
        else:
            values[parameter.name] = round(low + number * (high - low), _DIGITS)
    for further, number in zip(TRANSFORMS[name].drawn, rest, strict=False):
        values[further] = int(number * 2**53) if further == "stream" else round(number, _DIGITS)
    return values
