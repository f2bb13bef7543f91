import base64
import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import running_server
from tests.plain import ordered
from tests.rich import Json, Served, cite, dataset_of, write_seed, write_small_seed
from tests.waiting import eventually

from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_OF, RESOURCES, Resource
from calibaja_api.shapes.vocabulary import SearchType
from calibaja_api.sqlite import SqliteDatabase
from calibaja_api.validation import MAX_FOLDED_NAME

pytest_plugins = ["tests.rich"]

RELEVANCE = ("relevance", "-relevance")
SEARCHED = [resource for resource in RESOURCES if str(resource.item_type) in set(SearchType)]
SORTS = [
    pytest.param(r, value, id=f"{r.name}-{value}")
    for r in RESOURCES
    for value in r.sort_values
    if value not in RELEVANCE
]
INCLUDES = [pytest.param(r, value, id=f"{r.name}-{value}") for r in RESOURCES for value in r.include_values]
by_name = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)


def ask(http: httpx.Client, collection: str, **parameters: Any) -> Json:
    response = http.get(f"/v1/{collection}", params=parameters)
    assert response.status_code == 200, response.text[:500]
    answer: Json = response.json()
    return answer


def ids_of(page: Json) -> list[str]:
    return [item["id"] for item in page["data"]]


def pages(http: httpx.Client, collection: str, **parameters: Any) -> Iterator[Json]:
    """All pages, by their own addresses; each but the last is full, and `Link` says what `page.next` says."""
    address: str | None = f"/v1/{collection}?{urlencode(parameters, doseq=True)}"
    while address:
        response = http.get(address)
        assert response.status_code == 200, response.text[:500]
        page = response.json()
        address = page["page"]["next"]
        if address is None:
            assert page["page"]["next_cursor"] is None
            assert "link" not in response.headers
        else:
            assert response.headers["link"] == f'<{address}>; rel="next"'
            assert parse_qs(urlsplit(address).query)["cursor"] == [page["page"]["next_cursor"]]
            assert len(page["data"]) == page["page"]["limit"]
        yield page


def joined(http: httpx.Client, collection: str, **parameters: Any) -> list[str]:
    return [id_ for page in pages(http, collection, **parameters) for id_ in ids_of(page)]


def refusal(http: httpx.Client, collection: str, **parameters: Any) -> str:
    response = http.get(f"/v1/{collection}", params=parameters)
    assert response.status_code == 400, response.text[:500]
    [error] = response.json()["errors"]
    code: str = error["code"]
    return code


def items_in(rich: Served, lang: str) -> dict[str, dict[str, Json]]:
    return rich.items_es if lang == "es" else rich.items


@by_name
def test_the_list_has_every_record_once(rich: Served, resource: Resource) -> None:
    assert list(rich.items[resource.name]) == sorted(record["id"] for record in rich.records[resource.name])


