"""The log: every record as one line, for people or for programs, with the id of the request that it was made for."""

import json
import logging
import re
from typing import Any, Final

from calibaja_api.settings import LogFormat, Settings
from calibaja_api.structured import (
    EventDict,
    ExtraAdder,
    Processor,
    ProcessorFormatter,
    add_log_level,
    add_logger_name,
    bind_contextvars,
    merge_contextvars,
    processors,
)

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:{}+-]+")
# What ends a line, moves the cursor or turns the direction of writing: nobody else's text may do that to the log.
_CONTROLS: Final = {
    code: repr(chr(code))[1:-1]
    for code in (*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


def about_request(request_id: str) -> None:
    """Have every record that is made from here on for this request tell its id."""
    bind_contextvars(request_id=request_id)


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
    renderer: Processor = _human
    if log_format == LogFormat.JSON:
        renderer = processors.JSONRenderer(serializer=json.dumps, default=str)
    return ProcessorFormatter(
        foreign_pre_chain=[
            merge_contextvars,
            add_logger_name,
            add_log_level,
            ExtraAdder(),
            processors.TimeStamper(fmt="iso", utc=True, key="time"),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            processors.format_exc_info,
            _ordered,
            renderer,
        ],
    )


def _ordered(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """The members that every record has come first; uvicorn's colours are not for us."""
    event.pop("color_message", None)
    first = {name: event.pop(name) for name in ("time", "level", "logger", "event")}
    return {**first, **event}


def _human(_logger: Any, _name: str, event: EventDict) -> str:
    time, level, logger, told = (event.pop(name) for name in ("time", "level", "logger", "event"))
    exception = event.pop("exception", None)
    members = "".join(f" {name}={_shown(value)}" for name, value in event.items())
    line = f"{time} {level:<7} {logger}: {told}{members}".translate(_CONTROLS)
    if exception is None:
        return line
    # Indented, so that no line of a trace can be taken for a record.
    return "\n".join([line, *(f"    {each.translate(_CONTROLS)}" for each in str(exception).split("\n"))])


def _shown(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
