"""Which faces samples are made of."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from augment.parents import Training, left_out, samples


def hard(labels: list[int], sharpness: list[float] | None = None, classes: int = 3) -> Training:
    """Faces a0, a1 … that count for their label."""
    names = [f"a{at}" for at in range(len(labels))]
    return Training(names, np.eye(classes)[labels], np.array(sharpness or [0.5] * len(labels)))


def test_the_sharpest_come_first() -> None:
    """Three faces, two samples: the sharpest and the next one get them."""
    assert samples(hard([0, 0, 0], [0.2, 0.9, 0.4]), [5, 0, 0], 0).tolist() == [0, 1, 1]


def test_turns_are_even() -> None:
    """Seven samples of three faces: two each, and the sharpest a third."""
    assert samples(hard([0, 0, 0], [0.2, 0.9, 0.4]), [10, 0, 0], 0).tolist() == [2, 3, 2]


def test_a_face_without_a_measure_comes_last() -> None:
    """Face crops that were given have no sharpness."""
    assert samples(hard([0, 0], [float("nan"), 0.0]), [3, 0, 0], 0).tolist() == [0, 1]


def test_equally_sharp_faces_go_by_their_ids() -> None:
    """Whatever order the table has."""
    training = Training(["b", "a"], np.eye(2)[[0, 0]], np.array([0.5, 0.5]))
    assert samples(training, [3, 0], 0).tolist() == [0, 1]


def test_no_original_is_shown_more_often_than_the_cap() -> None:
    """Three showings are the face itself and two samples; one face then makes 3 of the 9 that were asked for."""
    assert samples(hard([0, 1, 1]), [9, 3, 0], 3).tolist() == [2, 1, 0]


def test_a_cap_of_one_makes_no_samples() -> None:
    """Each original is shown once, itself."""
    assert samples(hard([0, 1, 1]), [9, 9, 0], 1).tolist() == [0, 0, 0]


def test_soft_labels_count_for_all_their_classes() -> None:
    """The masses are 0.75 and 2.25, the target 2.25: after one sample of the first, 1.5 and 2.5; after two, 2.25."""
    training = Training(["a", "b", "c"], np.array([[0.75, 0.25], [0, 1], [0, 1]]), np.array([0.5, 0.5, 0.5]))
    assert samples(training, [2.25, 2.25], 0).tolist() == [2, 0, 0]


def test_a_face_is_parent_of_what_it_counts_most_for() -> None:
    """Two thirds of the raters said the second class, so its samples are for that one."""
    training = Training(["a", "b"], np.array([[1 / 3, 2 / 3], [1, 0]]), np.array([0.5, 0.5]))
    made = samples(training, [0, 2], 0)
    assert made[0] > 0
    assert made[1] == 0


def test_undersampling_leaves_out_what_is_too_many() -> None:
    """Four, two and none, brought to two: two of the first are out."""
    out = left_out(hard([0, 0, 0, 0, 1, 1]), [2, 2, 0], 0)
    assert out[:4].sum() == 2
    assert not out[4:].any()


def test_another_seed_leaves_out_others() -> None:
    """Of 50 faces 25 are out: two draws agree with a probability of one in 10^14."""
    training = hard([0] * 50)
    assert left_out(training, [25, 0, 0], 0).tolist() != left_out(training, [25, 0, 0], 1).tolist()


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.integers(0, 60), st.integers(0, 5))
def test_counts_are_reached_exactly(labels: list[int], target: int, cap: int) -> None:
    """With hard labels each class has its target, or all that the cap allows; its faces differ by one sample."""
    training = hard(labels)
    made = samples(training, [target] * 3, cap)
    for number in range(3):
        own = made[np.array(labels) == number]
        if not len(own):
            continue
        most = len(own) * cap if cap else target
        assert len(own) + own.sum() == max(len(own), min(target, most))
        assert own.max() - own.min() <= 1


@given(st.lists(st.integers(0, 2), min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_faces_does_not_matter(labels: list[int], random: object) -> None:
    """Each face gets as many samples wherever it stands."""
    training = hard(labels, [((at * 37) % 11) / 11 for at in range(len(labels))])
    order = np.arange(len(labels))
    random.shuffle(order)  # type: ignore[attr-defined]
    moved = Training([training.face_ids[at] for at in order], training.shares[order], training.sharpness[order])
    assert samples(moved, [17] * 3, 0).tolist() == samples(training, [17] * 3, 0)[order].tolist()
    assert left_out(moved, [1] * 3, 3).tolist() == left_out(training, [1] * 3, 3)[order].tolist()
