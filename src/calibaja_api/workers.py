"""Threads for what would keep the event loop waiting; who finds too many waiting for one is turned away at once."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final, TypeVar

from calibaja_api.database import EXPORTS, READ_SECONDS, THREADS, TookTooLong, limited
from calibaja_api.errors import Unavailable
from calibaja_api.metrics import Metrics, Phases

T = TypeVar("T")

WAITING: Final = 64
"""So many questions wait for a thread; more are turned away at once."""
EXPORT_SECONDS: Final = 5
"""So long an export waits for a place, as most are a matter of moments."""


class Workers:
    """The threads of a process. What they read is given up where it takes too long."""

    def __init__(self, metrics: Metrics) -> None:
        self._places = asyncio.Semaphore(EXPORTS)
        self._waiting = 0
        """How many exports wait for a place."""
        self._threads = _threads()
        self._asked = 0
        """How many questions have a thread or wait for one."""
        self._metrics = metrics

    async def run(self, call: Callable[[], T], phases: Phases) -> T:
        """What a call returns; `Unavailable` where too many wait for a thread."""
        if self._asked >= THREADS + WAITING:
            self._metrics.shed["threads"] += 1
            raise Unavailable("Too many questions wait to be answered.")
        asked = time.perf_counter()

        def begin() -> T:
            phases.waited += time.perf_counter() - asked
            return call()

        return await self._in_thread(begin)

    async def next_piece(self, made: Generator[bytes, None, None]) -> bytes:
        """What a generator makes next; `b""` at its end."""
        return await self._in_thread(lambda: next(made, b""))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        self._asked += 1
        try:
            with limited(READ_SECONDS), self._counted():
                reading = self._threads.submit(copy_context().run, call)
                try:
                    return await asyncio.wrap_future(reading)
                except asyncio.CancelledError:
                    await _ended(reading)
                    raise
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Let the threads end; who asks later has new ones."""
        self._threads.shutdown(wait=False)
        self._threads = _threads()

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


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, "reading")


async def _ended(reading: Future[Any]) -> None:
    """Wait until a thread has read, whoever is impatient: what it reads may be closed next."""
    ended = asyncio.wrap_future(reading)
    while not ended.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({ended})
    if not ended.cancelled():
        # Nobody asks any more what came of it, which asyncio would tell.
        ended.exception()
