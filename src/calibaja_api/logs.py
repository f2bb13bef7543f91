"""The log: every record as one line, for people or for programs, with the id of the request that it was made for."""

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from calibaja_api.settings import LogFormat, Settings

_request_id: ContextVar[str] = ContextVar("request_id")
_FIRST: Final = ("time", "level", "logger", "event")
# What every record has, and the colours of uvicorn's: anything else was told with it.
_OWN: Final = frozenset({*vars(logging.makeLogRecord({})), *_FIRST, "message", "asctime", "taskName", "color_message"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:{}+-]+")
# What ends a line, moves the cursor or turns the direction of writing: nobody else's text may do that to the log.
_CONTROLS: Final = {
    code: repr(chr(code))[1:-1]
    for code in (*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


def about_request(request_id: str) -> None:
    """Have every record that is made from here on for this request tell its id."""
    _request_id.set(request_id)


def log_config(settings: Settings) -> dict[str, Any]:
    """The standard library's logging configuration; of plain values, so that it can be given to other processes."""
    level = settings.log_level.upper()
    formatter = {"()": f"{__name__}.{formatter_of.__name__}", "log_format": str(settings.log_format)}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"level": level, "handlers": ["stderr"]},
        # What it would ask its own logger for each connection is answered by a level.
        "loggers": {"uvicorn.error": {"level": level}, "alembic": {"level": "WARNING"}},
    }


def formatter_of(log_format: str) -> logging.Formatter:
    """Formats records of any logger."""
    return _Line(partial(json.dumps, default=str) if log_format == LogFormat.JSON else _human)


class _Line(logging.Formatter):
    """Tells a record by its members, of which the first four are always there."""

    def __init__(self, write: Callable[[dict[str, Any]], str]) -> None:
        super().__init__()
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        """Write it."""
        members: dict[str, Any] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if request_id := _request_id.get(None):
            members["request_id"] = request_id
        members.update((name, value) for name, value in vars(record).items() if name not in _OWN)
        if record.exc_info and record.exc_info[0]:
            members["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            members["stack"] = self.formatStack(record.stack_info)
        return self._write(members)


def _human(members: dict[str, Any]) -> str:
    time, level, logger, event = (members.pop(name) for name in _FIRST)
    traces = [str(members.pop(name)) for name in ("exception", "stack") if name in members]
    others = "".join(f" {name}={_shown(value)}" for name, value in members.items())
    line = f"{time} {level:<7} {logger}: {event}{others}".translate(_CONTROLS)
    # Indented, so that no line of a trace can be taken for a record.
    below = (f"    {each.translate(_CONTROLS)}" for trace in traces for each in trace.split("\n"))
    return "\n".join([line, *below])


def _shown(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
