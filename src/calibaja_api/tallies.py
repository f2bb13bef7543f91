"""How many items have each value of a field: what a facet shows, counted when it is asked for or at publish."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from calibaja_api.dates import FIRST_DAY, LAST_DAY, year_of
from calibaja_api.fields import Column, Link, Period, python_type
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.shapes.values import MAX_FACET_LIMIT
from calibaja_api.shapes.vocabulary import Precision

WIDTHS: Final = {Precision.DECADE: 10, Precision.YEAR: 1}
"""Years of a bucket of time."""
Span: TypeAlias = tuple[int | None, int | None]


class Tally(NamedTuple):
    """The values that most items have, each with how many do; how many there are of all values; how many have none."""

    buckets: list[tuple[str | int, int]]
    """A value is a text; of times, the number of a year or decade."""
    total: int
    missing: int

    def of(self, wanted: str) -> int | None:
        """How many items have a value; None where it is not among those that most have."""
        return next((count for value, count in self.buckets if value == wanted), None)

    def up_to(self, year: int) -> int:
        """How many items a tally of years has in a year and all before it."""
        later = bisect_right(self.buckets, year, key=itemgetter(0))
        return self.buckets[later - 1][1] if later else 0

    def as_json(self) -> str:
        """The buckets as they are stored."""
        return json.dumps(self.buckets, ensure_ascii=False, separators=(",", ":"))


@cache
def summarized(resource: Resource) -> tuple[str, ...]:
    """The fields under each value of which facets are counted at publish: those that are asked for as they are."""
    return tuple(
        parameter.field
        for parameter in resource.parameters.values()
        if parameter.is_filter
        and parameter.operator is Operator.EQ
        and parameter.field != "id"
        and isinstance(field := resource.fields[parameter.field], (Column, Link))
        and python_type(field.value) is str
    )


@cache
def years_counted(resource: Resource) -> dict[str, tuple[str, str]]:
    """The fields of time of which publishing counts in which years they begin and end, and what the two tallies are
    called: those of which a filter asks what overlaps.
    """
    found: dict[str, tuple[str, str]] = {}
    for parameter in resource.parameters.values():
        field = resource.fields.get(parameter.field)
        if parameter.operator is Operator.DURING and isinstance(field, Period):
            found[parameter.field] = (str(field.earliest.key), str(field.latest.key))
    return found


def of_values(counted: Counter[str | None], limit: int = MAX_FACET_LIMIT) -> Tally:
    """The tally of values, None for those that have none."""
    missing = counted.pop(None, 0)
    buckets = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0] or ""))[:limit]
    return Tally([(str(value), count) for value, count in buckets], counted.total(), missing)


def of_years(days: Iterable[tuple[int | None, int]]) -> Tally:
    """The tally of the years in which days lie, all of them, however many, each with how many lie in it or before; of
    days as `dates.Day.key`.
    """
    missing = 0
    years: Counter[int] = Counter()
    for day, count in days:
        if day is None:
            missing += count
        else:
            years[year_of(day)] += count
    running = accumulate(count for _, count in sorted(years.items()))
    return Tally([*zip(sorted(years), running, strict=True)], years.total(), missing)


def of_times(spans: Iterable[tuple[Span, int]], precision: Precision, limit: int = MAX_FACET_LIMIT) -> Tally:
    """The tally of decades or years, each with the items that it could overlap."""
    width = WIDTHS[precision]
    missing = 0
    changes: Counter[int] = Counter()
    for (earliest, latest), count in spans:
        if earliest is None or latest is None:
            missing += count
        else:
            # An end that is open or unknown reaches no further than the known one.
            first = latest if earliest == FIRST_DAY else earliest
            last = earliest if latest == LAST_DAY else latest
            changes[year_of(first) // width] += count
            changes[year_of(last) // width + 1] -= count
    steps = sorted(_steps(changes), key=lambda step: (-step[2], step[0]))
    buckets: list[tuple[str | int, int]] = []
    for start, end, count in steps:
        buckets += [(number, count) for number in range(start, min(end, start + limit - len(buckets)))]
    return Tally(buckets, sum((end - start) * count for start, end, count in steps), missing)


def _steps(changes: Counter[int]) -> Iterator[tuple[int, int, int]]:
    """From where to before where how many items overlap, where any do; a span may be as long as time."""
    count, start = 0, 0
    for number in sorted(changes):
        if count:
            yield start, number, count
        count, start = count + changes[number], number
