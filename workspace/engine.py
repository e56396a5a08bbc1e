"""A function over shards: in threads, in processes, or on a Dask cluster.

The three give the same results; shards finish in any order, so whoever collects them must not care.
Only a few shards are under way at once, so memory does not grow with their number.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.errors import MissingPartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from schemas.settings import EngineSettings

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def run_shards(
    function: Callable[[Shard], Result], shards: Iterable[Shard], settings: EngineSettings
) -> Iterator[Result]:
    """Applies a function to every shard and yields the results as they are done.

    Args:
        function: A function of one shard; a module's own function (or a `functools.partial` of one) where
            the engine is not `threads`, since it travels to other processes.
        shards: Taken one by one, never all at once.
        settings: Which engine, and how many workers.

    Raises:
        MissingPartError: The engine is `dask` and Dask is not installed.
    """
    workers = settings.workers or available_cores()
    if settings.engine == "dask":
        yield from _on_dask(function, shards, workers, settings.scheduler)
        return
    executor: concurrent.futures.Executor
    if settings.engine == "threads":
        executor = concurrent.futures.ThreadPoolExecutor(workers, initializer=quiet_opencv)
    else:
        # A forked child would inherit the locks that our threads hold.
        context = multiprocessing.get_context("spawn")
        executor = concurrent.futures.ProcessPoolExecutor(workers, mp_context=context, initializer=quiet_opencv)
    try:
        yield from _windowed(executor.submit, function, shards, 2 * workers)
    except BaseException:
        # Shards under way end before the error goes on: whoever catches it may give up the workspace's lock.
        executor.shutdown(cancel_futures=True)
        raise
    executor.shutdown()


def available_cores() -> int:
    """Cores this process may use; fewer than the machine has inside a container or under taskset."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quiet_opencv() -> None:
    """One OpenCV thread per worker (the shards are the parallelism), and none of its remarks on stderr."""
    import cv2

    cv2.setNumThreads(1)
    cv2.setLogLevel(0)


def _windowed(
    submit: Callable[..., Any], function: Callable[[Shard], Result], shards: Iterable[Shard], most: int
) -> Iterator[Result]:
    waiting: set[concurrent.futures.Future[Result]] = set()
    for shard in shards:
        waiting.add(submit(function, shard))
        if len(waiting) >= most:
            done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            yield from (future.result() for future in done)
    for future in concurrent.futures.as_completed(waiting):
        yield future.result()


def _on_dask(
    function: Callable[[Shard], Result], shards: Iterable[Shard], workers: int, scheduler: str
) -> Iterator[Result]:
    try:
        import distributed
    except ImportError:
        raise MissingPartError(
            "the engine `dask` needs Dask, which is not installed", "pip install 'mien[cluster]', or --engine processes"
        ) from None
    address: dict[str, Any] = {"address": scheduler} if scheduler else {"n_workers": workers, "threads_per_worker": 1}
    with distributed.Client(**address, dashboard_address=None, set_as_default=False) as client:
        client.run(quiet_opencv)
        done = distributed.as_completed(loop=client.loop)
        for shard in shards:
            # The same shard may be run twice on purpose, after a kill: never take a remembered result.
            done.add(client.submit(function, shard, pure=False))
            if done.count() >= 2 * workers:
                yield next(done).result()
        for future in done:
            yield future.result()
