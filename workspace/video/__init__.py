"""Frames of videos, decoded in a process of their own."""
