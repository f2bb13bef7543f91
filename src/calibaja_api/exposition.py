"""How Prometheus is told of what was counted: of all processes, where several answer.

What Prometheus knows as metrics is made of the sums when it asks. Processes that answer together write theirs once a
second into the files of prometheus_client's multiprocess mode, and any of them tells the sum.
"""

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from calibaja_api.metrics import BOUNDS, FOLDER_VARIABLE, Latencies, Metrics

# How processes' values become one; of those not named here the sum is told. Only live processes count.
_MODES: Final = {
    "calibaja_dataset_info": "livemax",
    "calibaja_dataset_moved_timestamp_seconds": "livemax",
}
_OF_FILE: Final = re.compile(r"gauge_live[a-z]+_([0-9]+)\.db")


class Exposition(Collector):
    """The metrics of one application as Prometheus takes them. Only its event loop may ask for them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
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

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        if self._folder:
            self.write()
            self._bury()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The metrics of this process, as prometheus_client asks for them."""
        counted = self._metrics
        counted.count()
        requests = CounterMetricFamily("calibaja_requests", "Requests answered.", labels=("method", "route", "status"))
        for (method, route, status), count in counted.requests.items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        yield _histogram(
            "calibaja_request_seconds", "Seconds from the request to the end of its answer.", "route", counted.routes
        )
        yield _histogram("calibaja_phase_seconds", "Seconds that requests spent in a phase.", "phase", counted.phases)
        yield _counter("calibaja_shed", "Requests and connections turned away.", "reason", counted.shed)
        yield _counter(
            "calibaja_connections_closed", "Connections closed for what their clients did.", "reason", counted.closed
        )
        yield CounterMetricFamily(
            "calibaja_not_modified",
            "Answers that the client held already.",
            value=sum(count for (_, _, status), count in counted.requests.items() if status == 304),
        )
        yield CounterMetricFamily(
            "calibaja_reads_given_up", "Reads that took longer than they may.", value=counted.reads_given_up
        )
        if counted.cache is not None:
            yield CounterMetricFamily("calibaja_cache_hits", "Answers that the cache held.", value=counted.cache.hits)
            yield CounterMetricFamily(
                "calibaja_cache_misses", "Questions whose answer the cache did not hold.", value=counted.cache.misses
            )
            yield GaugeMetricFamily("calibaja_cache_bytes", "Bytes that the cache takes.", value=counted.cache.size)
        yield GaugeMetricFamily(
            "calibaja_requests_in_progress", "Requests that are being answered.", value=counted.in_progress
        )
        yield GaugeMetricFamily("calibaja_connections", "Connections that are open.", value=counted.connections())
        yield GaugeMetricFamily("calibaja_exports_in_progress", "Exports that are being sent.", value=counted.exports)
        yield from self._of_dataset()

    def _of_dataset(self) -> Iterator[Metric]:
        moved = self._metrics.dataset()
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
