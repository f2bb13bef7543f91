import itertools
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.conftest import running_server
from tests.made import Change, appended, write
from tests.plain import Json, Question, ordered, split
from tests.plain_counts import COLLECTIONS, DECADE, OF_WHAT_IS, SERIES, YEAR, Asker, Counts, finding
from tests.rich import RENAMED, Served, all_items

from calibaja_api.client import Client
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_NAMED
from calibaja_api.shapes import FactQuery
from calibaja_api.sqlite import SqliteDatabase

pytest_plugins = ["tests.rich"]

QUESTIONS = 40
FILTERS = [
    name for name, parameter in RESOURCE_NAMED["facts"].parameters.items() if parameter.is_filter and name != "latest"
]

COUNTED: Json = {"subject": "port-town", "predicate": "establishments", "unit": "{establishment}", "basis": "observed"}
FIRST = 100
NUMBERS = itertools.count(FIRST)


def made_fact(id_: str, time: str | None, source: str = "almanac", **more: Any) -> Json:
    """A fact of the series that the others are of, but for what it says more; it names all that it has."""
    value = next(NUMBERS)
    when = {} if time is None else {"time": time, "time_basis": "stated"}
    speaker = {"speaker": "ana-lopez"} if more.get("basis") == "opinion" else {}
    return {
        **COUNTED,
        "id": id_,
        "value": value,
        "qualifier": "exact",
        "citations": [{"source": source, "locator": id_, **speaker}],
        **when,
        "claim": {"en": f"López says {id_} is {value}: {time}", "es": f"López dice que {id_} es {value}: {time}"},
        "note": {"en": "Others differ.", "es": "Otros difieren."},
        **more,
    }


