"""The seven expressions: their order and names in FER-2013, in FER+ and in folder names.

One definition, so that no two parts of mien count the classes in another order.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Emotion:
    """One expression.

    Attributes:
        name: mien's name, as in folders and in the column `label`.
        fer2013: FER-2013's number.
        ferplus: FER+'s name, the head of its column of votes.
        also: Further names that folders and lists use for it, in small letters.
    """

    name: str
    fer2013: int
    ferplus: str
    also: tuple[str, ...]


EMOTIONS = (
    Emotion("angry", 0, "anger", ("anger",)),
    Emotion("disgust", 1, "disgust", ("disgusted",)),
    Emotion("fear", 2, "fear", ("fearful", "afraid", "scared")),
    Emotion("happy", 3, "happiness", ("happiness", "joy")),
    Emotion("sad", 4, "sadness", ("sadness",)),
    Emotion("surprise", 5, "surprise", ("surprised",)),
    Emotion("neutral", 6, "neutral", ()),
)
"""In FER-2013's order: the position is the class number."""

NAMES = tuple(emotion.name for emotion in EMOTIONS)
"""The seven names in FER-2013's order."""

CONTEMPT = "contempt"
"""FER+'s eighth expression, which FER-2013 does not have."""

UNUSABLE = "unusable"
"""What a rater says of a picture that shows no face whose expression could be told."""

FERPLUS_VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""FER+'s ten columns of votes, in the order of `fer2013new.csv`; NF is 'not a face'."""

FER2013_COUNTS: dict[str, tuple[int, ...]] = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
}
"""Usage -> pictures of each class, in FER-2013 as published (ICML 2013 challenge): 28,709, 3,589 and 3,589."""

_NAMED = {name: emotion.name for emotion in EMOTIONS for name in (emotion.name, emotion.ferplus, *emotion.also)}


def named(text: str) -> str | None:
    """The one name of an expression, whichever way it is spelt; None for a word that names none.

    Args:
        text: A name in any case, or FER-2013's number.

    >>> named("Happiness"), named("3"), named(" surprised "), named("7"), named("smile")
    ('happy', 'happy', 'surprise', None, None)
    """
    word = text.strip().casefold()
    if word.isdecimal() and len(word) == 1:
        return NAMES[int(word)] if int(word) < len(NAMES) else None
    return _NAMED.get(word)
