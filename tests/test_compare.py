import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from tests.conftest import running_server
from tests.made import Change, appended, write
from tests.plain import ENTITIES, Json, split
from tests.plain_counts import COLLECTIONS, Asker, Counts, finding, ids_in
from tests.rich import Served, all_items

from calibaja_api.client import Client, ProblemError
from calibaja_api.parameters import parameters
from calibaja_api.publishing import draft, publish
from calibaja_api.shapes import CompareQuery, Comparison
from calibaja_api.sqlite import SqliteDatabase

pytest_plugins = ["tests.rich"]

FILTERS = [
    name
    for name, parameter in parameters(CompareQuery).items()
    if parameter.is_filter and parameter.field not in {"subject", "predicate"}
]
COMPANIES, AREAS = "{establishment}", "km2"


def made_fact(number: int, subject: str, time: str | None, source: str = "almanac", **more: Any) -> Json:
    """A count; its claim names all that it has."""
    value = 1000 + number
    when = "some day" if time is None else time.replace(",", " or ")
    speaker = {"speaker": "ana-lopez"} if more.get("basis") == "opinion" else {}
    return {
        "id": f"f-{number:02}",
        "subject": subject,
        "predicate": "establishments",
        "basis": "observed",
        "value": value,
        "unit": COMPANIES,
        "qualifier": "exact",
        "citations": [{"source": source, "locator": f"p. {number}", **speaker}],
        **({} if time is None else {"time": time, "time_basis": "stated"}),
        "claim": {"en": f"López counted {value}: {when}", "es": f"López contó {value}: {when}"},
        "note": {"en": "Others differ.", "es": "Otros difieren."},
        **more,
    }


