"""What consensus found, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def text(result: Mapping[str, Any]) -> str:
    """The counts as lines.

    Args:
        result: As `annotate.consensus.step.consensus` gives it.
    """
    return "\n".join(_lines(result))


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    statuses = ", ".join(f"{name} {count:,}" for name, count in result["statuses"].items() if count)
    yield f"{result['faces']:,} faces: {statuses or 'none has an answer'}"
    if result["skipped"]:
        yield f"{result['skipped']:,} faces were skipped by all, or shown only as checks, and have no label"
    labels = ", ".join(f"{name} {count:,}" for name, count in result["labels"].items())
    yield f"labels: {labels}"
    for rater in result["raters"]:
        share = "–" if rater["is_label"] is None else f"{rater['is_label']:.3f}"
        weight = f"weight {rater['weight']:.2f}"
        yield f"  {rater['rater']:12} {rater['answers']:>8,} answers, {share} of them the label, {weight}"
    yield from _confusion(result["options"], result["confusion"])
    if "model" in result:
        yield f"Dawid and Skene's model: {result['model']['steps']} steps, last change {result['model']['change']:.1g}"
    if result["undecided"]:
        yield f"{result['undecided']:,} undecided: annotate adjudicate"


def _confusion(options: list[str], table: list[list[int]]) -> Iterator[str]:
    if not any(map(sum, table)):
        return
    yield "each answer (column) by what most of the others said (row), % of the row:"
    yield " " * 11 + "".join(f"{name[:8]:>9}" for name in options)
    for name, row in zip(options, table, strict=True):
        total = sum(row)
        if total:
            yield f"  {name:9}" + "".join(f"{100 * count / total:>9.1f}" for count in row) + f"  of {total:,}"
