"""Reading a dataset file."""

import contextlib
import errno
import math
import os
import sqlite3
import stat
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Select

from calibaja_api.database import (
    EXPORTS,
    ROWS_AT_ONCE,
    THREADS,
    Build,
    DatabaseError,
    Ready,
    TookTooLong,
    deadline,
    one_by_one,
)
from calibaja_api.sqlite.statements import STATEMENTS, compiled, compiled_once

CONNECTIONS: Final = THREADS + EXPORTS + 1
"""One for each thread that may read, for each export, and for the event loop."""
STEPS: Final = 5_000
"""So many steps of SQLite's machine lie between two looks at the clock; they take less than half a millisecond."""
PAGES_KIB: Final = 16_384
"""So much of the file a connection keeps at hand: all of a small dataset, of a large one the upper parts of indexes."""
PASSED_KIB: Final = 128
"""The same for a connection that goes through many rows once, as exports do."""
CHECKING_KIB: Final = 512
CHECKED_BYTES: Final = 1 << 25
"""A larger file is not looked at as a whole before it is served; that would take seconds."""

_PRIMARY: Final = 0xFF
_OF_THE_FILE: Final = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
}
"""Errors that are none of the program: the file is damaged, or the disk is, or there is no room to sort in."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file a path names now."""

    device: int
    inode: int
    changed: int


def identity(path: Path) -> Identity:
    """Which file a path names now; OSError when none."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        # To open a pipe would wait for ever.
        raise OSError(errno.EINVAL, "it is no file")
    return _identity(status)


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_dev, status.st_ino, status.st_mtime_ns)


class _Connection:
    """A connection to a dataset file, which gives up what takes too long."""

    def __init__(self, path: Path) -> None:
        # Nobody writes to a published file, so SQLite need not look for locks or changes.
        self._sqlite = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            cached_statements=STATEMENTS,
        )
        self.close = self._sqlite.close
        # To make a cursor for each short read takes as long as to read a row.
        self._execute = self._sqlite.cursor().execute
        self._renewed: dict[str, str] = {}
        self._given_up = 0
        self._deadline = math.inf
        self._kept = 0
        # A file that is cut short in its place would end a process that has it mapped.
        self._sqlite.execute("PRAGMA mmap_size=0")
        self._sqlite.execute("PRAGMA query_only=1")
        if not _has_temporary_folder():
            # A large sort spills to a file; where there can be none, it takes memory instead of failing.
            self._sqlite.execute("PRAGMA temp_store=MEMORY")
        self._sqlite.set_progress_handler(self._is_late, STEPS)

    def _keep(self, kib: int) -> None:
        """Have so much of the file at hand. Not before something is read, as it reads the schema."""
        self._kept = kib
        self._sqlite.execute(f"PRAGMA cache_size=-{kib}")

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        self._deadline = deadline()
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _meant(error) from error

    def check(self) -> None:
        """Look at every page of the file; `DatabaseError` where one is damaged."""
        with self._told():
            # Each page once: none of them needs to be at hand.
            self._keep(CHECKING_KIB)
            [(found,)] = self._sqlite.execute("PRAGMA quick_check(1)")
        if found != "ok":
            raise DatabaseError(f"the file is damaged: {' '.join(found.split())}")

    def rows(self, text: str, binds: Mapping[str, Any]) -> list[Any]:
        """All rows of a statement."""
        self._deadline = deadline()
        try:
            if self._kept != PAGES_KIB:
                self._keep(PAGES_KIB)
            return self._execute(self._renewed.get(text, text), binds).fetchall()
        except sqlite3.DatabaseError as error:
            self._renew(text)
            raise _meant(error) from error

    def _renew(self, text: str) -> None:
        """Have a statement prepared once more under another text: Python 3.11 takes one that was given up between two
        rows for one in use from then on, and prepares another each time that it is asked for.
        """
        self._given_up += 1
        if len(self._renewed) >= STATEMENTS:
            self._renewed.clear()
        self._renewed[text] = f"{text} -- {self._given_up}"

    def batches(self, text: str, binds: Mapping[str, Any]) -> Generator[list[Any], None, None]:
        """The rows of a statement, some at a time."""
        with contextlib.closing(self._sqlite.cursor()) as cursor:
            with self._told():
                self._keep(PASSED_KIB)
                cursor.execute(text, binds)
            # Not even the last batch is kept: who took it is to have its memory back.
            yield from iter(partial(self._batch, cursor), [])

    def _batch(self, cursor: sqlite3.Cursor) -> list[Any]:
        with self._told():
            return cursor.fetchmany(ROWS_AT_ONCE)


def _meant(error: sqlite3.DatabaseError) -> Exception:
    """What an error means to the service; itself where it is one of the program."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
    if code == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong("a read took too long and was given up")
    if code in _OF_THE_FILE:
        return DatabaseError(f"the dataset cannot be read: {error}")
    return error


