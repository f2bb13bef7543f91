"""An answer: finished bytes with finished headers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from typing import Final, TypeAlias

from starlette.responses import Response
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


class StreamedAnswer(Response):
    """A response whose bytes are made while they are sent, a piece after the other; what they are made from is open
    until then.

    `read` makes the next piece, `b""` when there is none.
    """

    def __init__(
        self, first: bytes, read: Callable[[], Awaitable[bytes]], open_: ExitStack, headers: RawHeaders
    ) -> None:
        self.status_code = 200
        self.raw_headers = headers
        self.body = first
        self._read = read
        self._open = open_

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, to its end, until nobody listens any more, or until a client takes too long to take a piece."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        with self._open:
            gone = asyncio.Event()
            listening = asyncio.create_task(_listen(receive, gone))
            try:
                await in_time({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                while self.body:
                    await in_time({"type": "http.response.body", "body": self.body, "more_body": True})
                    if gone.is_set():
                        return
                    # Its memory is for the next one.
                    self.body = b""
                    self.body = await self._read()
                # Before the client knows that this was all, so that its next export finds the place of this one free.
                self._open.close()
                await in_time({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                listening.cancel()


async def _listen(receive: Receive, gone: asyncio.Event) -> None:
    """Tell when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()
