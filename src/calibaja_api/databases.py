"""Which database a URL names."""

import re
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from calibaja_api.database import Database, DatabaseError
from calibaja_api.sqlite import SqliteDatabase

_POSTGRESQL: Final = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://")


def database_of(url: str) -> Database:
    """The database that a URL names; `DatabaseError` when it names none."""
    if not _POSTGRESQL.match(url):
        return SqliteDatabase(file_of(url))
    try:
        # Only who has a PostgreSQL server needs its client.
        from calibaja_api.postgresql import PostgresDatabase
    except ImportError:
        raise DatabaseError("psycopg is not installed; install calibaja-api[postgresql]") from None
    return PostgresDatabase(_POSTGRESQL.sub("postgresql://", url, count=1))


def database_in(path: Path) -> Database:
    """The database that is a file."""
    return SqliteDatabase(path)


def file_of(url: str) -> Path:
    """The file that a database URL names; `DatabaseError` when it names none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("not a database URL such as sqlite:////var/lib/calibaja/calibaja.sqlite3") from None
    if parsed.get_backend_name() != "sqlite":
        others = "name sqlite:////PATH or postgresql+psycopg://USER@HOST/NAME"
        raise DatabaseError(f"{parsed.get_backend_name()} is not supported; {others}")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseError("an SQLite database needs a file: sqlite:///PATH")
    return Path(parsed.database)
