"""Nothing is fetched twice, nothing is lost: after kills, Ctrl-C, failures, and changes of the list."""

from __future__ import annotations

import _thread
import collections
import json
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from curate.fetch import step
from curate.fetch.cache import key_of
from curate.ingest import ingest
from schemas.errors import MissingPartError, StorageError
from schemas.settings import EngineSettings, IngestSettings
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Site

CONNECTIONS = 6
PATHS = [f"wait/0.05/{number}" for number in range(100)] + ["status/404", "page", "typed/200"]


def test_kill(tmp_path: Path, site: Site, quick: Callable[..., Any]) -> None:
    """Killed and run again it has all pictures, and asked for none that was on the disk already."""
    urls = write(tmp_path / "urls.csv", site)
    flags = [
        "--allow-private-network",
        "--host-delay",
        "0",
        "--host-connections",
        str(CONNECTIONS),
        "--shard-size",
        "16",
    ]
    command = [sys.executable, "-m", "curate", "ingest", urls, "-w", tmp_path / "ws", *flags]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert heard(site, 50)
        process.kill()
    finished, asked = done(tmp_path / "ws", site), collections.Counter(site.requests())
    assert 0 < len(finished) < len(PATHS)
    workspace = Workspace.open(tmp_path / "ws")
    ingest(workspace, [urls], IngestSettings(), EngineSettings(workers=2, shard_size=16), quick())
    check_complete(workspace, site, finished, asked)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests run in the background of a shell that has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupt(workspace: Workspace, site: Site, quick: Callable[..., Any]) -> None:
    """Ctrl-C leaves no half download and no thread; the next run goes on."""
    urls = write(workspace.path.parent / "urls.csv", site)
    engine = EngineSettings(workers=2, shard_size=16)
    interrupter = threading.Thread(target=lambda: heard(site, 30) and _thread.interrupt_main())
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        ingest(workspace, [urls], IngestSettings(), engine, quick(host_connections=CONNECTIONS))
    interrupter.join()
    assert "fetch" not in {thread.name for thread in threading.enumerate()}
    assert list(workspace.path.rglob("*.part")) == []
    finished, asked = done(workspace.path, site), collections.Counter(site.requests())
    assert 0 < len(finished) < len(PATHS)
    ingest(workspace, [urls], IngestSettings(), engine, quick())
    check_complete(workspace, site, finished, asked)


def write(path: Path, site: Site) -> Path:
    """Writes a list of all paths."""
    path.write_text("url\n" + "".join(f"{site.url(one)}\n" for one in PATHS))
    return path


def heard(site: Site, requests: int) -> bool:
    """Waits until the server has had so many requests, at most a minute."""
    for _ in range(6_000):
        if len(site.rows()) >= requests:
            return True
        time.sleep(0.01)
    return False


def check_complete(workspace: Workspace, site: Site, finished: set[str], asked: collections.Counter[str]) -> None:
    """After the second run all is there, and only what had been under way at the blow was asked for again."""
    counts = collections.Counter(site.requests())
    again = {path for path in PATHS if counts[path] > 1}
    assert not again & finished
    assert again <= {path for path in PATHS if asked[path]}
    assert len(again) <= CONNECTIONS
    taken, rejected = (set(workspace.read(table)["source"]) for table in ("sources", "rejected"))
    assert rejected == {f"urls.csv/{site.url(path)}" for path in ("status/404", "page")}
    assert taken | rejected == {f"urls.csv/{site.url(path)}" for path in PATHS}
    assert workspace.rows("images") == 101


def done(workspace: Path, site: Site) -> set[str]:
    """The paths whose download is on the disk, finished or in a finished shard."""
    staged = set(Workspace.open(workspace).read_staged("seen", ["source"])["source"].to_pylist())
    files = [path for path in (workspace / "cache" / "fetch").rglob("*") if path.is_file() and path.suffix != ".part"]
    cached = {path.name.partition(".")[0] for path in files}
    return {path for path in PATHS if key_of(site.url(path)) in cached or f"urls.csv/{site.url(path)}" in staged}


