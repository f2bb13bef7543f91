"""What statements are in SQLite."""

import sqlite3
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from calibaja_api import database
from calibaja_api.database import INDEX, AllWords, Build, Encoded, Entry, HasWords

STATEMENTS: Final = 512
"""So many are kept, here as text and by each connection as what SQLite makes of it."""

_DIALECT = SQLiteDialect_pysqlite(paramstyle="named")


def compiled(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """A statement as SQLite takes it."""
    return database.compiled(statement, _DIALECT)


@lru_cache(maxsize=STATEMENTS)
def compiled_once(build: Build, shape: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """The statement that `build` makes of a shape, as SQLite takes it; the same is made once."""
    return compiled(build(*shape))


@compiles(HasWords, "sqlite")
def _has_words(element: HasWords, compiler: SQLCompiler, **options: Any) -> str:
    return f"{INDEX.name} MATCH {compiler.process(element.clauses, **options)}"


@compiles(Encoded, "sqlite")
def _encoded(element: Encoded, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


def indexed(entry: Entry) -> tuple[int, str]:
    """An entry as the index of words has it: a word with `1` before it where a name has it, with `2` where a name or
    another text has it, with `3` where anything has it.

    So each tier of hits is found by words of its own, and no entry is looked at for where it has them.
    """
    rank, *columns = entry
    found: dict[str, None] = {}
    for number, words in enumerate(columns, 1):
        for word in words.split():
            found.update(dict.fromkeys(f"{first}{word}" for first in range(number, len(columns) + 1)))
    return rank, " ".join(found)


def match_text(asked: AllWords) -> str:
    """What FTS5 is asked for."""
    if not asked.words:
        return '""'
    found = _of_columns(asked, asked.columns)
    return f"({found}) NOT ({_of_columns(asked, asked.beyond)})" if asked.beyond else found


def _of_columns(asked: AllWords, columns: int) -> str:
    *whole, last = asked.words
    begun = " OR ".join(f'"{columns}{word}"' for word in asked.forms) if asked.forms else f'"{columns}{last}"*'
    return " AND ".join([*(f'"{columns}{word}"' for word in whole), f"({begun})"])


sqlite3.register_adapter(AllWords, match_text)
