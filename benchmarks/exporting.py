"""The rows about exports of a whole dataset: rows a second, and the server's memory meanwhile."""

import http.client
import json
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from benchmarks import servers
from benchmarks.load import WrongAnswer
from benchmarks.machine import anonymous_bytes
from benchmarks.ratios import spread
from benchmarks.rounds import Bench
from benchmarks.servers import Server

HEADINGS: Final = {"ndjson": 0, "csv": 1}
"""Lines that are no facts, by format."""
SAMPLE_SECONDS: Final = 0.1
PIECE: Final = 1 << 20


class MemoryPeak:
    """The most memory of a process's own while the block runs."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "MemoryPeak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.bytes = max(self.bytes, anonymous_bytes(self._pid))
            if self._over.wait(SAMPLE_SECONDS):
                return


def measure(bench: Bench, database: Path) -> None:
    """Measure exports; each format has a server of its own, so that one's memory is not the other's."""
    for name in HEADINGS:
        bench.attempt([f"export-{name}", f"export-{name}-memory"], partial(_measure, bench, database, name))


def _measure(bench: Bench, database: Path, name: str) -> None:
    with servers.service(database, f"export-{name}") as server:
        facts = _facts(server)
        # The file is to stand in the system's cache, as it does where short questions are asked.
        _export(server, name, facts + HEADINGS[name])
        rounds: list[dict[str, Any]] = []
        for _ in range(bench.options.exports):
            rounds.append(_export(server, name, facts + HEADINGS[name]))
            bench.advanced(2 / bench.options.exports)
    rates = [facts / each["seconds"] for each in rounds]
    peaks = [each["peak_bytes"] / 1e6 for each in rounds]
    speed = spread([each["bytes"] / each["seconds"] / 1e6 for each in rounds]).median
    bench.result(f"export-{name}", rates, rounds, bytes=rounds[0]["bytes"], figures=f"{speed:,.0f} MB a second")
    before = f"{rounds[0]['idle_bytes'] / 1e6:.0f} MB before"
    bench.result(f"export-{name}-memory", peaks, rounds, figures=before)


def _facts(server: Server) -> int:
    with urlopen(f"{server.address}/v1/dataset", timeout=60) as answer:
        return int(json.load(answer)["counts"]["facts"])


def _export(server: Server, name: str, lines: int) -> dict[str, Any]:
    """Read a whole export, as fast as it comes."""
    connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=60)
    idle = anonymous_bytes(server.pid)
    piece = bytearray(PIECE)
    size = ended = 0
    with MemoryPeak(server.pid) as memory:
        began = time.perf_counter()
        connection.request("GET", f"/v1/facts?format={name}")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise WrongAnswer(f"an export is answered with {answer.status}")
        while read := answer.readinto(piece):
            size += read
            ended += piece.count(b"\n", 0, read)
        seconds = time.perf_counter() - began
    connection.close()
    if ended != lines:
        raise WrongAnswer(f"an export has {ended} lines instead of {lines}")
    return {"seconds": seconds, "bytes": size, "idle_bytes": idle, "peak_bytes": memory.bytes}
