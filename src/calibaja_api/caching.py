"""Answers that were given before, bounded in bytes.

A request is looked up as it came. What it asks is named by the entity tag of its answer, which stands for dataset
version and canonical question: so requests that put one question in several ways share one answer.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, TypeAlias

RequestKey: TypeAlias = tuple[bytes, bytes, bytes]
"""A request as it came: its target, what it accepts, and in which encodings."""
AnswerKey: TypeAlias = tuple[bytes, bytes]
"""The tag of an answer, and the encoding that it is in."""

_OVERHEAD: Final = 500
"""About what an entry takes beside its bytes."""
_OF_REQUESTS: Final = 4
"""So many parts of the cache are for answers, for one that is for the requests that lead to them."""
_LARGEST: Final = 8
"""An answer that would take more than one of so many parts of the cache is not kept."""


@dataclass(frozen=True, slots=True)
class Held:
    """An answer as it is sent, but for what differs from request to request."""

    tag: bytes
    head: bytes
    """Status line and headers of the 200."""
    body: bytes | None
    """None where only 304 was answered so far."""
    unchanged: bytes
    """Status line and headers of the 304."""
    route: str

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.head) + len(self.unchanged) + len(self.body or b"") + _OVERHEAD


class ResponseCache:
    """The answers that were asked for last. All of one dataset version."""

    def __init__(self, most_bytes: int) -> None:
        self._most_of_requests = most_bytes // (_OF_REQUESTS + 1)
        self._most = most_bytes - self._most_of_requests
        self._version = ""
        self._requests: OrderedDict[RequestKey, AnswerKey] = OrderedDict()
        self._answers: OrderedDict[AnswerKey, Held] = OrderedDict()
        self._size_of_requests = self._size = 0
        self.hits = self.misses = 0

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return self._size + self._size_of_requests

    def get(self, request: RequestKey, version: str) -> Held | None:
        """The answer to a request from a dataset version, if it is kept."""
        if version != self._version:
            self._begin(version)
        answer = self._requests.get(request)
        held = None if answer is None else self._answers.get(answer)
        if answer is None or held is None:
            self.misses += 1
            return None
        self.hits += 1
        self._requests.move_to_end(request)
        self._answers.move_to_end(answer)
        return held

    def put(self, request: RequestKey, version: str, encoding: bytes, held: Held) -> None:
        """Keep an answer from a dataset version, in the place of those that were asked for longest ago."""
        if version != self._version or held.size * _LARGEST > self._most:
            return
        if held.body is None and self._requests.get(request, ("",))[0] == held.tag:
            # What leads to the whole answer is not led away from it.
            return
        answer = (held.tag, encoding)
        before = self._answers.get(answer)
        if before is None or before.body is None:
            self._size += held.size - (before.size if before else 0)
            self._answers[answer] = held
        self._answers.move_to_end(answer)
        if request not in self._requests:
            self._size_of_requests += _size(request)
        self._requests[request] = answer
        while self._size > self._most:
            self._size -= self._answers.popitem(last=False)[1].size
        while self._size_of_requests > self._most_of_requests:
            self._size_of_requests -= _size(self._requests.popitem(last=False)[0])

    def _begin(self, version: str) -> None:
        """Forget the answers from the version before."""
        self._requests.clear()
        self._answers.clear()
        self._size = self._size_of_requests = 0
        self._version = version


def _size(request: RequestKey) -> int:
    return sum(map(len, request)) + _OVERHEAD
