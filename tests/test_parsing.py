from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.client import parameters_of
from calibaja_api.errors import InvalidParameters, UriTooLong, parameter_error
from calibaja_api.filtering import filters
from calibaja_api.parameters import Parameter
from calibaja_api.parsing import MAX_URL, Parser, check_length
from calibaja_api.resources import RESOURCES
from calibaja_api.shapes import FactItemQuery, FactQuery, Question, RegionItemQuery, RegionQuery, SourceQuery
from calibaja_api.shapes.problems import ErrorCode, ParameterError
from calibaja_api.shapes.values import MAX_CURSOR, MAX_TEXT, MAX_VALUES
from calibaja_api.shapes.vocabulary import Basis, Format, Lang, Qualifier, Tier, TimeMatch

FACTS, REGIONS, SOURCES = Parser(FactQuery), Parser(RegionQuery), Parser(SourceQuery)
PARSERS: dict[str, Parser[Any]] = {"facts": FACTS, "regions": REGIONS, "sources": SOURCES}


def asked(parser: Parser[Any], query: str) -> dict[str, Any]:
    question = parser.parse(query.encode())
    return {name: getattr(question, name) for name in question.model_fields_set}


def refused(parser: Parser[Any], query: str) -> list[ParameterError]:
    with pytest.raises(InvalidParameters) as refusal:
        parser.parse(query.encode())
    for error in refusal.value.errors:
        assert error.detail.endswith((".", "?"))
        assert "Value error" not in error.detail
        assert "pydantic" not in error.detail
    return refusal.value.errors


def mistakes(parser: Parser[Any], query_string: bytes) -> list[ParameterError]:
    """What is wrong with a query string; nothing with a right one."""
    try:
        parser.parse(query_string)
    except InvalidParameters as refusal:
        return refusal.errors
    return []


@pytest.mark.parametrize(
    ("collection", "query", "expected"),
    [
        ("facts", "", {}),
        ("facts", "&&", {}),
        ("facts", "subject=tijuana", {"subject": ["tijuana"]}),
        ("facts", "subject=tijuana&subject=ensenada", {"subject": ["tijuana", "ensenada"]}),
        ("facts", "subject=cali--baja", {"subject": ["cali--baja"]}),
        ("facts", "region__within=cali-baja", {"region__within": ["cali-baja"]}),
        ("facts", "region__exists=false", {"region__exists": False}),
        ("facts", "region__exists=true", {"region__exists": True}),
        ("facts", "value=0", {"value": [0.0]}),
        ("facts", "value=0&value=-2.5", {"value": [0.0, -2.5]}),
        ("facts", "value__gte=0&value__lt=300", {"value__gte": 0.0, "value__lt": 300.0}),
        ("facts", "value__gte=300&value__lte=300", {"value__gte": 300.0, "value__lte": 300.0}),
        ("facts", "unit={establishment}", {"unit": ["{establishment}"]}),
        ("facts", "unit=%7Bestablishment%7D&unit=%25", {"unit": ["{establishment}", "%"]}),
        ("facts", "per=P1Y&per=PT12H", {"per": ["P1Y", "PT12H"]}),
        ("facts", "qualifier=more-than", {"qualifier": [Qualifier.MORE_THAN]}),
        ("facts", "basis__not=opinion", {"basis__not": [Basis.OPINION]}),
        ("facts", "source__tier=A&source__tier=B", {"source__tier": [Tier.A, Tier.B]}),
        ("facts", "time__during=1994/..", {"time__during": "1994/.."}),
        ("facts", "time__during=1994%2F1999", {"time__during": "1994/1999"}),
        (
            "facts",
            "time__during=2015&time_match=certain",
            {"time__during": "2015", "time_match": TimeMatch.CERTAIN},
        ),
        ("facts", "sort=-time,value", {"sort": ["-time", "value"]}),
        ("facts", "sort=-time&sort=value", {"sort": ["-time", "value"]}),
        ("facts", "include=subject,region&include=source", {"include": ["subject", "region", "source"]}),
        ("facts", "limit=200&count=exact", {"limit": 200, "count": "exact"}),
        ("facts", "limit=007", {"limit": 7}),
        ("facts", "lang=es", {"lang": Lang.ES}),
        ("facts", "dataset_version=0123456789abcdef", {"dataset_version": "0123456789abcdef"}),
        ("facts", "region=a&region=b&region__not=a", {"region": ["a", "b"], "region__not": ["a"]}),
        ("facts", "region__exists=false&region__not=a", {"region__exists": False, "region__not": ["a"]}),
        ("facts", "region__exists=true&region=a", {"region__exists": True, "region": ["a"]}),
        ("facts", "region__exists=false&sector=a", {"region__exists": False, "sector": ["a"]}),
        ("facts", "latest=true&q=San+Diego", {"latest": True, "q": "San Diego"}),
        ("facts", "q=%22a%22+OR+b*", {"q": '"a" OR b*'}),
        ("facts", "q=relevance&sort=relevance", {"q": "relevance", "sort": ["relevance"]}),
        (
            "facts",
            "facets=basis,unit&facets=time__decade&facet_limit=200",
            {"facets": ["basis", "unit", "time__decade"], "facet_limit": 200},
        ),
        ("facts", "format=csl-json", {"format": Format.CSL_JSON}),
        (
            "facts",
            "format=csv&fields=id,value&fields=claim",
            {"format": Format.CSV, "fields": ["id", "value", "claim"]},
        ),
        ("regions", "format=geojson", {"format": Format.GEOJSON}),
        ("regions", "near=32.54,-117.03&radius_km=0.5", {"near": "32.54,-117.03", "radius_km": 0.5}),
        ("regions", "near=90.0,180.00", {"near": "90.0,180.00"}),
        ("regions", "near=-90%2C-180&radius_km=20038", {"near": "-90,-180", "radius_km": 20038.0}),
        ("regions", "name__contains=San+Diego", {"name__contains": "San Diego"}),
        ("regions", "name__contains=San%20Diego", {"name__contains": "San Diego"}),
        ("regions", "name__contains=a%2Bb", {"name__contains": "a+b"}),
        ("regions", "name__contains=a=b", {"name__contains": "a=b"}),
        ("regions", "name__contains=a;b,c", {"name__contains": "a;b,c"}),
        ("regions", "name__contains=100%", {"name__contains": "100%"}),
        ("regions", "name__contains=%C3%91", {"name__contains": "Ñ"}),
        ("regions", "name__contains=Ñ", {"name__contains": "Ñ"}),
        ("regions", "name__contains=%F0%9F%98%80", {"name__contains": "\U0001f600"}),
        ("regions", "name__prefix=%0A", {"name__prefix": "\n"}),
        ("regions", "identifier=iso3166-2:MX-BCN", {"identifier": ["iso3166-2:MX-BCN"]}),
        ("regions", "k%69nd=city", {"kind": ["city"]}),
        ("regions", f"name__contains={'a' * MAX_TEXT}", {"name__contains": "a" * MAX_TEXT}),
        ("regions", f"name__contains={'%C3%91' * MAX_TEXT}", {"name__contains": "Ñ" * MAX_TEXT}),
        ("regions", f"cursor={'a' * MAX_CURSOR}", {"cursor": "a" * MAX_CURSOR}),
        ("regions", "&".join(["id=a"] * MAX_VALUES), {"id": ["a"] * MAX_VALUES}),
        ("regions", f"id={'a' * 96}", {"id": ["a" * 96]}),
    ],
)
def test_what_a_query_string_asks(collection: str, query: str, expected: dict[str, Any]) -> None:
    assert asked(PARSERS[collection], query) == expected


