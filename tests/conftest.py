"""What tests share: the packaged dataset, published once, and the real server that serves it."""

import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import hypothesis
import pytest
from tests.postgres import BINARIES, Postgres, new_postgres
from tests.waiting import PATIENCE

from calibaja_api.client import Client
from calibaja_api.publishing import draft, publish
from calibaja_api.sqlite import SqliteDatabase, url_of

# A busy machine is no reason for a property to fail.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.register_profile(
    "long", deadline=None, max_examples=20_000, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="try at length what is tried at random: `make fuzz`")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("long"):
        hypothesis.settings.load_profile("long")
        # What tests tell would be lost among these.
        for name in ("httpx", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether what is tried at random is tried at length."""
    return bool(request.config.getoption("long"))


ROOT = Path(__file__).parent.parent
SEED = ROOT / "seed"


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment without settings of the service, and these instead."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIBAJA_")}
    return {**kept, **settings}


@contextmanager
def running_server(database: Path | str, *options: str, **settings: str) -> Iterator[str]:
    """The real server of a file or a URL on a free port of this machine, as the command starts it; its address."""
    with logging_server([], database, *options, **settings) as address:
        yield address


@contextmanager
def logging_server(log: list[str], database: Path | str, *options: str, **settings: str) -> Iterator[str]:
    """Such a server; the lines that it writes come to the end of `log`."""
    url = database if isinstance(database, str) else url_of(database)
    command = [sys.executable, "-m", "calibaja_api", "serve", "--port", "0", "--database", url, *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=clean_environment(**settings)) as process:
        assert process.stderr is not None
        try:
            address = None
            for line in process.stderr:
                log.append(line)
                found = re.search(r"running on (http://\S+)", line)
                if found:
                    address = found[1]
                    break
            assert address, "".join(log)
            # What the server goes on writing must be read, or it stops when the pipe is full.
            threading.Thread(target=log.extend, args=(process.stderr,), daemon=True).start()
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged dataset in a file."""
    path = tmp_path_factory.mktemp("packaged") / "calibaja.sqlite3"
    publish(draft(SEED), SqliteDatabase(path))
    return path


@pytest.fixture(scope="session")
def server(database: Path) -> Iterator[str]:
    """The address of a server of the packaged dataset."""
    with running_server(database) as address:
        yield address


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[Client]:
    """The published client, asking that server."""
    with Client(server) as asking:
        yield asking


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx.Client]:
    """Plain HTTP to that server, for what the client does not show."""
    with httpx.Client(base_url=server, timeout=PATIENCE) as asking:
        yield asking


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    if BINARIES is None:
        pytest.skip("no PostgreSQL server is here for this platform, neither in a wheel nor from the system")
    with new_postgres() as server:
        yield server
