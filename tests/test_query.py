import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from calibaja_api.cursors import Key
from calibaja_api.fields import NO_DAY, NO_FIGURE
from calibaja_api.filtering import Filters, filters
from calibaja_api.ordering import after_binds, order, place, sort_keys
from calibaja_api.parameters import Operator, Parameter
from calibaja_api.parsing import Parser
from calibaja_api.query import (
    COUNT_BOUND,
    count_select,
    include_select,
    include_targets,
    item_select,
    key_types,
    page_select,
)
from calibaja_api.resources import RESOURCE_NAMED, RESOURCE_OF, RESOURCES, Resource
from calibaja_api.resources.bodies import id_of
from calibaja_api.shapes.questions import ListQuery
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.sqlite.statements import compiled

PARSERS: dict[str, Parser[ListQuery[Any]]] = {resource.name: Parser(resource.question) for resource in RESOURCES}
BODIES = "FROM fact JOIN body_en ON body_en.number = fact.number"
END = " LIMIT :limit OFFSET :param_1"
NEAR = " + ".join(
    f"(region_place.{axis} - :near_{i}) * (region_place.{axis} - :near_{i})" for i, axis in enumerate("xyz")
)
NEAR += " <= :near_3"
CLOSE = {
    **{f"near_{index}": pytest.approx(value) for index, value in enumerate((0, 1, 0))},
    # So near, the straight line is as long as the way along the globe.
    "near_3": pytest.approx(1 / 6371.0088**2),
}
"""One kilometer around the point where the equator meets the meridian 90° east."""


def as_bytes(sql: str) -> str:
    """SQL whose bodies are read as the bytes that they are sent as."""
    return re.sub(r"\b(body_e[ns]\.body)\b", r"CAST(\1 AS BLOB) AS body", sql)


def asked(collection: str, query: str) -> tuple[Resource, ListQuery[Any]]:
    return RESOURCE_NAMED[collection], PARSERS[collection].parse(query.encode())


def filtered(collection: str, query: str) -> tuple[Filters, dict[str, Any]]:
    resource, question = asked(collection, query)
    return filters(resource.parameters, question, {})


def statement(collection: str, query: str, same: int | None = None, lang: Lang = Lang.EN) -> tuple[str, dict[str, Any]]:
    """The SQL of a page in one line, and all that it binds but the limit and the keys of a cursor."""
    resource, question = asked(collection, query)
    shapes, binds = filters(resource.parameters, question, {})
    text, constants = compiled(page_select(resource, shapes, order(question), lang, same))
    return " ".join(text.split()), {**constants, **binds}


