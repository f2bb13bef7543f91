"""What is counted of one process.

Recording is done for every request, by the event loop alone, and is a note of what happened; many are counted at once.
"""

import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from calibaja_api.caching import ResponseCache

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of prometheus_client that names the folder which processes share."""
NOTED: Final = 200
"""So many requests are noted before they are counted."""
WRITE_SECONDS: Final = 1.0
"""What other processes tell of this one is at most so old."""
BOUNDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper ends of the buckets of latencies, in seconds."""
UNMATCHED: Final = "unmatched"
"""The route of requests that no route answers."""
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"})


class Phases:
    """When a request went from one phase to the next, in seconds of `time.perf_counter`."""

    __slots__ = ("begun", "parsed", "started", "waited")

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.parsed = 0.0
        """When the question was known; 0 where none was."""
        self.waited = 0.0
        """How long it waited for a thread, in seconds."""
        self.started = 0.0
        """When the answer began to be sent; 0 before."""

    def start(self) -> None:
        """The answer is there and begins to be sent."""
        self.started = time.perf_counter()

    @property
    def parse(self) -> float:
        """Seconds until the question was known; where there was none, until it was refused."""
        return (self.parsed or self.started) - self.begun

    @property
    def answer(self) -> float:
        """Seconds from the question to the answer, or to its first piece, without those of waiting."""
        return self.started - self.parsed - self.waited if self.parsed else 0.0


class Latencies:
    """How many took how long."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, latencies: Sequence[float]) -> None:
        """Count some, each in seconds."""
        counts = self.counts
        for seconds in latencies:
            counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += sum(latencies)


class Moved(NamedTuple):
    """The dataset that a process answers from, and since when, in seconds since 1970."""

    version: str
    release: int
    at: float


class Metrics:
    """The metrics of one application. Only its event loop may record."""

    def __init__(self) -> None:
        self.in_progress = 0
        self.exports = 0
        self.reads_given_up = 0
        self.shed: defaultdict[str, int] = defaultdict(int)
        """Requests and connections that were turned away, by reason."""
        self.closed: defaultdict[str, int] = defaultdict(int)
        """Connections that were closed since their client took too long or sent too much, by reason."""
        self.cache: ResponseCache | None = None
        self.connections: Callable[[], int] = lambda: 0
        self.dataset: Callable[[], Moved | None] = lambda: None
        self._noted: list[tuple[tuple[str, str, int], Phases, float]] = []
        """Requests that are not counted yet: method, route and status, the phases, and when the answer was sent."""
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.routes: defaultdict[str, Latencies] = defaultdict(Latencies)
        self._parse, self._wait, self._answer, self._send = (Latencies() for _ in range(4))
        self.phases = {"parse": self._parse, "wait": self._wait, "answer": self._answer, "send": self._send}

    def answered(self, method: str, route: str, status: int, phases: Phases) -> None:
        """Note a request whose answer has just been sent to its end, or is about to be sent from where the request was
        read; if it was held, it has begun no phase but the first.
        """
        self._noted.append(((method, route, status), phases, time.perf_counter()))
        if len(self._noted) >= NOTED:
            self.count()

    def count(self) -> None:
        """Count what is noted; what was counted is up to date then."""
        noted, self._noted = self._noted, []
        self.requests.update(
            (method if method in _METHODS else "other", route, status) for (method, route, status), _, _ in noted
        )
        of_routes: defaultdict[str, list[float]] = defaultdict(list)
        for (_, route, _), phases, now in noted:
            of_routes[route].append(now - phases.begun)
        for route, latencies in of_routes.items():
            self.routes[route].add(latencies)
        phased = [(phases, now) for _, phases, now in noted if phases.started]
        self._parse.add([phases.parse for phases, _ in phased])
        self._wait.add([phases.waited for phases, _ in phased])
        self._answer.add([phases.answer for phases, _ in phased])
        self._send.add([now - phases.started for phases, now in phased])
