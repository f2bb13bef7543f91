import json
import math
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.conftest import running_server
from tests.made import appended, write
from tests.plain import Json, Question
from tests.plain_counts import COLLECTIONS, EARTH_KM, Asker, Counts, Point, distance_km, finding
from tests.rich import Served, all_items

from calibaja_api.client import Client
from calibaja_api.globe import Vector, chord_squared, vector
from calibaja_api.publishing import draft, publish
from calibaja_api.shapes import EventQuery, RegionQuery
from calibaja_api.sqlite import SqliteDatabase

pytest_plugins = ["tests.rich"]

PLACED = ("regions", "events")
HALF_WAY_ROUND = math.pi * EARTH_KM
MAX_RADIUS = 20_038
ODD: list[Point] = [(0, 0), (-0.0, 180), (0, -180), (90, 0), (90, 77), (-90, 0), (32.5, -117), (-32.5, 63), (1e-9, 0)]
points = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.sampled_from(ODD)
distances = st.floats(0, MAX_RADIUS)


def straight_squared(one: Vector, other: Vector) -> float:
    return math.fsum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def is_within(one: Point, other: Point, radius: float) -> bool:
    """As the database compares, with its sums and products."""
    (x1, y1, z1), (x2, y2, z2) = vector(*one), vector(*other)
    away = (x1 - x2) * (x1 - x2) + (y1 - y2) * (y1 - y2) + (z1 - z2) * (z1 - z2)
    return away <= chord_squared(radius)


@given(point=points)
def test_a_point_is_a_vector_of_length_one(point: Point) -> None:
    assert math.isclose(math.hypot(*vector(*point)), 1, rel_tol=1e-12)


@given(one=points, other=points)
def test_the_straight_line_is_that_of_the_great_circle(one: Point, other: Point) -> None:
    straight = straight_squared(vector(*one), vector(*other))
    # Of half way round the bound may be greater than any straight line.
    bound = min(chord_squared(distance_km(one, other)), 4)
    assert math.isclose(straight, bound, rel_tol=1e-6, abs_tol=1e-12)


@given(one=points, other=points, radius=distances)
@example(one=(10, 179.9), other=(10, -179.9), radius=22)
@example(one=(10, 179.9), other=(10, -179.9), radius=21.8)
@example(one=(89.9, 0), other=(89.9, 180), radius=22.3)
@example(one=(89.9, 0), other=(89.9, 180), radius=22.1)
def test_what_is_within_a_distance_is_so_by_haversine(one: Point, other: Point, radius: float) -> None:
    away = distance_km(one, other)
    # Haversine itself is off by some meters opposite of where it starts.
    assume(abs(away - radius) > (0.1 if away > HALF_WAY_ROUND - 100 else 1e-6))
    assert is_within(one, other, radius) is (away <= radius)


