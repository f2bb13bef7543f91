"""What every answer has, whatever made it: a request id, security and CORS headers; and what is refused unread.

Plain ASGI, once around the application. HEAD is answered as GET without the body. What a request was and took is
counted and logged here.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import Any, Final, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calibaja_api.answer import RawHeaders
from calibaja_api.connections import Connections
from calibaja_api.errors import InternalError, InvalidParameters, Refusal, Unavailable, parameter_error
from calibaja_api.logs import about_request
from calibaja_api.metrics import UNMATCHED, Metrics, Phases
from calibaja_api.problems import problem_answer
from calibaja_api.settings import Settings
from calibaja_api.shapes.problems import ErrorCode

REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
EXPOSED: Final = "Content-Disposition, Content-Language, ETag, Link, Retry-After, Server-Timing, X-Request-ID"
ANY_HOST: Final = ("*",)
HEALTH: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that are answered under any name and however much there is to do."""
UNAVAILABLE_SECONDS: Final = 1.0
"""Of the answers of 503 within so many seconds, the log tells of one."""
SLOW_SECONDS: Final = 1.0
"""An answer that begins later is told in the log."""

# Answers are for anyone, so any page may read them; none of them is a page to embed or to guess a type of.
HEADERS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"timing-allow-origin", b"*"),
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

HOLD: Final = "hold"
"""The member of a request's state that keeps its answer, where somebody does: a `Hold`."""
Hold: TypeAlias = Callable[[int, RawHeaders, bytes], None]
"""Is told of an answer's status, headers and body."""

_PROCESS: Final = secrets.token_hex(8).encode()
_REQUESTS: Final = count(1)

_log = logging.getLogger(__name__)


class Edge:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, connections: Connections) -> None:
        self.app = app
        self.public_url = settings.public_url or ""
        self.max_requests = settings.max_requests
        self.requests = 0
        """How many are being answered, but for those about health, which take nobody's place."""
        self.access_log = settings.access_log
        self.metrics = metrics
        self.connections = connections
        self.told_unavailable = -UNAVAILABLE_SECONDS
        self.allowed_hosts = tuple(settings.allowed_hosts.split(","))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        phases = Phases()
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        id_ = request_id(given)
        about_request(id_.decode())
        method = scope["method"]
        state = scope.setdefault("state", {})
        hold = state.get(HOLD)
        sender = _Sender(send, id_, phases, hold, head=method == "HEAD", timed=scope["path"].startswith("/v1"))
        state.update(request_id=id_.decode(), head=sender.head, phases=phases)
        if sender.head:
            scope = {**scope, "method": "GET"}
        bounded = scope["path"] not in HEALTH
        self.metrics.in_progress += 1
        self.requests += bounded
        try:
            await self._answer(scope, receive, sender)
        finally:
            self.requests -= bounded
            self.metrics.in_progress -= 1
            if sender.status:
                route = getattr(scope.get("route"), "path", UNMATCHED)
                self.metrics.answered(method, route, sender.status, phases)
                self._tell(scope, method, route, sender)

    async def _answer(self, scope: Scope, receive: Receive, sender: "_Sender") -> None:
        try:
            self._admit(scope)
            await self.app(scope, receive, sender)
        except Refusal as refusal:
            await problem_answer(refusal, scope, self.public_url)(scope, receive, sender)
        except Exception:
            if sender.status:
                # The server tells of it and closes the connection.
                raise
            _log.exception("request %s failed", scope["state"]["request_id"])
            mistake = InternalError("The service made a mistake; the request id finds it in the log.")
            await problem_answer(mistake, scope, self.public_url)(scope, receive, sender)

    def _admit(self, scope: Scope) -> None:
        """Refuse what there is no room for, and who asks for another host."""
        if scope["path"] in HEALTH:
            return
        if self.requests > self.max_requests:
            self.metrics.shed["requests"] += 1
            raise Unavailable("Too many requests are being answered.")
        if self.connections.full:
            self.metrics.shed["connections"] += 1
            raise Unavailable("Too many connections are open.")
        if self.allowed_hosts != ANY_HOST:
            asked = next((value for name, value in scope["headers"] if name == b"host"), b"")
            if not is_allowed(asked, self.allowed_hosts):
                detail = "The service is not asked under this name."
                raise InvalidParameters([parameter_error("Host", ErrorCode.NOT_ALLOWED, detail)])

    def _has_told_unavailable(self) -> bool:
        """Whether it was told a moment ago that requests are turned away; how many are, metrics tell."""
        now = time.monotonic()
        if now - self.told_unavailable < UNAVAILABLE_SECONDS:
            return True
        self.told_unavailable = now
        return False

    def _tell(self, scope: Scope, method: str, route: str, sender: "_Sender") -> None:
        """Log the request, if it is one to be told of: a failure, a slow one, or any where all are asked for."""
        seconds = sender.phases.started - sender.phases.begun
        slow = seconds > SLOW_SECONDS
        unavailable = sender.status == Unavailable.status
        if slow or (sender.status >= 500 and not (unavailable and self._has_told_unavailable())):
            level = logging.WARNING
        elif self.access_log and scope["path"] not in HEALTH:
            level = logging.INFO
        else:
            level = logging.DEBUG
        if not _log.isEnabledFor(level):
            return
        moved = self.metrics.dataset()
        told: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": sender.status,
            "duration_ms": round(seconds * 1000, 2),
            "bytes": sender.bytes,
            "dataset": moved.version if moved else None,
            "client": (scope.get("client") or ("",))[0],
        }
        if slow:
            told["slow"] = True
        if _log.isEnabledFor(logging.DEBUG):
            # What people ask for is nobody's business unless something is being looked for.
            told["asked"] = (
                (scope.get("raw_path") or b"").decode("latin-1") + "?" + scope["query_string"].decode("latin-1")
            )
        _log.log(level, "request", extra=told)


