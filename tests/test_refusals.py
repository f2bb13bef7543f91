import base64
import json
import re
from tempfile import gettempdir
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.conftest import ROOT
from tests.rich import Json, Served

from calibaja_api.negotiation import MEDIA_TYPES
from calibaja_api.parsing import MAX_ERRORS
from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.shapes import ErrorCode, ProblemCode
from calibaja_api.shapes.comparison import CompareQuery
from calibaja_api.shapes.vocabulary import Format

pytest_plugins = ["tests.rich"]

by_name = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
PROBLEM = {
    "type": str,
    "title": str,
    "status": int,
    "detail": str,
    "instance": str,
    "code": str,
    "request_id": str,
    "errors": list,
}
ERROR = ["parameter", "code", "detail", "suggestion", "allowed"]
STATUS = {
    "invalid-parameters": 400,
    "not-found": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "version-gone": 409,
    "withdrawn": 410,
    "uri-too-long": 414,
    "too-many-requests": 429,
    "internal-error": 500,
    "unavailable": 503,
}
TABLES = {"json", "ndjson", "csv"}
FORMATS = {
    **{resource.name: TABLES for resource in RESOURCES},
    "regions": TABLES | {"geojson"},
    "events": TABLES | {"geojson", "bibtex", "csl-json"},
    "facts": TABLES | {"bibtex", "csl-json"},
    "sources": TABLES | {"bibtex", "csl-json"},
}
LEAKS = re.compile(
    r"sqlite|sqlalchemy|pydantic|\bSELECT\b.*\bFROM\b|Traceback|site-packages|\.py\b|line [0-9]+, in",
    re.IGNORECASE,
)


def problem(response: httpx.Response, code: str) -> Json:
    """The problem that an answer is: of exactly the documented shape, and telling nothing of the inside."""
    assert response.status_code == STATUS[code], response.text[:500]
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    told: Json = response.json()
    assert {name: type(value) for name, value in told.items()} == PROBLEM
    assert list(told) == list(PROBLEM)
    assert (told["code"], told["status"], told["type"]) == (code, STATUS[code], f"/problems/{code}")
    assert told["request_id"] == response.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    for error in told["errors"]:
        assert list(error) == ERROR
        assert error["code"] in set(ErrorCode)
        assert error["detail"]
        assert error["suggestion"] is None or isinstance(error["suggestion"], str)
        assert error["allowed"] is None or all(isinstance(value, str) for value in error["allowed"])
    asked = response.request.url.raw_path.decode()
    words = response.text.replace(json.dumps(asked)[1:-1], "").replace(told["instance"], "")
    assert not LEAKS.search(words), words
    assert str(ROOT) not in words
    assert gettempdir() not in words
    return told


def errors(http: httpx.Client, address: str) -> list[tuple[str, str, str | None]]:
    """What is wrong with each parameter, and what would be right."""
    told = problem(http.get(address), "invalid-parameters")
    return [(error["parameter"], error["code"], error["suggestion"]) for error in told["errors"]]


def test_every_problem_code_has_a_page_that_says_the_same(http: httpx.Client) -> None:
    assert set(STATUS) == set(ProblemCode)
    for code, status in STATUS.items():
        page = http.get(f"/problems/{code}").json()
        assert (page["type"], page["code"], page["status"]) == (f"/problems/{code}", code, status)
        assert page["title"]
        assert page["description"]
    told = problem(http.get("/nothing"), "not-found")
    assert http.get(told["type"]).json()["title"] == told["title"]
    near = problem(http.get("/problems/not-fond"), "not-found")["errors"][0]
    assert (near["suggestion"], set(near["allowed"])) == ("not-found", set(ProblemCode))


@pytest.mark.parametrize(
    "address",
    ["/nothing", "/v1/regions?limit=0", "/v1/regions/nothing?lang=es", "/v1/facts?regoin=a%20b&x=%C3%B1&y=~%2F'"],
)
def test_the_instance_is_the_path_and_query(http: httpx.Client, address: str) -> None:
    response = http.get(address)
    assert response.json()["instance"] == response.request.url.raw_path.decode()