@pytest.mark.parametrize(
    ("collection", "query", "sql", "binds"),
    [
        (
            "facts",
            "",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number ORDER BY fact.number ASC"
            ),
            {},
        ),
        (
            "facts",
            "limit=5&count=none&include=subject&lang=en&sort=id",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number ORDER BY fact.number ASC"
            ),
            {},
        ),
        (
            "facts",
            "subject=tijuana",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.subject_id = :subject_0 ORDER BY fact.number ASC"
            ),
            {"subject_0": "tijuana"},
        ),
        (
            "facts",
            "subject=tijuana&subject=tecate&subject=tijuana",
            (
                "SELECT body_en.body, body_en.sources FROM (SELECT fact.number AS number FROM fact WHERE "
                "fact.subject_id IN (:subject_0, :subject_1) ORDER BY fact.number ASC LIMIT :limit OFFSET :param_1) "
                "AS page JOIN body_en ON body_en.number = page.number ORDER BY page.number ASC"
            ),
            {"subject_0": "tijuana", "subject_1": "tecate"},
        ),
        (
            "facts",
            "sector=it-software&region=tijuana",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.region_id = :region_0 AND fact.sector_id = :sector_0 ORDER BY fact.number ASC"
            ),
            {"region_0": "tijuana", "sector_0": "it-software"},
        ),
        (
            "facts",
            "region__not=tijuana",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.region_id IS NULL OR fact.region_id != :region__not_0 ORDER BY fact.number "
                "ASC"
            ),
            {"region__not_0": "tijuana"},
        ),
        (
            "facts",
            "region__not=tijuana&region__not=tecate",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.region_id IS NULL OR (fact.region_id NOT IN (:region__not_0, "
                ":region__not_1)) ORDER BY fact.number ASC"
            ),
            {"region__not_0": "tijuana", "region__not_1": "tecate"},
        ),
        (
            "facts",
            "region__not=tijuana&subject=tecate",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE (fact.region_id IS NULL OR fact.region_id != :region__not_0) AND fact.subject_id "
                "= :subject_0 ORDER BY fact.number ASC"
            ),
            {"region__not_0": "tijuana", "subject_0": "tecate"},
        ),
        (
            "facts",
            "region__exists=false&value__exists=true&time__exists=true",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.region_id IS NULL AND fact.time IS NOT NULL AND fact.value IS NOT NULL ORDER "
                "BY fact.number ASC"
            ),
            {},
        ),
        (
            "facts",
            "region__within=cali-baja",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.region_id IN (SELECT within.descendant_id FROM within WHERE "
                "within.ancestor_id = :region__within_0) ORDER BY fact.number ASC"
            ),
            {"region__within_0": "cali-baja"},
        ),
        (
            "facts",
            "value__gte=0&value__lt=300&sort=-value",
            (
                "SELECT body_en.body, body_en.sources, page.by_0 FROM (SELECT fact.number AS number, "
                "fact.value_downward AS by_0 FROM fact WHERE fact.value >= :value__gte_0 AND fact.value < "
                ":value__lt_0 ORDER BY fact.value_downward ASC, fact.number ASC LIMIT :limit OFFSET :param_1) AS "
                "page JOIN body_en ON body_en.number = page.number ORDER BY page.by_0 ASC, page.number ASC"
            ),
            {"value__gte_0": 0.0, "value__lt_0": 300.0},
        ),
        (
            "facts",
            "value__gt=0&value__lte=300&sort=subject,-id,value",
            (
                "SELECT body_en.body, body_en.sources, page.by_0 FROM (SELECT fact.number AS number, "
                "fact.subject_id AS by_0 FROM fact WHERE fact.value > :value__gt_0 AND fact.value <= :value__lte_0 "
                "ORDER BY fact.subject_id ASC, fact.number DESC LIMIT :limit OFFSET :param_1) AS page JOIN body_en "
                "ON body_en.number = page.number ORDER BY page.by_0 ASC, page.number DESC"
            ),
            {"value__gt_0": 0.0, "value__lte_0": 300.0},
        ),
        (
            "facts",
            "time__during=2000/2004&sort=-time",
            (
                "SELECT body_en.body, body_en.sources, fact.time_earliest_downward, "
                "fact.time_latest_downward FROM fact JOIN body_en ON body_en.number = fact.number WHERE "
                "fact.time_earliest <= :time__during_1 AND fact.time_latest >= :time__during_0 AND "
                "fact.time_earliest_downward >= -:time__during_1 ORDER BY fact.time_earliest_downward ASC, "
                "fact.time_latest_downward ASC, fact.number ASC"
            ),
            {"time__during_0": 20000101, "time__during_1": 20041231},
        ),
        (
            "facts",
            "time__during=2000/..&time_match=certain",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number WHERE fact.time_earliest >= :time__during_0 AND fact.time_latest <= :time__during_1 "
                "ORDER BY fact.number ASC"
            ),
            {"time__during_0": 20000101, "time__during_1": 100000000000000},
        ),
        (
            "facts",
            "source=a&source__tier=A&source__language=en&speaker=b",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN fact_citation AS fact_citation_pair "
                "ON fact_citation_pair.number = fact.number JOIN body_en ON body_en.number = "
                "fact_citation_pair.number WHERE fact_citation_pair.source_id = :source_0 AND "
                "fact_citation_pair.source_language = :source__language_0 AND fact_citation_pair.source_tier = "
                ":source__tier_0 AND fact_citation_pair.speaker_id = :speaker_0 AND NOT (EXISTS (SELECT * FROM "
                "fact_citation AS fact_citation_before WHERE fact_citation_before.number = fact_citation_pair.number "
                "AND fact_citation_before.position < fact_citation_pair.position AND fact_citation_before.source_id "
                "= :source_0 AND fact_citation_before.source_language = :source__language_0 AND "
                "fact_citation_before.source_tier = :source__tier_0 AND fact_citation_before.speaker_id = "
                ":speaker_0)) ORDER BY fact_citation_pair.number ASC"
            ),
            {"source_0": "a", "source__language_0": "en", "source__tier_0": "A", "speaker_0": "b"},
        ),
        (
            "events",
            "region=a&region__within=b&region__not=c",
            (
                "SELECT body_en.body, body_en.sources FROM event JOIN event_region AS region_pair ON "
                "region_pair.number = event.number JOIN event_region AS region__within_pair ON "
                "region__within_pair.number = event.number JOIN body_en ON body_en.number = "
                "region__within_pair.number WHERE region_pair.region_id = :region_0 AND (event.number NOT IN (SELECT "
                "event_region.number FROM event_region WHERE event_region.region_id = :region__not_0)) AND "
                "region__within_pair.region_id IN (SELECT within.descendant_id FROM within WHERE within.ancestor_id "
                "= :region__within_0) AND NOT (EXISTS (SELECT * FROM event_region AS region__within_before WHERE "
                "region__within_before.number = region__within_pair.number AND region__within_before.region_id < "
                "region__within_pair.region_id AND region__within_before.region_id IN (SELECT within.descendant_id "
                "FROM within WHERE within.ancestor_id = :region__within_0))) ORDER BY region__within_pair.number ASC"
            ),
            {"region_0": "a", "region__not_0": "c", "region__within_0": "b"},
        ),
        (
            "regions",
            "within=cali-baja&sort=kind,-name",
            (
                "SELECT body_en.body, body_en.sources, page.by_0, page.by_1 FROM (SELECT region.number "
                "AS number, region.kind AS by_0, region.name_key_en AS by_1 FROM region WHERE region.id IN (SELECT "
                "within.descendant_id FROM within WHERE within.ancestor_id = :within_0) ORDER BY region.kind ASC, "
                "region.name_key_en DESC, region.number ASC LIMIT :limit OFFSET :param_1) AS page JOIN body_en ON "
                "body_en.number = page.number ORDER BY page.by_0 ASC, page.by_1 DESC, page.number ASC"
            ),
            {"within_0": "cali-baja"},
        ),
        (
            "regions",
            "name__contains=M%C3%A9xico&name__prefix=San+",
            (
                "SELECT body_en.body, body_en.sources FROM region JOIN body_en ON body_en.number = "
                "region.number WHERE region.names_folded LIKE :name__contains_0 ESCAPE '/' AND region.names_folded "
                "LIKE :name__prefix_0 ESCAPE '/' ORDER BY region.number ASC"
            ),
            {"name__contains_0": "%mexico%", "name__prefix_0": "%\nsan %"},
        ),
        (
            "regions",
            "identifier=iso3166-2:MX-BCN",
            (
                "SELECT body_en.body, body_en.sources FROM region JOIN identifier AS identifier_pair ON "
                "identifier_pair.number = region.number JOIN body_en ON body_en.number = identifier_pair.number "
                "WHERE identifier_pair.pair = :identifier_0 ORDER BY identifier_pair.number ASC"
            ),
            {"identifier_0": "iso3166-2:MX-BCN"},
        ),
        (
            "predicates",
            "unit=USD&sort=-name",
            (
                "SELECT body_en.body, body_en.sources, page.by_0 FROM (SELECT predicate.number AS "
                "number, predicate.name_key_en AS by_0 FROM predicate JOIN predicate_unit AS unit_pair ON "
                "unit_pair.number = predicate.number WHERE unit_pair.unit = :unit_0 ORDER BY predicate.name_key_en "
                "DESC, unit_pair.number ASC LIMIT :limit OFFSET :param_1) AS page JOIN body_en ON body_en.number = "
                "page.number ORDER BY page.by_0 DESC, page.number ASC"
            ),
            {"unit_0": "USD"},
        ),
        (
            "regions",
            "near=0,90&radius_km=1&kind=city",
            (
                "SELECT body_en.body, body_en.sources FROM region JOIN body_en ON body_en.number = "
                "region.number WHERE region.kind = :kind_0 AND region.number IN (SELECT region_place.number FROM "
                "region_place WHERE (region_place.x - :near_0) * (region_place.x - :near_0) + (region_place.y - "
                ":near_1) * (region_place.y - :near_1) + (region_place.z - :near_2) * (region_place.z - :near_2) <= "
                ":near_3) ORDER BY region.number ASC"
            ),
            {"kind_0": "city", **CLOSE},
        ),
        (
            "events",
            "near=0,90&radius_km=1",
            (
                "SELECT body_en.body, body_en.sources FROM event JOIN body_en ON body_en.number = "
                "event.number WHERE event.number IN (SELECT event_region.number FROM event_region JOIN region_place "
                "ON event_region.region_id = region_place.region_id WHERE (region_place.x - :near_0) * "
                "(region_place.x - :near_0) + (region_place.y - :near_1) * (region_place.y - :near_1) + "
                "(region_place.z - :near_2) * (region_place.z - :near_2) <= :near_3) ORDER BY event.number ASC"
            ),
            CLOSE,
        ),
        (
            "facts",
            "latest=true&region=tijuana&sort=-value",
            (
                "SELECT body_en.body, body_en.sources, page.by_0 FROM (SELECT fact.number AS number, "
                "fact.value_downward AS by_0 FROM fact WHERE fact.number IN (SELECT anon_1.number FROM (SELECT "
                "fact.number AS number, rank() OVER (PARTITION BY fact.subject_id, fact.predicate_id, "
                "fact.region_id, fact.sector_id, fact.counterpart_id, fact.basis, fact.per, fact.unit, "
                "fact.scope_key ORDER BY fact.time_latest DESC) AS place FROM fact WHERE fact.region_id = :region_0 "
                "AND fact.time IS NOT NULL AND fact.basis IN ('observed', 'estimated')) AS anon_1 WHERE anon_1.place "
                "= :place_1) ORDER BY fact.value_downward ASC, fact.number ASC LIMIT :limit OFFSET :param_1) AS page "
                "JOIN body_en ON body_en.number = page.number ORDER BY page.by_0 ASC, page.number ASC"
            ),
            {"place_1": 1, "region_0": "tijuana"},
        ),
        (
            "facts",
            "latest=false",
            (
                "SELECT body_en.body, body_en.sources FROM fact JOIN body_en ON body_en.number = "
                "fact.number ORDER BY fact.number ASC"
            ),
            {},
        ),
    ],
)
def test_the_sql_of_a_question(collection: str, query: str, sql: str, binds: dict[str, Any]) -> None:
    text, bound = statement(collection, query)
    assert text.removesuffix(END) == as_bytes(sql)
    assert bound == {**binds, "param_1": 0}


