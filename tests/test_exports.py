import asyncio
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pybtex.database import parse_string  # type: ignore[import-untyped]
from tests.conftest import running_server
from tests.rich import UNITS, Json, Records, Served, both, cite, dataset_of, told, write_seed

from calibaja_api import tabular
from calibaja_api.bibliography import bibtex, csl
from calibaja_api.client import AsyncClient, Client, ProblemError
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_NAMED
from calibaja_api.shapes import ErrorCode, EventQuery, FactQuery, ListQuery, ProblemCode, RegionQuery, SourceQuery
from calibaja_api.shapes.vocabulary import Format, Lang
from calibaja_api.sqlite import SqliteDatabase

pytest_plugins = ["tests.rich"]

Asked = Mapping[str, str | Sequence[str]]

MEDIA_TYPES: Final = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8; header=present",
    "geojson": "application/geo+json",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl-json": "application/vnd.citationstyles.csl+json",
}
SUFFIXES: Final = {"ndjson": "ndjson", "csv": "csv", "geojson": "geojson", "bibtex": "bib", "csl-json": "json"}
TABLES: Final = ("ndjson", "csv")
BIBLIOGRAPHIES: Final = ("bibtex", "csl-json")
COLLECTIONS: Final = (
    *("regions", "sectors", "organizations", "people", "agreements", "events", "facts", "predicates", "sources"),
)
PLACED: Final = ("regions", "events")
CITED: Final = ("facts", "events", "sources")
EXPORTS: Final = {
    name: (*TABLES, *(("geojson",) if name in PLACED else ()), *(BIBLIOGRAPHIES if name in CITED else ()))
    for name in COLLECTIONS
}
"""The formats of each collection beside JSON, as the contract has them."""
SERVED = [(name, format_) for name, formats in EXPORTS.items() for format_ in formats]
NOT_SERVED = [(name, format_) for name in COLLECTIONS for format_ in SUFFIXES if format_ not in EXPORTS[name]]

# Filters of every kind, orders, words, places and what is latest; each finds some items and not all.
QUESTIONS: Final[list[tuple[str, Asked]]] = [
    ("facts", {"region__within": "land-0", "basis": ["observed", "estimated"], "sort": ["-value", "subject"]}),
    ("facts", {"q": "claim 1"}),
    ("facts", {"latest": "true", "sort": "-time"}),
    ("facts", {"time__during": "1994/1999", "time_match": "certain"}),
    ("facts", {"source__tier": "A", "source__language": "es"}),
    ("facts", {"id": ["old-fact", "fact-010", "no-such-fact"]}),
    ("events", {"near": "32.5,-117", "radius_km": "300"}),
    ("events", {"region__within": "land-0", "sort": "-name"}),
    ("events", {"kind": "opening", "sort": "-time"}),
    ("regions", {"kind": ["city", "state"], "sort": "-kind,name"}),
    ("regions", {"q": "bahía"}),
    ("regions", {"near": "32.5,-117"}),
    ("sectors", {"within": "sector-0"}),
    ("organizations", {"name__contains": "100%"}),
    ("people", {"organization": "org-01"}),
    ("agreements", {"kind": "treaty", "sort": "-id"}),
    ("predicates", {"value_type": "quantity", "sort": "-name"}),
    ("sources", {"published__during": "2015", "sort": "-published"}),
]
ASKED = [pytest.param(name, asked, id=f"{name}-{'-'.join(asked)}") for name, asked in QUESTIONS]
in_both_languages = pytest.mark.parametrize("lang", ["en", "es"])
each_collection = pytest.mark.parametrize("collection", COLLECTIONS)
each_export = pytest.mark.parametrize(("collection", "format_"), SERVED)


def exported(http: httpx.Client, collection: str, format_: str, asked: Asked | None = None) -> httpx.Response:
    response = http.get(f"/v1/{collection}", params={**(asked or {}), "format": format_})
    assert response.status_code == 200, response.text
    return response


def listed(http: httpx.Client, collection: str, asked: Asked | None = None) -> bytes:
    """The items of a list over all its pages, as they are written there, with the commas between them."""
    pages = []
    response = http.get(f"/v1/{collection}", params={"limit": 200, **(asked or {})})
    while True:
        body, page = response.raise_for_status().content, response.json()["page"]
        pages.append(body[len(b'{"data":[') : body.rindex(b'],"page":{"limit"')])
        if page["next"] is None:
            return b",".join(page for page in pages if page)
        response = http.get(page["next"])


def items_of(http: httpx.Client, collection: str, asked: Asked | None = None) -> list[Json]:
    found: list[Json] = json.loads(b"[%s]" % listed(http, collection, asked))
    return found


def lines_of(body: bytes) -> list[bytes]:
    """The lines of NDJSON; U+2028 and the like end none."""
    *lines, rest = body.split(b"\n")
    assert rest == b""
    return lines


def table_of(body: bytes) -> list[list[str]]:
    """The rows of CSV, the header first."""
    text = body.decode()
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:], newline=""), strict=True))


def rows_of(body: bytes) -> list[dict[str, str]]:
    header, *rows = table_of(body)
    return [dict(zip(header, row, strict=True)) for row in rows]


def entries_of(body: bytes) -> dict[str, Any]:
    """The entries of BibTeX; a key that stands there twice is refused."""
    return dict(parse_string(body.decode(), "bibtex").entries)


READ: Final[Mapping[str, Callable[[bytes], list[str]]]] = {
    "ndjson": lambda body: [json.loads(line)["id"] for line in lines_of(body)],
    "csv": lambda body: [row["id"] for row in rows_of(body)],
    "geojson": lambda body: [feature["id"] for feature in json.loads(body)["features"]],
    "bibtex": lambda body: list(entries_of(body)),
    "csl-json": lambda body: [entry["id"] for entry in json.loads(body)],
}
"""The ids that an export has, in its order."""


def cited_by(items: Sequence[Json]) -> set[str]:
    """The ids of the sources of items; a source is its own."""
    return {citation["source"]["id"] for item in items for citation in item.get("citations", [{"source": item}])}


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, str]:
    """The parameters that a refusal names, each with what is wrong."""
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert not {"content-disposition", "etag"} & set(response.headers)
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    return {error["parameter"]: error["code"] for error in problem["errors"]}