WORKS, CHAMBER = "port-works", "trade-chamber"
PORT, RIVER = "port-town", "river-city"
FACTS = [
    # All that rows can tie in, and what they order by.
    made_fact(1, CHAMBER, "1999"),
    made_fact(2, WORKS, None),
    made_fact(3, CHAMBER, None, basis="forecast"),
    made_fact(4, WORKS, "2020"),
    made_fact(5, WORKS, "2020", "gazette"),
    made_fact(6, CHAMBER, "2020"),
    made_fact(7, CHAMBER, "2020", sector="radio"),
    made_fact(8, WORKS, "2020", sector="electronics"),
    made_fact(9, CHAMBER, "2020", region=RIVER),
    made_fact(10, WORKS, "2020", region=PORT),
    made_fact(11, WORKS, "2020", per="P1Y"),
    made_fact(12, CHAMBER, "2020", per="P1M"),
    made_fact(13, CHAMBER, "2020", unit=AREAS),
    made_fact(14, CHAMBER, "2019/2020"),
    made_fact(15, WORKS, "2021/.."),
    made_fact(16, WORKS, "2020", basis="opinion"),
    # What is compared is the region or the sector itself.
    made_fact(21, PORT, "2010"),
    made_fact(22, RIVER, "2010"),
    made_fact(23, PORT, "2010", sector="radio"),
    made_fact(24, RIVER, "2010", sector="radio"),
    made_fact(25, "radio", "2010", region=PORT),
    made_fact(26, "electronics", "2010", region=PORT),
    made_fact(27, "radio", "2010"),
    made_fact(28, PORT, "[2009,2010]"),
    # Years that end on one day under different names, and vague ones.
    made_fact(31, "northland", "2001"),
    made_fact(32, "southland", "2001-01-01/2001-12-31"),
    made_fact(33, "southland", "2001~"),
    made_fact(34, "northland", "2001?", per="P1Y"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the little dataset with facts to compare."""
    folder = tmp_path_factory.mktemp("compare")
    facts = appended("facts/more.yaml", "".join(f"- {json.dumps(fact)}\n" for fact in FACTS))
    units = Change("predicates.yaml", 'units: ["{establishment}"]', 'units: ["{establishment}", km2]')
    publish(draft(write(folder / "seed", facts, units)), SqliteDatabase(folder / "made.sqlite3"))
    with running_server(folder / "made.sqlite3") as serving:
        yield serving


@pytest.fixture(scope="module")
def made(address: str) -> Iterator[Client]:
    with Client(address) as client:
        yield client


@pytest.fixture(scope="module")
def made_http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=10) as http:
        yield http


Row = tuple[str | None, str | None, str | None, str | None, str | None, dict[str, list[int]]]


def rows(comparison: Comparison) -> list[Row]:
    """Time, unit, rate, region and sector of each row, and the numbers of the facts in its cells that are not empty."""
    return [
        (
            row.time.edtf if row.time else None,
            row.unit,
            row.per,
            row.region.id if row.region else None,
            row.sector.id if row.sector else None,
            {
                subject: [int(fact.id.removeprefix("f-")) for fact in facts]
                for subject, facts in row.cells.items()
                if facts
            },
        )
        for row in comparison.data
    ]


def compare(made: Client, *subjects: str, predicate: str = "establishments", **filters: Any) -> list[Row]:
    comparison = made.compare(CompareQuery(subject=list(subjects), predicate=predicate, **filters))
    for row in comparison.data:
        assert set(row.cells) == set(subjects)
    return rows(comparison)


def refusals(http: httpx.Client, query: str) -> list[tuple[str, str]]:
    response = http.get(f"/v1/compare?{query}")
    assert response.status_code == 400, response.text[:300]
    return [(error["parameter"], error["code"]) for error in response.json()["errors"]]


def test_rows_are_newest_first_and_ties_keep_the_order_of_unit_rate_region_and_sector(made: Client) -> None:
    assert compare(made, WORKS, CHAMBER) == [
        ("2021/..", COMPANIES, None, None, None, {WORKS: [15]}),
        # A coded unit orders bytewise, and what is null comes last.
        ("2020", AREAS, None, None, None, {CHAMBER: [13]}),
        ("2020", COMPANIES, "P1M", None, None, {CHAMBER: [12]}),
        ("2020", COMPANIES, "P1Y", None, None, {WORKS: [11]}),
        ("2020", COMPANIES, None, PORT, None, {WORKS: [10]}),
        ("2020", COMPANIES, None, RIVER, None, {CHAMBER: [9]}),
        ("2020", COMPANIES, None, None, "electronics", {WORKS: [8]}),
        ("2020", COMPANIES, None, None, "radio", {CHAMBER: [7]}),
        ("2020", COMPANIES, None, None, None, {WORKS: [4, 5, 16], CHAMBER: [6]}),
        ("2019/2020", COMPANIES, None, None, None, {CHAMBER: [14]}),
        ("1999", COMPANIES, None, None, None, {CHAMBER: [1]}),
        (None, COMPANIES, None, None, None, {WORKS: [2], CHAMBER: [3]}),
    ]


def test_disagreement_shows_and_nothing_is_converted(made: Client) -> None:
    question = CompareQuery(
        subject=[WORKS, CHAMBER], predicate="establishments", time__during="2020", basis=["observed"]
    )
    [row] = [row for row in made.compare(question).data if len(row.cells[WORKS]) > 1]
    assert [(fact.value, fact.citations[0].source.id) for fact in row.cells[WORKS]] == [
        (1004, "almanac"),
        (1005, "gazette"),
    ]
    assert {fact.note for facts in row.cells.values() for fact in facts} == {"Others differ."}


def test_regions_meet_in_a_row_and_so_do_sectors(made: Client) -> None:
    assert compare(made, PORT, RIVER, time__during="2010/2011") == [
        ("2010", COMPANIES, None, None, "radio", {PORT: [23], RIVER: [24]}),
        ("2010", COMPANIES, None, None, None, {PORT: [21], RIVER: [22]}),
        ("[2009,2010]", COMPANIES, None, None, None, {PORT: [28]}),
    ]
    assert compare(made, "radio", "electronics", time__exists=True) == [
        ("2010", COMPANIES, None, PORT, None, {"radio": [25], "electronics": [26]}),
        ("2010", COMPANIES, None, None, None, {"radio": [27]}),
    ]


def test_subjects_of_different_kinds_meet_where_neither_says_more(made: Client) -> None:
    assert compare(made, PORT, "radio", WORKS, time__during="2010") == [
        ("2010", COMPANIES, None, PORT, None, {"radio": [25]}),
        ("2010", COMPANIES, None, None, "radio", {PORT: [23]}),
        ("2010", COMPANIES, None, None, None, {PORT: [21], "radio": [27]}),
        ("[2009,2010]", COMPANIES, None, None, None, {PORT: [28]}),
    ]


def test_times_that_are_written_differently_have_a_row_each(made: Client) -> None:
    assert compare(made, "northland", "southland") == [
        ("2001?", COMPANIES, "P1Y", None, None, {"northland": [34]}),
        ("2001", COMPANIES, None, None, None, {"northland": [31]}),
        ("2001-01-01/2001-12-31", COMPANIES, None, None, None, {"southland": [32]}),
        ("2001~", COMPANIES, None, None, None, {"southland": [33]}),
    ]


def test_a_row_says_region_and_sector_by_name_in_the_language_of_the_answer(made: Client) -> None:
    for lang, region, time in (("en", "Port Town", "2010 or 2011"), ("es", "Villapuerto", "2010 o 2011")):
        comparison = made.compare(CompareQuery(subject=["radio", PORT], predicate="establishments", lang=lang))
        named = {row.region.name for row in comparison.data if row.region}
        assert named == {region}
        labels = {row.time.label for row in comparison.data if row.time and row.time.edtf == "[2009,2010]"}
        assert labels == {time.replace("2010", "2009").replace("2011", "2010")}
        assert comparison.meta.lang == lang
        claims = [fact.claim for row in comparison.data for facts in row.cells.values() for fact in facts]
        assert any(("contó" in claim) is (lang == "es") for claim in claims)


def test_a_cell_has_the_facts_as_the_list_has_them(made_http: httpx.Client) -> None:
    for lang in ("en", "es"):
        listed = made_http.get(f"/v1/facts?lang={lang}&limit=200").json()["data"]
        facts = {fact["id"]: fact for fact in listed}
        asked = f"subject={WORKS}&subject={CHAMBER}&predicate=establishments&lang={lang}"
        answer = made_http.get(f"/v1/compare?{asked}").json()
        for row in answer["data"]:
            assert list(row) == ["time", "unit", "per", "region", "sector", "cells"]
            for fact in (fact for cell in row["cells"].values() for fact in cell):
                assert fact == facts[fact["id"]]
                assert row["time"] == fact["time"]
        assert list(answer) == ["data", "meta"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"latest": True}, {7, 8, 9, 10, 11, 12, 13, 15, 6, 14}),
        ({"latest": True, "time__during": "../2020"}, {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}),
        ({"time__during": "2021"}, {15}),
        ({"time__during": "2019/2020", "time_match": "certain", "per__exists": True}, {11, 12}),
        ({"time__exists": False}, {2, 3}),
        ({"basis": ["opinion", "forecast"]}, {3, 16}),
        ({"basis__not": ["observed"]}, {3, 16}),
        ({"source": ["gazette"]}, {5}),
        ({"source__tier": ["B"]}, {5}),
        ({"speaker": ["ana-lopez"]}, {16}),
        ({"unit": [AREAS]}, {13}),
        ({"per": ["P1Y"]}, {11}),
        ({"region": [PORT]}, {10}),
        ({"region__within": ["two-rivers"]}, {9, 10}),
        ({"sector__within": ["electronics"]}, {7, 8}),
        ({"value__gte": 1015}, {15, 16}),
        ({"id": ["f-01", "f-22", "no-such-fact"]}, {1}),
        ({"q": "1014"}, {14}),
        ({"subject__not": [WORKS], "time__during": "1999"}, {1}),
        ({"subject__type": ["region"]}, set()),
    ],
)
def test_other_filters_on_facts_apply(made: Client, filters: dict[str, Any], expected: set[int]) -> None:
    found = compare(made, WORKS, CHAMBER, **filters)
    assert {number for row in found for numbers in row[-1].values() for number in numbers} == expected


def test_what_is_compared_can_be_text_a_date_or_another_item(made: Client) -> None:
    founded = made.compare(CompareQuery(subject=[WORKS, CHAMBER], predicate="founded"))
    [row] = founded.data
    assert (row.unit, row.per, [fact.id for fact in row.cells[WORKS]]) == (None, None, ["port-works-founded"])
    [row] = made.compare(CompareQuery(subject=[WORKS, CHAMBER], predicate="owner")).data
    assert [fact.object and fact.object.id for fact in row.cells[WORKS]] == ["ana-lopez"]
    [row] = made.compare(CompareQuery(subject=[WORKS, CHAMBER], predicate="activity")).data
    assert (row.time, row.sector and row.sector.id, row.cells[CHAMBER]) == (None, "radio", [])


def test_nothing_to_compare_is_an_empty_table(made: Client) -> None:
    comparison = made.compare(CompareQuery(subject=["southland", "ana-lopez"], predicate="area"))
    assert (comparison.data, comparison.meta.attributions) == ([], [])


def test_sources_are_named_once(made: Client) -> None:
    comparison = made.compare(CompareQuery(subject=[WORKS, CHAMBER], predicate="establishments"))
    assert [each.source.id for each in comparison.meta.attributions] == ["almanac", "gazette"]
    comparison = made.compare(CompareQuery(subject=[WORKS, CHAMBER], predicate="establishments", time__during="1999"))
    assert [each.source.id for each in comparison.meta.attributions] == ["almanac"]


def test_a_former_id_is_compared_under_the_new_one(made: Client) -> None:
    question = CompareQuery(subject=["harbor-town", RIVER], predicate="establishments", time__during="2010/2011")
    comparison = made.compare(question)
    assert {frozenset(row.cells) for row in comparison.data} == {frozenset({PORT, RIVER})}
    assert rows(comparison) == compare(made, PORT, RIVER, time__during="2010/2011")


def test_one_subject_twice_is_one(made: Client, made_http: httpx.Client) -> None:
    once = compare(made, PORT, RIVER, time__during="2010")
    assert compare(made, PORT, RIVER, PORT, time__during="2010") == once
    for twice in (f"subject={PORT}&subject={PORT}", f"subject=harbor-town&subject={PORT}"):
        assert refusals(made_http, f"{twice}&predicate=establishments") == [("subject", "out-of-bounds")]


def test_two_to_twenty_subjects_are_compared(rich: Served) -> None:
    ids = sorted(rich.items["organizations"])[:21]
    for number in (2, 20):
        answer = rich.http.get("/v1/compare", params={"subject": ids[:number], "predicate": "count"}).json()
        assert {len(row["cells"]) for row in answer["data"]} == {number}
    for number in (1, 21):
        query = str(httpx.QueryParams({"subject": ids[:number], "predicate": "count"}))
        assert refusals(rich.http, query) == [("subject", "out-of-bounds")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("predicate=establishments", [("subject", "empty")]),
        ("subject=port-town&subject=river-city", [("predicate", "empty")]),
        ("", [("predicate", "empty"), ("subject", "empty")]),
        ("subject=port-town&subject=river-city&predicate=", [("predicate", "empty")]),
        ("subject=port-town&subject=river-city&subject=&predicate=area", [("subject", "empty")]),
        ("subject=port-town&subject=river-city&predicate=area&predicate=rank", [("predicate", "repeated")]),
        ("subject=port-town&subject=no-such-town&predicate=area", [("subject", "unknown-id")]),
        ("subject=port-town&subject=gazette&predicate=area", [("subject", "unknown-id")]),
        ("subject=port-town&subject=river-city&predicate=aera", [("predicate", "unknown-id")]),
        ("subject=no-town&subject=no-city&predicate=aera", [("predicate", "unknown-id"), ("subject", "unknown-id")]),
        ("subject=Port+Town&subject=river-city&predicate=area", [("subject", "wrong-form")]),
        ("subject=port-town,river-city&predicate=area", [("subject", "wrong-form")]),
        ("subject=port-town&subject=river-city&predicate=area&region=no-town", [("region", "unknown-id")]),
        ("subject=port-town&subject=river-city&predicate=area&unit=furlong", [("unit", "unknown-value")]),
        ("subject=port-town&subject=river-city&predicate=area&latest=yes", [("latest", "wrong-form")]),
        ("subject=port-town&subject=river-city&predicate=area&format=csv", [("format", "not-allowed")]),
        (
            "subject=port-town&subject=river-city&predicate=area&time__during=2010/2000",
            [("time__during", "reversed-interval")],
        ),
        (
            "subject=port-town&subject=river-city&subject__not=river-city&subject__not=port-town&predicate=area",
            [("subject__not", "excluded-combination")],
        ),
        (
            "subject=port-town&subject=river-city&predicate=area&predicate__not=area",
            [("predicate__not", "excluded-combination")],
        ),
        *(
            (f"subject=port-town&subject=river-city&predicate=area&{name}=1", [(name, "unknown-parameter")])
            for name in ("limit", "cursor", "sort", "facets", "facet_limit", "include", "fields", "count", "near")
        ),
    ],
)
def test_wrong_comparisons_are_refused(made_http: httpx.Client, query: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(set(refusals(made_http, query))) == expected


def test_a_wrong_subject_gets_the_nearest_as_a_suggestion(made: Client) -> None:
    with pytest.raises(ProblemError) as refused:
        made.compare(CompareQuery(subject=["port-towm", "river-citty"], predicate="area"))
    assert {error.suggestion for error in refused.value.problem.errors} == {PORT, RIVER}


def test_only_json_is_served(made_http: httpx.Client) -> None:
    asked = f"/v1/compare?subject={PORT}&subject={RIVER}&predicate=establishments"
    assert made_http.get(asked, headers={"Accept": "text/csv"}).status_code == 406
    assert made_http.get(f"{asked}&format=json", headers={"Accept": "text/csv"}).status_code == 200


def test_a_tag_is_of_the_question_and_answers_304(made_http: httpx.Client) -> None:
    asked = f"/v1/compare?subject={PORT}&subject={RIVER}&predicate=establishments"
    first = made_http.get(asked)
    tag = first.headers["etag"]
    assert tag.startswith(f'W/"{first.json()["meta"]["dataset_version"]}.')
    assert made_http.get(asked).headers["etag"] == tag
    again = made_http.get(asked, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    others = (
        *(f"{asked}&lang=es", f"{asked}&latest=true", f"{asked}&subject=southland"),
        asked.replace("establishments", "area"),
    )
    tags = {made_http.get(other).headers["etag"] for other in others}
    assert len(tags | {tag}) == len(others) + 1
    assert made_http.get(others[0], headers={"If-None-Match": tag}).status_code == 200
    head = made_http.head(asked)
    assert (head.status_code, head.headers["etag"], head.content) == (200, tag, b"")


def test_one_tag_has_one_body_whatever_the_order_of_the_subjects(made_http: httpx.Client) -> None:
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for subjects in ((PORT, RIVER), (RIVER, PORT), (PORT, RIVER, PORT)):
        response = made_http.get("/v1/compare", params={"subject": subjects, "predicate": "establishments"})
        bodies[response.headers["etag"]].add(response.content)
    assert {len(of_tag) for of_tag in bodies.values()} == {1}


def test_another_dataset_version_is_gone(made_http: httpx.Client) -> None:
    asked = f"/v1/compare?subject={PORT}&subject={RIVER}&predicate=establishments"
    version = made_http.get(asked).json()["meta"]["dataset_version"]
    assert made_http.get(f"{asked}&dataset_version={version}").status_code == 200
    assert made_http.get(f"{asked}&dataset_version=0123456789abcdef").status_code == 409


@pytest.fixture(scope="session")
def packaged(http: httpx.Client) -> Counts:
    items, items_es = ({name: all_items(http, name, lang) for name in COLLECTIONS} for lang in ("en", "es"))
    return Counts(items, items_es, {name: {} for name in COLLECTIONS}, finding(http))


def some_filters(asker: Asker) -> Sequence[str]:
    """No filter for half of the questions, else one or two on different fields."""
    fields: dict[str, str] = {}
    for name in asker.random.sample(FILTERS, len(FILTERS)):
        fields.setdefault(split(name)[0], name)
    return asker.random.sample(sorted(fields.values()), asker.random.choice([0, 0, 1, 2]))


def questions(asker: Asker, number: int) -> Iterator[tuple[dict[str, list[str]], str]]:
    """Comparisons of what has facts under a predicate, a few of what has none or had another id."""
    facts = asker.counts.items["facts"].values()
    predicates = sorted({fact["predicate"]["id"] for fact in facts})
    everything = sorted(id_ for name in ENTITIES for id_ in (*asker.counts.items[name], *asker.counts.renamed[name]))
    for index in range(number):
        predicate = predicates[index % len(predicates)]
        having = sorted({fact["subject"]["id"] for fact in facts if fact["predicate"]["id"] == predicate})
        subjects = asker.random.sample(having, min(len(having), asker.random.choice([2, 5, 17])))
        subjects += asker.random.sample([id_ for id_ in everything if id_ not in subjects], 2)
        if len({asker.counts.now(subject, ENTITIES) for subject in subjects}) > 1:
            asked = asker.question("facts", some_filters(asker))
            yield {"subject": subjects, "predicate": [predicate], **asked}, asker.random.choice(["en", "es"])


def check_comparisons(http: httpx.Client, asker: Asker, number: int) -> None:
    """The service compares as the oracle does; rows with more than one fact, or cells with several, are among them."""
    shared = disagreeing = 0
    for question, lang in questions(asker, number):
        response = http.get("/v1/compare", params={**question, "lang": lang})
        assert response.status_code == 200, (question, response.text[:500])
        answer = response.json()
        assert answer["data"] == asker.counts.compared(question, lang), (question, lang)
        cells = [cell for row in answer["data"] for cell in row["cells"].values()]
        cited = {ids_in(citation["source"]) for cell in cells for fact in cell for citation in fact["citations"]}
        assert [each["source"]["id"] for each in answer["meta"]["attributions"]] == sorted(cited)
        shared += any(sum(map(bool, row["cells"].values())) > 1 for row in answer["data"])
        disagreeing += any(len(cell) > 1 for cell in cells)
    assert shared > number // 20
    assert disagreeing


@pytest.mark.slow
def test_generated_comparisons_are_those_of_the_oracle(rich: Served, counts: Counts) -> None:
    check_comparisons(rich.http, Asker(counts, "compare"), 120)


def test_comparisons_of_the_packaged_dataset(http: httpx.Client, packaged: Counts) -> None:
    check_comparisons(http, Asker(packaged, "compare"), 60)