@pytest.mark.parametrize(
    ("collection", "query", "code", "parameter", "suggestion"),
    [
        # Unknown parameters.
        ("facts", "regoin=tijuana", "unknown-parameter", "regoin", "region"),
        ("facts", "Region=tijuana", "unknown-parameter", "Region", "region"),
        ("facts", "region_within=a", "unknown-parameter", "region_within", "region__within"),
        ("facts", "colour=red", "unknown-parameter", "colour", None),
        ("facts", "name__contains=a", "unknown-parameter", "name__contains", None),
        ("facts", "=a", "unknown-parameter", "", None),
        ("facts", "%ff=a", "unknown-parameter", "\ufffd", None),
        ("facts", "subject%00=a", "unknown-parameter", "subject\x00", "subject"),
        ("facts", "subject[]=a", "unknown-parameter", "subject[]", "subject"),
        ("regions", f"{'k' * 5000}=a", "unknown-parameter", "k" * 5000, None),
        # Given twice.
        ("facts", "limit=1&limit=1", "repeated", "limit", None),
        ("facts", "region__exists=true&region__exists=true", "repeated", "region__exists", None),
        ("facts", "value__gte=1&value__gte=2", "repeated", "value__gte", None),
        ("facts", "time__during=2015&time__during=2016", "repeated", "time__during", None),
        ("facts", "lang=en&lang=es", "repeated", "lang", None),
        ("regions", "name__contains=a&name__contains=b", "repeated", "name__contains", None),
        # Empty.
        ("facts", "subject=", "empty", "subject", None),
        ("facts", "subject", "empty", "subject", None),
        ("facts", "subject=tijuana&subject=", "empty", "subject", None),
        ("facts", "limit=", "empty", "limit", None),
        ("facts", "region__exists=", "empty", "region__exists", None),
        ("facts", "sort=", "empty", "sort", None),
        ("facts", "sort=,", "empty", "sort", None),
        ("facts", "sort=time,", "empty", "sort", None),
        ("facts", "sort=time,,value", "empty", "sort", None),
        # Wrong form.
        ("facts", "subject=Tijuana", "wrong-form", "subject", "tijuana"),
        ("facts", "subject=Baja+California", "wrong-form", "subject", "baja-california"),
        ("facts", "subject=M%C3%A9xico", "wrong-form", "subject", "mexico"),
        ("facts", "subject=tijuana%20", "wrong-form", "subject", "tijuana"),
        ("facts", "subject=tijuana%0A", "wrong-form", "subject", "tijuana"),
        ("facts", "subject=-tijuana", "wrong-form", "subject", "tijuana"),
        ("facts", "subject=tijuana,ensenada", "wrong-form", "subject", None),
        ("facts", "subject=%E6%9D%B1%E4%BA%AC", "wrong-form", "subject", None),
        ("facts", "subject=%00", "wrong-form", "subject", None),
        ("facts", "subject=%ff", "wrong-form", "subject", None),
        ("facts", "subject=%ED%A0%80", "wrong-form", "subject", None),
        ("facts", "limit=%ff", "wrong-form", "limit", None),
        ("facts", "unit=two+words", "wrong-form", "unit", None),
        ("facts", "per=yearly", "wrong-form", "per", None),
        ("facts", "per=P6M1Y", "wrong-form", "per", None),
        ("facts", "per=P", "wrong-form", "per", None),
        ("facts", "source__language=English", "wrong-form", "source__language", None),
        ("facts", "cursor=a.b", "wrong-form", "cursor", None),
        ("facts", "cursor=abc=", "wrong-form", "cursor", None),
        ("facts", "cursor=abc%0A", "wrong-form", "cursor", None),
        ("facts", "dataset_version=latest", "wrong-form", "dataset_version", None),
        ("facts", "dataset_version=0123456789ABCDEF", "wrong-form", "dataset_version", None),
        ("facts", "time__during=last+year", "wrong-form", "time__during", None),
        ("facts", "time__during=2015-02-29", "wrong-form", "time__during", None),
        ("facts", "time__during=2015%0A", "wrong-form", "time__during", None),
        ("facts", "time__during=2015~%0A", "wrong-form", "time__during", None),
        ("facts", "time__during=[2000,2002]", "wrong-form", "time__during", None),
        ("facts", "time__during=..", "wrong-form", "time__during", None),
        ("regions", "name__contains=%00", "wrong-form", "name__contains", None),
        ("regions", "name__contains=a%00b", "wrong-form", "name__contains", None),
        ("regions", "name__contains=a%ff", "wrong-form", "name__contains", None),
        ("regions", "identifier=MX-BCN", "wrong-form", "identifier", None),
        ("regions", "identifier=:MX-BCN", "wrong-form", "identifier", None),
        ("regions", "identifier=iso3166-2:", "wrong-form", "identifier", None),
        ("facts", "q=%00", "wrong-form", "q", None),
        ("facts", "latest=1", "wrong-form", "latest", None),
        ("facts", "facet_limit=1.0", "wrong-form", "facet_limit", None),
        *(
            ("regions", f"near={point}", "wrong-form", "near", None)
            for point in (
                *(
                    "tijuana",
                    "32.54",
                    "32.54,",
                    ",-117",
                    "32.54;-117.03",
                    "32.54,-117.03,0",
                    "90.1,0",
                    "-91,0",
                    "0,180.5",
                ),
                *(
                    "0,-181",
                    "nan,0",
                    "inf,0",
                    "1e1,0",
                    "%2B1,0",
                    ".5,0",
                    "1.,0",
                    "01,0",
                    "0,+1",
                    "0x1,0",
                    "1_0,0",
                    "0,0%0A",
                ),
            )
        ),
        ("regions", "near=0,0&radius_km=wide", "wrong-form", "radius_km", None),
        # Out of bounds.
        ("facts", "facet_limit=0", "out-of-bounds", "facet_limit", None),
        ("facts", "facet_limit=201", "out-of-bounds", "facet_limit", None),
        ("facts", f"q={'a' * (MAX_TEXT + 1)}", "out-of-bounds", "q", None),
        ("regions", "near=0,0&radius_km=0", "out-of-bounds", "radius_km", None),
        ("regions", "near=0,0&radius_km=-1", "out-of-bounds", "radius_km", None),
        ("regions", "near=0,0&radius_km=20039", "out-of-bounds", "radius_km", None),
        ("regions", "near=0,0&radius_km=1e999", "out-of-bounds", "radius_km", None),
        ("facts", "limit=0", "out-of-bounds", "limit", None),
        ("facts", "limit=-0", "out-of-bounds", "limit", None),
        ("facts", "limit=-1", "out-of-bounds", "limit", None),
        ("facts", "limit=201", "out-of-bounds", "limit", None),
        ("facts", "limit=999999999999999", "out-of-bounds", "limit", None),
        ("facts", "value=1e999", "out-of-bounds", "value", None),
        ("facts", "value=1e301", "out-of-bounds", "value", None),
        ("facts", "value__lt=-1e301", "out-of-bounds", "value__lt", None),
        ("facts", f"value=-{'9' * 400}", "out-of-bounds", "value", None),
        ("facts", f"cursor={'a' * (MAX_CURSOR + 1)}", "out-of-bounds", "cursor", None),
        ("facts", "&".join(["subject=a"] * (MAX_VALUES + 1)), "out-of-bounds", "subject", None),
        ("facts", f"sort={','.join(['time'] * (MAX_VALUES + 1))}", "out-of-bounds", "sort", None),
        ("facts", f"subject={'a' * 97}", "out-of-bounds", "subject", None),
        ("regions", f"name__contains={'a' * (MAX_TEXT + 1)}", "out-of-bounds", "name__contains", None),
        # Not one of a closed list.
        ("facts", "qualifier=exactly", "not-allowed", "qualifier", "exact"),
        ("facts", "qualifier=Exact", "not-allowed", "qualifier", "exact"),
        ("facts", "basis__not=guess", "not-allowed", "basis__not", None),
        ("facts", "source__tier=a", "not-allowed", "source__tier", "A"),
        ("facts", "qualifier=exact,about", "not-allowed", "qualifier", None),
        ("facts", "subject__type=regions", "not-allowed", "subject__type", "region"),
        ("facts", "sort=tiem", "not-allowed", "sort", "time"),
        ("facts", "sort=--time", "not-allowed", "sort", "-time"),
        ("facts", "sort=latitude", "not-allowed", "sort", None),
        ("facts", "sort=time,+value", "not-allowed", "sort", "-value"),
        ("facts", "include=everything", "not-allowed", "include", None),
        ("facts", "lang=fr", "not-allowed", "lang", None),
        ("facts", "lang=es-MX", "not-allowed", "lang", None),
        ("facts", "count=all", "not-allowed", "count", None),
        ("facts", "time_match=sure", "not-allowed", "time_match", None),
        ("regions", "format=xml", "not-allowed", "format", None),
        ("regions", "format=bibtex", "not-allowed", "format", None),
        ("facts", "format=geojson", "not-allowed", "format", None),
        ("sources", "format=geojson", "not-allowed", "format", None),
        ("facts", "facets=bases", "not-allowed", "facets", "basis"),
        ("regions", "facets=region", "not-allowed", "facets", None),
        ("facts", "fields=id,claims,nota", "not-allowed", "fields", "note"),
        ("facts", "sort=relevants&q=a", "not-allowed", "sort", "relevance"),
        # Reversed intervals.
        ("facts", "time__during=2016/2015", "reversed-interval", "time__during", None),
        ("facts", "value__gte=2&value__lte=1", "reversed-interval", "value__gte", None),
        ("facts", "value__gt=2&value__lt=1", "reversed-interval", "value__gt", None),
        ("facts", "value__gte=0&value__lt=-1", "reversed-interval", "value__gte", None),
        ("sources", "published__during=2016/2015", "reversed-interval", "published__during", None),
        # What is missing.
        ("facts", "sort=relevance", "needs-q", "sort", None),
        ("facts", "sort=-relevance,id", "needs-q", "sort", None),
        # Combinations that exclude themselves.
        ("facts", "region=a&region__not=a", "excluded-combination", "region__not", None),
        ("facts", "region=a&region__not=b&region__not=a", "excluded-combination", "region__not", None),
        ("facts", "region__exists=false&region=a", "excluded-combination", "region__exists", None),
        ("facts", "region__exists=false&region__within=a", "excluded-combination", "region__exists", None),
        ("facts", "value__exists=false&value__gte=0", "excluded-combination", "value__exists", None),
        ("facts", "value__exists=false&value=0", "excluded-combination", "value__exists", None),
        ("facts", "time__exists=false&time__during=2015", "excluded-combination", "time__exists", None),
        ("facts", "sort=time,-time", "excluded-combination", "sort", None),
        ("facts", "sort=-id&sort=id", "excluded-combination", "sort", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_and_what_would_be_right(
    collection: str, query: str, code: str, parameter: str, suggestion: str | None
) -> None:
    errors = refused(PARSERS[collection], query)
    assert [(error.parameter, error.code, error.suggestion) for error in errors] == [(parameter, code, suggestion)]
    if suggestion is not None:
        assert errors[0].detail.endswith(f"Did you mean {suggestion}?")


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("knd=city", sorted(REGIONS.parameters)),
        ("sort=size", ["id", "-id", "name", "-name", "kind", "-kind", "relevance", "-relevance"]),
        ("facets=size", ["kind", "parent"]),
        ("format=xml", ["json", "ndjson", "csv", "geojson"]),
        ("include=facts", ["parent", "members"]),
        ("lang=fr", ["en", "es"]),
        ("count=all", ["auto", "exact", "none"]),
        ("kind=City", None),
        ("limit=0", None),
        ("limit=1&limit=2", None),
        ("kind=", None),
    ],
)
def test_a_short_list_of_what_is_allowed_comes_along(query: str, allowed: list[str] | None) -> None:
    [error] = refused(REGIONS, query)
    assert error.allowed == allowed


@pytest.mark.parametrize(("length", "shown"), [(0, True), (50, True), (51, False)])
def test_a_long_list_of_what_is_allowed_does_not(length: int, shown: bool) -> None:
    allowed = [f"kind-{index}" for index in range(length)]
    error = parameter_error("kind", ErrorCode.UNKNOWN_VALUE, "Nothing here has that.", allowed=allowed)
    assert error.allowed == (allowed if shown else None)


@pytest.mark.parametrize(
    ("lower", "upper"), [("value__gt", "value__lt"), ("value__gte", "value__lt"), ("value__gt", "value__lte")]
)
def test_bounds_between_which_nothing_lies_exclude_each_other(lower: str, upper: str) -> None:
    [error] = refused(FACTS, f"{lower}=5&{upper}=5")
    assert error.code in {ErrorCode.REVERSED_INTERVAL, ErrorCode.EXCLUDED_COMBINATION}


@pytest.mark.parametrize(
    "query",
    [
        "value=1&value=2&value__gt=2",
        "value=5&value__lt=5",
        "value=5&value__gte=6",
        "value=1&value=10&value__gte=5&value__lte=7",
    ],
)
def test_values_outside_the_bounds_exclude_themselves(query: str) -> None:
    [error] = refused(FACTS, query)
    assert error.code is ErrorCode.EXCLUDED_COMBINATION


def test_all_mistakes_are_named_at_once() -> None:
    query = (
        "regoin=tijuana&limit=0&subject=&subject=Tijuana&value=many&value__exists=yes&lang=en&lang=es&sort=tiem,-tiem"
        "&time__during=2016/2015&per=%ff&basis=guess&include=subject"
    )
    found = {(error.parameter, error.code) for error in refused(FACTS, query)}
    assert found == {
        ("regoin", "unknown-parameter"),
        ("limit", "out-of-bounds"),
        ("subject", "empty"),
        ("subject", "wrong-form"),
        ("value", "wrong-form"),
        ("value__exists", "wrong-form"),
        ("lang", "repeated"),
        ("sort", "not-allowed"),
        ("time__during", "reversed-interval"),
        ("per", "wrong-form"),
        ("basis", "not-allowed"),
    }


def test_each_wrong_value_of_a_list_is_named() -> None:
    errors = refused(FACTS, "qualifier=exact&qualifier=exactly&qualifier=abut")
    assert [(error.code, error.suggestion) for error in errors] == [("not-allowed", "exact"), ("not-allowed", "about")]


def test_all_combinations_that_exclude_themselves_are_named() -> None:
    query = "region=a&region__not=a&sector__exists=false&sector=b&value__gt=2&value__lt=1&sort=time,-time"
    found = {(error.parameter, error.code) for error in refused(FACTS, query)}
    assert found == {
        ("region__not", "excluded-combination"),
        ("sector__exists", "excluded-combination"),
        ("value__gt", "reversed-interval"),
        ("sort", "excluded-combination"),
    }


@pytest.mark.parametrize("text", ["1", "25", "200", "0025", "000000000000025"])
def test_a_whole_number_is_digits(text: str) -> None:
    assert asked(FACTS, f"limit={text}") == {"limit": int(text)}


@pytest.mark.parametrize(
    "text",
    [
        *("1.0", "1.", "+1", " 1", "1 ", "1\n", "1_0", "1e1", "0x1", "1,0", "--1", "-", "one", "true", "null", "None"),
        *("\u0661", "\uff11", "\u00b2", "0" * 15 + "1", "9" * 16, "9" * 5_000, "nan", "inf"),
    ],
)
def test_a_whole_number_is_nothing_else(text: str) -> None:
    [error] = refused(FACTS, urlencode({"limit": text}))
    assert (error.parameter, error.code) == ("limit", "wrong-form")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("0", 0.0), ("-0", 0.0), ("300", 300.0), ("-2.5", -2.5), ("0.5", 0.5), ("1e6", 1e6), ("1E6", 1e6)],
        *[("1e+3", 1000.0), ("1.5e-3", 0.0015), ("1e300", 1e300), ("1e-999", 0.0), ("0.0", 0.0)],
    ],
)
def test_a_number_is_written_as_in_json(text: str, value: float) -> None:
    assert asked(FACTS, urlencode({"value__gte": text})) == {"value__gte": value}
    assert asked(FACTS, urlencode({"value": text})) == {"value": [value]}


