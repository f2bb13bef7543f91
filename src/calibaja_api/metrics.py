"""What is counted, and how Prometheus is told of it: of all processes, where several answer.

Recording is done for every request, by the event loop alone, and is a note of what happened; many are counted at once.
What Prometheus knows as metrics is made of the sums when it asks. Processes that answer together write theirs once a
second into the files of prometheus_client's multiprocess mode, and any of them tells the sum.
"""

import contextlib
import os
import re
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from calibaja_api.caching import ResponseCache

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of prometheus_client that names the folder which processes share."""
NOTED: Final = 200
"""So many requests are noted before they are counted."""
WRITE_SECONDS: Final = 1.0
"""What other processes tell of this one is at most so old."""
MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
BOUNDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper ends of the buckets of latencies, in seconds."""
UNMATCHED: Final = "unmatched"
"""The route of requests that no route answers."""
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"})
# How processes' values become one; of those not named here the sum is told. Only live processes count.
_MODES: Final = {
    "calibaja_dataset_info": "livemax",
    "calibaja_dataset_moved_timestamp_seconds": "livemax",
}
_OF_FILE: Final = re.compile(r"gauge_live[a-z]+_([0-9]+)\.db")


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


class Metrics(Collector):
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
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._routes: defaultdict[str, Latencies] = defaultdict(Latencies)
        self._parse, self._wait, self._answer, self._send = (Latencies() for _ in range(4))
        self._folder = os.environ.get(FOLDER_VARIABLE)
        self._files: dict[str, MmapedDict] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        if self._folder:
            MultiProcessCollector(self._registry, self._folder)
        else:
            self._registry.register(self)
            PlatformCollector(self._registry)
            GCCollector(self._registry)
            ProcessCollector(registry=self._registry)

    def answered(self, method: str, route: str, status: int, phases: Phases) -> None:
        """Note a request whose answer has just been sent to its end, or is about to be sent from where the request was
        read; if it was held, it has begun no phase but the first.
        """
        self._noted.append(((method, route, status), phases, time.perf_counter()))
        if len(self._noted) >= NOTED:
            self._count()

    def _count(self) -> None:
        """Count what is noted."""
        noted, self._noted = self._noted, []
        self._requests.update(
            (method if method in _METHODS else "other", route, status) for (method, route, status), _, _ in noted
        )
        of_routes: defaultdict[str, list[float]] = defaultdict(list)
        for (_, route, _), phases, now in noted:
            of_routes[route].append(now - phases.begun)
        for route, latencies in of_routes.items():
            self._routes[route].add(latencies)
        phased = [(phases, now) for _, phases, now in noted if phases.started]
        self._parse.add([phases.parse for phases, _ in phased])
        self._wait.add([phases.waited for phases, _ in phased])
        self._answer.add([phases.answer for phases, _ in phased])
        self._send.add([now - phases.started for phases, now in phased])

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        if self._folder:
            self.write()
            self._bury()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The metrics of this process, as prometheus_client asks for them."""
        self._count()
        requests = CounterMetricFamily("calibaja_requests", "Requests answered.", labels=("method", "route", "status"))
        for (method, route, status), count in self._requests.items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        yield _histogram(
            "calibaja_request_seconds", "Seconds from the request to the end of its answer.", "route", self._routes
        )
        phases = {"parse": self._parse, "wait": self._wait, "answer": self._answer, "send": self._send}
        yield _histogram("calibaja_phase_seconds", "Seconds that requests spent in a phase.", "phase", phases)
        yield _counter("calibaja_shed", "Requests and connections turned away.", "reason", self.shed)
        yield _counter(
            "calibaja_connections_closed", "Connections closed for what their clients did.", "reason", self.closed
        )
        yield CounterMetricFamily(
            "calibaja_not_modified", "Answers that the client held already.", value=self._of_status(304)
        )
        yield CounterMetricFamily(
            "calibaja_reads_given_up", "Reads that took longer than they may.", value=self.reads_given_up
        )
        if self.cache is not None:
            yield CounterMetricFamily("calibaja_cache_hits", "Answers that the cache held.", value=self.cache.hits)
            yield CounterMetricFamily(
                "calibaja_cache_misses", "Questions whose answer the cache did not hold.", value=self.cache.misses
            )
            yield GaugeMetricFamily("calibaja_cache_bytes", "Bytes that the cache takes.", value=self.cache.size)
        yield GaugeMetricFamily(
            "calibaja_requests_in_progress", "Requests that are being answered.", value=self.in_progress
        )
        yield GaugeMetricFamily("calibaja_connections", "Connections that are open.", value=self.connections())
        yield GaugeMetricFamily("calibaja_exports_in_progress", "Exports that are being sent.", value=self.exports)
        yield from self._of_dataset()

    def _of_status(self, wanted: int) -> int:
        return sum(count for (_, _, status), count in self._requests.items() if status == wanted)

    def _of_dataset(self) -> Iterator[Metric]:
        moved = self.dataset()
        if moved is None:
            return
        info = GaugeMetricFamily(
            "calibaja_dataset_info", "1 for the dataset that is answered from.", labels=("version", "release")
        )
        info.add_metric((moved.version, str(moved.release)), 1)
        yield info
        yield GaugeMetricFamily(
            "calibaja_dataset_moved_timestamp_seconds", "When the process moved to its dataset.", value=moved.at
        )

    def write(self) -> None:
        """Tell the other processes of this one, where there are others."""
        if not self._folder:
            return
        written: dict[str, set[str]] = defaultdict(set)
        own = ((metric, _MODES.get(metric.name, "livesum")) for metric in self.collect())
        of_system = ((metric, "liveall") for metric in ProcessCollector(registry=None).collect())
        for metric, mode in (*own, *of_system):
            kind = f"gauge_{mode}" if metric.type == "gauge" or mode == "liveall" else metric.type
            for key, value in _entries(metric):
                self._file(kind).write_value(key, value, 0.0)
                written[kind].add(key)
        for kind, file in self._files.items():
            if kind.startswith("gauge"):
                # What is no more, as the dataset before this one, cannot be taken out of a file.
                for key, _, _ in list(file.read_all_values()):
                    if key not in written[kind]:
                        file.write_value(key, 0.0, 0.0)

    def close(self) -> None:
        """Tell the other processes of this one for the last time."""
        self.write()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, kind: str) -> MmapedDict:
        if kind not in self._files:
            self._files[kind] = MmapedDict(str(Path(self._folder or "") / f"{kind}_{os.getpid()}.db"))
        return self._files[kind]

    def _bury(self) -> None:
        """Forget what processes held that have ended; what they did goes on counting."""
        for path in Path(self._folder or "").glob("gauge_live*.db"):
            found = _OF_FILE.fullmatch(path.name)
            if found is None:
                continue
            try:
                os.kill(int(found[1]), 0)
            except ProcessLookupError:
                # Another process may be doing the same.
                with contextlib.suppress(FileNotFoundError):
                    mark_process_dead(int(found[1]), self._folder)
            except PermissionError:
                continue


def _counter(name: str, words: str, label: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family


def _histogram(name: str, words: str, label: str, latencies: dict[str, Latencies]) -> Metric:
    family = HistogramMetricFamily(name, words, labels=(label,))
    for value, seen in latencies.items():
        buckets, below = [], 0
        for bound, count in zip((*BOUNDS, float("inf")), seen.counts, strict=True):
            below += count
            buckets.append((floatToGoString(bound), below))
        family.add_metric((value,), buckets, seen.total)
    return family


def _entries(metric: Metric) -> Iterator[tuple[str, float]]:
    """A metric as the files have it, where a bucket counts only what is not in the one before."""
    below = 0.0
    for sample in metric.samples:
        value = sample.value
        if metric.type == "histogram":
            if sample.name.endswith("_count"):
                continue
            if sample.name.endswith("_bucket"):
                value, below = value - below, 0.0 if sample.labels["le"] == "+Inf" else value
        labels = list(sample.labels)
        yield mmap_key(metric.name, sample.name, labels, list(sample.labels.values()), metric.documentation), value
