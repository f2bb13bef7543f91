"""Where dataset files are: the one that is current, and those that are kept."""

import contextlib
import fcntl
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, create_engine, select, table
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from calibaja_api.database import INDEX, DatabaseError, Entry
from calibaja_api.findings import Finding, Verdict
from calibaja_api.sqlite.reader import Identity, SqliteReader, identity
from calibaja_api.sqlite.statements import indexed

LOCK_SECONDS: Final = 60
KEPT: Final = 3
"""Versions that are kept, with the current one."""

_KEPT_NAME = re.compile(r"([0-9]{6})-([0-9a-f]{16})\.sqlite3")
_ENTRY: Final = f"INSERT INTO {INDEX.name} (rowid, words) VALUES (?, ?)"  # noqa: S608 - a name of ours
CACHE_KIB: Final = 1 << 18
"""So much of a file that is written is kept in memory, so that what is put between other entries finds them there."""


def url_of(path: Path) -> str:
    """The database URL of a file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


class SqliteDatabase:
    """A file that names the current dataset, and a folder beside it with those that are kept."""

    shared = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.with_name(f"{path.name}.kept")
        self._draft = path.with_name(f".{path.name}.draft")

    def __str__(self) -> str:
        return str(self.path)

    def exists(self) -> bool:
        """Whether anything is there."""
        return self.path.exists()

    def current(self) -> Identity:
        """Which file is current."""
        try:
            return identity(self.path)
        except OSError as error:
            raise DatabaseError(f"{self.path} cannot be read: {error.strerror}") from error

    def open(self, version: str | None = None) -> SqliteReader:
        """The current dataset, or a version that is kept."""
        return SqliteReader(self.path if version is None else self.file(version))

    def kept(self) -> list[str]:
        """The versions that are kept, the oldest first."""
        return [version for _, version, _ in self._kept()]

    def file(self, version: str) -> Path:
        """The file of a version that is kept, or is current."""
        for _, kept, path in reversed(self._kept()):
            if kept == version:
                return path
        if self.path.exists() and self._version() == version:
            return self.path
        raise DatabaseError(f"version {version} is not kept")

    def _kept(self) -> list[tuple[int, str, Path]]:
        """Number, version and file of what is kept, the oldest first."""
        files = self.folder.iterdir() if self.folder.is_dir() else ()
        found = (_KEPT_NAME.fullmatch(name) for name in sorted(file.name for file in files))
        return [(int(name[1]), name[2], self.folder / name[0]) for name in found if name]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock under which one publishes."""
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(f"{self.path.name}.lock").open("w")
        deadline = time.monotonic() + LOCK_SECONDS
        with lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise DatabaseError(f"another publish has held {lock.name} for {LOCK_SECONDS} s") from None
                    time.sleep(0.05)
            # A publish that was killed between two steps may have left the name of a whole file.
            self._draft.unlink(missing_ok=True)
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Say in words what the system refuses: no room, no right, a disk that is only read."""
        try:
            yield
        except OSError as error:
            raise DatabaseError(f"{self.path} cannot be written: {error.strerror}") from error

    @contextlib.contextmanager
    def replaced(self, version: str) -> Iterator[Connection]:
        """A connection to a new file, which takes the path when the block ends well."""
        with self._writing():
            before = self._adopt()
            built, draft = self._begun()
        engine = create_engine("sqlite://", creator=lambda: draft, poolclass=StaticPool)
        try:
            with engine.connect() as connection:
                yield connection
                connection.commit()
                violations = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if violations:
                    raise DatabaseError(f"{len(violations)} references lead nowhere: {violations[:5]}")
                connection.exec_driver_sql("ANALYZE")
                connection.commit()
            engine.dispose()
            with self._writing():
                self._put(built)
        except OperationalError as error:
            raise DatabaseError(f"{self.path} cannot be written: {error.orig}") from error
        finally:
            engine.dispose()
            draft.close()
            os.close(built)
            self._draft.unlink(missing_ok=True)
        with self._writing():
            self._keep(version, before)

    def _begun(self) -> tuple[int, sqlite3.Connection]:
        """A new file that has lost its name, so that a publish that is killed leaves nothing."""
        built = os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            draft = sqlite3.connect(self._draft, check_same_thread=False)
        except sqlite3.Error as error:
            os.close(built)
            raise DatabaseError(f"{self.path} cannot be written: {error}") from error
        finally:
            self._draft.unlink()
        # Nothing reads it before it is complete and on disk, so its writes need no journal.
        for pragma in ("page_size=8192", "journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}"):
            draft.execute(f"PRAGMA {pragma}")
        return built, draft

    def _put(self, built: int) -> None:
        """Give the path to a copy of what was built, whole and on disk, in one step."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        whole = _without_name(self.path.parent)
        named = whole is None
        if whole is None:
            whole = os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o444)
        try:
            size = os.fstat(built).st_size
            done = 0
            while done < size:
                done += os.sendfile(whole, built, done, size - done)
            os.fchmod(whole, 0o444)
            os.fsync(whole)
            if not named:
                # The folder makes Python follow the link, which is how Linux gives a name to what has none.
                os.link(f"/proc/self/fd/{whole}", self._draft, src_dir_fd=folder, follow_symlinks=True)
            self._draft.replace(self.path)
            os.fsync(folder)
        finally:
            os.close(whole)
            os.close(folder)

    def _keep(self, current: str, before: str | None) -> None:
        """Keep the current file. What was undone before it, or is too old, is kept no longer."""
        self.folder.mkdir(exist_ok=True)
        kept = self._kept()
        numbers = {version: number for number, version, _ in kept}
        newest = max([0, *numbers.values()])
        # Where nobody knows which was current, as its file is gone, none was undone.
        last = numbers.get(before or "", newest)
        path = self.folder / f"{newest + 1:06}-{current}.sqlite3"
        os.link(self.path, path)
        undone = [old for number, version, old in kept if number > last or version == current]
        older = [old for _, _, old in kept if old not in undone]
        for old in (*undone, *older[: len(older) - KEPT + 1]):
            old.unlink()

    def _adopt(self) -> str | None:
        """The version of the current file, which is kept from now on if it was not."""
        if not self.path.exists():
            return None
        version = self._version()
        if version not in self.kept():
            self._keep(version, None)
        return version

    def _version(self) -> str:
        """The version of the current file."""
        reader = SqliteReader(self.path)
        try:
            [(version,)] = reader.select(select(column("version")).select_from(table("dataset")))
        finally:
            reader.close()
        return str(version)

    def go_back(self, version: str) -> None:
        """Give the path to a version that is kept."""
        with self._writing():
            os.link(self.file(version), self._draft)
            self._draft.replace(self.path)
            _sync(self.path.parent)

    def drop(self, version: str) -> None:
        """Keep a version no longer."""
        self.file(version).unlink()

    def examine(self) -> Iterator[Finding]:
        """Whether the files can be read and are whole, and whether there is room for another."""
        if not self.path.exists():
            yield Finding(Verdict.WRONG, f"{self.path} is not there; `calibaja serve` or `calibaja publish` makes it")
        for path in [self.path] * self.path.exists() + [path for _, _, path in self._kept()]:
            fault = _fault(path)
            again = " and publish again" if path == self.path else ""
            if fault:
                yield Finding(Verdict.WRONG, f"{path} is damaged: {fault}; remove it{again}")
            else:
                yield Finding(Verdict.OK, f"{path} is whole")
        yield self._room()

    def _room(self) -> Finding:
        """Whether something can be published here."""
        folder = next(parent for parent in self.path.parents if parent.exists())
        if not os.access(folder, os.W_OK):
            return Finding(Verdict.NOTE, f"{folder} cannot be written by this user, so nothing can be published here")
        free = shutil.disk_usage(folder).free
        wanted = 2 * self.path.stat().st_size if self.path.exists() else 0
        if free < wanted:
            return Finding(Verdict.WRONG, f"{folder} has room for {free} bytes, and a publish wants {wanted}")
        return Finding(Verdict.OK, f"{folder} can be written, with room for {free >> 20} MB")

    def close(self) -> None:
        """Looking takes nothing."""

    @contextlib.contextmanager
    def filled(self, connection: Connection) -> Iterator[None]:
        """Tables that are filled: to sort all rows at the end is faster than to put each into every index."""
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''")
        indexes = found.fetchall()
        for name, _ in indexes:
            connection.exec_driver_sql(f'DROP INDEX "{name}"')
        yield
        for _, statement in indexes:
            connection.exec_driver_sql(statement)
        # One piece is searched faster than many.
        optimize = f"INSERT INTO {INDEX.name} ({INDEX.name}) VALUES ('optimize')"  # noqa: S608 - a name of ours
        connection.exec_driver_sql(optimize)

    def index_words(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add to the index of words."""
        connection.exec_driver_sql(_ENTRY, [indexed(entry) for entry in entries])


def _fault(path: Path) -> str | None:
    """What is wrong with a file; None where it is whole."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            [(found,)] = file.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else " ".join(found.split())


def _without_name(folder: Path) -> int | None:
    """A new file in a folder that vanishes unless it is given a name; None where there are no such files."""
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o444)
    except (AttributeError, OSError):
        return None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
