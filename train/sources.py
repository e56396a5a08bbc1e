"""What is known of the published sets that networks are trained on: what may be done with them, what they lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Published:
    """A published set.

    Attributes:
        licence: What its makers allow, in a sentence.
        limits: What a reader of figures on it must know, half a sentence each.
    """

    licence: str
    limits: tuple[str, ...]


PUBLISHED = {
    "FER-2013": Published(
        "FER-2013 is for research use. It was made for a contest (ICML 2013 workshop 'Challenges in Representation "
        "Learning', Goodfellow et al., arXiv:1307.0414) of pictures found by web image search, and names neither "
        "their authors nor the people in them.",
        (
            "the labels are noisy; by them people are right on 65 ± 5 % of the pictures (arXiv:1307.0414).",
            "of the 3,589 PublicTest pictures 280 are pixel-identical to a Training picture; 610 more are near copies.",
            "disgust is rare, 436 of the 28,709 Training pictures and 56 of PublicTest: figures on it are unsure.",
            "the faces are grey, 48×48, and framed in one way; how well others do depends on their framing.",
            "age, gender, skin tone and origin of the people are not recorded: how each group fares is not known.",
        ),
    ),
    "FER+": Published(
        "The votes of FER+ (Barsoum et al. 2016, arXiv:1608.01041) are under the MIT licence; the pictures are "
        "FER-2013's.",
        ("the votes are those of ten crowd workers for each picture, not of experts.",),
    ),
}
"""Name, as a card's `source` has it -> what is known of it. The copies were counted with `curate split --check`."""


def licence(names: Iterable[str]) -> str:
    """The licence note of a network that was trained on these sets, for its card.

    >>> licence(["my photographs"])
    'What may be done with networks trained on my photographs is for its owner to say.'
    """
    unknown = "What may be done with networks trained on {} is for its owner to say."
    notes = [PUBLISHED[name].licence if name in PUBLISHED else unknown.format(name) for name in dict.fromkeys(names)]
    return " ".join(notes)
