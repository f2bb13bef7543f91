import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, func, literal_column, select
from sqlalchemy.exc import IntegrityError
from tests.conftest import clean_environment, running_server
from tests.made import FILES, Change, appended, write
from tests.waiting import PATIENCE, eventually

from calibaja_api.canonical import canonical_lines
from calibaja_api.client import Client, ProblemError
from calibaja_api.database import THREADS, DatabaseError, TookTooLong, limited
from calibaja_api.databases import file_of
from calibaja_api.datasets import OpenDataset
from calibaja_api.publishing import RENDERING, Draft, draft, publish
from calibaja_api.query import items_select
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.shapes import Fact, FactQuery
from calibaja_api.shapes.problems import ProblemCode
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.stamps import stamp

ALMANAC, GAZETTE = "facts/almanac.yaml", "facts/gazette.yaml"

RENDERED = "90fe6816a944f4b881d5cb3628fc257e14e713d0effd200b1618b2f4f397c0c8"
"""SHA-256 of all bodies of the made dataset."""


def made(folder: Path, *changes: Change) -> Draft:
    return draft(write(folder, *changes))


@pytest.fixture
def old(tmp_path: Path) -> Draft:
    return made(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> Draft:
    """Two facts that come before all others, two less, and one that comes after all others."""
    rank = FILES[ALMANAC][FILES[ALMANAC].index("- id: two-rivers-rank") :]
    return made(
        tmp_path / "new",
        appended(
            "facts/more.yaml",
            rank.replace("two-rivers-rank", "b-rank")
            .replace("basis: forecast", "basis: planned")
            .replace("be third", "be third again")
            .replace("será", "volverá a ser"),
        ),
        Change(ALMANAC, "id: two-rivers-rank", "id: a-rank"),
        Change(GAZETTE, "id: port-works-best", "id: zone-best"),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "made.sqlite3"


def bodies(path: Path) -> Iterator[tuple[str, str, str, bytes]]:
    """Every body in a dataset file: its table, its column, its id and its bytes."""
    with closing(sqlite3.connect(path)) as connection:
        for table in sorted({"dataset", *(resource.table.name for resource in RESOURCES)}):
            for column in ("body_en", "body_es"):
                apart = "" if table == "dataset" else f"JOIN {column} AS bodies USING (number)"
                body = column if table == "dataset" else "bodies.body"
                rows = connection.execute(
                    f"SELECT {table}.id, CAST({body} AS BLOB) FROM {table} {apart} ORDER BY {table}.id"
                )
                yield from ((table, column, id_, body) for id_, body in rows)


def left_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


# Versions


def test_the_same_files_give_the_same_version_and_the_same_bytes(tmp_path: Path, path: Path, old: Draft) -> None:
    again = made(tmp_path / "again")
    publish(old, SqliteDatabase(path))
    publish(again, SqliteDatabase(path.with_name("again.sqlite3")))
    assert stamp(SqliteDatabase(path)).version == old.version == again.version
    assert list(bodies(path)) == list(bodies(path.with_name("again.sqlite3")))


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("dataset.yaml", "Made facts.", "Invented facts."),
        ("dataset.yaml", "release: 2", "release: 3"),
        ("dataset.yaml", "john-doe", "jane-doe"),
        ("units.yaml", "other: {en: companies", "other: {en: firms"),
        ("sources.yaml", "Jo Writer", "Joe Writer"),
        ("regions.yaml", "aliases: [PT]", "aliases: [P.T.]"),
        ("regions.yaml", "lat: 32.5", "lat: 32.6"),
        (ALMANAC, "locator: p. 3", "locator: p. 5"),
        (GAZETTE, "es: Ana López era dueña", "es: Ana López fue dueña"),
        # The claim has this figure too, as a year.
        (ALMANAC, "value_upper: 1300", "value_upper: 2002"),
        (GAZETTE, "sector: radio", "sector: industry"),
    ],
)
def test_another_word_gives_another_version(tmp_path: Path, old: Draft, file: str, before: str, after: str) -> None:
    assert made(tmp_path / "other", Change(file, before, after)).version != old.version


