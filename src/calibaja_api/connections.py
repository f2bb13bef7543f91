"""The open connections of a process: how many there may be, and which wait for a request."""

import asyncio
import time
from typing import Any, Final, Protocol

from calibaja_api.answer import RawHeaders
from calibaja_api.metrics import Metrics
from calibaja_api.outbox import Outbox

REQUEST_SECONDS: Final = 10.0
"""A request that is not complete so long after its beginning, or that of the connection, is not waited for."""
LOOK_SECONDS: Final = 1.0
HEAD_ROOM: Final = 64
"""Connections beyond the most that are answered otherwise, so that health checks get through."""
OTHER_FILES: Final = 128
"""Descriptors for what is no connection: the data, what sorts write, the log."""


class Door(Protocol):
    """Answers requests where they are read."""

    def __call__(
        self, target: bytes, headers: RawHeaders, state: dict[str, Any], date: bytes
    ) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to GET of a target; None where the application is to answer."""


class Open(Protocol):
    """An open connection."""

    def close(self, reason: str) -> None:
        """Close what waits; what is written is still sent."""

    def look(self, now: float) -> None:
        """Give up a client that takes nothing of what is written."""


class Connections:
    """The open connections of a process.

    Those that nothing is being answered to stand in the order in which they began to wait, so who waited longest
    is found at once: for a request that does not come, and for a place when there is none left.
    """

    def __init__(self, most: int, metrics: Metrics) -> None:
        self.most = most
        self.metrics = metrics
        self.door: Door | None = None
        self._dated: RawHeaders = []
        self._date = b""
        self.outbox = Outbox()
        self.open: set[Open] = set()
        self.waiting: dict[Open, float] = {}
        metrics.connections = self.open.__len__

    @property
    def full(self) -> bool:
        """Whether more are open than may be."""
        return len(self.open) > self.most

    def enter(self, connection: Open) -> bool:
        """Take in a new connection, in the place of one that waits where all are taken; false where there is none."""
        self.open.add(connection)
        if self.full and self.waiting:
            longest = next(iter(self.waiting))
            longest.close("place")
        if len(self.open) > self.most + HEAD_ROOM:
            self.metrics.shed["connections"] += 1
            return False
        self.wait(connection)
        return True

    def wait(self, connection: Open) -> None:
        """From now on, a connection waits for a request to be complete."""
        self.waiting.pop(connection, None)
        self.waiting[connection] = time.monotonic()

    def leave(self, connection: Open) -> None:
        """Forget a connection that is no more."""
        self.open.discard(connection)
        self.waiting.pop(connection, None)

    def date(self, headers: RawHeaders) -> bytes:
        """The headers that the server gives to all answers, as they are sent; it makes them anew once a second."""
        if headers is not self._dated:
            self._dated, self._date = headers, b"".join(b"%s: %s\r\n" % header for header in headers)
        return self._date

    async def watch(self) -> None:
        """Close, until cancelled, what takes too long."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            for connection, since in list(self.waiting.items()):
                if now - since < REQUEST_SECONDS:
                    break
                connection.close("request")
            for connection in list(self.open):
                connection.look(now)


def files_for(connections: int) -> int:
    """How many descriptors a process needs for so many connections, and for what is none."""
    return connections + HEAD_ROOM + OTHER_FILES


def state_of(connections: Connections) -> dict[str, Any]:
    """What the application gives to the server's connections when it starts."""
    return {"connections": connections}
