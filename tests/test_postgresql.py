"""What only PostgreSQL does: publishing in one transaction, and reading from servers that come and go."""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import func, literal_column, select
from tests.conftest import running_server
from tests.made import Change, write
from tests.plain_counts import COLLECTIONS, FACETS, Asker, Counts, finding
from tests.postgres import Postgres, data_folder, free_port, new_postgres, run
from tests.processes import files_of, only_where_told, process_of
from tests.rich import RENAMED, write_rich_seed
from tests.test_killed_publishes import LATE, killed
from tests.waiting import PATIENCE, eventually

from calibaja_api.client import Client
from calibaja_api.database import DatabaseError, TookTooLong
from calibaja_api.databases import database_of
from calibaja_api.datasets import OpenDataset
from calibaja_api.downloads import Downloads
from calibaja_api.postgresql import PostgresDatabase
from calibaja_api.postgresql.schemas import KEPT
from calibaja_api.publishing import Draft, draft, publish, roll_back
from calibaja_api.query import item_select
from calibaja_api.resources import RESOURCE_NAMED
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.stamps import stamp

pytestmark = pytest.mark.slow

QUESTIONS = 40


@pytest.fixture
def url(request: pytest.FixtureRequest, postgres: Postgres) -> str:
    """A database of its own."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    with psycopg.connect(postgres.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.url(name)


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> list[Draft]:
    """One dataset after the other."""
    folder = tmp_path_factory.mktemp("releases")
    raised = [(), *((Change("dataset.yaml", "release: 2", f"release: {number}"),) for number in range(3, 7))]
    return [draft(write(folder / str(number), *changes)) for number, changes in enumerate(raised)]


def schemas(url: str) -> set[str]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'calibaja%'").fetchall()
    return {name for (name,) in found}


# The same answers


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[list[httpx.Client]]:
    """Servers of one dataset in each kind of database."""
    folder = tmp_path_factory.mktemp("both")
    write_rich_seed(folder / "seed")
    with psycopg.connect(postgres.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE compared")
    urls = [url_of(folder / "both.sqlite3"), postgres.url("compared")]
    for url in urls:
        publish(draft(folder / "seed"), database_of(url))
    with running_server(urls[0]) as first, running_server(urls[1]) as second:
        clients = [httpx.Client(base_url=address, timeout=PATIENCE) for address in (first, second)]
        yield clients
        for client in clients:
            client.close()


@pytest.fixture(scope="module")
def asker(both: list[httpx.Client]) -> Callable[[str], Asker]:
    def items(lang: str) -> dict[str, dict[str, Any]]:
        return {name: all_of(both[0], name, lang) for name in COLLECTIONS}

    counts = Counts(items("en"), items("es"), RENAMED, finding(both[0]))
    return lambda seed: Asker(counts, seed)


def all_of(http: httpx.Client, collection: str, lang: str) -> dict[str, Any]:
    lines = http.get(f"/v1/{collection}", params={"format": "ndjson", "lang": lang}).text.splitlines()
    return {item["id"]: item for item in map(json.loads, lines)}


def same(both: list[httpx.Client], address: str) -> httpx.Response:
    """The answer to a question, which is the same from both, byte by byte."""
    answers = [http.get(address) for http in both]
    kept = ("content-type", "etag", "link", "content-language", "content-disposition", "vary", "cache-control")
    bodies = []
    for answer in answers:
        assert answer.status_code in {200, 400}, (address, answer.text)
        body = answer.content
        if answer.status_code == 400:
            body = json.dumps({**answer.json(), "request_id": None}).encode()
        bodies.append((answer.status_code, [answer.headers.get(name) for name in kept], body))
    assert bodies[0] == bodies[1], address
    return answers[0]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_hundreds_of_questions_get_the_same_bytes(
    both: list[httpx.Client], asker: Callable[[str], Asker], collection: str
) -> None:
    asking = asker(f"both {collection}")
    resource = RESOURCE_NAMED[collection]
    names = [name for name, parameter in resource.parameters.items() if parameter.is_filter]
    found = paged = 0
    for number in range(QUESTIONS):
        chosen = asking.random.sample(names, asking.random.randint(0, 3))
        question: dict[str, Any] = asking.question(collection, chosen)
        question["lang"] = ("en", "es")[number % 2]
        question["limit"] = asking.random.choice([1, 2, 7, 200])
        question["count"] = asking.random.choice(["auto", "exact", "none"])
        sorts = [value for value in resource.sort_values if "q" in question or "relevance" not in value]
        if number % 3:
            question["sort"] = asking.random.sample(sorts, min(len(sorts), asking.random.randint(1, 3)))
        if number % 4 == 0:
            question["facets"] = list(FACETS[collection])
            question["facet_limit"] = asking.random.choice([1, 5, 200])
        if number % 5 == 0 and resource.include_values:
            question["include"] = list(resource.include_values)
        address: str | None = str(httpx.URL(f"/v1/{collection}", params=question))
        for _ in range(4):
            if address is None:
                break
            answer = same(both, address)
            if answer.status_code != 200:
                break
            found += bool(answer.json()["data"])
            address = answer.json()["page"]["next"]
            paged += address is not None
        for name in ("limit", "count", "facets", "facet_limit", "include"):
            question.pop(name, None)
        question["format"] = asking.random.choice(resource.formats)
        same(both, str(httpx.URL(f"/v1/{collection}", params=question)))
    assert found > QUESTIONS / 4
    assert paged


def test_searches_get_the_same_bytes(both: list[httpx.Client], asker: Callable[[str], Asker]) -> None:
    asking = asker("search")
    words = [word for collection in COLLECTIONS for word in asking.candidates(collection, "q")]
    corrected = 0
    for number in range(200):
        asked = asking.random.sample(words, asking.random.randint(1, 3))
        if number % 3 == 0:
            asked[-1] = asked[-1][: asking.random.randint(1, 6)]
        if number % 4 == 0:
            place = asking.random.randrange(len(asked[0]))
            asked[0] = asked[0][:place] + asked[0][place + 1 :] or "x"
        question = {"q": " ".join(asked), "limit": 5, "lang": ("en", "es")[number % 2]}
        answer = same(both, str(httpx.URL("/v1/search", params=question)))
        if answer.status_code == 200:
            corrected += answer.json()["meta"]["corrected"] is not None
            if answer.json()["page"]["next"]:
                same(both, answer.json()["page"]["next"])
    assert corrected


def test_comparisons_get_the_same_bytes(both: list[httpx.Client], asker: Callable[[str], Asker]) -> None:
    asking = asker("compare")
    predicates = sorted(asking.counts.items["predicates"])
    for _ in range(30):
        subjects = asking.random.sample(asking.candidates("facts", "subject"), asking.random.randint(2, 8))
        question = {"subject": subjects, "predicate": asking.random.choice(predicates)}
        same(both, str(httpx.URL("/v1/compare", params=question)))


# Publishing


def test_the_last_versions_are_kept_and_gone_back_to(url: str, drafts: list[Draft]) -> None:
    database = database_of(url)
    with pytest.raises(DatabaseError, match="no dataset was published yet"):
        stamp(database)
    for count, ready in enumerate(drafts, 1):
        publish(ready, database)
        assert database.kept() == [one.version for one in drafts[max(count - KEPT, 0) : count]]
        assert len(schemas(url)) == min(count, KEPT) + 1
    assert roll_back(database) == drafts[-2].version == stamp(database).version
    publish(drafts[0], database)
    assert database.kept() == [drafts[-3].version, drafts[-2].version, drafts[0].version]
    publish(drafts[0], database)
    assert database.kept() == [drafts[-3].version, drafts[-2].version, drafts[0].version]


def test_a_publish_that_is_killed_at_any_instant_leaves_nothing(tmp_path: Path, url: str, drafts: list[Draft]) -> None:
    database = database_of(url)
    seed = write(tmp_path / "seed", Change("dataset.yaml", "release: 2", "release: 9"))
    command = [sys.executable, "-m", "calibaja_api", "publish", str(seed), "--database", url]
    instants = random.Random()
    _, takes = killed(command, PATIENCE)
    publish(drafts[0], database)
    before = schemas(url)
    kills = 0
    for _ in range(6):
        was_killed, took = killed(command, instants.uniform(LATE * takes, takes))
        kills += was_killed
        takes = takes if was_killed else min(takes, took)
        # The server ends what was begun when it sees that nobody is there any more.
        assert eventually(lambda: len(schemas(url)) in {len(before), len(before) + 1})
        assert stamp(database).version in {drafts[0].version, draft(seed).version}
        publish(drafts[0], database)
        assert stamp(database).version == drafts[0].version
    assert kills


def test_a_publish_waits_for_the_one_that_has_begun(url: str, drafts: list[Draft]) -> None:
    database, other = database_of(url), database_of(url)
    waiting = threading.Thread(target=publish, args=(drafts[0], other))
    with database.locked():
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive()
        assert not database.exists()
    waiting.join(PATIENCE)
    assert stamp(database).version == drafts[0].version


def test_nothing_is_published_that_nobody_asked_for(url: str, drafts: list[Draft]) -> None:
    with running_server(url) as address, Client(address) as asking:
        assert asking.http.get("healthz").status_code == 200
        assert asking.http.get("readyz").status_code == 503
        assert schemas(url) == set()
        publish(drafts[0], database_of(url))
        assert eventually(lambda: asking.http.get("readyz").status_code == 200)
        assert asking.dataset().version == drafts[0].version
        publish(drafts[1], database_of(url))
        assert eventually(lambda: asking.dataset().version == drafts[1].version)
        roll_back(database_of(url))
        assert eventually(lambda: asking.dataset().version == drafts[0].version)


@only_where_told
def test_a_file_of_a_version_is_at_hand_as_long_as_it_is_kept_and_has_no_name(
    tmp_path: Path, url: str, drafts: list[Draft]
) -> None:
    database = database_of(url)
    for ready in drafts[:2]:
        publish(ready, database)
    spill = tmp_path / "spill"
    spill.mkdir()
    with running_server(url, TMPDIR=str(spill)) as address, httpx.Client(base_url=address, timeout=PATIENCE) as http:
        pid = process_of(url)

        def made() -> list[str]:
            return [name for name in files_of(pid) if name.startswith(str(spill))]

        assert eventually(lambda: http.get("/readyz").status_code == 200)
        for ready in drafts[:2]:
            asked = f"/v1/dataset/{ready.version}.sqlite3"
            answer = http.get(asked)
            (tmp_path / "taken").write_bytes(answer.content)
            assert stamp(SqliteDatabase(tmp_path / "taken")).version == ready.version
            assert http.get(asked).content == answer.content
            assert list(spill.iterdir()) == []
        assert len(made()) == 2
        database.drop(drafts[0].version)
        assert eventually(lambda: http.get(f"/v1/dataset/{drafts[0].version}.sqlite3").status_code == 404)
        assert http.get(f"/v1/dataset/{drafts[1].version}.sqlite3").status_code == 200
        assert eventually(lambda: len(made()) == 1)


def test_where_no_file_can_be_made_that_is_told(
    url: str, drafts: list[Draft], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(drafts[0], database_of(url))
    dataset = OpenDataset(database_of(url))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nothing"))
    with pytest.raises(DatabaseError, match=f"there is no folder for a file of version {drafts[0].version}: "):
        Downloads().database(drafts[0].version, dataset)
    dataset.close()


# Servers that come and go


def test_a_server_that_restarts_is_503_for_moments_and_never_a_wrong_answer(drafts: list[Draft]) -> None:
    with new_postgres() as server:
        publish(drafts[0], database_of(server.url()))
        with running_server(server.url()) as address, httpx.Client(base_url=address, timeout=PATIENCE) as http:
            meant = http.get("/v1/facts").content
            for mode in ("fast", "immediate"):
                server.stop(mode)
                down = http.get("/v1/facts?limit=3")
                assert (down.status_code, down.json()["code"]) == (503, "unavailable")
                assert int(down.headers["retry-after"]) >= 1
                assert http.get("/healthz").status_code == 200
                assert eventually(lambda: http.get("/readyz").status_code == 503)
                server.start(fsync="off")
                assert eventually(lambda: http.get("/v1/facts").status_code == 200)
                assert eventually(lambda: http.get("/readyz").status_code == 200)
                assert http.get("/v1/facts").content == meant


@contextmanager
def standby_of(primary: Postgres) -> Iterator[Postgres]:
    """A server that streams from another."""
    with data_folder() as folder:
        standby = Postgres(folder, free_port())
        source = f"host=127.0.0.1 port={primary.port} user=postgres"
        run("pg_basebackup", "-D", folder, "-R", "-X", "stream", "-d", source, "--no-sync", "--checkpoint=fast")
        standby.start(fsync="off", hot_standby="on")
        try:
            yield standby
        finally:
            if standby.runs:
                standby.stop("immediate")


def test_a_primary_that_dies_is_followed_by_its_standby(drafts: list[Draft]) -> None:
    with new_postgres(wal_level="replica") as primary, standby_of(primary) as standby:
        hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
        url = f"postgresql+psycopg://postgres@{hosts}/postgres"
        publish(drafts[0], database_of(url))
        assert eventually(lambda: len(schemas(standby.url())) == 2)
        with running_server(url) as address, httpx.Client(base_url=address, timeout=PATIENCE) as http:
            assert eventually(lambda: http.get("/readyz").status_code == 200)
            meant = http.get("/v1/facts").content
            primary.stop("immediate")
            assert eventually(lambda: http.get("/v1/facts").status_code == 200)
            assert http.get("/v1/facts").content == meant
            run("pg_ctl", "promote", "--wait", "-D", standby.folder)
            publish(drafts[1], database_of(url))
            assert eventually(lambda: http.get("/v1/dataset").json()["version"] == drafts[1].version)


def test_what_takes_too_long_is_given_up(url: str, drafts: list[Draft], monkeypatch: pytest.MonkeyPatch) -> None:
    publish(drafts[0], database_of(url))
    monkeypatch.setattr("calibaja_api.postgresql.reader.READ_SECONDS", 1)
    reader = database_of(url).open()
    began = time.monotonic()
    with pytest.raises(TookTooLong, match="took longer than 1 s"):
        next(reader.select(select(func.pg_sleep(30))))
    assert time.monotonic() - began < 30
    assert [*reader.select(select(literal_column("1")))] == [(1,)]
    reader.close()


def test_a_text_that_no_dataset_can_have_finds_nothing(url: str, drafts: list[Draft]) -> None:
    publish(drafts[0], database_of(url))
    reader = database_of(url).open()
    found = reader.rows(item_select, (RESOURCE_NAMED["regions"], Lang.EN), {"id": "port\0town"})
    assert found == []
    reader.close()


def test_a_url_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(DatabaseError, match="not a database URL such as postgresql"):
        database_of("postgresql://localhost/db?nonsense=1")
    with pytest.raises(DatabaseError, match="db on localhost"):
        PostgresDatabase("postgresql://nobody:secret@localhost:1/db").current()
    assert "secret" not in str(PostgresDatabase("postgresql://nobody:secret@localhost:1/db"))
