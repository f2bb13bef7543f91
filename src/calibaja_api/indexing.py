"""From records to the index of search: what each item is found by, in the order that ties in relevance have."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from calibaja_api.database import Entry
from calibaja_api.resources import RESOURCE_OF, Resource
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Record
from calibaja_api.resources.searching import Document, Passage, texts
from calibaja_api.shapes.vocabulary import ItemType, Lang

# Facts have no names, so they meet other items only where words stand anywhere: there, what is said of a thing comes
# before what merely mentions it. Among what has names, things come before what happened to them.
_STANDING: Final = {ItemType.FACT: 2_000_000, ItemType.EVENT: 0}
_OTHERS: Final = 1_000_000

Standing: TypeAlias = tuple[int, str, str]
"""What items are ranked by: the heavier first, then by id and type."""


class Indexed(NamedTuple):
    """What was made of some items for the index of search."""

    documents: list[tuple[Any, ...]]
    names: list[tuple[str, int]]
    entries: list[Entry]
    known: Counter[str]
    """How many of these items have each word."""
    naming: set[str]
    """The words of names."""


def standing(resource: Resource, record: Record, catalog: Catalog) -> Standing:
    """Where an item stands among all."""
    weight = _STANDING.get(resource.item_type, _OTHERS) + min(resource.weight(record, catalog), 999_999)
    return -weight, record.id, str(resource.item_type)


def indexed(standings: Sequence[Standing], first: int, catalog: Catalog) -> Indexed:
    """What is written of items that follow each other in rank, beginning with this one."""
    made = Indexed([], [], [], Counter(), set())
    for rank, (negative, id_, type_) in enumerate(standings, first):
        resource = RESOURCE_OF[ItemType(type_)]
        document = _document(resource, catalog.records[resource.item_type][id_], -negative, catalog)
        made.documents.append(document.values(rank))
        made.names.extend((key, rank) for key in sorted(document.keys()))
        names, others, notes = (" ".join(words) for words in document.words.values())
        made.entries.append((rank, names, others, notes))
        made.known.update({word for found in document.words.values() for word in found})
        made.naming.update(document.words["names"])
    return made


def _document(resource: Resource, record: Record, weight: int, catalog: Catalog) -> Document:
    passages = tuple(_passages(resource, record, catalog))
    return Document(str(resource.item_type), record.id, weight, record.label(Lang.EN), record.label(Lang.ES), passages)


def _passages(resource: Resource, record: Record, catalog: Catalog) -> Iterator[Passage]:
    # A text that is the same in both languages is one, of no language.
    told: dict[tuple[str, str], Lang | None] = {}
    for field, lang, text in _told(resource, record, catalog):
        if told.setdefault((field, text), lang) is not lang:
            told[field, text] = None
    return (Passage(field, lang, text) for (field, text), lang in told.items())


def _told(resource: Resource, record: Record, catalog: Catalog) -> Iterator[Passage]:
    if resource.item_type is not ItemType.FACT:
        yield from (Passage("name", lang, record.label(lang)) for lang in Lang)
        yield from (Passage("alias", None, alias) for alias in getattr(record, "aliases", ()))
    yield from texts("description", getattr(record, "description", None))
    kind = getattr(record, "kind", None)
    if kind is not None:
        yield from texts("kind", catalog.labels[kind].label)
        yield from texts("kind", catalog.labels[kind].plural)
    yield from resource.passages(record, catalog)
