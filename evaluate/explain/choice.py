"""Which faces are explained."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from evaluate.confusions import confusions
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluate.result import Answers


def chosen_errors(answers: Answers, most: int) -> list[int]:
    """The two surest errors of each confused pair, the commonest pairs first; then the next two.

    Args:
        answers: What a network said of labelled faces.
        most: Faces wanted; fewer where there are fewer errors.

    Returns:
        Their places among the answers.
    """
    pairs = confusions(answers)
    longest = max((len(pair.faces) for pair in pairs), default=0)
    found = [face for turn in range(0, longest, 2) for pair in pairs for face in pair.faces[turn : turn + 2]]
    return found[:most]


def named_faces(answers: Answers, names: Sequence[str]) -> list[int]:
    """The faces of these names.

    Args:
        answers: What a network said of labelled faces.
        names: As in `answers.csv`: face_ids in a workspace, else where a face stands, as `fer2013.csv:17`.

    Returns:
        Their places among the answers, in the order of the names.

    Raises:
        InputError: There is no face of a name among them.
    """
    places = {name: at for at, name in enumerate(answers.names)}
    for name in names:
        if name not in places:
            near = difflib.get_close_matches(name, places, n=1)
            fix = f"did you mean {near[0]}?" if near else "names are those in answers.csv and in the report"
            raise InputError(f"there is no labelled face {name[:200]!r} in what is evaluated", fix)
    return [places[name] for name in dict.fromkeys(names)]