@pytest.mark.parametrize(
    "text",
    [
        *("nan", "NaN", "inf", "-inf", "Infinity", "1.", ".5", "01", "+1", " 1", "1 ", "1\n", "1_000", "1,000", "1e"),
        *("0x10", "--1", "1e1.5", "many", "true", "\u0663", "1/2", "300%"),
    ],
)
def test_a_number_is_nothing_else(text: str) -> None:
    for name in ("value", "value__gte", "value__lt"):
        [error] = refused(FACTS, urlencode({name: text}))
        assert (error.parameter, error.code) == (name, "wrong-form")


@pytest.mark.parametrize("text", ["1", "0", "yes", "no", "on", "t", "f", "True", "FALSE", " true", "true\n", "null"])
def test_a_boolean_is_true_or_false(text: str) -> None:
    [error] = refused(FACTS, urlencode({"value__exists": text}))
    assert (error.parameter, error.code) == ("value__exists", "wrong-form")


EVERY_PARAMETER = [
    pytest.param(Parser(question), parameter, id=f"{question.__name__}.{parameter.name}")
    for resource in RESOURCES
    for question in (resource.question, resource.item_question)
    for parameter in Parser(question).parameters.values()
]
# Of the parameters that take text, those that take neither `0` nor `false`.
OF_OTHER_FORM = {
    "dataset_version",
    "identifier",
    "near",
    "language",
    "source__language",
    "per",
    "time__during",
    "published__during",
}


