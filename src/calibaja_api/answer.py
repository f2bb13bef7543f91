"""An answer: finished bytes with finished headers."""

import asyncio
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import AbstractContextManager

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

WITHOUT_CONTENT = frozenset({204, 304})


class Answer(Response):
    """A response whose bytes and headers are sent as they are."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        if status not in WITHOUT_CONTENT:
            self.raw_headers.append((b"content-length", str(len(body)).encode()))


class StreamedAnswer(StreamingResponse):
    """A response whose bytes are made while they are sent, with what they are made from held open."""

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        made: Generator[bytes, None, None],
        held: AbstractContextManager[None],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(chunks, headers=headers)
        self._made = made
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, to its end or until nobody listens any more."""
        with self._held:
            try:
                await super().__call__(scope, receive, send)
            finally:
                # Whoever hangs up leaves rows unread, and what they were sorted in stays open until nobody reads.
                self._made.close()


async def in_loop(made: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    """What a generator makes, in the event loop; others are answered between two pieces."""
    for chunk in made:
        yield chunk
        await asyncio.sleep(0)
