"""Finds the files that an ingest is asked to take: in folders, in archives, in lists of paths or URLs.

Nothing here looks into a picture. Archives and lists are a stranger's: names are checked, sizes are
counted while unpacking, and no member is ever written under its own name.
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import os
import stat
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from curate.fetch.addresses import clean, without_secrets
from schemas.errors import ImageError, InputError
from workspace.archives import BROKEN_ZIP
from workspace.video.reading import is_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from schemas.settings import IngestSettings

    Encoder = Callable[[bytes], bytes]

ZIP_SUFFIXES = (".zip", ".cbz")
TAR_SUFFIXES = (".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
LIST_SUFFIXES = (".csv", ".jsonl", ".ndjson", ".parquet")

_BOMB_RATIO = 200
"""Unpacked over packed size from which a member is a bomb: photographs hardly compress at all, a flat BMP
some 100 times, and deflate's own limit is 1,032."""
_BOMB_BYTES = 10 * 2**20
_BROKEN = (*BROKEN_ZIP, tarfile.TarError)
"""What the archive readers raise on damaged or unknown contents."""

_LONGEST_NAME = 200
"""Letters of what is no URL that stand in `rejected`."""

_ALIASES = {
    "path": ("path", "file", "filename", "file_name", "filepath", "image", "image_path"),
    "label": ("label", "emotion", "expression", "class"),
    "identity": ("identity", "person", "subject"),
    "licence": ("licence", "license"),
    "author": ("author", "creator", "photographer"),
    "url": ("url", "image_url", "picture_url", "img_url"),
    "source_page": ("source_page", "page", "page_url", "source_url"),
    "collected_at": ("collected_at", "collected", "date"),
    "search_term": ("search_term", "query", "keyword"),
}
"""Column of `sources` (or `path`) -> the names that a list may use for it, best first."""


@dataclass(frozen=True)
class Found:
    """One file that ends as an image, a byte-copy or a rejected row.

    Attributes:
        source: Its name in the workspace: a path beginning with the name of the folder, archive or list.
        path: The file, or the archive it lies in.
        member: Its name inside the archive; empty for a plain file.
        data: Its bytes, when it comes out of an archive.
        problem: Why it cannot be opened, when that is known already.
        bytes: Its size, or -1.
        modified_ns: Modification time of `path` in nanoseconds, or 0.
        declared: Columns of `sources` that a list declares for it.
        url: Where it is to be fetched from; then `path` is the list until it has been.
        encode: Turns `data`, when that is a row of numbers, into the bytes of a picture file. Called by the worker.
    """

    source: str
    path: Path
    member: str = ""
    data: bytes | None = None
    problem: ImageError | None = None
    bytes: int = -1
    modified_ns: int = 0
    declared: dict[str, Any] = dataclasses.field(default_factory=dict)
    url: str = ""
    encode: Encoder | None = None

    def fingerprint(self) -> str:
        """32 hexadecimal digits that change when the file, its name or what is declared about it changes."""
        parts = [str(self.path), self.member, self.source, self.bytes, self.modified_ns, self.declared]
        if self.url:  # wherever its list lies, and wherever it was downloaded to
            parts = [self.url, self.source, self.declared]
        return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def check_roots(roots: Iterable[Path]) -> None:
    """Checks that everything asked for is there and can be opened.

    Raises:
        InputError: A root is missing, empty, may not be read, or is neither folder, video, archive nor list; or a
            FER-2013 file has wrong labels or usages.
    """
    from curate import fer2013
    from workspace.fer2013 import is_file as is_fer2013

    for root in roots:
        if not root.exists():
            raise InputError(f"there is no {root}", "check the path")
        if not os.access(root, os.R_OK | (os.X_OK if root.is_dir() else 0)):
            raise InputError(f"{root} may not be read", f"ask its owner, or `chmod u+r {root}`")
        if root.is_dir() and next(_walk(root, "", skip=root), None) is None:
            raise InputError(f"there is no file in {root}", "give a folder that holds pictures")
        if root.is_dir() or is_archive(root) or is_video(root):
            continue
        if is_fer2013(root):
            fer2013.census(root)
        elif not _is_list(root):
            raise InputError(
                f"{root} is neither a folder, a video, a zip or tar archive, nor a list of paths",
                "give a folder, video, archive, a CSV, JSONL or Parquet list with a column `path`, or FER-2013 itself",
            )


