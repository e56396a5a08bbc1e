"""What is known of published sets."""

from __future__ import annotations

from schemas.emotion import FER2013_COUNTS
from train.sources import PUBLISHED, licence


def test_counts_of_disgust_are_those_published() -> None:
    """436 in Training and 56 in PublicTest of 28,709 and 3,589."""
    text = " ".join(PUBLISHED["FER-2013"].limits)
    for usage in ("Training", "PublicTest"):
        assert f"{FER2013_COUNTS[usage][1]}" in text
        assert f"{sum(FER2013_COUNTS[usage]):,}" in text


def test_licence_names_each_set_once() -> None:
    """Two parts of FER-2013 have one licence, a user's set is its owner's affair."""
    text = licence(["FER-2013", "my faces", "FER-2013"])
    assert text.count("research use") == 1
    assert text.endswith("What may be done with networks trained on my faces is for its owner to say.")
