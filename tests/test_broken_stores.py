"""Databases that are missing, damaged or somebody else's: the service lives, says why once, and answers when it can."""

import json
import os
import resource
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from sqlalchemy import func, literal_column, select
from tests.conftest import logging_server
from tests.postgres import NOBODY
from tests.processes import files_of, only_where_told
from tests.rich import write_small_seed
from tests.waiting import PATIENCE, eventually

from calibaja_api.database import DatabaseError
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import Unavailable
from calibaja_api.following import LOOK_SECONDS, Datasets
from calibaja_api.publishing import Draft, draft, publish
from calibaja_api.serving import prepare
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.sqlite import SqliteDatabase
from calibaja_api.stamps import stamp

Break = Callable[[Path, bytes], object]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return draft(write_small_seed(tmp_path_factory.mktemp("seed") / "seed", 100))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return draft(write_small_seed(tmp_path_factory.mktemp("seed") / "seed", 3, release=2))


@pytest.fixture(scope="module")
def whole(ready: Draft, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a file of this dataset."""
    path = tmp_path_factory.mktemp("whole") / "whole.sqlite3"
    publish(ready, SqliteDatabase(path))
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "calibaja.sqlite3"


def changed(statement: str) -> Break:
    def change(path: Path, whole: bytes) -> None:
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return change


def of_another_program(path: Path, _whole: bytes) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE dataset (id TEXT, version TEXT)")
        connection.execute("INSERT INTO dataset VALUES ('theirs', '1')")


# How a database is broken, and what is said of it.
BROKEN: Final[dict[str, tuple[Break, str]]] = {
    "no bytes": (lambda path, _: path.write_bytes(b""), "holds no dataset: "),
    "random bytes": (lambda path, whole: path.write_bytes(os.urandom(len(whole))), "file is not a database"),
    "only its beginning": (lambda path, whole: path.write_bytes(whole[: len(whole) // 2]), "cannot be opened"),
    "no dataset in it": (changed("DELETE FROM dataset"), "holds no dataset"),
    "a page less": (lambda path, whole: path.write_bytes(whole[:-8192]), "cannot be opened"),
    "another schema": (changed("UPDATE dataset SET schema_revision = '9999'"), "has schema 9999, this program reads"),
    "noise after its beginning": (lambda path, whole: path.write_bytes(noisy(whole, 65536)), "cannot be opened"),
    "a folder": (lambda path, _: path.mkdir(), "it is no file"),
    "noise in the middle": (
        lambda path, whole: path.write_bytes(noisy(whole, len(whole) // 2, 8192)),
        "cannot be opened: the",
    ),
    "a pipe": (lambda path, _: os.mkfifo(path), "it is no file"),
    "noise at its end": (
        lambda path, whole: path.write_bytes(noisy(whole, len(whole) - 16384)),
        "cannot be opened: the",
    ),
    "a row that is none of ours": (changed("UPDATE dataset SET body_en = '{}'"), "was not written by this program"),
    "a link to itself": (lambda path, _: path.symlink_to(path), "symbolic links"),
    "a database without tables": (lambda path, _: empty_database(path), "no such table: dataset"),
    "a link to nothing": (lambda path, _: path.symlink_to(path.with_name("nothing")), "No such file"),
    "a database of another program": (of_another_program, "no such column"),
    "a table that is missing": (changed("DROP TABLE withdrawn"), "no such table: withdrawn"),
    "a table of items that is missing": (changed("DROP TABLE source"), "no such table: source"),
}
"""In an order in which each is told in other words than the one before it."""


def noisy(whole: bytes, start: int, size: int | None = None) -> bytes:
    """The bytes with noise in them."""
    size = len(whole) - start if size is None else size
    return whole[:start] + os.urandom(size) + whole[start + size :]


def empty_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


def cleared(path: Path) -> None:
    """Have nothing there."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.kept"), ignore_errors=True)


def told(log: list[str], words: str, broken: str) -> None:
    """Wait until the last that the server wrote has these words."""
    assert eventually(lambda: words in log[-1]), (broken, log[-1])


