from typing import Any

import httpx
import pytest
from tests.rich import RENAMED, WITHDRAWN, Json, Served

from calibaja_api.client import ProblemError
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES, Resource

pytest_plugins = ["tests.rich"]

by_name = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
RENAMINGS = [(name, old, new) for name, pairs in RENAMED.items() for old, new in pairs.items()]
GONE = [(name, id_) for name, ids in WITHDRAWN.items() for id_ in ids]


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@by_name
@pytest.mark.parametrize("lang", ["en", "es"])
def test_an_item_is_the_same_alone_and_in_the_list(rich: Served, resource: Resource, lang: str) -> None:
    items = rich.items_es if lang == "es" else rich.items
    for id_, item in items[resource.name].items():
        answer = rich.http.get(f"/v1/{resource.name}/{id_}", params={"lang": lang}).json()
        assert list(answer) == ["data", "meta"]
        assert answer["data"] == item
        assert list(answer["data"]) == list(item)
        assert (answer["meta"]["lang"], len(answer["meta"])) == (lang, 2)


@by_name
def test_an_item_has_its_own_id_and_type(rich: Served, resource: Resource) -> None:
    for id_, item in rich.items[resource.name].items():
        assert (item["id"], item["type"]) == (id_, resource.item_type)


def test_entities_and_events_share_their_ids(rich: Served) -> None:
    shared = ("regions", "sectors", "organizations", "people", "agreements", "events")
    ids = [id_ for name in shared for id_ in rich.items[name]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("resource", [r for r in RESOURCES if r.include_values], ids=lambda r: r.name)
def test_an_item_includes_what_the_list_includes_for_it(rich: Served, resource: Resource) -> None:
    include = ",".join(resource.include_values)
    for id_ in list(rich.items[resource.name])[::7]:
        listed = rich.http.get(f"/v1/{resource.name}", params={"id": id_, "include": include, "lang": "es"}).json()
        alone = rich.http.get(f"/v1/{resource.name}/{id_}", params={"include": include, "lang": "es"}).json()
        assert alone["included"] == listed["included"]
        assert list(alone) == ["data", "included", "meta"]


@pytest.mark.parametrize(("collection", "old", "new"), RENAMINGS)
def test_a_former_id_leads_to_the_new_one_with_the_query_kept(
    rich: Served, collection: str, old: str, new: str
) -> None:
    bare = rich.http.get(f"/v1/{collection}/{old}")
    assert (bare.status_code, bare.headers["location"], bare.content) == (308, f"/v1/{collection}/{new}", b"")
    version = rich.http.get("/v1/dataset").json()["version"]
    asked = rich.http.get(f"/v1/{collection}/{old}?lang=es&dataset_version={version}&format=json")
    address = httpx.URL(asked.headers["location"])
    assert address.path == f"/v1/{collection}/{new}"
    assert dict(address.params) == {"lang": "es", "dataset_version": version, "format": "json"}
    assert rich.http.get(str(address)).json()["data"] == rich.items_es[collection][new]


@pytest.mark.parametrize(("collection", "old", "new"), RENAMINGS)
def test_the_client_follows_to_the_new_id(rich: Served, collection: str, old: str, new: str) -> None:
    shape: Any = RESOURCE_NAMED[collection].answer
    assert rich.client.get(shape, old).data.id == new


def test_a_former_id_keeps_what_is_included(rich: Served) -> None:
    answer = rich.http.get("/v1/facts/old-fact?include=subject&include=source", follow_redirects=True).json()
    direct = rich.http.get("/v1/facts/fact-001?include=subject,source").json()
    assert answer["included"] == direct["included"]


@pytest.mark.parametrize(("collection", "id_"), GONE)
def test_what_was_withdrawn_is_gone(rich: Served, collection: str, id_: str) -> None:
    assert problem(rich.http.get(f"/v1/{collection}/{id_}")) == (410, "withdrawn")
    assert rich.http.get(f"/v1/{collection}", params={"id": id_}).json()["data"] == []
    shape: Any = RESOURCE_NAMED[collection].answer
    with pytest.raises(ProblemError) as caught:
        rich.client.get(shape, id_)
    assert caught.value.problem.status == 410


def test_what_was_withdrawn_from_one_collection_was_never_in_another(rich: Served) -> None:
    assert problem(rich.http.get("/v1/regions/person-gone")) == (404, "not-found")


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("regions/land-O", "land-0"),
        ("regions/lnd-0", "land-0"),
        ("people/person-gon", None),
        ("organizations/org-0l", "org-0"),
        ("sources/sorce-01", "source-01"),
        ("predicates/monney", "money"),
        ("regions/nothing-like-it", None),
        ("regions/%00", None),
        ("regions/%FF", None),
        ("regions/LAND-0", "land-0"),
        ("regions/" + "a" * 97, None),
        ("regions/a%2Fb", None),
        ("regions/Tijuana%20' OR 1=1", None),
        ("facts/fact-00l", None),
        ("facts/fact-0010", None),
    ],
)
def test_an_id_that_is_not_there_is_not_found(rich: Served, path: str, suggestion: str | None) -> None:
    response = rich.http.get(f"/v1/{path}")
    assert problem(response) == (404, "not-found")
    [error] = response.json()["errors"]
    if suggestion is None:
        assert error["suggestion"] is None
    else:
        assert (error["suggestion"] or "").startswith(suggestion)


@pytest.mark.parametrize(
    "query",
    ["limit=1", "kind=city", "cursor=a", "sort=id", "count=none", "include=nothing", "lang=fr", "format=csv"],
)
def test_an_item_takes_only_what_shows_it(rich: Served, query: str) -> None:
    response = rich.http.get(f"/v1/regions/land-0?{query}")
    assert problem(response) == (400, "invalid-parameters")


def test_a_pinned_version_holds_for_an_item(rich: Served) -> None:
    assert problem(rich.http.get("/v1/regions/land-0?dataset_version=0123456789abcdef")) == (409, "version-gone")


def selected(record: Json) -> list[Json | None]:
    return [citation.get("selector") for citation in record.get("citations", [])]


def test_citations_are_those_of_the_record_in_its_order(rich: Served) -> None:
    for name in ("facts", "events"):
        for record in rich.records[name]:
            shown = rich.items[name][record["id"]]["citations"]
            assert [citation["source"]["id"] for citation in shown] == [c["source"] for c in record["citations"]]
            assert [citation["speaker_name"] for citation in shown] == [
                citation.get("speaker_name") for citation in record["citations"]
            ]
            speakers = [citation["speaker"] and citation["speaker"]["id"] for citation in shown]
            assert speakers == [citation.get("speaker") for citation in record["citations"]]
            assert [citation["selector"] for citation in shown] == selected(record)


def test_a_fact_has_its_value_and_nulls_for_what_does_not_apply(rich: Served) -> None:
    fields = {"value", "unit", "qualifier", "value_upper", "per", "scope_key", "time_basis", "basis"}
    for record in rich.records["facts"]:
        fact = rich.items["facts"][record["id"]]
        assert {name: fact[name] for name in fields} == {name: record.get(name) for name in fields}
        assert (fact["object"] or {}).get("id") == record.get("object")
        assert (fact["time"] or {}).get("edtf") == record.get("time")
        assert fact["text"]
