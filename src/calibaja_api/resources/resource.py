"""A resource, declared once: what is asked, what is answered, where it is stored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table

from calibaja_api.fields import NO_DAY, Column, Expression, Field, Link, Period, Rising, SortKey, Words
from calibaja_api.operators import supports
from calibaja_api.parameters import Parameter, parameters
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Record
from calibaja_api.resources.searching import Passage
from calibaja_api.resources.tables import NAME_KEYS
from calibaja_api.shapes.parts import Item, Names
from calibaja_api.shapes.questions import ItemQuery, ListQuery
from calibaja_api.shapes.vocabulary import Format, ItemType, Lang, Precision

Rows = Iterable[tuple[Table, Mapping[str, Any]]]
"""Rows by their tables."""
Mistakes = Iterable[tuple[str, str]]


def _no_rows(_record: Any, _catalog: Catalog) -> Rows:
    return ()


def _no_passages(_record: Any, _catalog: Catalog) -> Iterable[Passage]:
    return ()


def _mentions(record: Any, catalog: Catalog) -> int:
    return catalog.mentions[record.id]


def _no_mistakes(_record: Any, _catalog: Catalog) -> Mistakes:
    return ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Resource:
    """One collection. A declaration whose two sides do not fit fails at import."""

    item_type: ItemType
    label: Names
    """What people call the collection."""
    example: str
    """A question, as a query string, that has an answer worth showing in the document."""
    summary: Names
    """What is in the collection, in one sentence; served at `/v1` and in the document."""
    answer: type[Item]
    question: type[ListQuery[Any]]
    item_question: type[ItemQuery]
    record: type[Record]
    table: Table
    """Where its items are stored: what filters and orders look at."""
    render: Callable[[Any, Catalog, Lang], Item]
    columns: Callable[[Any, Catalog], Mapping[str, Any]]
    """A record's values for the columns of its table, without id and bodies."""
    links: Callable[[Any, Catalog], Rows] = _no_rows
    """A record's rows in other tables."""
    check: Callable[[Any, Catalog], Mistakes] = _no_mistakes
    """What is wrong with a record among the others: pairs of its field and what would be right."""
    passages: Callable[[Any, Catalog], Iterable[Passage]] = _no_passages
    """What search finds a record by, beside its names and its description."""
    weight: Callable[[Any, Catalog], int] = _mentions
    """How a record ranks among those of its type that match as well: the heavier first."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    """What filters and sort keys look at, where that is not the column of the same name or `<name>_id`."""
    includes: Mapping[str, str] = field(default_factory=dict)
    """The field that an `include` follows, where that has another name."""

    def __post_init__(self) -> None:
        filters = {name: p for name, p in parameters(self.question).items() if p.is_filter}
        if set(parameters(self.question)["fields"].choices or ()) != set(self.answer.model_fields):
            raise TypeError(f"{self.name}: `fields` must allow the members of {self.answer.__name__}")
        names = {parameter.field for parameter in filters.values()}
        names |= {name.removeprefix("-") for name in self.sort_values} - {"id", "name", "relevance"}
        names |= {facet_of(name)[0] for name in self.facet_values}
        names |= {self.includes.get(name, name) for name in self.include_values}
        object.__setattr__(self, "fields", MappingProxyType({name: self._field(name) for name in sorted(names)}))
        for parameter in filters.values():
            if not supports(self.fields[parameter.field], parameter.operator):
                raise TypeError(f"{self.name}: {parameter.name} does not fit {self.fields[parameter.field]}")

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.answer.collection

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of its list, by name."""
        return parameters(self.question)

    @property
    def sort_values(self) -> tuple[str, ...]:
        """What `sort` allows."""
        return parameters(self.question)["sort"].choices or ()

    @property
    def facet_values(self) -> tuple[str, ...]:
        """What `facets` allows."""
        facets = parameters(self.question).get("facets")
        return facets.choices or () if facets else ()

    @property
    def formats(self) -> tuple[Format, ...]:
        """What `format` allows."""
        return tuple(Format(choice) for choice in parameters(self.question)["format"].choices or ())

    @property
    def include_values(self) -> tuple[str, ...]:
        """What `include` allows."""
        include = parameters(self.question).get("include")
        return include.choices or () if include else ()

    def sort_keys(self, name: str, lang: Lang, *, descending: bool) -> tuple[SortKey, ...]:
        """What a sort value orders by; nothing for `id`."""
        if name == "id":
            return ()
        if name == "name":
            return (_sort_key(self.table.c[NAME_KEYS[lang]], None, descending=descending),)
        match self.fields[name]:
            case Column(value=value, rising=rising):
                return (_sort_key(value, rising, descending=descending),)
            case Period(earliest=earliest, latest=latest, rising=both):
                pairs = zip((earliest, latest), both, strict=True)
                return tuple(_sort_key(value, rising, descending=descending) for value, rising in pairs)
            case _:
                raise TypeError(f"{self.name}: {name} has not one value and cannot order")

    def _field(self, name: str) -> Field:
        if name in self.fields:
            return self.fields[name]
        if name == "q":
            return Words()
        if name == "name":
            return Column(self.table.c.names_folded)
        for attribute in (name, f"{name}_id"):
            if attribute in self.table.c:
                return Column(self.table.c[attribute])
        raise TypeError(f"{self.name}: no column for {name}")


def facet_of(name: str) -> tuple[str, Precision | None]:
    """The field that a facet counts, and for one of time how finely: `time__decade` counts decades of `time`."""
    field, _, precision = name.rpartition("__")
    if precision in {Precision.DECADE, Precision.YEAR}:
        return field, Precision(precision)
    return name, None


def _sort_key(value: Expression, rising: Rising | None, *, descending: bool) -> SortKey:
    if rising is None:
        return SortKey(value, descending)
    return SortKey(rising.downward if descending else rising.upward, rising=rising)


def period(table: Table, name: str) -> Period:
    """A date in the table of items."""
    stated, earliest, latest = (table.c[name + end] for end in ("", "_earliest", "_latest"))
    return Period(stated, earliest, latest, (rising(table, f"{name}_earliest"), rising(table, f"{name}_latest")))


def rising(table: Table, name: str, missing: float = NO_DAY) -> Rising:
    """What a number in the table of items is ordered by."""
    return Rising(table.c[f"{name}_upward"], table.c[f"{name}_downward"], missing)


def linked(table: Table, column: str, *, together: str | None = None) -> Link:
    """A field whose values stand in a table of pairs."""
    return Link(table.c.number, table.c[column], together)
