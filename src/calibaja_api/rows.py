"""From records to rows: what is written of each item, and of the dataset as a whole."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic_core import from_json
from sqlalchemy import Table

from calibaja_api import tabular
from calibaja_api.canonical import heading_lines, line_of
from calibaja_api.indexing import Standing, standing
from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.resources.bodies import BODIES, CSV
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import NamedRecord, Record
from calibaja_api.resources.rendering import name_columns
from calibaja_api.resources.tables import DIGEST, ENTITY, LABEL, RECORD, RENAMED, UNIT, WITHDRAWN, WITHIN
from calibaja_api.shapes.vocabulary import Lang

AT_ONCE: Final = 500
"""So many items are made to rows, and written, at once."""

Values: TypeAlias = tuple[Any, ...]


@cache
def columns_of(table: Table) -> tuple[str, ...]:
    """The columns of a table, in order."""
    return tuple(table.columns.keys())


@cache
def _known(table: Table) -> frozenset[str]:
    return frozenset(columns_of(table))


def values_of(table: Table, values: Mapping[str, Any]) -> Values:
    """A row as its values, in the order of the columns of its table; what is not told is null."""
    names = columns_of(table)
    if not values.keys() <= _known(table):
        raise KeyError(f"{table.name} has no {', '.join(sorted(values.keys() - _known(table)))}")
    # A member of an enumeration is text for a database, but not to every driver.
    return tuple([str(value) if isinstance(value, StrEnum) else value for value in map(values.get, names)])


class Share(NamedTuple):
    """Items of one collection that are made to rows together."""

    resource: Resource
    ids: Sequence[str]
    number: int
    """The number of the first of them among all items."""
    ordinal: int
    """Its place among the canonical lines."""


class Made(NamedTuple):
    """What was made of some items."""

    rows: dict[Table, list[Values]]
    standings: list[Standing]


def shares(catalog: Catalog) -> list[Share]:
    """All items in the order of the canonical lines, in shares."""
    headings = sum(1 for _ in heading_lines(catalog))
    found: list[Share] = []
    first = 1
    for resource in RESOURCES:
        ids = sorted(catalog.records[resource.item_type])
        found += [
            Share(resource, ids[at : at + AT_ONCE], first + at, headings + first + at)
            for at in range(0, len(ids), AT_ONCE)
        ]
        first += len(ids)
    return found


def made(share: Share, catalog: Catalog) -> Made:
    """The rows of a share, and where search puts its items."""
    resource, records = share.resource, catalog.records[share.resource.item_type]
    type_ = str(resource.item_type)
    rows: dict[Table, list[Values]] = defaultdict(list)
    standings = []
    for place, id_ in enumerate(share.ids):
        record = records[id_]
        number = share.number + place
        bodies = {lang: resource.render(record, catalog, lang).model_dump_json() for lang in Lang}
        item = {"number": number, "id": id_, **resource.columns(record, catalog), **_names(record)}
        for lang, body in bodies.items():
            rows[BODIES[lang]].append((number, id_, item.get("sources", ""), body))
            rows[CSV[lang]].append((number, csv_line(resource, body)))
        rows[resource.table].append(values_of(resource.table, item))
        for table, values in resource.links(record, catalog):
            rows[table].append(values_of(table, {"number": number, **values}))
        digest = hashlib.sha256("\n".join(bodies.values()).encode()).hexdigest()[:16]
        rows[DIGEST].append((type_, id_, digest))
        rows[RECORD].append((share.ordinal + place, line_of(resource, records, id_)))
        standings.append(standing(resource, record, catalog))
    return Made(dict(rows), standings)


def csv_line(resource: Resource, body: str) -> str:
    """An item as a line of CSV, with all its columns."""
    return tabular.line(tabular.row(resource.answer, from_json(body)))


def _names(record: Record) -> dict[str, str]:
    if isinstance(record, NamedRecord):
        return name_columns(record.name.en, record.name.es, getattr(record, "aliases", ()))
    name = getattr(record, "name", None)
    return {} if name is None else name_columns(name, name)


def of_the_whole(catalog: Catalog) -> Iterator[tuple[Table, list[Values]]]:
    """The rows that belong to no one item, in an order that is that of no file."""
    yield ENTITY, sorted((record.id, str(type_)) for type_, record in catalog.entities())
    yield WITHIN, sorted(catalog.within())
    yield UNIT, [(code, unit.other.en, unit.other.es) for code, unit in sorted(catalog.units.items())]
    yield LABEL, [(code, each.label.en, each.label.es) for code, each in sorted(catalog.labels.items())]
    yield RECORD, list(enumerate(heading_lines(catalog), start=1))
    former = catalog.dataset
    yield RENAMED, sorted((name, *pair) for name, pairs in former.renamed.items() for pair in pairs.items())
    yield WITHDRAWN, sorted((name, id_) for name, ids in former.withdrawn.items() for id_ in ids)
