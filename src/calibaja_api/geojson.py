"""Items as features on a map (GeoJSON, RFC 7946)."""

from collections.abc import Mapping, Sequence
from typing import Any


def feature(item: Mapping[str, Any], points: Sequence[tuple[float, float]], *, single: bool) -> dict[str, Any]:
    """An item as a feature at its points, each a latitude and a longitude: at one point, or at any number of them."""
    return {
        "type": "Feature",
        "id": item["id"],
        "geometry": _geometry(points, single=single),
        "properties": {name: value for name, value in item.items() if name not in {"id", "location"}},
    }


def _geometry(points: Sequence[tuple[float, float]], *, single: bool) -> dict[str, Any] | None:
    # GeoJSON names the longitude first.
    positions = [[longitude, latitude] for latitude, longitude in points]
    if not positions:
        return None
    if single:
        return {"type": "Point", "coordinates": positions[0]}
    return {"type": "MultiPoint", "coordinates": positions}
