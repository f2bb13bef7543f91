"""Heads that were read before: what is known of one is what a parser finds in it, and who asks is answered the same."""

import asyncio
import contextlib
import re
import socket
from typing import Any, Final

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.started import get
from tests.waiting import PATIENCE
from uvicorn.config import Config
from uvicorn.server import ServerState

from calibaja_api.connections import Connections, state_of
from calibaja_api.heads import SHORT, target_of
from calibaja_api.metrics import Metrics
from calibaja_api.protocol import Connection

Headers = list[tuple[bytes, bytes]]


class Parsed:
    """What a parser finds in bytes."""

    def __init__(self, request: bytes) -> None:
        self.target = b""
        self.headers: Headers = []
        self.complete = 0
        parser = httptools.HttpRequestParser(self)
        parser.feed_data(request)
        kind = (parser.get_method(), parser.get_http_version(), self.complete)
        self.is_plain = kind == (b"GET", "1.1", 1) and parser.should_keep_alive()
        """Whether it is what the door answers, on a connection that stays open."""

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self.complete += 1


NAMES = st.sampled_from(["host", "accept", "Accept-Encoding", "If-None-Match", "cookie", "X-A", "Connection"])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip)
FIELDS = st.lists(st.tuples(NAMES, VALUES).map(": ".join), max_size=6)
TARGETS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30).map("/".__add__)


@given(TARGETS, TARGETS, FIELDS)
@example("/v1/regions", "/v1/facts?region=tijuana&sort=-value", ["host: a"])
@example("/v1/regions", "/v1/facts?q=%ff&id=a,b;c", [])
@example("/v1/regions", "/v1/facts#there", [])
@example("/v1/regions", "/v1/facts HTTP/1.0\r\nx: y", [])
@example("/v1/facts HTTP/1.1\nx: y", "/v1/facts", [])
@example("/v1/facts\t", "/v1/facts", [])
def test_what_is_known_of_a_request_is_what_a_parser_finds_in_it(one: str, other: str, fields: list[str]) -> None:
    before, request = (get("/PLACE", *fields).replace(b"/PLACE", target.encode("latin-1")) for target in (one, other))
    try:
        read = Parsed(before)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return
    target = target_of(request, before)
    if target is not None and read.is_plain:
        found = Parsed(request)
        assert (target, read.headers) == (found.target, found.headers)
        assert found.is_plain


BEFORE: Final = get("/v1/regions", "Accept: a/b")
REQUEST: Final = get("/v1/facts", "Accept: a/b")


