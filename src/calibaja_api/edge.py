"""What every answer has, whatever made it: a request id, security and CORS headers.

Plain ASGI, once around the application. HEAD is answered as GET without the body.
"""

import logging
import re
import uuid
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calibaja_api.errors import InternalError
from calibaja_api.problems import problem_answer

REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
EXPOSED: Final = "Content-Disposition, Content-Language, ETag, Link, Retry-After, X-Request-ID"

# Answers are for anyone, so any page may read them; none of them is a page to embed or to guess a type of.
HEADERS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
CONTENT_SECURITY_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PREFLIGHT: Final = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match, X-Request-ID",
    "Access-Control-Max-Age": "86400",
}

_log = logging.getLogger(__name__)


class Edge:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self.app = app
        self.public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        sender = _Sender(send, request_id, head=scope["method"] == "HEAD")
        scope.setdefault("state", {}).update(request_id=request_id.decode(), head=sender.head)
        if sender.head:
            scope = {**scope, "method": "GET"}
        try:
            await self.app(scope, receive, sender)
        except Exception:
            _log.exception("request %s failed", request_id.decode())
            if sender.started:
                raise
            refusal = InternalError("The service made a mistake; the request id finds it in the log.")
            await problem_answer(refusal, scope, self.public_url)(scope, receive, sender)


class _Sender:
    """Sends an answer with the headers that every answer has."""

    def __init__(self, send: Send, request_id: bytes, *, head: bool) -> None:
        self.send = send
        self.request_id = request_id
        self.head = head
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [*message.get("headers", ()), *HEADERS, (b"x-request-id", self.request_id)]
            if all(name != CONTENT_SECURITY_POLICY[0] for name, _ in headers):
                headers.append(CONTENT_SECURITY_POLICY)
            message = {**message, "headers": headers}
        elif self.head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self.send(message)


def _request_id(scope: Scope) -> bytes:
    """The client's own id where it is one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            given: bytes = value
            return given
    return uuid.uuid4().hex.encode()
