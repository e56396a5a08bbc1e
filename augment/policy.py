"""What may be done to a face: policies, small TOML files with a section for each transformation."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.resources
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import InputError
from schemas.settings import unknown
from schemas.transforms import TRANSFORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.transforms import Parameter

SHIPPED = ("mild", "paper", "strong")
"""Policies that come with mien."""
_MOST_BYTES = 100_000


@dataclass(frozen=True)
class Choice:
    """A transformation of a policy.

    Attributes:
        probability: That it is applied, above 0, up to 1.
        ranges: Parameter -> smallest and largest value that is drawn; each parameter of the transformation.
    """

    probability: float
    ranges: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Policy:
    """A policy.

    Attributes:
        name: `name@first 12 digits of its file's SHA-256`.
        choices: Transformation -> how it is drawn, in the order of application.
    """

    name: str
    choices: Mapping[str, Choice]

    def only(self, transform: str) -> Policy:
        """The policy that does this transformation alone, and always."""
        return Policy(
            f"{self.name}:{transform}", {transform: dataclasses.replace(self.choices[transform], probability=1)}
        )


def policy(name: str) -> Policy:
    """Reads a policy.

    Args:
        name: One of `SHIPPED`, or the path of a TOML file.

    Raises:
        UsageError: It names a transformation, or a parameter, that nobody knows; the nearest right name is given.
        InputError: It cannot be read, or a number in it is out of range.
    """
    if name in SHIPPED:
        data = importlib.resources.files("augment").joinpath(f"policies/{name}.toml").read_bytes()
        return parse(data, name)
    path = Path(name)
    if path.suffix != ".toml":
        raise unknown("policy", name, dict.fromkeys(SHIPPED))
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        what = f"the policy {path} cannot be read: {error.strerror}"
        raise InputError(what, f"give one of {', '.join(SHIPPED)}, or a TOML file") from error
    return parse(data, path.stem)


def parse(data: bytes, name: str) -> Policy:
    """A policy from the bytes of its file; `name` is what it is called. Raises as `policy` does."""
    fix = "docs/augment.md shows one"
    if len(data) > _MOST_BYTES:
        raise InputError(f"the policy {name} has more than {_MOST_BYTES:,} bytes", fix)
    try:
        content = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"the policy {name} is no TOML: {error}", fix) from error
    for transform in content:
        if transform not in TRANSFORMS:
            raise unknown("transformation", transform, TRANSFORMS)
    if not content:
        raise InputError(f"the policy {name} does nothing", f"give it a section: {', '.join(TRANSFORMS)}")
    choices = {
        transform: _choice(transform, content[transform], name) for transform in TRANSFORMS if transform in content
    }
    return Policy(f"{name}@{hashlib.sha256(data).hexdigest()[:12]}", choices)


def _choice(transform: str, section: Any, name: str) -> Choice:
    place = f"policy {name}, [{transform}]"
    if not isinstance(section, dict):
        raise InputError(f"{place} is no section", f"write [{transform}] on a line of its own")
    parameters = {parameter.name: parameter for parameter in TRANSFORMS[transform].parameters}
    for key in section:
        if key not in parameters and key != "probability":
            raise unknown(f"parameter of {transform}", key, {**parameters, "probability": None})
    if parameters and not parameters.keys() & section.keys():
        raise InputError(f"{place} says nothing of {' or '.join(parameters)}", "give a range, as [-10, 10]")
    probability = section.get("probability", 1.0)
    if not _number(probability) or not 0 < probability <= 1:
        raise InputError(f"{place}: probability is {probability!r}", "it is above 0, and at most 1")
    ranges = {
        key: _range(section.get(key, parameter.neutral), parameter, place) for key, parameter in parameters.items()
    }
    return Choice(float(probability), ranges)


def _range(value: Any, parameter: Parameter, place: str) -> tuple[float, float]:
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) != 2 or not all(_number(end) for end in ends) or ends[0] > ends[1]:
        raise InputError(
            f"{place}: {parameter.name} is {value!r}", "give a number, or the smallest and the largest: [a, b]"
        )
    if ends[0] < parameter.low or ends[1] > parameter.high:
        what = f"{place}: {parameter.name} is {value!r}"
        raise InputError(what, f"it goes from {parameter.low:g} to {parameter.high:g} ({parameter.meaning})")
    return float(ends[0]), float(ends[1])


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
