"""Versions that are kept beside the current one, and the way back to them."""

import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import clean_environment, running_server
from tests.made import Change, write
from tests.waiting import PATIENCE, eventually

from calibaja_api.client import Client
from calibaja_api.database import DatabaseError
from calibaja_api.publishing import Draft, draft, publish, roll_back
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.sqlite.files import KEPT
from calibaja_api.stamps import stamp

pytestmark = pytest.mark.slow

RELEASES = 5


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return SqliteDatabase(tmp_path / "data" / "made.sqlite3")


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> list[Draft]:
    """One dataset after the other."""
    folder = tmp_path_factory.mktemp("releases")
    return [release(folder / str(number), number) for number in range(2, 2 + RELEASES)]


def release(folder: Path, number: int, *changes: Change) -> Draft:
    raised = () if number == 2 else (Change("dataset.yaml", "release: 2", f"release: {number}"),)
    return draft(write(folder, *raised, *changes))


def files(database: SqliteDatabase) -> set[str]:
    return {str(file.relative_to(database.path.parent)) for file in database.path.parent.rglob("*") if file.is_file()}


def test_the_last_versions_are_kept_and_no_more(database: SqliteDatabase, drafts: list[Draft]) -> None:
    for count, ready in enumerate(drafts, 1):
        publish(ready, database)
        versions = [one.version for one in drafts[max(count - KEPT, 0) : count]]
        assert database.kept() == versions
        for version in versions:
            reader = database.open(version)
            reader.close()
    assert len(files(database)) == KEPT + 2


def test_a_version_that_is_kept_takes_no_second_place(database: SqliteDatabase, drafts: list[Draft]) -> None:
    publish(drafts[0], database)
    assert database.path.stat().st_nlink == 2
    assert database.path.samefile(database.file(drafts[0].version))


def test_what_is_published_again_is_kept_once(database: SqliteDatabase, drafts: list[Draft]) -> None:
    first, second, *_ = drafts
    for ready in (first, second, first, first):
        publish(ready, database)
    assert database.kept() == [second.version, first.version]
    assert stamp(database).version == first.version


def test_the_way_back_is_the_way_that_was_gone(database: SqliteDatabase, drafts: list[Draft]) -> None:
    first, second, third, *_ = drafts
    for ready in (first, second, third):
        publish(ready, database)
    assert roll_back(database) == second.version == stamp(database).version
    assert roll_back(database) == first.version == stamp(database).version
    with pytest.raises(DatabaseError, match=f"no version to go back to; {first.version} is the oldest"):
        roll_back(database)
    assert stamp(database).version == first.version
    assert database.kept() == [first.version, second.version, third.version]


def test_what_was_undone_is_kept_until_something_else_is_published(
    database: SqliteDatabase, drafts: list[Draft]
) -> None:
    first, second, third, fourth, _ = drafts
    for ready in (first, second, third):
        publish(ready, database)
    roll_back(database)
    publish(fourth, database)
    assert database.kept() == [first.version, second.version, fourth.version]
    assert roll_back(database) == second.version


def test_there_is_no_way_back_from_nothing(database: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError):
        roll_back(database)
    assert files(database) == {"made.sqlite3.lock"}


def test_a_dataset_that_was_published_before_versions_were_kept_is_kept(
    database: SqliteDatabase, drafts: list[Draft]
) -> None:
    first, second, *_ = drafts
    publish(first, database)
    database.file(first.version).unlink()
    publish(second, database)
    assert database.kept() == [first.version, second.version]
    assert roll_back(database) == first.version


def test_a_file_that_was_removed_takes_no_version_with_it(database: SqliteDatabase, drafts: list[Draft]) -> None:
    first, second, third, *_ = drafts
    for ready in (first, second):
        publish(ready, database)
    database.path.unlink()
    publish(second, database)
    assert database.kept() == [first.version, second.version]
    elsewhere = SqliteDatabase(database.path.with_name("elsewhere"))
    publish(third, elsewhere)
    elsewhere.path.replace(database.path)
    publish(first, database)
    assert database.kept() == [second.version, third.version, first.version]
    assert roll_back(database) == third.version


