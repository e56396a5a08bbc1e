"""Fetches 5,000 pictures from a server on this machine, and holds the rate against a plain client's.

    uv run python benchmarks/fetch.py [--urls 5000] [--latency 0.1]

The server is the misbehaving one of the tests, in a process of its own, at eight loopback addresses that count as
eight hosts. Of the URLs 5 % misbehave. Three figures come from the same server in the same run, pictures a second:
a plain client that asks for the well-behaved ones and throws them away (nothing checked, nothing kept), our fetching
alone, and the whole of `curate ingest` with measuring. Memory is the peak of a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SERVER = ROOT / "tests" / "curate" / "fetch" / "server.py"
HOSTS = [f"127.0.0.{number}" for number in range(1, 9)]
CONNECTIONS = 32
BAD = (
    *("status/404", "status/410", "status/500", "flaky/500/1/{}", "page", "cut/{}", "reset", "garbage", "huge"),
    *("private/{}", "noai/{}", "loop", "brotli/{}", "packed/{}"),
)
RARE = ("bomb", "busy/1/1/{}", "endless/{}", "headers-slow", "silent", "slow")
"""What costs seconds or megabytes each: each once in a thousand URLs."""
FLAGS = [
    *("--allow-private-network", "--host-delay", "0", "--host-connections", str(2 * CONNECTIONS // len(HOSTS))),
    *("--fetch-connections", str(CONNECTIONS), "--fetch-backoff", "0.05", "--fetch-timeout", "3"),
    *("--silence-timeout", "1", "--fetch-retries", "2", "--max-file-mb", "2"),
]
"""Short waits, so that the pictures that never come end before the others are through."""


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--urls", type=int, default=5_000)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds the server takes for a picture")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started(Path(folder) / "server.log") as port:
        urls = addresses(options.urls, options.latency, port)
        good = [url for url, bad in urls if not bad]
        print(
            f"{len(urls):,} URLs, {len(urls) - len(good)} misbehave; the server takes {options.latency:g} s a picture"
        )
        plain = len(good) / plain_client(good)
        print(f"plain client               {plain:7.0f} a second", flush=True)
        report(Path(folder), [url for url, _ in urls], plain)


def report(folder: Path, urls: list[str], plain: float) -> None:
    """Run and print what is ours."""
    for name, mode in (("fetching alone", "fetch"), ("ingest, whole", "ingest")):
        for count in (len(urls) // 5, len(urls)):
            found = child(mode, folder, urls[:count])
            rate = count / found["seconds"]
            print(
                f"{name:16} {count:7,}  {rate:7.0f} a second, {rate / plain:4.0%} of the plain client; "
                f"{found['cpu']:5.1f} s of CPU; peak memory {found['peak'] / 2**20:.0f} MiB; {found['said']}",
                flush=True,
            )


@contextlib.contextmanager
def started(log: Path) -> Iterator[int]:
    """A running server; gives its port."""
    command = [sys.executable, str(SERVER), str(log), "", *HOSTS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            sys.exit("error: no server\nfix: look at tests/curate/fetch/server.py")
        yield int(process.stdout.readline())
        process.stdin.close()  # which ends it


def addresses(count: int, latency: float, port: int) -> list[tuple[str, bool]]:
    """The URLs and whether each misbehaves: one in twenty, spread by chance over the list and the hosts."""
    draw = random.Random(1)  # noqa: S311 - no secret
    urls = []
    for number in range(count):
        path = f"wait/{latency}/{number}" if latency else f"pictures/{number}"
        bad = number % 20 == 7
        if bad:
            place = number // 20 % 50
            path = (RARE[place] if place < len(RARE) else draw.choice(BAD)).format(number)
        urls.append((f"http://{HOSTS[(number + number // 20) % len(HOSTS)]}:{port}/{path}?{number}", bad))
    return urls


def plain_client(urls: list[str]) -> float:
    """Seconds that a client takes which does nothing but ask, over as many connections."""
    import aiohttp

    async def ask() -> None:
        waiting = iter(urls)

        async def work(session: aiohttp.ClientSession) -> None:
            for url in waiting:
                async with session.get(url) as answer:
                    await answer.read()

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
            await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))

    start = time.perf_counter()
    asyncio.run(ask())
    return time.perf_counter() - start


def child(mode: str, folder: Path, urls: list[str]) -> dict[str, float]:
    """Runs one of our modes in a process of its own."""
    place = Path(tempfile.mkdtemp(dir=folder))
    (place / "urls.csv").write_text("url\n" + "".join(f"{url}\n" for url in urls))
    command = [sys.executable, __file__, mode, str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=1_800)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(mode: str, place: Path) -> None:
    """What the child does; prints its figures as JSON."""
    sys.path.insert(0, str(ROOT))
    from curate.cli import app
    from curate.fetch.step import fetch
    from curate.inputs import find
    from curate.measure import as_frame
    from schemas.settings import FetchSettings, IngestSettings, make
    from workspace.engine import quiet_opencv
    from workspace.store import Workspace

    quiet_opencv()
    as_frame([])  # libraries are loaded before the clock starts
    workspace = Workspace.open(place / "ws", create=True)
    before, start = cpu(), time.perf_counter()
    if mode == "fetch":
        values = dict(zip(FLAGS[1::2], FLAGS[2::2], strict=True))
        fields = {name[2:].replace("-", "_"): json.loads(value) for name, value in values.items() if "file" not in name}
        settings = make(FetchSettings, {**fields, "allow_private_network": True})
        files = find([place / "urls.csv"], IngestSettings(), workspace.path)
        ready = [found.problem is None for found in fetch(files, workspace, settings, 2 * 2**20)]
        said = f"{sum(ready):,} pictures, {len(ready) - sum(ready):,} failed"
    else:
        app(["ingest", str(place / "urls.csv"), "-w", str(place / "ws"), *FLAGS], standalone_mode=False)
        said = f"{workspace.rows('images'):,} images, {workspace.rows('rejected'):,} rejected"
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu() - before, "peak": peak, "said": said}))


def cpu() -> float:
    """Seconds of CPU this process has used."""
    times = resource.getrusage(resource.RUSAGE_SELF)
    return times.ru_utime + times.ru_stime


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in {"fetch", "ingest"}:
        measured(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
