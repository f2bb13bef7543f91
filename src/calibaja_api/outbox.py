"""Answers on their way out: those to requests that came together leave together.

A write wakes who waits for it, which costs the writer as much as a short answer does. The event loop hands over all
that has come before it turns to anything else, so answers wait until then: who is woken by the first finds the others.
"""

import asyncio
import logging
import time
from typing import Final

WAITING_SECONDS: Final = 0.001
"""No answer waits longer for others, as far as it is known how long they take."""
WAITING_BYTES: Final = 1 << 18
"""Nor does more wait than this."""

_log = logging.getLogger(__name__)


class Outbox:
    """What is to be sent when the event loop has handed over all that has come."""

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []
        self._bytes = 0
        self._since = 0.0
        self._is_due = False

    def put(self, transport: asyncio.Transport, answer: bytes, loop: asyncio.AbstractEventLoop) -> None:
        """Send an answer before anything that the event loop is asked to do from now on; who does anything else to its
        transport while the loop hands over what has come calls `send` first.
        """
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append((transport, answer))
        self._bytes += len(answer)
        if self._bytes > WAITING_BYTES:
            self.send()
        elif not self._is_due:
            self._is_due = True
            loop.call_soon(self._when_due)

    def _when_due(self) -> None:
        self._is_due = False
        self.send()

    def make_way(self, seconds: float) -> None:
        """Before something is begun that takes so long, send what would have waited for too long at its end."""
        if self._waiting and time.monotonic() + seconds - self._since > WAITING_SECONDS:
            self.send()

    def send(self) -> None:
        """Send all that waits now."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        for transport, answer in waiting:
            if not transport.is_closing():
                try:
                    transport.write(answer)
                except Exception:  # noqa: BLE001 - what is wrong with one client keeps no other waiting
                    _log.exception("an answer could not be written")
