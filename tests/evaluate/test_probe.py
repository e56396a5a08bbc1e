"""What labelled faces say of a network's scaling and order of labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from evaluate.probe import probe
from schemas.emotion import NAMES

LABELS = np.repeat(np.arange(7), 30).astype(np.int8)


def outputs_of(order: list[int], wrong: int = 0, width: int = 7) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """What a network says that is right but for every `wrong`-th face; class c is its output order[c]."""
    found = np.array(order)[LABELS]
    if wrong:
        found[::wrong] = (found[::wrong] + 1) % width
    return np.eye(width, dtype=np.float32)[found]


def test_the_order_is_found() -> None:
    """A network that answers in the alphabet's order, all of it right."""
    alphabet = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    found = probe({"unit": outputs_of([alphabet.index(name) for name in NAMES])}, LABELS)
    assert found.best.order == alphabet
    assert (found.best.right, found.best.n) == (210, 210)
    assert found.sure
    assert found.flags == "--input-scaling unit --label-order angry,disgust,fear,happy,neutral,sad,surprise"


def test_the_better_scaling_comes_first() -> None:
    """One wrong face in ten beats one in three, and 189 of 210 and 140 of 210 are far enough apart to be sure."""
    order = list(range(7))
    found = probe({"unit": outputs_of(order, wrong=3), "bytes": outputs_of(order, wrong=10)}, LABELS)
    assert [each.scaling for each in found.candidates] == ["bytes", "unit"]
    assert [each.right for each in found.candidates] == [189, 140]
    assert found.sure


def test_two_scalings_that_do_equally_well_are_not_sure() -> None:
    """A network that normalises its input itself: the probe says that it cannot tell."""
    outputs = outputs_of(list(range(7)), wrong=10)
    found = probe({"unit": outputs, "symmetric": outputs}, LABELS)
    assert not found.sure
    assert found.sentence.endswith("; that is not sure")


def test_an_order_is_not_judged_by_the_faces_it_was_found_on() -> None:
    """Answers by chance: the best order for the same faces would have more than 1/7 right, for other faces not."""
    random = np.random.default_rng(0)
    outputs = random.random((210, 7)).astype(np.float32)
    found = probe({"unit": outputs}, LABELS)
    low, high = found.best.interval
    assert low < 1 / 7 < high
    assert not found.sure
    assert found.best.doubtful


def test_a_rare_class_is_in_doubt() -> None:
    """Nine faces of disgust are too few to be sure which output is disgust."""
    keep = np.ones(210, bool)
    keep[39:60] = False
    found = probe({"unit": outputs_of(list(range(7)))[keep]}, LABELS[keep])
    assert found.best.doubtful == ("disgust",)
    assert not found.sure
    assert "in doubt: disgust" in found.sentence


def test_two_classes_that_could_change_places_are_in_doubt() -> None:
    """Fear and surprise half and half: of their 60 faces 30 speak for the order and 30 against it."""
    outputs = outputs_of(list(range(7)))
    for number, other in ((2, 5), (5, 2)):
        outputs[np.flatnonzero(number == LABELS)[::2]] = np.eye(7, dtype=np.float32)[other]
    found = probe({"unit": outputs}, LABELS)
    assert {"fear", "surprise"} <= set(found.best.doubtful)
    assert not {"angry", "disgust", "happy", "sad", "neutral"} & set(found.best.doubtful)


def test_an_eighth_output_is_contempt() -> None:
    """The output that no label asks for."""
    found = probe({"unit": outputs_of([1, 2, 3, 4, 5, 6, 7], width=8)}, LABELS)
    assert found.best.order == ("contempt", *NAMES)


def test_numbers_that_are_none_are_wrong() -> None:
    """A scaling under which the network gives NaN does not win."""
    bad = np.full((210, 7), np.nan, np.float32)
    found = probe({"bytes": bad, "unit": outputs_of(list(range(7)))}, LABELS)
    assert found.best.scaling == "unit"


@given(st.permutations(range(7)))
def test_any_order_is_found(order: list[int]) -> None:
    """Whatever the order, a network that is mostly right gives it away."""
    found = probe({"unit": outputs_of(order, wrong=9)}, LABELS)
    assert [found.best.order[place] for place in order] == list(NAMES)


def test_all_of_it_is_plain() -> None:
    """Scripts get numbers, not objects."""
    found = probe({"unit": outputs_of(list(range(7)))}, LABELS).as_json()
    assert found["candidates"][0]["accuracy"] == 1
    assert found["candidates"][0]["low"] == pytest.approx(210 / (210 + 1.959964**2), abs=1e-6)
