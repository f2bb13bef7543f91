import random
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import pytest
from tests.plain import CITED, FIELDS, RANGES, Json, Question, fold
from tests.plain_counts import Counts
from tests.plain_search import SearchOracle
from tests.rich import RENAMED, Served

from calibaja_api.parameters import Operator, Parameter
from calibaja_api.resources import RESOURCE_NAMED, RESOURCE_OF, RESOURCES, Resource

pytest_plugins = ["tests.rich"]

TRIED, KEPT = 12, 3
"""Questions thought of for each filter, and how many of them are asked."""
FILTERS = [
    pytest.param(resource, parameter, id=f"{resource.name}-{parameter.name}")
    for resource in RESOURCES
    for parameter in resource.parameters.values()
    if parameter.is_filter
]


def with_operator(operator: Operator) -> list[Any]:
    return [
        pytest.param(resource, parameter.field, name, id=f"{resource.name}-{name}")
        for resource in RESOURCES
        for name, parameter in resource.parameters.items()
        if parameter.operator is operator
    ]


NAMED = [resource for resource in RESOURCES if "name__contains" in resource.parameters]
CITING = [resource for resource in RESOURCES if "speaker" in resource.parameters]


@pytest.fixture(scope="session")
def oracle(rich: Served) -> Counts:
    searched = SearchOracle(rich.items, rich.items_es, rich.labels)

    def having_words(collection: str, text: str) -> frozenset[str]:
        return frozenset(searched.tiers(collection, text))

    return Counts(rich.items, rich.items_es, RENAMED, having_words)


def refers_to(resource: Resource) -> dict[str, list[str]]:
    found = {
        name: [RESOURCE_OF[type_].name for type_ in parameter.refers_to]
        for name, parameter in resource.parameters.items()
    }
    return {**found, "id": [resource.name]}


def expected(oracle: Counts, resource: Resource, question: Question) -> set[str]:
    return set(oracle.kept(resource.name, question))


def listed(rich: Served, resource: Resource, question: Question, limit: int = 200) -> list[str]:
    """The ids over all pages, each page saying how many there are."""
    parameters = resource.parameters
    values: dict[str, Any] = {
        name: list(values) if parameters[name].many else values[0] for name, values in question.items()
    }
    asked = resource.question.model_validate({**values, "limit": limit, "count": "exact", "sort": ["id"]})
    pages = list(rich.client.pages(asked))
    ids = [item.id for page in pages for item in page.data]
    assert {page.meta.total for page in pages} == {len(ids)}
    return ids


def check(rich: Served, oracle: Counts, resource: Resource, question: Question, limit: int = 200) -> None:
    """The service keeps what the oracle keeps, each item once."""
    assert listed(rich, resource, question, limit) == sorted(expected(oracle, resource, question)), question


def names_of(rich: Served, resource: Resource) -> list[str]:
    """Pieces of names and aliases, in other case and without accents."""
    named = "claims" if resource.name == "facts" else "names"
    names = [
        name
        for item in rich.items[resource.name].values()
        for name in (*item[named].values(), *item.get("aliases", ()))
    ]
    pieces = [name[:length] for name in names for length in (1, 4, 9)] + [name[2:6] for name in names]
    changed = [fold(piece) for piece in pieces] + [piece.upper() for piece in pieces]
    return [piece for piece in (*names, *pieces, *changed, "%", "_", "__", "*", "no such name") if piece.strip()]


def places_of(rich: Served) -> list[Json]:
    """Where regions are."""
    return [region["location"] for region in rich.items["regions"].values() if region["location"]]


def values_of(rich: Served, resource: Resource, parameter: Parameter) -> list[str]:
    """Values that a filter could be asked with: from the data, and some that it does not have."""
    if parameter.name == "id":
        return [*rich.items[resource.name], *RENAMED[resource.name], "nothing-has-this-id"]
    if parameter.refers_to:
        names = [RESOURCE_OF[type_].name for type_ in parameter.refers_to]
        return [id_ for name in names for id_ in (*rich.items[name], *RENAMED[name])]
    if parameter.choices:
        return list(parameter.choices)
    if parameter.operator is Operator.EXISTS:
        return ["true", "false"]
    if parameter.operator is Operator.DURING:
        return list(RANGES)
    if parameter.operator is Operator.LATEST:
        return ["true"]
    if parameter.operator is Operator.NEAR:
        return [f"{place['lat']},{place['lon']}" for place in places_of(rich)]
    if parameter.operator in {Operator.CONTAINS, Operator.PREFIX, Operator.MATCH}:
        return names_of(rich, resource)
    if parameter.field in CITED:
        return sorted({item["language"] for item in rich.items["sources"].values()})
    seen = {
        str(value)
        for item in rich.items[resource.name].values()
        for value in FIELDS[resource.name][parameter.field](item)
    }
    never = {"value": ["0", "1e6", "-0.0", "299.5", "3e2"], "per": ["P99Y"], "publisher": ["the"]}
    schemes = {f"{value.partition(':')[0]}:none" for value in seen if parameter.field == "identifier"}
    return sorted(seen | schemes) + never.get(parameter.field, [])


