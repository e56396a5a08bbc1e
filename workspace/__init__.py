"""The data set on disk, and what every command shares."""
