"""Who labels which face, in which order, and which faces are hidden checks.

All of it is a function of the seed, the faces, the raters and what was assigned before, so that the plan can be made
again and audited. The raters see no part of it: gold faces and repeats look like all others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from annotate.chance import chance
from schemas.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from schemas.settings import PushSettings

GAP = 50
"""Least number of tasks from a face to its repeat, where the rater has that many: enough that the first answer is not
remembered among so many strangers, few enough to fit into one sitting."""


class Assigned(NamedTuple):
    """One task of one rater.

    Attributes:
        face_id: The face.
        rater: Who labels it; empty where any rater may.
        presentation: 0 for the first showing, 1 for the repeat.
        kind: task, gold or repeat.
        order: Place among the rater's tasks, from 0.
        gold_label: The known label, where kind is gold.
    """

    face_id: str
    rater: str
    presentation: int
    kind: str
    order: int
    gold_label: str | None


def assign(
    faces: Iterable[str],
    raters: Sequence[str],
    gold: Mapping[str, str],
    settings: PushSettings,
    before: Sequence[Assigned] = (),
) -> list[Assigned]:
    """Plans the tasks that are still to be made.

    Each face gets `raters_per_face` different raters, counting those who have it already; within this plan no rater
    gets two faces more than another, where the faces allow it. Gold faces and repeats are then added to each rater's
    faces, up to their share of all the rater has, and the whole put into an order of the rater's own.

    Args:
        faces: face_ids to be labelled, in any order.
        raters: Their ids.
        gold: face_id -> known label. A gold face that a rater labels anyway is no check for that rater.
        settings: How many raters a face has, the shares of gold and repeats, the seed.
        before: Tasks planned by earlier pushes that still count.

    Returns:
        The new tasks, by rater and order; `order` goes on after the rater's last one.

    Raises:
        UsageError: There are no raters, or fewer than each face is to have.
    """
    if settings.shared_project:
        raters = [""]
    need = 1 if settings.shared_project else settings.raters_per_face
    if not raters:
        raise UsageError("there are no raters", "annotate raters add NAME, once for each")
    if len(raters) < need:
        what = f"each face is to have {need} raters, but there are {len(raters)}"
        raise UsageError(what, f"annotate raters add NAME, or --raters-per-face {len(raters)}")
    dealt = _deal(sorted(set(faces)), sorted(raters), need, settings.assign_seed, before)
    mine: dict[str, list[Assigned]] = defaultdict(list)
    for task in before:
        mine[task.rater].append(task)
    return [task for rater in sorted(raters) for task in _of_rater(rater, dealt[rater], gold, settings, mine[rater])]


def _deal(
    faces: Sequence[str], raters: Sequence[str], need: int, seed: int, before: Sequence[Assigned]
) -> dict[str, list[str]]:
    """Gives each face to those raters who have least in this plan, then least of all, then least in common."""
    having: dict[str, set[str]] = defaultdict(set)
    total: Counter[str] = Counter()
    for task in before:
        if task.presentation == 0:
            having[task.face_id].add(task.rater)
            total[task.rater] += 1
    dealt: dict[str, list[str]] = {rater: [] for rater in raters}
    together: Counter[tuple[str, str]] = Counter()
    for face in sorted(faces, key=lambda face: chance(seed, "deal", face)):
        has = having[face]
        ties = {rater: chance(seed, "tie", face, rater) for rater in raters}
        chosen = [rater for rater in raters if rater in has]
        for _ in range(need - len(has)):
            free = [rater for rater in raters if rater not in chosen]
            if not free:
                break
            rater = min(
                free,
                key=lambda rater: (
                    len(dealt[rater]),
                    total[rater],
                    sum(together[_pair(rater, other)] for other in chosen),
                    ties[rater],
                ),
            )
            together.update(_pair(rater, other) for other in chosen)
            chosen.append(rater)
            dealt[rater].append(face)
            total[rater] += 1
    return dealt


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _of_rater(
    rater: str, dealt: Sequence[str], gold: Mapping[str, str], settings: PushSettings, before: Sequence[Assigned]
) -> list[Assigned]:
    seed = settings.assign_seed
    counts = Counter(task.kind for task in before)
    faces = counts["task"] + len(dealt)
    known = {task.face_id for task in before} | set(dealt)

    def shuffled(purpose: str, items: Collection[str]) -> list[str]:
        return sorted(items, key=lambda face: chance(seed, purpose, rater, face))

    checks = shuffled("gold", [face for face in gold if face not in known])
    checks = checks[: max(0, round(settings.gold_share * faces) - counts["gold"])] if dealt else []
    hidden = set(checks)
    firsts = shuffled("order", [*dealt, *checks])
    wanted = max(0, round(settings.repeat_share * faces) - counts["repeat"]) if dealt else 0
    repeated = _with_repeats(firsts, shuffled("repeat", dealt), wanted, (seed, rater))
    start = 1 + max((task.order for task in before), default=-1)
    tasks = []
    for order, (face, presentation) in enumerate(repeated, start):
        kind = "repeat" if presentation else "gold" if face in hidden else "task"
        tasks.append(Assigned(face, rater, presentation, kind, order, gold[face] if kind == "gold" else None))
    return tasks


def _with_repeats(
    firsts: Sequence[str], candidates: Sequence[str], wanted: int, who: tuple[int, str]
) -> list[tuple[str, int]]:
    """Puts repeats at chance places that are far enough behind the first showing."""
    gap = min(GAP, max(1, len(firsts) // 2))
    place = {face: at for at, face in enumerate(firsts)}
    chosen = [face for face in candidates if place[face] + gap <= len(firsts)][:wanted]
    behind: dict[int, list[str]] = defaultdict(list)
    for face in chosen:
        least = place[face] + gap
        behind[least + chance(who[0], "place", who[1], face) % (len(firsts) - least + 1)].append(face)
    result: list[tuple[str, int]] = []
    for at in range(len(firsts) + 1):
        # A repeat for place n stands before the n-th first showing; that is at least n less its own place behind it.
        result += [(face, 1) for face in sorted(behind[at], key=lambda face: chance(who[0], "row", who[1], face))]
        result += [(face, 0) for face in firsts[at : at + 1]]
    return result