def test_a_version_of_another_schema_is_not_gone_back_to(database: SqliteDatabase, drafts: list[Draft]) -> None:
    first, second, *_ = drafts
    publish(first, database)
    database.path.chmod(0o600)
    with closing(sqlite3.connect(database.path)) as connection, connection:
        connection.execute("UPDATE dataset SET schema_revision = '0000'")
    publish(second, database)
    with pytest.raises(DatabaseError, match="has schema 0000, this program reads"):
        roll_back(database)
    assert stamp(database).version == second.version


def test_no_version_is_kept_that_holds_what_was_withdrawn(tmp_path: Path, database: SqliteDatabase) -> None:
    def of(number: int, *changes: Change) -> Draft:
        return release(tmp_path / str(number), number, *changes)

    before = of(2, Change("dataset.yaml", "people: [john-doe]", "people: []"), appended_person())
    without = of(3)
    publish(before, database)
    publish(of(4, Change("dataset.yaml", "people: [john-doe]", "people: []"), appended_person()), database)
    publish(without, database)
    assert database.kept() == [without.version]
    with pytest.raises(DatabaseError, match="no version to go back to"):
        roll_back(database)
    assert all(b"John Doe" not in file.read_bytes() for file in database.path.parent.rglob("*.sqlite3"))


def test_a_version_that_cannot_be_read_does_not_keep_another_from_being_published(
    database: SqliteDatabase, drafts: list[Draft]
) -> None:
    first, second, third, *_ = drafts
    publish(first, database)
    publish(second, database)
    damaged = database.file(first.version)
    damaged.unlink()
    damaged.write_bytes(b"no database")
    publish(third, database)
    assert stamp(database).version == third.version
    # Nobody knows whether it holds what was withdrawn.
    assert database.kept() == [second.version, third.version]


def appended_person() -> Change:
    citation = "{source: almanac, locator: p. 9}"
    role = f"{{role: {{en: Clerk, es: Escribano}}, citations: [{citation}]}}"
    return Change("people.yaml", "", f"- id: john-doe\n  name: John Doe\n  roles: [{role}]\n")


def test_a_running_server_goes_back_too(database: SqliteDatabase, drafts: list[Draft]) -> None:
    first, second, *_ = drafts
    publish(first, database)
    publish(second, database)
    with running_server(database.path) as address, Client(address) as asking:
        assert asking.dataset().version == second.version
        roll_back(database)
        assert eventually(lambda: asking.dataset().version == first.version)


def command(*arguments: str, largest_file: int | None = None) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, "-m", "calibaja_api", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(),
        timeout=PATIENCE,
        check=False,
        preexec_fn=limit,
    )


def test_the_command_goes_back_or_says_why_not(database: SqliteDatabase, drafts: list[Draft]) -> None:
    first, second, *_ = drafts
    publish(first, database)
    publish(second, database)
    url = url_of(database.path)
    done = command("rollback", "--database", url)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{first.version} is current again in {database}\n"
    refused = command("rollback", "--database", url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "there is no version to go back to" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("largest_file", [50_000, 300_000])
def test_where_there_is_no_room_for_a_dataset_nothing_has_happened(
    tmp_path: Path, database: SqliteDatabase, drafts: list[Draft], largest_file: int
) -> None:
    publish(drafts[0], database)
    before = files(database)
    write(tmp_path / "seed", Change("dataset.yaml", "release: 2", "release: 3"))
    assert database.path.stat().st_size > largest_file
    refused = command("publish", str(tmp_path / "seed"), "--database", url_of(database.path), largest_file=largest_file)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert str(database) in refused.stderr
    assert files(database) == before
    assert stamp(database).version == drafts[0].version
