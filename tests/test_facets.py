import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import httpx
import pytest
from tests.conftest import running_server
from tests.made import appended, write
from tests.plain import Json, Question, split
from tests.plain_counts import COLLECTIONS, DECADE, FACETS, YEAR, Asker, Counts, finding, is_own
from tests.rich import Served, all_items

from calibaja_api.client import Client
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES, Resource
from calibaja_api.shapes import EventQuery, Facet, FactQuery, RegionQuery
from calibaja_api.shapes import Question as AnyQuestion
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.sqlite import SqliteDatabase

pytest_plugins = ["tests.rich"]

QUESTIONS = 8
"""Questions asked of each facet."""
each_facet = pytest.mark.parametrize(
    ("collection", "facet"),
    [pytest.param(name, facet, id=f"{name}-{facet}") for name, facets in FACETS.items() for facet in facets],
)


@pytest.fixture(scope="session")
def packaged(http: httpx.Client) -> Counts:
    items, items_es = ({name: all_items(http, name, lang) for name in COLLECTIONS} for lang in ("en", "es"))
    return Counts(items, items_es, {name: {} for name in COLLECTIONS}, finding(http))


def ask(http: httpx.Client, collection: str, question: Question, **controls: Any) -> Json:
    response = http.get(f"/v1/{collection}", params={**question, **controls})
    assert response.status_code == 200, (question, response.text[:500])
    answer: Json = response.json()
    return answer


def check(counts: Counts, http: httpx.Client, collection: str, question: Question, **controls: Any) -> None:
    """The facets that are asked for are those of the oracle."""
    limit, lang = controls.get("facet_limit", 20), controls.get("lang", "en")
    found = ask(http, collection, question, **controls, limit=1)["facets"]
    assert set(found) == set(controls["facets"])
    for facet, actual in found.items():
        expected = counts.facet(collection, facet, question, limit, lang)
        for bucket, meant in zip(actual["buckets"], expected["buckets"], strict=False):
            assert list(bucket) == ["value", "label", "count"]
            assert bucket["value"]
            assert bucket["label"]
            bucket |= {name: None for name in meant if meant[name] is None}
        assert actual == expected, (collection, facet, question, controls)


def filters_of(collection: str) -> list[str]:
    return [name for name, parameter in RESOURCE_NAMED[collection].parameters.items() if parameter.is_filter]


def some_filters(asker: Asker, collection: str, facet: str) -> Sequence[str]:
    """Some filters on the facet's own field and one or two on others, each field once."""
    names = filters_of(collection)
    own = [name for name in names if is_own(facet, name)]
    others: dict[str, str] = {}
    for name in asker.random.sample(names, len(names)):
        if name not in own:
            others.setdefault(split(name)[0], name)
    chosen = asker.random.sample(own, min(len(own), asker.random.randint(1, 3)))
    return [*chosen, *asker.random.sample(sorted(others.values()), asker.random.randint(1, 2))]


def test_the_facets_are_those_of_the_contract() -> None:
    assert {resource.name: resource.facet_values for resource in RESOURCES} == FACETS


@each_facet
def test_a_facet_counts_what_passes_all_filters_but_those_on_its_own_field(
    rich: Served, counts: Counts, collection: str, facet: str
) -> None:
    asker = Asker(counts, f"{collection} {facet}")
    told_apart = 0
    for number in range(QUESTIONS):
        question = asker.best(collection, partial(some_filters, asker, collection, facet))
        if collection == "facts" and number % 4 == 0:
            question["latest"] = ["true"]
        limit, lang = asker.random.choice([1, 3, 20, 200]), asker.random.choice(["en", "es"])
        check(counts, rich.http, collection, question, facets=[facet], facet_limit=limit, lang=lang)
        others = {name: values for name, values in question.items() if not is_own(facet, name)}
        told_apart += counts.kept(collection, question) != counts.kept(collection, others)
    assert told_apart or not any(is_own(facet, name) for name in filters_of(collection))


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_all_facets_of_the_packaged_dataset(http: httpx.Client, packaged: Counts, collection: str) -> None:
    facets = FACETS[collection]
    for lang in ("en", "es"):
        check(packaged, http, collection, {}, facets=facets, lang=lang)
        check(packaged, http, collection, {}, facets=facets, lang=lang, facet_limit=200)
    asker = Asker(packaged, collection)
    for facet in facets[:4]:
        question = asker.best(collection, partial(some_filters, asker, collection, facet))
        check(packaged, http, collection, question, facets=facets, facet_limit=asker.random.choice([2, 200]))


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_facet_counts_what_words_find(rich: Served, counts: Counts, collection: str) -> None:
    asker = Asker(counts, f"words {collection}")
    found = 0
    for number in range(6):
        others = asker.random.sample(filters_of(collection), number % 2)
        question = asker.best(collection, partial(list, ["q", *others]))
        check(counts, rich.http, collection, question, facets=FACETS[collection], lang=("en", "es")[number % 2])
        found += bool(counts.kept(collection, question))
    assert found > 2


