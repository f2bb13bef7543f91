"""Threads for what would keep the event loop waiting; who finds too many waiting for one is turned away at once."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from calibaja_api.database import EXPORTS, READ_SECONDS, THREADS, TookTooLong, limited
from calibaja_api.errors import Unavailable
from calibaja_api.metrics import Metrics, Phases

T = TypeVar("T")

WAITING: Final = 64
"""So many questions wait for a thread; more are turned away at once."""


class Workers:
    """The threads of a process. What they read is given up where it takes too long."""

    def __init__(self, metrics: Metrics) -> None:
        self._limiter = CapacityLimiter(THREADS)
        self._metrics = metrics

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
        """What a generator makes, one after the other."""
        end = object()
        while True:
            with limited(READ_SECONDS), self._counted():
                one = await to_thread.run_sync(next, made, end, limiter=self._limiter)
            if one is end:
                return
            yield one  # type: ignore[misc]

    @contextlib.contextmanager
    def exporting(self) -> Iterator[None]:
        """Have an export among those that run at once; `Unavailable` where there are as many as may be."""
        if self._metrics.exports >= EXPORTS:
            self._metrics.shed["exports"] += 1
            raise Unavailable("Too many exports run at once.")
        self._metrics.exports += 1
        try:
            yield
        finally:
            self._metrics.exports -= 1

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except TookTooLong:
            self._metrics.reads_given_up += 1
            raise