@pytest.mark.parametrize(
    ("query", "parameter", "suggestion"),
    [
        ("regoin=land-0", "regoin", "region"),
        ("Region=land-0", "Region", "region"),
        ("valeu__gte=1", "valeu__gte", "value__gte"),
        ("region__with=land-0", "region__with", None),
        ("region[]=land-0", "region[]", "region"),
        ("page=2", "page", None),
        ("offset=2", "offset", None),
        ("=2", "", None),
        ("%FF=2", "�", None),
        ("'=2", "'", None),
        ("name__contains=a", "name__contains", None),
        ("limit%00=2", "limit\x00", "limit"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest(
    rich: Served, query: str, parameter: str, suggestion: str | None
) -> None:
    [(named, code, near)] = errors(rich.http, f"/v1/facts?{query}")
    assert (named, code) == (parameter, "unknown-parameter")
    if suggestion is not None:
        assert near == suggestion


@pytest.mark.parametrize(
    "address",
    [
        *("/v1?", "/v1/dataset?", "/v1/meta?", "/v1/meta/facts?", "/v1/facts/fact-001?"),
        *("/v1/search?q=a&", "/v1/compare?subject=land-0&subject=land-1&predicate=count&"),
    ],
)
def test_an_unknown_parameter_is_refused_everywhere(rich: Served, address: str) -> None:
    assert errors(rich.http, f"{address}lnag=es") == [("lnag", "unknown-parameter", "lang")]


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("/v1/search", ["q"]),
        ("/v1/search?type=region", ["q"]),
        ("/v1/compare", ["subject", "predicate"]),
        ("/v1/compare?subject=land-0&subject=land-1", ["predicate"]),
        ("/v1/compare?predicate=count", ["subject"]),
    ],
)
def test_what_cannot_be_left_out_is_named(rich: Served, address: str, missing: list[str]) -> None:
    assert errors(rich.http, address) == [(name, "empty", None) for name in missing]


@by_name
def test_every_parameter_refuses_emptiness(rich: Served, resource: Resource) -> None:
    for name in resource.parameters:
        assert errors(rich.http, f"/v1/{resource.name}?{name}=") == [(name, "empty", None)]
        assert errors(rich.http, f"/v1/{resource.name}?{name}") == [(name, "empty", None)]


@by_name
def test_what_takes_one_value_refuses_two(rich: Served, resource: Resource) -> None:
    valid = {"limit": "2", "lang": "es", "format": "json", "count": "none", "cursor": "a", "time_match": "certain"}
    valid |= {"dataset_version": "0" * 16, "time__during": "2015", "published__during": "2015"}
    valid |= {"near": "0,0", "latest": "true"}
    for name, parameter in resource.parameters.items():
        if not parameter.many:
            value = valid.get(name, "true" if name.endswith("__exists") else "1")
            [error] = errors(rich.http, f"/v1/{resource.name}?{name}={value}&{name}={value}")
            assert error == (name, "repeated", None)


WHOLE = ["1.0", "%2B1", "+1", "1_0", "%201", "1%20", "nan", "inf", "1e1", "0x1", "%D9%A3", "--1", "1,0", "9" * 16, "²"]
NUMBERS = ["nan", "NaN", "inf", "-inf", "Infinity", "1_0", "%2B1", "+1", "%201", "0x10", "1,5", "%D9%A1", "1e", "--1"]
FLAGS = ["yes", "no", "TRUE", "True", "1", "0", "on", "t", "true%20", "null"]
IDS = ["Land%200", "land_0", "LAND-0", "land-0,land-1", "-a", "a-", "%00", "%C3%B1", "land-0%0A", "a/b", "'", "%FF"]
DATES = ["2015-13", "2015-02-29", "abc", "../..", "..", "/", "2015/2016/2017", "[2000,2001]", "2015%20", "15", "20155"]
FORMS = {
    "limit": WHOLE,
    "value": NUMBERS,
    "value__gte": NUMBERS,
    "value__exists": FLAGS,
    "latest": FLAGS,
    "facet_limit": WHOLE,
    "region": IDS,
    "subject__within": IDS,
    "id": IDS,
    "time__during": DATES,
    "per": ["1Y", "P", "PT", "P2M1Y", "P1", "P-1Y", "p1y", "P1.5Y"],
    "unit": ["a%20b", "%C3%B1"],
    "source__language": ["EN", "english!", "en_US", "e"],
    "dataset_version": ["abc", "0" * 15, "0" * 17, "G" * 16, "A" * 16],
    "cursor": ["a%2Bb", "a=b", "a%20b", "%C3%B1", "a.b"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FORMS.items() for value in values])
def test_a_value_of_a_wrong_form_is_refused(rich: Served, name: str, value: str) -> None:
    [(named, code, _)] = errors(rich.http, f"/v1/facts?{name}={value}")
    assert (named, code) == (name, "wrong-form")


@pytest.mark.parametrize(
    "query",
    [
        *("name__contains=%00", "name__prefix=a%00b", "name__contains=%FF", "q=%00", "q=a%FF"),
        *("identifier=geonames", "identifier=GeoNames:1"),
        *(
            "near=land-0",
            "near=0",
            "near=0,0,0",
            "near=91,0",
            "near=0,180.01",
            "near=0,%200",
            "near=nan,0",
            "near=1e1,0",
        ),
        *(f"near=0,0&radius_km={number}" for number in NUMBERS),
    ],
)
def test_a_text_of_a_wrong_form_is_refused(rich: Served, query: str) -> None:
    [(_, code, _)] = errors(rich.http, f"/v1/regions?{query}")
    assert code == "wrong-form"


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/v1/facts?limit=0", "limit"),
        ("/v1/facts?limit=-0", "limit"),
        ("/v1/facts?limit=201", "limit"),
        ("/v1/facts?limit=-1", "limit"),
        (f"/v1/facts?limit={'9' * 15}", "limit"),
        ("/v1/facts?value=1e400", "value"),
        ("/v1/facts?value__lt=-1e309", "value__lt"),
        (f"/v1/facts?region={'a' * 97}", "region"),
        (f"/v1/facts?cursor={'a' * 2001}", "cursor"),
        (f"/v1/facts?{'&'.join(['region=land-0'] * 101)}", "region"),
        (f"/v1/facts?{'&'.join(f'id=f{number}' for number in range(101))}", "id"),
        (f"/v1/facts?sort={','.join(['id'] * 101)}", "sort"),
        (f"/v1/regions?name__contains={'a' * 201}", "name__contains"),
        (f"/v1/regions?name__prefix={'%C3%B1' * 201}", "name__prefix"),
        (f"/v1/sources?publisher={'a' * 201}", "publisher"),
        (f"/v1/facts?q={'a' * 201}", "q"),
        (f"/v1/search?q={'%C3%B1' * 201}", "q"),
        ("/v1/facts?facet_limit=0", "facet_limit"),
        ("/v1/facts?facet_limit=201", "facet_limit"),
        ("/v1/regions?near=0,0&radius_km=0", "radius_km"),
        ("/v1/regions?near=0,0&radius_km=-1", "radius_km"),
        ("/v1/regions?near=0,0&radius_km=1e9", "radius_km"),
        ("/v1/compare?subject=land-0&predicate=count", "subject"),
        (f"/v1/compare?{'&'.join(['subject=land-0'] * 21)}&predicate=count", "subject"),
    ],
)
def test_a_value_beyond_its_bounds_is_refused(rich: Served, address: str, parameter: str) -> None:
    assert errors(rich.http, address) == [(parameter, "out-of-bounds", None)]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/facts?limit=200",
        "/v1/facts?limit=1",
        "/v1/facts?value=0",
        "/v1/facts?value__gte=-0.0",
        "/v1/facts?value__lte=1e300",
        "/v1/facts?value__exists=false",
        f"/v1/facts?{'&'.join(['region=land-0'] * 100)}",
        f"/v1/regions?name__contains={'a' * 200}",
        f"/v1/regions?name__prefix={'%C3%B1' * 200}",
        f"/v1/facts?id={'a' * 96}",
        f"/v1/facts?q={'a' * 200}",
        f"/v1/search?q={'%C3%B1' * 200}",
        "/v1/facts?facet_limit=200&facets=subject",
        "/v1/regions?near=90,180&radius_km=20038",
        "/v1/regions?near=-90,-180&radius_km=1e-9",
        "/v1/facts?latest=false",
        "/v1/facts?&&limit=1&",
    ],
)
def test_a_value_at_its_bounds_is_taken(rich: Served, address: str) -> None:
    assert rich.http.get(address).status_code == 200


