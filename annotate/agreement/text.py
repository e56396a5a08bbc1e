"""The figures for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COEFFICIENTS = {
    "observed": ("observed agreement", "share of pairs of raters who say the same"),
    "fleiss": ("Fleiss' κ", "beyond chance; 0 is chance, 1 is perfect"),
    "alpha": ("Krippendorff's α", "beyond chance, corrected for few answers"),
    "alpha_distance": ("α with distance", "mixing up near expressions counts less"),
    "ac1": ("Gwet's AC1", "beyond chance; robust where one expression prevails"),
}
"""Name -> what it is called, and what it says."""
_SPLITS = 8
_PAIRS = 30


def text(result: Mapping[str, Any]) -> str:
    """The figures as lines.

    Args:
        result: As `annotate.agreement.step.agreement` gives it.
    """
    return "\n".join(_lines(result))


def with_interval(figure: Mapping[str, Any]) -> str:
    """A figure with its interval.

    >>> with_interval({"value": 0.61234, "low": 0.6, "high": 0.62}), with_interval({"value": None})
    ('0.612 (0.600 to 0.620)', 'not defined')
    """
    if figure["value"] is None:
        return "not defined"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    raters = sum(1 for rater in result["raters"] if rater["answers"])
    answers, faces, compared = (f"{result[name]:,}" for name in ("answers", "faces", "compared"))
    yield f"{answers} answers of {raters} raters to {faces} faces, {compared} with two or more"
    yield from (f"note: {remark}" for remark in result["remarks"])
    yield ""
    for name, (title, says) in COEFFICIENTS.items():
        yield f"{title:20} {with_interval(result['coefficients'][name]):26} {says}"
    if result["chance"] is not None:
        yield f"{'by chance':20} {result['chance']:<26.3f} pairs who would agree if answers were drawn at random"
    for entry in result["published"]:
        span = f"{entry['low']:.2f} to {entry['high']:.2f}" if entry["low"] != entry["high"] else f"{entry['low']:.2f}"
        yield f"{'elsewhere':20} {span:26} {entry['what']}"
    yield from _classes(result)
    yield from _splits(result)
    yield from _raters(result)


def _classes(result: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{'expression':12} {'answers':>9}  {'if one says so, others do':26} {'κ':26}"
    for entry in result["classes"]:
        yield (
            f"{entry['name']:12} {entry['answers']:>9,}  {with_interval(entry['agreement']):26} "
            f"{with_interval(entry['kappa'])}"
        )
    unusable = result["unusable"]
    if unusable["answers"]:
        yield (
            f"{'unusable':12} {unusable['answers']:>9,}  {unusable['faces_by_all']:,} faces by all, "
            f"{unusable['faces_by_some']:,} by some of their raters"
        )


def _splits(result: Mapping[str, Any]) -> Iterator[str]:
    split = [pair for pair in result["pairs"] if pair["split"]]
    if split:
        yield ""
        yield "where raters split (of the faces that somebody called the one or the other):"
    for pair in split[:_SPLITS]:
        chance = f", {pair['times_chance']:.2f} × chance" if pair["times_chance"] is not None else ""
        yield f"  {pair['first']} and {pair['second']}: {pair['split']:,} of {pair['either']:,}{chance}"


def _raters(result: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    head = ("rater", "answers", "skipped", "s each", "with others", "with self", "known label")
    yield "{:12} {:>8} {:>8} {:>7}  {:26} {:>12} {:>12}".format(*head)
    for rater in result["raters"]:
        pace = f"{rater['pace_s']:.1f}" if rater["pace_s"] is not None else "–"
        repeated, gold = rater["repeats"], rater["gold"]
        again, known = f"{repeated['same']}/{repeated['faces']}", f"{gold['right']}/{gold['faces']}"
        yield (
            f"{rater['rater']:12} {rater['answers']:>8,} {rater['skipped']:>8,} {pace:>7}  "
            f"{with_interval(rater['agreement']):26} {again:>12} {known:>12}"
        )
    if result["rater_pairs"]:
        yield ""
        yield "raters two by two, Cohen's κ:"
    for pair in result["rater_pairs"][:_PAIRS]:
        yield f"  {pair['first']} and {pair['second']}, {pair['faces']:,} faces: {with_interval(pair['kappa'])}"
    if len(result["rater_pairs"]) > _PAIRS:
        yield f"  and {len(result['rater_pairs']) - _PAIRS:,} more; --json has all"
