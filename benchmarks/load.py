"""Load on a server: requests that wrk repeats over connections that stay open, and what came of them."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.machine import LOAD_CPU, pinned

SCRIPT: Final = Path(__file__).with_name("wrk.lua")
TOLD: Final = "told "
TIMEOUT_SECONDS: Final = 10
BYTES_WITHIN: Final = 0.05
"""An answer may be so much longer or shorter than the one that was looked at: times and ids in its header vary."""


class WrongAnswer(Exception):
    """A server did not answer what it ought to; the text says what."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> str:
        """The request as the script reads it."""
        return "\t".join([self.path, *(f"{name}: {value}" for name, value in self.headers)])


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was looked at."""

    status: int
    body: bytes
    wire_bytes: int
    etag: str = ""

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load."""

    requests: int
    seconds: float
    bytes: int
    median_ms: float
    p99_ms: float
    longest_ms: float
    gap_ms: float
    errors: dict[str, int]
    statuses: dict[str, int]
    """How often each status above 399 came, where gaps were taken."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds

    def check(self, wire_bytes: float, connections: int) -> None:
        """Hold that all was answered, and with as many bytes as the answers that were looked at."""
        if not self.requests:
            raise WrongAnswer(f"nothing was answered within {self.seconds:.0f} s")
        if any(self.errors.values()):
            raise WrongAnswer(f"of {self.requests} requests some failed: {self.errors}")
        # At the end some had been read in part, and some questions were answered once less than others.
        within = BYTES_WITHIN + connections / self.requests
        if not 1 - within < self.bytes / self.requests / wire_bytes < 1 + within:
            raise WrongAnswer(f"answers had {self.bytes / self.requests:.0f} bytes instead of {wire_bytes:.0f}")

    def as_record(self) -> dict[str, Any]:
        """What is kept of it."""
        return {**asdict(self), "rate": self.rate}


def asking(address: str) -> httpx.Client:
    """A client that asks a server as the load generator does."""
    return httpx.Client(base_url=address, timeout=60, verify=False, headers={"Accept-Encoding": "identity"})  # noqa: S501 - it asks this machine only


def ask(client: httpx.Client, request: Request) -> Answer:
    """One answer."""
    answer = client.get(request.path, headers=dict(request.headers))
    fields = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    start = len(f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}") + 4
    size = start + fields + len(answer.content)
    return Answer(answer.status_code, answer.content, size, answer.headers.get("etag", ""))


def parse(printed: str) -> Load:
    """What the script told at the end of what wrk printed."""
    for line in printed.splitlines():
        if line.startswith(TOLD):
            return Load(**json.loads(line.removeprefix(TOLD)))
    raise RuntimeError(f"wrk did not tell what came of it: {printed[-2000:]}")


def load(address: str, requests: Sequence[Request], seconds: int, connections: int, *, gaps: bool = False) -> Load:
    """Repeat requests, one after the other on each connection, for so many seconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        file.writelines(f"{request.line}\n" for request in requests)
        file.flush()
        options = ["--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
        options += ["--timeout", f"{TIMEOUT_SECONDS}s", "--script", str(SCRIPT), address, "--", file.name]
        done = subprocess.run(
            pinned(LOAD_CPU, "wrk", *options, *(["gaps"] if gaps else [])),
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
    return parse(done.stdout + done.stderr)
