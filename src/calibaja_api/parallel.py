"""Long work in several processes, whose results come back in order."""

import contextlib
import gc
import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

R = TypeVar("R")

_WORTH_A_PROCESS: Final = 4
"""For fewer pieces of work no process is begun."""


def _tell_nobody(_what: str, _done: int, _of: int) -> None:
    pass


@dataclass(frozen=True)
class Work:
    """How long work is done: in how many processes, and who is told how far it is.

    More than one is only for a process that has no other threads, as those are not there in its copies.
    """

    processes: int = 1
    tell: Callable[[str, int, int], None] = _tell_nobody
    """Takes what is done, how many pieces of it are done, and of how many."""

    def done(self, what: str, piece: Callable[[int], R], count: int) -> Iterator[R]:
        """The results of a number of pieces of work, in order. Few are made ahead, so their number takes no memory."""
        self.tell(what, 0, count)
        with contextlib.closing(self._results(piece, count)) as results:
            for number, result in enumerate(results, 1):
                yield result
                self.tell(what, number, count)

    def _results(self, piece: Callable[[int], R], count: int) -> Generator[R, None, None]:
        if self.processes < 2 or count < _WORTH_A_PROCESS:
            yield from map(piece, range(count))
        else:
            with _begun(piece, count, self.processes) as readers:
                for index in range(count):
                    yield _received(readers[index % len(readers)])


ALONE: Final = Work()
"""In this process, and nobody is told."""


@contextlib.contextmanager
def _begun(piece: Callable[[int], Any], count: int, processes: int) -> Iterator[Sequence[Connection]]:
    """Copies of this process that do their shares, and what to read their results from."""
    context = multiprocessing.get_context("fork")
    readers: list[Connection] = []
    copies = []
    try:
        for number in range(processes):
            reader, writer = context.Pipe(duplex=False)
            readers.append(reader)
            share = range(number, count, processes)
            copy = context.Process(target=_work, args=(piece, share, writer, list(readers)), daemon=True)
            copy.start()
            copies.append(copy)
            writer.close()
        yield readers
    finally:
        for reader in readers:
            reader.close()
        for copy in copies:
            copy.terminate()
            copy.join()


def _work(piece: Callable[[int], Any], share: Iterable[int], writer: Connection, readers: list[Connection]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Once the process that reads is gone nobody reads, and what is sent then ends this one.
    for reader in readers:
        reader.close()
    gc.freeze()
    with contextlib.suppress(BrokenPipeError):
        for index in share:
            try:
                result = (piece(index), None)
            except Exception as error:  # noqa: BLE001 - the process that reads raises it
                writer.send((None, error))
                return
            writer.send(result)


def _received(reader: Connection) -> Any:
    try:
        result, error = reader.recv()
    except EOFError:
        raise ChildProcessError("a process that did a share of the work ended before it was done") from None
    if error is not None:
        raise error
    return result