def taken(parameter: Parameter, text: str) -> tuple[ErrorCode | None, Any]:
    """How a parameter takes `0` or `false`: the code of the refusal, or the value."""
    if parameter.choices is not None:
        return (None, text) if text in parameter.choices else (ErrorCode.NOT_ALLOWED, None)
    if parameter.type is bool:
        return (None, False) if text == "false" else (ErrorCode.WRONG_FORM, None)
    if parameter.name == "radius_km":
        return (ErrorCode.OUT_OF_BOUNDS if text == "0" else ErrorCode.WRONG_FORM), None
    if parameter.type is float:
        return (None, 0.0) if text == "0" else (ErrorCode.WRONG_FORM, None)
    if parameter.type is int:
        return (ErrorCode.OUT_OF_BOUNDS if text == "0" else ErrorCode.WRONG_FORM), None
    return (ErrorCode.WRONG_FORM, None) if parameter.name in OF_OTHER_FORM else (None, text)


@pytest.mark.parametrize(("parser", "parameter"), EVERY_PARAMETER)
@pytest.mark.parametrize("text", ["0", "false"])
def test_zero_and_false_are_values_like_any_other(parser: Parser[Any], parameter: Parameter, text: str) -> None:
    name = parameter.name
    code, value = taken(parameter, text)
    if code is not None:
        [error] = refused(parser, f"{name}={text}")
        assert (error.parameter, error.code) == (name, code)
        return
    question = parser.parse(f"{name}={text}".encode())
    assert question.model_fields_set == {name}
    assert getattr(question, name) == ([value] if parameter.many else value)
    assert question.text == f"{name}={text}"
    if parameter.is_filter:
        shapes, _ = filters(parser.parameters, question, {})
        # Only what is not the latest cannot be asked for.
        assert [shape.name for shape in shapes] == ([] if name == "latest" else [name])