# Which formats there are, and how they are asked for


@each_export
def test_an_export_is_asked_for_by_format(rich: Served, collection: str, format_: str) -> None:
    response = exported(rich.http, collection, format_)
    assert response.headers["content-type"] == MEDIA_TYPES[format_]
    assert READ[format_](response.content)


@each_export
def test_an_export_is_asked_for_by_accept(rich: Served, collection: str, format_: str) -> None:
    for accept in (MEDIA_TYPES[format_], MEDIA_TYPES[format_].partition(";")[0].upper()):
        response = rich.http.get(f"/v1/{collection}", headers={"Accept": accept})
        assert response.status_code == 200
        assert response.headers["content-type"] == MEDIA_TYPES[format_]
        assert response.content == exported(rich.http, collection, format_).content


@each_collection
def test_meta_lists_the_formats_of_a_collection(rich: Served, collection: str) -> None:
    assert rich.http.get(f"/v1/meta/{collection}").json()["formats"] == ["json", *EXPORTS[collection]]


@pytest.mark.parametrize(("collection", "format_"), NOT_SERVED)
def test_a_format_of_other_collections_is_refused(rich: Served, collection: str, format_: str) -> None:
    response = rich.http.get(f"/v1/{collection}", params={"format": format_})
    assert problem_of(response, 400, "invalid-parameters") == {"format": "not-allowed"}
    assert response.json()["errors"][0]["allowed"] == ["json", *EXPORTS[collection]]
    refused = rich.http.get(f"/v1/{collection}", headers={"Accept": MEDIA_TYPES[format_]})
    assert problem_of(refused, 406, "not-acceptable") == {}
    served = [MEDIA_TYPES[name] for name in ("json", *EXPORTS[collection])]
    assert all(media_type in refused.json()["detail"] for media_type in served)


@pytest.mark.parametrize("format_", ["xml", "CSV", "text/csv", "json-ld", "geo+json", "bib", "csl"])
def test_a_format_that_nobody_knows_is_refused(rich: Served, format_: str) -> None:
    response = rich.http.get("/v1/facts", params={"format": format_})
    assert problem_of(response, 400, "invalid-parameters") == {"format": "not-allowed"}


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/csv;q=0.5, application/x-ndjson;q=0.9", "ndjson"),
        ("application/json;q=0.1, text/csv", "csv"),
        ("text/csv;q=0.9, application/json", "json"),
        ("application/json, text/csv", "json"),
        ("text/csv, application/json", "json"),
        ("text/*", "csv"),
        ("application/*", "json"),
        ("*/*;q=0.1, application/x-bibtex", "bibtex"),
        ("text/html, application/vnd.citationstyles.csl+json;q=0.2", "csl-json"),
        ("application/json;q=0, application/x-ndjson;q=0.001", "ndjson"),
        ("text/*;q=0.9, text/csv;q=0.1, application/x-ndjson;q=0.5", "ndjson"),
        ("application/geo+json, */*;q=0.1", "json"),
        ("application/geo+json, text/csv;q=0.3", "csv"),
        ("text/csv; charset=utf-8; header=present; q=0.8, application/json; q=0.7", "csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
    ],
)
def test_what_accept_likes_best_is_answered(rich: Served, accept: str, format_: str) -> None:
    response = rich.http.get("/v1/facts?limit=2", headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPES[format_])


def test_several_lines_of_accept_are_one(rich: Served) -> None:
    lines = [("Accept", "application/json;q=0.5"), ("Accept", "text/csv;q=0.6"), ("Accept", "text/html")]
    response = rich.http.get("/v1/facts?limit=2", headers=lines)
    assert response.headers["content-type"] == MEDIA_TYPES["csv"]


@pytest.mark.parametrize("format_", SUFFIXES)
def test_format_wins_over_accept(rich: Served, format_: str) -> None:
    for accept in ("application/json", "application/json, */*;q=0", "text/html", "*/*;q=0", "nothing"):
        response = rich.http.get("/v1/events", params={"format": format_, "limit": 2}, headers={"Accept": accept})
        assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPES[format_])


def test_format_json_wins_over_accept(rich: Served) -> None:
    response = rich.http.get("/v1/events?format=json", headers={"Accept": "text/csv"})
    assert response.json()["page"]["limit"] == 25


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("/v1/regions/land-0", {}),
        ("/v1/facts/fact-001", {}),
        ("/v1/search", {"q": "bay"}),
        ("/v1/compare", {"subject": ["land-0", "land-1"], "predicate": "count"}),
        ("/v1", {}),
        ("/v1/dataset", {}),
        ("/v1/meta", {}),
        ("/v1/meta/facts", {}),
    ],
)
def test_what_is_no_list_is_json_only(rich: Served, address: str, asked: Asked) -> None:
    assert rich.http.get(address, params={**asked, "format": "json"}).status_code == 200
    for format_ in SUFFIXES:
        response = rich.http.get(address, params={**asked, "format": format_})
        assert problem_of(response, 400, "invalid-parameters") == {"format": "not-allowed"}
        assert response.json()["errors"][0]["allowed"] == ["json"]
        refused = rich.http.get(address, params=asked, headers={"Accept": MEDIA_TYPES[format_]})
        assert problem_of(refused, 406, "not-acceptable") == {}


def test_an_item_has_no_fields_to_choose(rich: Served) -> None:
    response = rich.http.get("/v1/regions/land-0?fields=name")
    assert problem_of(response, 400, "invalid-parameters") == {"fields": "unknown-parameter"}


# The whole result, in order


@in_both_languages
@each_collection
def test_lines_of_ndjson_are_the_items_of_the_list_byte_for_byte(rich: Served, collection: str, lang: str) -> None:
    body = exported(rich.http, collection, "ndjson", {"lang": lang}).content
    lines = lines_of(body)
    assert len(lines) == len(rich.items[collection])
    assert b",".join(lines) == listed(rich.http, collection, {"lang": lang})