def test_the_language_chooses_the_body_and_the_order_of_names() -> None:
    text, _ = statement("regions", "sort=name", lang=Lang.ES)
    assert text == as_bytes(
        "SELECT body_es.body, body_es.sources, region.name_key_es "
        "FROM region JOIN body_es ON body_es.number = region.number "
        "ORDER BY region.name_key_es ASC, region.number ASC" + END
    )


ID = "(SELECT nearest.number FROM fact AS nearest WHERE nearest.id"


@pytest.mark.parametrize(
    ("query", "same", "condition"),
    [
        ("", 0, f"fact.number > coalesce({ID} <= :after_id ORDER BY nearest.id DESC LIMIT 1), 0)"),
        (
            "sort=-id",
            0,
            f"fact.number < coalesce({ID} >= :after_id ORDER BY nearest.id ASC LIMIT 1), 4611686018427387904)",
        ),
        (
            "sort=-subject",
            1,
            (
                "fact.subject_id = :after_0 AND "
                f"fact.number > coalesce({ID} <= :after_id ORDER BY nearest.id DESC LIMIT 1), 0)"
            ),
        ),
        ("sort=subject", 0, "fact.subject_id > :after_0"),
        ("sort=-subject", 0, "fact.subject_id < :after_0"),
        ("sort=value", 0, "fact.value_upward > :after_0"),
        ("sort=-value", 0, "fact.value_downward > :after_0"),
        ("sort=-time", 0, "fact.time_earliest_downward > :after_0"),
        ("sort=-time", 1, "fact.time_earliest_downward = :after_0 AND fact.time_latest_downward > :after_1"),
        ("sort=-subject,value", 0, "fact.subject_id < :after_0"),
        ("sort=-subject,value", 1, "fact.subject_id = :after_0 AND fact.value_upward > :after_1"),
    ],
)
def test_a_page_begins_behind_the_keys_of_a_cursor(query: str, same: int, condition: str) -> None:
    text, _ = statement("facts", query, same)
    assert f" WHERE {condition} ORDER BY fact." in text.replace(" OFFSET :param_1), ", "), ")


