import asyncio
import contextlib
import re
import resource
import select
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests import test_streaming
from tests.started import Started, get, started
from tests.waiting import PATIENCE, eventually
from uvicorn.config import Config
from uvicorn.server import ServerState

from calibaja_api.connections import HEAD_ROOM, REQUEST_SECONDS, Connections, state_of
from calibaja_api.metrics import Metrics
from calibaja_api.protocol import HEAD_BYTES, HEAD_FIELDS, SEND_SECONDS, Connection
from calibaja_api.serving import TAKEN_AT_ONCE

pytestmark = pytest.mark.slow

big = test_streaming.big


@pytest.fixture(scope="module")
def shared(database: Path) -> Iterator[Started]:
    with started(database) as server:
        yield server


def answer(connection: socket.socket) -> bytes:
    """What comes until the connection is closed, or until a whole answer without content has come."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while b"\r\n\r\n" not in received and (more := connection.recv(65536)):
            received += more
    return received


# Requests that do not come to their end

BEGINNINGS = {
    "nothing": (b"", b""),
    "half a head": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b""),
    "a head drip by drip": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    "empty lines": (b"", b"\r\n"),
    "a body drip by drip": (b"POST /v1/facts HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n", b"a"),
    "chunks drip by drip": (b"POST /v1/facts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "a second request drip by drip": (get("/healthz") + b"GET /healthz HTTP/1.1\r\n", b"X-A: b\r\n"),
}


def test_a_request_that_does_not_come_to_its_end_is_not_waited_for(shared: Started) -> None:
    with contextlib.ExitStack() as stack:
        begun = time.monotonic()
        open_ = {name: stack.enter_context(shared.connect()) for name in BEGINNINGS}
        for name, connection in open_.items():
            connection.sendall(BEGINNINGS[name][0])
        closed: dict[str, float] = {}
        while len(closed) < len(open_) and time.monotonic() - begun < PATIENCE:
            time.sleep(0.3)
            for name in open_.keys() - closed.keys():
                if is_closed(open_[name], BEGINNINGS[name][1]):
                    closed[name] = time.monotonic() - begun
    assert closed.keys() == open_.keys()
    # A busy server looks late, but it looks at all of them then; a drop more gains no time.
    assert REQUEST_SECONDS - 1 < min(closed.values()) < 2 * REQUEST_SECONDS, closed
    assert max(closed.values()) - min(closed.values()) < REQUEST_SECONDS / 2, closed
    assert shared.metric('calibaja_connections_closed_total{reason="request"}') >= len(BEGINNINGS)


def is_closed(connection: socket.socket, drop: bytes) -> bool:
    """Whether the other side has closed a connection; where not, it gets a drop more."""
    try:
        while select.select([connection], [], [], 0)[0]:
            if not connection.recv(65536):
                return True
        connection.sendall(drop)
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


def test_a_request_may_take_its_time(shared: Started) -> None:
    with shared.connect() as connection:
        for piece in (b"GET /heal", b"thz HTTP/1.1\r\n", b"Host: x\r\nConnection: close\r\n", b"\r\n"):
            time.sleep(2)
            connection.sendall(piece)
        assert answer(connection).startswith(b"HTTP/1.1 200 ")


# Heads that are too large


@pytest.mark.parametrize("pieces", [1, 2, 50])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([f"X-A: {'a' * (HEAD_BYTES - 1000)}"], 200),
        ([f"X-A: {'a' * HEAD_BYTES}"], 431),
        ([f"X-{n}: {'a' * 500}" for n in range(100)], 200),
        ([f"X-{n}: {'a' * 500}" for n in range(150)], 431),
        ([f"X-{n}: a" for n in range(HEAD_FIELDS - 1)], 200),
        ([f"X-{n}: a" for n in range(HEAD_FIELDS)], 431),
        ([f"X-{'a' * HEAD_BYTES}: a"], 431),
    ],
    ids=["large", "too large", "several", "too many bytes", "many", "too many", "a name"],
)
def test_a_large_head_is_refused(shared: Started, fields: list[str], status: int, pieces: int) -> None:
    request = get("/healthz", *fields)
    size = len(request) // pieces + 1
    with shared.connect() as connection:
        # What was refused may be closed before all of it is sent.
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for start in range(0, len(request), size):
                connection.sendall(request[start : start + size])
                time.sleep(0.002 if pieces > 1 else 0)
        received = answer(connection)
        # A reset may overtake the answer.
        assert received.startswith(f"HTTP/1.1 {status} ".encode()) or (status == 431 and not received)
        assert b"server:" not in received.lower()


def test_a_line_that_is_too_large_is_refused(shared: Started) -> None:
    for size, status in ((9000, 414), (HEAD_BYTES, 431)):
        with shared.connect() as connection:
            connection.sendall(get(f"/v1/facts?id={'a' * size}"))
            assert answer(connection).startswith(f"HTTP/1.1 {status} ".encode())


def test_endless_trailers_are_refused(shared: Started) -> None:
    with shared.connect() as connection:
        connection.sendall(b"POST /v1/facts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 405 ")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):  # noqa: PT012
            for _ in range(200):
                connection.sendall(b"X-A: b\r\n" * 100)
                time.sleep(0.01)


def test_a_large_body_is_not_a_large_head(shared: Started) -> None:
    content = b"a" * 300_000
    with httpx.Client(base_url=shared.address) as http:
        for _ in range(2):
            assert http.post("/v1/facts", content=content).status_code == 405
        assert http.get("/v1/regions").status_code == 200


def test_several_requests_at_once_are_answered_in_order(shared: Started) -> None:
    names = [f"n{number}" for number in range(200)]
    fields = [f"X-A: {'a' * 2000}"]
    with shared.connect() as connection:
        connection.sendall(b"".join(get("/healthz", f"X-Request-ID: {name}", *fields) for name in names[:-1]))
        connection.sendall(get("/healthz", f"X-Request-ID: {names[-1]}", "Connection: close"))
        received = b""
        while more := connection.recv(65536):
            received += more
    assert re.findall(rb"x-request-id: (n\d+)", received) == [name.encode() for name in names]


# Many that come at once


def test_who_is_new_does_not_wait_for_all_that_came_before_to_be_answered_again(database: Path) -> None:
    new = 64
    with started(database) as server, server.connect() as busy, contextlib.ExitStack() as open_:
        with _stopped(server):
            busy.sendall(get("/healthz"))
            others = [open_.enter_context(server.connect()) for _ in range(new)]
            for other in others:
                other.sendall(get("/healthz"))
        turns = 0
        while others[-1] not in (readable := select.select([busy, others[-1]], [], [], PATIENCE)[0]):
            assert readable
            # The end of an answer may come by itself.
            if b'{"status":"ok"}' in busy.recv(65536):
                busy.sendall(get("/healthz"))
                turns += 1
        # One is answered in each turn of the event loop, in which so many are taken in.
        assert turns <= new / TAKEN_AT_ONCE + 4


@contextlib.contextmanager
def _stopped(server: Started) -> Iterator[None]:
    """Meanwhile it does nothing."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_who_comes_when_the_server_says_that_it_runs_is_answered(database: Path) -> None:
    for _ in range(3):
        with started(database) as server, server.connect() as connection:
            connection.sendall(get("/readyz"))
            assert answer(connection).startswith(b"HTTP/1.1 200")