def refuses(http: httpx.Client) -> bool:
    """Whether it lives and says that it has no data."""
    assert http.get("/healthz").json() == {"status": "ok"}
    answers = [http.get(address) for address in ("/readyz", "/v1/facts", "/v1", "/v1/facts?format=ndjson")]
    for answer in answers:
        if answer.status_code == 200:
            return False
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["code"] == "unavailable"
        assert "calibaja.sqlite3" not in answer.text
    return True


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def http(path: Path, ready: Draft, log: list[str]) -> Iterator[httpx.Client]:
    """A client of a server of the dataset."""
    publish(ready, SqliteDatabase(path))
    with logging_server(log, path) as address, httpx.Client(base_url=address, timeout=PATIENCE) as asking:
        yield asking


@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_served_is_told_in_words(path: Path, whole: bytes, broken: str) -> None:
    break_, words = BROKEN[broken]
    break_(path, whole)
    with pytest.raises(DatabaseError, match=words):
        OpenDataset(SqliteDatabase(path))
    said: list[str] = []
    database = SqliteDatabase(path)
    if database.exists():
        before = path.stat()
        prepare(database, said.append)
        # What reads as a dataset is judged when it is served.
        assert len(said) <= 1
        assert all("left as it is" in line for line in said)
        assert path.stat() == before
    datasets = Datasets(database)
    with pytest.raises(Unavailable):
        datasets.current()
    datasets.close()


@only_where_told
@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_opened_leaves_nothing_open(path: Path, whole: bytes, broken: str) -> None:
    break_, _ = BROKEN[broken]
    break_(path, whole)
    for _ in range(3):
        with pytest.raises(DatabaseError):
            OpenDataset(SqliteDatabase(path))
    assert not [name for name in files_of(os.getpid()) if name.startswith(str(path))]


@pytest.mark.slow
def test_a_server_lives_through_every_broken_database_and_answers_when_one_is_published(
    path: Path, whole: bytes, ready: Draft, log: list[str]
) -> None:
    path.write_bytes(b"no database")
    with logging_server(log, path) as address, httpx.Client(base_url=address, timeout=PATIENCE) as asking:
        for broken, (break_, words) in BROKEN.items():
            cleared(path)
            break_(path, whole)
            told(log, words, broken)
            assert refuses(asking), broken
        # What is told once is not told at every look.
        length = len(log)
        time.sleep(3 * LOOK_SECONDS)
        assert refuses(asking)
        assert [line for line in log[length:] if " request " not in line] == []
        assert not any("Traceback" in line for line in log)
        cleared(path)
        publish(ready, SqliteDatabase(path))
        assert eventually(lambda: not refuses(asking))
        assert asking.get("/v1/dataset").json()["version"] == ready.version


@pytest.mark.slow
def test_a_whole_dataset_goes_on_answering_whatever_takes_its_place(
    path: Path, whole: bytes, http: httpx.Client, ready: Draft, other: Draft, log: list[str]
) -> None:
    meant = http.get("/v1/facts").content
    for broken, (break_, words) in BROKEN.items():
        cleared(path)
        break_(path, whole)
        told(log, words, broken)
        assert http.get("/readyz").json()["dataset_version"] == ready.version, broken
        assert http.get("/v1/facts").content == meant, broken
    cleared(path)
    begun = len(log)
    time.sleep(2 * LOOK_SECONDS)
    assert http.get("/v1/facts").content == meant
    assert sum("No such file" in line for line in log[begun:]) == 1
    publish(other, SqliteDatabase(path))
    assert eventually(lambda: http.get("/v1/dataset").json()["version"] == other.version)
    assert not any("Traceback" in line for line in log)


