"""Running the server: the packaged dataset first where there is none, then uvicorn."""

import json
import logging
import os
import time
from collections.abc import Callable
from typing import Any, Final

import uvicorn

from calibaja_api.database import Database, DatabaseError
from calibaja_api.packaged import folder
from calibaja_api.seeds import read_dataset
from calibaja_api.settings import PREFIX, LogFormat, Settings
from calibaja_api.stamps import stamp

KEEP_ALIVE_SECONDS: Final = 5
SHUTDOWN_SECONDS: Final = 10


def prepare(database: Database, say: Callable[[str], None]) -> None:
    """Publish the packaged dataset where there is none, or over a lower release that was published so.

    Anything else that is there is left as it is: a dataset that somebody published, another one, another file, a
    database that is shared.
    """
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
    packaged = read_dataset(folder("seed"))
    return there.id == packaged.id and there.release < packaged.release


def run_server(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until told to stop; requests that have begun are finished."""
    # Workers are processes of their own, so they are told through the environment.
    os.environ[f"{PREFIX}DATABASE_URL"] = settings.database_url
    try:
        _run(settings, host, port, workers)
    except SystemExit as stopped:
        # uvicorn has exit codes of its own; why it could not start is in the log.
        raise SystemExit(1 if stopped.code else 0) from stopped


def _run(settings: Settings, host: str, port: int, workers: int) -> None:
    uvicorn.run(
        "calibaja_api.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        log_config=log_config(settings.log_format),
    )


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_config(log_format: LogFormat) -> dict[str, Any]:
    """The standard library's logging configuration."""
    human = {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}
    formatter: dict[str, Any] = human if log_format is LogFormat.HUMAN else {"()": JsonFormatter}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
    }
