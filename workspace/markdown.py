"""Text of a stranger inside Markdown."""

from __future__ import annotations


def literal(text: object) -> str:
    r"""A text as Markdown that says just that: on one line, without markup.

    >>> print(literal("a|b\n<img src=x> [c](d)"))
    a\|b &lt;img src=x&gt; \[c\](d)
    """
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + letter if letter in "\\`*_[]|#" else letter for letter in plain)
