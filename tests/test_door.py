"""The door: whatever is asked, what is answered at once or from the cache is what the application answers."""

import json
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import clean_environment, running_server
from tests.made import Change, write
from tests.plain_counts import COLLECTIONS, Asker, Counts, finding
from tests.postgres import free_port
from tests.rich import RENAMED, WITHDRAWN, all_items, write_rich_seed
from tests.waiting import eventually

from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_NAMED
from calibaja_api.sqlite import SqliteDatabase, url_of

pytestmark = pytest.mark.slow

QUESTIONS = 40
# What differs from one answer to the same question to the next.
OWN = frozenset({"date", "x-request-id", "server-timing", "connection"})


@contextmanager
def application(database: Path) -> Iterator[str]:
    """The plain application, under uvicorn as anyone would run it: no door, no cache."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "calibaja_api.app:create_app", "--port", str(port)]
    command += ["--log-level", "warning", "--no-access-log", "--no-server-header"]
    environment = clean_environment(CALIBAJA_DATABASE_URL=url_of(database))
    with subprocess.Popen(command, env=environment) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            assert eventually(lambda: _answers(address), seconds=60)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


class Doors(NamedTuple):
    """One dataset behind the plain application, behind the door alone, and behind the door with its cache."""

    plain: httpx.Client
    door: httpx.Client
    cached: httpx.Client

    def same(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        """The answer of the application, which is what the door gives, also where it has seen the head of the request
        before, with the cache or without.
        """
        clients = (self.plain, self.door, self.door, self.cached, self.cached)
        expected, *others = [http.request(method, address, headers=headers) for http in clients]
        for other in others:
            assert seen(other) == seen(expected), (method, address, headers)
        return expected


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    write_rich_seed(folder / "seed")
    publish(draft(folder / "seed"), SqliteDatabase(folder / "doors.sqlite3"))
    return folder / "doors.sqlite3"


@pytest.fixture(scope="module")
def doors(path: Path) -> Iterator[Doors]:
    with (
        application(path) as plain,
        running_server(path, CALIBAJA_CACHE_BYTES="0") as door,
        running_server(path) as cached,
        httpx.Client(base_url=plain, timeout=20) as first,
        httpx.Client(base_url=door, timeout=20) as second,
        httpx.Client(base_url=cached, timeout=20) as third,
    ):
        for client in (first, second, third):
            # Only what a test says is sent.
            for name in ("accept", "accept-encoding", "user-agent"):
                client.headers.pop(name, None)
        yield Doors(first, second, third)


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """What a client sees of an answer, but for what differs each time."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    body = answer.content
    if answer.headers.get("content-type") == "application/problem+json":
        # The id of the request is in it, and compressed it is not always as long.
        headers.pop("content-length")
        body = json.dumps({**json.loads(body), "request_id": None}).encode() if body else body
    return answer.status_code, headers, body


@pytest.fixture(scope="module")
def asker(doors: Doors) -> Asker:
    def items(lang: str) -> dict[str, dict[str, Any]]:
        return {name: all_items(doors.plain, name, lang) for name in COLLECTIONS}

    return Asker(Counts(items("en"), items("es"), RENAMED, finding(doors.plain)), "door")


