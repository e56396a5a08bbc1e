"""What is known of how far people agree on faces: figures to stand beside, not marks to pass."""

from __future__ import annotations

PUBLISHED = (
    {
        "what": "people against FER-2013's own label: share right",
        "low": 0.60,
        "high": 0.70,
        "source": "I. J. Goodfellow et al., Challenges in Representation Learning (2013): 65 ± 5 %",
    },
    {
        "what": "FER+'s ten taggers a face, eight expressions: share of pairs who agree",
        "low": 0.6488,
        "high": 0.6488,
        "source": "computed here from the votes of E. Barsoum et al. (2016) on 32,298 faces; docs/agreement.md",
    },
    {
        "what": "the same, Fleiss' κ",
        "low": 0.5529,
        "high": 0.5529,
        "source": "as above",
    },
)
"""Figures of others."""
