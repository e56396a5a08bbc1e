"""Labelled 48×48 faces in memory, read from FER-2013 in any of its forms or from a workspace, and checks of them."""

from workspace.faceset.checks import Report, check
from workspace.faceset.copies import copies_of_training, without_copies
from workspace.faceset.faces import SPLITS, FaceSet
from workspace.faceset.forms import read
from workspace.faceset.soft import soft_labels

__all__ = ["SPLITS", "FaceSet", "Report", "check", "copies_of_training", "read", "soft_labels", "without_copies"]
