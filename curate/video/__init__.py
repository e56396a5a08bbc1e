"""Frames of videos as pictures to ingest, decoded in a process of their own."""