SOUTH = {"subject": "river-city"}
INDUSTRY = {"subject": "electronics"}
FACTS = [
    # One series: a coarse date is as late as its last day.
    made_fact("n-2010", "2010"),
    made_fact("n-2019-06", "2019-06"),
    made_fact("n-2019", "2019"),
    made_fact("n-2019-12-31", "2019-12-31"),
    made_fact("n-2018-or-2019", "[2018~,2019~]"),
    made_fact("n-none", None),
    made_fact("n-until-2019", "../2019", "gazette"),
    # Each differs from those in one part of what makes a series, null being a part as any other.
    made_fact("n-a-year", "2001", per="P1Y"),
    made_fact("n-a-month", "2002", per="P1M"),
    made_fact("n-estimated", "2003", basis="estimated"),
    made_fact("n-in-radio", "2004", sector="radio"),
    made_fact("n-against-south", "2005", counterpart="southland"),
    made_fact("n-small", "2006", scope={"en": "small", "es": "chicas"}, scope_key="small"),
    made_fact("n-square", "2007", predicate="area", unit="km2"),
    made_fact("n-in-km2", "2009", unit="km2"),
    made_fact("s-2008", "2008", **SOUTH),
    # What goes on is later than what ended, and two that go on tie.
    made_fact("i-1990-on", "1990/..", **INDUSTRY),
    made_fact("i-2005-unknown", "2005/", **INDUSTRY),
    made_fact("i-2024", "2024", **INDUSTRY),
    made_fact("i-2023-in-port", "2023", **INDUSTRY, region="port-town"),
    # What never is the latest.
    made_fact("i-planned", "2031", basis="planned", **INDUSTRY),
    made_fact("i-forecast", "2030", basis="forecast", **INDUSTRY),
    made_fact("i-opinion", "2029", basis="opinion", **INDUSTRY),
]
IN_NORTH = {"n-2019", "n-2019-12-31", "n-2018-or-2019", "n-until-2019"}
APART = {
    "n-a-year",
    "n-a-month",
    "n-estimated",
    "n-in-radio",
    "n-against-south",
    "n-small",
    "n-square",
    "n-in-km2",
    "s-2008",
}
GOING_ON = {"i-1990-on", "i-2005-unknown"}
BASE = ["n-2010", "n-2019-06", "n-none", *sorted(IN_NORTH)]
OURS = [fact["id"] for fact in FACTS]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The little dataset with facts that follow each other."""
    folder = tmp_path_factory.mktemp("latest")
    facts = appended("facts/more.yaml", "".join(f"- {json.dumps(fact)}\n" for fact in FACTS))
    units = Change("predicates.yaml", 'units: ["{establishment}"]', 'units: ["{establishment}", km2]')
    publish(draft(write(folder / "seed", facts, units)), SqliteDatabase(folder / "made.sqlite3"))
    with running_server(folder / "made.sqlite3") as address, Client(address) as client:
        yield client


def kept(made: Client, **filters: Any) -> set[str]:
    """The facts of the test that are kept."""
    page = made.list(FactQuery(**{"id": OURS, "latest": True, **filters}, limit=200))
    assert page.meta.total == len(page.data)
    return {fact.id for fact in page.data}


def test_the_latest_of_every_series_is_kept_with_all_ties(made: Client) -> None:
    assert kept(made) == IN_NORTH | APART | GOING_ON | {"i-2023-in-port"}


def test_a_fact_that_nothing_follows_is_the_latest(made: Client) -> None:
    found = {fact.id for fact in made.items(FactQuery(latest=True))} - set(OURS)
    # Not the estimate without time, the opinion and the forecast; nor the count of 2015 that others follow.
    assert found == {"port-works-founded", "port-works-owner", "two-rivers-area"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"id": BASE}, IN_NORTH),
        ({"id": BASE, "time__during": "../2018"}, {"n-2018-or-2019", "n-until-2019"}),
        ({"id": BASE, "time__during": "2010/2012"}, {"n-until-2019"}),
        ({"id": BASE, "time__during": "../2018", "time_match": "certain"}, {"n-2010"}),
        ({"id": BASE, "source": ["almanac"], "time__during": "2010"}, {"n-2010"}),
        ({"id": ["n-2010", "n-2019-06", "n-none"]}, {"n-2019-06"}),
        ({"id": ["i-2024", "i-forecast"]}, {"i-2024"}),
        ({"source": ["gazette"]}, {"n-until-2019"}),
        ({"source__tier": ["B"]}, {"n-until-2019"}),
        ({"source__language": ["en"]}, {"n-until-2019"}),
        ({"speaker": ["ana-lopez"]}, set()),
        ({"q": "2010"}, {"n-2010"}),
        ({"q": "n 06"}, {"n-2019-06"}),
        ({"value__lt": FIRST + 2}, {"n-2019-06"}),
        ({"region__within": ["southland"]}, {"s-2008"}),
        ({"sector__within": ["electronics"]}, GOING_ON | {"i-2023-in-port", "n-in-radio"}),
        ({"region__not": ["port-town"], "sector": ["electronics"]}, GOING_ON),
        ({"basis": ["estimated"]}, {"n-estimated"}),
        ({"predicate__not": ["establishments"]}, {"n-square"}),
    ],
)
def test_it_is_the_latest_among_what_passes_all_other_filters(
    made: Client, filters: dict[str, Any], expected: set[str]
) -> None:
    assert kept(made, **filters) == expected


@pytest.mark.parametrize("basis", ["planned", "forecast", "opinion"])
def test_what_only_may_be_never_is_the_latest(made: Client, basis: str) -> None:
    assert kept(made, basis=[basis]) == set()
    assert kept(made, basis=[basis], latest=False) == {f"i-{basis}"}


def test_without_time_nothing_is_the_latest(made: Client) -> None:
    assert kept(made, id=["n-none"]) == set()
    assert kept(made, id=["n-none"], latest=False) == {"n-none"}


def test_false_is_no_filter(rich: Served) -> None:
    every = [fact.id for fact in rich.client.items(FactQuery(limit=200))]
    assert [fact.id for fact in rich.client.items(FactQuery(latest=False, limit=200))] == every
    assert every == sorted(rich.items["facts"])


@pytest.fixture(scope="session")
def counts(rich: Served) -> Counts:
    return Counts(rich.items, rich.items_es, RENAMED, finding(rich.http))


def paged(http: httpx.Client, question: Question, **controls: Any) -> Iterator[Json]:
    """All pages, by their own addresses."""
    address = str(httpx.URL("/v1/facts", params={**question, **controls}))
    while address:
        response = http.get(address)
        assert response.status_code == 200, (question, response.text[:500])
        page = response.json()
        address = page["page"]["next"]
        yield page


def some_filters(asker: Asker) -> list[str]:
    fields: dict[str, str] = {}
    for name in asker.random.sample(FILTERS, len(FILTERS)):
        fields.setdefault(split(name)[0], name)
    return asker.random.sample(sorted(fields.values()), asker.random.randint(1, 2))


@pytest.mark.slow
def test_generated_questions_keep_what_the_definition_keeps(rich: Served, counts: Counts) -> None:
    asker = Asker(counts, "latest")
    not_all = 0
    for _ in range(QUESTIONS):
        others = asker.best("facts", lambda: some_filters(asker))
        question = {**others, "latest": ["true"]}
        expected = counts.kept("facts", question)
        not_all += expected < counts.kept("facts", {**others, "time__exists": ["true"]}) != set()
        pages = list(paged(rich.http, question, limit=asker.random.choice([7, 200]), sort="id", count="exact"))
        assert [fact["id"] for page in pages for fact in page["data"]] == sorted(expected), question
        assert {page["meta"]["total"] for page in pages} == {len(expected)}
    assert not_all > QUESTIONS // 2


def test_the_latest_of_the_packaged_dataset(http: httpx.Client) -> None:
    items = {name: all_items(http, name, "en") for name in COLLECTIONS}
    counts = Counts(items, items, {name: {} for name in COLLECTIONS}, finding(http))
    asker = Asker(counts, "packaged")
    for question in ({}, *(asker.best("facts", lambda: some_filters(asker)) for _ in range(10))):
        asked = {**question, "latest": ["true"]}
        pages = paged(http, asked, limit=200, sort="id")
        assert [fact["id"] for page in pages for fact in page["data"]] == sorted(counts.kept("facts", asked)), asked


@pytest.mark.parametrize("sort", ["-time", "value", "-subject"])
def test_the_latest_come_in_any_order_on_pages_of_any_size(rich: Served, counts: Counts, sort: str) -> None:
    question = {"basis": ["observed", "estimated"], "latest": ["true"]}
    expected = [rich.items["facts"][id_] for id_ in counts.kept("facts", question)]
    pages = list(paged(rich.http, question, limit=19, sort=sort))
    assert len(pages) > 2
    assert [fact["id"] for page in pages for fact in page["data"]] == ordered(expected, [sort])
    assert {page["meta"]["total"] for page in pages} == {len(expected)}


def test_the_latest_come_by_relevance_where_words_are_asked_for(rich: Served, counts: Counts) -> None:
    words = Asker(counts, "words").candidates("facts", "q")[:20]
    word = max(words, key=lambda word: len(counts.words("facts", word)))
    question = {"q": [word], "latest": ["true"]}
    by_relevance = [fact["id"] for page in paged(rich.http, {"q": [word]}, limit=200) for fact in page["data"]]
    expected = counts.kept("facts", question)
    assert 2 < len(expected) < len(by_relevance)
    found = [fact["id"] for page in paged(rich.http, question, limit=5) for fact in page["data"]]
    assert found == [id_ for id_ in by_relevance if id_ in expected]


def test_an_export_has_the_latest_in_the_same_order(rich: Served, counts: Counts) -> None:
    question = {"source__tier": ["A", "B"], "latest": ["true"]}
    lines = rich.http.get("/v1/facts", params={**question, "format": "ndjson", "sort": "-time"}).text.splitlines()
    expected = [rich.items["facts"][id_] for id_ in counts.kept("facts", question)]
    assert [json.loads(line)["id"] for line in lines] == ordered(expected, ["-time"])
    assert len(lines) > 10
    first = rich.http.get("/v1/facts", params={**question, "format": "ndjson", "sort": "-time", "limit": 3}).text
    assert first.splitlines() == lines[:3]


@pytest.mark.parametrize("facet", ["region", "basis", "source", DECADE, YEAR])
def test_a_facet_applies_it_anew_after_its_own_filters_are_ignored(made: Client, facet: str) -> None:
    filters: dict[str, dict[str, Any]] = {
        "region": {"region__not": ["port-town"]},
        "basis": {"basis": ["estimated"]},
        "source": {"source": ["gazette"]},
        DECADE: {"time__during": "../2010"},
        YEAR: {"time__during": "../2010"},
    }
    asked = {"id": OURS, "latest": True, "facets": [facet], "facet_limit": 200}
    narrowed, whole = (made.list(FactQuery(**asked, **own)) for own in (filters[facet], {}))
    assert narrowed.facets == whole.facets
    assert narrowed.facets is not None
    assert narrowed.meta.total != whole.meta.total
    if facet == DECADE:
        # 2010 is not the latest of its series, and what goes on counts where it began.
        decades = {bucket.value: bucket.count for bucket in narrowed.facets[DECADE].buckets}
        assert decades == {"2010s": 4, "2000s": 10, "1990s": 1, "2020s": 1}


def test_what_makes_a_series_is_told_apart_in_the_made_up_dataset(rich: Served, counts: Counts) -> None:
    """Else the generated questions could not fail."""
    known = [fact for fact in rich.items["facts"].values() if fact["time"] and fact["basis"] in OF_WHAT_IS]
    assert len(known) > len(counts.latest(rich.items["facts"])) > 50
    assert {name for name in SERIES if len({json.dumps(fact[name]) for fact in known}) > 1} == set(SERIES)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("latest=1", "wrong-form"),
        ("latest=True", "wrong-form"),
        ("latest=yes", "wrong-form"),
        ("latest=", "empty"),
        ("latest", "empty"),
        ("latest=true&latest=true", "repeated"),
        ("latest=true&latest=false", "repeated"),
    ],
)
def test_what_is_neither_true_nor_false_is_refused(http: httpx.Client, query: str, code: str) -> None:
    response = http.get(f"/v1/facts?{query}")
    assert response.status_code == 400
    assert [(error["parameter"], error["code"]) for error in response.json()["errors"]] == [("latest", code)]


@pytest.mark.parametrize("collection", [name for name in COLLECTIONS if name != "facts"])
def test_only_facts_have_a_latest(http: httpx.Client, collection: str) -> None:
    [error] = http.get(f"/v1/{collection}?latest=true").json()["errors"]
    assert (error["parameter"], error["code"]) == ("latest", "unknown-parameter")