class SqliteReader:
    """An open dataset file, read only. Each read takes one of its connections, the one used last first."""

    waits = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._all: list[_Connection] = []
        self._file: int | None = None
        try:
            self.identity = identity(path)
            self._file = os.open(path, os.O_RDONLY)
            # All at once, since the path may name another file later.
            self._all.extend(_Connection(path) for _ in range(CONNECTIONS))
            one_file = identity(path) == self.identity
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise DatabaseError(f"{path} cannot be opened: {error}") from error
        if not one_file:
            self.close()
            raise DatabaseError(f"{path} was replaced while it was opened")
        # Short reads take the last, which has what they read at hand; what goes through many rows takes the first.
        self._free = deque(self._all)

    def _none_free(self) -> DatabaseError:
        return DatabaseError(f"all {CONNECTIONS} connections to {self._path} are in use")

    @contextlib.contextmanager
    def _taken(self) -> Iterator[_Connection]:
        try:
            connection = self._free.popleft()
        except IndexError:
            raise self._none_free() from None
        try:
            yield connection
        finally:
            self._free.appendleft(connection)

    def ready(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> Ready:
        """What reads the rows of the statement that `build` makes of a shape, again and again; what it is called with
        is bound beside what is bound here.
        """
        text, constants = compiled_once(build, shape)
        return partial(self._read, text, {**constants, **binds})

    def rows(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> list[Any]:
        """The rows of such a statement, which is compiled once per shape."""
        return self._read(*compiled_once(build, shape), binds)

    def _read(self, text: str, known: Mapping[str, Any], binds: Mapping[str, Any]) -> list[Any]:
        try:
            connection = self._free.pop()
        except IndexError:
            raise self._none_free() from None
        try:
            return connection.rows(text, {**known, **binds} if binds else known)
        finally:
            self._free.append(connection)

    def batches(
        self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]
    ) -> Generator[list[Any], None, None]:
        """The rows of such a statement, some at a time, so that their number takes no memory."""
        text, constants = compiled_once(build, shape)
        with self._taken() as connection:
            yield from connection.batches(text, {**constants, **binds})

    def select(self, statement: Select[Any]) -> Iterator[Any]:
        """The rows of a statement that is asked once, one after the other."""
        try:
            with self._taken() as connection:
                yield from one_by_one(connection.batches(*compiled(statement)))
        except sqlite3.Error as error:
            raise DatabaseError(f"{self._path} cannot be read: {error}") from error

    def check(self) -> None:
        """Look at every page of a file that is not too large for that; `DatabaseError` where one is damaged."""
        if self._file is not None and os.fstat(self._file).st_size <= CHECKED_BYTES:
            try:
                self._all[0].check()
            except DatabaseError as error:
                raise DatabaseError(f"{self._path} cannot be opened: {error}") from error

    def is_whole(self) -> bool:
        """Whether nobody wrote into the file since it was opened; a publish puts another in its place."""
        return self._file is None or _identity(os.fstat(self._file)) == self.identity

    def close(self) -> None:
        """Close the file."""
        for connection in self._all:
            connection.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _has_temporary_folder() -> bool:
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True