def test_the_keys_of_a_cursor_stand_beside_the_filters() -> None:
    text, _ = statement("facts", "region=tijuana&sort=-value", 0)
    assert "WHERE fact.region_id = :region_0 AND fact.value_downward > :after_0 ORDER BY" in text


@pytest.mark.parametrize(
    ("query", "keys", "bound"),
    [
        ("sort=value", (5.0, "a"), {"after_0": 5.0, "after_id": "a"}),
        ("sort=-value", (5.0, "a"), {"after_0": -5.0, "after_id": "a"}),
        ("sort=-value", (None, "a"), {"after_0": NO_FIGURE, "after_id": "a"}),
        ("sort=time", (20200101, None, "a"), {"after_0": 20200101, "after_1": NO_DAY, "after_id": "a"}),
        ("sort=-time", (0, None, "a"), {"after_0": 0, "after_1": NO_DAY, "after_id": "a"}),
        ("sort=-subject", ("tijuana", "a"), {"after_0": "tijuana", "after_id": "a"}),
        ("", ("a",), {"after_id": "a"}),
    ],
)
def test_the_keys_of_a_cursor_are_bound_as_the_order_has_them(
    query: str, keys: tuple[Key, ...], bound: dict[str, Any]
) -> None:
    resource, question = asked("facts", query)
    assert after_binds(sort_keys(resource, order(question), Lang.EN), keys) == bound


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("id",)),
        ("sort=id", ("id",)),
        ("sort=-id", ("-id",)),
        ("sort=value", ("value", "id")),
        ("sort=-time,value", ("-time", "value", "id")),
        ("sort=-time,-id,value", ("-time", "-id")),
        ("sort=value,value", ("value", "id")),
        ("sort=time&sort=subject&sort=time", ("time", "subject", "id")),
        ("q=a", ("relevance", "id")),
        ("q=a&sort=-relevance,value", ("-relevance", "value", "id")),
        ("q=a&sort=value", ("value", "id")),
        ("q=a&sort=-id", ("-id",)),
    ],
)
def test_an_order_ends_in_the_id(query: str, expected: tuple[str, ...]) -> None:
    assert order(asked("facts", query)[1]) == expected


SORTS = [
    pytest.param(resource, value, id=f"{resource.name}-{value}")
    for resource in RESOURCES
    for value in resource.sort_values
]


def sorting(value: str) -> str:
    """The question for an order; relevance is of a text, which most items have."""
    return f"sort={value}{'&q=a' if 'relevance' in value else ''}"