def test_failures_alone_are_tried_again(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """A second run asks for nothing; with --retry-failed it asks for what failed, and that is in `rejected` no more."""
    urls = [site.url(path) for path in ("pictures/1", "flaky/404/1/2", "status/410")]
    assert list(take(workspace, urls, quick()).values()).count("refused-by-server") == 2
    asked = site.requests()
    take(workspace, urls, quick())
    assert site.requests() == asked
    reasons = take(workspace, urls, quick(retry_failed=True))
    assert sorted(site.requests()[len(asked) :]) == ["flaky/404/1/2", "robots.txt", "status/410"]
    assert [reasons[url] for url in urls] == ["", "", "refused-by-server"]
    assert workspace.rows("rejected") == 1


def test_url_twice_in_a_list_is_fetched_once(
    tmp_path: Path, workspace: Workspace, site: Site, quick: Callable[..., Any]
) -> None:
    """Both rows are kept, since what is declared of them differs."""
    url = site.url("pictures/1")
    (tmp_path / "a.csv").write_text(f"url,label\n{url},fear\n")
    (tmp_path / "b.csv").write_text(f"url,label\n{url},anger\n")
    counts = ingest(
        workspace, [tmp_path / "a.csv", tmp_path / "b.csv"], IngestSettings(), EngineSettings(workers=1), quick()
    )
    assert (counts["images"], counts["byte_copies"]) == (1, 1)
    assert workspace.read("sources")["label"].tolist() == ["fear", "anger"]
    assert site.requests().count("pictures/1") == 1


def test_other_metadata_fetch_nothing(
    tmp_path: Path, workspace: Workspace, site: Site, quick: Callable[..., Any]
) -> None:
    """A label that is corrected in the list, or another list, finds the picture in the workspace."""
    for label in ("fear", "anger"):
        (tmp_path / "a.csv").write_text(f"url,label\n{site.url('pictures/1')},{label}\n")
        ingest(workspace, [tmp_path / "a.csv"], IngestSettings(), EngineSettings(workers=1), quick())
    assert workspace.read("sources")["label"].tolist() == ["anger"]
    assert site.requests().count("pictures/1") == 1


def test_window_is_bounded(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of many times what may be under way is taken in turn, and no picture is lost."""
    monkeypatch.setattr(step, "_WINDOW", 3)
    urls = [site.url(f"pictures/{number}") for number in range(30)]
    assert take(workspace, urls, quick()) == dict.fromkeys(urls, "")


def test_order_and_connections_change_nothing(tmp_path: Path, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """The tables are the same bytes however the downloads came in."""
    urls = [site.url(path) for path in (*(f"wait/0.0{number % 7}/{number}" for number in range(20)), "status/404")]
    digests = []
    for name, order, connections in (("one", urls, 1), ("two", urls[::-1], 12)):
        (tmp_path / name).mkdir()
        workspace = Workspace.open(tmp_path / name / "ws", create=True)
        take(workspace, order, quick(host_connections=connections))
        digests.append([workspace.digest(table) for table in ("images", "sources", "rejected")])
    assert digests[0] == digests[1]


def test_full_disk_stops_the_run(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """A download that cannot be written ends the run with the disk's own word, not with a row."""
    folder = workspace.path / "cache" / "fetch"
    folder.parent.mkdir()
    folder.write_text("in the way")
    with pytest.raises(StorageError):
        take(workspace, [site.url("pictures/1")], quick())


def test_package_is_needed_for_urls_alone(
    tmp_path: Path, workspace: Workspace, photo: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra `web` folders are ingested as ever, and a list of URLs says what to install."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for name in ("background", "downloads", "connect", "request"):
        monkeypatch.delitem(sys.modules, f"curate.fetch.{name}", raising=False)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.png").write_bytes(photo(1))
    (tmp_path / "list.csv").write_text("url\nhttp://127.0.0.1:1/a.png\n")
    ingest(workspace, [tmp_path / "raw"], IngestSettings(), EngineSettings(workers=1))
    with pytest.raises(MissingPartError) as caught:
        ingest(workspace, [tmp_path / "list.csv"], IngestSettings(), EngineSettings(workers=1))
    assert "mien[web]" in caught.value.fix
    assert not (workspace.path / "cache" / "fetch").exists()


def test_data_url_is_a_short_row(tmp_path: Path, workspace: Workspace) -> None:
    """A picture spelt out in the list is no address; its row does not repeat all of it."""
    rows = [f"data:image/png;base64,{letter * 100_000}" for letter in "AB"]
    (tmp_path / "list.jsonl").write_text("".join(json.dumps({"url": row}) + "\n" for row in rows))
    ingest(workspace, [tmp_path / "list.jsonl"], IngestSettings(), EngineSettings(workers=1))
    table = workspace.read("rejected")
    assert table["reason"].tolist() == ["invalid-url"] * 2
    assert table["source"].str.len().max() < 300


def test_list_of_paths_and_urls(
    tmp_path: Path, workspace: Workspace, photo: Callable[..., bytes], site: Site, quick: Callable[..., Any]
) -> None:
    """A path goes before a URL, which is where it was found then; a row without a path is fetched."""
    (tmp_path / "a.png").write_bytes(photo(1))
    rows = [("a.png", "https://someone:SECRET@example.org/a"), ("", site.url("pictures/5")), ("", "")]
    (tmp_path / "list.csv").write_text("path,url,label\n" + "".join(f"{path},{url},fear\n" for path, url in rows))
    ingest(workspace, [tmp_path / "list.csv"], IngestSettings(), EngineSettings(workers=1), quick())
    table = workspace.read("sources").set_index("source")
    assert table.loc["list.csv/a.png", "source_page"] == "https://example.org/a"
    assert table["url"].isna()["list.csv/a.png"]
    assert table.loc[f"list.csv/{site.url('pictures/5')}", "url"] == site.url("pictures/5")
    assert table["label"].tolist() == ["fear", "fear"]
    assert workspace.read("rejected")["reason"].tolist() == ["missing-file"]
    assert site.requests() == ["robots.txt", "pictures/5"]
