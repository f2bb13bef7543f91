"""An answer: finished bytes with finished headers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import Final, TypeAlias

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

SEND_SECONDS: Final = 30
"""A client that takes longer to take a piece of a file does not get the rest."""
WITHOUT_CONTENT = frozenset({204, 304})

RawHeader: TypeAlias = tuple[bytes, bytes]
"""A header as it is sent, its name in lower case."""
RawHeaders: TypeAlias = list[RawHeader]


class Answer(Response):
    """A response whose bytes and headers are sent as they are."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str] | RawHeaders) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = headers if isinstance(headers, list) else raw_headers(headers)
        if status not in WITHOUT_CONTENT:
            self.raw_headers.append((b"content-length", b"%d" % len(body)))


def raw_headers(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as they are sent."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


class StreamedAnswer(StreamingResponse):
    """A response whose bytes are made while they are sent; what they are made from is open until then."""

    def __init__(self, chunks: AsyncIterator[bytes], open_: ExitStack, headers: RawHeaders) -> None:
        super().__init__(chunks)
        self.raw_headers = headers
        self._open = open_

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, to its end, until nobody listens any more, or until a client takes too long to take a piece."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        with self._open:
            await super().__call__(scope, receive, in_time)
