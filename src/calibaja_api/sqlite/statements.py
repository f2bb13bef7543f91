"""What statements are in SQLite."""

import sqlite3
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from calibaja_api import database
from calibaja_api.database import COLUMNS, INDEX, AllWords, Build, Encoded, HasWords

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


def match_text(asked: AllWords) -> str:
    """What FTS5 is asked for."""
    if not asked.words:
        return '""'
    *whole, last = asked.words
    begun = " OR ".join(f'"{word}"' for word in asked.forms) if asked.forms else f'"{last}"*'
    each = " AND ".join([*(f'"{word}"' for word in whole), f"({begun})"])
    found = f"{{{' '.join(COLUMNS[: asked.columns])}}} : ({each})"
    return f"{found} NOT {{{' '.join(COLUMNS[: asked.beyond])}}} : ({each})" if asked.beyond else found


sqlite3.register_adapter(AllWords, match_text)