# Clients that do not read


def test_a_client_that_reads_nothing_holds_nothing(database: Path) -> None:
    with started(database) as server, contextlib.ExitStack() as stack:
        # So many answers until one does not fit into what the system takes, and the next has to wait.
        waiting = stack.enter_context(server.stalled(0))
        begun = time.monotonic()
        requests = 0
        while server.metric("calibaja_requests_in_progress") < 2:
            assert requests < 50, "the system takes it all"
            waiting.sendall(get("/docs/assets/redoc.standalone.js"))
            requests += 1
            time.sleep(0.5)
        # Here the last answer is complete for the server, which closes the connection after a while.
        stack.enter_context(server.stalled(requests - 1))
        assert eventually(lambda: server.metric("calibaja_connections") == 1)
        assert time.monotonic() - begun > SEND_SECONDS
        assert server.metric("calibaja_requests_in_progress") == 1
        assert server.metric('calibaja_connections_closed_total{reason="send"}') == 2


def test_a_client_that_reads_slowly_gets_it_all(shared: Started) -> None:
    with shared.connect(received=4096) as connection:
        connection.sendall(get("/docs/assets/redoc.standalone.js", "Connection: close"))
        received = 0
        while more := connection.recv(8192):
            received += len(more)
            time.sleep(0.05)
    assert received > 1_000_000


