"""The network and the detector of the photographs."""

from tests.evaluate.photo.conftest import finder, photographs, planted, said

__all__ = ["finder", "photographs", "planted", "said"]
