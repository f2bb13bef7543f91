import contextlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.parser import text_string_to_metric_families
from tests.rich import write_small_seed
from tests.started import Started, started
from tests.waiting import eventually

from calibaja_api.exposition import Exposition
from calibaja_api.metrics import BOUNDS, FOLDER_VARIABLE, Latencies, Metrics, Moved, Phases
from calibaja_api.publishing import draft, publish
from calibaja_api.sqlite import SqliteDatabase

pytestmark = pytest.mark.slow


@pytest.fixture
def server(database: Path) -> Iterator[Started]:
    with started(database) as running:
        yield running


def requests(method: str, route: str, status: int) -> str:
    return f'calibaja_requests_total{{method="{method}",route="{route}",status="{status}"}}'


def test_requests_are_counted_by_route_and_never_by_address(server: Started) -> None:
    asked = {
        ("GET", "/v1/facts", 200): ["/v1/facts", "/v1/facts?limit=1", "/v1/facts?lang=es"],
        ("GET", "/v1/facts", 400): ["/v1/facts?limit=0"],
        ("GET", "/v1/regions/{id}", 200): ["/v1/regions/tijuana", "/v1/regions/baja-california"],
        ("GET", "/v1/regions/{id}", 404): ["/v1/regions/nothing"],
        ("GET", "/docs/assets/{name}", 404): ["/docs/assets/nothing"],
        ("GET", "unmatched", 404): ["/nothing", "/v1/nothing", "/v1/regions/"],
        ("GET", "/", 200): ["/"],
    }
    with httpx.Client(base_url=server.address) as http:
        for addresses in asked.values():
            for address in addresses:
                http.get(address)
        http.head("/v1/facts")
        http.request("BREW", "/v1/facts")
        http.post("/v1/facts")
    counted = server.metrics()
    for key, addresses in asked.items():
        assert counted[requests(*key)] == len(addresses), key
    assert counted[requests("HEAD", "/v1/facts", 200)] == 1
    of_facts = [
        count for name, count in counted.items() if name.startswith("calibaja_requests_total") and "/v1/facts" in name
    ]
    assert counted['calibaja_request_seconds_count{route="/v1/facts"}'] == sum(of_facts)


def test_a_scan_of_random_paths_makes_no_new_series(server: Started) -> None:
    with httpx.Client(base_url=server.address) as http:
        for prefix in ("/", "/v1/", "/v1/regions/", "/v1/meta/", "/docs/assets/", "/problems/"):
            http.get(prefix + "nothing")
            http.request("PURGE", prefix + "nothing")
        server.metrics()
        before = server.metrics().keys()
        for number in range(1000):
            prefix = ("/", "/v1/", "/v1/regions/", "/v1/meta/", "/docs/assets/", "/problems/")[number % 6]
            address = prefix + secrets.token_hex(4)
            http.request("PURGE" if number % 7 == 0 else "GET", address)
    assert server.metrics().keys() == before


def test_what_is_told_is_the_format_of_prometheus(server: Started) -> None:
    httpx.get(f"{server.address}/v1/facts?limit=1")
    response = httpx.get(f"{server.address}/metrics")
    assert response.headers["content-type"] == CONTENT_TYPE_PLAIN_0_0_4
    assert response.headers["cache-control"] == "no-store"
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    assert {
        *("calibaja_requests", "calibaja_request_seconds", "calibaja_phase_seconds", "calibaja_shed"),
        *("calibaja_requests_in_progress", "calibaja_connections", "calibaja_exports_in_progress"),
        *("calibaja_not_modified", "calibaja_reads_given_up", "calibaja_dataset_info"),
        *("process_resident_memory_bytes", "python_info", "python_gc_collections"),
    } <= families.keys()
    assert all(family.documentation for family in families.values())
    buckets = [
        sample.value
        for sample in families["calibaja_phase_seconds"].samples
        if sample.name.endswith("_bucket") and sample.labels["phase"] == "answer"
    ]
    assert buckets == sorted(buckets)
    assert len(buckets) == len(BOUNDS) + 1


def test_garbage_is_collected_as_soon_as_the_service_answers(server: Started) -> None:
    name = 'python_gc_collections_total{generation="0"}'
    before = server.metric(name)
    for _ in range(3):
        assert httpx.get(f"{server.address}/openapi.json").status_code == 200
    assert server.metric(name) > before


def test_what_happens_is_counted(server: Started) -> None:
    tag = httpx.get(f"{server.address}/v1/facts").headers["etag"]
    for _ in range(2):
        assert httpx.get(f"{server.address}/v1/facts", headers={"If-None-Match": tag}).status_code == 304
    with contextlib.closing(server.connect()):
        assert eventually(lambda: server.metric("calibaja_connections") == 2)
        counted = server.metrics()
    assert counted["calibaja_not_modified_total"] == 2
    assert counted["calibaja_requests_in_progress"] == 1
    assert counted["calibaja_exports_in_progress"] == 0
    # What the cache held has no phases.
    assert counted["calibaja_cache_hits_total"] == 2
    assert counted['calibaja_phase_seconds_count{phase="send"}'] >= 1
    assert counted['calibaja_request_seconds_count{route="/v1/facts"}'] == 3
    assert counted['calibaja_phase_seconds_sum{phase="answer"}'] > 0


