"""How many items have each value of a field: what a facet shows, counted when it is asked for or at publish."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias, cast

from calibaja_api.dates import FIRST_DAY, LAST_DAY, year_of
from calibaja_api.fields import Column, Link, Period, python_type
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.shapes.values import MAX_FACET_LIMIT
from calibaja_api.shapes.vocabulary import Precision

WIDTHS: Final = {Precision.DECADE: 10, Precision.YEAR: 1}
"""Years of a bucket of time."""
MOST_YEARS: Final = 500
"""Where there are more, none is stored, as what is stored is read at once and kept: items are counted then."""
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


class Years(NamedTuple):
    """The years in which items begin, or those in which they end, each with how many do so in it or before; how many
    have a time, and how many have none. No years are told where there are more than `MOST_YEARS`.
    """

    running: list[tuple[int, int]]
    total: int
    missing: int

    def up_to(self, year: int) -> int | None:
        """How many begin, or end, in a year or before it; None where that is not told."""
        if self.total and not self.running:
            return None
        later = bisect_right(self.running, year, key=itemgetter(0))
        return self.running[later - 1][1] if later else 0


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
    """The fields of time of which publishing counts in which years items begin and end, and under what names: those of
    which a filter asks what overlaps.
    """
    asked = (each.field for each in resource.parameters.values() if each.operator is Operator.DURING)
    periods = {name: cast("Period", resource.fields[name]) for name in asked}
    return {name: (str(period.earliest.key), str(period.latest.key)) for name, period in periods.items()}


def of_values(counted: Counter[str | None], limit: int = MAX_FACET_LIMIT) -> Tally:
    """The tally of values, None for those that have none."""
    missing = counted.pop(None, 0)
    buckets = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0] or ""))[:limit]
    return Tally([(str(value), count) for value, count in buckets], counted.total(), missing)


def of_years(days: Iterable[tuple[int | None, int]]) -> Years:
    """The years of days, given as `dates.Day.key`, None for those of items without a time, with how many items each."""
    missing = 0
    years: Counter[int] = Counter()
    for day, count in days:
        if day is None:
            missing += count
        else:
            years[year_of(day)] += count
    if len(years) > MOST_YEARS:
        return Years([], years.total(), missing)
    ordered = sorted(years.items())
    running = accumulate(count for _, count in ordered)
    return Years([(year, count) for (year, _), count in zip(ordered, running, strict=True)], years.total(), missing)


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
