"""Reading a schema through a pool of connections, and what statements are in PostgreSQL."""

import contextlib
from collections.abc import Generator, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final

import psycopg
from psycopg import Connection, errors
from psycopg.adapt import Buffer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.string import StrDumperUnknown
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from calibaja_api import database
from calibaja_api.database import (
    EXPORTS,
    INDEX,
    READ_SECONDS,
    ROWS_AT_ONCE,
    THREADS,
    AllWords,
    Build,
    DatabaseError,
    Encoded,
    HasWords,
    Ready,
    TookTooLong,
)

STATEMENTS: Final = 512
CONNECT_SECONDS: Final = 2
"""So long a question waits for a connection."""
CONNECTIONS: Final = THREADS + EXPORTS
WAITING: Final = 64
"""So many questions wait for a connection; more are turned away at once."""

# The weights of words in a `tsvector`, and of what is asked in a `tsquery`, by column of the index.
WEIGHTS: Final = "ABC"

# What is lost comes back: a server that restarts, a primary that fails over, a version that is followed, a right.
_LOST = (
    errors.OperationalError,
    errors.InterfaceError,
    errors.UndefinedTable,
    errors.InvalidSchemaName,
    errors.InsufficientPrivilege,
    PoolTimeout,
    PoolClosed,
    TooManyRequests,
)


class _TypeCompiler(PGTypeCompiler):
    """Whole numbers have 64 bits, as in SQLite."""

    def visit_INTEGER(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - SQLAlchemy's name
        """What a bound whole number is cast to."""
        return self.visit_BIGINT(type_, **kw)  # type: ignore[no-untyped-call,no-any-return]  # SQLAlchemy's has no types


class _Dialect(PGDialect_psycopg):
    type_compiler_cls = _TypeCompiler


_DIALECT = _Dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's has no types


class _TextDumper(StrDumperUnknown):
    """A text of a question. PostgreSQL has none with NUL, so one that no dataset has either stands for it."""

    def dump(self, obj: str) -> Buffer | None:
        """Write it."""
        return super().dump(obj.replace("\0", "\uffff"))


class _WordsDumper(StrDumperUnknown):
    """What is asked of the index."""

    def dump(self, obj: Any) -> Buffer | None:
        """Write it."""
        return super().dump(query_text(obj))


def query_text(asked: AllWords) -> str:
    """What a `tsvector` is asked for; words are letters and digits only."""
    if not asked.words:
        return ""
    found = _of_columns(asked, asked.columns)
    return f"{found} & !({_of_columns(asked, asked.beyond)})" if asked.beyond else found


def _of_columns(asked: AllWords, columns: int) -> str:
    weights = WEIGHTS[:columns]
    *whole, last = asked.words
    begun = " | ".join(f"'{word}':{weights}" for word in asked.forms) if asked.forms else f"'{last}':*{weights}"
    return " & ".join([*(f"'{word}':{weights}" for word in whole), f"({begun})"])


def prepared(connection: Connection[Any]) -> None:
    """Make a connection ready for the binds of questions."""
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_dumper(AllWords, _WordsDumper)


def with_options(conninfo: str, **options: str | int) -> str:
    """Connection parameters with settings of the server beside those that they have."""
    given = str(conninfo_to_dict(conninfo).get("options") or "")
    added = " ".join(f"-c {name}={value}" for name, value in options.items())
    return make_conninfo(conninfo, options=f"{given} {added}".strip())


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """Say what went wrong in the words of the service."""
    try:
        yield
    except errors.QueryCanceled as error:
        raise TookTooLong(f"{name} took longer than {READ_SECONDS} s to answer") from error
    except _LOST as error:
        raise DatabaseError(f"{name} cannot be read: {' '.join(str(error).split())}") from error


class PostgresReader:
    """The schema of a published dataset."""

    waits = True

    def __init__(self, conninfo: str, name: str, schema: str) -> None:
        self.identity = schema
        self._name = name
        options = with_options(
            conninfo, search_path=schema, default_transaction_read_only="on", statement_timeout=READ_SECONDS * 1000
        )
        self._pool = ConnectionPool(
            make_conninfo(options, connect_timeout=CONNECT_SECONDS),
            min_size=1,
            max_size=CONNECTIONS,
            max_waiting=WAITING,
            timeout=CONNECT_SECONDS,
            kwargs={"autocommit": True},
            configure=prepared,
            # Whoever gets a connection gets one that lives, also after a restart of the server.
            check=ConnectionPool.check_connection,
            # It is asked for again and again, so none of its attempts needs patience.
            reconnect_timeout=CONNECT_SECONDS,
            open=True,
            name=schema,
        )

    def check(self) -> None:
        """The server looks after what it stores."""

    def is_whole(self) -> bool:
        """Whether it is what it was when it was opened: nobody else writes into it."""
        return True

    def ready(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> Ready:
        """What reads the rows of the statement that `build` makes of a shape, again and again; what it is called with
        is bound beside what is bound here.
        """
        return lambda more: self.rows(build, shape, {**binds, **more})

    def rows(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> list[Any]:
        """The rows of such a statement, which is compiled once per shape."""
        text, constants = _compiled(build, shape)
        with told(self._name), self._pool.connection() as connection:
            return connection.execute(text, {**constants, **binds}).fetchall()

    def batches(
        self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]
    ) -> Generator[list[Any], None, None]:
        """The rows of such a statement, some at a time, so that their number takes no memory."""
        text, constants = _compiled(build, shape)
        with (
            told(self._name),
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(name="stream") as cursor,
        ):
            cursor.execute(text, {**constants, **binds})
            yield from iter(partial(cursor.fetchmany, ROWS_AT_ONCE), [])

    def select(self, statement: Select[Any]) -> Iterator[Any]:
        """The rows of a statement that is asked once, one after the other."""
        text, constants = compiled(statement)
        with told(self._name), self._pool.connection() as connection:
            yield from connection.execute(text, constants)

    def close(self) -> None:
        """Close the connections; those that are in use when they come back."""
        self._pool.close()


def compiled(statement: Select[Any]) -> tuple[bytes, dict[str, Any]]:
    """A statement as psycopg takes it: it is ours, so it may be any text."""
    text, constants = database.compiled(statement, _DIALECT)
    return text.encode(), constants


@lru_cache(maxsize=STATEMENTS)
def _compiled(build: Build, shape: tuple[Any, ...]) -> tuple[bytes, dict[str, Any]]:
    return compiled(build(*shape))


@compiles(HasWords, "postgresql")
def _has_words(element: HasWords, compiler: SQLCompiler, **options: Any) -> str:
    return f"{INDEX.name}.words @@ CAST({compiler.process(element.clauses, **options)} AS tsquery)"


@compiles(Encoded, "postgresql")
def _encoded(element: Encoded, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **options)}, 'UTF8')"


def connected(conninfo: str, name: str, **options: str | int) -> Connection[Any]:
    """A connection of its own; `DatabaseError` when there is none."""
    with told(name):
        return psycopg.connect(with_options(conninfo, **options), connect_timeout=CONNECT_SECONDS, autocommit=True)