@in_both_languages
@pytest.mark.parametrize(("collection", "asked"), ASKED)
def test_an_export_has_the_items_of_the_list_in_its_order(
    rich: Served, collection: str, asked: Asked, lang: str
) -> None:
    asked = {**asked, "lang": lang}
    items = items_of(rich.http, collection, {**asked, "limit": "50"})
    assert 0 < len(items) < len(rich.items[collection])
    lines = lines_of(exported(rich.http, collection, "ndjson", asked).content)
    assert b",".join(lines) == listed(rich.http, collection, asked)
    for format_ in EXPORTS[collection]:
        if format_ not in BIBLIOGRAPHIES:
            found = READ[format_](exported(rich.http, collection, format_, asked).content)
            assert found == [item["id"] for item in items], format_


@pytest.mark.parametrize(("collection", "asked"), ASKED)
def test_a_limit_gives_the_first_items(rich: Served, collection: str, asked: Asked) -> None:
    ids = [item["id"] for item in items_of(rich.http, collection, asked)]
    for format_ in EXPORTS[collection]:
        if format_ not in BIBLIOGRAPHIES:
            for limit in (1, 2, 200):
                body = exported(rich.http, collection, format_, {**asked, "limit": str(limit)}).content
                assert READ[format_](body) == ids[:limit]


@pytest.mark.parametrize("format_", TABLES)
def test_only_a_limit_that_was_asked_for_ends_an_export(rich: Served, format_: str) -> None:
    assert len(READ[format_](exported(rich.http, "facts", format_).content)) == len(rich.items["facts"]) > 200
    limited = exported(rich.http, "facts", format_, {"limit": "200"})
    assert READ[format_](limited.content) == list(rich.items["facts"])[:200]


@pytest.mark.parametrize("format_", EXPORTS["facts"])
def test_a_limit_has_its_bounds(rich: Served, format_: str) -> None:
    for limit in ("0", "201", "-1", "many", ""):
        response = rich.http.get("/v1/facts", params={"format": format_, "limit": limit})
        assert set(problem_of(response, 400, "invalid-parameters")) == {"limit"}


@each_export
def test_what_the_list_refuses_an_export_refuses(rich: Served, collection: str, format_: str) -> None:
    wrong = {"id": ("-", "wrong-form"), "sort": ("beauty", "not-allowed"), "nothing": ("1", "unknown-parameter")}
    for name, (value, code) in wrong.items():
        response = rich.http.get(f"/v1/{collection}", params={name: value, "format": format_})
        assert problem_of(response, 400, "invalid-parameters") == {name: code}


@pytest.mark.parametrize("format_", EXPORTS["events"])
@pytest.mark.parametrize(
    ("wrong", "code"), [({"region": "no-such-region"}, "unknown-id"), ({"kind": "no-such-kind"}, "unknown-value")]
)
def test_what_is_not_in_the_dataset_is_refused_before_anything_is_sent(
    rich: Served, format_: str, wrong: dict[str, str], code: str
) -> None:
    response = rich.http.get("/v1/events", params={**wrong, "format": format_})
    assert problem_of(response, 400, "invalid-parameters") == dict.fromkeys(wrong, code)


@each_export
def test_an_export_can_be_pinned_to_a_version(rich: Served, collection: str, format_: str) -> None:
    version = rich.http.get("/v1/dataset").json()["version"]
    pinned = exported(rich.http, collection, format_, {"dataset_version": version, "limit": "2"})
    assert pinned.content == exported(rich.http, collection, format_, {"limit": "2"}).content
    asked = {"dataset_version": "0" * 16, "format": format_}
    problem_of(rich.http.get(f"/v1/{collection}", params=asked), 409, "version-gone")


PAGING: Final = {
    "facts": {"cursor": "abc", "count": "exact", "facets": "basis", "facet_limit": "3", "include": "subject"},
    "events": {"cursor": "abc", "count": "auto", "facets": "kind", "include": "regions"},
    "regions": {"cursor": "abc", "count": "none", "facets": "kind", "include": "parent"},
    "sources": {"cursor": "abc", "count": "auto", "facets": "tier"},
    "people": {"cursor": "abc", "count": "exact", "facets": "organization", "include": "organization"},
}


@pytest.mark.parametrize(("collection", "format_"), [pair for pair in SERVED if pair[0] in PAGING])
def test_what_is_of_pages_is_refused(rich: Served, collection: str, format_: str) -> None:
    paging = PAGING[collection]
    address, excluded = f"/v1/{collection}", "excluded-combination"
    for name, value in paging.items():
        by_format = rich.http.get(address, params={name: value, "format": format_})
        assert problem_of(by_format, 400, "invalid-parameters") == {name: excluded}
        by_accept = rich.http.get(address, params={name: value}, headers={"Accept": MEDIA_TYPES[format_]})
        assert problem_of(by_accept, 400, "invalid-parameters") == {name: excluded}
    at_once = rich.http.get(address, params={**paging, "format": format_})
    assert problem_of(at_once, 400, "invalid-parameters") == dict.fromkeys(paging, excluded)


# Fields


@in_both_languages
@pytest.mark.parametrize(
    ("collection", "fields"),
    [
        ("facts", ["claim", "id", "value", "time", "citations"]),
        ("facts", ["value_upper"]),
        ("events", ["regions", "time"]),
        ("regions", ["location", "name"]),
        ("people", ["roles", "id"]),
        ("sources", ["published", "authors", "publisher"]),
        ("organizations", ["name"]),
        ("sectors", ["parent", "id"]),
        ("agreements", ["parties"]),
        ("predicates", ["units", "value_type"]),
    ],
)
def test_fields_are_members_of_ndjson_and_columns_of_csv(
    rich: Served, collection: str, fields: list[str], lang: str
) -> None:
    items = (rich.items if lang == "en" else rich.items_es)[collection].values()
    asked = {"fields": fields, "lang": lang}
    lines = lines_of(exported(rich.http, collection, "ndjson", asked).content)
    kept = [{name: value for name, value in item.items() if name in fields} for item in items]
    # In the order of the item, whatever the order that was asked in.
    assert [line.decode() for line in lines] == [compact(item) for item in kept]
    header, *rows = table_of(exported(rich.http, collection, "csv", asked).content)
    whole, *whole_rows = table_of(exported(rich.http, collection, "csv", {"lang": lang}).content)
    chosen = [whole.index(name) for name in whole if of_member(name, fields, list(rich_item(rich, collection)))]
    assert header == [whole[position] for position in chosen]
    assert rows == [[row[position] for position in chosen] for row in whole_rows]


