"""Expression -> colour, the same in the App, on photographs and in timelines."""

from __future__ import annotations

COLOURS = {
    "angry": "#d1495b",
    "disgust": "#6a994e",
    "fear": "#7b5ea7",
    "happy": "#e9b44c",
    "sad": "#3d6fb4",
    "surprise": "#e07a3f",
    "neutral": "#8d99a6",
}
