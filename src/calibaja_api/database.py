"""SQLite: where a dataset is kept, how it is read, and how a new one takes its place.

The only module that knows which database it is. A dataset is a file that is never changed once it has its name: a
publish writes another beside it and renames, so a reader sees the old one or the new one, whole.
"""

import contextlib
import fcntl
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Select,
    column,
    create_engine,
    event,
    insert,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

LOCK_SECONDS: Final = 60
STATEMENTS: Final = 512

_DIALECT = SQLiteDialect_pysqlite(paramstyle="named")

COLUMNS: Final = ("names", "others", "notes")
"""The columns of the full-text index that migrations make, from those whose words say most to those that say least."""

_INDEX = table("search_index", column("rowid"), *(column(name) for name in COLUMNS))


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def file_of(url: str) -> Path:
    """The file that a database URL names; `DatabaseError` when it names none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("not a database URL such as sqlite:////var/lib/calibaja/calibaja.sqlite3") from None
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseError(f"{parsed.get_backend_name()} is not supported; name an SQLite file: sqlite:///PATH")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseError("an SQLite database needs a file: sqlite:///PATH")
    return Path(parsed.database)


def url_of(path: Path) -> str:
    """The database URL of a file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file a path names now."""

    device: int
    inode: int
    changed: int


def identity(path: Path) -> Identity:
    """Which file a path names now; OSError when none."""
    status = path.stat()
    return Identity(status.st_dev, status.st_ino, status.st_mtime_ns)


class Reader:
    """An open dataset file, read only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.identity = identity(path)
            # Nobody writes to a published file, so SQLite need not look for locks or changes.
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                cached_statements=STATEMENTS,
            )
            self._connection.execute("PRAGMA mmap_size=1073741824")
            self._connection.execute("PRAGMA query_only=1")
            if not _has_temporary_folder():
                # A large sort spills to a file; where there can be none, it takes memory instead of failing.
                self._connection.execute("PRAGMA temp_store=MEMORY")
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(f"{path} cannot be opened: {error}") from error

    def rows(self, build: Callable[..., Select[Any]], shape: tuple[Any, ...], binds: Mapping[str, Any]) -> list[Any]:
        """The rows of the statement that `build` makes of a shape, which is compiled once per shape."""
        text, constants = _compiled(build, shape)
        return self._connection.execute(text, {**constants, **binds}).fetchall()

    def stream(
        self, build: Callable[..., Select[Any]], shape: tuple[Any, ...], binds: Mapping[str, Any]
    ) -> Iterator[Any]:
        """The rows of such a statement one after the other, so that their number takes no memory."""
        text, constants = _compiled(build, shape)
        return iter(self._connection.execute(text, {**constants, **binds}))

    def select(self, statement: Select[Any]) -> list[Any]:
        """The rows of a statement that is asked once."""
        try:
            return self._connection.execute(*compiled(statement)).fetchall()
        except sqlite3.Error as error:
            raise DatabaseError(f"{self._path} cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def compiled(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """A statement as text with named parameters, and the values of those that are constant."""
    text = statement.compile(dialect=_DIALECT)
    return str(text), {name: value for name, value in text.params.items() if value is not None}


def index_words(connection: Connection, entries: Iterable[tuple[int, Mapping[str, Iterable[str]]]]) -> None:
    """Fill the index of words: of each item its rank, and the words of its names, of its notes and all others."""
    rows = [{"rowid": rank, **{name: " ".join(words) for name, words in found.items()}} for rank, found in entries]
    if rows:
        connection.execute(insert(_INDEX), rows)


def having_words(asked: BindParameter[str]) -> Select[tuple[int]]:
    """The ranks of the items that have all words of a text of `all_words`."""
    return select(_INDEX.c.rowid).where(literal_column("search_index").op("MATCH")(asked))


def all_words(words: Sequence[str], columns: Iterable[str]) -> str:
    """What `having_words` binds: all of these words in these columns, the last as the beginning of one."""
    if not words:
        return '""'
    *whole, last = words
    asked = " AND ".join([*(f'"{word}"' for word in whole), f'"{last}"*'])
    return f"{{{' '.join(columns)}}} : ({asked})"


@lru_cache(maxsize=STATEMENTS)
def _compiled(build: Callable[..., Select[Any]], shape: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    return compiled(build(*shape))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock under which a file is published; `DatabaseError` when another publish does not end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LOCK_SECONDS
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DatabaseError(f"another publish has held {lock.name} for {LOCK_SECONDS} s") from None
                time.sleep(0.05)
        yield


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Engine]:
    """Write a new dataset file; when the block ends well it takes the path in one step, else nothing has happened.

    Call it under `locked`. What a killed publish left is removed first.
    """
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    # Nothing reads the draft before it is complete and on disk, so its writes need no journal.
    engine = create_engine(url_of(draft), poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("page_size=8192", "journal_mode=OFF", "synchronous=OFF", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    try:
        yield engine
        with engine.connect() as connection:
            violations = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if violations:
                raise DatabaseError(f"{len(violations)} references lead nowhere: {violations[:5]}")
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        engine.dispose()
        draft.chmod(0o444)
        _sync(draft)
        draft.replace(path)
        _sync(path.parent)
    finally:
        engine.dispose()
        draft.unlink(missing_ok=True)


def _has_temporary_folder() -> bool:
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
