"""structlog, without what it loads to draw traces in colours: here the log has one line for each record.

Where there is rich, structlog loads all of it: four megabytes of each process, and a twentieth of its start.
"""

from calibaja_api.absent import absent

with absent("rich"):
    from structlog import processors
    from structlog.contextvars import bind_contextvars, merge_contextvars
    from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
    from structlog.typing import EventDict, Processor

__all__ = [
    "EventDict",
    "ExtraAdder",
    "Processor",
    "ProcessorFormatter",
    "add_log_level",
    "add_logger_name",
    "bind_contextvars",
    "merge_contextvars",
    "processors",
]