def compact(item: Json) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def rich_item(rich: Served, collection: str) -> Json:
    return next(iter(rich.items[collection].values()))


def of_member(column: str, fields: Sequence[str], members: Sequence[str]) -> bool:
    """Whether a column is of one of some members: of that with the longest name that the column begins with."""
    owners = [name for name in members if column == name or column.startswith(f"{name}_")]
    return max(owners, key=len) in fields


@pytest.mark.parametrize("format_", TABLES)
def test_fields_are_repeated_or_joined_by_commas(rich: Served, format_: str) -> None:
    joined = exported(rich.http, "facts", format_, {"fields": "claim,id"})
    assert joined.content == exported(rich.http, "facts", format_, {"fields": ["id", "claim", "id"]}).content
    assert joined.content != exported(rich.http, "facts", format_).content


def test_all_fields_are_the_whole_item(rich: Served) -> None:
    fields = list(rich_item(rich, "facts"))
    for format_ in TABLES:
        chosen = exported(rich.http, "facts", format_, {"fields": fields})
        assert chosen.content == exported(rich.http, "facts", format_).content


@pytest.mark.parametrize("asked", [{}, {"format": "json"}])
@each_collection
def test_an_answer_in_json_has_all_its_members(rich: Served, collection: str, asked: dict[str, str]) -> None:
    response = rich.http.get(f"/v1/{collection}", params={**asked, "fields": "id"})
    assert problem_of(response, 400, "invalid-parameters") == {"fields": "excluded-combination"}


@pytest.mark.parametrize(("collection", "format_"), [pair for pair in SERVED if pair[1] not in TABLES])
def test_only_tables_have_fields_to_choose(rich: Served, collection: str, format_: str) -> None:
    by_format = rich.http.get(f"/v1/{collection}", params={"fields": "id", "format": format_})
    assert problem_of(by_format, 400, "invalid-parameters") == {"fields": "excluded-combination"}
    accept = {"Accept": MEDIA_TYPES[format_]}
    by_accept = rich.http.get(f"/v1/{collection}", params={"fields": "id"}, headers=accept)
    assert problem_of(by_accept, 400, "invalid-parameters") == {"fields": "excluded-combination"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [("beauty", "not-allowed"), ("id,,name", "empty"), ("", "empty"), ("subject_id", "not-allowed")],
)
@pytest.mark.parametrize("format_", TABLES)
def test_fields_that_are_not_there_are_refused(rich: Served, format_: str, fields: str, code: str) -> None:
    response = rich.http.get("/v1/facts", params={"fields": fields, "format": format_})
    assert problem_of(response, 400, "invalid-parameters") == {"fields": code}


def test_the_nearest_field_is_suggested(rich: Served) -> None:
    response = rich.http.get("/v1/facts?format=csv&fields=claims_en&fields=clame")
    problem_of(response, 400, "invalid-parameters")
    errors = response.json()["errors"]
    assert [error["suggestion"] for error in errors][-1] == "claim"
    assert errors[-1]["allowed"] == list(rich_item(rich, "facts"))


# CSV