@pytest.mark.parametrize(("resource", "value"), SORTS)
def test_every_order_ends_in_the_id(resource: Resource, value: str) -> None:
    text, _ = statement(resource.name, sorting(value))
    direction = "DESC" if value == "-id" else "ASC"
    assert text.removesuffix(END).endswith(f".number {direction}")
    _, question = asked(resource.name, sorting(value))
    assert order(question)[-1] in {"id", "-id"}
    types = key_types(resource, order(question), Lang.EN)
    assert types[-1] is str
    assert set(types) <= {str, int, float}


@pytest.mark.parametrize(
    ("collection", "query", "types"),
    [
        ("facts", "", (str,)),
        ("facts", "sort=value", (float, str)),
        ("facts", "sort=-time", (int, int, str)),
        ("facts", "sort=subject,predicate", (str, str, str)),
        ("regions", "sort=name", (str, str)),
        ("sources", "sort=published", (int, int, str)),
        ("facts", "q=a", (int, int, str)),
        ("sources", "q=a&sort=-relevance,name", (int, int, str, str)),
    ],
)
def test_the_types_of_the_keys_of_a_cursor(collection: str, query: str, types: tuple[type, ...]) -> None:
    resource, question = asked(collection, query)
    assert key_types(resource, order(question), Lang.EN) == types


@pytest.mark.parametrize(
    ("text", "contains", "prefix"),
    [
        ("Tijuana", "%tijuana%", "%\ntijuana%"),
        (" SAN  Diego ", "% san diego %", "%\n san diego %"),
        ("100%25", "%100/%%", "%\n100/%%"),
        ("a_b", "%a/_b%", "%\na/_b%"),
        ("a/b", "%a//b%", "%\na//b%"),
        ("%2F%25_", "%///%/_%", "%\n///%/_%"),
        ("%0A", "% %", "%\n %"),
        ("%CC%81", "", ""),
    ],
)
def test_text_in_a_name_is_text_and_no_pattern(text: str, contains: str, prefix: str) -> None:
    assert filtered("regions", f"name__contains={text}")[1] == {"name__contains_0": contains}
    assert filtered("regions", f"name__prefix={text}")[1] == {"name__prefix_0": prefix}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2015", 20150101, 20151231),
        ("1994/1999-06", 19940101, 19990630),
        ("1994/..", 19940101, 10**14),
        ("/1999", -(10**14), 19991231),
        ("-0044", -439899, -438769),
        ("Y999999999/..", 9999999990101, 10**14),
    ],
)
def test_an_interval_binds_its_days(text: str, first: int, last: int) -> None:
    assert filtered("facts", f"time__during={text}")[1] == {"time__during_0": first, "time__during_1": last}


def test_values_that_were_looked_up_replace_those_of_the_question() -> None:
    resource, question = asked("facts", "subject=old-name&region=tijuana")
    shapes, binds = filters(resource.parameters, question, {"subject": ["new-name"]})
    assert [shape.name for shape in shapes] == ["region", "subject"]
    assert binds == {"region_0": "tijuana", "subject_0": "new-name"}


def test_questions_of_one_shape_share_a_statement() -> None:
    one, other = filtered("facts", "subject=a&value__gte=0")[0], filtered("facts", "value__gte=9&subject=b")[0]
    assert one == other
    assert hash(one) == hash(other)
    assert filtered("facts", "subject=a&subject=b")[0] != filtered("facts", "subject=a")[0]
    assert filtered("facts", "region__exists=true")[0] != filtered("facts", "region__exists=false")[0]
    assert filtered("facts", "q=tijuana")[0] == filtered("facts", "q=otay+mesa")[0]
    assert filtered("regions", "near=1,2")[0] == filtered("regions", "radius_km=5&near=-3,4")[0]


def test_a_filter_that_is_switched_off_is_none() -> None:
    assert filtered("facts", "latest=false") == ((), {})


FILTERS = [
    pytest.param(resource, parameter, id=f"{resource.name}-{parameter.name}")
    for resource in RESOURCES
    for parameter in resource.parameters.values()
    if parameter.is_filter
]
SAMPLES = {
    "identifier": ["wikidata:Q1", "wikidata:Q2"],
    "language": ["en", "es"],
    "source__language": ["en", "es"],
    "per": ["P1Y", "P1M"],
    "near": ["32.5,-117"],
    "time__during": ["2000/2004"],
    "published__during": ["2000/2004"],
}


def samples(parameter: Parameter) -> list[str]:
    """Questions with one value of the parameter and, where it takes them, with two."""
    if parameter.operator is Operator.LATEST:
        return [f"{parameter.name}=true"]
    if parameter.type is bool:
        return [f"{parameter.name}=true", f"{parameter.name}=false"]
    values = SAMPLES.get(parameter.name) or list(parameter.choices or ("0", "1"))[:2]
    one = f"{parameter.name}={values[0]}"
    return [one, f"{one}&{parameter.name}={values[1]}"] if parameter.many else [one]


