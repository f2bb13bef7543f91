import contextlib
import fcntl
import hashlib
import os
import socket
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.conftest import running_server
from tests.processes import ALLOCATOR, files_of, memory_of, only_where_told, process_of
from tests.rich import UNITS, Json, both, cite, dataset_of, labels_of, write_small_seed
from tests.waiting import PATIENCE, eventually

from calibaja_api.database import EXPORTS as AT_ONCE
from calibaja_api.publishing import Draft, draft, publish, write
from calibaja_api.resources import RESOURCES
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import DatasetRecord, LabelRecord, UnitRecord
from calibaja_api.sqlite import SqliteDatabase

pytestmark = [pytest.mark.slow, only_where_told]

FACTS: Final = 15_000
SOURCES: Final = 1_500
VERSION: Final = "0123456789abcdef"
MEGABYTE: Final = 1 << 20
MEMORY: Final = 8 * MEGABYTE
"""What an export may take: some pieces on their way, and what a sort of any size has for itself."""
RECEIVED: Final = 1 << 16
"""What a client takes in without reading it."""
# What is measured is what is on its way, so it is as large as it looks.
UNCOMPRESSED: Final = {"Accept-Encoding": "identity"}

ALL: Final = "/v1/facts?format=ndjson"
# No index has this order, so all is sorted before anything can be sent.
SORTED: Final = "/v1/facts?format=ndjson&sort=subject,-time,-id"
EXPORTS: Final = (
    ALL,
    SORTED,
    "/v1/facts?format=ndjson&fields=id,claim,citations",
    "/v1/facts?format=csv&lang=es",
    "/v1/facts?format=csv&q=claim",
)


def big_draft() -> Draft:
    """Some 15,000 facts of 1.5 KB.

    The checks of seed files take longer than all the rest; they are tested elsewhere, and left out here.
    """
    records: dict[str, list[Json]] = {resource.name: [] for resource in RESOURCES}
    records["regions"] = [{"id": "here", "kind": "city", "name": "Here"}]
    says = {"id": "says", "name": both("says"), "description": both("Words."), "value_type": "text", "units": []}
    records["predicates"] = [says]
    page = {"publisher": "Us", "language": "en", "kind": "page", "tier": "C"}
    records["sources"] = [{"id": f"page-{number}", "name": f"Page {number}", **page} for number in range(SOURCES)]
    records["facts"] = [fact(number) for number in range(FACTS)]
    items = {
        resource.item_type: [resource.record.model_validate(record) for record in records[resource.name]]
        for resource in RESOURCES
    }
    dataset = DatasetRecord.model_validate(dataset_of("big"))
    catalog = Catalog(
        dataset,
        [UnitRecord.model_validate(unit) for unit in UNITS],
        map(LabelRecord.model_validate, labels_of(records)),
        items,
    )
    return Draft(catalog, "0" * 64, VERSION)