EVENTS: dict[str, Json] = {
    "a": {"time": "1998", "regions": ["port-town", "river-city"], "organizations": ["port-works"]},
    "b": {"time": "1994/..", "regions": ["port-town"]},
    "c": {"time": "1994/"},
    "d": {"time": "../1999", "regions": ["northland", "port-town"]},
    "e": {"time": "/1999"},
    "f": {"time": "[1989,1998-05,2001-12-24]"},
    "g": {"time": "1998-24"},
    "h": {"time": "199X", "sectors": ["radio"]},
    "i": {},
    "j": {"time": "1999-12-31/2000-01-01"},
}


def made_event(id_: str, more: Mapping[str, Any]) -> Json:
    citation = {"source": "almanac", "locator": f"p. {id_}"}
    names = {"en": f"Event {id_}", "es": f"Acontecimiento {id_}"}
    return {"id": f"event-{id_}", "kind": "signing", "name": names, "citations": [citation], **more}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The little dataset with events of many forms of time, beside one that it has."""
    folder = tmp_path_factory.mktemp("facets")
    events = "".join(f"- {json.dumps(made_event(id_, more))}\n" for id_, more in EVENTS.items())
    publish(draft(write(folder / "seed", appended("events.yaml", events))), SqliteDatabase(folder / "made.sqlite3"))
    with running_server(folder / "made.sqlite3") as address, Client(address) as client:
        yield client


def counted(made: Client, question: AnyQuestion, facet: str) -> tuple[dict[str, int], int, int]:
    """Counts by value in the order of the buckets, how many miss and how many are not shown."""
    facets = made.list(question).facets  # type: ignore[arg-type]
    assert facets is not None
    found = facets[facet]
    return {bucket.value: bucket.count for bucket in found.buckets}, found.missing, found.other


def test_an_item_counts_in_every_year_that_it_could_overlap(made: Client) -> None:
    years, missing, other = counted(made, EventQuery(facets=[YEAR], facet_limit=200), YEAR)
    # 1998: the one of the dataset, a, the hull f, the winter g that ends in the next year, the decade h.
    expected = {"1998": 5, "1999": 6, "1994": 4, "2000": 2}
    assert {year: years[year] for year in expected} == expected
    assert {year for year, count in years.items() if count == 2} == {"1990", "1991", "1992", "1993", "2000"} | {
        str(year) for year in range(1995, 1998)
    }
    assert {year for year, count in years.items() if count == 1} == {"1989", "2001"}
    assert list(years)[:3] == ["1999", "1998", "1994"]
    assert list(years)[-2:] == ["1989", "2001"]
    assert (missing, other) == (1, 0)


def test_an_item_counts_in_every_decade_that_it_could_overlap(made: Client) -> None:
    assert counted(made, EventQuery(facets=[DECADE]), DECADE) == ({"1990s": 10, "2000s": 2, "1980s": 1}, 1, 0)


def test_decades_with_equal_counts_are_in_the_order_of_time(made: Client) -> None:
    question = EventQuery(facets=[DECADE], id=["event-f"])
    assert list(counted(made, question, DECADE)[0]) == ["1980s", "1990s", "2000s"]


@pytest.mark.parametrize("facet", [DECADE, YEAR])
def test_counting_times_ignores_the_filter_on_when_and_no_other_on_time(made: Client, facet: str) -> None:
    everything = counted(made, EventQuery(facets=[facet]), facet)
    for match in ("possible", "certain"):
        asked = EventQuery(facets=[facet], time__during="2000/..", time_match=match)
        assert counted(made, asked, facet) == everything
    timed = counted(made, FactQuery(facets=[facet], time__exists=True), facet)
    assert timed[1] == 0 < counted(made, FactQuery(facets=[facet]), facet)[1]


def test_an_item_with_several_values_counts_in_each_of_them(made: Client) -> None:
    question = EventQuery(facets=["region"])
    assert counted(made, question, "region") == ({"port-town": 4, "northland": 1, "river-city": 1}, 7, 0)
    chosen = EventQuery(facets=["region", "kind"], region=["river-city"])
    assert counted(made, chosen, "region") == counted(made, question, "region")
    assert counted(made, chosen, "kind") == ({"signing": 1}, 0, 0)


def test_what_is_not_shown_is_summed_up(made: Client) -> None:
    assert counted(made, EventQuery(facets=["region"], facet_limit=1), "region") == ({"port-town": 4}, 7, 2)
    assert counted(made, EventQuery(facets=["region"], facet_limit=2), "region")[2] == 1
    shown, missing, other = counted(made, EventQuery(facets=[YEAR], facet_limit=2), YEAR)
    assert (shown, missing) == ({"1999": 6, "1998": 5}, 1)
    assert other == sum(counted(made, EventQuery(facets=[YEAR]), YEAR)[0].values()) - 11


@pytest.mark.parametrize(
    "own",
    [
        {"region": ["river-city"]},
        {"region__not": ["port-town"]},
        {"region__within": ["southland"]},
        {"region": ["port-town", "river-city"], "region__not": ["river-city"], "region__within": ["two-rivers"]},
    ],
)
def test_a_facet_ignores_its_own_field_whatever_the_operator(made: Client, own: dict[str, list[str]]) -> None:
    other = {"time__during": "1998"}
    found = counted(made, EventQuery(facets=["region"], **other, **own), "region")
    assert found == counted(made, EventQuery(facets=["region"], **other), "region")
    assert made.list(EventQuery(**other, **own)).meta.total != made.list(EventQuery(**other)).meta.total


def test_existence_is_a_filter_on_the_field_as_well(made: Client) -> None:
    everything = counted(made, RegionQuery(facets=["parent"]), "parent")
    assert everything == ({"northland": 1, "southland": 1}, 3, 0)
    for exists in (True, False):
        assert counted(made, RegionQuery(facets=["parent"], parent__exists=exists), "parent") == everything


def test_a_facet_of_a_field_that_no_item_has_is_all_missing(made: Client) -> None:
    total = made.list(FactQuery(value__exists=False)).meta.total
    assert total
    assert counted(made, FactQuery(facets=["unit"], value__exists=False), "unit") == ({}, total, 0)


def test_labels_are_names_in_the_language_of_the_answer(made: Client) -> None:
    labels = {}
    for lang in ("en", "es"):
        facets = made.list(EventQuery(facets=["region", "kind", DECADE, YEAR], lang=lang)).facets
        assert facets is not None
        labels[lang] = [facets[name].buckets[0].label for name in ("region", "kind", DECADE, YEAR)]
    assert labels["en"] == ["Port Town", "signing", "1990s", "1999"]
    assert labels["es"] == ["Villapuerto", "firma", "década de 1990", "1999"]


def test_without_a_limit_there_are_20_buckets(rich: Served) -> None:
    found = ask(rich.http, "facts", {}, facets="subject")["facets"]["subject"]
    more = ask(rich.http, "facts", {}, facets="subject", facet_limit=200)["facets"]["subject"]
    assert len(found["buckets"]) == 20 < len(more["buckets"])
    assert found["buckets"] == more["buckets"][:20]
    counted_in_more = sum(bucket["count"] for bucket in more["buckets"][20:]) + more["other"]
    assert found["other"] == counted_in_more > 0


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("resource", [each for each in RESOURCES if each.facet_values], ids=lambda each: each.name)
def test_facets_are_written_as_their_models_are(http: httpx.Client, resource: Resource, lang: Lang) -> None:
    names = sorted(resource.facet_values)
    parameters: dict[str, Any] = {"facets": names, "lang": lang, "limit": 1, "facet_limit": 100}
    response = http.get(f"/v1/{resource.name}", params=parameters)
    facets = response.json()["facets"]
    assert sorted(facets) == names
    for name in names:
        assert f'"{name}":{Facet.model_validate(facets[name]).model_dump_json()}' in response.text


def test_facets_are_asked_for_repeated_or_joined_and_come_once(http: httpx.Client) -> None:
    joined = ask(http, "facts", {}, facets="unit,basis,unit")
    assert set(joined["facets"]) == {"unit", "basis"}
    repeated = ask(http, "facts", {}, facets=["unit", "basis"])
    assert repeated["facets"] == joined["facets"]
    assert "facets" not in ask(http, "facts", {})


def test_one_tag_has_one_body_whatever_the_order_of_the_facets(http: httpx.Client) -> None:
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for asked in (
        "facets=unit,basis",
        "facets=basis,unit",
        "facets=basis&facets=unit",
        "facets=unit,basis,unit",
    ):
        response = http.get(f"/v1/facts?{asked}&limit=1")
        bodies[response.headers["etag"]].add(response.content)
    assert {len(of_tag) for of_tag in bodies.values()} == {1}


def test_facets_are_of_the_whole_result_on_every_page(rich: Served) -> None:
    controls = {"facets": ["predicate", DECADE], "limit": 50, "sort": "-time", "count": "none"}
    first = ask(rich.http, "facts", {"basis": ["observed"]}, **controls)
    second = ask(rich.http, "facts", {"basis": ["observed"]}, **controls, cursor=first["page"]["next_cursor"])
    assert second["data"] != first["data"]
    assert second["facets"] == first["facets"]


def test_a_facet_of_nothing_is_empty(http: httpx.Client) -> None:
    facets = ask(http, "facts", {"id": ["no-such-fact"]}, facets=["subject", YEAR])["facets"]
    nothing = {"buckets": [], "missing": 0, "other": 0}
    assert facets == {"subject": nothing, YEAR: nothing}


def test_every_bucket_is_what_its_filter_keeps(rich: Served) -> None:
    """A client that chooses a bucket sees as many items as it promised."""
    asked = {"basis": ["observed", "estimated"], "latest": ["false"]}
    for facet in ("subject__type", "subject", "region", "unit", "source", "source__tier", "source__language"):
        for bucket in ask(rich.http, "facts", asked, facets=facet, facet_limit=3, limit=1)["facets"][facet]["buckets"]:
            chosen = ask(rich.http, "facts", {**asked, facet: [bucket["value"]]}, limit=1)
            assert chosen["meta"]["total"] == bucket["count"], (facet, bucket)


def test_a_year_is_written_as_a_filter_takes_it(rich: Served) -> None:
    years = ask(rich.http, "events", {}, facets=YEAR, facet_limit=200, limit=1)["facets"][YEAR]["buckets"]
    for bucket in years:
        response = rich.http.get("/v1/events", params={"time__during": bucket["value"], "limit": 1})
        assert response.status_code == 200, bucket
    assert {"-0050", "0000", "Y12345", "Y-54321"} <= {bucket["value"] for bucket in years}


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("facets=subject&facet_limit=0", "facet_limit", "out-of-bounds"),
        ("facets=subject&facet_limit=201", "facet_limit", "out-of-bounds"),
        ("facets=subject&facet_limit=-1", "facet_limit", "out-of-bounds"),
        ("facets=subject&facet_limit=2.0", "facet_limit", "wrong-form"),
        ("facets=subject&facet_limit=%2B2", "facet_limit", "wrong-form"),
        ("facets=subject&facet_limit=", "facet_limit", "empty"),
        ("facets=subject&facet_limit=2&facet_limit=3", "facet_limit", "repeated"),
        ("facets=", "facets", "empty"),
        ("facets=subject,", "facets", "empty"),
        ("facets=value", "facets", "not-allowed"),
        ("facets=time", "facets", "not-allowed"),
        ("facets=subject&format=csv", "facets", "excluded-combination"),
        ("facets=subject&format=ndjson", "facets", "excluded-combination"),
        ("facets=subject&format=bibtex", "facets", "excluded-combination"),
    ],
)
def test_wrong_facets_are_refused(http: httpx.Client, query: str, parameter: str, code: str) -> None:
    response = http.get(f"/v1/facts?{query}")
    assert response.status_code == 400
    assert [(error["parameter"], error["code"]) for error in response.json()["errors"]] == [(parameter, code)]


def test_the_nearest_facet_is_suggested(http: httpx.Client) -> None:
    [error] = http.get("/v1/facts?facets=predicat").json()["errors"]
    assert error["suggestion"] == "predicate"
    assert set(error["allowed"]) == set(FACETS["facts"])


@pytest.mark.parametrize("limit", [1, 200])
def test_both_bounds_of_the_limit_are_taken(http: httpx.Client, limit: int) -> None:
    found = ask(http, "facts", {}, facets="subject", facet_limit=limit)["facets"]["subject"]
    assert 1 <= len(found["buckets"]) <= limit