def test_what_says_the_same_gives_the_same_version(tmp_path: Path, old: Draft) -> None:
    first, *others = FILES["sectors.yaml"].split("- id: ")[1:]
    sectors = "".join(f"- id: {entry}" for entry in (*others, first))
    changes = (
        Change("sectors.yaml", FILES["sectors.yaml"], f"# Sectors.\n{sectors}"),
        Change("regions.yaml", "lat: 32.5, lon: -117", "lon: -117.0, lat: 32.50"),
        Change(GAZETTE, "  value: 42\n", ""),
        Change(GAZETTE, "  qualifier: exact\n", "  qualifier: exact\n  value: 42.0\n"),
        Change("agreements.yaml", "kind: treaty", 'kind: "treaty"'),
    )
    assert made(tmp_path / "other", *changes).version == old.version


def test_the_version_is_the_digest_that_is_documented(old: Draft) -> None:
    lines = list(canonical_lines(old.catalog))
    content = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert old.content_sha256 == content
    assert old.version == hashlib.sha256(f"{content}\n{RENDERING}".encode()).hexdigest()[:16]


def test_canonical_records_are_ndjson_with_sorted_keys_and_no_blanks(old: Draft) -> None:
    lines = list(canonical_lines(old.catalog))
    records = [json.loads(line) for line in lines]
    assert lines == [json.dumps(r, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for r in records]
    collections = list(dict.fromkeys(record["collection"] for record in records))
    assert collections == ["dataset", "units", "labels", *old.counts]
    for collection, count in old.counts.items():
        ids = [record["id"] for record in records if record["collection"] == collection]
        assert ids == sorted(ids)
        assert len(ids) == count


def test_the_rendering_version_is_raised_when_the_bytes_of_answers_change(path: Path, old: Draft) -> None:
    publish(old, SqliteDatabase(path))
    digest = hashlib.sha256()
    for table, column, id_, body in bodies(path):
        if table != "dataset":  # its body holds the version, so it would tell of itself
            digest.update(f"{table} {column} {id_} ".encode() + body + b"\n")
    assert (RENDERING, digest.hexdigest()) == ("3", RENDERED), (
        "the same records are rendered to other bytes: raise publishing.RENDERING when this changes on purpose, "
        "and write the new pair here"
    )


# A file takes the place of another


def test_a_published_file_is_whole_read_only_and_alone(path: Path, old: Draft) -> None:
    publish(old, SqliteDatabase(path))
    assert left_in(path.parent) == {path.name, f"{path.name}.kept", f"{path.name}.lock"}
    assert path.stat().st_mode & 0o777 == 0o444
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    dataset = OpenDataset(SqliteDatabase(path))
    assert dataset.about[Lang.ES].name == "Datos de Dos Ríos"
    assert dataset.about[Lang.EN].counts == old.counts
    dataset.close()


def test_a_publish_says_whether_it_was_automatic(path: Path, old: Draft) -> None:
    publish(old, SqliteDatabase(path), automatic=True)
    assert stamp(SqliteDatabase(path)).automatic
    publish(old, SqliteDatabase(path))
    assert not stamp(SqliteDatabase(path)).automatic


@pytest.mark.parametrize("name", ["a b", "ñ", "50%", "a?b", "a#b", "a%20b", "x;y", ":memory:x", "it's"])
def test_a_file_can_have_any_name(tmp_path: Path, old: Draft, name: str) -> None:
    path = tmp_path / name / f"{name}.sqlite3"
    assert file_of(url_of(path)) == path
    publish(old, SqliteDatabase(path))
    assert stamp(SqliteDatabase(path)).version == old.version


def impossible(ready: Draft) -> Draft:
    """The draft with what only the database refuses, after all else is written."""
    catalog = copy(ready.catalog)
    catalog.dataset = catalog.dataset.model_copy(update={"withdrawn": {"people": ["john-doe", "john-doe"]}})
    return replace(ready, catalog=catalog)


def test_a_publish_that_fails_leaves_what_was_there(path: Path, old: Draft, new: Draft) -> None:
    publish(old, SqliteDatabase(path))
    before, file = path.read_bytes(), path.stat()
    with pytest.raises(IntegrityError, match="withdrawn"):
        publish(impossible(new), SqliteDatabase(path))
    assert path.read_bytes() == before
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (file.st_ino, file.st_mtime_ns)
    assert left_in(path.parent) == {path.name, f"{path.name}.kept", f"{path.name}.lock"}


def test_a_publish_that_fails_where_nothing_is_leaves_nothing(path: Path, old: Draft) -> None:
    with pytest.raises(IntegrityError, match="withdrawn"):
        publish(impossible(old), SqliteDatabase(path))
    assert left_in(path.parent) == {f"{path.name}.lock"}


KILLED = """
import os, signal, sys, time
from pathlib import Path
from calibaja_api.publishing import draft, publish
from calibaja_api.sqlite import SqliteDatabase
ready, path = draft(Path(sys.argv[1])), Path(sys.argv[2])
for line in sys.stdin:
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        publish(ready, SqliteDatabase(path))
        os._exit(0)
    if line.strip():
        time.sleep(float(line))
        os.kill(child, signal.SIGKILL)
    print(os.waitpid(child, 0)[1], time.monotonic() - began, flush=True)
"""
"""For each line that it reads, it publishes in a process that it kills after so many seconds, or lets end where the
line is empty; it tells the signal that ended it, and when."""


@contextmanager
def publisher(seed: Path, path: Path) -> Iterator[Callable[[str], tuple[int, float]]]:
    command = [sys.executable, "-c", KILLED, str(seed), str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=clean_environment()) as process:
        assert process.stdin
        assert process.stdout
        to, back = process.stdin, process.stdout

        def ask(seconds: str) -> tuple[int, float]:
            print(seconds, file=to, flush=True)
            ended_by, after = back.readline().split()
            return int(ended_by), float(after)

        yield ask
        to.close()


@pytest.mark.slow
def test_a_publish_that_is_killed_at_any_instant_leaves_a_whole_dataset(tmp_path: Path, path: Path, old: Draft) -> None:
    new = made(tmp_path / "new", Change("dataset.yaml", "release: 2", "release: 3"))
    instants = random.Random(15)
    signals = []
    left: list[bool] = []
    with publisher(tmp_path / "new", path) as published:
        ended_by, takes = published("")
        assert (ended_by, stamp(SqliteDatabase(path)).version) == (0, new.version)
        publish(old, SqliteDatabase(path))
        for _ in range(15):
            ended_by, after = published(str(instants.uniform(0, takes)))
            signals.append(ended_by)
            # One that had ended before it was killed takes less than that, however busy the machine was before.
            takes = takes if ended_by else min(takes, after)
            left.append(f".{path.name}.draft" in left_in(path.parent))
            dataset = OpenDataset(SqliteDatabase(path))
            assert dataset.version in {old.version, new.version}
            assert dataset.about[Lang.EN].counts == old.counts
            dataset.close()
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            publish(old, SqliteDatabase(path))
            assert stamp(SqliteDatabase(path)).version == old.version
            assert left_in(path.parent) == {path.name, f"{path.name}.kept", f"{path.name}.lock"}
    # A draft has a name for some microseconds only; what is left in these the next publish removes.
    assert left.count(True) <= 1
    assert signals.count(signal.SIGKILL) >= 5, f"the others had ended before they were killed: {signals}"


@pytest.mark.slow
def test_a_publish_waits_for_the_one_that_has_begun(path: Path, old: Draft) -> None:
    waiting = threading.Thread(target=publish, args=(old, SqliteDatabase(path)))
    with SqliteDatabase(path).locked():
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert left_in(path.parent) == {f"{path.name}.lock"}
    waiting.join(10)
    assert stamp(SqliteDatabase(path)).version == old.version


@pytest.mark.slow
def test_publishes_at_once_come_one_after_the_other(path: Path, old: Draft, new: Draft) -> None:
    with ThreadPoolExecutor(4) as threads:
        for publishing in [threads.submit(publish, ready, SqliteDatabase(path)) for ready in (old, new, old, new)]:
            publishing.result()
    assert stamp(SqliteDatabase(path)).version in {old.version, new.version}
    assert len({body for *_, body in bodies(path)}) > 1
    assert left_in(path.parent) == {path.name, f"{path.name}.kept", f"{path.name}.lock"}


def test_a_publish_does_not_wait_for_ever(path: Path, old: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calibaja_api.sqlite.files.LOCK_SECONDS", 0.1)
    with (
        SqliteDatabase(path).locked(),
        pytest.raises(DatabaseError, match=f"another publish has held .*{path.name}.lock"),
    ):
        publish(old, SqliteDatabase(path))


# A running server follows


def wait_for(client: Client, version: str) -> None:
    assert eventually(lambda: client.dataset().version == version)


@pytest.fixture
def client(path: Path, old: Draft) -> Iterator[Client]:
    """A client of a server that serves the old dataset from the path."""
    publish(old, SqliteDatabase(path))
    with running_server(path) as address, Client(address) as asking:
        assert asking.dataset().version == old.version
        yield asking


@pytest.mark.slow
def test_a_running_server_moves_to_a_new_dataset_and_keeps_answering(
    client: Client, path: Path, old: Draft, new: Draft
) -> None:
    seen: list[str] = []
    begun = threading.Event()

    def ask() -> None:
        deadline = time.monotonic() + PATIENCE
        with Client(str(client.http.base_url)) as asking:
            while seen[-9:].count(new.version) < 9:
                assert time.monotonic() < deadline
                answer = asking.list(FactQuery(include=["subject"]))
                seen.append(answer.meta.dataset_version)
                # An answer is of one dataset, whole.
                assert ("a-rank" in {fact.id for fact in answer.data}) is (seen[-1] == new.version)
                begun.set()

    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(ask)
        assert begun.wait(PATIENCE)
        publish(new, SqliteDatabase(path))
        asking.result()
    assert list(dict.fromkeys(seen)) == [old.version, new.version]
    assert seen == sorted(seen, key=[old.version, new.version].index)


@pytest.mark.slow
def test_a_damaged_file_does_not_take_the_place_of_a_whole_one(client: Client, path: Path, old: Draft) -> None:
    damaged = path.with_name("damaged")
    content = path.read_bytes()
    for bad in (b"", b"no database", content[: len(content) // 2], content[:8192] + bytes(len(content) - 8192)):
        damaged.write_bytes(bad)
        damaged.replace(path)
        deadline = time.monotonic() + 0.7
        while time.monotonic() < deadline:
            assert client.list(FactQuery()).meta.dataset_version == old.version
            time.sleep(0.02)


@pytest.mark.slow
def test_a_server_that_began_without_a_dataset_answers_when_there_is_one(path: Path, old: Draft) -> None:
    path.write_bytes(b"no database")
    with running_server(path) as address, Client(address) as asking:
        assert asking.http.get("readyz").status_code == 503
        with pytest.raises(DatabaseError, match="left as it is"):
            publish(old, SqliteDatabase(path))
        assert path.read_bytes() == b"no database"
        path.unlink()
        publish(old, SqliteDatabase(path))
        assert eventually(lambda: asking.http.get("readyz").status_code == 200)
        assert asking.dataset().version == old.version


@pytest.mark.slow
def test_a_cursor_goes_on_behind_its_last_item_after_a_publish(
    client: Client, path: Path, old: Draft, new: Draft
) -> None:
    question = FactQuery(limit=2, sort=["id"])
    first = client.list(question)
    assert [fact.id for fact in first.data] == ["electronics-companies", "port-town-companies-2015"]
    assert (first.meta.total, first.meta.dataset_version) == (7, old.version)
    publish(new, SqliteDatabase(path))
    wait_for(client, new.version)
    pages = list(client.pages(question.model_copy(update={"cursor": first.page.next_cursor})))
    found = [fact.id for page in pages for fact in page.data]
    # What is new before the cursor is not shown, what is gone behind it neither, and nothing twice.
    assert found == ["port-works-founded", "port-works-owner", "two-rivers-area", "zone-best"]
    assert {page.meta.dataset_version for page in pages} == {new.version}
    assert {page.meta.total for page in pages} == {8}


@pytest.mark.slow
def test_a_pinned_version_is_gone_after_a_publish(client: Client, path: Path, old: Draft, new: Draft) -> None:
    pinned = FactQuery(dataset_version=old.version)
    assert client.list(pinned).meta.dataset_version == old.version
    publish(new, SqliteDatabase(path))
    wait_for(client, new.version)
    with pytest.raises(ProblemError) as refused:
        client.list(pinned)
    assert (refused.value.problem.status, refused.value.problem.code) == (409, ProblemCode.VERSION_GONE)
    assert new.version in refused.value.problem.detail
    assert client.list(FactQuery(dataset_version=new.version)).meta.dataset_version == new.version


@pytest.mark.slow
def test_a_tag_of_the_old_dataset_is_stale_after_a_publish(client: Client, path: Path, new: Draft) -> None:
    tag = client.http.get("v1/facts").headers["ETag"]
    held = {"If-None-Match": tag}
    assert client.http.get("v1/facts", headers=held).status_code == 304
    publish(new, SqliteDatabase(path))
    wait_for(client, new.version)
    answer = client.http.get("v1/facts", headers=held)
    assert (answer.status_code, answer.headers["ETag"] != tag) == (200, True)
    assert Fact.model_validate(answer.json()["data"][0]).id == "a-rank"


# Reading


def test_a_read_that_takes_too_long_is_given_up_and_the_next_is_not(path: Path, old: Draft) -> None:
    publish(old, SqliteDatabase(path))
    reader = SqliteDatabase(path).open()
    numbers = select(literal_column("1").label("n")).cte("numbers", recursive=True)
    endless = select(func.count()).select_from(numbers.union_all(select(numbers.c.n + 1)))
    began = time.monotonic()
    with limited(0.05), pytest.raises(TookTooLong):
        next(reader.select(endless))
    assert time.monotonic() - began < PATIENCE
    assert [*reader.select(select(literal_column("1")))] == [(1,)]
    reader.close()


def test_a_statement_that_was_given_up_between_two_rows_is_not_prepared_each_time_from_then_on(
    path: Path, old: Draft
) -> None:
    publish(old, SqliteDatabase(path))
    reader = SqliteDatabase(path).open()
    prepared: list[Any] = []

    def told(*what: Any) -> int:
        prepared.append(what)
        return sqlite3.SQLITE_OK

    for connection in reader._all:
        connection._sqlite.set_authorizer(told)
    with limited(0.05), pytest.raises(TookTooLong):
        reader.rows(_numbers, (), {"most": 10**9})
    assert reader.rows(_numbers, (), {"most": 3}) == [(1,), (2,), (3,)]
    assert prepared
    prepared.clear()
    assert [len(reader.rows(_numbers, (), {"most": most})) for most in (1, 2, 3)] == [1, 2, 3]
    assert not prepared
    reader.close()


def _numbers() -> Select[Any]:
    """Rows that come one after the other, as many as are asked for."""
    numbers = select(literal_column("1").label("n")).cte("numbers", recursive=True)
    counted = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < bindparam("most")))
    return select(counted.c.n)


def test_a_dataset_is_read_from_many_threads_at_once(path: Path, old: Draft) -> None:
    publish(old, SqliteDatabase(path))
    dataset = OpenDataset(SqliteDatabase(path))
    asked: Any = (items_select, (RESOURCE_NAMED["facts"], Lang.EN), {})
    expected = dataset.rows(*asked)
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(lambda _: dataset.rows(*asked), range(200)))
    assert all(rows == expected for rows in found)
    dataset.close()