@pytest.mark.parametrize(
    ("query", "parameter", "suggestion"),
    [
        ("basis=Observed", "basis", "observed"),
        ("basis=obsreved", "basis", "observed"),
        ("qualifier=more_than", "qualifier", "more-than"),
        ("lang=EN", "lang", "en"),
        ("lang=fr", "lang", None),
        ("sort=valeu", "sort", "value"),
        ("sort=%2Bvalue", "sort", None),
        ("sort=-vlaue", "sort", "-value"),
        ("sort=time,name", "sort", None),
        ("include=subjetc", "include", "subject"),
        ("include=citations", "include", None),
        ("count=exactly", "count", "exact"),
        ("time_match=maybe", "time_match", None),
        ("source__tier=a", "source__tier", "A"),
        ("source__tier=D", "source__tier", None),
        ("subject__type=fact", "subject__type", None),
        ("subject__type=regions", "subject__type", "region"),
        ("format=xml", "format", None),
        ("format=JSON", "format", "json"),
        ("format=geojson", "format", None),
        ("facets=base", "facets", "basis"),
        ("facets=value", "facets", None),
        ("fields=claimed&format=csv", "fields", "claim"),
        ("sort=relevence&q=a", "sort", "relevance"),
    ],
)
def test_a_word_that_is_not_of_a_closed_list_is_refused(
    rich: Served, query: str, parameter: str, suggestion: str | None
) -> None:
    told = problem(rich.http.get(f"/v1/facts?{query}"), "invalid-parameters")
    [error] = told["errors"]
    assert (error["parameter"], error["code"]) == (parameter, "not-allowed")
    assert error["allowed"]
    if suggestion is not None:
        assert error["suggestion"] == suggestion
        assert suggestion in error["allowed"]


