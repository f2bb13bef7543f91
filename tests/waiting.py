"""Waiting for what is to come about. It costs nothing where it comes soon, and a busy machine takes its time."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 90.0
"""Seconds after which it does not come any more."""


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether it holds at last."""
    until = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.02)
    return held
