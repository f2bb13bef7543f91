"""The servers that are measured, each a process of its own on the CPU of servers."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.flat import TABLE, VARIABLE
from benchmarks.machine import DATASETTE, FOLDER, ROOT, SERVER_CPU, clean_environment, cpu_seconds, pinned, python
from calibaja_api.sqlite import url_of

START_SECONDS: Final = 60
STOP_SECONDS: Final = 40
SETTLE_SECONDS: Final = 30
UNCACHED: Final = {"CALIBAJA_CACHE_BYTES": "0"}
"""The setting without which an answer may come from the response cache."""

_UVICORN: Final = ("--no-access-log", "--no-server-header", "--loop", "uvloop", "--http", "httptools")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    address: str
    pid: int


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def service_command(database: Path, port: int) -> list[str]:
    """How the service is started, with one process."""
    return python("-m", "calibaja_api", "serve", "--port", str(port), "--database", url_of(database))


@contextmanager
def service(database: Path, name: str, **settings: str) -> Iterator[Server]:
    """The service."""
    port = free_port()
    with _running(name, service_command(database, port), port, "/readyz", settings) as server:
        yield server


@contextmanager
def limit() -> Iterator[Server]:
    """What sends constant bytes."""
    port = free_port()
    command = python("-m", "uvicorn", "benchmarks.limit:app", "--port", str(port), "--lifespan", "off", *_UVICORN)
    with _running("limit", command, port, "/1") as server:
        yield server


@contextmanager
def tutorial(flat: Path) -> Iterator[Server]:
    """The tutorial's service."""
    port = free_port()
    command = python("-m", "uvicorn", "benchmarks.tutorial:app", "--port", str(port), *_UVICORN)
    with _running("tutorial", command, port, "/facts/?limit=1", {VARIABLE: str(flat)}) as server:
        yield server


@contextmanager
def datasette(flat: Path) -> Iterator[Server]:
    """Datasette, its file opened immutable, and not looking for columns that could be facets."""
    port = free_port()
    options = ["--immutable", str(flat), "--port", str(port), "--setting", "suggest_facets", "off"]
    ready = f"/{flat.stem}/{TABLE}.json?_size=1"
    with _running("datasette", [str(DATASETTE), "serve", *options], port, ready) as server:
        yield server


@contextmanager
def _running(
    name: str, command: Sequence[str], port: int, ready: str, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    log = FOLDER / f"{name}.log"
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as written:
        process = subprocess.Popen(
            pinned(SERVER_CPU, *command),
            cwd=ROOT,
            env=clean_environment(**(settings or {})),
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, address + ready, log)
            yield Server(address, process.pid)
        finally:
            stop(process)


def settle(pid: int) -> None:
    """Wait until a server has done what it was asked by who is gone, so that it does not count to who comes next."""
    until = time.monotonic() + SETTLE_SECONDS
    busy = True
    while busy and time.monotonic() < until:
        before = cpu_seconds(pid)
        time.sleep(0.1)
        # Looking for a new dataset now and then is not work.
        busy = cpu_seconds(pid) - before > 0.015
    if busy:
        raise RuntimeError(f"a server is still busy {SETTLE_SECONDS} s after its load ended")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url, timeout=START_SECONDS).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{log.stem} does not answer: {log.read_text()[-2000:]}")
