"""Where facts and sources do not fit together: what is said twice, disagrees without a word, or is cited by nobody."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import combinations
from typing import Any, TypeAlias

from calibaja_api.citations import cited
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.fact_records import FactRecord, dimensions
from calibaja_api.resources.records import Record
from calibaja_api.shapes.vocabulary import ItemType, ValueType

Told: TypeAlias = tuple[ItemType, str, str, str]
"""What is wrong: type and id of the record, its field, and what would be right."""


def disagreements(catalog: Catalog) -> Iterator[Told]:
    """All that is wrong between facts, and the sources that nothing cites."""
    yield from between(catalog.records[ItemType.FACT].values(), catalog)
    records = (record for of_type in catalog.records.values() for record in of_type.values())
    yield from uncited(catalog, {source for record in records for source in sources_of(record)})


def between(facts: Iterable[FactRecord], catalog: Catalog) -> Iterator[Told]:
    """All that is wrong between these facts."""
    groups: dict[tuple[Any, ...], list[FactRecord]] = defaultdict(list)
    for fact in facts:
        groups[statement(fact, catalog)].append(fact)
    for of_the_same in groups.values():
        for fact, other in combinations(of_the_same, 2):
            yield from _between(fact, other, catalog)


def uncited(catalog: Catalog, cited_: Container[str]) -> Iterator[Told]:
    """The sources that are not among those that are cited."""
    for id_ in catalog.records[ItemType.SOURCE]:
        if id_ not in cited_:
            yield ItemType.SOURCE, id_, "id", "nothing cites it; cite it or leave it out"


def sources_of(record: Record) -> set[str]:
    """The sources that a record cites."""
    return {citation.source for _, citation in cited(record)}


def _between(fact: FactRecord, other: FactRecord, catalog: Catalog) -> Iterator[Told]:
    """What is wrong with two facts that state something of the same."""
    if _value(fact) == _value(other):
        yield ItemType.FACT, other.id, "id", f"{fact.id} states the same; one fact can have several citations"
    elif _value_type(fact, catalog) in {ValueType.QUANTITY, ValueType.DATE}:
        shared = {citation.source for citation in fact.citations} & {citation.source for citation in other.citations}
        if shared:
            message = f"{fact.id} gives another value from the same source; tell them apart, with a scope for instance"
            yield ItemType.FACT, other.id, "scope", message
        for one, against in ((fact, other), (other, fact)):
            if one.note is None:
                yield ItemType.FACT, one.id, "note", f"is missing: {against.id} disagrees, and readers should know"


def statement(fact: FactRecord, catalog: Catalog) -> tuple[Any, ...]:
    """What a fact states something of; of a date the time is what it states."""
    time = None if _value_type(fact, catalog) is ValueType.DATE else fact.time
    of = (fact.subject, fact.predicate, *dimensions(fact, catalog), fact.counterpart, fact.basis, fact.per, fact.unit)
    return (*of, fact.scope_key, time)


def _value(fact: FactRecord) -> tuple[Any, ...]:
    text = None if fact.text is None else fact.text.en
    return fact.value, fact.value_upper, fact.qualifier, fact.object, text, fact.time


def _value_type(fact: FactRecord, catalog: Catalog) -> ValueType:
    value_type: ValueType = catalog.records[ItemType.PREDICATE][fact.predicate].value_type
    return value_type