# Too many


def test_idle_connections_make_room_for_others(database: Path) -> None:
    most = 1000
    allowed, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed < 2000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2000, hard), hard))
    with started(database, CALIBAJA_MAX_CONNECTIONS=str(most)) as server, contextlib.ExitStack() as stack:
        first = stack.enter_context(server.connect())
        for _ in range(most + 99):
            stack.enter_context(server.connect())
        for path in ("/healthz", "/readyz", "/v1/regions", "/v1/facts?limit=1"):
            begun = time.monotonic()
            assert httpx.get(server.address + path, timeout=PATIENCE).status_code == 200
            # Nobody has waited until an idle connection had waited for too long.
            assert time.monotonic() - begun < REQUEST_SECONDS / 2
        counted = server.metrics()
        assert counted["calibaja_connections"] <= most
        assert counted['calibaja_connections_closed_total{reason="place"}'] >= 99
        # Who waited longest had to go.
        assert first.recv(1) == b""


def test_where_all_connections_are_busy_only_health_is_answered(database: Path) -> None:
    with started(database, CALIBAJA_MAX_CONNECTIONS="3") as server, contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(server.stalled(10))
        time.sleep(1)
        assert eventually(lambda: server.metric("calibaja_requests_in_progress") == 4)
        before = server.metric('calibaja_shed_total{reason="connections"}')
        refused = httpx.get(f"{server.address}/v1/regions")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) > 0
        for path in ("/healthz", "/readyz", "/metrics"):
            assert httpx.get(server.address + path).status_code == 200
        assert server.metric('calibaja_shed_total{reason="connections"}') == before + 1


def test_beyond_the_room_for_health_checks_none_is_taken_in() -> None:
    metrics = Metrics()
    connections = Connections(2, metrics)
    taken = [connections.enter(connection) for connection in busy(connections, 2 + HEAD_ROOM + 3)]
    assert taken == [True] * (2 + HEAD_ROOM) + [False] * 3
    assert connections.full
    assert metrics.shed == {"connections": 3}


def busy(connections: Connections, count: int) -> Iterator[Connection]:
    """Connections on each of which something is answered before the next comes."""
    config = Config(lambda: None, http=Connection, ws="none", loop="asyncio", log_config=None)
    for _ in range(count):
        connection = Connection(config, ServerState(), {"connections": connections}, asyncio.new_event_loop())
        connection.loop.close()
        yield connection
        connections.waiting.pop(connection, None)


