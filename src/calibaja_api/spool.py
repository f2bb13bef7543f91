"""Records that are kept as lines in a file without a name: as objects, a million of them would take gigabytes."""

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, Generic, TypeVar

from pydantic import BaseModel

R = TypeVar("R", bound=BaseModel)

_AT_ONCE: Final = 1_000
"""So many lines are written in one piece."""


class Spool(Mapping[str, R], Generic[R]):
    """Records by id, in order of their ids; each is read when it is asked for."""

    def __init__(self, model: type[R]) -> None:
        self._model = model
        with tempfile.TemporaryFile() as file:
            # It is there as long as the records are, also in copies of this process.
            self._descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)
        self._unwritten: list[bytes] = []
        self._ordinals: dict[str, int] = {}
        self._starts = array("q", [0])

    def add(self, id_: str, line: bytes) -> None:
        """Take another record: the line that its model reads."""
        self._ordinals[id_] = len(self._ordinals)
        self._unwritten.append(line)
        self._starts.append(self._starts[-1] + len(line))
        if len(self._unwritten) >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        lines = memoryview(b"".join(self._unwritten))
        self._unwritten.clear()
        while lines:
            lines = lines[os.write(self._descriptor, lines) :]

    def ordinal(self, id_: str) -> int:
        """The place of a record among those that were added, from 0."""
        return self._ordinals[id_]

    @cached_property
    def added(self) -> list[str]:
        """The ids in the order in which they were added."""
        return list(self._ordinals)

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self._ordinals)

    def line(self, id_: str) -> bytes:
        """The line of a record."""
        ordinal = self._ordinals[id_]
        if self._unwritten:
            self._write()
        start = self._starts[ordinal]
        return os.pread(self._descriptor, self._starts[ordinal + 1] - start, start)

    def __getitem__(self, id_: str) -> R:
        return self._model.model_validate_json(self.line(id_))

    def __iter__(self) -> Iterator[str]:
        return iter(self._ordered)

    def __len__(self) -> int:
        return len(self._ordinals)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._ordinals