ENCODINGS = (None, None, "gzip", "br, gzip", "identity", "zstd", "*;q=0")
ACCEPTED = (None, None, "*/*", "application/json", "text/csv", "text/html, */*;q=0.1", "image/png")


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_questions_get_the_same_answers(doors: Doors, asker: Asker, collection: str) -> None:
    chosen = random.Random(collection)
    filters = [name for name, parameter in RESOURCE_NAMED[collection].parameters.items() if parameter.is_filter]
    statuses = set()
    for number in range(QUESTIONS):
        asked = asker.question(collection, chosen.sample(filters, number % 3))
        question: dict[str, Any] = {
            **asked,
            "limit": chosen.choice([1, 3, 200]),
            "count": chosen.choice(["auto", "exact", "none"]),
        }
        if number % 5 == 0:
            question["lang"] = "es"
        if number % 7 == 0:
            question["format"] = "csv"
        address = str(httpx.URL(f"/v1/{collection}", params=question))
        headers = _headers(chosen, accept=ACCEPTED, encoding=ENCODINGS)
        answer = doors.same(chosen.choice(["GET", "GET", "HEAD"]), address, headers)
        statuses.add(answer.status_code)
        if answer.status_code == 200:
            for tag in (answer.headers["etag"], "*", f'"x", {answer.headers["etag"]}', 'W/"other"'):
                statuses.add(doors.same("GET", address, {**headers, "If-None-Match": tag}).status_code)
    assert {200, 304} <= statuses


def _headers(chosen: random.Random, accept: Any, encoding: Any) -> dict[str, str]:
    values = {
        "Accept": chosen.choice(accept),
        "Accept-Encoding": chosen.choice(encoding),
        "X-Request-ID": chosen.choice([None, "mine-1", "not an id"]),
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(
    "address",
    [
        "/v1/facts?limit=0",
        "/v1/facts?nothing=1",
        "/v1/facts?region=tijuanna",
        "/v1/facts?q=%ff",
        "/v1/facts?q=a+b%20c&&limit=1",
        "/v1/facts?limit=1&limit=2",
        "/v1/facts?dataset_version=0123456789abcdef",
        f"/v1/facts?{'&'.join(['subject=x'] * 900)}",
        "/v1/facts/",
        "/v1/facts/nothing-here",
        "/v1/facts/%66act",
        "/v1/nothing/x",
        "/v1//facts",
        "//v1/facts",
        "/v1/search?q=a",
        "/v1/search?q=",
        "/v1/compare?subject=a&subject=b&predicate=c",
        "/v1/people?format=json",
        "/v1",
        "/healthz",
        *(f"/v1/{name}/{old}" for (name, old) in [(name, old) for name, pairs in RENAMED.items() for old in pairs][:2]),
        *(f"/v1/{name}/{id_}" for name, ids in WITHDRAWN.items() for id_ in ids[:1]),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_what_is_refused_or_led_elsewhere_is_so_at_the_door_too(doors: Doors, method: str, address: str) -> None:
    doors.same(method, address, {})
    doors.same(method, address, {"Accept": "application/json", "Accept-Encoding": "gzip"})


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=' #"<>\\^`{|}'), max_size=40)
PATHS = st.sampled_from(["facts", "regions", "search", "compare", "facts/tijuana", "events", "nothing"])


@settings(max_examples=60)
@given(path=PATHS, query=TEXT, accept=TEXT, held=TEXT, encoding=TEXT)
def test_any_request_gets_the_same_answer(
    doors: Doors, path: str, query: str, accept: str, held: str, encoding: str
) -> None:
    headers = {"Accept": accept, "If-None-Match": held, "Accept-Encoding": encoding}
    doors.same("GET", f"/v1/{path}?{query}", headers)


# What the door does with connections


def exchange(address: str, *requests: bytes) -> bytes:
    """All that a server sends for bytes that come in these pieces, until it closes."""
    host, port = httpx.URL(address).host, httpx.URL(address).port
    assert port is not None
    with socket.create_connection((host, port), timeout=10) as connection:
        received = b""
        for request in requests:
            connection.sendall(request)
        while piece := connection.recv(1 << 16):
            received += piece
    return received


def test_requests_that_come_in_one_piece_are_answered_in_their_order(doors: Doors) -> None:
    address = str(doors.cached.base_url)
    ids = [item["id"] for item in doors.cached.get("/v1/facts", params={"limit": 30}).json()["data"]]
    asked = [f"GET /v1/facts/{id_} HTTP/1.1\r\nHost: a\r\n\r\n" for id_ in ids]
    asked[-1] = asked[-1].replace("Host: a", "Host: a\r\nConnection: close")
    received = exchange(address, "".join(asked).encode())
    assert received.count(b"HTTP/1.1 200 OK") == len(ids)
    told = [received.index(b'{"data":{"id":"%s"' % id_.encode()) for id_ in ids]
    assert told == sorted(told)
    assert received.count(b"connection: close") == 1


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /v1/facts?limit=1 HTTP/1.0\r\n\r\n",
        b"GET /v1/facts?limit=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET http://a/v1/facts?limit=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /v1/facts?limit=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
        b"GET /v1/facts?limit=1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n",
        b"GET /v1/facts?limit=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nAccept: text/csv\r\nConnection: close\r\n\r\n",
    ],
)
def test_whatever_form_a_request_has_the_same_is_answered(doors: Doors, request_: bytes) -> None:
    def body(client: httpx.Client) -> tuple[bytes, bytes]:
        head, _, content = exchange(str(client.base_url), request_).partition(b"\r\n\r\n")
        return head.partition(b"\r\n")[0], content

    assert body(doors.plain)[0] == b"HTTP/1.1 200 OK"
    assert body(doors.door) == body(doors.cached) == body(doors.cached) == body(doors.plain)


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip", "identity"])
@pytest.mark.parametrize("format_", ["json", "ndjson", "csv"])
def test_a_compressed_answer_ends_where_it_ends_also_the_second_time(doors: Doors, format_: str, encoding: str) -> None:
    address = f"/v1/regions?format={format_}&lang=es"
    for method in ("GET", "HEAD", "GET"):
        doors.same(method, address, {"Accept-Encoding": encoding})


