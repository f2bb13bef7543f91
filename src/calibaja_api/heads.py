"""Heads of requests: what stands under the first line is the same whatever a client asks, so it is read once."""

import re
from typing import Final, NamedTuple

from calibaja_api.answer import RawHeaders
from calibaja_api.remembering import Remembered

REMEMBERED: Final = 1_000
"""Heads without their first line that are remembered."""
SHORT: Final = 1_000
"""Bytes of one that is remembered."""

_LINE: Final = re.compile(rb"GET (/[\w/?&=%.,:+*~-]*) HTTP/1\.1\r\n")
"""A first line of which the target has no character that a server could take in another way."""


class Head(NamedTuple):
    """The target and the headers of a request."""

    target: bytes
    headers: RawHeaders


class Heads:
    """What was read of heads, by their bytes."""

    def __init__(self) -> None:
        self._known: Remembered[bytes, RawHeaders] = Remembered(REMEMBERED)

    def read(self, request: bytes) -> Head | None:
        """The head of a request that came in one piece, if all but its first line was kept."""
        line = _LINE.match(request)
        headers = self._known.get(request[line.end() :]) if line else None
        return Head(line[1], headers) if line and headers is not None else None

    def keep(self, request: bytes, headers: RawHeaders) -> None:
        """Remember the headers of a whole request that has no body, behind which its connection stays open."""
        line = _LINE.match(request)
        if line and len(request) - line.end() <= SHORT:
            self._known.put(request[line.end() :], headers)