def thought_of(
    rich: Served, resource: Resource, parameter: Parameter, seed: random.Random
) -> Iterator[dict[str, list[str]]]:
    values = values_of(rich, resource, parameter)
    for number in range(TRIED):
        most = min(len(values), 1 + number % 3 if parameter.many else 1)
        question = {parameter.name: seed.sample(values, most)}
        if parameter.operator is Operator.DURING and "time_match" in resource.parameters:
            question["time_match"] = [("possible", "certain")[number % 2]]
        if parameter.operator is Operator.NEAR:
            question["radius_km"] = [("50", "0.001", "2000", "15000", "20038")[number % 5]]
        yield question


def worth_asking(oracle: Counts, resource: Resource, questions: Iterable[Question]) -> list[Question]:
    """Those that keep something but not all come first."""
    all_ids = set(oracle.items[resource.name])
    return sorted(questions, key=lambda question: expected(oracle, resource, question) in (set(), all_ids))


@pytest.mark.parametrize(("resource", "parameter"), FILTERS)
def test_a_filter_keeps_what_the_contract_says(
    rich: Served, oracle: Counts, resource: Resource, parameter: Parameter
) -> None:
    seed = random.Random(f"{resource.name} {parameter.name}")
    questions = worth_asking(oracle, resource, thought_of(rich, resource, parameter, seed))
    some, all_ids = expected(oracle, resource, questions[0]), set(rich.items[resource.name])
    assert some, "the made-up dataset has nothing that this filter keeps"
    assert some < all_ids, "the made-up dataset has nothing that this filter leaves out"
    for question in (*questions[:KEPT], questions[-1]):
        check(rich, oracle, resource, question, limit=seed.choice([29, 200]))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_two_filters_keep_what_both_keep(rich: Served, oracle: Counts, resource: Resource) -> None:
    seed = random.Random(resource.name)
    filters = [parameter for parameter in resource.parameters.values() if parameter.is_filter]
    pairs = [pair for pair in combinations(filters, 2) if pair[0].field != pair[1].field]
    questions = [
        next(thought_of(rich, resource, one, seed)) | next(thought_of(rich, resource, other, seed))
        for one, other in seed.sample(pairs, min(len(pairs), 40))
    ]
    for question in worth_asking(oracle, resource, questions)[:12]:
        check(rich, oracle, resource, question)


@pytest.mark.parametrize(("resource", "field", "name"), with_operator(Operator.NOT))
def test_wanted_and_excluded_values_of_one_field(
    rich: Served, oracle: Counts, resource: Resource, field: str, name: str
) -> None:
    seed = random.Random(name)
    values = values_of(rich, resource, resource.parameters[field])
    wanted = seed.sample(values, min(len(values), 6))
    check(rich, oracle, resource, {field: wanted, name: [wanted[0]]})


@pytest.mark.parametrize(("resource", "field", "name"), with_operator(Operator.EXISTS))
def test_existence_with_other_filters_of_its_field(
    rich: Served, oracle: Counts, resource: Resource, field: str, name: str
) -> None:
    seed = random.Random(name)
    beside = [parameter for parameter in resource.parameters.values() if parameter.field == field]
    for parameter in beside:
        if parameter.operator is not Operator.EXISTS:
            question = next(thought_of(rich, resource, parameter, seed))
            check(rich, oracle, resource, {**question, name: ["true"]})
            if parameter.operator is Operator.NOT:
                check(rich, oracle, resource, {**question, name: ["false"]})
    both = (expected(oracle, resource, {name: [value]}) for value in ("true", "false"))
    assert set.union(*both) == set(rich.items[resource.name])


@pytest.mark.parametrize("resource", CITING, ids=lambda resource: resource.name)
def test_source_and_speaker_are_of_one_citation(rich: Served, oracle: Counts, resource: Resource) -> None:
    seed = random.Random("citations")
    told_apart = 0
    for size in (2, 3, 4):
        for names in combinations(CITED, size):
            question: dict[str, list[str]] = {}
            for name in names:
                values = values_of(rich, resource, resource.parameters[name])
                question[name] = seed.sample(values, min(len(values), 2 if "__" in name else 5))
            check(rich, oracle, resource, question)
            separately = [expected(oracle, resource, {name: values}) for name, values in question.items()]
            told_apart += set.intersection(*separately) != expected(oracle, resource, question)
    assert told_apart, "the made-up dataset has no item that says it in two citations only"


@pytest.mark.parametrize("match", ["possible", "certain"])
@pytest.mark.parametrize("collection", ["facts", "events"])
def test_time_is_kept_that_could_overlap_or_surely_lies_inside(
    rich: Served, oracle: Counts, collection: str, match: str
) -> None:
    for asked in RANGES:
        check(rich, oracle, RESOURCE_NAMED[collection], {"time__during": [asked], "time_match": [match]})