def test_who_takes_a_compressed_answer_gets_it_also_after_another_got_it_plain_and_it_was_unchanged(
    doors: Doors,
) -> None:
    address = "/v1/facts?limit=7&sort=-time&lang=es"
    tag = doors.same("GET", address, {}).headers["etag"]
    for headers in ({"Accept-Encoding": "zstd"}, {"Accept-Encoding": "gzip, br"}):
        doors.same("GET", address, {**headers, "If-None-Match": tag})
        doors.same("GET", address, {**headers, "If-None-Match": f'"x", {tag}'})
        assert "content-encoding" in doors.same("GET", address, headers).headers
        doors.same("GET", address, {**headers, "If-None-Match": f'"x", {tag}'})
        assert "content-encoding" in doors.same("GET", address, headers).headers


def test_a_short_export_is_answered_at_once_and_held(doors: Doors) -> None:
    address = "/v1/regions?format=csv&limit=3"
    expected = doors.same("GET", address, {})
    assert expected.headers["content-disposition"].startswith("attachment; filename=")
    assert expected.headers["content-length"] == str(len(expected.content))
    assert seen(doors.same("HEAD", address, {}))[1] == seen(expected)[1]
    assert doors.cached.get(address).headers["server-timing"].startswith("cache")


def test_what_the_cache_holds_is_told(doors: Doors) -> None:
    answers = [doors.cached.get("/v1/facts?limit=2&sort=-value") for _ in range(3)]
    assert [answer.headers["server-timing"].startswith("cache") for answer in answers] == [False, True, True]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
    assert "cache_hits_total" in doors.cached.get("/metrics").text
    assert "cache_hits_total" not in doors.door.get("/metrics").text


def test_a_publish_empties_the_cache(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "moving.sqlite3")
    publish(draft(write(tmp_path / "one")), database)
    with running_server(tmp_path / "moving.sqlite3") as address, httpx.Client(base_url=address) as http:
        first = [http.get("/v1/facts").json()["meta"]["dataset_version"] for _ in range(3)][-1]
        publish(draft(write(tmp_path / "two", Change("dataset.yaml", "release: 2", "release: 3"))), database)
        assert eventually(lambda: http.get("/v1/facts").json()["meta"]["dataset_version"] != first)
        assert http.get("/v1/facts").headers["etag"] != first
