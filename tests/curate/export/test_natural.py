"""Natural faces through the real detector, out in every format, and back: the same counts and labels."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from curate.cli import app
from curate.export.formats import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = 6


def curate(*arguments: str) -> Any:
    """Runs a command and gives what it prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    if result.exception:
        raise result.exception
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def natural(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A workspace of six natural faces with their labels, as the real steps make it."""
    folder = tmp_path_factory.mktemp("natural")
    table = pd.read_csv(shared_data / "natural_faces" / "labels.csv")
    table = table[table["label"] != "contempt"].groupby("label").head(2).head(PICTURES)
    table["path"] = [str(shared_data / "natural_faces" / "images" / name) for name in table["file"]]
    table[["path", "label"]].to_csv(folder / "list.csv", index=False)
    curate("run", str(folder / "list.csv"), "-w", str(folder / "ws"), "--workers", "2")
    return folder / "ws"


@pytest.mark.parametrize("form", FORMATS)
def test_counts_and_labels(natural: Path, tmp_path: Path, form: str) -> None:
    """Every kept face is in it with the label of its photograph, whichever way it is written down."""
    result = curate("export", form, str(tmp_path / form), "-w", str(natural))
    assert result["faces"] >= PICTURES - 2
    table = pd.read_csv(tmp_path / form / "faces.csv")
    assert len(table) == result["faces"]
    assert Counter(table["label"]) == Counter({name: n for name, n in result["classes"].items() if n})
