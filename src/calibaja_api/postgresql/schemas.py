"""Where datasets are: a schema each, and beside them one with the list of versions and the row of the current one."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from calibaja_api.database import DatabaseError, Entry
from calibaja_api.findings import Finding, Verdict
from calibaja_api.postgresql.reader import WEIGHTS, PostgresReader, connected, told

LOCK_SECONDS: Final = 60
KEPT: Final = 3
"""Versions that are kept, with the current one."""
DROP_SECONDS: Final = 2
"""So long a publish waits for the readers of a version that is too old; one that is still read is dropped later."""

GONE_MILLISECONDS: Final = 5_000
"""A server that has not answered to what was sent for so long is gone."""

_LOCK: Final = 0x43616C6942616A61
_TABLES: Final = (
    "CREATE SCHEMA IF NOT EXISTS calibaja",
    """
    CREATE TABLE IF NOT EXISTS calibaja.version
    (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version text NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS calibaja.current
    (single boolean PRIMARY KEY DEFAULT true CHECK (single), number bigint NOT NULL REFERENCES calibaja.version)
    """,
)
_CURRENT: Final = "SELECT number, version FROM calibaja.current JOIN calibaja.version USING (number)"


def _schema(number: int) -> str:
    return f"calibaja_{number}"


class PostgresDatabase:
    """A database of a server, or of several behind one URL: libpq chooses which."""

    shared = True

    def __init__(self, conninfo: str) -> None:
        try:
            parameters = conninfo_to_dict(conninfo)
        except psycopg.ProgrammingError as error:
            raise DatabaseError(f"not a database URL such as postgresql+psycopg://user@host/name: {error}") from None
        # A server that is gone without a word is given up, too.
        self._conninfo = make_conninfo(conninfo, tcp_user_timeout=parameters.get("tcp_user_timeout", GONE_MILLISECONDS))
        host = parameters.get("host") or parameters.get("hostaddr") or "the local server"
        self._name = f"{parameters.get('dbname') or parameters.get('user') or 'the default database'} on {host}"
        self._watch: psycopg.Connection[Any] | None = None

    def __str__(self) -> str:
        return self._name

    def exists(self) -> bool:
        """Whether any dataset was published."""
        with self._connection() as connection:
            return self._current(connection) is not None

    def current(self) -> str:
        """The schema that is current. The connection is kept from one look to the next."""
        if self._watch is None or self._watch.closed:
            self._watch = connected(self._conninfo, self._name)
        try:
            return self._current_schema(self._watch)
        except DatabaseError:
            self._watch.close()
            raise

    def _current_schema(self, connection: psycopg.Connection[Any]) -> str:
        found = self._current(connection)
        if found is None:
            raise DatabaseError(f"{self}: no dataset was published yet")
        return _schema(found[0])

    def _current(self, connection: psycopg.Connection[Any]) -> tuple[int, str] | None:
        with told(self._name):
            [(there,)] = connection.execute("SELECT to_regclass(%s)", ["calibaja.current"])
            return connection.execute(_CURRENT).fetchone() if there else None

    def open(self, version: str | None = None) -> PostgresReader:
        """The current dataset, or a version that is kept."""
        if version is not None:
            return PostgresReader(self._conninfo, self._name, self._schema_of(version))
        with contextlib.closing(connected(self._conninfo, self._name)) as connection:
            schema = self._current_schema(connection)
        return PostgresReader(self._conninfo, self._name, schema)

    def file(self, version: str) -> None:
        """A version is a schema, and no file."""

    def kept(self) -> list[str]:
        """The versions that are kept, the oldest first."""
        return [version for _, version in self._kept()]

    def _kept(self) -> list[tuple[int, str]]:
        with self._connection() as connection, told(self._name):
            [(there,)] = connection.execute("SELECT to_regclass(%s)", ["calibaja.version"])
            listed = "SELECT number, version FROM calibaja.version ORDER BY number"
            return connection.execute(listed).fetchall() if there else []

    def _schema_of(self, version: str) -> str:
        for number, kept in reversed(self._kept()):
            if kept == version:
                return _schema(number)
        raise DatabaseError(f"version {version} is not kept")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection to a server that can be written."""
        attributes = conninfo_to_dict(self._conninfo).get("target_session_attrs") or "read-write"
        conninfo = make_conninfo(self._conninfo, target_session_attrs=str(attributes))
        with contextlib.closing(connected(conninfo, self._name)) as connection:
            yield connection

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock under which one publishes; it goes with the connection, however a publish ends."""
        with self._connection() as connection:
            connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            try:
                connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            except psycopg.errors.LockNotAvailable:
                raise DatabaseError(f"another publish has held the lock of {self} for {LOCK_SECONDS} s") from None
            yield

    @contextlib.contextmanager
    def replaced(self, version: str) -> Iterator[Connection]:
        """A connection to a new schema, which becomes the current one when the block ends well: one transaction."""
        with self._connection() as raw:
            raw.autocommit = False
            engine = create_engine("postgresql+psycopg://", creator=lambda: raw, poolclass=StaticPool)
            try:
                with engine.connect() as connection:
                    before = self._begin(connection)
                    number = connection.scalar(
                        text("INSERT INTO calibaja.version (version) VALUES (:version) RETURNING number"),
                        {"version": version},
                    )
                    connection.execute(text(f"CREATE SCHEMA {_schema(number)}"))
                    connection.execute(text(f"SET LOCAL search_path TO {_schema(number)}"))
                    yield connection
                    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                    connection.execute(text("ANALYZE"))
                    self._make_current(connection, number)
                    self._prune(connection, number, before)
                    connection.commit()
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.OperationalError):
                    raise DatabaseError(f"{self} cannot be written: {' '.join(str(error.orig).split())}") from error
                raise
            finally:
                engine.dispose()

    def _begin(self, connection: Connection) -> int:
        """See to the list of versions; the number of the current one, or 0."""
        for statement in _TABLES:
            connection.execute(text(statement))
        current = connection.execute(text(_CURRENT)).first()
        return 0 if current is None else int(current[0])

    def _make_current(self, connection: Connection, number: int) -> None:
        statement = (
            "INSERT INTO calibaja.current (number) VALUES (:number) "
            "ON CONFLICT (single) DO UPDATE SET number = EXCLUDED.number"
        )
        connection.execute(text(statement), {"number": number})

    def _prune(self, connection: Connection, current: int, before: int) -> None:
        """What was undone before, is there twice or is too old, is kept no longer."""
        listed = list(connection.execute(text("SELECT number, version FROM calibaja.version ORDER BY number")))
        versions = dict(map(tuple, listed))
        others = [number for number in versions if number != current]
        undone = [number for number in others if number > before or versions[number] == versions[current]]
        older = [number for number in others if number not in undone]
        for number in (*undone, *older[: len(older) - KEPT + 1]):
            # One that is read at this moment stays until the next publish.
            with contextlib.suppress(DBAPIError), connection.begin_nested():
                connection.execute(text(f"SET LOCAL lock_timeout = '{DROP_SECONDS}s'"))
                self._drop(connection, number)

    def _drop(self, connection: Connection, number: int) -> None:
        connection.execute(text(f"DROP SCHEMA {_schema(number)} CASCADE"))
        connection.execute(text("DELETE FROM calibaja.version WHERE number = :number"), {"number": number})

    def go_back(self, version: str) -> None:
        """Make a version that is kept the current one."""
        number = {kept: number for number, kept in self._kept()}[version]
        with self._connection() as connection, told(self._name):
            connection.execute("UPDATE calibaja.current SET number = %s", [number])

    def drop(self, version: str) -> None:
        """Keep a version no longer."""
        number = {kept: number for number, kept in self._kept()}[version]
        with self._connection() as connection, told(self._name), connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            connection.execute(f"DROP SCHEMA {_schema(number)} CASCADE")
            connection.execute("DELETE FROM calibaja.version WHERE number = %s", [number])

    def examine(self) -> Iterator[Finding]:
        """Whether a server answers, and whether it can be published to."""
        try:
            with contextlib.closing(connected(self._conninfo, self._name)) as connection, told(self._name):
                version = connection.info.server_version // 10_000
                [(standby, may)] = connection.execute(
                    "SELECT pg_is_in_recovery(), has_database_privilege(current_database(), 'CREATE')"
                ).fetchall()
        except DatabaseError as error:
            yield Finding(Verdict.WRONG, str(error))
            return
        yield Finding(Verdict.OK, f"{self} answers: PostgreSQL {version}{', a standby' if standby else ''}")
        if not may:
            yield Finding(Verdict.NOTE, f"this role may not make schemas in {self}, so it can read and not publish")

    def close(self) -> None:
        """Close the connection that looks."""
        if self._watch is not None:
            self._watch.close()

    @contextlib.contextmanager
    def filled(self, connection: Connection) -> Iterator[None]:  # noqa: ARG002 - SQLite's needs it
        """Tables that are filled; their indexes grow with them."""
        yield

    def index_words(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add to the index of words: of each word the weight of the first column that has it."""
        rows = [(rank, _vector(texts)) for rank, *texts in entries]
        connection.exec_driver_sql("INSERT INTO search_index (rowid, words) VALUES (%s, CAST(%s AS tsvector))", rows)


def _vector(texts: Sequence[str]) -> str:
    weights: dict[str, str] = {}
    for column, weight in zip(texts, WEIGHTS, strict=True):
        for word in column.split():
            weights.setdefault(word, weight)
    return " ".join(f"'{word}':1{weight}" for word, weight in weights.items())
