"""The limit: an ASGI application that sends constant bytes. What it does in a second, no application can pass."""

from functools import lru_cache

from starlette.types import Receive, Scope, Send


@lru_cache(maxsize=1024)
def _messages(path: str) -> tuple[dict[str, object], dict[str, object]]:
    """The answer to `/SIZE`: so many bytes, declared as JSON."""
    body = b"0" * int(path[1:])
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {"type": "http.response.start", "status": 200, "headers": headers}, {
        "type": "http.response.body",
        "body": body,
    }


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer `/SIZE` with so many bytes."""
    start, body = _messages(scope["path"])
    await send(start)
    await send(body)
