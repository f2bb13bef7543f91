"""From records to the parts of answers, and to the columns that those parts are found by."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from calibaja_api import dates
from calibaja_api.dates import FIRST_DAY, LAST_DAY
from calibaja_api.fields import NO_DAY
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import CitationRecord, EntityRecord, IdentifierRecord
from calibaja_api.shapes.parts import Citation, Identifier, Names, Ref, Selector, Time
from calibaja_api.shapes.vocabulary import ItemType, Lang
from calibaja_api.text import fold
from calibaja_api.wording import date_label

_REMEMBERED: Final = 1 << 14
"""Many items have the same dates."""


def time(edtf: str | None, lang: Lang) -> Time | None:
    """A date as an answer shows it."""
    return None if edtf is None else _time(edtf, lang)


@lru_cache(_REMEMBERED)
def _time(edtf: str, lang: Lang) -> Time:
    span = dates.parse(edtf)
    return Time(
        edtf=span.edtf,
        earliest=None if span.earliest is None else str(span.earliest),
        latest=None if span.latest is None else str(span.latest),
        precision=span.precision,
        approximate=span.approximate,
        uncertain=span.uncertain,
        label=date_label(span, lang),
    )


def period(field: str, edtf: str | None) -> dict[str, Any]:
    """The columns that a date is filtered and sorted by."""
    span = None if edtf is None else dates.parse(edtf)
    earliest = span.earliest.key if span and span.earliest else None
    latest = span.latest.key if span and span.latest else None
    return {
        field: edtf,
        f"{field}_earliest": FIRST_DAY if span and earliest is None else earliest,
        f"{field}_latest": LAST_DAY if span and latest is None else latest,
        **rising(f"{field}_earliest", earliest, NO_DAY),
        **rising(f"{field}_latest", latest, NO_DAY),
    }


def rising(field: str, value: float | None, missing: float) -> dict[str, Any]:
    """The columns that a number orders by, upward and downward."""
    return {
        f"{field}_upward": missing if value is None else value,
        f"{field}_downward": missing if value is None else -value,
    }


def cited(citations: Iterable[CitationRecord]) -> dict[str, str]:
    """The column with the sources of an item, each once."""
    return {"sources": " ".join(sorted({citation.source for citation in citations}))}


def refs(catalog: Catalog, type_: ItemType, ids: Iterable[str], lang: Lang) -> list[Ref]:
    """References to several items of a type, in the order of the record."""
    return [catalog.ref(type_, id_, lang) for id_ in ids]


def citations(catalog: Catalog, records: Iterable[CitationRecord], lang: Lang) -> list[Citation]:
    """Citations as an answer shows them."""
    return [
        Citation(
            source=catalog.ref(ItemType.SOURCE, record.source, lang),
            locator=record.locator,
            selector=None if record.selector is None else Selector(**record.selector.model_dump()),
            speaker=catalog.ref(ItemType.PERSON, record.speaker, lang),
            speaker_name=record.speaker_name,
        )
        for record in records
    ]


def citation_columns(record: CitationRecord, catalog: Catalog) -> dict[str, Any]:
    """The columns of a citation's row."""
    selector = record.selector
    source = catalog.records[ItemType.SOURCE][record.source]
    return {
        "source_id": record.source,
        "source_tier": source.tier,
        "source_language": source.language,
        "speaker_id": record.speaker,
        "speaker_name": record.speaker_name,
        "locator": record.locator,
        "selector_start": selector and selector.start,
        "selector_end": selector and selector.end,
        "selector_sha256": selector and selector.sha256,
    }


def identifier_columns(entity: str, record: IdentifierRecord) -> dict[str, Any]:
    """The columns of an identifier's row."""
    return {"entity_id": entity, "pair": f"{record.scheme}:{record.value}", **record.model_dump()}


def identifiers(records: Iterable[IdentifierRecord]) -> list[Identifier]:
    """Identifiers as an answer shows them."""
    return [Identifier(**record.model_dump()) for record in records]


def entity_parts(record: EntityRecord, lang: Lang) -> dict[str, Any]:
    """What every entity and event shows."""
    return {
        "id": record.id,
        "name": record.name[lang],
        "names": Names(en=record.name.en, es=record.name.es),
        "description": None if record.description is None else record.description[lang],
        "aliases": record.aliases,
    }


def counts(record: EntityRecord, catalog: Catalog) -> dict[str, int]:
    """How much the dataset says of an entity."""
    return {
        "facts_count": catalog.facts_count[record.id],
        "events_count": catalog.events_count[record.id],
    }


def name_columns(en: str, es: str, aliases: Iterable[str] = ()) -> dict[str, str]:
    """The columns that names are sorted and filtered by."""
    # Folded names hold no line feed, so that one before each tells where a name begins.
    folded = "".join(f"\n{name}" for name in dict.fromkeys(fold(name) for name in (en, es, *aliases)))
    return {"name_key_en": fold(en), "name_key_es": fold(es), "names_folded": folded}
