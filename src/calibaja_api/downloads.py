"""A dataset version as a file: the records that it was made from, or the database that answers from them."""

import os
import tempfile
import threading
import weakref
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, select

from calibaja_api.database import DatabaseError, Reader, one_by_one
from calibaja_api.databases import database_in
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import NotFound, parameter_error
from calibaja_api.exports import CHUNK_BYTES, pieces
from calibaja_api.resources.tables import RECORD
from calibaja_api.respond import Export
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.stamps import OtherSchema
from calibaja_api.text import nearest

LINES: Final = 1_000
"""So many records are a piece at most: nothing has to be made of them, so that what counts is how long they are."""


class Downloads:
    """Hands out the versions that are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, _File] = {}
        """Those that had to be made, as their database has no files."""

    def records(self, version: str, dataset: OpenDataset) -> Export:
        """The records of a version as canonical NDJSON, whose SHA-256 is its `content_sha256`."""
        _refuse_unknown(version, dataset)
        return Export(partial(_lines_in_pieces, version, dataset), f"calibaja-{version}.ndjson")

    def database(self, version: str, dataset: OpenDataset) -> Export:
        """A version as an SQLite file."""
        kept = _refuse_unknown(version, dataset)
        path = dataset.database.file(version)
        file = self._file(version, kept, dataset) if path is None else _File(path)
        return Export(file.pieces, f"calibaja-{version}.sqlite3", file.size)

    def _file(self, version: str, kept: list[str], dataset: OpenDataset) -> "_File":
        """A version that is no file, published into one that is at hand as long as the version is kept."""
        with self._lock:
            for old in self._made.keys() - kept:
                del self._made[old]
            if version not in self._made:
                self._made[version] = _made(version, dataset)
            return self._made[version]

    def close(self) -> None:
        """Let go of what was made."""
        self._made.clear()


class _File:
    """A file that is read whatever becomes of its name; who reads it last closes it."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError as error:
            raise DatabaseError(f"{path} is no longer kept") from error
        # Not told by a context, as a client may be sent it for longer than it is at hand.
        weakref.finalize(self, os.close, self._descriptor)
        self.size = os.fstat(self._descriptor).st_size

    def pieces(self) -> Generator[bytes, None, None]:
        """What is in it."""
        offset = 0
        while piece := os.pread(self._descriptor, CHUNK_BYTES, offset):
            yield piece
            offset += len(piece)


def _made(version: str, dataset: OpenDataset) -> _File:
    """A version published into a file, which has lost its name: nothing finds it, and it goes with the process."""
    # Only who downloads a file from a database that has none needs what publishes.
    from calibaja_api.canonical import catalog_of_lines
    from calibaja_api.publishing import draft_of, write

    ready = draft_of(catalog_of_lines(_lines(version, dataset)))
    if ready.version != version:
        raise _not_readable(version)
    try:
        with tempfile.TemporaryDirectory(prefix="calibaja-") as folder:
            path = Path(folder) / "calibaja.sqlite3"
            write(ready, database_in(path), automatic=False)
            return _File(path)
    except OSError as error:
        raise DatabaseError(f"there is no folder for a file of version {version}: {error}") from error


def _refuse_unknown(version: str, dataset: OpenDataset) -> list[str]:
    """The versions that are kept; refuses any other."""
    kept = dataset.kept()
    if version not in kept:
        detail = f"There is no version {version[:100]!r}, or it is no longer kept."
        error = parameter_error("version", ErrorCode.UNKNOWN_VALUE, detail, nearest(version, kept), kept)
        raise NotFound(error.detail, [error])
    return kept


def _not_readable(version: str) -> NotFound:
    return NotFound(f"Version {version} was published by another release of the service, and cannot be had like this.")


def _lines(version: str, dataset: OpenDataset) -> Generator[str, None, None]:
    try:
        with dataset.opened(version) as reader:
            yield from record_lines(reader)
    except OtherSchema as error:
        raise _not_readable(version) from error


def record_lines(reader: Reader) -> Generator[str, None, None]:
    """The canonical lines of a dataset that is open."""
    for (line,) in one_by_one(reader.batches(_lines_select, (), {})):
        yield line


def _lines_select() -> Select[Any]:
    return select(RECORD.c.line).order_by(RECORD.c.ordinal)


def _lines_in_pieces(version: str, dataset: OpenDataset) -> Generator[bytes, None, None]:
    with closing(_lines(version, dataset)) as lines:
        yield from pieces((f"{line}\n".encode() for line in lines), LINES)
