"""Threads, processes and a Dask cluster do the same work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from schemas.settings import EngineSettings
from workspace.engine import run_shards

if TYPE_CHECKING:
    from collections.abc import Iterator


def square(number: int) -> tuple[int, int]:
    """A shard's work: its square, and who did it."""
    if number < 0:
        message = "negative"
        raise ValueError(message)
    return number * number, os.getpid()


@pytest.mark.parametrize("engine", ["threads", "processes", pytest.param("dask", marks=pytest.mark.cluster)])
@pytest.mark.filterwarnings("default")  # Dask's own, on its way down
def test_every_shard_is_done_once(engine: str) -> None:
    """All results arrive, whatever the order; processes and cluster work outside this process."""
    results = list(run_shards(square, iter(range(20)), EngineSettings(workers=2, engine=engine)))
    assert sorted(value for value, _ in results) == [number**2 for number in range(20)]
    assert (os.getpid() in {worker for _, worker in results}) == (engine == "threads")


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_error_in_a_shard_comes_out(engine: str) -> None:
    """An error is raised where the results are read, and the rest is given up."""
    with pytest.raises(ValueError, match="negative"):
        list(run_shards(square, iter([1, -1, 2]), EngineSettings(workers=2, engine=engine)))


def test_shards_are_taken_only_as_they_are_needed() -> None:
    """Memory stays flat: with two workers no more than four shards are waiting."""
    taken = 0

    def shards() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    next(run_shards(square, shards(), EngineSettings(workers=2)))
    assert taken <= 4
