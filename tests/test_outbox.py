"""Answers that leave together: none is lost, none overtakes another, and none waits for long."""

import asyncio
import contextlib
import re
import resource
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.started import Started, get, started
from tests.waiting import PATIENCE

from calibaja_api.outbox import WAITING_BYTES, WAITING_SECONDS, Outbox

ANSWERED_AT_ONCE = (
    "/v1/regions/tijuana",
    "/v1/regions?limit=3",
    "/v1/sectors?limit=200",
    "/v1/facts?limit=200&lang=es",
)
PLAIN = {"Accept-Encoding": "identity"}
AT_ONE_LOOK = 1024
"""So many events libuv takes at one look; where there are more it looks again before it does anything else."""


@pytest.fixture(scope="module")
def shared(database: Path) -> Iterator[Started]:
    with started(database, CALIBAJA_MAX_CONNECTIONS=str(4 * AT_ONE_LOOK)) as server:
        yield server


def all_of(connection: socket.socket) -> bytes:
    """What comes until the connection is closed."""
    received = b""
    while more := connection.recv(65536):
        received += more
    return received


@pytest.mark.parametrize("address", ANSWERED_AT_ONCE)
def test_a_client_that_sends_no_more_still_gets_its_answer(shared: Started, address: str) -> None:
    whole = httpx.get(f"{shared.address}{address}", headers=PLAIN).content
    for _ in range(20):
        with shared.connect() as connection:
            connection.sendall(get(address))
            connection.shutdown(socket.SHUT_WR)
            received = all_of(connection)
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        assert received.endswith(whole)


@contextlib.contextmanager
def files(wanted: int) -> Iterator[None]:
    """Have so many open files."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most not in {resource.RLIM_INFINITY, -1} and most < wanted:
        pytest.skip(f"the system allows {most} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, wanted), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


@pytest.mark.slow
def test_so_do_more_clients_at_once_than_are_looked_at_in_one_go(shared: Started) -> None:
    whole = httpx.get(f"{shared.address}/v1/regions/tijuana", headers=PLAIN).content
    with files(4 * AT_ONE_LOOK), contextlib.ExitStack() as stack:
        connections = [stack.enter_context(shared.connect()) for _ in range(AT_ONE_LOOK + AT_ONE_LOOK // 2)]
        assert httpx.get(f"{shared.address}/healthz").status_code == 200
        # All that they send is there when the server looks.
        shared.process.send_signal(signal.SIGSTOP)
        for connection in connections:
            connection.sendall(get("/v1/regions/tijuana"))
            connection.shutdown(socket.SHUT_WR)
        shared.process.send_signal(signal.SIGCONT)
        answered = [all_of(connection).endswith(whole) for connection in connections]
    assert answered.count(False) == 0


@pytest.mark.parametrize("address", ANSWERED_AT_ONCE)
def test_what_is_no_request_is_told_behind_the_answer_before_it(shared: Started, address: str) -> None:
    with shared.connect() as connection:
        connection.sendall(get(address) + b"nonsense\r\n\r\n")
        received = all_of(connection)
    assert re.findall(rb"HTTP/1\.1 ([0-9]{3})", received) == [b"200", b"400"]


@pytest.mark.parametrize("address", ANSWERED_AT_ONCE)
def test_what_the_application_answers_comes_behind_what_was_answered_before(shared: Started, address: str) -> None:
    with shared.connect() as connection:
        last = get("/healthz", "X-Request-ID: last", "Connection: close")
        connection.sendall(get(address, "X-Request-ID: first") + get("/docs", "X-Request-ID: second") + last)
        received = all_of(connection)
    assert re.findall(rb"x-request-id: (\w+)", received) == [b"first", b"second", b"last"]


@pytest.mark.slow
def test_each_of_many_clients_gets_the_answer_to_its_own_question(shared: Started) -> None:
    addresses = [f"/v1/facts?limit={number % 40 + 1}" for number in range(120)]
    whole = {address: httpx.get(f"{shared.address}{address}", headers=PLAIN).content for address in set(addresses)}
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(shared.connect()) for _ in addresses]
        for _ in range(3):
            for connection, address in zip(connections, addresses, strict=True):
                connection.sendall(get(address))
            for connection, address in zip(connections, addresses, strict=True):
                received = b""
                while not received.endswith(whole[address]):
                    more = connection.recv(1 << 20)
                    assert more
                    received += more
                assert received.startswith(b"HTTP/1.1 200 OK\r\n")


# The outbox by itself


def sending(send: Callable[[Outbox, list[asyncio.Transport], list[socket.socket]], Awaitable[None]]) -> None:
    """Have an outbox, and three connections from their near ends and their far ones."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            near: list[asyncio.Transport] = []
            far: list[socket.socket] = []
            for _ in range(3):
                ours, theirs = (stack.enter_context(each) for each in socket.socketpair())
                theirs.setblocking(False)
                transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
                near.append(transport)
                far.append(theirs)
            await send(Outbox(), near, far)
            for transport in near:
                transport.abort()
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(run(), PATIENCE))


def received(connection: socket.socket) -> bytes:
    """What has come by now."""
    try:
        return connection.recv(1 << 20)
    except BlockingIOError:
        return b""


def test_answers_wait_for_the_end_of_a_turn_of_the_loop_and_keep_their_order() -> None:
    async def send(outbox: Outbox, near: list[asyncio.Transport], far: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        outbox.put(near[0], b"one ", loop)
        outbox.put(near[1], b"other", loop)
        outbox.put(near[0], b"two", loop)
        assert [received(each) for each in far] == [b"", b"", b""]
        await asyncio.sleep(0)
        assert [received(each) for each in far] == [b"one two", b"other", b""]
        outbox.put(near[2], b"again", loop)
        await asyncio.sleep(0)
        assert received(far[2]) == b"again"

    sending(send)


def test_what_is_short_makes_nobody_wait_and_what_takes_long_is_not_waited_for() -> None:
    async def send(outbox: Outbox, near: list[asyncio.Transport], far: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        outbox.put(near[0], b"one", loop)
        outbox.make_way(2 * WAITING_SECONDS)
        assert received(far[0]) == b"one"
        outbox.put(near[0], b"two", loop)
        until = time.monotonic() + 2 * WAITING_SECONDS
        while time.monotonic() < until:
            pass
        outbox.make_way(0.0)
        assert received(far[0]) == b"two"

    sending(send)


def test_no_more_waits_than_fits() -> None:
    async def send(outbox: Outbox, near: list[asyncio.Transport], far: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        outbox.put(near[0], b"small", loop)
        outbox.put(near[1], b"a" * WAITING_BYTES, loop)
        assert received(far[0]) == b"small"
        assert received(far[1]).startswith(b"aaa")

    sending(send)


def test_what_is_wrong_with_one_client_keeps_no_other_waiting() -> None:
    async def send(outbox: Outbox, near: list[asyncio.Transport], far: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        near[0].write_eof()
        near[1].close()
        for transport in near:
            outbox.put(transport, b"whole", loop)
        outbox.send()
        # To one nothing can be written any more, one is closing.
        assert [received(each) for each in far] == [b"", b"", b"whole"]

    sending(send)
