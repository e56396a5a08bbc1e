"""What a network sees in the faces of a video over time."""
