"""Threads for what would keep the event loop waiting; who finds too many waiting for one is turned away at once."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import cached_property
from itertools import islice
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from calibaja_api.database import EXPORTS, READ_SECONDS, THREADS, TookTooLong, limited
from calibaja_api.errors import Unavailable
from calibaja_api.metrics import Metrics, Phases

T = TypeVar("T")

WAITING: Final = 64
"""So many questions wait for a thread; more are turned away at once."""


EXPORT_SECONDS: Final = 5
"""So long an export waits for a place, as most are a matter of moments."""
AT_A_TIME: Final = 3
"""So many pieces of an export are made in one turn of a thread, as each turn takes as long as a fifth of a piece."""


class Workers:
    """The threads of a process. What they read is given up where it takes too long."""

    def __init__(self, metrics: Metrics) -> None:
        self._places = asyncio.Semaphore(EXPORTS)
        self._waiting = 0
        """How many exports wait for a place."""
        self._metrics = metrics

    @cached_property
    def _limiter(self) -> CapacityLimiter:
        # anyio loads what it is made of then, which no start has to wait for.
        return CapacityLimiter(THREADS)

    async def run(self, call: Callable[[], T], phases: Phases) -> T:
        """What a call returns; `Unavailable` where too many wait for a thread."""
        if self._limiter.statistics().tasks_waiting >= WAITING:
            self._metrics.shed["threads"] += 1
            raise Unavailable("Too many questions wait to be answered.")
        asked = time.perf_counter()

        def begin() -> T:
            phases.waited += time.perf_counter() - asked
            return call()

        with limited(READ_SECONDS), self._counted():
            return await to_thread.run_sync(begin, limiter=self._limiter)

    async def each(self, made: Generator[T, None, None]) -> AsyncIterator[T]:
        """What a generator makes, one after the other: the first as soon as it is made, then some at a time."""
        most = 1
        while True:
            with limited(READ_SECONDS), self._counted():
                some = await to_thread.run_sync(list, islice(made, most), limiter=self._limiter)
            if not some:
                return
            for one in some:
                yield one
            most = AT_A_TIME

    async def begin_export(self) -> None:
        """Have an export among those that run at once, until `end_export`.

        `Unavailable` where none of them ends in time, or too many wait for that.
        """
        if self._waiting >= WAITING or not await self._found_place():
            self._metrics.shed["exports"] += 1
            raise Unavailable("Too many exports run at once.")
        self._metrics.exports += 1

    async def _found_place(self) -> bool:
        self._waiting += 1
        try:
            async with asyncio.timeout(EXPORT_SECONDS):
                return await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    def end_export(self) -> None:
        """Give its place to the next one."""
        self._metrics.exports -= 1
        self._places.release()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except TookTooLong:
            self._metrics.reads_given_up += 1
            raise
