"""Pairs of pictures that show one moment: copies of any size, cut-outs, mirror images, shots of one burst.

Candidates are near by perceptual hash, the one's own or that of a cut-out of it; each pair is laid over each
other and compared by its pixels, the same way round whichever is asked about first. A pair counts from a correlation
of `SAME` on, lower than where `dedupe` takes a picture out: two shots of a burst are no copies, but a picture of whose
burst another was trained on tells nothing about what a network has learnt. `docs/split.md` has what was looked at.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from curate.dedupe.neighbours import join
from curate.dedupe.variants import VARIANTS, backwards, mirrored, variant_hashes
from curate.dedupe.verify import IDENTITY, SIDE, compare, gradients, pyramid
from workspace.console import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

RADIUS = 10
"""Bits in which the hashes of two copies, or of a cut-out of one and the other, differ at most; as for `dedupe`."""
SAME = 0.97
"""Least correlation of two pictures of one moment. Of some 200 pairs of FER-2013 above it that were looked at, all were
copies; below 0.95 other shots and look-alikes begin (docs/split.md)."""

_BACK = backwards(VARIANTS)
_CUTS = len(VARIANTS)


@dataclass(frozen=True, eq=False)
class Prints:
    """All that pictures are compared by.

    Attributes:
        hashes: uint64 `[N]`, perceptual hashes.
        mirrored: uint64 `[N]`, of the mirror images.
        cuts: uint64 `[N, C]`, of cut-outs, in the order of `curate.dedupe.variants.VARIANTS`.
        cuts_mirrored: uint64 `[N, C]`, of those of the mirror images.
        thumbnails: uint8 `[N, 4096]`.
    """

    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    cuts: NDArray[np.uint64]
    cuts_mirrored: NDArray[np.uint64]
    thumbnails: NDArray[np.uint8]

    def thumbnail(self, picture: int) -> NDArray[np.uint8]:
        """The thumbnail of a picture, uint8 `[64, 64]`."""
        return np.array(self.thumbnails[picture]).reshape(SIDE, SIDE)


class Printing:
    """Collects prints. Thumbnails go to a nameless file, which is mapped: their memory is the system's to take back."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed on leaving
        self._columns: list[list[NDArray[np.uint64]]] = [[], [], [], []]

    def __enter__(self) -> Self:
        """Opens nothing; the file is there."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the file, and so removes it."""
        self._file.close()

    def add(self, images: pd.DataFrame) -> None:
        """Takes the columns `phash`, `phash_mirrored` and `thumbnail` of some pictures of the table `images`."""
        data = b"".join(images["thumbnail"])
        thumbnails = np.frombuffer(data, np.uint8).reshape(-1, SIDE, SIDE)
        self._file.write(data)
        hashes = (images[name].to_numpy(np.uint64) for name in ("phash", "phash_mirrored"))
        cuts = (variant_hashes(side)[:, :_CUTS] for side in (thumbnails, thumbnails[:, :, ::-1]))
        for column, values in zip(self._columns, (*hashes, *cuts), strict=True):
            column.append(values)

    def prints(self) -> Prints:
        """All that was added, in that order; good after the file is closed too."""
        shapes = ((0,), (0,), (0, _CUTS), (0, _CUTS))
        columns = [
            np.concatenate([np.empty(shape, np.uint64), *values])
            for shape, values in zip(shapes, self._columns, strict=True)
        ]
        self._file.flush()
        empty = self._file.tell() == 0
        mapped = np.empty(0, np.uint8) if empty else np.memmap(self._file, np.uint8, "r")
        return Prints(columns[0], columns[1], columns[2], columns[3], mapped.reshape(-1, SIDE * SIDE))


def near_pairs(
    prints: Prints, some: NDArray[np.int64], others: NDArray[np.int64], *, flip: bool
) -> Iterator[tuple[int, int, float]]:
    """Every pair of a picture of `some` and one of `others` that show one moment.

    Args:
        prints: Of all pictures.
        some: Positions, int64 `[S]`.
        others: Positions, int64 `[O]`. A picture may be in both; a pair that is found both ways is given once.
        flip: Compare the ones with the mirror images of the others.

    Yields:
        Position in `some`'s sense, position in `others`' sense, and correlation, 0.97 to 1; by these positions.
    """
    one, other, warp = _candidates(prints, some, others, flip=flip)
    in_some = np.zeros(len(prints.hashes), bool)
    in_some[some] = True
    wanted = (one != other) & ~(in_some[other] & (other < one) & np.isin(one, others))
    one, other, warp = one[wanted], other[wanted], warp[wanted]
    order = np.lexsort((warp, other, one))
    one, other, warp = one[order], other[order], warp[order]
    starts = np.flatnonzero((np.diff(one, prepend=-1) != 0) | (np.diff(other, prepend=-1) != 0))
    spans = zip(starts, np.append(starts, len(one))[1:], strict=True)
    for start, end in progress(spans, text="compare", total=len(starts), unit="pairs"):
        pair = int(one[start]), int(other[start])
        correlation = _correlation(prints, pair, np.unique(warp[start:end]), flip=flip)
        if correlation >= SAME:
            yield *pair, correlation


def _candidates(
    prints: Prints, some: NDArray[np.int64], others: NDArray[np.int64], *, flip: bool
) -> tuple[NDArray[np.int64], ...]:
    """Pairs near by hash, as positions, each with the row of `_warps` by which the one lies over the other.

    Mirror images are looked for both ways, so that it plays no part which of the two is asked about.
    """
    cuts = np.arange(_CUTS)
    whole, turned = prints.hashes[:, None], prints.mirrored[:, None]
    theirs, their_cuts = (turned, prints.cuts_mirrored) if flip else (whole, prints.cuts)
    searches = [
        (whole, np.hstack([theirs, their_cuts]), np.append(0, 1 + cuts)),
        (prints.cuts, theirs, 1 + _CUTS + cuts),
    ]
    if flip:
        searches += [
            (turned, np.hstack([whole, prints.cuts]), np.append(0, 1 + 2 * _CUTS + cuts)),
            (prints.cuts_mirrored, whole, 1 + 3 * _CUTS + cuts),
        ]
    found: list[tuple[NDArray[np.int64], ...]] = []
    for own, other, warps in searches:
        pairs = join(own[some].ravel(), other[others].ravel(), RADIUS)
        (one, own_cut), (two, other_cut) = np.divmod(pairs.first, own.shape[1]), np.divmod(pairs.second, other.shape[1])
        found.append((some[one], others[two], warps[own_cut + other_cut]))  # one of the two has one hash, number 0
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))


_WARPS = np.concatenate([IDENTITY, VARIANTS, _BACK, mirrored(VARIANTS), mirrored(_BACK)])
"""From a place of the one picture to a place of the other, or of its mirror image, for each way a pair is found."""
_WARPS_BACK = np.concatenate([IDENTITY, _BACK, VARIANTS, mirrored(_BACK), mirrored(VARIANTS)])
"""The other way round."""


def _correlation(prints: Prints, pair: tuple[int, int], warps: NDArray[np.int64], *, flip: bool) -> float:
    """Lays the one over the other; which is which is told by the pixels, not by the order asked in."""
    first, second = (prints.thumbnail(picture) for picture in pair)
    starts = _WARPS[warps]
    if first.tobytes() > second.tobytes():
        first, second = second, first
        starts = mirrored(_WARPS_BACK[warps]) if flip else _WARPS_BACK[warps]
    if flip:
        second = np.ascontiguousarray(second[:, ::-1])
    template = pyramid(first)
    return float(compare((first, template, gradients(template)), second, starts, SAME)[0])