@pytest.mark.parametrize(("resource", "parameter"), FILTERS)
def test_every_filter_becomes_sql_that_binds_its_values(resource: Resource, parameter: Parameter) -> None:
    plain, _ = statement(resource.name, "")
    for query in samples(parameter):
        text, binds = statement(resource.name, query)
        assert " WHERE " in text
        assert text != plain
        wanted = {name for name in binds if name.startswith(f"{parameter.name}_")}
        assert wanted or parameter.operator in {Operator.EXISTS, Operator.LATEST}
        assert set(re.findall(r":(\w+)", text)) == {*binds, "limit"}


@pytest.mark.parametrize("collection", ["facts", "events"])
def test_filters_on_source_and_speaker_share_a_citation(collection: str) -> None:
    text, _ = statement(collection, "source=a&source__tier=A&source__language=en&speaker=b")
    assert text.count(" AS {}_citation_pair ON ".format(collection.removesuffix("s"))) == 1


def test_filters_on_the_links_of_an_event_have_a_pair_each() -> None:
    text, _ = statement("events", "region=a&region__within=b&region__not=c&source=d&speaker=e&sector=f")
    for pair in ("region_pair", "region__within_pair", "sector_pair", "event_citation_pair"):
        assert text.count(f" AS {pair} ON ") == 1
    assert text.count("NOT IN (SELECT event_region.number") == 1


def test_a_bounded_count_ends_one_above_the_bound() -> None:
    resource, question = asked("facts", "region=tijuana")
    shapes, _ = filters(resource.parameters, question, {})
    text, constants = compiled(count_select(resource, shapes, bounded=True))
    assert " ".join(text.split()) == (
        "SELECT count(*) AS count_1 FROM (SELECT 1 FROM fact WHERE fact.region_id = :region_0 "
        "LIMIT :param_1 OFFSET :param_2) AS anon_1"
    )
    assert constants == {"param_1": COUNT_BOUND + 1, "param_2": 0}
    text, constants = compiled(count_select(resource, shapes, bounded=False))
    assert "LIMIT" not in text
    assert constants == {}


def test_an_item_is_looked_up_by_its_id() -> None:
    text, constants = compiled(item_select(RESOURCE_NAMED["facts"], Lang.ES))
    assert " ".join(text.split()) == as_bytes(
        "SELECT body_es.body FROM fact JOIN body_es ON body_es.number = fact.number WHERE fact.id = :id"
    )
    assert constants == {}


@pytest.mark.parametrize(
    ("collection", "include", "target", "sql"),
    [
        (
            "facts",
            "region",
            "regions",
            (
                "SELECT body_en.id, body_en.body FROM region JOIN body_en ON body_en.number = region.number WHERE "
                "region.id IN (SELECT including.region_id FROM fact AS including WHERE including.id IN (:id_0, "
                ":id_1)) ORDER BY region.id"
            ),
        ),
        (
            "facts",
            "source",
            "sources",
            (
                "SELECT body_en.id, body_en.body FROM source JOIN body_en ON body_en.number = source.number WHERE "
                "source.id IN (SELECT fact_citation.source_id FROM fact_citation WHERE fact_citation.number IN "
                "(SELECT including.number FROM fact AS including WHERE including.id IN (:id_0, :id_1))) ORDER BY "
                "source.id"
            ),
        ),
        (
            "events",
            "sectors",
            "sectors",
            (
                "SELECT body_en.id, body_en.body FROM sector JOIN body_en ON body_en.number = sector.number WHERE "
                "sector.id IN (SELECT event_sector.sector_id FROM event_sector WHERE event_sector.number IN (SELECT "
                "including.number FROM event AS including WHERE including.id IN (:id_0, :id_1))) ORDER BY sector.id"
            ),
        ),
        (
            "regions",
            "parent",
            "regions",
            (
                "SELECT body_en.id, body_en.body FROM region JOIN body_en ON body_en.number = region.number WHERE "
                "region.id IN (SELECT including.parent_id FROM region AS including WHERE including.id IN (:id_0, "
                ":id_1)) ORDER BY region.id"
            ),
        ),
    ],
)
def test_the_sql_of_an_include(collection: str, include: str, target: str, sql: str) -> None:
    text, _ = compiled(include_select(RESOURCE_NAMED[collection], include, RESOURCE_NAMED[target], Lang.EN, 2))
    assert " ".join(text.split()) == as_bytes(sql)


# On the packaged dataset.


