"""The rows about the start: how soon the service answers and what memory it has then, against what it imports."""

import subprocess
import time
import urllib.error
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from benchmarks.machine import ROOT, SERVER_CPU, anonymous_bytes, clean_environment, cpu_seconds, pinned, python
from benchmarks.ratios import spread
from benchmarks.rounds import Bench
from benchmarks.servers import START_SECONDS, free_port, service_command, stop

ROW_IDS: Final = ("start", "start-memory", "start-imports", "start-imports-memory")

_IMPORTS: Final = "import fastapi, sqlmodel, uvicorn; print('imported', flush=True); input()"


def measure(bench: Bench, database: Path) -> None:
    """Measure starts on a published database."""
    bench.attempt(ROW_IDS, lambda: _measure(bench, database))


def _measure(bench: Bench, database: Path) -> None:
    """Start the service, and a process that only imports, in rounds."""
    started = {"service": lambda: _service(database), "imports": _imports}
    for once in started.values():
        once()
    rounds: list[dict[str, Any]] = []
    for _ in range(bench.options.starts):
        rounds.append({name: started[name]() for name in bench.shuffled(list(started))})
        bench.advanced(len(ROW_IDS) / bench.options.starts)
    _put_down(bench, rounds)


def _put_down(bench: Bench, rounds: list[dict[str, Any]]) -> None:
    def median(name: str, key: str) -> float:
        return spread([each[name][key] for each in rounds]).median

    told = {
        "seconds": f"{median('service', 'cpu_seconds'):.2f} s of CPU; the imports {median('imports', 'seconds'):.2f} s",
        "megabytes": f"the imports {median('imports', 'megabytes'):.0f} MB",
    }
    for key, absolute, ratio in (("seconds", *ROW_IDS[::2]), ("megabytes", *ROW_IDS[1::2])):
        bench.result(absolute, [each["service"][key] for each in rounds], rounds, figures=told[key])
        bench.result(ratio, [each["service"][key] / each["imports"][key] for each in rounds], rounds)


def _service(database: Path) -> dict[str, float]:
    port = free_port()
    began = time.perf_counter()
    process = _begin(service_command(database, port))
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise RuntimeError("the service did not start")
            time.sleep(0.002)
        return _told(process, began)
    finally:
        stop(process)


def _imports() -> dict[str, float]:
    began = time.perf_counter()
    process = _begin(python("-c", _IMPORTS))
    assert process.stdout is not None
    try:
        if process.stdout.readline() != b"imported\n":
            raise RuntimeError("fastapi, sqlmodel and uvicorn could not be imported")
        return _told(process, began)
    finally:
        stop(process)


def _begin(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        pinned(SERVER_CPU, *command),
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _told(process: "subprocess.Popen[bytes]", began: float) -> dict[str, float]:
    seconds = time.perf_counter() - began
    megabytes = anonymous_bytes(process.pid) / 1e6
    return {"seconds": seconds, "cpu_seconds": cpu_seconds(process.pid), "megabytes": megabytes}


def _is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=START_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