@pytest.mark.parametrize(
    "query", ["sort=value,,time", "sort=,", "include=subject,", "sort=value&sort=", "facets=,basis"]
)
def test_an_empty_word_in_a_list_is_refused(rich: Served, query: str) -> None:
    [(_, code, _)] = errors(rich.http, f"/v1/facts?{query}")
    assert code == "empty"


@by_name
def test_an_unknown_id_in_a_filter_is_refused_unless_in_a_batch(rich: Served, resource: Resource) -> None:
    for name, parameter in resource.parameters.items():
        if parameter.refers_to:
            address = f"/v1/{resource.name}?{name}=nothing-like-it"
            assert errors(rich.http, address) == [(name, "unknown-id", None)]
    assert rich.http.get(f"/v1/{resource.name}?id=nothing-like-it").json()["data"] == []


@pytest.mark.parametrize(
    ("address", "suggestion"),
    [
        ("/v1/facts?region=lnd-0", "land-0"),
        ("/v1/facts?predicate=monney", "money"),
        ("/v1/facts?source=sorce-01", "source-01"),
        ("/v1/facts?subject=land-O", None),
        ("/v1/facts?sector=land-0", None),
        ("/v1/facts?region=sector-0", None),
        ("/v1/facts?subject=fact-001", None),
        ("/v1/events?agreement=agrement-1", "agreement-1"),
        ("/v1/events?speaker=person-gone", None),
        ("/v1/regions?member=acros-east", None),
        ("/v1/regions?within=across-eest", "across-east"),
        ("/v1/agreements?party=land-00", "land-0"),
    ],
)
def test_the_nearest_id_is_suggested(rich: Served, address: str, suggestion: str | None) -> None:
    [(_, code, near)] = errors(rich.http, address)
    assert code in {"unknown-id", "wrong-form"}
    if suggestion is not None:
        assert near == suggestion
    assert near != "person-gone"


@pytest.mark.parametrize(
    "question",
    ["region=Land%200", "region=No%20Such%20Place", "subject=LAND-0", "predicate=Money!", "source__tier=a", "unit=usd"],
)
def test_what_is_suggested_is_right(rich: Served, question: str) -> None:
    [(name, _, suggestion)] = errors(rich.http, f"/v1/facts?{question}")
    if suggestion is not None:
        assert rich.http.get("/v1/facts", params={name: suggestion}).status_code == 200


def test_each_unknown_id_is_named(rich: Served) -> None:
    found = errors(rich.http, "/v1/facts?region=nowhere&region=land-0&region=no-place&sector=nothing-like-it")
    assert [(name, code) for name, code, _ in found] == [
        ("region", "unknown-id"),
        ("region", "unknown-id"),
        ("sector", "unknown-id"),
    ]


@pytest.mark.parametrize(
    ("address", "parameter", "suggestion"),
    [
        ("/v1/regions?kind=cty", "kind", "city"),
        ("/v1/regions?kind=company", "kind", None),
        ("/v1/regions?kind__not=sate", "kind__not", "state"),
        ("/v1/organizations?kind=compny", "kind", "company"),
        ("/v1/agreements?kind=treety", "kind", "treaty"),
        ("/v1/events?kind=openning", "kind", "opening"),
        ("/v1/sources?kind=raport", "kind", "report"),
        ("/v1/sources?language=fr", "language", None),
        ("/v1/facts?source__language=fr", "source__language", None),
        ("/v1/facts?unit=USDD", "unit", "USD"),
        ("/v1/facts?unit=1e", "unit", None),
        ("/v1/facts?unit__not=EUR", "unit__not", None),
        ("/v1/predicates?unit=MXM", "unit", "MXN"),
        ("/v1/regions?identifier=geonams:1", "identifier", "geonames"),
        ("/v1/regions?identifier=no-such-scheme:1", "identifier", None),
        ("/v1/organizations?identifier=wikidat:Q5", "identifier", "wikidata"),
    ],
)
def test_a_word_that_the_dataset_does_not_hold_is_refused(
    rich: Served, address: str, parameter: str, suggestion: str | None
) -> None:
    told = problem(rich.http.get(address), "invalid-parameters")
    [error] = told["errors"]
    assert (error["parameter"], error["code"]) == (parameter, "unknown-value")
    assert error["allowed"]
    if suggestion is not None:
        assert error["suggestion"] == suggestion