@pytest.fixture(scope="module")
def connection(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        yield opened


def limited(asked_for: tuple[str, dict[str, Any]], limit: int = 10_000) -> tuple[str, dict[str, Any]]:
    text, binds = asked_for
    return text, {**binds, "limit": limit}


def plan(connection: sqlite3.Connection, text: str, binds: dict[str, Any]) -> str:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {text}", {**binds, "limit": 26}).fetchall()
    return "\n".join(detail for *_, detail in rows)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_the_json_of_an_item_begins_with_its_id(connection: sqlite3.Connection, resource: Resource) -> None:
    sql = f"SELECT id, CAST(body AS BLOB) FROM {resource.table.name} JOIN body_en USING (number, id)"
    found = connection.execute(sql).fetchall()
    assert found
    for id_, body in found:
        assert id_of(body) == id_ == json.loads(body)["id"]


@pytest.mark.parametrize(("resource", "parameter"), FILTERS)
def test_the_database_plans_and_runs_every_filter(
    connection: sqlite3.Connection, resource: Resource, parameter: Parameter
) -> None:
    everything = {id_of(body) for body, *_ in connection.execute(*limited(statement(resource.name, "")))}
    for query in samples(parameter):
        text, binds = statement(resource.name, query)
        assert plan(connection, text, binds)
        found = [id_of(body) for body, *_ in connection.execute(*limited((text, binds)))]
        assert set(found) <= everything
        shapes, values = filtered(resource.name, query)
        counting, constants = compiled(count_select(resource, shapes, bounded=True))
        assert connection.execute(counting, {**constants, **values}).fetchone() == (len(found),)


@pytest.mark.parametrize(("resource", "value"), SORTS)
def test_the_database_plans_every_order(connection: sqlite3.Connection, resource: Resource, value: str) -> None:
    assert plan(connection, *statement(resource.name, sorting(value)))


@pytest.mark.parametrize("field", ["subject", "region", "sector", "predicate"])
def test_facts_are_found_by_an_index(connection: sqlite3.Connection, field: str) -> None:
    text, binds = statement("facts", f"{field}=tijuana")
    assert f"SEARCH fact USING COVERING INDEX ix_fact_{field} ({field}_id=?)" in plan(connection, text, binds)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_an_item_is_found_by_an_index(connection: sqlite3.Connection, resource: Resource) -> None:
    text, binds = compiled(item_select(resource, Lang.EN))
    assert plan(connection, text, {**binds, "id": "tijuana"}).startswith(f"SEARCH {resource.table.name} USING")


@pytest.mark.parametrize(
    ("collection", "query", "table"),
    [
        ("facts", "region__within=tijuana", "within"),
        ("facts", "id=a&id=b", "fact"),
        ("events", "region=tijuana", "region_pair"),
        ("events", "organization=itj", "organization_pair"),
        ("regions", "within=cali-baja", "within"),
        ("people", "organization=itj", "organization_pair"),
    ],
)
def test_links_are_found_by_an_index(connection: sqlite3.Connection, collection: str, query: str, table: str) -> None:
    assert re.search(rf"SEARCH {table} USING (?:COVERING )?INDEX", plan(connection, *statement(collection, query)))


@pytest.mark.parametrize(
    ("resource", "include"),
    [
        pytest.param(resource, include, id=f"{resource.name}-{include}")
        for resource in RESOURCES
        for include in resource.include_values
    ],
)
def test_an_include_finds_what_the_items_name(connection: sqlite3.Connection, resource: Resource, include: str) -> None:
    bodies = {id_of(body): body for body, _ in connection.execute(*limited(statement(resource.name, "")))}
    binds = {f"id_{index}": id_ for index, id_ in enumerate(bodies)}
    found = set()
    for type_ in include_targets(resource, include):
        text, constants = compiled(include_select(resource, include, RESOURCE_OF[type_], Lang.EN, len(bodies)))
        found |= {(type_, id_) for id_, _ in connection.execute(text, {**constants, **binds})}
    items = [json.loads(body) for body in bodies.values()]
    assert found == {(ref["type"], ref["id"]) for item in items for ref in referred(item, include)}


def referred(item: dict[str, Any], include: str) -> list[dict[str, str]]:
    """The items that an item names, where an include looks."""
    if include == "members":
        named = [member["region"] for member in item["members"]]
    elif include == "organization":
        named = [role["organization"] for role in item["roles"]]
    elif include in {"source", "speaker"}:
        named = [citation[include] for citation in item["citations"]]
    else:
        named = item[include] if isinstance(item[include], list) else [item[include]]
    return [ref for ref in named if ref is not None]


def reads_in_order(found: str) -> bool:
    return "TEMP B-TREE" not in found


def is_looked_up_first(parameter: Any) -> bool:
    """Whether it finds a few before any order: at most a hundred items, those that have words, the latest of series."""
    return parameter.operator in {Operator.MATCH, Operator.LATEST} or parameter.name == "id"


@pytest.mark.parametrize(
    ("resource", "parameter"), [each for each in FILTERS if not is_looked_up_first(each.values[1])]
)
def test_a_filter_is_served_in_the_order_of_ids_without_sorting(
    connection: sqlite3.Connection, resource: Resource, parameter: Parameter
) -> None:
    for query in samples(parameter):
        if query.count(f"{parameter.name}=") > 1:
            continue  # each value is found in its order, and not all in one
        found = plan(connection, *statement(resource.name, query))
        assert reads_in_order(found), found
        if parameter.operator is Operator.EQ:
            # Found by an index that has no other items, not by looking at all.
            assert found.startswith("SEARCH "), found
            assert "SCAN" not in found, found


# Without words nothing is relevant.
@pytest.mark.parametrize(("resource", "value"), [each for each in SORTS if "relevance" not in str(each.values[1])])
def test_an_order_without_filters_is_read_from_an_index(
    connection: sqlite3.Connection, resource: Resource, value: str
) -> None:
    found = plan(connection, *statement(resource.name, sorting(value)))
    assert reads_in_order(found), found
    table = resource.table.name
    # The table itself stands in the order of ids.
    of_index = rf"SCAN {table} USING (?:COVERING )?INDEX ix_{table}_"
    assert re.match(f"SCAN {table}" if value in {"id", "-id"} else of_index, found), found


@pytest.mark.parametrize(
    "query",
    [
        f"{filters_}&sort={sort}"
        for filters_ in (
            *("subject=a", "predicate=a", "region=a", "sector=a"),
            *("subject=a&predicate=b", "region=a&predicate=b", "region=a&basis=observed", "subject=a&qualifier=exact"),
        )
        for sort in ("value", "-value", "time", "-time")
    ],
)
def test_the_commonest_filters_of_facts_are_served_in_every_order_of_figures_and_times(
    connection: sqlite3.Connection, query: str
) -> None:
    found = plan(connection, *statement("facts", query))
    assert reads_in_order(found), found


TIMED = ("subject=a", "predicate=a", "region=a", "sector=a", "subject=a&predicate=b", "region=a&predicate=b")


@pytest.mark.parametrize("sort", ["value", "-value", "time", "-time"])
@pytest.mark.parametrize("filters_", TIMED)
def test_facts_of_some_days_are_read_from_an_index_and_their_bodies(
    connection: sqlite3.Connection, filters_: str, sort: str
) -> None:
    found = plan(connection, *statement("facts", f"{filters_}&time__during=2000/2020&sort={sort}"))
    index, body = found.splitlines()
    assert index.startswith("SEARCH fact USING COVERING INDEX"), found
    assert body == "SEARCH body_en USING INTEGER PRIMARY KEY (rowid=?)"
    # What began after the last of the days is not even looked at.
    assert ("time_earliest_downward>?" in index) is (sort == "-time")


@pytest.mark.parametrize("match", ["possible", "certain"])
@pytest.mark.parametrize("filters_", TIMED)
def test_facts_of_some_days_are_counted_in_an_index_from_the_last_of_them_back(
    connection: sqlite3.Connection, filters_: str, match: str
) -> None:
    resource, question = asked("facts", f"{filters_}&time__during=2000/2020&time_match={match}")
    shapes, binds = filters(resource.parameters, question, {})
    text, constants = compiled(count_select(resource, shapes, bounded=True))
    found = plan(connection, text, {**constants, **binds})
    assert re.search(r"SEARCH fact USING COVERING INDEX ix_fact_\w+_days \(.*time_earliest", found), found
    assert "TEMP B-TREE" not in found


def test_a_count_is_in_no_order_where_no_index_has_it() -> None:
    for query in ("time__during=2000", "basis=observed&time__during=2000", "region=a&region=b&time__during=2000"):
        resource, question = asked("facts", query)
        shapes, _ = filters(resource.parameters, question, {})
        assert "ORDER BY" not in compiled(count_select(resource, shapes, bounded=True))[0], query


ORDERS = [
    *(
        pytest.param(resource.name, sorting(value), id=f"{resource.name}-{value}")
        for resource in RESOURCES
        for value in resource.sort_values
    ),
    *(
        pytest.param("facts", query, id=f"facts-{query}")
        for query in (
            *("sort=-value,time", "sort=predicate,-value", "sort=-time,-subject,-id", "sort=subject,-time,value"),
            *("q=a", "q=a&sort=-value,relevance", "q=a&latest=true", "latest=true&sort=-time"),
        )
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("collection", "query"), ORDERS)
def test_behind_an_item_comes_the_rest(connection: sqlite3.Connection, collection: str, query: str) -> None:
    rows = connection.execute(*limited(statement(collection, query))).fetchall()
    ids = [id_of(row[0]) for row in rows]
    assert ids
    assert len(set(ids)) == len(ids)
    resource, question = asked(collection, query)
    keys = sort_keys(resource, order(question), Lang.EN)
    places = [place(keys, row) for row in rows]
    there = [tuple(key is not None for key in each) for each in places]
    # Of many items some will do, and those behind which a key is there no more.
    some = {*range(0, len(rows), len(rows) // 50 + 1), len(rows) - 1}
    some |= {position for position in range(len(rows) - 1) if there[position] != there[position + 1]}
    for position in some:
        behind = after_binds(keys, places[position])
        found: list[str] = []
        for same in range(len(keys), -1, -1):
            text, binds = statement(collection, query, same)
            found += [id_of(row[0]) for row in connection.execute(*limited((text, {**binds, **behind})))]
        assert found == ids[position + 1 :]