class _Sender:
    """Sends an answer with the headers that every answer has, and remembers what it was."""

    __slots__ = ("bytes", "head", "headers", "hold", "phases", "request_id", "send", "status", "timed")

    def __init__(
        self, send: Send, request_id: bytes, phases: Phases, hold: Hold | None, *, head: bool, timed: bool
    ) -> None:
        self.send = send
        self.request_id = request_id
        self.phases = phases
        self.hold = hold
        self.head = head
        self.timed = timed
        self.status = 0
        self.bytes = 0
        self.headers: RawHeaders = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.phases.start()
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
            headers = completed(self.headers)
            headers.append((b"x-request-id", self.request_id))
            if self.timed:
                headers.append((b"server-timing", timing(self.phases)))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            if self.hold is not None and not message.get("more_body", False) and not self.bytes:
                self.hold(self.status, self.headers, body)
            if self.head:
                message = {**message, "body": b""}
            else:
                self.bytes += len(body)
        await self.send(message)


def completed(headers: RawHeaders) -> RawHeaders:
    """The headers of an answer with those that every answer has."""
    every = [(name, each_once(value)) if name == b"vary" else (name, value) for name, value in headers]
    every += HEADERS
    if all(name != CONTENT_SECURITY_POLICY[0] for name, _ in headers):
        every.append(CONTENT_SECURITY_POLICY)
    return every


def timing(phases: Phases) -> bytes:
    """The phases in milliseconds, for `Server-Timing`."""
    told = (phases.parse * 1000, phases.waited * 1000, phases.answer * 1000)
    return b"parse;dur=%.2f, wait;dur=%.2f, answer;dur=%.2f" % told


@lru_cache(maxsize=64)
def each_once(value: bytes) -> bytes:
    """A list of names, each named once."""
    return b", ".join(dict.fromkeys(name.strip() for name in value.split(b",")))


@lru_cache(maxsize=256)
def is_allowed(asked: bytes, allowed: tuple[str, ...]) -> bool:
    """Whether a host is one of those that the service is asked under."""
    if allowed == ANY_HOST:
        return True
    host = re.sub(r":[0-9]*$", "", asked.decode("latin-1").lower()).removesuffix(".")
    return any(host == name or (name[0] == "*" and host.endswith(name[1:]) and host != name[1:]) for name in allowed)


def request_id(given: bytes | None) -> bytes:
    """The client's own id of its request, where it is one; else a new one, of this process and its requests."""
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return b"%s%016x" % (_PROCESS, next(_REQUESTS))