@pytest.mark.parametrize(
    "address",
    [
        "/v1/regions?identifier=geonames:0",
        "/v1/organizations?identifier=wikidata:none",
        "/v1/organizations?identifier=geonames:1",
        "/v1/sources?publisher=Nobody",
        "/v1/sources?publisher=El%20Diario",
        "/v1/sources?published__during=1600",
        "/v1/facts?per=P99Y",
        "/v1/facts?value=424242",
        "/v1/facts?value__gt=1e300",
        "/v1/facts?time__during=9999&time_match=certain",
        "/v1/regions?name__contains=no%20such%20name",
        "/v1/regions?name__contains='%20OR%20'1'='1",
        "/v1/regions?name__prefix=%25%25",
        "/v1/facts?q=nosuchword",
        "/v1/regions?q=nosuchword%20land",
        "/v1/regions?q=%2B%22*%22--",
        "/v1/facts?q=%CC%81",
        "/v1/regions?near=-60,-150&radius_km=1",
        "/v1/facts?latest=true&basis=forecast",
    ],
)
def test_what_is_just_not_there_finds_nothing(rich: Served, address: str) -> None:
    answer = rich.http.get(address)
    assert (answer.status_code, answer.json()["data"], answer.json()["meta"]["total"]) == (200, [], 0)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/v1/facts?time__during=2015/2014", "reversed-interval"),
        ("/v1/events?time__during=2015-06-15/2015-06-14", "reversed-interval"),
        ("/v1/sources?published__during=2016-XX/2015", "reversed-interval"),
        ("/v1/facts?value__gte=5&value__lte=4", "reversed-interval"),
        ("/v1/facts?value__gt=0&value__lt=-1", "reversed-interval"),
        ("/v1/facts?region__exists=false&region=land-0", "excluded-combination"),
        ("/v1/facts?region__exists=false&region__within=land-0", "excluded-combination"),
        ("/v1/facts?value__exists=false&value__gte=1", "excluded-combination"),
        ("/v1/facts?time__exists=false&time__during=2015", "excluded-combination"),
        ("/v1/facts?basis=opinion&basis__not=opinion", "excluded-combination"),
        ("/v1/regions?kind=city&kind__not=city&kind__not=state", "excluded-combination"),
        ("/v1/organizations?sector=sector-0&sector__not=sector-0", "excluded-combination"),
        ("/v1/facts?value=5&value__gte=6", "excluded-combination"),
        ("/v1/facts?value__gt=5&value__lte=5", "excluded-combination"),
        ("/v1/facts?sort=value&sort=-value", "excluded-combination"),
        ("/v1/regions?sort=name,kind,-name", "excluded-combination"),
        ("/v1/facts?sort=relevance", "needs-q"),
        ("/v1/sources?sort=name,-relevance", "needs-q"),
        ("/v1/facts?q=a&sort=relevance,-relevance", "excluded-combination"),
        ("/v1/facts?fields=claim", "excluded-combination"),
        ("/v1/facts?fields=claim&format=json", "excluded-combination"),
        ("/v1/facts?fields=claim&format=bibtex", "excluded-combination"),
        ("/v1/regions?fields=name&format=geojson", "excluded-combination"),
        *(
            (f"/v1/facts?{parameter}&format={name}", "excluded-combination")
            for name in ("ndjson", "csv", "bibtex", "csl-json")
            for parameter in ("count=auto", "include=subject", "facets=basis", "facet_limit=5", "cursor=abc")
        ),
        ("/v1/facts?cursor=abc", "foreign-cursor"),
        ("/v1/search?q=a&cursor=abc", "foreign-cursor"),
        ("/v1/facts?cursor=" + "W" * 2000, "foreign-cursor"),
    ],
)
def test_what_makes_no_sense_is_refused(rich: Served, address: str, code: str) -> None:
    [(_, told, _)] = errors(rich.http, address)
    assert told == code


