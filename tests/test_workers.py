import asyncio
import threading
from collections.abc import Generator

import pytest
from tests.waiting import PATIENCE

from calibaja_api.database import THREADS
from calibaja_api.metrics import Metrics
from calibaja_api.workers import Workers


class Reading:
    """What is read in a thread, for as long as a test likes."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def pieces(self) -> Generator[bytes, None, None]:
        self.begun.set()
        assert self.may_end.wait(PATIENCE)
        yield b"piece"

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, PATIENCE)


async def moments() -> None:
    """Let the event loop go round."""
    for _ in range(10):
        await asyncio.sleep(0.01)


def test_pieces_come_in_their_order_and_then_none() -> None:
    async def asking() -> list[bytes]:
        workers, made = Workers(Metrics()), (piece for piece in (b"one", b"two"))
        return [await workers.next_piece(made) for _ in range(4)]

    assert asyncio.run(asking()) == [b"one", b"two", b"", b""]


@pytest.mark.parametrize("times", [1, 3])
def test_who_is_cancelled_waits_until_the_thread_has_read_so_that_what_it_reads_can_be_closed(times: int) -> None:
    async def asking() -> None:
        workers, reading = Workers(Metrics()), Reading()
        made = reading.pieces()
        task = asyncio.create_task(workers.next_piece(made))
        await reading.until_begun()
        for _ in range(times):
            task.cancel()
            await moments()
            assert not task.done()
        reading.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Of a generator that runs this is an error.
        made.close()

    asyncio.run(asking())


def test_who_is_cancelled_before_a_thread_is_free_waits_for_none() -> None:
    async def asking() -> None:
        workers, readings, late = Workers(Metrics()), [Reading() for _ in range(THREADS)], Reading()
        tasks = [asyncio.create_task(workers.next_piece(reading.pieces())) for reading in readings]
        for reading in readings:
            await reading.until_begun()
        waits = asyncio.create_task(workers.next_piece(late.pieces()))
        await moments()
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        for reading in readings:
            reading.may_end.set()
        assert await asyncio.gather(*tasks) == [b"piece"] * THREADS
        assert not late.begun.is_set()

    asyncio.run(asking())


def test_an_error_in_a_thread_is_told_to_who_asked() -> None:
    def broken() -> Generator[bytes, None, None]:
        yield b"piece"
        raise OSError("gone")

    async def asking() -> None:
        workers, made = Workers(Metrics()), broken()
        assert await workers.next_piece(made) == b"piece"
        with pytest.raises(OSError, match="gone"):
            await workers.next_piece(made)

    asyncio.run(asking())


def test_threads_that_are_let_go_end_and_who_asks_later_has_others() -> None:
    def name() -> Generator[bytes, None, None]:
        while True:
            yield str(threading.get_ident()).encode()

    async def asking() -> None:
        workers, made = Workers(Metrics()), name()
        first = int(await workers.next_piece(made))
        thread = next(each for each in threading.enumerate() if each.ident == first)
        workers.close()
        await asyncio.to_thread(thread.join, PATIENCE)
        assert not thread.is_alive()
        assert int(await workers.next_piece(made))
        workers.close()

    asyncio.run(asking())
