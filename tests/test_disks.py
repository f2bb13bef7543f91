"""Disks that are full, or only read: what is there goes on answering, and why nothing new comes is said."""

import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.conftest import SEED, clean_environment, logging_server
from tests.made import Change, write
from tests.waiting import PATIENCE, eventually

from calibaja_api.publishing import draft, publish
from calibaja_api.serving import prepare
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.stamps import stamp

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, for a dataset and no more than half of another."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted("mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(folder)):
        pytest.skip("only who may mount a disk can fill one")
    try:
        yield folder
    finally:
        assert mounted("umount", str(folder))


def mounted(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def refused(*arguments: str) -> str:
    """What a command that is refused says."""
    command = [sys.executable, "-m", "calibaja_api", *arguments]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=clean_environment(), timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_full_disk_is_told_in_words_and_keeps_what_is_there(disk: Path, tmp_path: Path) -> None:
    path = disk / "calibaja.sqlite3"
    small = draft(write(tmp_path / "small"))
    publish(small, SqliteDatabase(path))
    before = {file.name for file in disk.rglob("*")}
    # What is built fits, and its copy does not: 7 MB each.
    (disk / "other").write_bytes(bytes(1 << 20))
    for filled in (False, True):
        if filled:
            (disk / "other").write_bytes(bytes(disk_free(disk)))
        said = refused("publish", str(SEED), "--database", url_of(path))
        assert re.fullmatch(rf"{path} cannot be written: (No space left on device|database or disk is full)\n", said)
        assert {file.name for file in disk.rglob("*")} == before | {"other"}
        assert stamp(SqliteDatabase(path)).version == small.version


def disk_free(disk: Path) -> int:
    (disk / "other").unlink()
    return int(subprocess.check_output(["df", "--output=avail", "-B1", str(disk)], text=True).split()[1])


def test_a_disk_that_is_only_read_is_told_in_words_and_served_from(disk: Path, tmp_path: Path) -> None:
    path = disk / "calibaja.sqlite3"
    small = draft(write(tmp_path / "small"))
    publish(small, SqliteDatabase(path))
    assert mounted("mount", "-o", "remount,ro", str(disk))
    url = url_of(path)
    for command in (["publish", str(SEED), "--database", url], ["rollback", "--database", url]):
        assert refused(*command) == f"{path} cannot be written: Read-only file system\n"
    log: list[str] = []
    with logging_server(log, path) as address:
        assert httpx.get(f"{address}/readyz").json()["dataset_version"] == small.version
    with logging_server(log, disk / "nothing.sqlite3") as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert httpx.get(f"{address}/readyz").status_code == 503
    assert f"{disk}/nothing.sqlite3 cannot be written: Read-only file system; the packaged dataset was not" in str(log)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_where_there_is_no_room_for_the_packaged_dataset_that_is_said_and_the_server_begins(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "calibaja.sqlite3")
    said: list[str] = []
    with largest_file(300_000):
        prepare(database, said.append)
    assert not database.exists()
    [line] = said
    assert line.startswith(f"{database} cannot be written: ")
    assert line.endswith("; the packaged dataset was not published")


def test_where_a_lower_release_cannot_be_replaced_it_is_served(tmp_path: Path) -> None:
    lower = draft(write(tmp_path / "lower", Change("dataset.yaml", "id: two-rivers-facts", "id: cali-baja")))
    database = SqliteDatabase(tmp_path / "calibaja.sqlite3")
    publish(lower, database, automatic=True)
    said: list[str] = []
    with largest_file(300_000):
        prepare(database, said.append)
    assert len(said) == 1
    assert stamp(database).version == lower.version
    prepare(database, said.append)
    assert stamp(database).version != lower.version


def test_a_server_that_cannot_write_at_its_path_lives_and_answers_when_something_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.write_text("a file where a folder should be")
    path = folder / "calibaja.sqlite3"
    log: list[str] = []
    with logging_server(log, path) as address, httpx.Client(base_url=address, timeout=PATIENCE) as http:
        assert http.get("/healthz").status_code == 200
        assert http.get("/readyz").status_code == 503
        assert f"{path} cannot be written: " in log[0]
        assert log[0].endswith("; the packaged dataset was not published\n")
        assert not any("Traceback" in line for line in log)
        folder.unlink()
        small = draft(write(tmp_path / "small"))
        publish(small, SqliteDatabase(path))
        assert eventually(lambda: http.get("/readyz").status_code == 200)
        assert http.get("/v1/dataset").json()["version"] == small.version
