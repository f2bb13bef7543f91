import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests import test_streaming
from tests.conftest import clean_environment
from tests.processes import only_where_told
from tests.started import Started, get, started
from tests.waiting import PATIENCE, eventually

from calibaja_api.serving import SHUTDOWN_SECONDS
from calibaja_api.sqlite import url_of

pytestmark = pytest.mark.slow

big = test_streaming.big
EXPORT = get("/v1/facts?format=ndjson")
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


def until_ready(server: Started) -> None:
    """Wait until somebody listens: with several processes the address is told before."""

    def ready() -> bool:
        try:
            return httpx.get(f"{server.address}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    assert eventually(ready), "".join(server.log)


def refuses(server: Started) -> bool:
    try:
        server.connect().close()
    except OSError:
        return True
    return False


def read_slowly(connection: socket.socket, seconds: float) -> bytes:
    """All that comes, over some time."""
    received = []
    until = time.monotonic() + seconds
    while more := connection.recv(1 << 18):
        received.append(more)
        if time.monotonic() < until:
            time.sleep(0.05)
    return b"".join(received)


@WORKERS
def test_what_has_begun_is_finished_and_nothing_new_begun(big: Path, workers: str) -> None:
    with started(big, "--workers", workers) as server:
        until_ready(server)
        with server.connect(received=1 << 16) as export, server.connect() as idle, server.connect() as half:
            export.sendall(EXPORT)
            half.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
            assert export.recv(15) == b"HTTP/1.1 200 OK"
            server.process.send_signal(signal.SIGTERM)
            assert eventually(lambda: refuses(server))
            assert idle.recv(1) == half.recv(1) == b""
            assert server.process.poll() is None
            received = read_slowly(export, seconds=3)
        assert received.count(b'"type":"fact"') >= test_streaming.FACTS
        assert received.endswith(b"0\r\n\r\n")
        assert server.process.wait(timeout=PATIENCE) == 0
    assert "Traceback" not in "".join(server.log)


def test_what_is_not_finished_in_time_is_given_up(big: Path) -> None:
    with started(big) as server, server.connect(received=1 << 12) as export:
        export.sendall(EXPORT)
        assert export.recv(15) == b"HTTP/1.1 200 OK"
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        # It reads enough that it is no dead client, and too little to come to the end.
        while server.process.poll() is None and time.monotonic() - begun < SHUTDOWN_SECONDS + PATIENCE:
            export.settimeout(0.5)
            try:
                export.recv(4096)
            except OSError:
                continue
            time.sleep(0.2)
        # At this pace it would take half an hour.
        assert time.monotonic() - begun > SHUTDOWN_SECONDS - 2
        assert server.process.returncode == 0


@WORKERS
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once_and_well(database: Path, workers: str, sign: signal.Signals) -> None:
    with started(database, "--workers", workers) as server:
        until_ready(server)
        begun = time.monotonic()
        server.process.send_signal(sign)
        assert server.process.wait(timeout=PATIENCE) == 0
        # It does not wait for its clients as long as it may.
        assert time.monotonic() - begun < SHUTDOWN_SECONDS / 2
    assert "Traceback" not in "".join(server.log)


SLOW = """
import pathlib, time
if b"spawn_main" in pathlib.Path("/proc/self/cmdline").read_bytes():
    time.sleep(7)
"""


@only_where_told
def test_processes_that_are_slow_to_begin_are_waited_for(database: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    with started(database, "--workers", "2", PYTHONPATH=str(tmp_path)) as server:
        until_ready(server)
    assert not any("died" in line or "SIGKILL" in line for line in server.log), server.log


WITHOUT_FOLDER = """
import sys, tempfile
def no_folder(*_, **__):
    raise OSError(30, "Read-only file system")
tempfile.mkdtemp = tempfile.mkstemp = no_folder
from calibaja_api.cli import run
run()
"""


def test_without_a_folder_to_write_each_process_tells_of_itself(database: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_FOLDER, "serve", "--port", "0", "--workers", "2"]
    settings = clean_environment(CALIBAJA_DATABASE_URL=url_of(database))
    with subprocess.Popen([*command], stderr=subprocess.PIPE, text=True, env=settings) as process:
        try:
            server = Started(process)
            until_ready(server)
            assert server.metric("calibaja_connections") > 0
            assert "/metrics tells of one process only" in "".join(server.log)
        finally:
            process.terminate()
            assert process.wait(timeout=PATIENCE) == 0
