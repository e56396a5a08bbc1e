"""Face detectors, and what all of them give and take."""