@pytest.mark.parametrize(
    "query",
    [
        "region__exists=false&region__not=land-0",
        "basis=opinion&basis=planned&basis__not=opinion",
        "value__gte=300&value__lte=300",
        "value=5&value=6&value__gte=6",
        "sort=value,value",
        "q=claim&sort=-relevance,value",
        "fields=claim,value&format=csv&limit=5",
        "fields=claim&format=ndjson&sort=-value&q=claim",
    ],
)
def test_what_makes_sense_is_answered(rich: Served, query: str) -> None:
    assert rich.http.get(f"/v1/facts?{query}").status_code == 200


def test_every_mistake_is_named_at_once(rich: Served) -> None:
    found = errors(rich.http, "/v1/facts?regoin=a&limit=0&lang=fr&value__gt=&count=none&count=none&per=x&sort=x")
    assert {(name, code) for name, code, _ in found} == {
        ("regoin", "unknown-parameter"),
        ("limit", "out-of-bounds"),
        ("lang", "not-allowed"),
        ("value__gt", "empty"),
        ("count", "repeated"),
        ("per", "wrong-form"),
        ("sort", "not-allowed"),
    }


def forged(http: httpx.Client, question: tuple[str, Json], change: Any) -> httpx.Response:
    """The next page, with something else in the cursor than the service wrote."""
    path, asked = question
    address = http.get(path, params={**asked, "limit": 1}).json()["page"]
    text = address["next_cursor"]
    content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw = change(content) if callable(change) else change
    told = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    cursor = base64.urlsafe_b64encode(told).decode().rstrip("=")
    return http.get(path, params={**asked, "limit": 1, "cursor": cursor})


BY_TIME: tuple[str, Json] = ("/v1/facts", {"sort": "time"})
BY_RELEVANCE: tuple[str, Json] = ("/v1/facts", {"q": "a"})
SEARCHED: tuple[str, Json] = ("/v1/search", {"q": "a"})
each_question = pytest.mark.parametrize("question", [BY_TIME, BY_RELEVANCE, SEARCHED], ids=["time", "q", "search"])


def replaced(place: int, value: Any) -> Any:
    return lambda content: [*content[:place], value, *content[place + 1 :]]


STRANGE: list[Any] = [None, True, -1, 1e300, 10**30, float("nan"), float("inf"), "x", "\ud800", "\x00", [], [[]], {}]
KEYS = [[], ["fact-001"], [None, None, None], [10**30, 1, "a"], [1, 10**30, "a"], [1.5, 1, "a"], [1, 1, "\ud800"]]
KEYS += [[1, 1, 1], [True, 1, "a"], [float("nan"), 1, "a"], {"a": 1, "b": 2, "c": 3}, [[], [], "a"], ["1", "1", "a"]]
KEYS += [[1, 1, "a\x00"], [1, 1, "a", 1], [{}, {}, {}], [-(10**18), 10**18, "a"], "abc"]
KEYS += [[1, -1, "a", "b"], [None] * 4, [10**30, 1, "a", "b"], [1, 1, "a", "\ud800"], [1, 1, "a", 1.5], [{}] * 4]


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("place", [0, 2, 3, 4, 5])
def test_a_forged_cursor_is_never_a_fault(rich: Served, place: int, value: Any) -> None:
    response = forged(rich.http, BY_TIME, replaced(place, value))
    if response.status_code != 200:
        [error] = problem(response, "invalid-parameters")["errors"]
        assert (error["parameter"], error["code"]) == ("cursor", "foreign-cursor")
    elif response.json()["meta"]["total"] is not None:
        assert response.json()["meta"]["total"] >= 0


@each_question
@pytest.mark.parametrize("keys", KEYS)
def test_a_cursor_with_forged_keys_is_never_a_fault(rich: Served, question: tuple[str, Json], keys: Any) -> None:
    response = forged(rich.http, question, replaced(1, keys))
    if response.status_code != 200:
        problem(response, "invalid-parameters")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b"1", b"\xff", b"[" * 700, b'["a"]', b"[1,2,3,4,5,6]", b'"abcdef"']
)
def test_a_cursor_of_other_content_is_foreign(rich: Served, content: bytes) -> None:
    response = forged(rich.http, BY_TIME, content)
    [error] = problem(response, "invalid-parameters")["errors"]
    assert error["code"] == ("foreign-cursor" if content else "empty")


