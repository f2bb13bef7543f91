"""What a database does for the service, whichever it is: `sqlite` and `postgresql` each do it in their way.

A dataset never changes once it is published. A publish makes another beside it and then, in one step, the current one:
a reader sees the old one or the new one, whole.
"""

import contextlib
import math
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sqlalchemy import BindParameter, Connection, Dialect, Select, column, select, table
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from calibaja_api.findings import Finding

COLUMNS: Final = ("names", "others", "notes")
"""The columns of the index of words, from those whose words say most to those that say least."""

THREADS: Final = 4
"""Threads that read at once."""
EXPORTS: Final = 4
"""Exports at once; each keeps a read open from its first piece to its last."""
ROWS_AT_ONCE: Final = 160
"""So many rows are at hand of what goes through many."""
READ_SECONDS: Final = 10
"""A read that takes longer is given up."""

T = TypeVar("T")

Build: TypeAlias = Callable[..., Select[Any]]
"""Makes the statement of a shape of question."""
Ready: TypeAlias = Callable[[Mapping[str, Any]], list[Any]]
"""Reads the rows of a statement, given what it binds beside what it has."""
Entry: TypeAlias = tuple[int, str, str, str]
"""Of an item its rank, and its words, with blanks between, of each column of the index."""


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


class TookTooLong(DatabaseError):
    """A read was given up since it took longer than it may."""


_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Give up reads that take longer: `TookTooLong`. A database may have a limit of its own, too."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def at_most(seconds: float, call: Callable[[], T]) -> T:
    """What a call returns whose reads are given up where they take longer."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        return call()
    finally:
        _deadline.reset(token)


deadline: Final[Callable[[], float]] = _deadline.get
"""When a read that begins now is given up, by the clock of `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class AllWords:
    """What `having_words` binds: all of these words in the first so many columns, the last as the beginning of one."""

    words: tuple[str, ...]
    columns: int
    forms: tuple[str, ...] = ()
    """The words that the last one begins, where they are few: to look for a word costs less than for a beginning."""
    beyond: int = 0
    """What has them all in the first so many columns is left out."""


class HasWords(FunctionElement[Any]):
    """Whether an entry of the index has the `AllWords` that is bound; each database compiles it in its way."""

    # A condition as it stands: of a Boolean, SQLite would be asked whether it equals 1.
    type = NullType()
    inherit_cache = True


class Encoded(FunctionElement[Any]):
    """A text as the bytes that it is sent as; each database compiles it in its way."""

    type = NullType()
    inherit_cache = True


INDEX: Final = table("search_index", column("rowid"))
"""The index of words, which each database has in its own form."""


def having_words(asked: BindParameter[Any]) -> Select[tuple[int]]:
    """The ranks of the items that have the words of the `AllWords` that is bound."""
    return select(INDEX.c.rowid).where(HasWords(asked))


def compiled(statement: Select[Any], dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """A statement as text with named parameters, and the values of those that are constant."""
    text = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return str(text), {name: value for name, value in text.params.items() if value is not None}


def one_by_one(batches: Generator[list[Any], None, None]) -> Generator[Any, None, None]:
    """Rows that come some at a time, one after the other."""
    with contextlib.closing(batches):
        yield from chain.from_iterable(batches)


class Reader(Protocol):
    """A published dataset, open for reading from any thread."""

    @property
    def waits(self) -> bool:
        """Whether its reads wait for another process, so that they do not belong into an event loop."""

    @property
    def identity(self) -> Hashable:
        """What tells it from any other that was or will be current."""

    def check(self) -> None:
        """Look at all of it, where that is a matter of moments; `DatabaseError` when it is damaged."""

    def is_whole(self) -> bool:
        """Whether it is what it was when it was opened."""

    def ready(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> Ready:
        """What reads the rows of the statement that `build` makes of a shape, again and again; what it is called with
        is bound beside what is bound here.
        """

    def rows(self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]) -> list[Any]:
        """The rows of such a statement, which is compiled once per shape."""

    def batches(
        self, build: Build, shape: tuple[Any, ...], binds: Mapping[str, Any]
    ) -> Generator[list[Any], None, None]:
        """The rows of such a statement, some at a time, so that their number takes no memory."""

    def select(self, statement: Select[Any]) -> Iterator[Any]:
        """The rows of a statement that is asked once, one after the other."""

    def close(self) -> None:
        """Let go of it."""


class Database(Protocol):
    """Where datasets are published and read. `str` is what people call it, without a password."""

    @property
    def shared(self) -> bool:
        """Whether other services may use it too, so that nothing is published there that nobody asked for."""

    def exists(self) -> bool:
        """Whether anything is there."""

    def current(self) -> Hashable:
        """The identity of the dataset that is current now; `DatabaseError` when there is none."""

    def open(self, version: str | None = None) -> Reader:
        """The current dataset, or a version that is kept; `DatabaseError` when it is not there."""

    def file(self, version: str) -> Path | None:
        """The file of a version that is kept, where versions are files."""

    def kept(self) -> list[str]:
        """The versions that are kept, the oldest first; the current one is among them."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the lock under which one publishes; `DatabaseError` when another publish does not end."""

    def replaced(self, version: str) -> AbstractContextManager[Connection]:
        """A connection to a new empty place; when the block ends well what is there becomes the current dataset in one
        step, else nothing has happened. Call it under `locked`.
        """

    def go_back(self, version: str) -> None:
        """Make a version that is kept the current one. Call it under `locked`."""

    def drop(self, version: str) -> None:
        """Keep a version no longer; the current one is left alone. Call it under `locked`."""

    def examine(self) -> Iterator[Finding]:
        """Whether it can be read and published to, and whether what it stores is whole."""

    def close(self) -> None:
        """Let go of what looking for the current dataset took."""

    def filled(self, connection: Connection) -> AbstractContextManager[None]:
        """Tables that are empty at first and full when the block ends, indexes too. Call it inside `replaced`."""

    def index_words(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add to the index of words."""
