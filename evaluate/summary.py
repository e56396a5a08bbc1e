"""An evaluation in a few lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluate.remarks import headline
from evaluate.report.step import between, number, percent

if TYPE_CHECKING:
    from evaluate.run import Evaluation


def summary(evaluation: Evaluation) -> str:
    """The answer in one sentence, the chief figures, each class, the commonest confusions, and what to mind."""
    result = evaluation.result
    scores = result.scores
    lines = [
        headline(result, evaluation.name),
        "",
        f"balanced accuracy  {percent(scores['balanced_accuracy'].value)} ({between(scores['balanced_accuracy'])})",
        f"macro F1           {percent(scores['macro_f1'].value)} ({between(scores['macro_f1'])})",
        f"Cohen's kappa      {number(scores['cohen_kappa'].value)}",
        f"calibration error  {number(result.calibration.ece)}",
        "",
    ]
    wide = max(len(one.name) for one in result.per_class)
    lines += [
        f"{one.name:{wide}}  {one.faces:6,} faces  recall {percent(one.recall.value):>8}  precision "
        f"{percent(one.precision.value):>8}"
        for one in result.per_class
    ]
    pairs = [f"{one.actual} as {one.predicted} {one.n:,}" for one in result.confusions[:5]]
    lines += ["", f"most confused: {', '.join(pairs) or 'none'}", *(f"mind: {remark}" for remark in result.remarks)]
    lines += [*(f"network: {note}" for note in evaluation.protocol["model"]["notes"]), ""]
    return "\n".join(lines)