def padded(path: str, length: int) -> str:
    """A question of so many characters, with nothing else wrong with it."""
    query = "?" + f"id={'a' * 96}&" * ((length - len(path) - 1 - 10) // 100)
    return path + query + "id=" + "a" * (length - len(path) - len(query) - 3)


@by_name
def test_an_address_of_more_than_8000_characters_is_too_long(http: httpx.Client, resource: Resource) -> None:
    path = f"/v1/{resource.name}"
    assert http.get(padded(path, 8_000)).status_code == 200
    problem(http.get(padded(path, 8_001)), "uri-too-long")


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/v1/meta", "/v1/regions/tijuana", "/nothing", "/v1/regions/", "/healthz", "/readyz", "/openapi.json"),
        *("/", "/v1/search?q=tijuana", "/v1/compare?subject=tijuana&subject=baja-california&predicate=establishments"),
    ],
)
def test_every_address_has_the_same_bound(http: httpx.Client, path: str) -> None:
    separator = "&" if "?" in path else "?"
    problem(http.get(f"{path}{separator}{'a' * (8_000 - len(path))}"), "uri-too-long")


def test_a_path_alone_can_be_too_long(http: httpx.Client) -> None:
    problem(http.get("/v1/regions/" + "a" * 8_000), "uri-too-long")
    problem(http.get("/" + "%41" * 2_667), "uri-too-long")


PATHS = ["/v1", "/v1/dataset", "/v1/meta", "/v1/meta/facts", "/healthz", "/readyz", "/openapi.json", "/docs", "/redoc"]
PATHS += [f"/v1/{resource.name}" for resource in RESOURCES]
ITEMS = ["/v1/regions/tijuana", "/v1/predicates/establishments", "/problems/not-found", "/docs/assets/docs.js"]
# These are not answered without a question.
ASKED = {
    "/v1/search": "?q=tijuana",
    "/v1/compare": "?subject=tijuana&subject=baja-california&predicate=establishments",
}


@pytest.mark.parametrize("path", [*PATHS, *ITEMS, *ASKED])
def test_a_trailing_slash_is_not_found(http: httpx.Client, path: str) -> None:
    asked = ASKED.get(path, "")
    assert http.get(f"{path}{asked}").status_code == 200
    problem(http.get(f"{path}/{asked}"), "not-found")


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("/v1/region", "/v1/regions"),
        ("/v1/Regions", "/v1/regions"),
        ("/v1/regions/", "/v1/regions"),
        ("/v1/fact/tijuana-a", "/v1/facts/tijuana-a"),
        ("/v1/datasets", "/v1/dataset"),
        ("/v1/serch?q=a", "/v1/search"),
        ("/v1/compares", "/v1/compare"),
        ("/v2/regions", "/v1/regions"),
        ("/healtz", "/healthz"),
        ("/doc", "/docs"),
        ("/openapi.yaml", None),
        ("/nothing-like-it", None),
        ("/v1/regions/tijuana/facts", None),
        ("/v1//regions", None),
        ("/v1/meta/fact", None),
        ("/%00", None),
        ("/%FF", None),
        ("/..%2f..%2fetc/passwd", None),
        ("/v1/" + "a" * 3_000, None),
    ],
)
def test_a_path_that_is_not_there_is_not_found(http: httpx.Client, path: str, suggestion: str | None) -> None:
    told = problem(http.get(path), "not-found")
    if suggestion is not None:
        assert [error["suggestion"] for error in told["errors"]] == [suggestion]