def fact(number: int) -> Json:
    return {
        "id": f"fact-{number:05d}",
        "subject": "here",
        "predicate": "says",
        "text": both(f"words {number}", f"palabras {number}"),
        "scope_key": f"no-{number}",
        "scope": both(f"number {number}"),
        "time": str(1900 + number * 7 % 100),
        "time_basis": "stated",
        "basis": "observed",
        "claim": both(f"Claim {number}", f"Afirmación {number}"),
        # Long, and in no index of words: what makes it large is what is sent.
        "citations": [cite(f"page-{number % SOURCES}", "Ñ, “quoted”, " * 55 + str(number))],
    }


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large dataset in a file, written once by whichever process of the test run comes first."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    path = folder / "big" / "big.sqlite3"
    # Not under its own lock, for which a publish does not wait as long as this may take.
    with (folder / "big.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            database = SqliteDatabase(path)
            with database.locked():
                write(big_draft(), database, automatic=False)
    return path


@dataclass(frozen=True, slots=True)
class Server:
    """A server, the file that it serves, and its process."""

    address: str
    path: Path
    pid: int
    http: httpx.Client

    def get(self, address: str) -> httpx.Response:
        """An answer that is read at once."""
        return self.http.get(address).raise_for_status()

    def memory(self) -> int:
        """The bytes of memory that are its own."""
        return memory_of(self.pid)

    def files(self) -> list[str]:
        """What its descriptors lead to."""
        return files_of(self.pid)

    def data_files(self) -> set[str]:
        """The files of data and those of sorts that it has open, each however often."""
        return {name for name in self.files() if name.startswith(str(self.path)) or "etilqs" in name}

    def sockets(self) -> int:
        """How many connections it has, and what it listens on."""
        return sum(name.startswith("socket:") for name in self.files())

    def maps_deleted(self) -> bool:
        """Whether a file that was replaced is still mapped into its memory."""
        maps = Path(f"/proc/{self.pid}/maps").read_text()
        return f"{self.path} (deleted)" in maps


@contextmanager
def serving(path: Path) -> Iterator[Server]:
    plain = httpx.Client(timeout=PATIENCE, verify=False, headers=UNCOMPRESSED)
    with running_server(path, **ALLOCATOR) as address, plain as http:
        http.base_url = httpx.URL(address)
        yield Server(address, path, process_of(path), http)


@pytest.fixture(scope="module")
def shared(big: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Under a name of its own, by which its process is told from that of another process of the test run.
    path = tmp_path_factory.mktemp("shared") / "shared.sqlite3"
    path.hardlink_to(big)
    with serving(path) as started:
        yield started


@pytest.fixture
def server(shared: Server) -> Server:
    """A server that has nothing to do any more with what was asked before."""
    assert eventually(lambda: are_free(shared))
    return shared


@pytest.fixture
def own(big: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of the large dataset under a name that a test can publish to."""
    path = tmp_path / "own.sqlite3"
    path.hardlink_to(big)
    with serving(path) as started:
        yield started


@contextmanager
def asking(server: Server) -> Iterator[httpx.Client]:
    """A client with hardly any buffer, so that what it does not read stays with the server."""
    options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED)]
    transport = httpx.HTTPTransport(socket_options=options, verify=False)
    with httpx.Client(base_url=server.address, transport=transport, timeout=PATIENCE, headers=UNCOMPRESSED) as http:
        yield http


@contextmanager
def begun(server: Server, question: str) -> Iterator[Iterator[bytes]]:
    """An export of which the first piece was read."""
    with asking(server) as http, http.stream("GET", question) as response:
        assert response.status_code == 200
        pieces = response.iter_raw()
        first = next(pieces)

        def all_pieces() -> Iterator[bytes]:
            yield first
            yield from pieces

        yield all_pieces()


def digest(pieces: Iterator[bytes]) -> tuple[int, str]:
    """The size of an export and what stands for its bytes."""
    size, sha256 = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        sha256.update(piece)
    return size, sha256.hexdigest()


def warmed(server: Server) -> None:
    """Have it done once, for a few items, what it is going to do for all."""
    for question in EXPORTS:
        server.get(f"{question}&limit=200")


@pytest.mark.parametrize("question", EXPORTS)
def test_an_export_takes_no_memory_for_its_size(server: Server, question: str) -> None:
    # What the connections of the database hold of its pages is there after the first time, and bounded.
    server.get(question)
    before = most = server.memory()
    size = seen = 0
    with begun(server, question) as pieces:
        for piece in pieces:
            size += len(piece)
            if size - seen > MEGABYTE:
                most, seen = max(most, server.memory()), size
    assert size > 2 * MEMORY
    assert most - before < MEMORY
    assert server.memory() - before < MEMORY


def test_exports_that_nobody_reads_take_no_memory_for_their_size(server: Server) -> None:
    warmed(server)
    # As many at once take as many threads, connections and sorts, whatever their size: 6 MB each, then 24.
    questions = (ALL, ALL, SORTED, EXPORTS[-1])
    quarter = "&time__during=1900/1924"
    most = []
    # What the connections of the database hold of its pages is there after the first time, and bounded.
    for filter_ in ("", quarter, ""):
        with contextlib.ExitStack() as open_:
            for question in questions:
                open_.enter_context(begun(server, f"{question}{filter_}"))
            most.append(measured(server))
        assert eventually(lambda: are_free(server))
    assert most[2] - most[1] < MEMORY


def are_free(server: Server) -> bool:
    """Whether as many exports can begin as may run at once."""
    with contextlib.ExitStack() as open_:
        http = open_.enter_context(asking(server))
        few = [open_.enter_context(http.stream("GET", f"{ALL}&limit=200")) for _ in range(AT_ONCE)]
        for response in few:
            response.read()
        return all(response.status_code == 200 for response in few)


def measured(server: Server) -> int:
    """The most memory of a server that goes on with what is not read, until it does no more."""
    most = looks = 0

    def rests() -> bool:
        nonlocal most, looks
        now = server.memory()
        looks = looks + 1 if now <= most else 0
        most = max(most, now)
        return looks == 20

    assert eventually(rests)
    return most


def test_others_are_answered_while_an_export_is_read_slowly(server: Server) -> None:
    expected = server.get("/v1/facts?limit=3&sort=-time").content
    with begun(server, ALL) as slow, begun(server, SORTED) as sorted_:
        for _ in range(10):
            assert server.get("/healthz").status_code == 200
            assert server.get("/v1/facts?limit=3&sort=-time").content == expected
            assert server.get("/v1/facts?format=csv&limit=1").status_code == 200
        assert digest(slow) == digest(iter([server.get(ALL).content]))
        assert digest(sorted_) == digest(iter([server.get(SORTED).content]))


def test_others_are_answered_while_a_question_takes_long(server: Server) -> None:
    slow = "/v1/facts?q=claim&latest=true&count=exact&facets=time__year&sort=-value"
    server.get(slow)
    with ThreadPoolExecutor() as threads:
        began = time.monotonic()
        # Another question, as this one is held now.
        asking = threads.submit(server.get, f"{slow}&limit=3")
        waits = []
        while not asking.done():
            asked = time.monotonic()
            server.get("/healthz")
            waits.append(time.monotonic() - asked)
        took = time.monotonic() - began
    assert asking.result().json()["facets"]["time__year"]["buckets"]
    assert len(waits) > 4
    assert statistics.median(waits) < took / 3


def test_more_exports_at_once_than_may_be_are_turned_away(server: Server) -> None:
    with contextlib.ExitStack() as open_:
        for _ in range(AT_ONCE):
            open_.enter_context(begun(server, ALL))
        refused = server.http.get(ALL)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert server.http.head(ALL).status_code == 200
        assert server.get("/v1/facts?limit=1").status_code == 200
    assert eventually(lambda: server.http.get(f"{ALL}&limit=1").status_code == 200)


def read_fast(server: Server, question: str) -> int:
    """The size of an export, read faster than it is made."""
    host, _, port = server.address.removeprefix("http://").partition(":")
    size, buffer = 0, bytearray(MEGABYTE)
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(f"GET {question} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        while received := connection.recv_into(buffer):
            size += received
    return size


def test_others_are_answered_while_an_export_is_read_fast(server: Server) -> None:
    with ThreadPoolExecutor() as threads:
        server.get("/healthz")
        reading = threads.submit(read_fast, server, "/v1/facts?format=csv")
        answered = 0
        while not reading.done():
            answered += server.get("/healthz").status_code == 200
        assert reading.result() > 2 * MEMORY
    # Were it answered before and after the export only, there would be two.
    assert answered > 4


def test_the_same_export_twice_at_once_is_twice_the_whole(server: Server) -> None:
    whole = digest(iter([server.get(SORTED).content]))
    with begun(server, SORTED) as one, begun(server, SORTED) as other:
        taken = [[next(one)], [next(other)]]
        for _ in range(50):
            taken[0].append(next(one))
            taken[1].append(next(other))
        found = [digest(iter([*begun_with, *rest])) for begun_with, rest in zip(taken, (one, other), strict=True)]
    assert found == [whole, whole]


def hang_up(server: Server, question: str) -> None:
    with begun(server, question):
        pass


def test_who_hangs_up_in_the_middle_leaves_nothing_behind(own: Server) -> None:
    warmed(own)
    sockets, memory = own.sockets(), own.memory()
    for question in (ALL, SORTED, "/v1/facts?format=csv&q=claim", SORTED):
        hang_up(own, question)
    assert eventually(lambda: own.sockets() <= sockets), own.files()
    # What was asked of the database ends too, and with it the file that it was sorted in.
    assert eventually(lambda: own.data_files() == {str(own.path)}), own.data_files()
    assert own.memory() - memory < MEMORY
    assert own.get("/v1/facts?limit=1").json()["meta"]["dataset_version"] == VERSION


def publish_small(server: Server, tmp_path: Path) -> str:
    """Publish another dataset over the one that is served, and wait until it is; its version."""
    small = draft(write_small_seed(tmp_path / "small", 3))
    publish(small, SqliteDatabase(server.path))
    assert eventually(lambda: server.get("/v1/dataset").json()["version"] == small.version)
    return small.version


def test_a_file_that_was_replaced_is_closed_though_clients_hung_up(own: Server, tmp_path: Path) -> None:
    hang_up(own, ALL)
    hang_up(own, SORTED)
    # Neither of these is sent what it asks for.
    assert own.http.head(ALL).status_code == 200
    assert own.http.get(ALL, headers={"If-None-Match": "*"}).status_code == 304
    publish_small(own, tmp_path)
    assert eventually(lambda: own.data_files() == {str(own.path)}), own.data_files()
    assert not own.maps_deleted()


def test_exports_stay_in_the_version_in_which_they_began(own: Server, tmp_path: Path) -> None:
    wholes = [digest(iter([own.get(question).content])) for question in (ALL, SORTED)]
    both_files = {str(own.path), f"{own.path} (deleted)"}
    with begun(own, SORTED) as last:
        with begun(own, ALL) as first:
            small = publish_small(own, tmp_path)
            assert own.get("/v1/facts").json()["meta"]["total"] == 3
            new = own.get(ALL)
            assert len(new.content.splitlines()) == 3
            assert f"-{small}.ndjson" in new.headers["content-disposition"]
            # The old file is open for those that still read it, and for nobody else.
            assert {name for name in own.data_files() if "etilqs" not in name} == both_files
            assert digest(first) == wholes[0]
        # The last one to read it is not there yet.
        assert both_files <= own.data_files()
        assert digest(last) == wholes[1]
    assert eventually(lambda: own.data_files() == {str(own.path)}), own.data_files()
    assert not own.maps_deleted()
    assert own.get("/v1/dataset").json()["version"] == small
