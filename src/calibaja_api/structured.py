"""structlog, without what it loads to draw traces in colours: here the log has one line for each record.

Where there is rich, structlog loads all of it: four megabytes of each process, and a twentieth of its start.
"""

import sys
from typing import Final

_RICH: Final = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
try:
    from structlog import processors
    from structlog.contextvars import bind_contextvars, merge_contextvars
    from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
    from structlog.typing import EventDict, Processor
finally:
    if _RICH is None:
        del sys.modules["rich"]
    else:
        sys.modules["rich"] = _RICH

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
