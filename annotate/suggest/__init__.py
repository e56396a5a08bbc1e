"""Which faces to label next."""