@pytest.mark.parametrize(
    "target", ["/", "/v1/facts", "/v1/facts?region=tijuana,san-diego&time__during=2010/2019&sort=-value&q=a%20b+c:~*"]
)
def test_the_target_is_known_of_what_differs_in_nothing_else(target: str) -> None:
    assert target_of(get(target, "Accept: a/b"), BEFORE) == target.encode()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(REQUEST.replace(b"GET", b"HEAD"), id="another method"),
        pytest.param(REQUEST.replace(b"1.1", b"1.0"), id="another version"),
        pytest.param(REQUEST.replace(b"/v1", b"http://x/v1"), id="a whole address"),
        pytest.param(REQUEST.replace(b"facts", b"fac ts"), id="a blank in the target"),
        pytest.param(REQUEST.replace(b"facts", b"facts#a"), id="a fragment"),
        pytest.param(REQUEST.replace(b"a/b", b"a/c"), id="another value"),
        pytest.param(REQUEST.replace(b"Accept", b"accept"), id="another case"),
        pytest.param(REQUEST[:-1], id="less"),
        pytest.param(REQUEST + b"G", id="more"),
        pytest.param(REQUEST * 2, id="two"),
        pytest.param(b"\r\n" + REQUEST, id="an empty line before it"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_of_what_differs_in_anything_else_it_is_not_known(other: bytes) -> None:
    assert target_of(REQUEST, BEFORE) == b"/v1/facts"
    assert target_of(other, BEFORE) is None
    assert target_of(REQUEST, other) is None


# What a connection makes of them


class Counting(Connection):
    """A connection that counts what it parses."""

    parsed = 0

    def on_message_begin(self) -> None:
        type(self).parsed += 1
        super().on_message_begin()


class Service:
    """A door that answers all but what is long, and an application behind it."""

    def __init__(self) -> None:
        self.connections = Connections(10, Metrics())
        self.connections.door = self.door
        self.asked: list[tuple[bytes, Headers]] = []
        self.states: list[Any] = []

    def door(self, target: bytes, headers: Headers, state: dict[str, Any], date: bytes) -> tuple[bytes, bytes] | None:
        self.asked.append((target, headers))
        if target.startswith(b"/long"):
            state["known"] = target
            return None
        return b"HTTP/1.1 200 OK\r\n%scontent-length: %d\r\n" % (date, len(target)), target

    async def application(self, scope: Any, _receive: Any, send: Any) -> None:
        self.states.append(scope["state"].get("known"))
        body = b"application " + scope["path"].encode()
        fields = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    def exchange(self, *pieces: bytes) -> tuple[list[bytes], int]:
        """What is answered to what comes in these pieces, each when all before it is answered; and how many requests
        were parsed.
        """

        async def run(client: socket.socket, server: socket.socket) -> list[bytes]:
            loop = asyncio.get_running_loop()
            config = Config(self.application, interface="asgi3", http=Counting, ws="none", log_config=None)
            config.load()

            def made() -> Counting:
                return Counting(config, ServerState(), state_of(self.connections), loop)

            transport, connection = await loop.connect_accepted_socket(made, server)
            client.setblocking(False)
            bodies: list[bytes] = []
            sent = received = b""
            for piece in pieces:
                sent += piece
                connection.data_received(piece)
                while len(bodies) < sent.count(b"\r\n\r\n"):
                    head, end, rest = received.partition(b"\r\n\r\n")
                    if end and len(rest) >= (size := int(re.findall(rb"content-length: (\d+)", head)[0])):
                        bodies.append(rest[:size])
                        received = rest[size:]
                    else:
                        received += await asyncio.wait_for(loop.sock_recv(client, 65536), PATIENCE)
            assert not received
            transport.close()
            return bodies

        Counting.parsed = 0
        with contextlib.ExitStack() as stack:
            pair = [stack.enter_context(each) for each in socket.socketpair()]
            return asyncio.run(run(*pair)), Counting.parsed


def test_a_head_that_comes_again_is_not_parsed() -> None:
    service = Service()
    pieces = get("/a"), get("/b"), get("/c?d=e"), get("/d", "Accept: a"), get("/e", "Accept: a"), get("/f")
    assert service.exchange(*pieces) == ([b"/a", b"/b", b"/c?d=e", b"/d", b"/e", b"/f"], 3)
    other = [(b"host", b"x"), (b"accept", b"a")]
    assert [headers for _, headers in service.asked] == [[(b"host", b"x")]] * 3 + [other] * 2 + [[(b"host", b"x")]]


def test_what_is_long_is_not_remembered() -> None:
    service = Service()
    long = get("/a", f"X-A: {'a' * SHORT}")
    assert service.exchange(long, long) == ([b"/a", b"/a"], 2)


@pytest.mark.parametrize("end", [1, 20, len(REQUEST) - 1])
def test_what_came_in_pieces_between_does_not_change_what_is_known_of_the_one_before(end: int) -> None:
    service = Service()
    service.exchange(get("/a"), REQUEST[:end], REQUEST[end:], get("/b"), get("/c"))
    accepting = [dict(headers).get(b"accept") for _, headers in service.asked]
    assert accepting == [None, b"a/b", None, None]


def test_what_is_left_to_the_application_is_asked_once_and_goes_on_with_what_is_known() -> None:
    service = Service()
    pieces = [get("/a"), get("/long"), get("/b"), get("/c"), get("/long/2"), get("/d")]
    bodies, parsed = service.exchange(*pieces)
    assert bodies == [b"/a", b"application /long", b"/b", b"/c", b"application /long/2", b"/d"]
    assert [target for target, _ in service.asked] == [b"/a", b"/long", b"/b", b"/c", b"/long/2", b"/d"]
    assert service.states == [b"/long", b"/long/2"]
    # What comes first behind an answer of the application ends the server's own waiting for it.
    assert parsed == 5


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(get("/b") + get("/c"), id="two in one piece"),
        pytest.param(get("/b") + get("/long") + get("/c"), id="three in one piece"),
        pytest.param(get("/b", "Content-Length: 0"), id="a length"),
        pytest.param(b"\r\n" + get("/b"), id="an empty line before it"),
        pytest.param(get("/b") + b"\r\n", id="an empty line behind it"),
    ],
)
def test_whatever_comes_between_heads_that_are_known_all_is_answered(piece: bytes) -> None:
    service, fresh = Service(), Service()
    pieces = (get("/a"), piece, piece, get("/z"))
    assert service.exchange(*pieces)[0] == [body for each in pieces for body in fresh.exchange(each)[0]]


@pytest.mark.parametrize("end", [1, 5, 20, len(REQUEST) - 1])
def test_a_request_that_comes_in_pieces_is_answered_once(end: int) -> None:
    service = Service()
    bodies, parsed = service.exchange(REQUEST, REQUEST[:end], REQUEST[end:], REQUEST)
    assert bodies == [b"/v1/facts"] * 3
    assert parsed == 2