@pytest.mark.parametrize(("parser", "parameter"), EVERY_PARAMETER)
@pytest.mark.parametrize("query", ["{}=", "{}"])
def test_an_empty_value_is_no_value(parser: Parser[Any], parameter: Parameter, query: str) -> None:
    [error] = refused(parser, query.format(parameter.name))
    assert (error.parameter, error.code) == (parameter.name, "empty")


@pytest.mark.parametrize(("parser", "parameter"), EVERY_PARAMETER)
def test_a_value_that_is_not_utf_8_is_no_value(parser: Parser[Any], parameter: Parameter) -> None:
    [error] = refused(parser, f"{parameter.name}=%C3%28")
    assert (error.parameter, error.code) == (parameter.name, "wrong-form")


@pytest.mark.parametrize(("parser", "parameter"), EVERY_PARAMETER)
def test_a_value_with_nul_is_refused(parser: Parser[Any], parameter: Parameter) -> None:
    [error] = refused(parser, f"{parameter.name}=a%00")
    assert error.parameter == parameter.name
    assert error.code in {ErrorCode.WRONG_FORM, ErrorCode.NOT_ALLOWED}


@pytest.mark.parametrize(("parser", "parameter"), EVERY_PARAMETER)
def test_what_takes_one_value_is_not_given_twice(parser: Parser[Any], parameter: Parameter) -> None:
    value = (parameter.choices or ("true" if parameter.type is bool else "1",))[0]
    codes = {error.code for error in mistakes(parser, f"{parameter.name}={value}&{parameter.name}={value}".encode())}
    assert (ErrorCode.REPEATED in codes) is not parameter.many