@given(one=distances, other=distances)
def test_what_is_further_has_the_longer_straight_line(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert 0 <= chord_squared(near) <= chord_squared(far)


@given(point=points)
def test_a_point_is_near_itself_however_it_is_written(point: Point) -> None:
    lat, lon = point
    assert is_within(point, (lat, lon - 360 if lon > 0 else lon + 360), 1e-6)
    assert is_within(point, point, 1e-12)


@given(one=st.floats(-180, 180), other=st.floats(-180, 180), pole=st.sampled_from([90, -90]))
def test_a_pole_is_one_point(one: float, other: float, pole: float) -> None:
    assert is_within((pole, one), (pole, other), 1e-6)


def opposite(point: Point) -> Point:
    lat, lon = point
    return -lat, lon - 180 if lon > 0 else lon + 180


@given(point=points, radius=st.floats(HALF_WAY_ROUND, MAX_RADIUS))
@example(point=(2, 2), radius=MAX_RADIUS)
def test_half_way_round_is_the_whole_globe(point: Point, radius: float) -> None:
    assert is_within(point, opposite(point), radius)


def made_region(id_: str, lat: float, lon: float) -> Json:
    return {"id": id_, "kind": "city", "name": id_.title(), "location": {"lat": lat, "lon": lon}}


def made_event(id_: str, *regions: str, time: str | None = None) -> Json:
    citation = {"source": "almanac", "locator": id_}
    when = {} if time is None else {"time": time}
    return {"id": id_, "kind": "signing", "name": id_.title(), "regions": regions, "citations": [citation], **when}


REGIONS = [
    made_region("null-island", 0, 0.0),
    made_region("one-degree-east", 0, 1),
    made_region("north-pole", 90, 0),
    made_region("near-the-pole", 89.9, -135),
    made_region("south-pole", -90.0, 45),
    made_region("before-the-line", -17, 179.9),
    made_region("behind-the-line", -17, -179.9),
    made_region("on-the-line", -17, 180),
    made_region("center", 10, 20),
    made_region("almost-50-km-north", 10.449, 20),
    made_region("just-over-50-km-south", 9.55, 20),
    made_region("opposite", -2, -178),
]
EVENTS = [
    made_event("e-both-sides", "before-the-line", "behind-the-line", time="2001"),
    made_event("e-far-and-near", "opposite", "center", time="2003"),
    made_event("e-unplaced-and-near", "northland", "center", time="2002"),
    made_event("e-unplaced", "northland"),
    made_event("e-nowhere"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The little dataset with places at the ends of the globe."""
    folder = tmp_path_factory.mktemp("near")
    changes = [
        appended(file, "".join(f"- {json.dumps(record)}\n" for record in records))
        for file, records in (("regions.yaml", REGIONS), ("events.yaml", EVENTS))
    ]
    publish(draft(write(folder / "seed", *changes)), SqliteDatabase(folder / "made.sqlite3"))
    with running_server(folder / "made.sqlite3") as address, Client(address) as client:
        yield client


def regions_near(made: Client, near: str, **more: Any) -> set[str]:
    page = made.list(RegionQuery(near=near, **more, limit=200))
    assert page.meta.total == len(page.data)
    return {region.id for region in page.data}


def events_near(made: Client, near: str, **more: Any) -> list[str]:
    page = made.list(EventQuery(near=near, **more, limit=200))
    assert page.meta.total == len(page.data)
    return [event.id for event in page.data]


@pytest.mark.parametrize(
    ("near", "radius", "expected"),
    [
        ("0,0", 1, {"null-island"}),
        ("0.0,0.0", 0.001, {"null-island"}),
        ("-0,-0.0", 0.001, {"null-island"}),
        # A degree of the equator is 111.19508 km.
        ("0,0", 111.195, {"null-island"}),
        ("0,0", 111.196, {"null-island", "one-degree-east"}),
        ("0,2", 111.196, {"one-degree-east"}),
        ("90,0", 1, {"north-pole"}),
        ("90,-135.5", 1, {"north-pole"}),
        ("90.000,180", 11.2, {"north-pole", "near-the-pole"}),
        ("89.9,45", 22.3, {"north-pole", "near-the-pole"}),
        ("89.9,45", 22.2, {"north-pole"}),
        ("-90,0", 1, {"south-pole"}),
        ("-17,180", 0.001, {"on-the-line"}),
        ("-17,-180.0", 0.001, {"on-the-line"}),
        ("-17,179.9", 21, {"before-the-line", "on-the-line"}),
        ("-17,179.9", 22, {"before-the-line", "behind-the-line", "on-the-line"}),
        ("-17,-179.9", 22, {"before-the-line", "behind-the-line", "on-the-line"}),
        ("32.5,-117", 0.001, {"port-town"}),
        ("-5,-60", 100, set()),
    ],
)
def test_regions_are_found_along_the_great_circle(made: Client, near: str, radius: float, expected: set[str]) -> None:
    assert regions_near(made, near, radius_km=radius) == expected


def test_without_a_radius_it_is_50_km(made: Client) -> None:
    assert regions_near(made, "10,20") == {"center", "almost-50-km-north"}
    assert regions_near(made, "10,20", radius_km=50) == {"center", "almost-50-km-north"}
    assert regions_near(made, "10,20", radius_km=50.1) == {"center", "almost-50-km-north", "just-over-50-km-south"}
    both = ["e-far-and-near", "e-unplaced-and-near"]
    assert events_near(made, "10.449,20") == events_near(made, "10.451,20", radius_km=50.2) == both
    assert events_near(made, "10.451,20") == []


def test_a_radius_alone_filters_nothing(made: Client) -> None:
    page = made.list(RegionQuery(radius_km=1))
    assert page.meta.total == len(REGIONS) + 5


def test_the_greatest_radius_keeps_all_that_has_a_place(made: Client) -> None:
    placed = {region["id"] for region in REGIONS} | {"port-town"}
    for near in ("0,0", "90,0", "-90,0", "10,-160", "-10,-160", "2,2", "-2,-178", "32.5,-117", "-32.5,63"):
        assert regions_near(made, near, radius_km=MAX_RADIUS) == placed, near


def test_events_are_near_where_any_of_their_regions_is(made: Client) -> None:
    assert events_near(made, "-17,179.9", radius_km=1) == ["e-both-sides"]
    assert events_near(made, "-17,180", radius_km=30) == ["e-both-sides"]
    assert events_near(made, "10,20", radius_km=1) == ["e-far-and-near", "e-unplaced-and-near"]
    assert events_near(made, "-2,-178", radius_km=1) == ["e-far-and-near"]
    assert events_near(made, "32.5,-117", radius_km=5) == ["port-works-opening"]
    everywhere = ["e-both-sides", "e-far-and-near", "e-unplaced-and-near", "port-works-opening"]
    assert events_near(made, "0,0", radius_km=MAX_RADIUS) == everywhere


def test_what_is_near_is_filtered_sorted_counted_and_paged_as_all_else(made: Client) -> None:
    asked: dict[str, Any] = {"near": "10,20", "radius_km": MAX_RADIUS}
    assert events_near(made, "10,20", radius_km=MAX_RADIUS, time__during="2002/..") == [
        "e-far-and-near",
        "e-unplaced-and-near",
    ]
    assert regions_near(made, "0,0", radius_km=200, q="degree") == {"one-degree-east"}
    assert regions_near(made, "0,0", radius_km=200, id=["null-island", "center"]) == {"null-island"}
    assert regions_near(made, "32.5,-117", within=["two-rivers"]) == {"port-town"}
    pages = list(made.pages(EventQuery(**asked, sort=["-time"], limit=1)))
    assert [event.id for page in pages for event in page.data] == [
        "e-far-and-near",
        "e-unplaced-and-near",
        "e-both-sides",
        "port-works-opening",
    ]
    assert {page.meta.total for page in pages} == {4}
    facets = made.list(EventQuery(**asked, facets=["region"])).facets
    assert facets is not None
    counted = {bucket.value: bucket.count for bucket in facets["region"].buckets}
    assert counted["center"] == 2
    assert "null-island" not in counted


@pytest.mark.parametrize("format_", ["ndjson", "geojson", "csv"])
def test_exports_have_what_is_near(made: Client, format_: str) -> None:
    question = EventQuery(near="10,20", radius_km=1, format=format_)
    text = b"".join(made.export(question)).decode("utf-8-sig")
    match format_:
        case "ndjson":
            ids = [json.loads(line)["id"] for line in text.splitlines()]
        case "geojson":
            ids = [feature["id"] for feature in json.loads(text)["features"]]
        case _:
            ids = [line.split(",")[0] for line in text.splitlines()[1:]]
    assert ids == ["e-far-and-near", "e-unplaced-and-near"]


def ids(http: httpx.Client, collection: str, question: Question) -> list[str]:
    response = http.get(f"/v1/{collection}", params={**question, "limit": 200, "sort": "id"})
    assert response.status_code == 200, (question, response.text[:500])
    page = response.json()
    assert page["page"]["next"] is None
    return [item["id"] for item in page["data"]]


def near_questions(asker: Asker, collection: str, number: int) -> Iterator[Question]:
    """Points where something is and points anywhere, with any radius, half of them beside another filter."""
    others = {"regions": ["kind", "parent__exists", "within"], "events": ["region__within", "time__during", "source"]}
    for index in range(number):
        question = asker.question(collection, ["near", *asker.random.sample(others[collection], index % 2)])
        if index % 3 == 0:
            question["near"] = [f"{asker.random.uniform(-90, 90):.6f},{asker.random.uniform(-180, 180):.6f}"]
        if index % 5 == 0:
            del question["radius_km"]
        else:
            question["radius_km"] = [f"{10 ** asker.random.uniform(-2, math.log10(MAX_RADIUS)):.4f}"]
        yield question


@pytest.mark.parametrize("collection", PLACED)
def test_what_is_near_is_so_by_haversine(rich: Served, counts: Counts, collection: str) -> None:
    asker = Asker(counts, f"near {collection}")
    some = 0
    for question in near_questions(asker, collection, 60):
        expected = counts.kept(collection, question)
        assert ids(rich.http, collection, question) == sorted(expected), question
        some += bool(expected)
    assert some > 20


def test_what_is_near_in_the_packaged_dataset(http: httpx.Client) -> None:
    items = {name: all_items(http, name, "en") for name in COLLECTIONS}
    counts = Counts(items, items, {name: {} for name in COLLECTIONS}, finding(http))
    for collection in PLACED:
        for question in near_questions(Asker(counts, collection), collection, 20):
            assert ids(http, collection, question) == sorted(counts.kept(collection, question)), question
    assert "tijuana" in ids(http, "regions", {"near": ["32.54,-117.03"], "radius_km": ["30"]})


ACCEPTED = [
    *("0,0", "-0,0", "0.0,-0.0", "90,180", "-90,-180", "90.0,180.000", "9,9", "89.999999,179.999999", "-9.5,-99.5"),
    *("32.54,-117.03", "32.540000000000001,-117.030000000000001"),
]
WRONG = [
    *("32.54", "32.54,", ",-117.03", "32.54,-117.03,0", "32.54;-117.03", "32.54, -117.03", " 32.54,-117.03", "here"),
    *("91,0", "-91,0", "90.1,0", "-90.0001,0", "0,181", "0,-181", "0,180.01", "0,-180.1", "0,360", "100,0", "0,1000"),
    *("nan,0", "0,inf", "1e1,0", "+1,0", "01,0", "0,007", ".5,0", "5.,0", "0x1,0", "--1,0", "1_0,0", "٣,0", "0,0\n"),
]


@pytest.fixture(scope="module")
def near_schema(http: httpx.Client) -> Json:
    parameters = http.get("/openapi.json").json()["paths"]["/v1/regions"]["get"]["parameters"]
    [schema] = [parameter["schema"] for parameter in parameters if parameter["name"] == "near"]
    assert isinstance(schema, dict)
    return schema


@pytest.mark.parametrize("near", ACCEPTED)
def test_a_point_on_the_globe_is_taken(http: httpx.Client, near_schema: Json, near: str) -> None:
    assert http.get("/v1/regions", params={"near": near}).status_code == 200
    assert re.search(near_schema["pattern"], near)


@pytest.mark.parametrize("near", WRONG)
@pytest.mark.parametrize("collection", PLACED)
def test_what_is_no_point_on_the_globe_is_refused_as_the_document_says(
    http: httpx.Client, near_schema: Json, collection: str, near: str
) -> None:
    response = http.get(f"/v1/{collection}", params={"near": near})
    assert response.status_code == 400
    assert [(error["parameter"], error["code"]) for error in response.json()["errors"]] == [("near", "wrong-form")]
    assert not re.search(near_schema["pattern"].replace("$", r"\Z"), near)


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("near=", "near", "empty"),
        ("near=0,0&near=1,1", "near", "repeated"),
        ("near=0,0&radius_km=0", "radius_km", "out-of-bounds"),
        ("near=0,0&radius_km=-1", "radius_km", "out-of-bounds"),
        ("near=0,0&radius_km=-0.0", "radius_km", "out-of-bounds"),
        ("near=0,0&radius_km=20038.5", "radius_km", "out-of-bounds"),
        ("near=0,0&radius_km=1e9", "radius_km", "out-of-bounds"),
        ("near=0,0&radius_km=1e999", "radius_km", "out-of-bounds"),
        ("near=0,0&radius_km=nan", "radius_km", "wrong-form"),
        ("near=0,0&radius_km=inf", "radius_km", "wrong-form"),
        ("near=0,0&radius_km=50km", "radius_km", "wrong-form"),
        ("near=0,0&radius_km=%2B5", "radius_km", "wrong-form"),
        ("near=0,0&radius_km=1,5", "radius_km", "wrong-form"),
        ("near=0,0&radius_km=", "radius_km", "empty"),
        ("near=0,0&radius_km=1&radius_km=2", "radius_km", "repeated"),
        ("radius_km=0", "radius_km", "out-of-bounds"),
    ],
)
def test_wrong_distances_are_refused(http: httpx.Client, query: str, parameter: str, code: str) -> None:
    for collection in PLACED:
        response = http.get(f"/v1/{collection}?{query}")
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert (error["parameter"], error["code"]) == (parameter, code)
        assert "Input" not in error["detail"]


@pytest.mark.parametrize("radius", ["0.001", "1e-3", "50", "5e1", "20038", "20015.2"])
def test_any_distance_on_the_globe_is_taken(http: httpx.Client, radius: str) -> None:
    assert http.get("/v1/regions", params={"near": "0,0", "radius_km": radius}).status_code == 200


@pytest.mark.parametrize("collection", [name for name in COLLECTIONS if name not in PLACED])
def test_only_regions_and_events_are_near_anything(http: httpx.Client, collection: str) -> None:
    errors = http.get(f"/v1/{collection}?near=0,0&radius_km=1").json()["errors"]
    assert [(error["parameter"], error["code"]) for error in errors] == [
        ("near", "unknown-parameter"),
        ("radius_km", "unknown-parameter"),
    ]
