"""uvicorn's protocol of a connection, with bounds on what a client can keep busy, and a door before the application."""

import asyncio
import logging
import time
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from calibaja_api.answer import RawHeaders
from calibaja_api.connections import Connections
from calibaja_api.heads import SHORT, target_of

SEND_SECONDS: Final = 30.0
"""A client that takes nothing of what it is sent for so long does not get the rest."""
HEAD_BYTES: Final = 65_536
"""Bytes of a request beside its body."""
HEAD_FIELDS: Final = 256
"""Fields of the head of a request, and of the trailer behind its body."""
_TOO_LARGE: Final = b"431 Request Header Fields Too Large"
_UNAVAILABLE: Final = b"503 Service Unavailable\r\nretry-after: 1"

_log = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with bounds on what a client can keep busy."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrowed as by uvicorn
        """A client has connected."""
        self.gate: Connections | None = self.app_state.get("connections")
        self.beside_body = 0
        self.about_to_read = 0
        self.reading = False
        self.ended = False
        self.refused = False
        self.at_once = False
        self.may_be_at_once = False
        self.left: dict[str, Any] | None = None
        self.before = self.rest = b""
        self.headers_before: RawHeaders = []
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
        between = not self.reading
        # Some clients have something new in each head, so it is looked at here.
        if between and data.endswith(self.rest) and self._answer_as_before(data):
            return
        self.about_to_read = self.beside_body + len(data)
        self.ended = False
        # Of requests that come in one piece only the first: however many there are, others are answered between.
        self.may_be_at_once = True
        super().data_received(data)
        if between and self.at_once and len(data) <= SHORT:
            # It was all of what came: a request behind another one is never answered at once.
            self.before, self.rest, self.headers_before = data, data[data.find(b"\r\n") :], self.headers
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
        if self.left is not None:
            # It was asked already, and left to the application.
            self.scope["state"].update(self.left)
        elif self.may_be_at_once:
            self.at_once = self._answer_at_once()
        self.may_be_at_once, self.left = False, None
        if not self.at_once:
            super().on_headers_complete()

    def _answer_as_before(self, data: bytes) -> bool:
        """Answer what came where it is a whole request that differs from one before it in its target only."""
        target = target_of(data, self.before)
        if target is None or self.timeout_keep_alive_task is not None:
            return False
        state: dict[str, Any] = {}
        if self._answer(target, self.headers_before, state, keep_alive=True):
            if self.gate:
                self.gate.wait(self)
            return True
        self.left = state
        return False

    def _answer_at_once(self) -> bool:
        """Answer the request whose head is there."""
        parser = self.parser
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or parser.should_upgrade():
            return False
        return self._answer(self.url, self.headers, self.scope["state"], keep_alive=parser.should_keep_alive())

    def _answer(self, target: bytes, headers: RawHeaders, state: dict[str, Any], *, keep_alive: bool) -> bool:
        """Have the door's answer sent, if that takes moments and nothing stands before it."""
        gate = self.gate
        if gate is None or gate.door is None or gate.full or self.flow.write_paused or self.transport.is_closing():
            return False
        before: Any = self.cycle
        if before is not None and not before.response_complete:
            return False
        try:
            answer = gate.door(target, headers, state, gate.date(self.server_state.default_headers))
        except Exception:  # noqa: BLE001 - the application meets it too, and can say so to the client
            _log.exception("a request could not be answered where it was read")
            return False
        if answer is None:
            return False
        head, body = answer
        # All in one piece: each write is a call of the system.
        end = b"\r\n" if keep_alive else b"connection: close\r\n\r\n"
        gate.outbox.put(self.transport, b"".join((head, end, body)), self.loop)
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
