"""Fetches the pictures that a list names by URL.

`step.fetch` is the way in. What a server sends is a stranger's: addresses are checked where the connection is
made, bodies are counted while they come, and nothing a server says decides how long or how much we read.
"""
