"""Compression of what is sent: zstd, br or gzip, whichever of them a client takes first in this order."""

from typing import Final

from starlette.types import Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from calibaja_api.answer import RawHeaders
from calibaja_api.negotiation import MEDIA_TYPES
from calibaja_api.problems import MEDIA_TYPE
from calibaja_api.shapes.vocabulary import Format

MINIMUM_BYTES: Final = 500
"""Less is sent as it is."""


class Compression(CompressMiddleware):
    """Compresses answers of one piece whole, and those that are streamed piece by piece."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; for a client that names no encoding nothing is done at all."""
        if scope["type"] == "http" and any(name == b"accept-encoding" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


_GIVEN: Final = "given"


async def _give(scope: Scope, _receive: Receive, send: Send) -> None:
    for message in scope[_GIVEN]:
        await send(message)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


_COMPRESSION: Final = Compression(_give, minimum_size=MINIMUM_BYTES)


def compressed(encodings: bytes, headers: RawHeaders, body: bytes) -> tuple[RawHeaders, bytes] | None:
    """Headers and body of an answer of one piece, as they are sent under an `Accept-Encoding`; None where that is no
    matter of one step.
    """
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    given = (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
    running = _COMPRESSION(
        {"type": "http", "headers": [(b"accept-encoding", encodings)], _GIVEN: given}, _nothing, send
    )
    # Nothing in it waits, so it comes to its end at once.
    try:
        running.send(None)
    except StopIteration:
        start, content = sent
        return start["headers"], content["body"]
    running.close()
    return None


add_compress_type(MEDIA_TYPE)
for _format, _media_type in MEDIA_TYPES.items():
    # Exports are made while they are sent: what is there is not held back until there is more.
    add_compress_type(_media_type.partition(";")[0], streaming=_format is not Format.JSON)