def find(roots: Iterable[Path], settings: IngestSettings, skip: Path) -> Iterator[Found]:
    """Yields every file below the roots, folders in order of their names.

    Args:
        roots: Folders, archives and lists.
        settings: Limits on what an archive may unpack to.
        skip: The workspace's own folder, which may lie inside a root.
    """
    from curate import fer2013
    from workspace.fer2013 import is_file as is_fer2013

    for root in roots:
        root = root.absolute()  # noqa: PLW2901 - the same root, spelt in full
        if root.is_dir():
            name = root.resolve().name or "root"
            usages = fer2013.folder_usages(root)
            for found in _walk(root, name, skip.resolve()):
                if found.problem is None and is_archive(found.path):
                    yield from _unpack(found, settings)
                elif usages is not None:
                    declared = fer2013.folder_declares(found.source, usages)
                    yield dataclasses.replace(found, declared=declared)
                else:
                    yield found
        elif is_fer2013(root):
            yield from fer2013.find(root)
        elif is_archive(root):
            yield from _unpack(_plain(root, root.name), settings)
        elif is_video(root):
            yield _plain(root, root.name)
        else:
            yield from _listed(root)


def count(roots: Iterable[Path], skip: Path) -> int | None:
    """How many files `find` will yield, or None where an archive must be unpacked, a video or a list read to know."""
    total = 0
    for root in roots:
        if not root.is_dir():
            return None
        for found in _walk(root.absolute(), "", skip.resolve()):
            if is_archive(found.path) or is_video(found.path):
                return None
            total += 1
    return total


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive we unpack."""
    return path.name.lower().endswith(ZIP_SUFFIXES + TAR_SUFFIXES)


def _is_list(path: Path) -> bool:
    return path.name.lower().endswith(LIST_SUFFIXES)


# Folders


def _walk(folder: Path, name: str, skip: Path) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield Found(name, folder, problem=ImageError("unreadable", f"folder cannot be opened: {error.strerror}"))
        return
    for entry in ordered:
        source = f"{name}/{as_text(entry.name)}"
        path = Path(entry.path)
        # A linked folder may lead round in a circle, or out of what was asked for.
        if entry.is_dir(follow_symlinks=False):
            if path != skip and path.resolve() != skip:
                yield from _walk(path, source, skip)
        elif entry.is_symlink() and path.is_dir():
            yield Found(source, path, problem=ImageError("linked-folder", f"a link to {path.readlink()}"))
        else:
            yield _plain(path, source)


def _plain(path: Path, source: str) -> Found:
    try:
        status = path.stat()
    except OSError as error:
        return Found(source, path, problem=ImageError("unreadable", error.strerror or str(error)))
    if not stat.S_ISREG(status.st_mode):
        return Found(source, path, problem=ImageError("not-an-image", "a pipe, socket or device, not a file"))
    return Found(source, path, bytes=status.st_size, modified_ns=status.st_mtime_ns)


def as_text(name: str) -> str:
    """A file name as text that UTF-8 can hold; bytes that are no UTF-8 are spelt out in hexadecimal."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


# Archives


def _unpack(archive: Found, settings: IngestSettings) -> Iterator[Found]:
    """Yields the files inside an archive, and a problem for the archive itself where it cannot be read on."""
    try:
        yield from _unpacked(archive, settings)
    except ImageError as error:
        yield dataclasses.replace(archive, problem=error)
    except _BROKEN as error:
        yield dataclasses.replace(archive, problem=ImageError("damaged-archive", str(error) or type(error).__name__))


def _unpacked(archive: Found, settings: IngestSettings) -> Iterator[Found]:
    members = _zip_members if archive.path.name.lower().endswith(ZIP_SUFFIXES) else _tar_members
    times: collections.Counter[str] = collections.Counter()
    total = 0
    for index, (name, packed, size, unusable, stream) in enumerate(members(archive.path)):
        if index >= settings.max_archive_files:
            raise ImageError("archive-limit", f"more than {settings.max_archive_files:,} entries")
        times[name] += 1
        member = as_text(name if times[name] == 1 else f"{name}#{times[name]}")
        data, problem = None, unusable
        if problem is None and _is_bomb(packed, size):
            problem = ImageError("archive-limit", f"{packed:,} bytes unpack to {size:,}")
        if problem is None and stream is not None:
            data, problem = _read_member(stream, settings.max_file_mb * 2**20)
            total += len(data or b"")
        if total > settings.max_archive_gb * 2**30:
            raise ImageError("archive-limit", f"it unpacks to more than {settings.max_archive_gb} GiB")
        yield dataclasses.replace(
            archive,
            source=f"{archive.source}/{member}",
            member=member,
            data=data,
            problem=problem,
            bytes=size if data is None else len(data),
        )


def _is_bomb(packed: int, size: int) -> bool:
    return size > _BOMB_BYTES and size > _BOMB_RATIO * max(packed, 1)


