"""Points on the globe as unit vectors, so that a database finds what is near with sums and products alone.

The distance of two points along a great circle grows with the straight line between them, so one bounds the other. The
earth is taken as a sphere of its mean radius (IUGG): at most 0.6 percent from the ellipsoid.
"""

import math
from typing import Final, NamedTuple

MEAN_RADIUS_KM: Final = 6371.0088
HALF_CIRCUMFERENCE_KM: Final = math.pi * MEAN_RADIUS_KM
# More than the square of the longest line, whatever the last digits of a sum are.
_BEYOND: Final = 5.0


class Vector(NamedTuple):
    """A point on the unit sphere."""

    x: float
    y: float
    z: float


def vector(lat: float, lon: float) -> Vector:
    """The unit vector of a point in degrees (WGS 84)."""
    phi, theta = math.radians(lat), math.radians(lon)
    return Vector(math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi))


def chord_squared(distance_km: float) -> float:
    """The square of the straight line, in radii, between two points this far apart along a great circle."""
    if distance_km >= HALF_CIRCUMFERENCE_KM:
        return _BEYOND
    return 4 * math.sin(distance_km / (2 * MEAN_RADIUS_KM)) ** 2
