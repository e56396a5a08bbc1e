"""Finds copies of one picture: near hashes, then pixels after alignment, then groups around a keeper."""
