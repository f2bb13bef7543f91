"""What is counted at publish, from the tables as they were filled: facets of all items, and of those with one value of
one field, and the years in which these begin and end. A question that asks for no more than that reads a row or two.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, insert, literal_column, select

from calibaja_api.fields import Column, Link, Period
from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.resources.resource import facet_of
from calibaja_api.resources.searching import SEARCH_DOCUMENT, SEARCH_ITEM
from calibaja_api.resources.sources import SOURCE
from calibaja_api.resources.tables import SUMMARY
from calibaja_api.tallies import Tally, of_times, of_values, of_years, summarized, years_counted

ROWS_AT_ONCE: Final = 20_000
_OF_SOURCES: Final = {"source", "source__tier", "source__language"}
"""Fields that are read from the sources of an item."""

Expand = Callable[[Any], Sequence[str]]
"""The values of an item, from the value of a column."""


def complete(connection: Connection) -> None:
    """Fill the tables that are made of others."""
    for resource in RESOURCES:
        document, table = SEARCH_DOCUMENT.c, resource.table.c
        columns = (document.rank, document.type, table.number, -document.weight, document.id)
        of_type = document.type == literal_column(f"'{resource.item_type}'")
        items = select(*columns).where(of_type, document.id == table.id)
        names = ["rank", "type", "number", "lightness", "id"]
        connection.execute(insert(SEARCH_ITEM).from_select(names, items))
        summary = _Summary(connection, resource)
        for field in ("", *summarized(resource)):
            rows = list(summary.rows(field))
            if rows:
                connection.execute(insert(SUMMARY), rows)


class _Summary:
    """The summaries of a resource."""

    def __init__(self, connection: Connection, resource: Resource) -> None:
        self._connection = connection
        self._resource = resource
        self._columns: list[Any] = []
        self._expand: dict[str, Expand] = {}
        self._facets = {name: self._placed(facet_of(name)[0]) for name in resource.facet_values}
        self._periods = {name: self._placed(name) for name in years_counted(resource)}
        self._spans = {place for name, place in self._facets.items() if facet_of(name)[1] is not None}
        self._spans.update(self._periods.values())

    def _placed(self, name: str) -> int:
        """The place of the column that a facet counts, which is added where it is not there yet."""
        match self._resource.fields[name]:
            case Period(earliest=earliest, latest=latest):
                added: tuple[Any, ...] = (earliest, latest)
            case Column(value=value):
                added = (value,)
            case Link() if name in _OF_SOURCES:
                added = (self._resource.table.c.sources,)
                self._expand[name] = self._of_sources(name)
            case _:
                added = (self._resource.table.c.number,)
                self._expand[name] = self._of_links(name)
        places = [place for place, known in enumerate(self._columns) if known is added[0]]
        if not places:
            places = [len(self._columns)]
            self._columns += added
        return places[0]

    def _of_sources(self, name: str) -> Expand:
        """The values of a text of source ids."""
        value = {"source": SOURCE.c.id, "source__tier": SOURCE.c.tier, "source__language": SOURCE.c.language}[name]
        found = self._connection.execute(select(SOURCE.c.id, value))
        values: Mapping[str, str] = dict(map(tuple, found))
        return lambda sources: [*{values[source] for source in sources.split()}]

    def _of_links(self, name: str) -> Expand:
        """The values that a table of pairs ties to a number."""
        link = self._resource.fields[name]
        assert isinstance(link, Link)
        values: dict[int, set[str]] = {}
        for number, value in self._connection.execute(select(link.owner, link.value).where(link.value.is_not(None))):
            values.setdefault(number, set()).add(value)
        return lambda number: [*values.get(number, ())]

    def rows(self, field: str) -> Iterator[dict[str, Any]]:
        """The rows for each value of a field, or for all items."""
        counting = {name: place for name, place in self._facets.items() if facet_of(name)[0] != field}
        for value, counted, items in self._counted(field, sorted({*counting.values(), *self._periods.values()})):
            yield self._row(field, value, "", [], items, 0)
            for name, place in counting.items():
                yield self._row(field, value, name, *self._tally(name, counted[place]))
            for period, place in self._periods.items():
                for end, name in enumerate(years_counted(self._resource)[period]):
                    days = ((span[end], count) for span, count in counted[place].items())
                    yield self._row(field, value, name, *of_years(days))

    def _row(
        self, field: str, value: str, facet: str, buckets: Sequence[tuple[str | int, int]], total: int, missing: int
    ) -> dict[str, Any]:
        key = {"collection": self._resource.name, "field": field, "value": value, "facet": facet}
        stored = json.dumps(buckets, ensure_ascii=False, separators=(",", ":"))
        return {**key, "total": total, "missing": missing, "buckets": stored}

    def _tally(self, name: str, counted: Counter[Any]) -> Tally:
        precision = facet_of(name)[1]
        if precision is not None:
            return of_times(counted.items(), precision)
        expand = self._expand.get(name)
        if expand is None:
            return of_values(counted.copy())
        each: Counter[str | None] = Counter()
        for value, count in counted.items():
            for one in expand(value) or (None,):
                each[one] += count
        return of_values(each)

    def _counted(self, field: str, places: Sequence[int]) -> Iterator[tuple[str, dict[int, Counter[Any]], int]]:
        """Of each value of the field how many items have what in each column, and how many there are."""
        now: str | None = None
        items = 0
        counted: dict[int, Counter[Any]] = {}
        streamed = self._connection.execute(self._select(field), execution_options={"stream_results": True})
        for some in streamed.partitions(ROWS_AT_ONCE):
            for value, group in groupby(some, itemgetter(0)):
                if value != now:
                    if now is not None:
                        yield now, counted, items
                    now, items, counted = value, 0, {place: Counter() for place in places}
                rows = list(group)
                items += len(rows)
                columns = list(zip(*rows, strict=True))
                for place in places:
                    counted[place].update(self._of_place(columns, place))
        if now is not None:
            yield now, counted, items

    def _of_place(self, columns: Sequence[Any], place: int) -> Any:
        first = columns[place + 1]
        return zip(first, columns[place + 2], strict=True) if place in self._spans else first

    def _select(self, field: str) -> Select[Any]:
        found: Select[Any]
        if not field:
            found = select(literal_column("''"), *self._columns)
            return found.select_from(self._resource.table)
        match self._resource.fields[field]:
            case Column(value=value):
                found = select(value, *self._columns).select_from(self._resource.table)
                return found.where(value.is_not(None)).order_by(value)
            case Link(owner=owner, value=value):
                # An item counts once, however often it is tied to a value.
                pairs = select(value.label("value"), owner.label("number")).where(value.is_not(None)).distinct()
                listed = pairs.subquery("pairs")
                found = select(listed.c.value, *self._columns).select_from(self._resource.table)
                found = found.join(listed, listed.c.number == self._resource.table.c.number)
                return found.order_by(listed.c.value)
            case other:
                raise TypeError(f"{self._resource.name}: {other} has no values to count under")