def test_it_tells_which_dataset_is_served_since_when(tmp_path: Path) -> None:
    path = tmp_path / "made.sqlite3"
    publish(draft(write_small_seed(tmp_path / "one", 3)), SqliteDatabase(path))
    with started(path) as server:
        first = server.metrics()
        [info] = [name for name in first if name.startswith("calibaja_dataset_info")]
        version = httpx.get(f"{server.address}/v1/dataset").json()["version"]
        assert f'version="{version}"' in info
        since = first["calibaja_dataset_moved_timestamp_seconds"]
        assert abs(since - time.time()) < 60
        publish(draft(write_small_seed(tmp_path / "two", 4)), SqliteDatabase(path))
        assert eventually(lambda: info not in server.metrics())
        assert server.metrics()["calibaja_dataset_moved_timestamp_seconds"] > since


@pytest.mark.slow
def test_the_metrics_of_several_processes_add_up(database: Path) -> None:
    with started(database, "--workers", "2") as server:
        assert eventually(lambda: answers(server, "/healthz"))
        # Connections are shared out among the processes.
        for _ in range(100):
            httpx.get(f"{server.address}/v1/regions?limit=1")
        name = requests("GET", "/v1/regions", 200)
        assert eventually(lambda: server.metric(name) == 100), server.metrics()
        counted = server.metrics()
        assert counted['calibaja_request_seconds_count{route="/v1/regions"}'] == 100
        assert counted['calibaja_request_seconds_bucket{le="+Inf",route="/v1/regions"}'] == 100
        [info] = [value for key, value in counted.items() if key.startswith("calibaja_dataset_info")]
        assert info == 1
        # One of them may be slow to begin, and what they tell of each other is up to a second old.
        assert eventually(
            lambda: sum(name.startswith("process_resident_memory_bytes") for name in server.metrics()) == 2
        )
        assert eventually(lambda: server.metric("calibaja_requests_in_progress") == 1)


def answers(server: Started, path: str) -> bool:
    try:
        return httpx.get(server.address + path).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_folder_of_processes_is_removed_at_the_end(database: Path, tmp_path: Path) -> None:
    with started(database, "--workers", "2", TMPDIR=str(tmp_path)) as server:
        assert eventually(lambda: answers(server, "/metrics"))
        assert eventually(lambda: bool(list(tmp_path.glob("calibaja-metrics-*/*.db"))))
    assert list(tmp_path.iterdir()) == []


def some_phases() -> Phases:
    phases = Phases()
    phases.parsed = phases.begun + 0.002
    phases.waited = 0.003
    phases.started = phases.begun + 0.010
    return phases


def test_phases_make_up_the_time_of_a_request() -> None:
    phases = some_phases()
    assert (phases.parse, phases.answer) == pytest.approx((0.002, 0.005))
    refused = Phases()
    refused.started = refused.begun + 0.010
    assert (refused.parse, refused.answer) == pytest.approx((0.010, 0))


@pytest.mark.parametrize(("seconds", "bucket"), [(0, 0), (BOUNDS[0], 0), (BOUNDS[3], 3), (1.1, 13), (99, len(BOUNDS))])
def test_a_latency_is_counted_in_the_first_bucket_that_holds_it(seconds: float, bucket: int) -> None:
    latencies = Latencies()
    latencies.add([seconds])
    assert latencies.counts[bucket] == 1 == sum(latencies.counts)


def test_in_a_shared_folder_what_ended_counts_and_what_is_open_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    metrics = Metrics()
    exposition = Exposition(metrics)
    metrics.dataset = lambda: Moved("a", 1, 5.0)
    for _ in range(3):
        metrics.answered("GET", "/v1", 200, some_phases())
    metrics.in_progress = 2
    exposition.write()
    gone = 2**22 + 1  # above any id that this system gives
    for file in list(tmp_path.iterdir()):
        (tmp_path / f"{file.name.rpartition('_')[0]}_{gone}.db").write_bytes(file.read_bytes())
    metrics.dataset = lambda: Moved("b", 2, 7.0)
    lines = exposition.text().decode().splitlines()
    exposition.close()
    assert 'calibaja_requests_total{method="GET",route="/v1",status="200"} 6.0' in lines
    assert 'calibaja_phase_seconds_count{phase="wait"} 6.0' in lines
    assert "calibaja_requests_in_progress 2.0" in lines
    assert 'calibaja_dataset_info{release="2",version="b"} 1.0' in lines
    assert 'calibaja_dataset_info{release="1",version="a"} 0.0' in lines
    assert "calibaja_dataset_moved_timestamp_seconds 7.0" in lines


# Server-Timing


def test_answers_tell_how_long_they_took(server: Started) -> None:
    for address, status in (
        ("/v1", 200),
        ("/v1/facts?limit=0", 400),
        ("/v1/nothing", 404),
        ("/v1/facts?format=csv", 200),
    ):
        response = httpx.get(server.address + address)
        assert response.status_code == status
        timed = dict(part.strip().split(";dur=") for part in response.headers["server-timing"].split(","))
        assert list(timed) == ["parse", "wait", "answer"]
        assert all(0 <= float(each) < 10_000 for each in timed.values())
    assert "server-timing" not in httpx.get(f"{server.address}/healthz").headers
