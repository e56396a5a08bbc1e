"""What the step `split` says on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curate.split.settle import SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(counts: Mapping[str, Any]) -> str:
    """The faces of each label in each split, and what else is to be known.

    Args:
        counts: What `curate.split.step.split` returned.
    """
    labels = sorted({label for found in counts["labels"].values() for label in found})
    width = max(10, *(len(label) for label in labels), 0) + 2
    lines = [f"{'':<{width}}" + "".join(f"{name:>12}" for name in SPLITS)]
    for label in labels:
        numbers = (counts["labels"][name].get(label, 0) for name in SPLITS)
        lines.append(f"{label or '(no label)':<{width}}" + "".join(f"{number:>12,}" for number in numbers))
    whole = sum(counts[name] for name in SPLITS)
    lines.append(f"{'faces':<{width}}" + "".join(f"{counts[name]:>12,}" for name in SPLITS))
    lines.append(f"{'':<{width}}" + "".join(f"{counts[name] / max(whole, 1):>12.1%}" for name in SPLITS))
    lines.append(f"{counts['pictures']:,} pictures, {counts['new']:,} of them new, in {counts['groups']:,} groups")
    lines += [said.format(counts[name]) for name, said in _REMARKS.items() if counts[name]]
    return "\n".join(lines)


_REMARKS = {
    "excluded": "{:,} faces are left out, since they would leak: the column `reason` of the table `splits` says why",
    "leaking": "{:,} pictures leak, being related to one of an earlier split; --split-by usage-clean leaves them out",
    "label_conflicts": "{:,} pictures have sources with different labels, and count as unlabelled",
    "usage_conflicts": "{:,} pictures stand in several parts of FER-2013, and are in the first of them",
}
