"""Made-up datasets for benchmarks: valid, the same for the same seed, published and served as any other."""

import json
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.synthesize import lines, write
from tests.conftest import running_server

from calibaja_api.client import Client
from calibaja_api.publishing import draft, publish
from calibaja_api.shapes import FactQuery
from calibaja_api.sqlite import SqliteDatabase

pytestmark = pytest.mark.slow

FACTS = 900


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made-up") / "made-up.ndjson"
    write(FACTS, 1, path)
    return path


def test_the_same_seed_makes_the_same_and_another_makes_another(file: Path) -> None:
    assert list(lines(FACTS, 1)) == file.read_text(encoding="utf-8").splitlines()
    assert list(lines(FACTS, 2)) != list(lines(FACTS, 1))


def test_what_is_made_up_names_no_real_source_or_person(file: Path) -> None:
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    real = {fact["id"] for fact in records if fact["collection"] == "facts" and "made-source" not in json.dumps(fact)}
    made = [fact for fact in records if fact["collection"] == "facts" and fact["id"] not in real]
    assert len(made) > 300
    for fact in made:
        assert all(citation["source"].startswith("made-source-") for citation in fact["citations"])
        assert all(citation.get("speaker", "made-person-").startswith("made-person-") for citation in fact["citations"])


def test_a_few_subjects_have_most_facts_and_dates_are_mixed(file: Path) -> None:
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    facts = [fact for fact in records if fact["collection"] == "facts"]
    subjects = Counter(fact["subject"] for fact in facts).most_common()
    assert subjects[0][1] > 10 * subjects[-1][1]
    forms = {"".join("9" if letter.isdigit() else letter for letter in fact.get("time", "")) for fact in facts}
    assert {"9999", "9999-99", "9999-99-99", "999X", "9999~", "9999/9999", "9999/..", ""} <= forms


def test_it_is_published_and_served(file: Path, tmp_path: Path) -> None:
    ready = draft(file)
    assert ready.counts["facts"] == FACTS
    path = tmp_path / "made-up.sqlite3"
    publish(ready, SqliteDatabase(path))
    with running_server(path) as address, Client(address) as client:
        assert client.dataset().id == "cali-baja-made-up"
        assert client.list(FactQuery(count="exact")).meta.total == FACTS
        assert (client.list(FactQuery(q="according to the harbor", count="exact")).meta.total or 0) > 10
