"""Results that are kept, so many and no more, where the same is asked for again and again."""

import threading
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """What was found, by what it was found for. When there is no more room, what was put first makes it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[K, V] = {}
        self._lock = threading.Lock()
        # To look up is to look into a dictionary, as it is done for every request.
        self.get = self._found.get

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._found)

    def put(self, key: K, value: V) -> V:
        """Keep a result, and give it back."""
        with self._lock:
            if key not in self._found and len(self._found) >= self._most:
                del self._found[next(iter(self._found))]
            self._found[key] = value
        return value
