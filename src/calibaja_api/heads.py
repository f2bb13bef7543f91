"""Heads of requests: what stands under the first line is the same whatever a client asks, so it is read once."""

import re
from typing import Final

SHORT: Final = 4_000
"""Bytes of a request that is remembered, so that the next is compared with it."""

_LINE: Final = re.compile(rb"GET (/[\w/?&=%.,:+*~-]*) HTTP/1\.1")
"""A first line of which the target has no character that a server could take in another way."""


def target_of(request: bytes, before: bytes) -> bytes | None:
    """The target of a `GET` that came in one piece, if it differs from one before it in nothing but its target.

    So its headers are those of that one, and that it ends there was for who read that one to say.
    """
    end = request.find(b"\r\n")
    rest = request[end:]
    if not before.endswith(rest):
        return None
    line = _LINE.fullmatch(request, 0, end)
    return line[1] if line and _LINE.fullmatch(before, 0, len(before) - len(rest)) else None
