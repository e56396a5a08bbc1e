"""What is drawn for a sample, and what it depends on."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from augment.policy import Choice, Policy, parse, policy
from augment.recipe import recipe, uniform
from schemas.transforms import TRANSFORMS

STRONG = policy("strong")
seeds, copies = st.integers(0, 2**31), st.integers(1, 1000)
names = st.text("0123456789abcdef", min_size=1, max_size=32)


def test_numbers_are_those_of_sha_512() -> None:
    """`printf 'mien-sample/1 7 0a1b 3 rotation' | sha512sum` begins 2136e924a561169f: 0x2136e924 / 2^32 = 0.129744."""
    assert uniform(7, "0a1b", 3, "rotation")[0] == pytest.approx(0x2136E924A561169F / 2**64, abs=1e-15)


def test_a_turn_by_hand() -> None:
    """The second number, 0x3cd071df / 2^32 = 0.237555, of a range from -10 to 10 is -5.2489."""
    assert recipe(parse(b"[rotation]\ndegrees = [-10, 10]", "x"), 7, "0a1b", 3) == {"rotation": {"degrees": -5.2489}}


@given(seeds, names, copies)
def test_a_sample_is_drawn_from_seed_parent_and_copy_alone(seed: int, parent: str, copy: int) -> None:
    """Drawn twice, with another sample in between, it is the same."""
    first = recipe(STRONG, seed, parent, copy)
    recipe(STRONG, seed, parent, copy + 1)
    assert recipe(STRONG, seed, parent, copy) == first


@given(seeds, names, copies)
def test_drawn_numbers_lie_in_their_ranges(seed: int, parent: str, copy: int) -> None:
    """Ends included, up to the digit they are rounded to; whole ones are whole."""
    for name, values in recipe(STRONG, seed, parent, copy).items():
        assert set(values) == {part.name for part in TRANSFORMS[name].parameters} | set(TRANSFORMS[name].drawn)
        for parameter in TRANSFORMS[name].parameters:
            low, high = STRONG.choices[name].ranges[parameter.name]
            assert low <= values[parameter.name] <= high
            assert not parameter.whole or isinstance(values[parameter.name], int)


@given(seeds, names, copies)
def test_another_transformation_changes_no_other(seed: int, parent: str, copy: int) -> None:
    """What a policy draws for the turn does not depend on what else it has."""
    alone = recipe(STRONG.only("rotation"), seed, parent, copy)
    assert recipe(STRONG, seed, parent, copy)["rotation"] == alone["rotation"]


@given(seeds, names, copies)
def test_no_sample_is_its_parent(seed: int, parent: str, copy: int) -> None:
    """Even where each transformation is rare, one is applied."""
    rare = Policy("rare", {name: Choice(0.001, choice.ranges) for name, choice in STRONG.choices.items()})
    assert recipe(rare, seed, parent, copy)


def test_samples_differ() -> None:
    """Two copies, two parents and two seeds are drawn apart."""
    drawn = [recipe(STRONG, seed, parent, copy) for seed in (0, 1) for parent in ("a", "b") for copy in (1, 2)]
    assert all(drawn.count(one) == 1 for one in drawn)


def test_transformations_come_in_the_order_of_application() -> None:
    """Whatever order the file has."""
    late = parse(b"[blur]\nsigma = 1\n[lighting]\nbrightness = 0.1\n[flip]", "x")
    assert list(recipe(late, 0, "a", 1)) == ["flip", "lighting", "blur"]


def test_probability_is_kept() -> None:
    """Of 2,000 samples half are mirrored: 1,000 ± 5 times 22 (a binomial's deviation)."""
    half = parse(b"[flip]\nprobability = 0.5\n[rotation]\ndegrees = [-5, 5]", "x")
    mirrored = sum("flip" in recipe(half, 0, "a", copy) for copy in range(2000))
    assert abs(mirrored - 1000) < 112
