import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.geojson import feature

TIJUANA, SAN_DIEGO = (32.5027, -117.00371), (32.71571, -117.16472)

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.lists(st.tuples(latitudes, longitudes), max_size=5)
texts = st.text(max_size=5)
values = st.none() | st.integers() | texts | st.lists(texts, max_size=2) | st.dictionaries(texts, texts, max_size=2)
items = st.builds(lambda id_, more: {"id": id_, **more}, texts, st.dictionaries(texts.filter("id".__ne__), values))


def test_a_region_is_at_its_point() -> None:
    region = {"id": "tijuana", "type": "region", "name": "Tijuana", "location": {"lat": 32.5027, "lon": -117.00371}}
    assert feature(region, [TIJUANA], single=True) == {
        "type": "Feature",
        "id": "tijuana",
        "geometry": {"type": "Point", "coordinates": [-117.00371, 32.5027]},
        "properties": {"type": "region", "name": "Tijuana"},
    }


def test_an_event_is_at_the_points_of_its_regions() -> None:
    event = {"id": "opening", "type": "event", "regions": [{"id": "tijuana"}]}
    assert feature(event, [TIJUANA, SAN_DIEGO], single=False) == {
        "type": "Feature",
        "id": "opening",
        "geometry": {"type": "MultiPoint", "coordinates": [[-117.00371, 32.5027], [-117.16472, 32.71571]]},
        "properties": {"type": "event", "regions": [{"id": "tijuana"}]},
    }


def test_an_event_of_one_region_has_a_multipoint_too() -> None:
    geometry = feature({"id": "opening"}, [TIJUANA], single=False)["geometry"]
    assert geometry == {"type": "MultiPoint", "coordinates": [[-117.00371, 32.5027]]}


@pytest.mark.parametrize("single", [True, False])
def test_without_a_point_the_geometry_is_null(single: bool) -> None:
    made = feature({"id": "mexico", "location": None}, [], single=single)
    assert made == {"type": "Feature", "id": "mexico", "geometry": None, "properties": {}}


def test_whole_numbers_stay_whole() -> None:
    assert json.dumps(feature({"id": "a"}, [(32, -117)], single=True)["geometry"]["coordinates"]) == "[-117, 32]"


@given(item=items, points=points)
def test_all_points_are_there_longitude_first(item: dict[str, Any], points: list[tuple[float, float]]) -> None:
    geometry = feature(item, points, single=False)["geometry"]
    positions = geometry["coordinates"] if geometry else []
    assert [(latitude, longitude) for longitude, latitude in positions] == points
    assert all(-180 <= position[0] <= 180 and -90 <= position[1] <= 90 for position in positions)


@given(item=items, point=st.tuples(latitudes, longitudes))
def test_the_one_point_is_longitude_first(item: dict[str, Any], point: tuple[float, float]) -> None:
    longitude, latitude = feature(item, [point], single=True)["geometry"]["coordinates"]
    assert (latitude, longitude) == point


@given(item=items, points=points, single=st.booleans())
def test_a_feature_has_the_members_of_rfc_7946(
    item: dict[str, Any], points: list[tuple[float, float]], single: bool
) -> None:
    before = json.dumps(item)
    made = feature(item, points, single=single)
    assert list(made) == ["type", "id", "geometry", "properties"]
    assert made["type"] == "Feature"
    assert made["id"] == item["id"]
    assert {"id": item["id"], **made["properties"]} == {key: item[key] for key in item if key != "location"}
    assert json.loads(json.dumps(made)) == made
    assert json.dumps(item) == before


def test_the_properties_keep_their_order(http: httpx.Client) -> None:
    region = http.get("/v1/regions/tijuana").json()["data"]
    location = region["location"]
    made = feature(region, [(location["lat"], location["lon"])], single=True)
    assert list(made["properties"]) == [name for name in region if name not in {"id", "location"}]
    assert made["geometry"]["coordinates"] == [location["lon"], location["lat"]]