def test_a_collection_of_meta_is_suggested(http: httpx.Client) -> None:
    [error] = problem(http.get("/v1/meta/fact"), "not-found")["errors"]
    assert (error["suggestion"], set(error["allowed"])) == ("facts", {resource.name for resource in RESOURCES})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_another_method_is_refused_with_those_that_are_answered(http: httpx.Client, method: str) -> None:
    for path in [*PATHS, *ITEMS, *ASKED, "/"]:
        response = http.request(method, path)
        problem(response, "method-not-allowed")
        assert {name.strip() for name in response.headers["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
    problem(http.request(method, "/nothing"), "not-found")


def test_a_body_changes_nothing(http: httpx.Client) -> None:
    sent = http.request("GET", "/v1/regions", content=b'{"limit": 1}', headers={"Content-Type": "application/json"})
    assert sent.json() == http.get("/v1/regions").json()


LISTS = [f"/v1/{resource.name}" for resource in RESOURCES]
ONLY_JSON = ["/v1", "/v1/dataset", "/v1/meta", "/v1/meta/facts", "/v1/regions/tijuana"]
ONLY_JSON += [f"{path}{asked}" for path, asked in ASKED.items()]


def with_format(address: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}format=json"


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/json;q=0",
        "*/*;q=0",
        "application/problem+json",
        "image/png, application/xml;q=0.9",
        "text/csv;q=0",
    ],
)
def test_an_accept_that_admits_nothing_served_is_refused(http: httpx.Client, accept: str) -> None:
    for path in ONLY_JSON + LISTS:
        problem(http.get(path, headers={"Accept": accept}), "not-acceptable")
        assert http.get(with_format(path), headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("format_", [format_ for format_ in Format if format_ is not Format.JSON])
def test_a_file_is_only_of_a_list_that_has_the_format(http: httpx.Client, format_: Format) -> None:
    accept = {"Accept": MEDIA_TYPES[format_]}
    for path in ONLY_JSON:
        problem(http.get(path, headers=accept), "not-acceptable")
        [error] = problem(http.get(with_format(path).replace("json", format_)), "invalid-parameters")["errors"]
        assert (error["parameter"], error["code"], error["allowed"]) == ("format", "not-allowed", ["json"])
    for resource in RESOURCES:
        response = http.get(f"/v1/{resource.name}?limit=2", headers=accept)
        if format_ in FORMATS[resource.name]:
            assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPES[format_])
        else:
            problem(response, "not-acceptable")


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;q=0.001",
        "text/html, */*;q=0.1",
        "text/csv;q=0.1,application/json;q=0.9",
        "text/csv, application/json",
        "application/json, application/*;q=0",
        " application/json ",
    ],
)
def test_an_accept_that_admits_json_is_answered(http: httpx.Client, accept: str) -> None:
    for path in ("/v1/regions", *ONLY_JSON):
        response = http.get(path, headers={"Accept": accept.strip()})
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "accept",
    ["text/csv", "text/*", "text/csv, */*;q=0.1", "text/csv;q=0.9,application/json;q=0.1", "application/*;q=0, text/*"],
)
def test_what_accept_likes_best_is_answered(http: httpx.Client, accept: str) -> None:
    response = http.get("/v1/regions?limit=2", headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPES[Format.CSV])
    assert response.headers["vary"] == "Accept-Encoding, Accept"
    # Where there is no table, what is liked less will do.
    item = http.get("/v1/regions/tijuana", headers={"Accept": accept})
    assert item.status_code == (200 if "application/json" in accept or "*/*" in accept else 406)


def test_several_accept_headers_are_one(http: httpx.Client) -> None:
    headers = [("Accept", "text/html"), ("Accept", "application/json")]
    with httpx.Client(base_url=http.base_url) as bare:
        del bare.headers["accept"]
        assert bare.get("/v1/regions", headers=headers).status_code == 200
        assert bare.get("/v1/regions").status_code == 200


def test_a_problem_is_told_as_one_whatever_is_accepted(http: httpx.Client) -> None:
    for accept in ("text/html", "application/json", "*/*;q=0"):
        problem(http.get("/nothing", headers={"Accept": accept}), "not-found")


HOSTILE = ["'", '"', "';--", "1 OR 1=1", "%", "\\", "${7*7}", "{{7*7}}", "<script>", "\r\nX: y", "\u202e", "../x", "💥"]


@by_name
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(rich: Served, resource: Resource, text: str) -> None:
    sent = quote(text, safe="")
    for name in resource.parameters:
        response = rich.http.get(f"/v1/{resource.name}?{name}={sent}")
        if response.status_code != 200:
            problem(response, "invalid-parameters")
    problem(rich.http.get(f"/v1/{resource.name}/{sent}"), "not-found")
    problem(rich.http.get(f"/v1/{resource.name}?{sent}=1"), "invalid-parameters")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_for_search_and_comparison(rich: Served, text: str) -> None:
    sent = quote(text, safe="")
    assert rich.http.get(f"/v1/search?q={sent}").status_code == 200
    problem(rich.http.get(f"/v1/search?q=a&type={sent}"), "invalid-parameters")
    for name in CompareQuery.model_fields:
        question = f"subject=land-0&subject=land-1&predicate=count&{name}={sent}"
        response = rich.http.get(f"/v1/compare?{question}")
        if response.status_code != 200:
            problem(response, "invalid-parameters")


def test_a_gone_version_and_a_withdrawn_item_are_problems(rich: Served) -> None:
    problem(rich.http.get("/v1/facts?dataset_version=0123456789abcdef"), "version-gone")
    problem(rich.http.get("/v1/people/person-gone"), "withdrawn")


def test_an_answer_tells_fifty_mistakes_and_no_more(http: httpx.Client) -> None:
    told = problem(http.get("/v1/facts?" + "&".join(f"q{number}=1" for number in range(400))), "invalid-parameters")
    assert len(told["errors"]) == MAX_ERRORS
    told = problem(http.get("/v1/facts?" + "&".join(["region=%"] * 90)), "invalid-parameters")
    assert len(told["errors"]) == MAX_ERRORS