def test_an_item_takes_no_filters() -> None:
    [error] = refused(Parser(RegionItemQuery), "kind=city")
    assert (error.parameter, error.code) == ("kind", "unknown-parameter")
    assert asked(Parser(FactItemQuery), "include=subject,source&lang=es") == {
        "include": ["subject", "source"],
        "lang": "es",
    }


VALUES: dict[str, list[str]] = {
    "lang": ["en", "es"],
    "limit": ["1", "25", "025"],
    "count": ["auto", "none"],
    "dataset_version": ["0123456789abcdef"],
    "id": ["a", "b", "c-1"],
    "subject": ["tijuana", "ensenada", "0"],
    "subject__type": ["region", "sector"],
    "region": ["tijuana", "tecate"],
    "region__not": ["ensenada"],
    "region__within": ["cali-baja", "mexico"],
    "sector__exists": ["true", "false"],
    "unit": ["%", "{person}", "USD", "a+b&c=d"],
    "qualifier": ["exact", "about"],
    "per": ["P1Y", "PT12H"],
    "value": ["0", "-0", "300", "300.0", "3e2", "-2.5", "1e16", "0.1"],
    "value__gte": ["-2.5", "-1e3"],
    "value__lte": ["1e20", "1e300"],
    "time__during": ["2015", "1994/..", "../1999-06~"],
    "time_match": ["certain", "possible"],
    "source__tier": ["A", "C"],
    "sort": ["-time", "value", "id", "subject"],
    "include": ["subject", "region", "source"],
}


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Parameters of a question, each with values that it can have together."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=6))
    drawn = []
    for name in names:
        most = 3 if FACTS.parameters[name].many else 1
        values = st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=most, unique=name == "sort")
        drawn += [(name, value) for value in draw(values)]
    return drawn


