"""Running the server: the packaged dataset first where there is none, then uvicorn."""

import contextlib
import logging
import logging.config
import os
import resource
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from calibaja_api.connections import files_for
from calibaja_api.database import Database, DatabaseError
from calibaja_api.logs import log_config
from calibaja_api.metrics import FOLDER_VARIABLE
from calibaja_api.packaged import folder
from calibaja_api.protocol import Connection
from calibaja_api.settings import PREFIX, Settings
from calibaja_api.stamps import stamp

KEEP_ALIVE_SECONDS: Final = 5
SHUTDOWN_SECONDS: Final = 30
"""What has begun and is not finished so long after the service was told to stop is given up."""
PROCESS_SECONDS: Final = 60
"""One of several processes that says nothing for so long is replaced; on a busy machine it takes a while to begin."""

TAKEN_AT_ONCE: Final = 8
"""So many new connections are taken each time that the event loop has answered what came on those that are open: of one
listening socket it takes one."""

_APPLICATION: Final = "calibaja_api.app:create_app"

_log = logging.getLogger(__name__)


def prepare(database: Database, say: Callable[[str], None]) -> None:
    """Publish the packaged dataset where there is none, or over a lower release that was published so.

    Anything else that is there is left as it is: a dataset that somebody published, another one, another file, a
    database that is shared. Where it cannot be published, that is said and the server goes on: to end would have it
    started again and again.
    """
    try:
        _publish_packaged(database, say)
    except (DatabaseError, OSError) as error:
        say(f"{error}; the packaged dataset was not published")


def _publish_packaged(database: Database, say: Callable[[str], None]) -> None:
    if database.shared or not _is_behind(database, say):
        return
    from calibaja_api.publishing import draft, write

    ready = draft(folder("seed"))
    with database.locked():
        # Another server may have published while this one waited.
        if _is_behind(database, say):
            write(ready, database, automatic=True)
            say(f"published the packaged dataset {ready.version} to {database}")


def _is_behind(database: Database, say: Callable[[str], None]) -> bool:
    if not database.exists():
        return True
    try:
        there = stamp(database)
    except DatabaseError as error:
        say(f"{error}; it is left as it is, and there is nothing to answer from until a dataset is published")
        return False
    if not there.automatic or database.kept()[-1:] not in ([], [there.version]):
        # Somebody published it, or went back to it.
        return False
    from calibaja_api.seeds import read_dataset

    packaged = read_dataset(folder("seed"))
    return there.id == packaged.id and there.release < packaged.release


def run_server(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until told to stop; requests that have begun are finished."""
    # Workers are processes of their own, so they are told through the environment.
    os.environ[f"{PREFIX}DATABASE_URL"] = settings.database_url
    logging.config.dictConfig(log_config(settings))
    _allow_files(settings.max_connections)
    # uvicorn raises the signal again that ended it: having finished is a good end.
    signal.signal(signal.SIGTERM, _stop)
    try:
        with _shared_metrics(workers):
            _run(settings, host, port, workers)
    except SystemExit as stopped:
        # uvicorn has exit codes of its own; why it could not start is in the log.
        raise SystemExit(1 if stopped.code else 0) from stopped


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _allow_files(connections: int) -> None:
    """Have as many descriptors as connections need, where the system lets the process decide."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = files_for(connections)
    if allowed == resource.RLIM_INFINITY or allowed >= needed:
        return
    if most != resource.RLIM_INFINITY and most < needed:
        _log.warning("the system allows %d open files, %d connections need %d", most, connections, needed)
        needed = most
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, most))


@contextlib.contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """A folder in which several processes tell each other what they counted, as long as they run."""
    if workers == 1 or FOLDER_VARIABLE in os.environ:
        yield
        return
    try:
        folder_ = tempfile.mkdtemp(prefix="calibaja-metrics-")
    except OSError as error:
        _log.warning("/metrics tells of one process only, as no folder for all can be written: %s", error)
        yield
        return
    os.environ[FOLDER_VARIABLE] = folder_
    try:
        yield
    finally:
        del os.environ[FOLDER_VARIABLE]
        shutil.rmtree(folder_, ignore_errors=True)


def _run(settings: Settings, host: str, port: int, workers: int) -> None:
    options: dict[str, Any] = {
        "factory": True,
        "host": host,
        "port": port,
        "workers": workers,
        "http": Connection,
        "ws": "none",
        "access_log": False,
        "server_header": False,
        # Only the log tells who asks; nothing in an answer is made of it.
        "proxy_headers": settings.trusted_proxies is not None,
        "forwarded_allow_ips": settings.trusted_proxies or [],
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
        "timeout_worker_healthcheck": PROCESS_SECONDS,
        "log_config": log_config(settings),
    }
    config = uvicorn.Config(_APPLICATION, **options)
    listening = _listening(host, port, config.backlog)
    if workers > 1:
        # One of them would take what comes at once, and leave the others without.
        _tell(listening)
        _Processes(config, [listening]).run()
        return
    server = _Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run([listening, *(listening.dup() for _ in range(TAKEN_AT_ONCE - 1))])
    if not server.started:
        raise SystemExit(1)


def _listening(host: str, port: int, backlog: int) -> socket.socket:
    """A socket that clients can connect to: who comes before all is there waits for it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        _log.error("cannot listen on %s:%d: %s", host, port, error)
        raise SystemExit(1) from error


def _tell(listening: socket.socket) -> None:
    """Say where the service is, which uvicorn says of sockets only that it opens itself."""
    host, port, *_ = listening.getsockname()
    _log.info("running on http://%s:%d", f"[{host}]" if ":" in host else host, port)


class _Server(uvicorn.Server):
    """uvicorn's own, which says where it is as soon as it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        for listening in (sockets or [])[:1]:
            _tell(listening)


class _Processes(Multiprocess):
    """uvicorn's own, which would listen until the last process has ended, so that clients wait for nobody."""

    def terminate_all(self) -> None:
        """Tell all to finish what has begun, and take no more connections."""
        super().terminate_all()
        for listening in self.sockets:
            listening.close()