def cell(part: Json, column: str, separator: str = "; ") -> Any:
    """What stands in a column of CSV, read off the item: the first member that has a value for it."""
    for name, value in part.items():
        rest = column.removeprefix(f"{name}_")
        found = None
        if column == name:
            found = separator.join(value) if isinstance(value, list) else value
        elif rest != column and isinstance(value, list):
            pieces = [text_of(cell(each, rest, " | ")) for each in value]
            found = separator.join(pieces) if any(pieces) else None
        elif rest != column and isinstance(value, dict):
            found = cell(value, rest, separator)
        if found is not None and not isinstance(found, dict):
            return found
    return None


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def guarded(value: Any) -> str:
    """A cell as it is written: text that a spreadsheet would take for a formula has an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple("=+-@\t\r")) else text_of(value)


@in_both_languages
@each_collection
def test_csv_has_a_row_of_each_item(rich: Served, collection: str, lang: str) -> None:
    items = (rich.items if lang == "en" else rich.items_es)[collection]
    rows = rows_of(exported(rich.http, collection, "csv", {"lang": lang}).content)
    assert list(rows[0]) == list(tabular.columns(RESOURCE_NAMED[collection].answer))
    assert rows == [{column: guarded(cell(item, column)) for column in rows[0]} for item in items.values()]


@each_collection
def test_csv_is_as_rfc_4180_has_it(rich: Served, collection: str) -> None:
    body = exported(rich.http, collection, "csv").content
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\xef\xbb\xbf") == 1
    assert body.endswith(b"\r\n")
    table = table_of(body)
    assert {len(row) for row in table} == {len(table[0])}
    assert len(set(table[0])) == len(table[0])
    without_quoted = re.sub(rb'"(?:[^"]|"")*"', b"", body).replace(b"\r\n", b"")
    assert not set(b'\r\n"') & set(without_quoted)


def test_references_are_their_id_and_name_and_lists_are_joined(rich: Served) -> None:
    for row in rows_of(exported(rich.http, "events", "csv", {"lang": "es"}).content):
        event = rich.items_es["events"][row["id"]]
        for name in ("regions", "sectors", "organizations"):
            assert row[f"{name}_id"] == "; ".join(each["id"] for each in event[name])
            assert row[f"{name}_name"] == guarded("; ".join(each["name"] for each in event[name]))
    for row in rows_of(exported(rich.http, "facts", "csv").content):
        region = rich.items["facts"][row["id"]]["region"]
        assert (row["region_id"], row["region_name"]) == ((region["id"], region["name"]) if region else ("", ""))


FORMULAS: Final = ("=1+1", "+52 664 123", "-5 degrees", "@work")
FIGURES: Final = (0, -4, 0.5, -0.25, 1e-7, 10**12)


@dataclass(frozen=True, slots=True)
class Hard:
    """What tables and maps could read wrong, served; collections that nothing here is of are empty."""

    http: httpx.Client
    client: Client


def hard_records() -> Records:
    records: Records = {name: [] for name in COLLECTIONS}
    places = [
        *((name, {"lat": 32, "lon": -117}) for name in FORMULAS),
        *((name, None) for name in ("Plain, with a comma", 'A "quoted" one', "One; two | three", "'=1", "Z")),
    ]
    records["regions"] = [
        {"id": f"place-{number}", "kind": "city", "name": name, "aliases": [name], **({"location": at} if at else {})}
        for number, (name, at) in enumerate(places)
    ]
    records["predicates"] = [
        {"id": "count", "name": both("count"), "description": both("How many."), "value_type": "quantity"}
    ]
    records["predicates"][0]["units"] = ["{establishment}"]
    page = {"name": "Page", "publisher": "Us", "language": "en", "kind": "page", "tier": "C"}
    # A date that bibliographies cannot say but in words.
    records["sources"] = [{"id": "page", **page, "published": "[2000~,2002~]"}]
    units = {unit["code"]: unit for unit in UNITS}
    for number, value in enumerate(FIGURES):
        fact = {"value": value, "qualifier": "exact", "unit": "{establishment}", "basis": "observed"}
        words = {lang: f"{FORMULAS[number % 4]} {', '.join(told(fact, units, lang))}" for lang in Lang}
        fact |= {"id": f"figure-{number}", "subject": f"place-{number}", "predicate": "count", "claim": words}
        records["facts"].append(fact | {"citations": [cite("page", "=1"), cite("page", "p. 2")]})
    return records


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hard]:
    folder = tmp_path_factory.mktemp("hard")
    write_seed(folder / "seed", hard_records(), dataset_of("hard"), UNITS)
    publish(draft(folder / "seed"), SqliteDatabase(folder / "hard.sqlite3"))
    with (
        running_server(folder / "hard.sqlite3") as address,
        httpx.Client(base_url=address) as http,
        Client(address) as client,
    ):
        yield Hard(http, client)


def test_text_that_begins_a_formula_has_an_apostrophe_before_it(hard: Hard) -> None:
    regions = rows_of(exported(hard.http, "regions", "csv").content)
    assert [row["name"] for row in regions][:4] == [f"'{name}" for name in FORMULAS]
    assert [row["aliases"] for row in regions][:4] == [f"'{name}" for name in FORMULAS]
    assert [row["name"] for row in regions][4:] == [region["name"] for region in hard_records()["regions"]][4:]
    facts = rows_of(exported(hard.http, "facts", "csv").content)
    assert [row["subject_name"] for row in facts][:4] == [f"'{name}" for name in FORMULAS]
    assert {row["citations_locator"] for row in facts} == {"'=1; p. 2"}
    assert all(row["claim"].startswith("'") and row["claims_es"].startswith("'") for row in facts)
    # A number may begin with its sign.
    assert [float(row["value"]) for row in facts] == list(FIGURES)
    assert [row["value"] for row in facts][:4] == ["0", "-4", "0.5", "-0.25"]
    assert {row["location_lon"] for row in regions} == {"-117", ""}


def test_formulas_are_guarded_in_csv_alone(hard: Hard) -> None:
    names = [region.name for region in hard.client.items(RegionQuery())]
    assert tuple(names[:4]) == FORMULAS
    lines = lines_of(exported(hard.http, "regions", "ndjson", {"fields": "name"}).content)
    assert [json.loads(line) for line in lines] == [{"name": name} for name in names]
    features = json.loads(exported(hard.http, "regions", "geojson").content)["features"]
    assert [feature["properties"]["name"] for feature in features] == names


def test_lines_of_ndjson_are_items_whatever_they_hold(hard: Hard) -> None:
    for collection in ("regions", "facts", "sources"):
        lines = lines_of(exported(hard.http, collection, "ndjson").content)
        assert b",".join(lines) == listed(hard.http, collection)
    values = [
        json.loads(line) for line in lines_of(exported(hard.http, "facts", "ndjson", {"fields": "value"}).content)
    ]
    assert [fact["value"] for fact in values] == list(FIGURES)


# GeoJSON


def features_of(body: bytes) -> list[Json]:
    """The features of a document, which is checked to be as RFC 7946 has it."""
    collection = json.loads(body)
    assert list(collection) == ["type", "features"]
    assert collection["type"] == "FeatureCollection"
    for feature in collection["features"]:
        assert list(feature) == ["type", "id", "geometry", "properties"]
        assert feature["type"] == "Feature"
        assert isinstance(feature["id"], str)
        assert isinstance(feature["properties"], dict)
        if feature["geometry"] is not None:
            assert list(feature["geometry"]) == ["type", "coordinates"]
            coordinates = feature["geometry"]["coordinates"]
            positions = {"Point": [coordinates], "MultiPoint": coordinates}[feature["geometry"]["type"]]
            assert positions
            for longitude, latitude in positions:
                assert -180 <= longitude <= 180
                assert -90 <= latitude <= 90
    found: list[Json] = collection["features"]
    return found


def position(region: Json) -> list[float]:
    return [region["location"]["lon"], region["location"]["lat"]]


@in_both_languages
def test_regions_are_points_or_without_geometry(rich: Served, lang: str) -> None:
    regions = (rich.items if lang == "en" else rich.items_es)["regions"]
    features = features_of(exported(rich.http, "regions", "geojson", {"lang": lang}).content)
    assert [feature["id"] for feature in features] == list(regions)
    seen = set()
    for feature, region in zip(features, regions.values(), strict=True):
        point = {"type": "Point", "coordinates": position(region)} if region["location"] else None
        assert feature["geometry"] == point
        assert feature["properties"] == {name: region[name] for name in region if name not in {"id", "location"}}
        seen.add(point and point["type"])
    assert seen == {None, "Point"}


@in_both_languages
def test_events_are_at_all_their_regions_that_have_a_place(rich: Served, lang: str) -> None:
    events = (rich.items if lang == "en" else rich.items_es)["events"]
    features = features_of(exported(rich.http, "events", "geojson", {"lang": lang}).content)
    assert [feature["id"] for feature in features] == list(events)
    sizes = set()
    for feature, event in zip(features, events.values(), strict=True):
        regions = [rich.items["regions"][region["id"]] for region in event["regions"]]
        positions = [position(region) for region in regions if region["location"]]
        assert feature["geometry"] == ({"type": "MultiPoint", "coordinates": positions} if positions else None)
        assert feature["properties"] == {name: event[name] for name in event if name != "id"}
        sizes.add(len(positions))
    assert {0, 1, 2} <= sizes


def test_whole_coordinates_are_written_as_in_the_list(hard: Hard) -> None:
    body = exported(hard.http, "regions", "geojson", {"limit": "1"}).text
    assert '"location":{"lat":32,"lon":-117}' in hard.http.get("/v1/regions?limit=1").text
    assert '"coordinates":[-117,32]' in body


# BibTeX and CSL-JSON


@pytest.mark.parametrize(("collection", "asked"), [pair for pair in ASKED if pair.values[0] in CITED])
@pytest.mark.parametrize("limit", [None, "1", "3"])
def test_a_bibliography_has_the_sources_of_the_result_each_once(
    rich: Served, collection: str, asked: Asked, limit: str | None
) -> None:
    items = items_of(rich.http, collection, asked)[: int(limit) if limit else None]
    sources = cited_by(items)
    assert sources
    for format_ in BIBLIOGRAPHIES:
        body = exported(rich.http, collection, format_, {**asked, **({"limit": limit} if limit else {})}).content
        found = READ[format_](body)
        assert sorted(found) == sorted(sources)
        if collection == "sources":
            assert found == [item["id"] for item in items]


@pytest.mark.parametrize("collection", CITED)
def test_without_filters_a_bibliography_has_all_that_is_cited(rich: Served, collection: str) -> None:
    sources = cited_by(list(rich.items[collection].values()))
    for format_ in BIBLIOGRAPHIES:
        assert sorted(READ[format_](exported(rich.http, collection, format_).content)) == sorted(sources)


@in_both_languages
@pytest.mark.parametrize("collection", CITED)
def test_entries_are_those_of_the_sources(rich: Served, collection: str, lang: str) -> None:
    sources = (rich.items if lang == "en" else rich.items_es)["sources"]
    cited = sorted(cited_by(list(rich.items[collection].values())))
    asked = {"lang": lang}
    entries = json.loads(exported(rich.http, collection, "csl-json", asked).content)
    assert entries == [csl(sources[id_]) for id_ in cited]
    assert all(isinstance(entry, dict) and {"id", "type", "title"} <= entry.keys() for entry in entries)
    text = exported(rich.http, collection, "bibtex", asked).text
    assert text == "".join(bibtex(sources[id_]) for id_ in cited)
    assert list(entries_of(text.encode())) == cited


@in_both_languages
@pytest.mark.parametrize("collection", ["facts", "sources"])
def test_words_of_entries_are_in_the_language_of_the_answer(hard: Hard, collection: str, lang: str) -> None:
    label = {"en": "around 2000 or 2002", "es": "hacia 2000 o 2002"}[lang]
    [entry] = json.loads(exported(hard.http, collection, "csl-json", {"lang": lang}).content)
    assert entry["issued"] == {"literal": label}
    [entry] = entries_of(exported(hard.http, collection, "bibtex", {"lang": lang}).content).values()
    assert entry.fields["year"] == label


def test_latex_reads_the_titles_of_a_bibliography(rich: Served) -> None:
    entries = entries_of(exported(rich.http, "sources", "bibtex").content)
    assert {len(entries[id_].persons.get("author", [])) for id_ in entries} == {0, 1}
    for id_, source in rich.items["sources"].items():
        title = entries[id_].fields["title"].strip("{}").replace(r"\textbackslash{}", "\\")
        assert re.sub(r"\\([%_&$#])", r"\1", title) == source["name"]
        assert entries[id_].fields.get("url") == source["url"] or (source["url"] is None)


# HTTP


@in_both_languages
@each_export
def test_the_headers_of_an_export(rich: Served, collection: str, format_: str, lang: str) -> None:
    version = rich.http.get("/v1/dataset").json()["version"]
    headers = exported(rich.http, collection, format_, {"lang": lang, "limit": "2"}).headers
    name = f"calibaja-{collection}-{version}.{SUFFIXES[format_]}"
    assert headers["content-disposition"] == f'attachment; filename="{name}"'
    assert headers["content-type"] == MEDIA_TYPES[format_]
    assert headers["content-language"] == lang
    assert headers["etag"].startswith(f'W/"{version}.')
    assert headers["cache-control"] == rich.http.get("/v1/facts").headers["cache-control"]
    assert headers["vary"] == "Accept-Encoding"
    assert headers["access-control-allow-origin"] == "*"
    exposed = {each.strip() for each in headers["access-control-expose-headers"].split(",")}
    assert {"Content-Disposition", "Content-Language", "ETag"} <= exposed
    assert "link" not in headers


@each_export
def test_what_accept_decided_varies_with_it(rich: Served, collection: str, format_: str) -> None:
    response = rich.http.get(f"/v1/{collection}", headers={"Accept": MEDIA_TYPES[format_]})
    assert response.headers["vary"] == "Accept-Encoding, Accept"
    refused = rich.http.get(f"/v1/{collection}", headers={"Accept": "text/html"})
    assert refused.status_code == 406


def test_an_answer_in_json_is_no_file(rich: Served) -> None:
    assert "content-disposition" not in rich.http.get("/v1/facts").headers


def test_every_question_has_its_own_tag(rich: Served) -> None:
    more: list[Asked] = [{}, {"limit": "2"}, {"sort": "-time"}, {"lang": "es"}]
    asked = [(format_, each) for format_ in EXPORTS["events"] for each in more]
    asked += [(format_, {"fields": name}) for format_ in TABLES for name in ("id", "time")]
    tags = {exported(rich.http, "events", format_, each).headers["etag"] for format_, each in asked}
    tags.add(rich.http.get("/v1/events").headers["etag"])
    assert len(tags) == len(asked) + 1


def test_one_address_has_a_tag_for_each_format_that_accept_decides(rich: Served) -> None:
    accepted = [MEDIA_TYPES[format_] for format_ in ("json", *EXPORTS["facts"])]
    tags = {rich.http.get("/v1/facts", headers={"Accept": each}).headers["etag"] for each in accepted}
    assert len(tags) == len(accepted)


@each_export
def test_an_export_that_the_client_holds_is_not_sent_again(rich: Served, collection: str, format_: str) -> None:
    address, accept = f"/v1/{collection}", {"Accept": MEDIA_TYPES[format_]}
    for asked, headers in (({"format": format_}, {}), ({}, accept)):
        tag = rich.http.get(address, params=asked, headers=headers).headers["etag"]
        for held in (tag, f'"another", {tag}', "*"):
            again = rich.http.get(address, params=asked, headers={**headers, "If-None-Match": held})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            assert {"cache-control", "vary"} <= set(again.headers)
        other = rich.http.get(address, params={**asked, "lang": "es"}, headers={**headers, "If-None-Match": tag})
        assert other.status_code == 200
        assert other.content


def test_the_tag_of_one_format_is_not_that_of_another(rich: Served) -> None:
    held = {"If-None-Match": rich.http.get("/v1/facts").headers["etag"]}
    assert rich.http.get("/v1/facts", headers={**held, "Accept": "text/csv"}).status_code == 200
    held = {"If-None-Match": exported(rich.http, "facts", "csv").headers["etag"]}
    assert rich.http.get("/v1/facts?format=ndjson", headers=held).status_code == 200


@each_export
def test_head_has_the_headers_of_get_and_no_body(rich: Served, collection: str, format_: str) -> None:
    address, params = f"/v1/{collection}", {"format": format_}
    head, get = rich.http.head(address, params=params), rich.http.get(address, params=params)
    assert (head.status_code, head.content) == (200, b"")
    own = {"date", "x-request-id", "server-timing", "transfer-encoding", "content-length"}
    kept = [{name: value for name, value in each.headers.items() if name not in own} for each in (head, get)]
    assert kept[0] == kept[1]
    # The connection is of use afterwards: nothing of a body is left in it.
    assert rich.http.get("/healthz").status_code == 200


def test_head_is_refused_as_get_is(rich: Served) -> None:
    for asked, status in (("format=geojson", 400), ("format=csv&count=none", 400), ("format=csv&region=nowhere", 400)):
        response = rich.http.head(f"/v1/facts?{asked}")
        assert (response.status_code, response.content) == (status, b"")


def test_the_same_export_has_the_same_bytes(rich: Served) -> None:
    for collection, format_ in SERVED:
        one, other = (exported(rich.http, collection, format_) for _ in range(2))
        assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])


# Nothing found


EMPTY: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "ndjson": lambda body: body == b"",
    "csv": lambda body: len(table_of(body)) == 1 and body.endswith(b"\r\n"),
    "geojson": lambda body: json.loads(body) == {"type": "FeatureCollection", "features": []},
    "bibtex": lambda body: entries_of(body) == {},
    "csl-json": lambda body: json.loads(body) == [],
}


@each_export
def test_nothing_found_is_a_valid_document(rich: Served, collection: str, format_: str) -> None:
    for asked in ({"id": "no-such-item"}, {"q": "?!"}, {"q": "zzzzzz", "lang": "es"}):
        response = exported(rich.http, collection, format_, asked)
        assert EMPTY[format_](response.content)
        assert response.headers["content-type"] == MEDIA_TYPES[format_]


@pytest.mark.parametrize("collection", ["sectors", "organizations", "people", "agreements", "events"])
def test_an_empty_collection_is_a_valid_document(hard: Hard, collection: str) -> None:
    for format_ in EXPORTS[collection]:
        assert EMPTY[format_](exported(hard.http, collection, format_).content)
    [header] = table_of(exported(hard.http, collection, "csv").content)
    assert header == list(tabular.columns(RESOURCE_NAMED[collection].answer))


# The client


async def pieces_of(address: str, question: ListQuery[Any]) -> list[bytes]:
    async with AsyncClient(address) as client:
        return [piece async for piece in client.export(question)]


@pytest.mark.parametrize(
    "question",
    [
        FactQuery(format=Format.NDJSON),
        FactQuery(format=Format.CSV, fields=["id", "claim"], lang=Lang.ES, sort=["-time"]),
        FactQuery(format=Format.BIBTEX, region__within=["land-0"], limit=5),
        EventQuery(format=Format.GEOJSON, near="32.5,-117", radius_km=300),
        RegionQuery(format=Format.GEOJSON, kind=["city"]),
        SourceQuery(format=Format.CSL_JSON, sort=["-published"]),
    ],
    ids=lambda question: f"{question.answer.collection}-{question.format}",
)
def test_the_client_exports_what_http_does(rich: Served, question: ListQuery[Any]) -> None:
    asked = question.model_dump(mode="json", exclude_unset=True)
    sent = rich.http.get(f"/v1/{question.answer.collection}", params=asked).raise_for_status().content
    assert sent
    assert b"".join(rich.client.export(question)) == sent
    assert b"".join(asyncio.run(pieces_of(rich.address, question))) == sent


def test_the_client_exports_in_pieces(rich: Served) -> None:
    question = FactQuery(format=Format.NDJSON)
    pieces = rich.client.export(question)
    first = next(pieces)
    assert len(first) < len(first) + sum(map(len, pieces))
    assert len(asyncio.run(pieces_of(rich.address, question))) > 1


@pytest.mark.parametrize(
    ("question", "status", "errors"),
    [
        (FactQuery(format=Format.CSV, count="none"), 400, {"count": ErrorCode.EXCLUDED_COMBINATION}),
        (FactQuery(format=Format.BIBTEX, fields=["id"]), 400, {"fields": ErrorCode.EXCLUDED_COMBINATION}),
        (RegionQuery(format=Format.NDJSON, include=["parent"]), 400, {"include": ErrorCode.EXCLUDED_COMBINATION}),
        (FactQuery(format=Format.NDJSON, region=["nowhere"]), 400, {"region": ErrorCode.UNKNOWN_ID}),
        (EventQuery(format=Format.GEOJSON, dataset_version="0" * 16), 409, {}),
    ],
    ids=lambda value: value.answer.collection if isinstance(value, ListQuery) else None,
)
def test_a_refused_export_is_a_problem_of_the_client(
    rich: Served, question: ListQuery[Any], status: int, errors: dict[str, ErrorCode]
) -> None:
    raised = []
    with pytest.raises(ProblemError) as refusal:
        list(rich.client.export(question))
    raised.append(refusal.value)
    with pytest.raises(ProblemError) as refusal:
        asyncio.run(pieces_of(rich.address, question))
    raised.append(refusal.value)
    code = ProblemCode.VERSION_GONE if status == 409 else ProblemCode.INVALID_PARAMETERS
    for error in raised:
        assert (error.problem.status, error.problem.code) == (status, code)
        assert {each.parameter: each.code for each in error.problem.errors} == errors


def test_a_format_that_accept_alone_names_is_refused_by_problem(rich: Served) -> None:
    with Client(rich.address, headers={"Accept": "application/geo+json"}) as client:
        with pytest.raises(ProblemError) as refusal:
            list(client.export(FactQuery()))
        assert refusal.value.problem.code is ProblemCode.NOT_ACCEPTABLE
        assert json.loads(b"".join(client.export(RegionQuery(limit=1))))["type"] == "FeatureCollection"


# Attributions


@in_both_languages
@pytest.mark.parametrize("collection", ["facts", "events"])
def test_a_page_names_the_sources_of_its_items_each_once(rich: Served, collection: str, lang: str) -> None:
    sources = (rich.items if lang == "en" else rich.items_es)["sources"]
    address: str | None = f"/v1/{collection}?limit=17&lang={lang}&sort=-time"
    while address:
        page = rich.http.get(address).raise_for_status().json()
        expected = [
            {
                "source": {"type": "source", "id": id_, "name": sources[id_]["name"]},
                **{name: sources[id_][name] for name in ("publisher", "url", "published", "tier")},
            }
            for id_ in cited_by(page["data"])
        ]
        named = page["meta"]["attributions"]
        assert sorted(named, key=source_id) == sorted(expected, key=source_id)
        address = page["page"]["next"]


def source_id(attribution: Json) -> str:
    id_: str = attribution["source"]["id"]
    return id_


def test_dates_of_attributions_are_in_the_language_of_the_answer(rich: Served) -> None:
    labels = []
    for lang in ("en", "es"):
        named = rich.http.get(f"/v1/facts?limit=200&lang={lang}").json()["meta"]["attributions"]
        labels.append({source_id(each): each["published"]["label"] for each in named if each["published"]})
    assert labels[0].keys() == labels[1].keys()
    assert labels[0] != labels[1]


@pytest.mark.parametrize("collection", ["facts", "events"])
def test_what_finds_nothing_attributes_nothing(rich: Served, collection: str) -> None:
    assert rich.http.get(f"/v1/{collection}?id=no-such-item").json()["meta"]["attributions"] == []


@pytest.mark.parametrize("collection", [name for name in COLLECTIONS if name not in {"facts", "events"}])
def test_collections_that_cite_nothing_attribute_nothing(rich: Served, collection: str) -> None:
    assert "attributions" not in rich.http.get(f"/v1/{collection}").json()["meta"]
    assert rich.client.list(RESOURCE_NAMED[collection].question(limit=1)).meta.attributions is None


def test_the_client_reads_attributions(rich: Served) -> None:
    page = rich.client.list(FactQuery(limit=3))
    assert page.meta.attributions
    cited = {citation.source.id for fact in page.data for citation in fact.citations}
    assert {each.source.id for each in page.meta.attributions} == cited


# Other programs


def as_plain(value: Any) -> Any:
    """What pandas makes of a null, as JSON has it."""
    return None if isinstance(value, float) and value != value else value


@in_both_languages
@pytest.mark.parametrize("collection", ["facts", "regions"])
def test_pandas_reads_what_the_list_says(rich: Served, collection: str, lang: str) -> None:
    import pandas as pd  # type: ignore[import-untyped]

    items = list((rich.items if lang == "en" else rich.items_es)[collection].values())
    body = exported(rich.http, collection, "csv", {"lang": lang}).content
    texts = pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
    expected = [{column: guarded(cell(item, column)) for column in texts.columns} for item in items]
    assert texts.to_dict("records") == expected
    typed = pd.read_csv(io.BytesIO(body))
    numbers = {"facts": ["value"], "regions": ["facts_count", "events_count", "location_lat", "location_lon"]}
    for column in numbers[collection]:
        assert typed[column].dtype.kind in "if"
        assert [as_plain(value) for value in typed[column]] == [cell(item, column) for item in items]
    lines = exported(rich.http, collection, "ndjson", {"lang": lang}).content
    frame = pd.read_json(io.BytesIO(lines), lines=True, dtype=False)
    assert [{name: as_plain(value) for name, value in row.items()} for row in frame.to_dict("records")] == items


@in_both_languages
@pytest.mark.parametrize("collection", ["facts", "regions"])
def test_duckdb_reads_what_the_list_says(rich: Served, collection: str, lang: str, tmp_path: Path) -> None:
    import duckdb

    items = list((rich.items if lang == "en" else rich.items_es)[collection].values())
    for format_ in TABLES:
        body = exported(rich.http, collection, format_, {"lang": lang}).content
        (tmp_path / f"items.{format_}").write_bytes(body)
    with duckdb.connect() as database:
        table = database.read_csv(str(tmp_path / "items.csv"), all_varchar=True)
        expected = [tuple(guarded(cell(item, column)) or None for column in table.columns) for item in items]
        assert table.fetchall() == expected
        numbers = {"facts": "value", "regions": "location_lon"}
        column = numbers[collection]
        typed = database.read_csv(str(tmp_path / "items.csv")).project(column)
        assert [str(type_) for type_ in typed.types] == ["DOUBLE"]
        assert [value for (value,) in typed.fetchall()] == [cell(item, column) for item in items]
        lines = database.read_json(str(tmp_path / "items.ndjson"), format="newline_delimited")
        rows = [dict(zip(lines.columns, row, strict=True)) for row in lines.fetchall()]
        assert json.loads(json.dumps(rows, default=str)) == items
