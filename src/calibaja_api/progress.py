"""How far long work is, shown to whoever waits for a command."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from calibaja_api.parallel import Work

_LONG: Final = 20
"""Work of fewer pieces is done before anybody has read of it."""
_LOOK_SECONDS: Final = 0.2
_LINE_SECONDS: Final = 10


@contextmanager
def shown() -> Iterator[Work]:
    """Work with all processors that tells how far it is: by a bar on a terminal, else by a line now and then."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Nothing may refresh it from a thread, as the process is copied.
    with Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal) as bars:
        told = _Told(bars, console)
        yield Work(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, told)


class _Told:
    """What was shown last."""

    def __init__(self, bars: Progress, console: Console) -> None:
        self._bars = bars
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._next = time.monotonic() + _LINE_SECONDS

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show how far it is."""
        if of < _LONG:
            return
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=of)
        if done < of and time.monotonic() < self._next:
            return
        self._bars.update(self._tasks[what], completed=done, refresh=True)
        if self._console.is_terminal:
            self._next = time.monotonic() + _LOOK_SECONDS
        else:
            self._next = time.monotonic() + _LINE_SECONDS
            self._console.print(f"{what}: {done} of {of}")
