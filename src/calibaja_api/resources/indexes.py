"""The indexes of the tables, from what resources are asked: whatever can be filtered or ordered by has its own.

In each the number follows, so that what it finds comes in the order of ids, or of the sort and then of ids, without
being sorted. Facts are many, so their commonest filters have indexes for each order of figures and times too.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, cast

from sqlalchemy import Index, MetaData

from calibaja_api.fields import Column, Expression, Link, Period, SortKey, table_of
from calibaja_api.resources.resource import Resource
from calibaja_api.resources.tables import METADATA, NAME_KEYS
from calibaja_api.shapes.vocabulary import ItemType, Lang

_ORDERED: Final[tuple[tuple[str, ...], ...]] = (
    ("subject",),
    ("predicate",),
    ("region",),
    ("sector",),
    ("subject", "predicate"),
    ("region", "predicate"),
)
"""Filters of facts that have an index for each of these orders."""
_ORDERS: Final = ("value", "-value", "time", "-time")
_TOGETHER: Final[tuple[tuple[str, ...], ...]] = (*_ORDERED[-2:], ("sector", "predicate"), ("region", "sector"))
"""Filters of facts that have an index in the order of ids."""
_TIMED: Final[tuple[tuple[str, ...], ...]] = (*_ORDERED[:4], *_ORDERED[-2:])
"""Filters of facts under which those of some days are counted from an index."""


class Served(NamedTuple):
    """What an index of an item's own table serves: filters that ask for one value each, under an order."""

    name: str
    filters: tuple[Expression, ...]
    order: tuple[SortKey, ...]
    """Without the number, which comes next."""
    beside: tuple[Expression, ...] = ()
    """What is looked at on the way, so that only what passes is read."""


def with_indexes(resources: Iterable[Resource]) -> MetaData:
    """All tables, with the indexes of resources: what the migrations end in. Only to compare them takes it; a publish
    migrates, and to answer takes no index as an object.
    """
    for resource in resources:
        _declare(resource)
    return METADATA


def _declare(resource: Resource) -> None:
    """Add indexes to the tables of a resource."""
    for name, filters, order, beside in served(resource):
        keys = (key.by.desc() if key.descending else key.by for key in order)
        _index(resource.table.c.number, name, (*filters, *keys), beside)
    for names in timed(resource):
        _index(resource.table.c.number, f"{'_'.join(names)}_days", (*_values(resource, names), *_days(resource)))
    for name, field in resource.fields.items():
        if isinstance(field, Link):
            _index(field.owner, name, (field.value,))


def served(resource: Resource) -> Iterator[Served]:
    """What the indexes of a resource's own table serve."""
    for name, field in resource.fields.items():
        # Texts that are looked at for a part of them have no place in an order.
        if isinstance(field, Column) and name not in {"id", "name"}:
            yield Served(name, (field.value,), ())
    for sort in resource.sort_values:
        if sort in {"name", "-name"}:
            for lang in NAME_KEYS:
                yield Served(f"by_{_named(sort)}_{lang}", (), _keys(resource, sort, lang))
        elif sort.removeprefix("-") not in {"id", "relevance"}:
            keys = _keys(resource, sort)
            # Upward, what is its own key stands in the index of its filter.
            own = not sort.startswith("-") and keys[0].rising is None
            yield Served(sort if own else f"by_{_named(sort)}", (), keys)
    if resource.item_type is ItemType.FACT:
        yield from _of_facts(resource)


def timed(resource: Resource) -> tuple[tuple[str, ...], ...]:
    """Fields, under one value each of which an index has the days of items."""
    return _TIMED if resource.item_type is ItemType.FACT else ()


def _of_facts(facts: Resource) -> Iterator[Served]:
    for names in _TOGETHER:
        yield Served("_".join(names), _values(facts, names), ())
    for names in _ORDERED:
        for sort in _ORDERS:
            yield Served(
                f"{'_'.join(names)}_by_{_named(sort)}", _values(facts, names), _keys(facts, sort), _days(facts)
            )


def _keys(resource: Resource, sort: str, lang: Lang = Lang.EN) -> tuple[SortKey, ...]:
    return resource.sort_keys(sort.removeprefix("-"), lang, descending=sort.startswith("-"))


def _named(sort: str) -> str:
    return f"{sort[1:]}_down" if sort.startswith("-") else sort


def _values(resource: Resource, names: tuple[str, ...]) -> tuple[Expression, ...]:
    return tuple(cast("Column", resource.fields[name]).value for name in names)


def _days(facts: Resource) -> tuple[Expression, Expression]:
    time = cast("Period", facts.fields["time"])
    return time.earliest, time.latest


def _index(number: Expression, name: str, columns: tuple[Expression, ...], beside: tuple[Expression, ...] = ()) -> None:
    of_table = table_of(number)
    name = f"ix_{of_table.name}_{name}"
    if name not in {index.name for index in of_table.indexes}:
        Index(name, *columns, number, *beside)
