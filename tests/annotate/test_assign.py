"""Who labels which face, in which order, with which hidden checks."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from annotate.assign import GAP, Assigned, assign
from schemas.errors import UsageError
from schemas.settings import PushSettings

FACES = [f"{number:032x}" for number in range(200)]
GOLD = {f"{number:032x}": "happy" for number in range(1000, 1030)}
PLAIN = PushSettings(gold_share=0.0, repeat_share=0.0)

counts = st.integers(0, 40)
teams = st.integers(1, 6).map(lambda size: [f"r{number}" for number in range(size)])


def by_rater(tasks: list[Assigned]) -> dict[str, list[Assigned]]:
    """The tasks of each rater, in their order."""
    result: dict[str, list[Assigned]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: task.order):
        result[task.rater].append(task)
    return result


@given(count=counts, raters=teams, seed=st.integers(0, 99), data=st.data())
@hypothesis_settings(deadline=None)
def test_every_face_has_its_raters_and_no_rater_more_than_another(
    count: int, raters: list[str], seed: int, data: st.DataObject
) -> None:
    """Each face goes to as many different raters as asked for, and loads differ by one at most."""
    need = data.draw(st.integers(1, len(raters)))
    chosen = PushSettings(raters_per_face=need, assign_seed=seed, gold_share=0.0, repeat_share=0.0)
    tasks = assign(FACES[:count], raters, {}, chosen)
    assert Counter(task.face_id for task in tasks) == dict.fromkeys(FACES[:count], need)
    assert len({(task.face_id, task.rater) for task in tasks}) == len(tasks)
    loads = [len(by_rater(tasks)[rater]) for rater in raters]
    assert max(loads) - min(loads) <= 1


def test_raters_meet_evenly() -> None:
    """Of 200 faces × 3 with four raters each pair shares 100: 600 pairs of six kinds."""
    tasks = assign(FACES, ["a", "b", "c", "d"], {}, PLAIN)
    faces = {rater: {task.face_id for task in mine} for rater, mine in by_rater(tasks).items()}
    shared = [len(faces[one] & faces[other]) for one, other in itertools.combinations("abcd", 2)]
    assert sum(shared) == 600
    assert max(shared) - min(shared) <= 2


@given(faces=st.permutations(FACES[:30]), raters=st.permutations(["a", "b", "c", "d"]))
@hypothesis_settings(deadline=None, max_examples=20)
def test_order_of_input_does_not_matter(faces: list[str], raters: list[str]) -> None:
    """The plan is a function of the sets and the seed."""
    assert assign(faces, raters, GOLD, PushSettings()) == assign(FACES[:30], list("abcd"), GOLD, PushSettings())


def test_another_seed_is_another_plan() -> None:
    """And the same seed the same."""
    first, again, other = (assign(FACES, list("abcd"), GOLD, PushSettings(assign_seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_each_rater_has_an_order_of_their_own() -> None:
    """Three raters who all see the same faces see them in three orders, none of them the faces' own."""
    orders = [[task.face_id for task in mine] for mine in by_rater(assign(FACES, list("abc"), {}, PLAIN)).values()]
    assert [sorted(order) for order in orders] == [FACES] * 3
    assert len({tuple(order) for order in [*orders, FACES]}) == 4


def test_shares_of_gold_and_repeats() -> None:
    """Of 200 faces a rater, 5 % are ten gold faces and ten repeats more."""
    for mine in by_rater(assign(FACES, list("abc"), GOLD, PushSettings())).values():
        assert Counter(task.kind for task in mine) == {"task": 200, "gold": 10, "repeat": 10}
        assert [task.order for task in mine] == list(range(220))
        assert {task.gold_label for task in mine if task.kind == "gold"} == {"happy"}
        assert {task.gold_label for task in mine if task.kind != "gold"} == {None}


@given(count=st.integers(1, 150), share=st.floats(0, 0.5), seed=st.integers(0, 99))
@hypothesis_settings(deadline=None, max_examples=50)
def test_repeats_are_spaced(count: int, share: float, seed: int) -> None:
    """A repeat comes after its first showing, at least 50 tasks or half of the list later."""
    chosen = PushSettings(raters_per_face=1, repeat_share=share, gold_share=0.0, assign_seed=seed)
    tasks = assign(FACES[:count], ["a"], {}, chosen)
    places = {(task.face_id, task.presentation): task.order for task in tasks}
    for (face, presentation), order in places.items():
        if presentation:
            assert order - places[face, 0] >= min(GAP, max(1, count // 2))
    assert len(places) - count == min(round(share * count), count - min(GAP, max(1, count // 2)) + 1, count)


def test_gold_is_spread() -> None:
    """Each half of a rater's list has some of the ten gold faces."""
    mine = by_rater(assign(FACES, list("abc"), GOLD, PushSettings()))["a"]
    places = [task.order for task in mine if task.kind == "gold"]
    assert min(places) < 110 <= max(places)


def test_a_face_a_rater_labels_anyway_is_no_gold() -> None:
    """A gold face among the chosen faces is a plain task for whoever has it."""
    gold = dict.fromkeys(FACES[:50], "sad")
    tasks = assign(FACES[:50], ["a", "b"], gold, PushSettings(raters_per_face=2, gold_share=0.5))
    assert {task.kind for task in tasks} == {"task", "repeat"}


def test_pushing_again_adds_nothing() -> None:
    """Faces that have their raters get no more, and no gold or repeat is added to nothing."""
    before = assign(FACES, list("abcd"), GOLD, PushSettings())
    assert assign(FACES, list("abcd"), GOLD, PushSettings(), before) == []


def test_more_faces_leave_old_tasks_alone() -> None:
    """A second push goes on after the first; together they keep the shares."""
    before = assign(FACES[:100], list("abc"), GOLD, PushSettings())
    more = assign(FACES, list("abc"), GOLD, PushSettings(), before)
    assert {task.face_id for task in more if task.kind == "task"} == set(FACES[100:])
    for mine in by_rater([*before, *more]).values():
        assert Counter(task.kind for task in mine) == {"task": 200, "gold": 10, "repeat": 10}
        assert [task.order for task in mine] == list(range(220))


def test_one_rater_more_per_face() -> None:
    """Every face gets one rater whom it did not have."""
    before = assign(FACES, list("abcd"), {}, PLAIN)
    chosen = PushSettings(raters_per_face=4, gold_share=0.0, repeat_share=0.0)
    more = assign(FACES, list("abcd"), {}, chosen, before)
    assert Counter(task.face_id for task in [*before, *more]) == dict.fromkeys(FACES, 4)
    assert len({(task.face_id, task.rater) for task in [*before, *more]}) == 800


def test_shared_project_has_each_face_once() -> None:
    """Any rater may take it, so that there is one list, with gold and repeats."""
    tasks = assign(FACES, ["a", "b", "c"], GOLD, PushSettings(shared_project=True))
    assert {task.rater for task in tasks} == {""}
    assert Counter(task.kind for task in tasks) == {"task": 200, "gold": 10, "repeat": 10}


@pytest.mark.parametrize(("raters", "what"), [([], "no raters"), (["a", "b"], "3 raters, but there are 2")])
def test_too_few_raters(raters: list[str], what: str) -> None:
    """Three raters a face need three."""
    with pytest.raises(UsageError, match=what):
        assign(FACES, raters, {}, PushSettings())