def test_who_makes_room_gets_the_answer_that_was_about_to_be_sent() -> None:
    config = Config(lambda: None, http=Connection, ws="none", log_config=None)
    connections = Connections(1, Metrics())
    connections.door = lambda _target, _headers, _state, _date: (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n", b"hello")

    async def answered(client: socket.socket, server: socket.socket) -> bytes:
        loop = asyncio.get_running_loop()

        def made() -> Connection:
            return Connection(config, ServerState(), state_of(connections), loop)

        _, first = await loop.connect_accepted_socket(made, server)
        first.data_received(get("/v1"))
        connections.enter(made())
        await asyncio.sleep(0)
        client.setblocking(False)
        return await asyncio.wait_for(loop.sock_recv(client, 65536), PATIENCE)

    with contextlib.ExitStack() as stack:
        pair = [stack.enter_context(each) for each in socket.socketpair()]
        assert asyncio.run(answered(*pair)).endswith(b"\r\n\r\nhello")
    assert connections.metrics.closed == {"place": 1}


def test_more_requests_at_once_than_may_be_are_turned_away(database: Path) -> None:
    with started(database, CALIBAJA_MAX_REQUESTS="2") as server, contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(server.stalled(10))
        assert eventually(lambda: server.metric("calibaja_requests_in_progress") == 3)
        for path in ("/v1/dataset", "/nothing", "/docs"):
            refused = httpx.get(server.address + path)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert int(refused.headers["retry-after"]) > 0
        # What is answered where it is read is never one of several.
        for path in ("/healthz", "/v1/regions?limit=1"):
            assert httpx.get(server.address + path).status_code == 200
        assert server.metric('calibaja_shed_total{reason="requests"}') == 3


def test_who_asks_for_health_takes_no_place_of_others(database: Path) -> None:
    with started(database, CALIBAJA_MAX_REQUESTS="1") as server, server.connect(received=4096) as watching:
        # Nobody reads the answers, so that one of them is in progress from then on.
        watching.sendall(get("/metrics") * 1_000)
        assert eventually(lambda: server.metric("calibaja_requests_in_progress") == 2)
        assert httpx.get(f"{server.address}/v1/dataset").status_code == 200
        assert server.metric('calibaja_shed_total{reason="requests"}') == 0


def test_under_load_some_are_turned_away_and_health_answers(big: Path) -> None:
    slow = get("/v1/facts?latest=true&sort=-value&count=exact&limit=1", "Connection: close")
    with (
        started(big) as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE) as http,
        contextlib.ExitStack() as stack,
    ):
        assert http.get("/healthz").status_code == 200
        asking = [stack.enter_context(server.connect()) for _ in range(300)]
        # All come at once, however busy the machine is.
        with _stopped(server):
            for connection in asking:
                connection.sendall(slow)
        with ThreadPoolExecutor(len(asking)) as pool:
            answers = [pool.submit(answer, connection) for connection in asking]
            answered = 0
            while not all(each.done() for each in answers):
                assert http.get("/healthz").status_code == 200
                answered += 1
        heads = [each.result() for each in answers]
        counts = Counter(int(head.split()[1]) for head in heads)
        assert counts.keys() == {200, 503}, counts
        assert all(re.search(rb"\r\nretry-after: [1-9]", head) for head in heads if b" 503 " in head[:15])
        # Were health answered when all the others are, it would be once.
        assert answered > 4
        assert http.get("/v1/facts?limit=1").status_code == 200


# Names


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("facts.example.org", 200),
        ("FACTS.example.org:8000", 200),
        ("facts.example.org.", 200),
        ("a.example.com", 200),
        ("a.b.example.com:1", 200),
        ("[::1]:8000", 200),
        ("example.com", 400),
        ("evilexample.com", 400),
        ("facts.example.org.evil.com", 400),
        ("evil.com:facts.example.org", 400),
        ("127.0.0.1", 400),
        ("", 400),
    ],
)
def test_only_allowed_hosts_are_answered(named: str, host: str, status: int) -> None:
    response = httpx.get(f"{named}/v1/regions?limit=1", headers={"Host": host})
    assert response.status_code == status
    if status == 400:
        problem = response.json()
        assert problem["code"] == "invalid-parameters"
        assert [(each["parameter"], each["code"]) for each in problem["errors"]] == [("Host", "not-allowed")]
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(named + path, headers={"Host": host}).status_code == 200


@pytest.fixture(scope="module")
def named(database: Path) -> Iterator[str]:
    with started(database, CALIBAJA_ALLOWED_HOSTS="facts.example.org, *.example.com,[::1]") as server:
        yield server.address
