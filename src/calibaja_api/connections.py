"""Connections: how many, and for how long a client may take over what it sends and what it is sent."""

import asyncio
import time
from typing import Any, Final, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from calibaja_api.metrics import Metrics
from calibaja_api.outbox import Outbox

REQUEST_SECONDS: Final = 10.0
"""A request that is not complete so long after its beginning, or that of the connection, is not waited for."""
SEND_SECONDS: Final = 30.0
"""A client that takes nothing of what it is sent for so long does not get the rest."""
LOOK_SECONDS: Final = 1.0
HEAD_BYTES: Final = 65_536
"""Bytes of a request beside its body."""
HEAD_FIELDS: Final = 256
"""Fields of the head of a request, and of the trailer behind its body."""
HEAD_ROOM: Final = 64
"""Connections beyond the most that are answered otherwise, so that health checks get through."""
OTHER_FILES: Final = 128
"""Descriptors for what is no connection: the data, what sorts write, the log."""
_TOO_LARGE: Final = b"431 Request Header Fields Too Large"
_UNAVAILABLE: Final = b"503 Service Unavailable\r\nretry-after: 1"


class Door(Protocol):
    """Answers requests where they are read."""

    def __call__(
        self, target: bytes, headers: list[tuple[bytes, bytes]], state: dict[str, Any], date: bytes
    ) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to GET of a target; None where the application is to answer."""


class Connections:
    """The open connections of a process.

    Those that nothing is being answered to stand in the order in which they began to wait, so who waited longest
    is found at once: for a request that does not come, and for a place when there is none left.
    """

    def __init__(self, most: int, metrics: Metrics) -> None:
        self.most = most
        self.metrics = metrics
        self.door: Door | None = None
        self._dated: list[tuple[bytes, bytes]] = []
        self._date = b""
        self.outbox = Outbox()
        self.open: set[Connection] = set()
        self.waiting: dict[Connection, float] = {}
        metrics.connections = self.open.__len__

    @property
    def full(self) -> bool:
        """Whether more are open than may be."""
        return len(self.open) > self.most

    def enter(self, connection: "Connection") -> bool:
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

    def wait(self, connection: "Connection") -> None:
        """From now on, a connection waits for a request to be complete."""
        self.waiting.pop(connection, None)
        self.waiting[connection] = time.monotonic()

    def leave(self, connection: "Connection") -> None:
        """Forget a connection that is no more."""
        self.open.discard(connection)
        self.waiting.pop(connection, None)

    def date(self, headers: list[tuple[bytes, bytes]]) -> bytes:
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


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with bounds on what a client can keep busy."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        self.gate: Connections | None = self.app_state.get("connections")
        self.beside_body = 0
        self.about_to_read = 0
        self.reading = False
        self.ended = False
        self.refused = False
        self.at_once = False
        self.may_be_at_once = False
        self.unsent = 0
        self.unsent_since = time.monotonic()
        super().connection_made(transport)
        if self.gate and not self.gate.enter(self):
            self.refuse(_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more."""
        if self.gate:
            self.gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it is too much."""
        if self.refused:
            return
        self.about_to_read = self.beside_body + len(data)
        self.ended = False
        # Of requests that come in one piece only the first: however many there are, others are answered between.
        self.may_be_at_once = True
        super().data_received(data)
        if self.reading and not self.refused:
            # Of what came with the end of another request it is not known how much belongs to this one.
            self.beside_body = 0 if self.ended else self.beside_body + len(data)
            if self.beside_body > HEAD_BYTES or len(self.headers) > HEAD_FIELDS:
                self._too_large()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.at_once = False
        self.reading = True
        self.beside_body = 0
        if self.gate and self.cycle is not None:
            self.gate.wait(self)

    def on_headers_complete(self) -> None:
        """The head of a request is there; it is answered from here on."""
        if self.refused:
            return
        if self.about_to_read > HEAD_BYTES or len(self.headers) > HEAD_FIELDS:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > HEAD_BYTES or len(self.headers) > HEAD_FIELDS:
                self._too_large()
                return
        if self.may_be_at_once:
            self.may_be_at_once = False
            self.at_once = self._answer_at_once()
        if not self.at_once:
            super().on_headers_complete()

    def _answer_at_once(self) -> bool:
        """Answer the request whose head is there, if that takes moments and nothing stands before it."""
        gate, parser = self.gate, self.parser
        if gate is None or gate.door is None or gate.full or self.flow.write_paused or self.transport.is_closing():
            return False
        before: Any = self.cycle
        if before is not None and not before.response_complete:
            return False
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or parser.should_upgrade():
            return False
        date = gate.date(self.server_state.default_headers)
        answer = gate.door(self.url, self.headers, self.scope["state"], date)
        if answer is None:
            return False
        head, body = answer
        keep_alive = parser.should_keep_alive()
        # All in one piece: each write is a call of the system.
        gate.outbox.put(
            self.transport,
            b"".join((head, b"\r\n" if keep_alive else b"connection: close\r\n\r\n", body)),
            self.loop,
        )
        self.server_state.total_requests += 1
        if not keep_alive:
            gate.outbox.send()
            self.transport.close()
        return True

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if self.refused:
            return
        self.beside_body -= len(body)
        if not self.at_once:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is there."""
        if self.refused:
            return
        self.reading = False
        self.ended = True
        if self.at_once:
            if self.gate:
                self.gate.wait(self)
            return
        super().on_message_complete()
        if self.gate:
            if self.cycle.response_complete:
                self.gate.wait(self)
            else:
                self.gate.waiting.pop(self, None)

    def on_response_complete(self) -> None:
        """An answer is written; the next is another matter."""
        super().on_response_complete()
        if self.gate and not self.reading and self.cycle.response_complete and not self.transport.is_closing():
            self.gate.wait(self)

    def eof_received(self) -> None:
        """The client sends no more, and may still read: of many clients the ends are handed over in one go with what
        they sent.
        """
        self._send_answers()
        super().eof_received()

    def send_400_response(self, msg: str) -> None:
        """What came is no request; what came before it may have been one."""
        self._send_answers()
        super().send_400_response(msg)

    def _send_answers(self) -> None:
        """Send what waits to be sent, before anything else is, or nothing more."""
        if self.gate:
            self.gate.outbox.send()

    def close(self, reason: str) -> None:
        """Close what waits; what is written is still sent."""
        self._send_answers()
        if self.gate:
            self.gate.waiting.pop(self, None)
            self.gate.metrics.closed[reason] += 1
        self.transport.close()

    def refuse(self, status: bytes) -> None:
        """Answer no more on this connection."""
        self.refused = True
        self._send_answers()
        if self.gate:
            self.gate.waiting.pop(self, None)
        self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()

    def _too_large(self) -> None:
        if self.gate:
            self.gate.metrics.closed["head"] += 1
        self.refuse(_TOO_LARGE)

    def look(self, now: float) -> None:
        """Give up a client that takes nothing of what is written, whether or not the connection is being closed."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or not self.unsent or unsent < self.unsent:
            self.unsent_since = now
        elif now - self.unsent_since >= SEND_SECONDS:
            if self.gate:
                self.gate.metrics.closed["send"] += 1
            self.transport.abort()
        self.unsent = unsent

    def resume_writing(self) -> None:
        """The client has taken much of what was written."""
        self.unsent_since = time.monotonic()
        super().resume_writing()


def files_for(connections: int) -> int:
    """How many descriptors a process needs for so many connections, and for what is none."""
    return connections + HEAD_ROOM + OTHER_FILES


def state_of(connections: Connections) -> dict[str, Any]:
    """What the application gives to the server's connections when it starts."""
    return {"connections": connections}
