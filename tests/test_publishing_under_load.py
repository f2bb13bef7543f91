"""A hundred publishes in a row while clients ask: no answer fails, mixes two versions or comes from an old one."""

import logging
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.conftest import running_server
from tests.processes import ALLOCATOR, files_of, memory_of, only_where_told, process_of, workers_of
from tests.rich import write_small_seed
from tests.waiting import PATIENCE, eventually

from calibaja_api.publishing import Draft, draft, publish
from calibaja_api.sqlite import SqliteDatabase

pytestmark = [pytest.mark.slow, only_where_told]

_log = logging.getLogger(__name__)

WORDS: Final = ("alfa", "bravo", "charlie", "delta", "eco")
"""Each dataset says its own in every name, claim and source."""
MARKED: Final = re.compile(rf"\b(?:{'|'.join(WORDS)})\b")
TAG: Final = re.compile(r'W/"([0-9a-f]{16})\.')
SECONDS: Final = 1
"""A publish is noticed within so many."""
MEGABYTE: Final = 1 << 20


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> list[Draft]:
    """Datasets of different sizes."""
    folder = tmp_path_factory.mktemp("releases")
    return [release(folder / word, number, word) for number, word in enumerate(WORDS)]


def release(folder: Path, number: int, word: str) -> Draft:
    write_small_seed(folder, 20 + 5 * number, release=1 + number)
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        text = re.sub(r'"(Claim|Here|Page|Words|Made|Datos|x)\b', rf'"\1 {word}', text)
        file.write_text(text.replace('"en": "says"', f'"en": "says {word}"'), encoding="utf-8")
    return draft(folder)


class Asker:
    """Asks all kinds of questions again and again, and believes nothing."""

    def __init__(self, address: str, drafts: list[Draft], stopped: threading.Event) -> None:
        self.http = httpx.Client(base_url=address, timeout=PATIENCE)
        self.words = {ready.version: word for ready, word in zip(drafts, WORDS, strict=True)}
        self.facts = {ready.version: ready.counts["facts"] for ready in drafts}
        self.stopped = stopped
        self.asked = self.gone = 0

    def run(self) -> "Asker":
        with self.http:
            while not self.stopped.is_set():
                for ask in (self.lists, self.items, self.pages, self.pinned, self.exports, self.searches, self.held):
                    ask()
        return self

    def get(self, address: str, status: int = 200, **headers: str) -> httpx.Response:
        """An answer that comes from one dataset."""
        answer = self.http.get(address, headers=headers)
        self.asked += 1
        assert answer.status_code == status, (address, answer.status_code, answer.text)
        if status == 200:
            version = self.version(answer)
            assert set(MARKED.findall(answer.text)) == {self.words[version]}, address
            if answer.headers["content-type"] == "application/json":
                body = answer.json()
                said = body.get("version") or body.get("dataset_version") or body["meta"]["dataset_version"]
                assert said == version, address
        return answer

    def version(self, answer: httpx.Response) -> str:
        found = TAG.match(answer.headers["etag"])
        assert found
        return found[1]

    def lists(self) -> None:
        for address in ("/v1/facts?limit=200&include=subject,source", "/v1/facts?facets=subject,source&lang=es"):
            answer = self.get(address)
            assert answer.json()["meta"]["total"] == self.facts[self.version(answer)]
        for address in ("/v1", "/v1/dataset", "/v1/regions", "/v1/sources", "/v1/predicates"):
            self.get(address)

    def items(self) -> None:
        for address in ("/v1/facts/f7?include=subject,predicate,source", "/v1/regions/here", "/v1/sources/page"):
            self.get(address)

    def pages(self) -> None:
        address: str | None = "/v1/facts?limit=7&sort=id"
        seen: list[str] = []
        while address:
            answer = self.get(address)
            page = answer.json()
            assert page["meta"]["total"] == self.facts[self.version(answer)]
            seen += [fact["id"] for fact in page["data"]]
            address = page["page"]["next"]
        # Every dataset has these, so that no page repeats or leaves out one, whatever was published between two.
        shared = sorted(f"f{number}" for number in range(min(self.facts.values())))
        assert [id_ for id_ in seen if id_ in shared] == shared
        assert len(seen) == len(set(seen))

    def pinned(self) -> None:
        version = self.version(self.get("/v1/dataset"))
        for address in ("/v1/facts?limit=3", "/v1/search?q=claim"):
            answer = self.http.get(f"{address}&dataset_version={version}")
            self.asked += 1
            if answer.status_code == 409:
                assert answer.json()["code"] == "version-gone"
                self.gone += 1
            else:
                assert (answer.status_code, self.version(answer)) == (200, version)
                assert set(MARKED.findall(answer.text)) == {self.words[version]}

    def exports(self) -> None:
        for address in ("/v1/facts?format=ndjson", "/v1/facts?format=csv&sort=-id"):
            answer = self.get(address)
            version = self.version(answer)
            assert f"-{version}." in answer.headers["content-disposition"]
            assert len(answer.text.splitlines()) == self.facts[version] + ("csv" in address)

    def searches(self) -> None:
        for address in ("/v1/search?q=claim&limit=200", "/v1/facts?q=claim&limit=200", "/v1/search?q=here"):
            answer = self.get(address)
            if "claim" in address:
                assert answer.json()["meta"]["total"] == self.facts[self.version(answer)]

    def held(self) -> None:
        tag = self.get("/v1/facts?limit=5").headers["etag"]
        answer = self.http.get("/v1/facts?limit=5", headers={"If-None-Match": tag})
        self.asked += 1
        assert answer.status_code in {200, 304}
        assert (answer.headers["etag"] == tag) is (answer.status_code == 304)


