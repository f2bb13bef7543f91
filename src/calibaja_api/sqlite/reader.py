"""Reading a dataset file, and what statements are in SQLite."""

import sqlite3
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from calibaja_api.database import COLUMNS, INDEX, AllWords, Build, DatabaseError, HasWords

STATEMENTS: Final = 512

_DIALECT = SQLiteDialect_pysqlite(paramstyle="named")


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


class SqliteReader:
    """An open dataset file, read only."""

    waits = False

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

    def rows(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> list[Any]:
        """The rows of the statement that `build` makes of a shape, which is compiled once per shape."""
        text, constants = _compiled(build, shape)
        return self._connection.execute(text, {**constants, **binds}).fetchall()

    def stream(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> Generator[Any, None, None]:
        """The rows of such a statement one after the other, so that their number takes no memory."""
        text, constants = _compiled(build, shape)
        yield from self._connection.execute(text, {**constants, **binds})

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
    text = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(text), {name: value for name, value in text.params.items() if value is not None}


@lru_cache(maxsize=STATEMENTS)
def _compiled(build: Build, shape: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    return compiled(build(*shape))


@compiles(HasWords, "sqlite")
def _has_words(element: HasWords, compiler: SQLCompiler, **options: Any) -> str:
    return f"{INDEX.name} MATCH {compiler.process(element.clauses, **options)}"


def match_text(asked: AllWords) -> str:
    """What FTS5 is asked for."""
    if not asked.words:
        return '""'
    *whole, last = asked.words
    each = " AND ".join([*(f'"{word}"' for word in whole), f'"{last}"*'])
    return f"{{{' '.join(COLUMNS[: asked.columns])}}} : ({each})"


sqlite3.register_adapter(AllWords, match_text)


def _has_temporary_folder() -> bool:
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True