@pytest.mark.parametrize(("resource", "value"), SORTS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_order(rich: Served, resource: Resource, value: str, lang: str) -> None:
    expected = ordered(items_in(rich, lang)[resource.name].values(), [value])
    assert joined(rich.http, resource.name, sort=value, lang=lang, limit=41) == expected


# Words that many items have, one of them with a mark and one with a blank in it.
TEXTS = ("a", "calle", "PÉREZ 1", "claim s", "1")


def found_by(http: httpx.Client, resource: Resource, q: str) -> list[tuple[str, int]]:
    """The items of a collection that search finds, best first, each with how relevant it is."""
    hits = [hit for page in pages(http, "search", q=q, type=resource.item_type, limit=200) for hit in page["data"]]
    return [(hit["id"], hit["score"]) for hit in hits]


@pytest.mark.parametrize("resource", SEARCHED, ids=lambda resource: resource.name)
@pytest.mark.parametrize("q", TEXTS)
def test_relevance_orders_a_list_as_search_orders_its_hits(rich: Served, resource: Resource, q: str) -> None:
    there = joined(rich.http, resource.name, q=q, limit=200)
    if not there:
        return
    scores = found_by(rich.http, resource, q)
    assert there == [id_ for id_, _ in scores] == sorted(there, key=lambda id_: (-dict(scores)[id_], id_))
    assert there == joined(rich.http, resource.name, q=q, sort="relevance", lang="es", limit=7)
    upwards = sorted(there, key=lambda id_: (dict(scores)[id_], id_))
    assert joined(rich.http, resource.name, q=q, sort="-relevance", limit=11) == upwards


@by_name
def test_relevance_orders_what_the_text_is_in(rich: Served, resource: Resource) -> None:
    there = joined(rich.http, resource.name, q="a", sort="id", limit=200)
    assert there == sorted(there)
    for sort in RELEVANCE:
        assert sorted(joined(rich.http, resource.name, q="a", sort=sort, limit=9)) == there
    assert there


@by_name
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_pages_of_any_size_under_any_order_join_to_the_whole(rich: Served, resource: Resource, data: Any) -> None:
    lang = data.draw(st.sampled_from(["en", "es"]), "lang")
    items = items_in(rich, lang)[resource.name]
    q = data.draw(st.sampled_from([None, "a"]), "q") if resource in SEARCHED else None
    if q is not None:
        # Relevance is a number like any other, the greater first; the list has what search finds.
        items = {id_: {**items[id_], "relevance": -score} for id_, score in found_by(rich.http, resource, q)}
    limit = data.draw(st.integers(max(1, len(items) // 12), 200), "limit")
    values = [value for value in resource.sort_values if q is not None or value not in RELEVANCE]
    keys = data.draw(st.lists(st.sampled_from(values), max_size=4, unique_by=lambda v: v.strip("-")), "sort")
    sort: Any = ",".join(keys) if data.draw(st.booleans(), "joined by commas") else keys
    asked = {"limit": limit, "lang": lang, "q": q, "sort": sort or None}
    found = joined(rich.http, resource.name, **{name: value for name, value in asked.items() if value is not None})
    assert found == ordered(items.values(), keys if keys or q is None else ["relevance"])


@pytest.mark.parametrize("sort", ["time", "-time", "value", "-value"])
def test_nothing_comes_last_in_both_directions(rich: Served, sort: str) -> None:
    facts = [rich.items["facts"][id_] for id_ in joined(rich.http, "facts", sort=sort, limit=97)]
    there = [fact[sort.removeprefix("-")] is not None for fact in facts]
    assert set(there) == {True, False}
    assert there == sorted(there, reverse=True)


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_ids_break_ties_of_names_upwards(rich: Served, sort: str) -> None:
    tied = ["sector-0-0-0", "sector-1-0-0", "sector-2-0-0"]
    assert [id_ for id_ in joined(rich.http, "sectors", sort=sort, limit=1) if id_ in tied] == tied


@by_name
def test_without_parameters_a_list_has_25_items_by_id(rich: Served, resource: Resource) -> None:
    page = ask(rich.http, resource.name)
    assert ids_of(page) == sorted(rich.items[resource.name])[:25]
    assert page["page"]["limit"] == 25
    assert page["meta"]["total"] == len(rich.items[resource.name])
    assert page["meta"]["total_relation"] == "eq"
    assert list(page) == ["data", "page", "meta"]


def test_no_hits_are_an_empty_list(rich: Served) -> None:
    page = ask(rich.http, "facts", id="fact-gone", include="subject")
    assert page["data"] == []
    assert page["page"] == {"limit": 25, "next_cursor": None, "next": None}
    assert (page["meta"]["total"], page["meta"]["total_relation"]) == (0, "eq")
    assert not any(page["included"].values())


@pytest.mark.parametrize("count", ["auto", "exact", "none"])
def test_every_page_tells_the_total_as_asked(rich: Served, count: str) -> None:
    told = {
        (page["meta"]["total"], page["meta"]["total_relation"])
        for page in pages(rich.http, "facts", count=count, limit=120)
    }
    assert told == {(None, None) if count == "none" else (len(rich.records["facts"]), "eq")}


@pytest.mark.parametrize("sort", ["value", "-value", "time", "-time,-value"])
def test_a_cursor_tells_whether_only_its_id_sets_the_next_item_apart(rich: Served, sort: str) -> None:
    asked = {"limit": 3, "sort": sort}
    found = list(pages(rich.http, "facts", **asked))
    told, right = [], []
    for page, following in pairwise(found):
        cursor = cursor_of(page)
        told.append(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[-1])
        right.append(_keys(page["data"][-1], sort) == _keys(following["data"][0], sort))
    assert told == right
    assert {*told} == {True, False}


def _keys(fact: Json, sort: str) -> list[Any]:
    """What a fact is ordered by: of its time the first and the last day."""
    time = fact["time"] or {"earliest": None, "latest": None}
    by = {"value": fact["value"], "time": [time["earliest"], time["latest"]]}
    return [by[key.strip("-")] for key in sort.split(",")]


def test_a_cursor_goes_on_with_another_count(rich: Served) -> None:
    cursor = ask(rich.http, "facts", count="none")["page"]["next_cursor"]
    assert ask(rich.http, "facts", cursor=cursor, count="exact")["meta"]["total"] == len(rich.records["facts"])
    cursor = ask(rich.http, "facts", count="exact")["page"]["next_cursor"]
    assert ask(rich.http, "facts", cursor=cursor, count="none")["meta"]["total"] is None


@pytest.mark.slow
def test_totals_are_exact_up_to_a_thousand(tmp_path: Path) -> None:
    seed = write_small_seed(tmp_path / "seed", 1_001)
    facts = json.loads((seed / "facts.yaml").read_text())
    facts[7]["basis"] = "estimated"
    (seed / "facts.yaml").write_text(json.dumps(facts))
    path = tmp_path / "many.sqlite3"
    publish(draft(seed), SqliteDatabase(path))
    with running_server(path) as address, httpx.Client(base_url=address) as http:

        def total(**parameters: str) -> tuple[Any, Any]:
            meta = ask(http, "facts", **parameters)["meta"]
            return meta["total"], meta["total_relation"]

        assert total() == total(count="auto") == (1_000, "gte")
        assert total(count="exact") == (1_001, "eq")
        assert total(count="none") == (None, None)
        assert total(basis="observed") == total(basis="observed", count="exact") == (1_000, "eq")
        told = {(page["meta"]["total"], page["meta"]["total_relation"]) for page in pages(http, "facts", limit=200)}
        assert told == {(1_000, "gte")}
        assert len(joined(http, "facts", limit=200)) == 1_001


@pytest.mark.parametrize(
    "changed",
    [
        *({"limit": 3}, {"include": "subject"}, {"lang": "es"}, {"count": "none"}, {"format": "json"}),
        *({"facets": "predicate"}, {"facets": "basis", "facet_limit": 1}),
    ],
)
@pytest.mark.parametrize(
    "asked", [{"sort": "-time", "region__exists": "true"}, {"q": "claim"}, {"q": "a", "latest": "true"}], ids=str
)
def test_a_cursor_goes_on_when_only_the_showing_changes(
    rich: Served, asked: dict[str, Any], changed: dict[str, Any]
) -> None:
    first = ask(rich.http, "facts", limit=20, **asked)
    following = ask(rich.http, "facts", **{"limit": 20, **asked, "cursor": first["page"]["next_cursor"], **changed})
    whole = joined(rich.http, "facts", limit=200, **asked)
    assert ids_of(following) == whole[20 : 20 + changed.get("limit", 20)]


@pytest.mark.parametrize(
    ("collection", "changed"),
    [
        ("facts", {"sort": "time"}),
        ("facts", {"sort": None}),
        ("facts", {"sort": ["-time", "value"]}),
        ("facts", {"region__exists": "false"}),
        ("facts", {"region__exists": None}),
        ("facts", {"basis": "observed"}),
        ("facts", {"id": "fact-001"}),
        ("facts", {"q": "claim"}),
        ("facts", {"latest": "true"}),
        ("events", {"region__exists": None}),
    ],
)
def test_a_cursor_of_another_question_is_foreign(rich: Served, collection: str, changed: dict[str, Any]) -> None:
    asked = {"sort": "-time", "region__exists": "true"}
    cursor = ask(rich.http, "facts", limit=20, **asked)["page"]["next_cursor"]
    other = {name: value for name, value in {**asked, **changed}.items() if value is not None}
    assert refusal(rich.http, collection, cursor=cursor, **other) == "foreign-cursor"


@pytest.mark.parametrize(
    ("collection", "asked", "changed"),
    [
        ("facts", {"q": "claim"}, {"q": "claims"}),
        ("facts", {"q": "claim"}, {"q": None}),
        ("facts", {"q": "claim"}, {"sort": "-relevance"}),
        ("facts", {"q": "claim"}, {"sort": "id"}),
        ("facts", {"latest": "true"}, {"latest": None}),
        ("regions", {"near": "0,0", "radius_km": 20000}, {"radius_km": 19999}),
        ("regions", {"near": "0,0", "radius_km": 20000}, {"near": "0,1"}),
        ("regions", {"q": "a"}, {"collection": "events"}),
        ("search", {"q": "a"}, {"q": "b"}),
        ("search", {"q": "a"}, {"type": "fact"}),
        ("search", {"q": "a"}, {"collection": "facts"}),
    ],
)
def test_a_cursor_is_bound_to_what_was_looked_for(
    rich: Served, collection: str, asked: dict[str, Any], changed: dict[str, Any]
) -> None:
    cursor = ask(rich.http, collection, limit=5, **asked)["page"]["next_cursor"]
    assert cursor
    assert ids_of(ask(rich.http, collection, cursor=cursor, **asked))
    other = {"collection": collection, **asked, **changed}
    other = {name: value for name, value in other.items() if value is not None}
    assert refusal(rich.http, other.pop("collection"), cursor=cursor, **other) == "foreign-cursor"


def test_a_cursor_does_not_mind_the_order_of_values(rich: Served) -> None:
    cursor = ask(rich.http, "facts", basis=["observed", "planned"], limit=5)["page"]["next_cursor"]
    assert ids_of(ask(rich.http, "facts", basis=["planned", "observed"], cursor=cursor))


@pytest.mark.parametrize("sort", ["name", "-name", "kind,name"])
def test_where_names_are_sorted_a_cursor_is_bound_to_the_language(rich: Served, sort: str) -> None:
    for lang, other in (("en", "es"), ("es", "en")):
        cursor = ask(rich.http, "regions", sort=sort, lang=lang, limit=5)["page"]["next_cursor"]
        assert refusal(rich.http, "regions", sort=sort, lang=other, cursor=cursor) == "foreign-cursor"
    cursor = ask(rich.http, "regions", sort=sort, limit=5)["page"]["next_cursor"]
    assert ids_of(ask(rich.http, "regions", sort=sort, lang="en", cursor=cursor))


@pytest.mark.parametrize("lang", ["en", "es", None])
def test_the_next_address_carries_what_was_asked(rich: Served, lang: str | None) -> None:
    asked: Json = {"limit": 5, "sort": "-name,kind", "kind": ["city", "state"], "include": ["parent"], "count": "none"}
    asked |= {"dataset_version": ask(rich.http, "dataset")["version"], "name__contains": "a"}
    page = ask(rich.http, "regions", **asked, **({"lang": lang} if lang else {}))
    address = urlsplit(page["page"]["next"])
    assert (address.scheme, address.netloc, address.path) == ("", "", "/v1/regions")
    told = parse_qs(address.query)
    assert told.get("lang") == ([lang] if lang else None)
    assert sorted(told["kind"]) == asked["kind"]
    assert ",".join(told["sort"]) == asked["sort"]
    assert (told["limit"], told["count"], told["include"]) == (["5"], ["none"], ["parent"])
    assert (told["dataset_version"], told["name__contains"]) == ([asked["dataset_version"]], ["a"])


def test_the_next_address_carries_what_was_looked_for(rich: Served) -> None:
    for collection, asked in (
        ("facts", {"q": "claim: «á» &+", "latest": "true", "facets": "basis", "facet_limit": "3", "limit": "2"}),
        ("regions", {"near": "32.5,-117", "radius_km": "20000.5", "limit": "2"}),
        ("search", {"q": "a", "type": "region", "limit": "2"}),
    ):
        told = parse_qs(urlsplit(ask(rich.http, collection, **asked)["page"]["next"]).query)
        assert told.pop("cursor")
        assert told == {name: [value] for name, value in asked.items()}


@pytest.mark.slow
def test_names_as_long_as_they_may_be_make_cursors_that_are_taken(tmp_path: Path) -> None:
    # The letter that grows most when it is folded: three bytes become nine.
    names = [f"{letter}{'각' * ((MAX_FOLDED_NAME - 3) // 9)}" for letter in "abc"]
    source = {"publisher": "Us", "language": "en", "kind": "page", "tier": "C"}
    records: dict[str, list[Json]] = {resource.name: [] for resource in RESOURCES}
    records["sources"] = [{"id": f"s{number}", "name": name, **source} for number, name in enumerate(names)]
    citations = [cite(source["id"], "p. 1") for source in records["sources"]]
    records["events"] = [{"id": "founding", "name": "Founding", "kind": "founding", "citations": citations}]
    path = tmp_path / "long.sqlite3"
    publish(draft(write_seed(tmp_path / "seed", records, dataset_of("long"), [])), SqliteDatabase(path))
    with running_server(path) as address, httpx.Client(base_url=address) as http:
        assert joined(http, "sources", sort="name", limit=1) == ["s0", "s1", "s2"]


def references(item: Json, include: str) -> list[Json]:
    """What an item refers to under the name of an include."""
    citations = item.get("citations", [])
    if include == "source":
        return [citation["source"] for citation in citations]
    if include == "speaker":
        return [citation["speaker"] for citation in citations if citation["speaker"]]
    if include == "members":
        return [member["region"] for member in item["members"]]
    if "roles" in item:
        return [role[include] for role in item["roles"] if role[include]]
    found = item[include]
    return found if isinstance(found, list) else [found] if found else []


def referred(items: Iterable[Json], includes: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    items = list(items)
    for include in includes:
        for ref in (ref for item in items for ref in references(item, include)):
            found.setdefault(RESOURCE_OF[ref["type"]].name, set()).add(ref["id"])
    return found


def check_included(rich: Served, page: Json, includes: Iterable[str], lang: str) -> None:
    included = {name: items for name, items in page["included"].items() if items}
    assert {name: set(items) for name, items in included.items()} == referred(page["data"], includes)
    for name, items in included.items():
        for id_, item in items.items():
            assert item == items_in(rich, lang)[name][id_]


@pytest.mark.parametrize(("resource", "include"), INCLUDES)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_reference_is_included_once_and_in_full(
    rich: Served, resource: Resource, include: str, lang: str
) -> None:
    seen = 0
    for page in pages(rich.http, resource.name, include=include, lang=lang, limit=50):
        check_included(rich, page, [include], lang)
        seen += sum(len(items) for items in page["included"].values())
    assert seen


@pytest.mark.parametrize("resource", [r for r in RESOURCES if len(r.include_values) > 1], ids=lambda r: r.name)
def test_several_includes_together(rich: Served, resource: Resource) -> None:
    for sent in (list(resource.include_values), ",".join(resource.include_values)):
        page = ask(rich.http, resource.name, include=sent, limit=37, sort="-id")
        check_included(rich, page, resource.include_values, "en")
        assert list(page) == ["data", "included", "page", "meta"]


def refs_in(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        if set(node) == {"type", "id", "name"}:
            yield node
        for value in node.values():
            yield from refs_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from refs_in(value)


@by_name
@pytest.mark.parametrize("lang", ["en", "es"])
def test_names_of_items_and_references_follow_the_language(rich: Served, resource: Resource, lang: str) -> None:
    items = items_in(rich, lang)
    for item in items[resource.name].values():
        if resource.name == "facts":
            assert item["claim"] == item["claims"][lang]
        else:
            assert item["name"] == item["names"][lang]
        for ref in refs_in(item):
            assert ref["name"] == items[RESOURCE_OF[ref["type"]].name][ref["id"]]["name"]


def told(text: Any, lang: str) -> Any:
    return text[lang] if isinstance(text, dict) else text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_texts_follow_the_language(rich: Served, lang: str) -> None:
    items = items_in(rich, lang)
    for name, records in rich.records.items():
        for record in records:
            item = items[name][record["id"]]
            for field in ("claim", "note", "scope", "description"):
                assert item.get(field) == told(record.get(field), lang)
            for role, shown in zip(record.get("roles", []), item.get("roles", []), strict=True):
                assert shown["role"] == role["role"][lang]
            for citation, shown in zip(record.get("citations", []), item.get("citations", []), strict=True):
                assert shown["locator"] == citation["locator"]
            if "text" in record:
                assert item["text"] == record["text"][lang]


@by_name
def test_only_words_change_with_the_language(rich: Served, resource: Resource) -> None:
    words = {"name", "description", "claim", "text", "scope", "note", "role", "label"}

    def same(one: Any, other: Any, key: str = "") -> bool:
        if isinstance(one, dict):
            return list(one) == list(other) and all(same(value, other[name], name) for name, value in one.items())
        if isinstance(one, list):
            return len(one) == len(other) and all(same(a, b, key) for a, b in zip(one, other, strict=True))
        return key in words or one == other

    for id_, item in rich.items[resource.name].items():
        assert same(item, rich.items_es[resource.name][id_])


def test_an_answer_says_its_language(rich: Served) -> None:
    for lang in ("en", "es"):
        response = rich.http.get("/v1/regions", params={"lang": lang})
        assert response.json()["meta"]["lang"] == response.headers["content-language"] == lang
    spanish = {"Accept-Language": "es"}
    assert rich.http.get("/v1/regions", headers=spanish).json()["meta"]["lang"] == "en"


def in_order(value: Any, schema: Json, schemas: Json) -> None:
    """Every object has the keys of its schema, in that order; only what is asked for may be absent."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for alternative in schema.get("anyOf", ()):
        if value is not None and alternative != {"type": "null"}:
            in_order(value, alternative, schemas)
    if isinstance(value, dict) and "properties" in schema:
        there = [name for name in schema["properties"] if name in value or name in schema.get("required", ())]
        assert list(value) == there
        for name, member in value.items():
            in_order(member, schema["properties"][name], schemas)
    elif isinstance(value, dict):
        for member in value.values():
            in_order(member, schema.get("additionalProperties", {}), schemas)
    elif isinstance(value, list):
        for element in value:
            in_order(element, schema.get("items", {}), schemas)


@by_name
def test_keys_stand_in_declared_order(rich: Served, http: httpx.Client, resource: Resource) -> None:
    document = http.get("/openapi.json").json()
    answer = document["paths"][f"/v1/{resource.name}"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    includes = {"include": resource.include_values} if resource.include_values else {}
    for page in pages(rich.http, resource.name, limit=200, **includes):
        in_order(page, schema, document["components"]["schemas"])


def fraction(text: str) -> float:
    assert not float(text).is_integer(), f"{text} is a whole number"
    return float(text)


@by_name
def test_whole_numbers_have_no_fraction(rich: Served, resource: Resource) -> None:
    seen = json.loads(rich.http.get(f"/v1/{resource.name}?limit=200").content, parse_float=fraction)
    assert seen["data"]


def test_numbers_are_those_of_the_record(rich: Served) -> None:
    values = {record["id"]: record.get("value") for record in rich.records["facts"]}
    assert {id_: fact["value"] for id_, fact in rich.items["facts"].items()} == values
    places = {record["id"]: record.get("location") for record in rich.records["regions"]}
    assert {id_: region["location"] for id_, region in rich.items["regions"].items()} == places


def test_counts_of_an_entity_are_of_its_facts_and_events(rich: Served) -> None:
    subjects = [record["subject"] for record in rich.records["facts"]]
    links = ("regions", "sectors", "organizations", "people", "agreements")
    concerned = [id_ for record in rich.records["events"] for link in links for id_ in record[link]]
    for name in links:
        for id_, item in rich.items[name].items():
            assert (item["facts_count"], item["events_count"]) == (subjects.count(id_), concerned.count(id_))


def test_a_pinned_version_is_answered_from_and_another_is_gone(rich: Served) -> None:
    version = ask(rich.http, "dataset")["version"]
    assert re.fullmatch("[0-9a-f]{16}", version)
    page = ask(rich.http, "facts", dataset_version=version, limit=200)
    assert page["meta"]["dataset_version"] == version
    assert rich.http.get(page["page"]["next"]).status_code == 200
    gone = rich.http.get("/v1/facts?dataset_version=0123456789abcdef")
    assert (gone.status_code, gone.json()["code"]) == (409, "version-gone")


@pytest.mark.slow
def test_what_a_publish_puts_beside_the_last_item_of_a_page_is_on_the_next(tmp_path: Path) -> None:
    path = tmp_path / "two.sqlite3"
    publish(draft(write_small_seed(tmp_path / "one", 20, years=20)), SqliteDatabase(path))
    with running_server(path) as address, httpx.Client(base_url=address) as http:
        asked = {"limit": 16, "sort": "time"}
        first = ask(http, "facts", **asked)
        assert ids_of(first)[-1] == "f15"
        following = [id_ for page in pages(http, "facts", **asked, cursor=cursor_of(first)) for id_ in ids_of(page)]
        assert following == ["f16", "f17", "f18", "f19"]
        publish(draft(write_small_seed(tmp_path / "two", 40, release=2, years=20)), SqliteDatabase(path))
        assert eventually(lambda: ask(http, "dataset")["version"] != first["meta"]["dataset_version"])
        following = [id_ for page in pages(http, "facts", **asked, cursor=cursor_of(first)) for id_ in ids_of(page)]
        assert following == ["f35", "f16", "f36", "f17", "f37", "f18", "f38", "f19", "f39"]


def cursor_of(page: Json) -> str:
    return str(page["page"]["next_cursor"])


@pytest.mark.slow
def test_a_cursor_outlives_a_publish(tmp_path: Path) -> None:
    path = tmp_path / "two.sqlite3"
    publish(draft(write_small_seed(tmp_path / "one", 30)), SqliteDatabase(path))
    with running_server(path) as address, httpx.Client(base_url=address) as http:
        first = ask(http, "facts", limit=10, sort="subject")
        publish(draft(write_small_seed(tmp_path / "two", 45, release=2)), SqliteDatabase(path))
        version = first["meta"]["dataset_version"]
        assert eventually(lambda: ask(http, "dataset")["version"] != version)
        rest = list(pages(http, "facts", limit=10, sort="subject", cursor=first["page"]["next_cursor"]))
        assert {page["meta"]["dataset_version"] for page in rest} == {ask(http, "dataset")["version"]} != {version}
        # The total is of the dataset that answers, not of the one that the cursor is from.
        assert {page["meta"]["total"] for page in rest} == {45}
        whole = joined(http, "facts", limit=200, sort="subject")
        assert [id_ for page in rest for id_ in ids_of(page)] == [id_ for id_ in whole if id_ > ids_of(first)[-1]]
        pinned = http.get("/v1/facts", params={"dataset_version": version})
        assert pinned.status_code == 409
