"""The command `calibaja publish`, killed at any instant while its dataset is served."""

import logging
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.conftest import clean_environment, running_server
from tests.rich import write_small_seed
from tests.waiting import PATIENCE

from calibaja_api.datasets import OpenDataset
from calibaja_api.publishing import Draft, draft, publish
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.stamps import stamp

pytestmark = pytest.mark.slow

_log = logging.getLogger(__name__)

LATE: Final = 0.5
"""What the command does in the first half of its time is to begin."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "calibaja.sqlite3"


def left_beside(path: Path) -> set[str]:
    """What is there that does not belong there."""
    known = {path, path.with_name(f"{path.name}.lock")}
    found = {file for file in path.parent.rglob("*") if file.is_file()} - known
    return {str(file.relative_to(path.parent)) for file in found if file.parent != SqliteDatabase(path).folder}


def killed(command: list[str], seconds: float) -> tuple[bool, float]:
    """Run a command and kill it after so many seconds; whether it was, and how long it took else."""
    began = time.monotonic()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=clean_environment()) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    assert process.returncode in {0, -signal.SIGKILL}
    return process.returncode != 0, time.monotonic() - began


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        found = [connection.execute(f"PRAGMA {check}").fetchall() for check in ("integrity_check", "foreign_key_check")]
    return found == [[("ok",)], []]


def check(database: SqliteDatabase, ready: list[Draft]) -> str:
    """The version that is current: one of these, whole, as are those that are kept."""
    there = stamp(database)
    [published] = [one for one in ready if one.version == there.version]
    for version in (None, *database.kept()):
        dataset = OpenDataset(database, version)
        assert version in {None, dataset.version}
        if dataset.version == there.version:
            assert dataset.about[Lang.EN].counts == published.counts
            assert dataset.about[Lang.EN].content_sha256 == published.content_sha256
        dataset.close()
        assert is_whole(database.path if version is None else database.file(version))
    return there.version


def test_a_publish_that_is_killed_leaves_the_old_or_the_new_dataset_and_the_server_answers(
    tmp_path: Path, path: Path, is_long: bool
) -> None:
    seeds = [write_small_seed(tmp_path / str(number), 60 + number, release=number) for number in (1, 2)]
    old, new = map(draft, seeds)
    database = SqliteDatabase(path)
    publish(old, database)
    command = [sys.executable, "-m", "calibaja_api", "publish", str(seeds[1]), "--database", url_of(path)]
    instants = random.Random()
    kills = outcomes = litter = 0
    with running_server(path) as address, httpx.Client(base_url=address, timeout=PATIENCE) as http:
        _, takes = killed(command, 60)
        assert check(database, [new]) == new.version
        publish(old, database)
        for _ in range(200 if is_long else 5):
            was_killed, took = killed(command, instants.uniform(LATE * takes, 1.05 * takes))
            kills += was_killed
            takes = takes if was_killed else min(takes, took)
            litter += bool(left_beside(path))
            outcomes += check(database, [old, new]) == new.version
            answer = http.get("/v1/facts?limit=200")
            assert answer.status_code == 200
            assert answer.json()["meta"]["dataset_version"] in {old.version, new.version}
            publish(old, database)
            assert check(database, [old]) == old.version
            assert left_beside(path) == set()
    _log.info("%s publishes killed, %s had put the new dataset in place, %s left litter", kills, outcomes, litter)
    assert kills
    assert litter <= 1


def test_a_first_publish_that_is_killed_leaves_nothing_or_a_dataset(tmp_path: Path, path: Path, is_long: bool) -> None:
    seed = write_small_seed(tmp_path / "seed", 60)
    ready, database = draft(seed), SqliteDatabase(path)
    command = [sys.executable, "-m", "calibaja_api", "publish", str(seed), "--database", url_of(path)]
    _, takes = killed(command, 60)
    instants = random.Random()
    litter = 0
    for _ in range(50 if is_long else 2):
        for file in path.parent.rglob("*.sqlite3"):
            file.unlink()
        killed(command, instants.uniform(LATE * takes, takes))
        litter += bool(left_beside(path))
        if path.exists():
            assert check(database, [ready]) == ready.version
        publish(ready, database)
        assert check(database, [ready]) == ready.version
        assert left_beside(path) == set()
    assert litter <= 1