@contextmanager
def load(address: str, drafts: list[Draft], threads: int) -> Iterator[list[Future[Asker]]]:
    """Clients that ask as long as the block lasts, and what each came to."""
    stopped = threading.Event()
    with ThreadPoolExecutor(threads) as pool:
        asking = [pool.submit(Asker(address, drafts, stopped).run) for _ in range(threads)]
        try:
            yield asking
        finally:
            stopped.set()


def published(ready: Draft, path: Path, is_served: Callable[[str], bool], asking: list[Future[Asker]]) -> float:
    """Publish a dataset; the seconds until it is served."""
    publish(ready, SqliteDatabase(path))
    began = time.monotonic()
    while not is_served(ready.version):
        assert time.monotonic() - began < PATIENCE
        for each in asking:
            if each.done():
                each.result()
        time.sleep(0.01)
    return time.monotonic() - began


def test_publishes_in_a_row_fail_no_request_and_mix_no_versions(
    tmp_path: Path, drafts: list[Draft], is_long: bool
) -> None:
    path = tmp_path / "served.sqlite3"
    publish(drafts[-1], SqliteDatabase(path))
    times, settled = (100, 20) if is_long else (16, 6)
    with (
        running_server(path, **ALLOCATOR) as address,
        httpx.Client(base_url=address, timeout=PATIENCE) as http,
        load(address, drafts, 3) as asking,
    ):
        pid = process_of(path)

        def is_served(version: str) -> bool:
            return bool(http.get("/v1/dataset").raise_for_status().json()["version"] == version)

        waits, memory = [], []
        for number in range(times):
            waits.append(published(drafts[number % len(drafts)], path, is_served, asking))
            memory.append(memory_of(pid))
    askers = [each.result() for each in asking]
    assert sum(asker.asked for asker in askers) > 10 * times
    # Of a machine that others keep busy no single wait says anything; what was the longest is told.
    assert statistics.median(waits) < SECONDS, waits
    assert min(memory[-5:]) - max(memory[settled - 5 : settled]) < MEGABYTE, memory
    asked = sum(asker.asked for asker in askers)
    _log.info("%s publishes, %s answers, noticed after %.2f s at most", times, asked, max(waits))


def kinds_of_files(pid: int) -> list[str]:
    """What a process has open, of sockets and the like only how many: a client may connect again."""
    return sorted(re.sub(r":\[\d+\]", "", name) for name in files_of(pid))


def test_nothing_stays_open_of_what_was_published_before(tmp_path: Path, drafts: list[Draft]) -> None:
    path = tmp_path / "served.sqlite3"
    publish(drafts[-1], SqliteDatabase(path))
    with running_server(path) as address, httpx.Client(base_url=address, timeout=PATIENCE) as http:
        pid = process_of(path)
        http.get("/v1/facts").raise_for_status()
        before = kinds_of_files(pid)
        for number in range(4):
            with load(address, drafts, 2) as asking:
                published(
                    drafts[number % len(drafts)], path, lambda v: http.get("/v1/dataset").json()["version"] == v, asking
                )

        def as_before() -> bool:
            http.get("/v1/facts").raise_for_status()
            return kinds_of_files(pid) == before

        assert eventually(as_before), (before, kinds_of_files(pid))


def begin(http: httpx.Client) -> None:
    """Wait until processes listen that were begun by another."""

    def listens() -> bool:
        try:
            return http.get("/healthz").is_success
        except httpx.ConnectError:
            return False

    assert eventually(listens)


def test_several_processes_follow_each_by_itself(tmp_path: Path, drafts: list[Draft], is_long: bool) -> None:
    path = tmp_path / "served.sqlite3"
    publish(drafts[-1], SqliteDatabase(path))
    times = 100 if is_long else 4
    with running_server(path, "--workers", "2", **ALLOCATOR) as address:
        pid = process_of(path)
        with httpx.Client(base_url=address, timeout=PATIENCE, headers={"Connection": "close"}) as http:

            def is_served(version: str) -> bool:
                # Each connection is answered by one of them; so many in a row are answered by both.
                return all(http.get("/v1/dataset").raise_for_status().json()["version"] == version for _ in range(12))

            begin(http)
            workers = workers_of(pid)
            assert len(workers) == 2
            waits, memory = [], []
            with load(address, drafts, 3) as asking:
                for number in range(times):
                    waits.append(published(drafts[number % len(drafts)], path, is_served, asking))
                    memory.append([memory_of(worker) for worker in workers])
            assert workers_of(pid) == workers
    assert sum(each.result().asked for each in asking) > 10 * times
    # To ask twelve times takes its time, too.
    assert statistics.median(waits) < SECONDS + 0.5, waits
    _log.info("%s publishes over two processes, served by both after %.2f s at most", times, max(waits))
    if is_long:
        for before, after in zip(memory[19], memory[-1], strict=True):
            assert after - before < MEGABYTE, memory