def shuffled(drawn: list[tuple[str, str]], data: st.DataObject) -> list[tuple[str, str]]:
    """The same question: its parameters and values in another order, but for the order of `sort`."""
    mixed = list(data.draw(st.permutations(drawn)))
    sort = iter([pair for pair in drawn if pair[0] == "sort"])
    return [next(sort) if pair[0] == "sort" else pair for pair in mixed]


@given(pairs(), st.data())
def test_the_same_question_is_written_in_one_way(drawn: list[tuple[str, str]], data: st.DataObject) -> None:
    question = FACTS.parse(urlencode(drawn).encode())
    again = FACTS.parse(urlencode(shuffled(drawn, data)).encode())
    assert again.text == question.text


@given(pairs())
def test_values_given_twice_are_given_once(drawn: list[tuple[str, str]]) -> None:
    question = FACTS.parse(urlencode(drawn).encode())
    doubled = [pair for pair in drawn for _ in range(2 if FACTS.parameters[pair[0]].many else 1)]
    assert FACTS.parse(urlencode(doubled).encode()).text == question.text


@given(pairs())
def test_closed_lists_may_be_joined_by_commas(drawn: list[tuple[str, str]]) -> None:
    question = FACTS.parse(urlencode(drawn).encode())
    joined: dict[str, str] = {}
    others = []
    for name, value in drawn:
        if name in {"sort", "include"}:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        else:
            others.append((name, value))
    assert FACTS.parse(urlencode([*others, *joined.items()]).encode()) == question


def meaning(question: Question) -> dict[str, Any]:
    """What a question says, whatever the order of values and how often: the order of `sort` alone has a meaning."""
    said = {name: getattr(question, name) for name in question.model_fields_set}
    lists = {name: list(dict.fromkeys(value)) for name, value in said.items() if isinstance(value, list)}
    return {**said, **{name: value if name == "sort" else sorted(value) for name, value in lists.items()}}


@given(pairs())
def test_a_canonical_question_is_read_as_the_question(drawn: list[tuple[str, str]]) -> None:
    question = FACTS.parse(urlencode(drawn).encode())
    canonical = question.text
    again = FACTS.parse(canonical.encode())
    assert meaning(again) == meaning(question)
    assert again.text == canonical


