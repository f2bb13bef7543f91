"""Answers on their way out: those to requests that came together leave together.

A write wakes who waits for it, which costs the writer as much as a short answer does. The event loop hands over all
that has come before it turns to anything else, so answers wait until then: who is woken by the first finds the others.
"""

import asyncio
import time
from typing import Final

WAITING_SECONDS: Final = 0.001
"""No answer waits longer for another to be begun."""
WAITING_BYTES: Final = 1 << 18
"""Nor does more wait than this."""


class Outbox:
    """What is to be sent when the event loop has handed over all that has come."""

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []
        self._bytes = 0
        self._since = 0.0
        self._is_due = False

    def put(self, transport: asyncio.Transport, answer: bytes, loop: asyncio.AbstractEventLoop) -> None:
        """Send an answer before the event loop turns to anything else; what is to come behind it while the loop still
        hands over what has come needs a `send` first.
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

    def hurry(self) -> None:
        """Send what has waited for long; called before anything is begun that takes time."""
        if self._waiting and time.monotonic() - self._since > WAITING_SECONDS:
            self.send()

    def send(self) -> None:
        """Send all that waits now."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        for transport, answer in waiting:
            if not transport.is_closing():
                transport.write(answer)
