"""Whole versions as files, and what changed from one to the other; the same from every kind of database."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.conftest import SEED, running_server
from tests.made import Change, appended, write
from tests.rich import Json
from tests.waiting import eventually

from calibaja_api.canonical import canonical_lines, catalog_of_lines
from calibaja_api.client import Client, ProblemError
from calibaja_api.database import Database
from calibaja_api.databases import database_of
from calibaja_api.publishing import Draft, draft, draft_of, publish, roll_back
from calibaja_api.resources import RESOURCES
from calibaja_api.shapes import Changes, ChangesQuery
from calibaja_api.shapes.problems import ProblemCode
from calibaja_api.sqlite import SqliteDatabase, url_of

pytestmark = pytest.mark.slow

GONE = "0123456789abcdef"
RANK = """\
- id: two-rivers-rank
  subject: two-rivers
  predicate: rank
  value: 3
  unit: "1"
  qualifier: rank
  basis: forecast
  claim: {en: Two Rivers will be third., es: Dos Ríos será tercera.}
  citations: [{source: almanac, locator: p. 4, speaker_name: The editors}]
"""
CHANGES = (
    Change("facts/almanac.yaml", RANK, ""),
    Change("agreements.yaml", "es: Acuerdo del Río", "es: Pacto del Río"),
    appended("sectors.yaml", "- id: toys\n  name: {en: Toys, es: Juguetes}\n"),
)
"""A fact is left out, an agreement has another name in Spanish, and there is a new sector."""

Items = dict[tuple[str, str], tuple[Json, Json]]


@dataclass(frozen=True)
class Releases:
    """A service of one dataset after the other: the first, one with changes, and a third that only counts on."""

    url: str
    client: Client
    http: httpx.Client
    drafts: list[Draft]
    before: Items
    """All items of the first, by type and id, in both languages."""

    @property
    def first(self) -> str:
        return self.drafts[0].version

    @property
    def last(self) -> str:
        return self.drafts[-1].version

    def changes(self, **asked: object) -> Changes:
        return self.client.changes(ChangesQuery.model_validate({"since": self.first, **asked}))


def items(http: httpx.Client) -> Items:
    found: dict[tuple[str, str], list[Json]] = {}
    for resource in RESOURCES:
        for lang in ("en", "es"):
            answer = http.get(f"/v1/{resource.name}", params={"format": "ndjson", "lang": lang}).raise_for_status()
            for item in map(json.loads, answer.text.splitlines()):
                found.setdefault((item["type"], item["id"]), []).append(item)
    return {key: (english, spanish) for key, (english, spanish) in found.items()}


def await_version(http: httpx.Client, version: str) -> None:
    assert eventually(lambda: bool(http.get("/v1/dataset").json()["version"] == version))


def release(folder: Path, number: int, *changes: Change) -> Draft:
    counted = () if number == 2 else (Change("dataset.yaml", "release: 2", f"release: {number}"),)
    return draft(write(folder / str(number), *counted, *changes))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return url_of(tmp_path_factory.mktemp("versions") / "made.sqlite3")
    server = request.getfixturevalue("postgres")
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE versions")
    return str(server.url("versions"))


@pytest.fixture(scope="module")
def released(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    folder = tmp_path_factory.mktemp("seeds")
    drafts = [release(folder, 2), release(folder, 3, *CHANGES), release(folder, 4, *CHANGES)]
    database = database_of(database_url)
    publish(drafts[0], database)
    with (
        running_server(database_url) as address,
        Client(address) as client,
        httpx.Client(base_url=address, timeout=20) as http,
    ):
        before = items(http)
        for ready in drafts[1:]:
            publish(ready, database)
        await_version(http, drafts[-1].version)
        yield Releases(database_url, client, http, drafts, before)
    database.close()


# What changed


def test_changes_are_what_differs_in_either_language(released: Releases) -> None:
    after = items(released.http)
    expected = dict.fromkeys(after.keys() - released.before.keys(), "added")
    expected |= dict.fromkeys(released.before.keys() - after.keys(), "removed")
    expected |= {key: "changed" for key in after.keys() & released.before if after[key] != released.before[key]}
    found = [((change.item.type, change.item.id), change.change) for change in released.changes(limit=200).data]
    assert found == sorted(found)
    assert dict(found) == expected
    assert expected["fact", "two-rivers-rank"] == "removed"
    assert expected["sector", "toys"] == "added"
    # Its name differs in Spanish only, and the region that a fact left counts one fewer.
    assert expected["agreement", "river-accord"] == expected["region", "two-rivers"] == "changed"


def test_changes_name_both_versions_and_how_many_there_are(released: Releases) -> None:
    meta = released.changes(limit=1).meta
    assert (meta.since, meta.dataset_version) == (released.first, released.last)
    assert (meta.total, meta.total_relation) == (len(released.changes(limit=200).data), "eq")
    assert released.changes(count="none").meta.total is None


def test_a_change_names_its_item_in_the_language_of_the_answer(released: Releases) -> None:
    names = {change.item.id: change.item.name for change in released.changes(lang="es").data}
    assert names["river-accord"] == "Pacto del Río"
    assert names["toys"] == "Juguetes"
    # What was removed is named as it was.
    assert names["two-rivers-rank"] == "Dos Ríos será tercera."


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_any_size_join_to_the_whole(released: Releases, limit: int) -> None:
    whole = released.changes(limit=200).data
    pages = [released.changes(limit=limit)]
    while pages[-1].page.next_cursor:
        pages.append(released.changes(limit=limit, cursor=pages[-1].page.next_cursor))
        assert pages[-1].meta.total == len(whole)
    assert [change for page in pages for change in page.data] == whole
    assert all(len(page.data) == limit for page in pages[:-1])
    answer = released.http.get(f"/v1/changes?since={released.first}&limit={limit}")
    assert answer.headers["link"] == f'<{answer.json()["page"]["next"]}>; rel="next"'
    following = released.http.get(answer.json()["page"]["next"]).json()
    assert [Changes.model_validate(following).data] == [pages[1].data]


def test_changes_of_some_types_only(released: Releases) -> None:
    whole = released.changes(limit=200).data
    some = released.changes(type=["sector", "fact"])
    assert some.data == [change for change in whole if change.item.type in {"sector", "fact"}]
    assert some.meta.total == len(some.data) > 0
    assert released.changes(type=["person"]).data == []


def test_a_copy_follows_by_what_is_included(released: Releases) -> None:
    copy = {key: english for key, (english, _) in released.before.items()}
    cursor = None
    for _ in range(len(copy) + 2):
        page = released.changes(include=["item"], limit=2, cursor=cursor).model_dump(mode="json", exclude_unset=True)
        included = {(i["type"], i["id"]): i for items in page["included"].values() for i in items.values()}
        for change in page["data"]:
            key = change["item"]["type"], change["item"]["id"]
            if change["change"] == "removed":
                del copy[key]
                assert key not in included
            else:
                copy[key] = included.pop(key)
        assert included == {}
        cursor = page["page"]["next_cursor"]
        if cursor is None:
            break
    assert copy == {key: english for key, (english, _) in items(released.http).items()}


def test_nothing_changed_since_the_version_that_is_served(released: Releases) -> None:
    same = released.changes(since=released.last, include=["item"])
    assert same.data == []
    assert same.meta.total == 0
    # The third only counted on, so its items are those of the second.
    assert released.changes(since=released.drafts[1].version).data == []


def test_a_version_that_is_not_kept_cannot_be_compared_with(released: Releases) -> None:
    with pytest.raises(ProblemError) as refused:
        released.changes(since=GONE)
    problem = refused.value.problem
    assert (problem.status, problem.code) == (409, ProblemCode.VERSION_GONE)
    assert GONE in problem.detail
    [error] = problem.errors
    assert (error.parameter, error.allowed) == ("since", [ready.version for ready in released.drafts])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "empty"),
        ("since=", "empty"),
        ("since=tijuana", "wrong-form"),
        (f"since={GONE}&since={GONE}", "repeated"),
        (f"since={GONE}&include=items", "not-allowed"),
        (f"since={GONE}&q=x", "unknown-parameter"),
        (f"since={GONE}&cursor=abc", "foreign-cursor"),
    ],
)
def test_what_is_asked_wrongly_is_refused(released: Releases, query: str, code: str) -> None:
    answer = released.http.get(f"/v1/changes?{query}")
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_a_cursor_of_other_changes_is_foreign(released: Releases) -> None:
    cursor = released.changes(limit=1).page.next_cursor
    answer = released.http.get(f"/v1/changes?since={released.drafts[1].version}&limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "foreign-cursor")


def test_changes_are_not_sent_twice(released: Releases) -> None:
    first = released.http.get(f"/v1/changes?since={released.first}")
    again = released.http.get(f"/v1/changes?since={released.first}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


# Files


def file(released: Releases, name: str) -> httpx.Response:
    return released.http.get(f"/v1/dataset/{name}")


def test_the_records_are_what_the_digest_of_the_dataset_is_of(released: Releases) -> None:
    for ready in released.drafts:
        answer = file(released, f"{ready.version}.ndjson").raise_for_status()
        assert hashlib.sha256(answer.content).hexdigest() == ready.content_sha256
        assert answer.text.splitlines() == list(canonical_lines(ready.catalog))
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["content-disposition"] == f'attachment; filename="calibaja-{ready.version}.ndjson"'
    about = released.http.get("/v1/dataset").json()
    assert about["content_sha256"] == released.drafts[-1].content_sha256


def test_the_file_of_a_version_answers_as_it_did(released: Releases, tmp_path: Path) -> None:
    path = tmp_path / "downloaded.sqlite3"
    answer = file(released, f"{released.first}.sqlite3").raise_for_status()
    assert answer.headers["content-type"] == "application/vnd.sqlite3"
    assert int(answer.headers["content-length"]) == len(answer.content)
    path.write_bytes(answer.content)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with running_server(path) as address, httpx.Client(base_url=address) as http:
        assert http.get("/v1/dataset").json()["version"] == released.first
        assert items(http) == released.before
        assert http.get("/v1/search?q=port").json()["data"]


def test_the_index_has_the_addresses_of_the_files(released: Releases) -> None:
    for lang in ("", "?lang=es"):
        links = released.http.get(f"/v1{lang}").json()["links"]
        assert links["ndjson"] == f"/v1/dataset/{released.last}.ndjson{lang}"
        assert released.http.get(links["ndjson"]).status_code == 200
        assert released.http.get(links["sqlite3"]).content.startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("suffix", ["ndjson", "sqlite3"])
def test_a_version_that_is_not_kept_is_not_found(released: Releases, suffix: str) -> None:
    for version in (GONE, "tijuana", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00"):
        answer = file(released, f"{version}.{suffix}")
        assert answer.status_code == 404, version
        assert answer.json()["code"] == "not-found"
    [error] = file(released, f"{GONE}.{suffix}").json()["errors"]
    assert error["allowed"] == [ready.version for ready in released.drafts]
    near = f"{released.first[:-1]}{'0' if released.first[-1] != '0' else '1'}"
    assert file(released, f"{near}.{suffix}").json()["errors"][0]["suggestion"] == released.first
    assert file(released, f"{released.first}.csv").status_code == 404


@pytest.mark.parametrize("suffix", ["ndjson", "sqlite3"])
def test_a_file_is_asked_for_as_other_answers_are(released: Releases, suffix: str) -> None:
    address = f"/v1/dataset/{released.first}.{suffix}"
    answer = released.http.get(address)
    head = released.http.head(address)
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-type", "etag", "content-disposition", "cache-control", "vary")
    assert [head.headers[name] for name in same] == [answer.headers[name] for name in same]
    for held in (answer.headers["etag"], "*"):
        again = released.http.get(address, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
    assert released.http.get(address, headers={"Accept": "text/html"}).status_code == 406
    plain = released.http.get(address, headers={"Accept": "application/octet-stream"})
    assert (plain.headers["content-type"], plain.content) == ("application/octet-stream", answer.content)
    assert released.http.get(f"{address}?limit=1").json()["errors"][0]["code"] == "unknown-parameter"


def test_the_client_takes_files(released: Releases) -> None:
    taken = b"".join(released.client.download(released.first))
    assert hashlib.sha256(taken).hexdigest() == released.drafts[0].content_sha256
    with pytest.raises(ProblemError) as refused:
        next(released.client.download(GONE, "sqlite3"))
    assert refused.value.problem.status == 404


# What is kept


@pytest.fixture
def place(tmp_path: Path) -> Database:
    return SqliteDatabase(tmp_path / "own.sqlite3")


@pytest.fixture
def serving(place: SqliteDatabase) -> Iterator[Callable[..., httpx.Client]]:
    """Publish releases one after the other, and serve the last."""
    opened = []

    def serve(*drafts: Draft) -> httpx.Client:
        for ready in drafts:
            publish(ready, place)
        server = running_server(place.path)
        http = httpx.Client(base_url=server.__enter__(), timeout=20)
        opened.append((server, http))
        return http

    yield serve
    for server, http in opened:
        http.close()
        server.__exit__(None, None, None)


def test_the_way_back_is_told_as_changes_too(
    serving: Callable[..., httpx.Client], place: SqliteDatabase, tmp_path: Path
) -> None:
    first, second = release(tmp_path, 2), release(tmp_path, 3, *CHANGES)
    http = serving(first, second)
    roll_back(place)
    await_version(http, first.version)
    changes = http.get(f"/v1/changes?since={second.version}").json()["data"]
    assert {change["item"]["id"]: change["change"] for change in changes}.items() >= {
        ("two-rivers-rank", "added"),
        ("toys", "removed"),
        ("river-accord", "changed"),
    }


def test_what_was_withdrawn_is_in_no_file_and_no_comparison(
    serving: Callable[..., httpx.Client], place: SqliteDatabase, tmp_path: Path
) -> None:
    first = release(tmp_path, 2, appended("people.yaml", "- id: jane-roe\n  name: Jane Roe\n  roles: []\n"))
    http = serving(first)
    assert b"jane-roe" in http.get(f"/v1/dataset/{first.version}.ndjson").content
    last = release(tmp_path, 3, Change("dataset.yaml", "people: [john-doe]", "people: [john-doe, jane-roe]"))
    publish(last, place)
    await_version(http, last.version)
    for suffix in ("ndjson", "sqlite3"):
        assert http.get(f"/v1/dataset/{first.version}.{suffix}").status_code == 404
        taken = http.get(f"/v1/dataset/{last.version}.{suffix}").content
        assert b"Jane Roe" not in taken
        assert b"roe" not in taken.replace(b"jane-roe", b"")
    assert http.get(f"/v1/changes?since={first.version}").status_code == 409
    assert http.get("/v1/people/jane-roe").status_code == 410


def test_a_version_of_another_release_of_the_program_can_be_had_as_it_is_only(
    serving: Callable[..., httpx.Client], place: SqliteDatabase, tmp_path: Path
) -> None:
    first, second = release(tmp_path, 2), release(tmp_path, 3)
    http = serving(first, second)
    old = place.file(first.version)
    old.chmod(0o600)
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript("UPDATE dataset SET schema_revision = '0002'; DROP TABLE record; DROP TABLE digest")
    gone = http.get(f"/v1/changes?since={first.version}")
    assert (gone.status_code, gone.json()["code"]) == (409, "version-gone")
    assert "another release" in gone.json()["detail"]
    records = http.get(f"/v1/dataset/{first.version}.ndjson")
    assert (records.status_code, records.json()["code"]) == (404, "not-found")
    assert "another release" in records.json()["detail"]
    assert http.get(f"/v1/dataset/{first.version}.sqlite3").content == old.read_bytes()


def test_a_file_that_came_without_its_folder_is_handed_out(
    serving: Callable[..., httpx.Client], place: SqliteDatabase, tmp_path: Path
) -> None:
    ready = release(tmp_path, 2)
    elsewhere = SqliteDatabase(tmp_path / "elsewhere" / "own.sqlite3")
    publish(ready, elsewhere)
    elsewhere.path.rename(place.path)
    http = serving()
    assert http.get(f"/v1/dataset/{ready.version}.sqlite3").content == place.path.read_bytes()
    assert http.get(f"/v1/dataset/{ready.version}.ndjson").status_code == 200
    assert http.get(f"/v1/changes?since={ready.version}").json()["data"] == []


def test_canonical_lines_hold_all_of_the_packaged_records() -> None:
    ready = draft(SEED)
    lines = list(canonical_lines(ready.catalog))
    again = draft_of(catalog_of_lines(lines))
    assert again.version == ready.version
    assert list(canonical_lines(again.catalog)) == lines
