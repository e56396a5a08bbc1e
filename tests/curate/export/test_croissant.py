"""`mlcroissant` validates the metadata of every format and reads its records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from curate.export.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

pytestmark = pytest.mark.filterwarnings("ignore")
"""What `mlcroissant` and its libraries warn of in themselves is not ours."""

PUBLISHED = {
    "licence": "CC-BY-4.0",
    "homepage": "https://example.org/set",
    "creator": "A laboratory",
    "published": "2026-01-31",
    "release": "1.0.0",
    "citation": "Ada: A set",
    "title": "A set: of faces/1",
}


@pytest.mark.parametrize("form", FORMATS)
def test_valid_and_readable(finished: Workspace, make: Callable[..., Path], form: str, labels: list[str]) -> None:
    """With all that a publisher says there is neither error nor warning; the hashes are right, the records complete."""
    import mlcroissant

    folder = make(finished, form, **PUBLISHED)
    data = mlcroissant.Dataset(folder / "croissant.json")
    assert not data.metadata.ctx.issues.errors
    assert not data.metadata.ctx.issues.warnings
    records = list(data.records("faces"))
    assert Counter(record["faces/label"].decode() for record in records) == Counter(labels)
    assert all((folder / record["faces/file"].decode()).is_file() for record in records)


def test_only_recommendations_without_a_publisher(finished: Workspace, make: Callable[..., Path]) -> None:
    """Without those words it is valid, and lacks what only a publisher can say."""
    import mlcroissant

    issues = mlcroissant.Dataset(make(finished, "folders") / "croissant.json").metadata.ctx.issues
    assert not issues.errors
    assert all("is recommended" in str(warning) for warning in issues.warnings)