def test_publication_is_kept_that_could_overlap(rich: Served, oracle: Counts) -> None:
    for asked in RANGES:
        check(rich, oracle, RESOURCE_NAMED["sources"], {"published__during": [asked]})


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ({"value__gte": ["-4"], "value__lt": ["0"]}, lambda value: -4 <= value < 0),
        ({"value__gt": ["0"], "value__lte": ["300"]}, lambda value: 0 < value <= 300),
        ({"value__gte": ["300"], "value__lte": ["300"]}, lambda value: value == 300),
        ({"value": ["300", "0"]}, lambda value: value in {300, 0}),
        ({"value__gte": ["1e12"]}, lambda value: value >= 10**12),
    ],
)
def test_bounds_look_at_value_alone(rich: Served, question: dict[str, list[str]], kept: Any) -> None:
    values = {fact["id"]: fact.get("value") for fact in rich.records["facts"]}
    found = {id_ for id_, value in values.items() if value is not None and kept(value)}
    assert found
    assert set(listed(rich, RESOURCE_NAMED["facts"], question)) == found


@pytest.mark.parametrize(
    ("within", "count"),
    [
        ("land-0", 13),
        ("older-land", 13),
        ("land-0--state-0", 4),
        ("land-0--state-0-town-0", 1),
        ("across-east", 1 + 4 + 1 + 4),
        ("across-all", 1 + (1 + 4 + 1 + 4) + 13),
    ],
)
def test_within_goes_down_by_parent_and_members(rich: Served, within: str, count: int) -> None:
    found = listed(rich, RESOURCE_NAMED["regions"], {"within": [within]})
    assert len(found) == count
    facts = listed(rich, RESOURCE_NAMED["facts"], {"region__within": [within]})
    places = {
        fact["id"]: fact["subject"] if fact["subject"] in rich.items["regions"] else fact.get("region")
        for fact in rich.records["facts"]
    }
    assert facts == sorted(id_ for id_, place in places.items() if place in found)


@pytest.mark.parametrize(("field", "collection"), [("region", "regions"), ("sector", "sectors")])
def test_a_fact_about_a_place_or_industry_is_found_by_it(rich: Served, field: str, collection: str) -> None:
    subjects = {fact["subject"] for fact in rich.records["facts"]} & set(rich.items[collection])
    assert subjects
    for subject in sorted(subjects)[:10]:
        about = {fact["id"] for fact in rich.records["facts"] if fact["subject"] == subject}
        elsewhere = {fact["id"] for fact in rich.records["facts"] if fact.get(field) == subject}
        assert set(listed(rich, RESOURCE_NAMED["facts"], {field: [subject]})) == about | elsewhere


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("NANDU", True),
        ("ñandú  bay", True),
        ("bahía nandu", True),
        ("100%", True),
        ("%", False),
        ("_", False),
        ("der_s", False),
        ("a_c", True),
        ('"Quoted"', True),
        ("'", False),
        ("東京", True),
        ("STRASSE", False),
        ("straße", False),
        ("\\", False),
        ("--", False),
        ("field", False),
        ("istanbul", True),
        ("€", False),
        ("Unicode", False),
        ("acronimo", True),
    ],
)
def test_names_are_found_folded_and_taken_literally(rich: Served, text: str, begins: bool) -> None:
    found: set[str] = set()
    beginning: set[str] = set()
    for resource in NAMED:
        found |= set(listed(rich, resource, {"name__contains": [text]}))
        beginning |= set(listed(rich, resource, {"name__prefix": [text]}))
    records = [record for name, of_name in rich.records.items() if name != "facts" for record in of_name]
    names = {record["id"]: [record["name"], *record.get("aliases", [])] for record in records}
    folded = {
        id_: [fold(text) for name in told for text in (name.values() if isinstance(name, dict) else [name])]
        for id_, told in names.items()
    }
    assert found == {id_ for id_, told in folded.items() if any(fold(text) in name for name in told)} != set()
    assert beginning == {id_ for id_, told in folded.items() if any(name.startswith(fold(text)) for name in told)}
    assert bool(beginning) is begins


@pytest.mark.parametrize("text", ["\u0301", "\u0301\u0308"])
def test_accents_alone_are_in_no_name(rich: Served, text: str) -> None:
    for resource in NAMED:
        assert listed(rich, resource, {"name__contains": [text]}) == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_batch_of_ids_leaves_unknown_ones_out(rich: Served, resource: Resource) -> None:
    ids = sorted(rich.items[resource.name])
    old, new = next(iter(RENAMED[resource.name].items()))
    question = {"id": [*ids[:3], "nothing-has-this-id", old, ids[0]]}
    assert listed(rich, resource, question) == sorted({*ids[:3], new})
    assert listed(rich, resource, {"id": ["nothing-has-this-id"]}) == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_former_id_in_a_filter_means_the_new_one(rich: Served, resource: Resource) -> None:
    for name, collections in refers_to(resource).items():
        for collection in collections:
            for old, new in RENAMED[collection].items():
                assert listed(rich, resource, {name: [old]}) == listed(rich, resource, {name: [new]}), (name, old)
