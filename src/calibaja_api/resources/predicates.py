"""Where predicates are stored."""

from typing import Any, Final

from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Code, NamedRecord, Texts
from calibaja_api.resources.resource import Mistakes, Resource, Rows, linked
from calibaja_api.resources.tables import NamedRow, one_of, pairs, table
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.predicates import Predicate, PredicateItemQuery, PredicateQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang, ValueType


class PredicateRecord(NamedRecord):
    """A predicate in a seed file."""

    description: Texts
    value_type: ValueType
    units: list[Code] = []


class PredicateRow(NamedRow, table=True):
    """A predicate."""

    __tablename__ = "predicate"
    __table_args__ = (one_of("value_type", ValueType),)

    value_type: str


PREDICATE: Final = table(PredicateRow)
PREDICATE_UNIT: Final = pairs("predicate_unit", "predicate", "unit")
"""Figures of a predicate can have a unit."""


def _render(record: PredicateRecord, _catalog: Catalog, lang: Lang) -> Predicate:
    return Predicate(
        id=record.id,
        name=record.name[lang],
        names=Names(en=record.name.en, es=record.name.es),
        type="predicate",
        description=record.description[lang],
        value_type=record.value_type,
        units=record.units,
    )


def _columns(record: PredicateRecord, _catalog: Catalog) -> dict[str, Any]:
    return {"value_type": record.value_type}


def _links(record: PredicateRecord, _catalog: Catalog) -> Rows:
    for unit in record.units:
        yield PREDICATE_UNIT, {"unit": unit}


def _check(record: PredicateRecord, catalog: Catalog) -> Mistakes:
    for unit in record.units:
        if unit not in catalog.units:
            yield "units", f"{unit} is not in units.yaml; add it there with its words"
    if bool(record.units) is not (record.value_type is ValueType.QUANTITY):
        yield "units", "a predicate has units exactly when its value_type is quantity"


PREDICATES = Resource(
    item_type=ItemType.PREDICATE,
    label=Names(en="predicates", es="predicados"),
    example="value_type=quantity&limit=1",
    summary=Names(
        en="What can be said of a subject: the vocabulary of the facts, with its units.",
        es="Lo que puede decirse de un sujeto: el vocabulario de los hechos, con sus unidades.",
    ),
    answer=Predicate,
    question=PredicateQuery,
    item_question=PredicateItemQuery,
    record=PredicateRecord,
    table=PREDICATE,
    render=_render,
    columns=_columns,
    links=_links,
    check=_check,
    fields={"unit": linked(PREDICATE_UNIT, "unit")},
)
