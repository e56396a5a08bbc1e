"""FiftyOne reads its format with its own loader and database."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

LOAD = """
import json, sys, fiftyone
found = {}
for name in sys.argv[1:]:
    kind = fiftyone.types.FiftyOneImageClassificationDataset
    data = fiftyone.Dataset.from_dir(name, dataset_type=kind, progress=False)
    found[name] = [data.default_classes, data.values("ground_truth.label"), data.values("filepath")]
print("\\n" + json.dumps(found))
"""


@pytest.mark.mongod
def test_counts_and_labels(finished: Workspace, make: Callable[..., Path], tmp_path: Path, labels: list[str]) -> None:
    """Every face with its label; with `keep` the unlabelled one too, without."""
    if importlib.util.find_spec("fiftyone") is None:
        pytest.skip("FiftyOne is not installed: uv sync --extra evaluate")
    folders = [make(finished, "fiftyone"), make(finished, "fiftyone", "all", unlabelled="keep")]
    home = {"FIFTYONE_DATABASE_DIR": str(tmp_path / "db"), "FIFTYONE_DO_NOT_TRACK": "true", "HOME": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-c", LOAD, *map(str, folders)]
    done = subprocess.run(
        command, env={**os.environ, **home}, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    skipped, kept = json.loads(done.stdout.splitlines()[-1]).values()
    assert tuple(skipped[0]) == NAMES
    assert Counter(skipped[1]) == Counter(labels)
    assert Counter(kept[1]) == Counter([*labels, None])
    assert all(path.startswith(str(folders[0] / "data")) for path in skipped[2])


def test_splits_are_folders(split: Workspace, make: Callable[..., Path]) -> None:
    """Each split is a data set of its own, with the same classes."""
    folder = make(split, "fiftyone")
    parts = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("*/labels.json")}
    assert {name: len(part["labels"]) for name, part in parts.items()} == {"train": 6, "validation": 1, "test": 1}
    assert all(part["classes"] == list(NAMES) for part in parts.values())
    assert [NAMES[number] for number in parts["test"]["labels"].values()] == ["angry"]
