"""A dataset version as a file: the records that it was made from, or the database that answers from them."""

import shutil
import tempfile
import threading
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, select

from calibaja_api.canonical import catalog_of_lines
from calibaja_api.database import DatabaseError, Reader, one_by_one
from calibaja_api.databases import database_in
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import NotFound, parameter_error
from calibaja_api.exports import CHUNK_BYTES, pieces
from calibaja_api.fields import column
from calibaja_api.resources.tables import RecordRow
from calibaja_api.respond import Export
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.stamps import OtherSchema
from calibaja_api.text import nearest

BUILT: Final = 2
"""So many files are kept that had to be made, as their database has none."""


class Downloads:
    """Hands out the versions that are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._built: dict[str, Path] = {}

    def records(self, version: str, dataset: OpenDataset) -> Export:
        """The records of a version as canonical NDJSON, whose SHA-256 is its `content_sha256`."""
        _refuse_unknown(version, dataset)
        return Export(partial(_lines_in_pieces, version, dataset), f"calibaja-{version}.ndjson")

    def database(self, version: str, dataset: OpenDataset) -> Export:
        """A version as an SQLite file."""
        _refuse_unknown(version, dataset)
        file = dataset.database.file(version) or self._made(version, dataset)
        return Export(partial(_pieces, file), f"calibaja-{version}.sqlite3", file.stat().st_size)

    def _made(self, version: str, dataset: OpenDataset) -> Path:
        """A version that is no file, published into one; the last few are at hand."""
        with self._lock:
            if version not in self._built:
                self._folder = self._folder or tempfile.TemporaryDirectory(prefix="calibaja-")
                path = Path(self._folder.name) / version / "calibaja.sqlite3"
                path.parent.mkdir()
                _make(version, dataset, path)
                for old in list(self._built)[: 1 - BUILT]:
                    shutil.rmtree(self._built.pop(old).parent)
                self._built[version] = path
            return self._built[version]

    def close(self) -> None:
        """Remove what was made."""
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
            self._folder = None
            self._built.clear()


def _refuse_unknown(version: str, dataset: OpenDataset) -> None:
    kept = dataset.kept()
    if version not in kept:
        detail = f"There is no version {version[:100]!r}, or it is no longer kept."
        error = parameter_error("version", ErrorCode.UNKNOWN_VALUE, detail, nearest(version, kept), kept)
        raise NotFound(error.detail, [error])


def _make(version: str, dataset: OpenDataset, path: Path) -> None:
    # Only who downloads a file from a database that has none needs what publishes.
    from calibaja_api.publishing import draft_of, write

    ready = draft_of(catalog_of_lines(_lines(version, dataset)))
    if ready.version != version:
        raise _not_readable(version)
    write(ready, database_in(path), automatic=False)


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
    return select(column(RecordRow.line)).order_by(column(RecordRow.ordinal))


def _lines_in_pieces(version: str, dataset: OpenDataset) -> Generator[bytes, None, None]:
    with closing(_lines(version, dataset)) as lines:
        yield from pieces(f"{line}\n".encode() for line in lines)


def _pieces(path: Path) -> Generator[bytes, None, None]:
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece
    except FileNotFoundError as error:
        raise DatabaseError(f"{path} is no longer kept") from error
