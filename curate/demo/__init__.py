"""A small raw folder of real photographs and honest variations of them, and what must become of each."""

from curate.demo.explain import Row, explain, text
from curate.demo.folder import Raw, make_raw

__all__ = ["Raw", "Row", "explain", "make_raw", "text"]
