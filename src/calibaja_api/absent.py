"""What a library loads only because it is there: hidden while that is decided."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(module: str) -> Iterator[None]:
    """As if a module could not be imported; afterwards all is as before."""
    there = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]  # Python's way to say that there is none
    try:
        yield
    finally:
        if there is None:
            del sys.modules[module]
        else:
            sys.modules[module] = there
