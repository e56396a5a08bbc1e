"""All downloads of a run: many at once, few at a host, each host at its own pace."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curate.fetch.connect import session
from curate.fetch.failure import RequestError, pause
from curate.fetch.request import Client
from curate.fetch.robots import Rules, agent
from schemas.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from yarl import URL

    from curate.fetch.cache import Cache
    from schemas.settings import FetchSettings

_IDLE_HOSTS = 1_000
"""Hosts whose rules and pace are remembered after their last picture."""
_LONGEST_DELAY = 60.0
"""Most seconds between two requests that a robots.txt may ask for; some say days to mean never."""


@dataclass
class Job:
    """A picture to fetch.

    Attributes:
        key: From `cache.key_of`.
        url: Where it is asked for next; changes with redirects.
        attempt: How many requests for it have failed.
        hops: How many redirects it has followed.
    """

    key: str
    url: URL
    attempt: int = 0
    hops: int = 0


@dataclass
class _Host:
    delay: float
    ready_at: float = 0.0
    workers: int = 0
    pending: collections.deque[Job] = dataclasses.field(default_factory=collections.deque)
    rules: dict[URL, asyncio.Task[Rules]] = dataclasses.field(default_factory=dict)


class Downloads:
    """Fetches what it is given and says of each what became of it.

    Everything but `__init__` happens in one event loop.

    Args:
        settings: Limits and manners.
        limit: Most bytes of one picture.
        cache: Where finished downloads go.
        deliver: Called with a key, and the picture's file or why there is none.
        give_up: Called with what makes it impossible to go on, a full disk for example.
    """

    def __init__(
        self,
        settings: FetchSettings,
        limit: int,
        cache: Cache,
        deliver: Callable[[str, Path | ImageError], None],
        give_up: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._limit = limit
        self._cache = cache
        self._deliver = deliver
        self._give_up = give_up
        self._agent, self._token = agent(settings.user_agent)
        self._slots = asyncio.Semaphore(settings.fetch_connections)
        self._hosts: collections.OrderedDict[str, _Host] = collections.OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: Client

    async def run(self, stop: asyncio.Event) -> None:
        """Works until told to stop; what is under way then is given up."""
        # Names are looked up by the system, which blocks; those of dead hosts must not hold up the others.
        lookups = concurrent.futures.ThreadPoolExecutor(self._settings.fetch_connections, "lookup")
        asyncio.get_running_loop().set_default_executor(lookups)
        async with session(self._settings, self._agent) as opened:
            self._client = Client(opened, self._settings, self._limit, self._token)
            try:
                await stop.wait()
            finally:
                rules = [task for host in self._hosts.values() for task in host.rules.values()]
                for task in (*self._tasks, *rules):
                    task.cancel()
                await asyncio.gather(*self._tasks, *rules, return_exceptions=True)

    def add(self, job: Job) -> None:
        """Takes a picture on."""
        name = job.url.host or ""
        host = self._hosts.get(name)
        if host is None:
            self._forget_idle()
            host = self._hosts[name] = _Host(self._settings.host_delay)
        self._hosts.move_to_end(name)
        host.pending.append(job)
        if host.workers < self._settings.host_connections:
            host.workers += 1
            self._start(self._work(host))

    def _forget_idle(self) -> None:
        if len(self._hosts) < _IDLE_HOSTS:
            return
        now = asyncio.get_running_loop().time()
        for name, host in list(self._hosts.items())[:_IDLE_HOSTS]:
            if not host.workers and not host.pending and host.ready_at <= now:
                del self._hosts[name]
                return

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._give_up(error)

    async def _work(self, host: _Host) -> None:
        try:
            while host.pending:
                await self._process(host, host.pending.popleft())
        finally:
            host.workers -= 1

    async def _process(self, host: _Host, job: Job) -> None:
        try:
            if self._settings.respect_robots:
                rules = await self._rules(host, job.url.origin())
                if not rules.allow(str(job.url)):
                    raise ImageError("disallowed", "robots.txt does not allow it")  # noqa: TRY301
            async with self._turn(host):
                target = await self._client.picture(job.url, functools.partial(self._cache.writing, job.key))
        except ImageError as error:
            self._fail(job, error)
        except RequestError as error:
            self._again(host, job, error)
        else:
            if target is None:
                self._deliver(job.key, self._cache.path(job.key))
            elif job.hops >= self._settings.max_redirects:
                what = f"more than {self._settings.max_redirects} redirects, one after another"
                self._fail(job, ImageError("too-many-redirects", what))
            else:
                self.add(dataclasses.replace(job, url=target, hops=job.hops + 1))

    def _again(self, host: _Host, job: Job, failed: RequestError) -> None:
        """Puts a picture back for another attempt, or gives it up."""
        if not failed.again or job.attempt >= self._settings.fetch_retries:
            self._fail(job, failed.error)
            return
        if failed.wait is not None and failed.wait > self._settings.max_retry_after:
            what = f"{failed.error.what} and asks to wait longer than {self._settings.max_retry_after:g} s"
            self._fail(job, ImageError(failed.error.reason, what))
            return
        loop = asyncio.get_running_loop()
        wait = pause(self._settings.fetch_backoff, job.attempt, job.key)
        if failed.wait is not None:  # the whole host is left alone that long
            wait = failed.wait
            host.ready_at = max(host.ready_at, loop.time() + wait)
        loop.call_later(wait, self.add, dataclasses.replace(job, attempt=job.attempt + 1))

    def _fail(self, job: Job, error: ImageError) -> None:
        self._cache.fail(job.key, error)
        self._deliver(job.key, error)

    @contextlib.asynccontextmanager
    async def _turn(self, host: _Host) -> AsyncIterator[None]:
        """Waits until the host may be asked again and a connection is free."""
        loop = asyncio.get_running_loop()
        while True:  # ends: each round waits for a time that others can only move by making a request
            if host.ready_at > loop.time():
                await asyncio.sleep(host.ready_at - loop.time())
                continue
            await self._slots.acquire()
            if host.ready_at <= loop.time():
                break
            self._slots.release()
        host.ready_at = loop.time() + host.delay
        try:
            yield
        finally:
            self._slots.release()

    async def _rules(self, host: _Host, origin: URL) -> Rules:
        """A site's rules, asked for once however many pictures wait for them."""
        task = host.rules.get(origin)
        if task is None:
            task = host.rules[origin] = asyncio.get_running_loop().create_task(self._ask_rules(host, origin))
        return await asyncio.shield(task)

    async def _ask_rules(self, host: _Host, origin: URL) -> Rules:
        for attempt in range(self._settings.fetch_retries + 1):
            try:
                async with self._turn(host):
                    text = await self._client.robots_txt(origin)
                break
            except ImageError as error:
                raise ImageError(error.reason, f"robots.txt: {error.what}") from error
            except RequestError as failed:
                wait = pause(self._settings.fetch_backoff, attempt, "80") if failed.wait is None else failed.wait
                last = not failed.again or attempt == self._settings.fetch_retries
                if last or wait > self._settings.max_retry_after:
                    reason = failed.error.reason
                    kind = "disallowed" if reason in {"refused-by-server", "too-many-requests"} else reason
                    raise ImageError(kind, f"robots.txt: {failed.error.what}") from failed
                await asyncio.sleep(wait)
        rules = Rules(text, self._token)
        host.delay = max(host.delay, min(rules.delay, _LONGEST_DELAY))
        return rules
