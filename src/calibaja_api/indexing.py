"""From records to the index of search: what each item is found by, in the order that ties in relevance have."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Record, Texts
from calibaja_api.resources.searching import (
    Document,
    Passage,
    SearchDocumentRow,
    SearchNameRow,
    SearchWordRow,
    ranked,
    texts,
)
from calibaja_api.resources.tables import Row
from calibaja_api.shapes.vocabulary import ItemType, Lang

# Facts have no names, so they meet other items only where words stand anywhere: there, what is said of a thing comes
# before what merely mentions it. Among what has names, things come before what happened to them.
_STANDING: Final = {ItemType.FACT: 2_000_000, ItemType.EVENT: 0}
_OTHERS: Final = 1_000_000


def documents(catalog: Catalog) -> list[Document]:
    """All items as search finds them, ranked."""
    return ranked(
        _document(resource, record, catalog)
        for resource in RESOURCES
        for record in catalog.records[resource.item_type].values()
    )


def rows(ranked_documents: list[Document]) -> Iterator[tuple[type[Row], Mapping[str, Any]]]:
    """Rows of the tables of search."""
    known: Counter[str] = Counter()
    naming: set[str] = set()
    for rank, document in enumerate(ranked_documents, 1):
        yield SearchDocumentRow, document.columns(rank)
        yield from ((SearchNameRow, {"key": key, "rank": rank}) for key in sorted(document.keys()))
        known.update({word for found in document.words.values() for word in found})
        naming.update(document.words["names"])
    for word, items in sorted(known.items()):
        yield SearchWordRow, {"word": word, "items": items, "in_names": word in naming}


def entries(ranked_documents: list[Document]) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """What the database's own index of words is given: of each item its rank, and its words by column."""
    for rank, document in enumerate(ranked_documents, 1):
        yield rank, document.words


def _document(resource: Resource, record: Record, catalog: Catalog) -> Document:
    standing = _STANDING.get(resource.item_type, _OTHERS)
    weight = standing + min(resource.weight(record, catalog), 999_999)
    return Document(resource.item_type, record.id, weight, _names(record), tuple(_passages(resource, record, catalog)))


def _names(record: Record) -> Texts:
    en, es = (record.label(lang) for lang in Lang)
    return Texts.model_construct(en=en, es=es)


def _passages(resource: Resource, record: Record, catalog: Catalog) -> Iterator[Passage]:
    # A text that is the same in both languages is one, of no language.
    told: dict[tuple[str, str], list[Lang | None]] = defaultdict(list)
    for passage in _told(resource, record, catalog):
        told[passage.field, passage.text].append(passage.lang)
    for (field, text), languages in told.items():
        yield Passage(field, languages[0] if len(set(languages)) == 1 else None, text)


def _told(resource: Resource, record: Record, catalog: Catalog) -> Iterator[Passage]:
    if resource.item_type is not ItemType.FACT:
        yield from texts("name", _names(record))
        yield from (Passage("alias", None, alias) for alias in getattr(record, "aliases", ()))
    yield from texts("description", getattr(record, "description", None))
    kind = getattr(record, "kind", None)
    if kind is not None:
        yield from texts("kind", catalog.labels[kind].label)
        yield from texts("kind", catalog.labels[kind].plural)
    yield from resource.passages(record, catalog)
