"""Threads for what would keep the event loop waiting; who finds too many waiting for one is turned away at once."""

from collections.abc import AsyncIterator, Callable, Generator
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from calibaja_api.errors import Unavailable

T = TypeVar("T")

THREADS: Final = 8
WAITING: Final = 64


class Workers:
    """So many threads, for which so many calls wait at most."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._limiter = CapacityLimiter(threads)
        self._waiting = waiting

    async def run(self, call: Callable[[], T]) -> T:
        """What a call returns, made in a thread; `Unavailable` where too many wait for one."""
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise Unavailable("Too many questions wait for the database.")
        return await to_thread.run_sync(call, limiter=self._limiter)

    async def each(self, made: Generator[T, None, None]) -> AsyncIterator[T]:
        """What a generator makes, one after the other, each made in a thread."""
        end = object()
        while True:
            one = await to_thread.run_sync(next, made, end, limiter=self._limiter)
            if one is end:
                return
            yield one  # type: ignore[misc]