_Member = tuple[str, int, int, ImageError | None, IO[bytes] | None]


def _zip_members(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            problem = _unsafe(info.filename) or _nested(info.filename)
            if info.flag_bits & 0x1:
                problem = ImageError("encrypted", "the entry is encrypted")
            if problem:
                yield info.filename, info.compress_size, info.file_size, problem, None
                continue
            with archive.open(info) as stream:
                yield info.filename, info.compress_size, info.file_size, None, stream


def _tar_members(path: Path) -> Iterator[_Member]:
    packed = path.stat().st_size
    with tarfile.open(path) as archive:
        for info in archive:
            if info.isdir():
                continue
            problem = _unsafe(info.name) or _nested(info.name)
            if not info.isfile():
                problem = problem or ImageError("unsafe-path", "a link or device inside an archive is not followed")
            elif _is_bomb(packed, info.size):
                # A tar can only be read on by unpacking what it claims to hold.
                raise ImageError("archive-limit", f"{packed:,} bytes unpack to {info.size:,} and more")
            yield info.name, packed, info.size, problem, None if problem else archive.extractfile(info)


def _read_member(stream: IO[bytes], limit: int) -> tuple[bytes | None, ImageError | None]:
    try:
        data = stream.read(limit + 1)
    except _BROKEN as error:
        return None, ImageError("damaged", f"cannot be unpacked: {error}")
    if len(data) > limit:
        return None, ImageError("too-large-file", f"more than {limit // 2**20} MiB")
    return data, None


def _unsafe(name: str) -> ImageError | None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or name[1:2] == ":" or "\0" in name:
        return ImageError("unsafe-path", "its name points outside the archive")
    return None


def _nested(name: str) -> ImageError | None:
    return ImageError("nested-archive", "an archive inside an archive") if is_archive(Path(name)) else None


# Lists


def _listed(path: Path) -> Iterator[Found]:
    rows = _rows(path)
    named = {column.strip().lower(): column for column in rows.columns}
    columns = {
        ours: named[alias] for ours, aliases in _ALIASES.items() for alias in reversed(aliases) if alias in named
    }
    if not {"path", "url"} & columns.keys():
        raise InputError(
            f"{path} has no column `path`; it has {', '.join(map(str, rows.columns)) or 'none'}",
            "name the column with the pictures' paths `path`, or the one with their addresses `url`",
        )
    for number, row in _numbered(rows):
        given = {
            str(key): str(value).strip() for key, value in row.items() if value is not None and str(value) != "nan"
        }
        declared = {ours: given.pop(theirs) for ours, theirs in columns.items() if given.get(theirs)}
        where = declared.pop("path", "")
        url = declared.pop("url", "")
        extra = {key: value for key, value in given.items() if value and key not in columns.values()}
        if extra:
            declared["extra"] = json.dumps(extra, sort_keys=True, ensure_ascii=False)
        if url and not where:
            yield _at_url(path, url, declared)
            continue
        if url:  # the file is there already; where it came from is known too
            declared.setdefault("source_page", without_secrets(url))
        source = f"{path.name}/{where or f'row {number}'}"
        file = path.parent / where
        if not where or "\0" in where or not file.exists():
            problem = ImageError("missing-file", f"row {number} of {path.name} names {where or 'no path'!r}")
            yield Found(source, path, member=f"row {number}", problem=problem, declared=declared)
        else:
            yield dataclasses.replace(_plain(file, source), declared=declared)


def _at_url(path: Path, url: str, declared: dict[str, str]) -> Found:
    """A picture that is to be fetched; its name is the list's and the address."""
    try:
        url = clean(url)
    except ImageError as error:
        name = without_secrets(url)
        if len(name) > _LONGEST_NAME:  # a picture spelt out in a `data:` URL, for example
            name = f"{name[:_LONGEST_NAME]}…{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
        source = f"{path.name}/{name}"
        return Found(source, path, member=source, problem=error, declared=declared)
    return Found(f"{path.name}/{url}", path, declared={**declared, "url": url}, url=url)


def _numbered(rows: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their numbers from 1, turned into Python's own values a few thousand at a time."""
    for start in range(0, len(rows), 4096):
        yield from enumerate(rows.iloc[start : start + 4096].to_dict("records"), start + 1)


def _rows(path: Path) -> Any:
    import pandas as pd

    try:
        if path.name.lower().endswith(".csv"):
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if path.name.lower().endswith(".parquet"):
            return pd.read_parquet(path)
        return pd.read_json(path, lines=True, dtype=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot read the list {path}: {error}", "give a CSV, JSONL or Parquet file in UTF-8"
        ) from error
