"""The only reader and writer of a workspace's tables and pictures.

    workspace/
      workspace.toml                        the format's version, and settings
      originals/ab/<image_id>.jpg           the files, byte for byte
      faces/ab/<face_id>.png                aligned colour crops
      grey/ab/<face_id>.png                 48×48 grey, as FER-2013 has them
      tables/<name>/part-00000.parquet      rows sorted by the table's key
      tables/<name>/_table.json             parts, rows and digest
      staging/<name>/<shard>.parquet        shards of a step that is not finished
      cache/                                what can be lost without losing a result
      log.jsonl                             one line a run

A table is replaced whole: its new parts are written into a folder beside it, synced, and renamed into
place. Rows are sorted by key before they are cut into parts, so that the files are a function of the rows
alone, not of the order, the threads or the kills that led to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from schemas.errors import UsageError, WorkspaceBusyError, WorkspaceError, WorkspaceVersionError
from schemas.settings import STEPS, make, unknown
from schemas.tables import TABLES, Table
from workspace.files import disk_errors, recover_folder, swap_folder, sync_folder, write_atomically
from workspace.parquet import arrow_schema, is_current, no_rows, parquet_bytes, parts, read_part, to_arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

FORMAT = 1
"""Version of the layout above; a workspace of a higher one is refused."""

JOURNAL = ".forgetting.json"
"""What `curate forget` is about to take out; as long as it lies there, no other command may write."""

_HEADER = """\
# A mien workspace. Settings written here hold for every run; a --settings file and flags go before them.
# `curate run --help` lists them all; for example:
#   [filter]
#   min_sharpness = 20
format = {format}
"""


class Workspace:
    """A data set on disk.

    Attributes:
        path: Its folder.
        settings: Section -> setting -> value, as `workspace.toml` has them.
    """

    def __init__(self, path: Path, settings: dict[str, dict[str, Any]]) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    def at(cls, path: Path) -> Workspace | None:
        """The workspace at a path; None where something else lies there. Raises what `open` does."""
        return cls.open(path) if (path / "workspace.toml").is_file() else None

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Workspace:
        """Opens a workspace.

        Args:
            path: Its folder.
            create: Whether to make it where there is none. A folder that holds other files is never
                turned into a workspace.

        Raises:
            WorkspaceError: There is none, or its `workspace.toml` cannot be read.
            WorkspaceVersionError: A newer mien made it.
            UsageError: `workspace.toml` has a section or setting that nobody knows.
        """
        path = path.absolute()
        toml = path / "workspace.toml"
        if not toml.exists():
            if not create:
                raise WorkspaceError(
                    f"{path} is not a workspace", "make one with `curate ingest FOLDER`, or name it with --workspace"
                )
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise WorkspaceError(
                    f"{path} exists and is not a workspace", "name a new or an empty folder with --workspace"
                )
            write_atomically(toml, _HEADER.format(format=FORMAT).encode())
        try:
            content = tomllib.loads(toml.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise WorkspaceError(f"cannot read {toml}: {error}", "correct the file, or restore it") from error
        version = content.pop("format", None)
        if not isinstance(version, int) or version < 1:
            raise WorkspaceError(f"{toml} does not say its format", f"its first line is `format = {FORMAT}`")
        if version > FORMAT:
            raise WorkspaceVersionError(
                f"{path} has format {version}, this mien reads up to {FORMAT}", "install a newer mien"
            )
        check_sections(content)
        return cls(path, content)

    @contextlib.contextmanager
    def lock(self, *, finishing: bool = False) -> Iterator[None]:
        """Holds the workspace for writing, and clears what a killed writer left behind.

        Args:
            finishing: Whether it is held by `curate forget`, to finish what was stopped half-way.

        Raises:
            WorkspaceBusyError: Another command is writing to it.
            WorkspaceError: A `curate forget` was stopped half-way, so that tables and pictures do not agree.
        """
        import filelock

        lock = filelock.FileLock(self.path / ".lock")
        with disk_errors(self.path / ".lock"):
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                what = f"another command is writing to {self.path}"
                raise WorkspaceBusyError(what, "wait until it ends; commands that only read work meanwhile") from None
        try:
            for table in TABLES.values():
                recover_folder(self._folder(table))
            shutil.rmtree(self._scratch, ignore_errors=True)
            if not all(is_current(table, path) for table in TABLES.values() for path in self.staged(table.name)):
                shutil.rmtree(self.path / "staging")
            if not finishing and (self.path / JOURNAL).exists():
                what = f"in {self.path} a `curate forget` was stopped half-way"
                raise WorkspaceError(what, "run `curate forget` without arguments; it finishes what was begun")
            yield
        finally:
            lock.release()

    # Tables

    def has(self, table: str) -> bool:
        """Whether the table has been written."""
        return (self._folder(TABLES[table]) / "_table.json").exists()

    def digest(self, table: str) -> str:
        """SHA-256 over the table's parts, or empty where it has not been written."""
        return str(self._manifest(TABLES[table])["digest"]) if self.has(table) else ""

    def rows(self, table: str) -> int:
        """Number of rows, without reading them."""
        return int(self._manifest(TABLES[table])["rows"]) if self.has(table) else 0

    def read_arrow(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Reads a table, sorted by its key; one that has not been written has no rows."""
        definition = TABLES[table]
        schema = arrow_schema(definition)
        wanted = list(columns or definition.names)
        if not self.has(table):
            return no_rows(schema).select(wanted)
        with self._reading(definition):
            content = pa.concat_tables([read_part(path, wanted) for path in self.parts(table)])
            return content.cast(pa.schema([schema.field(name) for name in wanted]))

    def parts(self, table: str) -> list[Path]:
        """The Parquet files of a table in the order of its rows; none where it has not been written."""
        if not self.has(table):
            return []
        definition = TABLES[table]
        return [self._folder(definition) / part["name"] for part in self._manifest(definition)["parts"]]

    def read(self, table: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Reads a table as a pandas frame, sorted by its key; one that has not been written has no rows."""
        frame: pd.DataFrame = self.read_arrow(table, columns).to_pandas()
        return frame

    def replace(self, table: str, frame: pd.DataFrame) -> None:
        """Replaces a whole table.

        Raises:
            WorkspaceError: The frame lacks a column, has one too many, a wrong type or a key twice.
        """
        definition = TABLES[table]
        if frame.duplicated(list(definition.key)).any():
            raise WorkspaceError(f"table `{table}` would have a key twice", "this is a bug in mien: please report it")
        ordered = frame.sort_values(list(definition.key), kind="stable")
        content = to_arrow(definition, ordered)
        batches = (
            content.slice(start, definition.part_rows) for start in range(0, content.num_rows, definition.part_rows)
        )
        self._write(definition, batches)

    def rewrite(self, table: str, change: Callable[[pa.Table], pa.Table]) -> bool:
        """Takes rows out of a table, or values out of rows, part by part, so that memory stays flat.

        Args:
            table: Which one.
            change: Gives the rows that stay of some rows, in their order and with their keys as they are; the very
                same object where it changes nothing. Called twice for each part.

        Returns:
            Whether anything was changed.
        """
        definition, schema = TABLES[table], arrow_schema(TABLES[table])
        paths = self.parts(table)

        def read() -> Iterator[pa.Table]:
            return (read_part(path, definition.names).cast(schema) for path in paths)

        with self._reading(definition):
            if all(change(rows) is rows for rows in read()):
                return False
            self._write(definition, (change(rows) for rows in read()))
        return True

    def rewrite_staged(self, table: str, change: Callable[[pa.Table], pa.Table]) -> bool:
        """Does to the finished shards of a step what `rewrite` does to its table."""
        schema, changed = arrow_schema(TABLES[table]), False
        for path in self.staged(table):
            rows = read_part(path, TABLES[table].names).cast(schema)
            left = change(rows)
            if left is not rows:
                write_atomically(path, parquet_bytes(left))
                changed = True
        return changed

    def stage(self, table: str, shard: str, frame: pd.DataFrame) -> None:
        """Keeps the rows of one finished shard until `commit`; a kill does not lose them."""
        definition = TABLES[table]
        write_atomically(self._staging(definition) / f"{shard}.parquet", parquet_bytes(to_arrow(definition, frame)))

    def staged(self, table: str) -> list[Path]:
        """The files of finished shards, sorted by name."""
        return sorted(self._staging(TABLES[table]).glob("[!.]*.parquet"))

    def read_staged(self, table: str, columns: Sequence[str]) -> pa.Table:
        """Reads columns of all finished shards."""
        schema = pa.schema([arrow_schema(TABLES[table]).field(name) for name in columns])
        shards = [read_part(path, columns).cast(schema) for path in self.staged(table)]
        return pa.concat_tables([no_rows(schema), *shards])

    def commit(self, table: str) -> None:
        """Merges the staged shards into the table; of two rows with one key the staged one stays.

        Memory stays flat however many rows there are: see `workspace.merge`.

        Raises:
            WorkspaceError: The table has the columns of another version of mien.
            StorageError: The disk refused it; shards and old table are as they were.
        """
        definition = TABLES[table]
        shards = self.staged(table)
        if not shards and self.has(table):
            return
        from workspace.merge import merged

        old = self.parts(table)
        if not all(is_current(definition, path) for path in old):
            what = f"table `{table}` has other columns than this version of mien writes"
            raise WorkspaceError(what, "make a new workspace with this version, or use the version that made it")
        content = merged(definition, [*shards, *old], self.path / "staging" / ".merge") if shards else iter(())
        self._write(definition, content)
        shutil.rmtree(self._staging(definition), ignore_errors=True)

    def _write(self, table: Table, batches: Iterable[pa.Table]) -> None:
        folder = self._folder(table)
        new = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        written: list[dict[str, Any]] = []
        for batch in parts(batches, table):
            data = parquet_bytes(batch)
            name = f"part-{len(written):05}.parquet"
            write_atomically(new / name, data)
            written.append({"name": name, "rows": batch.num_rows, "sha256": hashlib.sha256(data).hexdigest()})
        manifest = {
            "table": table.name,
            "rows": sum(part["rows"] for part in written),
            "digest": hashlib.sha256("".join(part["sha256"] for part in written).encode()).hexdigest(),
            "parts": written,
        }
        write_atomically(new / "_table.json", json.dumps(manifest, indent=1).encode())
        sync_folder(new)
        swap_folder(new, folder)

    @contextlib.contextmanager
    def _reading(self, table: Table) -> Iterator[None]:
        """Turns what a damaged part, or one with the columns of another version of mien, raises into a clear error."""
        try:
            yield
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            what = f"table `{table.name}` cannot be read: {error}"
            raise WorkspaceError(what, f"remove {self._folder(table)} and run the step that writes it again") from error

    def _manifest(self, table: Table) -> dict[str, Any]:
        path = self._folder(table) / "_table.json"
        try:
            content: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                f"cannot read {path}: {error}", f"remove {path.parent} and run the step that writes it again"
            ) from error
        return content

    def _folder(self, table: Table) -> Path:
        return self.path / table.folder / table.name

    def _staging(self, table: Table) -> Path:
        return self.path / "staging" / table.name

    # Pictures

    def picture_path(self, kind: str, name: str) -> Path:
        """Where a picture lies: `kind/ab/name`, `ab` being the first two digits of its name."""
        return self.path / kind / name[:2] / name

    def put_picture(self, kind: str, name: str, data: bytes, *, replace: bool = False) -> None:
        """Writes a picture whole; one that is there already is left alone unless it is to be replaced."""
        path = self.picture_path(kind, name)
        if replace or not path.exists():
            write_atomically(path, data, durable=False, scratch=self._scratch)

    @property
    def _scratch(self) -> Path:
        """Where pictures are written before they are renamed into place."""
        return self.path / "staging" / ".pictures"

    def original_path(self, image_id: str, image_format: str) -> Path:
        """Where the bytes of an original are kept, when they are not referred to in place."""
        return self.picture_path("originals", f"{image_id}.{EXTENSIONS[image_format]}")

    def originals(self) -> Callable[[str, str], bytes]:
        """A function that gives an original's bytes for its image_id and format.

        The bytes of originals referred to in place are checked against their SHA-256, since nobody keeps
        others from changing them.
        """
        places = self.read_arrow("sources", ["image_id", "location"])
        pairs = zip(places["image_id"].to_pylist(), places["location"].to_pylist(), strict=True)
        located = {image_id: place for image_id, place in pairs if place}

        def read(image_id: str, image_format: str) -> bytes:
            kept = self.original_path(image_id, image_format)
            path = kept if kept.exists() else Path(located.get(image_id, kept))
            try:
                data = path.read_bytes()
            except OSError as error:
                raise WorkspaceError(f"original {path} cannot be read: {error.strerror}", "put it back") from error
            if path is not kept and hashlib.sha256(data).hexdigest() != image_id:
                what = f"original {path} has changed since it was ingested in place"
                raise WorkspaceError(what, "put it back, or ingest into a new workspace")
            return data

        return read


EXTENSIONS = {
    "jpeg": "jpg",
    "png": "png",
    "webp": "webp",
    "gif": "gif",
    "bmp": "bmp",
    "tiff": "tif",
    "avif": "avif",
    "heic": "heic",
}
"""Format by content -> file name extension of a kept original."""


def check_sections(content: dict[str, Any]) -> None:
    """Checks that every section of a settings file is a step and every key one of its settings.

    Raises:
        UsageError: One is not; the nearest right name is given.
    """
    for section, values in content.items():
        if section not in STEPS:
            raise unknown("section", section, STEPS)
        if not isinstance(values, dict):
            raise UsageError(f"`{section}` must be a section", f"write [{section}] on a line of its own")
        make(STEPS[section], values)
