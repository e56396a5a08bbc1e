"""Faces: detection, pose, alignment, crops and the decision which faces are kept."""
