"""Figures that decide."""

from __future__ import annotations

import dataclasses

import pandas as pd

from curate.filter import COLUMNS, checks
from curate.report.figures import FACE_FIGURES, PICTURE_FIGURES, SETTINGS
from schemas.settings import FacesSettings, FilterSettings
from schemas.tables import FACES


def test_every_filter_has_a_name_to_be_shown_by() -> None:
    """A filter that is added later must be named here too."""
    images = pd.DataFrame({column: [1.0] for column in COLUMNS})
    assert [figure.reason for figure in PICTURE_FIGURES] == [check.reason for check in checks(images, FilterSettings())]


def test_settings_exist() -> None:
    """Each flag that the page names is one."""
    known = {field.name for step in (FilterSettings, FacesSettings) for field in dataclasses.fields(step)}
    assert set(SETTINGS.values()) <= known


def test_columns_of_faces_exist() -> None:
    """Each figure of faces is a column of their table."""
    assert {figure.column for figure in FACE_FIGURES} <= set(FACES.names)