OVERWRITTEN: Final[dict[str, Break]] = {
    "cut to nothing": lambda path, _: os.truncate(path, 0),
    "cut to half": lambda path, whole: os.truncate(path, len(whole) // 2),
    "noise all over": lambda path, whole: path.write_bytes(os.urandom(len(whole))),
    "noise after its beginning": lambda path, whole: path.write_bytes(whole[:16384] + os.urandom(len(whole) - 16384)),
}


@pytest.mark.slow
def test_a_file_that_is_written_over_in_its_place_is_not_served(
    path: Path, whole: bytes, http: httpx.Client, ready: Draft, log: list[str]
) -> None:
    meant = http.get("/v1/facts").content
    for overwritten, write_over in OVERWRITTEN.items():
        path.chmod(0o644)
        write_over(path, whole)
        assert eventually(lambda: refuses_or_answers(http, meant)), overwritten
        assert refuses(http), overwritten
        # A whole file that is copied over it will do.
        path.write_bytes(whole)
        assert eventually(lambda: not refuses(http))
        assert http.get("/v1/facts").content == meant
    assert sum("was written over in its place" in line for line in log) == len(OVERWRITTEN)
    assert not any("Traceback" in line for line in log)
    assert http.get("/v1/dataset").json()["version"] == ready.version


@pytest.mark.slow
def test_a_mistake_that_is_met_where_a_request_is_read_is_told_as_one_of_the_service(
    path: Path, whole: bytes, http: httpx.Client, log: list[str]
) -> None:
    cleared(path)
    changed("DROP TABLE body_es")(path, whole)
    assert eventually(lambda: any(" follows " in line for line in log))
    answer = http.get("/v1/regions/here?lang=es")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert eventually(lambda: any("no such table: body_es" in line for line in log))


@pytest.mark.slow
def test_what_cites_nothing_is_answered_where_sources_cannot_be_read(
    path: Path, whole: bytes, http: httpx.Client, log: list[str]
) -> None:
    cleared(path)
    changed("DROP TABLE body_es")(path, whole)
    assert eventually(lambda: any(" follows " in line for line in log))
    assert http.get("/v1/facts").status_code == 503
    for address in ("/v1/regions", "/v1/sectors", "/v1/regions/here"):
        assert http.get(address).status_code == 200, address


def refuses_or_answers(http: httpx.Client, meant: bytes) -> bool:
    """Whether it refuses all; until then it answers rightly, or says that it cannot."""
    for address in ("/v1/facts", "/v1/facts?sort=-time&limit=3", "/v1/search?q=claim", "/v1/regions/here"):
        answer = http.get(address)
        assert answer.status_code in {200, 503}, answer.text
        if address == "/v1/facts" and answer.status_code == 200:
            assert answer.content == meant
    assert http.get("/healthz").status_code == 200
    return http.get("/readyz").status_code == 503


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Be a user who owns nothing here, where root would be stopped by nothing; others are so already."""
    if os.geteuid():
        yield
        return
    for parent in folder.parents:
        if parent.stat().st_mode & 0o011 != 0o011:
            parent.chmod(parent.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_database_that_may_not_be_read_is_told(path: Path, ready: Draft) -> None:
    publish(ready, SqliteDatabase(path))
    path.chmod(0)
    with as_nobody(path), pytest.raises(DatabaseError, match=f"{path} cannot be opened: .*Permission denied"):
        OpenDataset(SqliteDatabase(path))
    path.chmod(0o444)
    with as_nobody(path):
        OpenDataset(SqliteDatabase(path)).close()


def test_where_nothing_may_be_written_nothing_has_happened(path: Path, ready: Draft, other: Draft) -> None:
    publish(ready, SqliteDatabase(path))
    path.parent.chmod(0o555)
    try:
        with as_nobody(path), pytest.raises((DatabaseError, OSError), match=str(path)):
            publish(other, SqliteDatabase(path))
        with as_nobody(path):
            assert stamp(SqliteDatabase(path)).version == ready.version
    finally:
        path.parent.chmod(0o755)


def test_a_sort_that_finds_no_room_on_the_disk_is_told_and_the_next_read_is_answered(path: Path, ready: Draft) -> None:
    publish(ready, SqliteDatabase(path))
    reader = SqliteDatabase(path).open()
    numbers = select(literal_column("1").label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 300_000))
    large = select(numbers.c.n, func.hex(func.randomblob(16))).order_by(func.random())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(DatabaseError, match="cannot be read"):
            next(reader.select(large))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [*reader.select(select(literal_column("1")))] == [(1,)]
    reader.close()


def test_a_folder_that_is_there_no_more_ends_nothing(path: Path, ready: Draft) -> None:
    publish(ready, SqliteDatabase(path))
    datasets = Datasets(SqliteDatabase(path))
    assert datasets.current().version == ready.version
    shutil.rmtree(path.parent)
    datasets._looked = -LOOK_SECONDS
    assert datasets.current().version == ready.version
    assert json.loads(datasets.current().about[Lang.EN].model_dump_json())["version"] == ready.version
    datasets.close()
