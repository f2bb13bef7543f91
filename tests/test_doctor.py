"""What `calibaja doctor` finds, on installations that are right and on those that are not."""

import re
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from tests.conftest import clean_environment, running_server
from tests.made import Change, write
from tests.postgres import Postgres, free_port
from tests.waiting import PATIENCE

from calibaja_api.databases import database_of
from calibaja_api.publishing import draft, publish
from calibaja_api.sqlite import SqliteDatabase, url_of

pytestmark = pytest.mark.slow


def doctor(url: str, *options: str, files: int | None = None, **settings: str) -> tuple[int, dict[str, list[str]], str]:
    """Its exit code, what it found by verdict, and what it says on stderr."""

    def bounded() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    done = subprocess.run(
        [sys.executable, "-m", "calibaja_api", "doctor", "--database", url, *options],
        env=clean_environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        preexec_fn=bounded,
    )
    found: dict[str, list[str]] = {"ok": [], "note": [], "wrong": []}
    for line in done.stdout.splitlines():
        verdict, _, text = line.partition(" ")
        found[verdict].append(text.strip())
    return done.returncode, found, done.stderr


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the made dataset, and the one before it."""
    path = tmp_path / "data" / "made.sqlite3"
    for number in (2, 3):
        changes = () if number == 2 else (Change("dataset.yaml", "release: 2", "release: 3"),)
        publish(draft(write(tmp_path / str(number), *changes)), SqliteDatabase(path))
    return path


def test_nothing_is_wrong_with_what_is_right(path: Path) -> None:
    code, found, said = doctor(url_of(path))
    assert (code, found["wrong"], found["note"], said) == (0, [], [], "")
    told = " ".join(found["ok"])
    for words in ("release 3", str(path), "is whole", "digest that they were published with", "kept beside it", "room"):
        assert words in told


def test_a_service_that_answers_from_it_is_right(path: Path) -> None:
    with running_server(path) as address:
        code, found, _ = doctor(url_of(path), "--url", address)
        assert (code, found["wrong"]) == (0, [])
        assert found["ok"][-1].startswith(f"{address} answers from ")


def test_a_service_that_answers_from_another_dataset_is_wrong(path: Path, database: Path) -> None:
    with running_server(database) as address:
        code, found, said = doctor(url_of(path), "--url", address)
    assert code == 1
    [wrong] = found["wrong"]
    assert re.fullmatch(f"{address} answers from [0-9a-f]{{16}}, and [0-9a-f]{{16}} is current.*", wrong)
    assert said == "1 of these is wrong\n"


def test_a_service_that_is_not_there_is_wrong(path: Path) -> None:
    code, found, _ = doctor(url_of(path), "--url", f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "answers not as this service does" in found["wrong"][0]


def damage(path: Path) -> None:
    """Write over the middle of a file."""
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 20_000)


def replace_by_words(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"no database" * 100)


def alter(statement: str) -> Callable[[Path], None]:
    def altered(path: Path) -> None:
        path.chmod(0o600)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()

    return altered


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (Path.unlink, "is not there; `calibaja serve` or `calibaja publish` makes it"),
        (damage, "is damaged"),
        (
            lambda path: (path.chmod(0o600), path.write_bytes(b"no database" * 100)),
            "is damaged: file is not a database",
        ),
        (alter("UPDATE dataset SET schema_revision = '0001'"), "has schema 0001, this program reads"),
        (alter("UPDATE record SET line = replace(line, 'Port', 'Fort')"), "their digest is another"),
        (alter("DELETE FROM dataset"), "holds no dataset"),
    ],
    ids=["missing", "damaged", "no-database", "other-schema", "altered", "empty"],
)
def test_what_is_wrong_with_the_file_is_told(path: Path, spoil: Callable[[Path], object], words: str) -> None:
    spoil(path)
    code, found, said = doctor(url_of(path))
    assert code == 1
    assert words in " ".join(found["wrong"])
    assert re.fullmatch("[1-9] of these (is|are) wrong\n", said)


def test_too_few_files_for_the_connections_are_told(path: Path) -> None:
    code, found, _ = doctor(url_of(path), files=500)
    assert code == 1
    assert "500 files may be open, too few for 1000 connections" in " ".join(found["wrong"])
    assert doctor(url_of(path), files=500, CALIBAJA_MAX_CONNECTIONS="200")[0] == 0


def test_that_there_is_no_way_back_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "one.sqlite3"
    publish(draft(write(tmp_path / "seed")), SqliteDatabase(path))
    code, found, _ = doctor(url_of(path))
    assert (code, found["note"]) == (0, ["no other version is kept, so there is none to roll back to"])


def test_wrong_settings_are_told_first(path: Path) -> None:
    code, found, said = doctor(url_of(path), CALIBAJA_LOG_FROMAT="json")
    assert (code, found["ok"]) == (1, [])
    assert "did you mean CALIBAJA_LOG_FORMAT?" in said


@pytest.fixture
def reader(postgres: Postgres, tmp_path: Path) -> Iterator[str]:
    """The URL of a role that may read, of a database with the made dataset."""
    plain = postgres.url().replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE doctored")
        connection.execute("CREATE ROLE visitor LOGIN")
        connection.execute("GRANT pg_read_all_data TO visitor")
    publish(draft(write(tmp_path / "seed")), database_of(postgres.url("doctored")))
    yield postgres.url("doctored").replace("postgres@", "visitor@")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP DATABASE doctored WITH (FORCE)")
        connection.execute("DROP ROLE visitor")


@pytest.mark.slow
def test_a_role_that_may_only_read_is_noted(reader: str) -> None:
    code, found, said = doctor(reader)
    assert (code, found["wrong"]) == (0, []), said
    assert any("PostgreSQL 1" in text for text in found["ok"])
    assert any("can read and not publish" in text for text in found["note"])
    assert any("digest that they were published with" in text for text in found["ok"])


@pytest.mark.slow
def test_a_server_that_is_not_there_is_told() -> None:
    code, found, _ = doctor(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")
    assert code == 1
    assert "cannot be read" in found["wrong"][0]