@given(pairs())
def test_what_the_client_writes_is_read_as_it_was_meant(drawn: list[tuple[str, str]]) -> None:
    question = FACTS.parse(urlencode(drawn).encode())
    again = FACTS.parse(str(parameters_of(question)).encode())
    assert again == question
    assert again.model_fields_set == question.model_fields_set


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20), min_size=1))
def test_any_text_is_read_as_it_was_written(publishers: list[str]) -> None:
    question = SOURCES.parse(urlencode([("publisher", text) for text in publishers]).encode())
    assert question.publisher == publishers
    again = SOURCES.parse(question.text.encode())
    assert again.publisher == sorted(set(publishers))
    assert SOURCES.parse(str(parameters_of(question)).encode()) == question


PIECES = [
    *(b"&", b"=", b"+", b",", b"%", b";", b"%2C", b"%00", b"%ff", b"\xff", b"0", b"1", b"-", b"__", b"false"),
    *(b"kind=city", b"&kind=state", b"&limit=1", b"&sort=name", b",-kind", b"&lang=es", b"&within=tijuana"),
    *(b"&parent__exists=true", b"&name__contains=a", b"&include=parent"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join))
def test_any_query_string_is_a_question_or_refused(query_string: bytes) -> None:
    if not mistakes(REGIONS, query_string):
        question = REGIONS.parse(query_string)
        assert meaning(REGIONS.parse(question.text.encode())) == meaning(question)


@given(st.sampled_from(sorted(FACTS.parameters)), st.text(max_size=10), st.sampled_from(["", "__not", "__gte"]))
def test_any_value_is_a_value_or_refused(name: str, value: str, suffix: str) -> None:
    query_string = f"{name}{suffix}={quote(value)}".encode()
    assert {error.parameter for error in mistakes(FACTS, query_string)} <= {f"{name}{suffix}"}


def test_a_question_for_a_page_is_written_with_its_cursor_and_for_all_pages_without() -> None:
    question = FACTS.parse(b"subject=a&limit=5&lang=es&sort=-time&cursor=W10")
    assert question.text == "lang=es&limit=5&cursor=W10&subject=a&sort=-time"
    assert question.uncut_text == "lang=es&limit=5&subject=a&sort=-time"
    assert FACTS.parse(question.uncut_text.encode()).text == question.uncut_text


def test_long_texts_are_written_as_short_ones_are() -> None:
    question = SOURCES.parse(urlencode({"publisher": "á & ü " * 20}).encode())
    assert question.text == urlencode({"publisher": "á & ü " * 20})


@pytest.mark.parametrize(
    ("path", "query_string", "long"),
    [
        (b"/v1/facts", b"", False),
        (b"/" * MAX_URL, b"", False),
        (b"/" * (MAX_URL + 1), b"", True),
        (b"/v1/facts", b"a" * (MAX_URL - 10), False),
        (b"/v1/facts", b"a" * (MAX_URL - 9), True),
    ],
)
def test_an_address_has_at_most_8000_characters(path: bytes, query_string: bytes, long: bool) -> None:
    assert MAX_URL == 8_000
    if long:
        with pytest.raises(UriTooLong):
            check_length(path, query_string)
    else:
        check_length(path, query_string)


def of_length(length: int) -> str:
    """A question without a mistake, of so many characters."""
    query = "&".join(f"subject={'a' * 90}{index:02d}" for index in range(79))
    rest = length - len(query) - 1
    value = rest - len("subject=")
    return f"{query}&subject={'b' * value}"


def test_a_right_question_is_refused_only_when_its_address_is_too_long() -> None:
    path = b"/v1/facts"
    longest = of_length(MAX_URL - len(path) - 1)
    assert len(FACTS.parse_url(path, longest.encode()).subject or []) == 80
    with pytest.raises(UriTooLong):
        FACTS.parse_url(path, f"{longest}b".encode())


@pytest.mark.parametrize("query", [f"cursor={'a' * 9000}", f"{'k' * 9000}=a", f"subject={'a' * 9000}"])
def test_a_text_that_is_too_long_is_an_address_that_is_too_long(query: str) -> None:
    with pytest.raises(UriTooLong):
        FACTS.parse_url(b"/v1/facts", query.encode())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"{of_length(9_000)}&limit=many", "wrong-form"),
        (f"cursor={'a' * 9000}&sort=size", "not-allowed"),
        ("&".join(f"subject={'a' * 90}{index:03d}" for index in range(MAX_VALUES + 1)), "out-of-bounds"),
    ],
    ids=["wrong-form", "not-allowed", "out-of-bounds"],
)
def test_another_mistake_is_told_however_long_the_address(query: str, code: str) -> None:
    assert len(query) > MAX_URL
    with pytest.raises(InvalidParameters) as refusal:
        FACTS.parse_url(b"/v1/facts", query.encode())
    assert code in {error.code for error in refusal.value.errors}
