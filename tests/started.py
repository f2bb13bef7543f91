"""The real server as a process whose log and end are looked at."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from tests.conftest import clean_environment
from tests.waiting import PATIENCE, eventually

from calibaja_api.sqlite import url_of

LARGE: Final = "/docs/assets/redoc.standalone.js"
"""More than a megabyte."""


class Started:
    """A server that runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.log: list[str] = []
        self.address = ""
        threading.Thread(target=self._read, daemon=True).start()
        assert eventually(lambda: bool(self.address) or process.poll() is not None), "".join(self.log)
        assert self.address, "".join(self.log)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"running on (http://[\d.:]+)", line):
                self.address = found[1]

    def metrics(self) -> dict[str, float]:
        """What it counted, by name with labels."""
        lines = httpx.get(f"{self.address}/metrics", timeout=PATIENCE).text.splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}

    def metric(self, name: str) -> float:
        """One value; 0 where nothing was counted."""
        return self.metrics().get(name, 0)

    def connect(self, received: int | None = None) -> socket.socket:
        """A connection; of what it receives and does not read, so many bytes are taken."""
        connection = socket.socket()
        connection.settimeout(PATIENCE)
        if received:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, received)
        host, port = self.address.removeprefix("http://").split(":")
        try:
            connection.connect((host, int(port)))
        except OSError:
            connection.close()
            raise
        return connection

    def stalled(self, requests: int) -> socket.socket:
        """A connection that asks for much, so many times, and reads nothing."""
        connection = self.connect(received=4096)
        connection.sendall(get(LARGE) * requests)
        return connection


def get(address: str, *fields: str) -> bytes:
    """A request."""
    return "\r\n".join([f"GET {address} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


@contextmanager
def started(database: Path, *options: str, **settings: str) -> Iterator[Started]:
    """The server of a file, as the command starts it."""
    command = [sys.executable, "-m", "calibaja_api", "serve", "--port", "0", "--database", url_of(database), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=clean_environment(**settings)) as process:
        try:
            yield Started(process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
