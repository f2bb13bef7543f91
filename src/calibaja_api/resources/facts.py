"""Where facts are stored, and what makes one well-formed."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import BigInteger, and_, literal_column
from sqlmodel import Field

from calibaja_api import dates
from calibaja_api.fields import NO_FIGURE, Column, Series
from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.fact_records import FactRecord, dimensions, predicate_of
from calibaja_api.resources.resource import Mistakes, Resource, Rows, period, rising
from calibaja_api.resources.searching import Passage, texts
from calibaja_api.resources.sources import cited
from calibaja_api.resources.tables import ItemRow, check, citations_of, entity_of, one_of, table
from calibaja_api.shapes.facts import Fact, FactItemQuery, FactQuery
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.vocabulary import Basis, ItemType, Lang, Qualifier, Tier, TimeBasis
from calibaja_api.wording import quantity_text

_OF_WHAT_IS: Final = (Basis.OBSERVED, Basis.ESTIMATED)
"""What rests on these can be the latest."""
_SERIES: Final = (
    *("subject_id", "predicate_id", "region_id", "sector_id", "counterpart_id"),
    *("basis", "per", "unit", "scope_key"),
)
"""What facts that can follow each other have in common."""


class FactRow(ItemRow, table=True):
    """A fact; its days as whole numbers, 20151231."""

    __tablename__ = "fact"
    __table_args__ = (
        entity_of("subject_id", "subject_type"),
        one_of("basis", Basis),
        one_of("qualifier", Qualifier),
        one_of("time_basis", TimeBasis),
        check("quantity", "(value IS NULL) = (unit IS NULL) AND (value IS NULL) = (qualifier IS NULL)"),
        check("upper", "(value_upper IS NULL) = (qualifier IS NULL OR qualifier <> 'between')"),
        check("ends", "value <= value_upper"),
        check("one_value", "value IS NULL OR object_id IS NULL"),
        check("per", "per IS NULL OR value IS NOT NULL"),
        check("time", "time_earliest <= time_latest"),
        check("timed", "(time IS NULL) = (time_basis IS NULL)"),
    )

    subject_id: str
    subject_type: str
    predicate_id: str = Field(foreign_key="predicate.id")
    region_id: str | None = Field(default=None, foreign_key="region.id")
    sector_id: str | None = Field(default=None, foreign_key="sector.id")
    counterpart_id: str | None = Field(default=None, foreign_key="entity.id")
    object_id: str | None = Field(default=None, foreign_key="entity.id")
    value: float | None = None
    value_upper: float | None = None
    unit: str | None = None
    qualifier: str | None = None
    basis: str
    per: str | None = None
    scope_key: str | None = None
    time: str | None = None
    time_earliest: int | None = None
    time_latest: int | None = None
    time_earliest_upward: int = Field(sa_type=BigInteger)
    time_earliest_downward: int = Field(sa_type=BigInteger)
    time_latest_upward: int = Field(sa_type=BigInteger)
    time_latest_downward: int = Field(sa_type=BigInteger)
    value_upward: float
    value_downward: float
    sources: str
    time_basis: str | None = None


FACT: Final = table(FactRow)
FACT_CITATION: Final = citations_of("fact")
"""Who states a fact."""


def _text(record: FactRecord, catalog: Catalog, lang: Lang) -> str:
    """The value as a person reads it."""
    if record.text is not None:
        return record.text[lang]
    if record.value is not None and record.unit is not None and record.qualifier is not None:
        unit = catalog.units[record.unit]
        words = (unit.one[lang], unit.other[lang])
        return quantity_text(record.value, record.value_upper, record.qualifier, words, record.per, lang)
    ref = catalog.entity_ref(record.object, lang)
    if ref is not None:
        return ref.name
    time = rendering.time(record.time, lang)
    return time.label if time is not None else ""


def _render(record: FactRecord, catalog: Catalog, lang: Lang) -> Fact:
    region, sector = dimensions(record, catalog)
    return Fact(
        id=record.id,
        type="fact",
        subject=catalog.entity_ref(record.subject, lang),
        predicate=catalog.ref(ItemType.PREDICATE, record.predicate, lang),
        value=record.value,
        unit=record.unit,
        qualifier=record.qualifier,
        value_upper=record.value_upper,
        object=catalog.entity_ref(record.object, lang),
        text=_text(record, catalog, lang),
        region=catalog.ref(ItemType.REGION, region, lang),
        sector=catalog.ref(ItemType.SECTOR, sector, lang),
        counterpart=catalog.entity_ref(record.counterpart, lang),
        basis=record.basis,
        per=record.per,
        scope=record.scope and record.scope[lang],
        scope_key=record.scope_key,
        time=rendering.time(record.time, lang),
        time_basis=record.time_basis,
        claim=record.claim[lang],
        claims=Names(en=record.claim.en, es=record.claim.es),
        note=record.note and record.note[lang],
        citations=rendering.citations(catalog, record.citations, lang),
    )


def _columns(record: FactRecord, catalog: Catalog) -> dict[str, Any]:
    region, sector = dimensions(record, catalog)
    return {
        "subject_id": record.subject,
        "subject_type": catalog.types[record.subject],
        "predicate_id": record.predicate,
        "region_id": region,
        "sector_id": sector,
        "counterpart_id": record.counterpart,
        "object_id": record.object,
        "value": record.value,
        "value_upper": record.value_upper,
        "unit": record.unit,
        "qualifier": record.qualifier,
        "basis": record.basis,
        "per": record.per,
        "scope_key": record.scope_key,
        "time_basis": record.time_basis,
        **rendering.period("time", record.time),
        **rendering.rising("value", record.value, NO_FIGURE),
        **rendering.cited(record.citations),
    }


def _links(record: FactRecord, catalog: Catalog) -> Rows:
    for position, citation in enumerate(record.citations):
        yield FACT_CITATION, {"position": position, **rendering.citation_columns(citation, catalog)}


def _passages(record: FactRecord, catalog: Catalog) -> Iterator[Passage]:
    """A fact is found by its claim and by all that it is about, whatever the words of the claim."""
    yield from texts("claim", record.claim)
    for lang in Lang:
        yield Passage("text", lang, _text(record, catalog, lang))
    yield from texts("scope", record.scope)
    yield from texts("note", record.note)
    for lang in Lang:
        time = rendering.time(record.time, lang)
        if time is not None:
            yield Passage("time", lang, time.label)
    if record.value is not None:
        yield Passage("value", None, str(record.value))
        yield Passage("unit", None, str(record.unit))
    yield from texts("predicate", predicate_of(record, catalog).name)
    region, sector = dimensions(record, catalog)
    about = {"subject": record.subject, "region": region, "sector": sector}
    about |= {"object": record.object, "counterpart": record.counterpart}
    for field, id_ in about.items():
        if id_ is not None and (field == "subject" or id_ != record.subject):
            yield from catalog.remembered((field, id_), _naming)
    for citation in record.citations:
        if citation.speaker is not None:
            yield from texts("speaker", catalog.records[ItemType.PERSON][citation.speaker].name)
        elif citation.speaker_name is not None:
            yield Passage("speaker", None, citation.speaker_name)


def _naming(catalog: Catalog, field: str, id_: str) -> tuple[Passage, ...]:
    """The names of something that a fact is about."""
    entity = catalog.records[catalog.types[id_]][id_]
    return (*texts(field, entity.name), *(Passage(field, None, alias) for alias in entity.aliases))


def _mistakes(record: FactRecord, catalog: Catalog) -> Mistakes:
    # What reads claims is loaded where seed files are checked: a service has no need of it.
    from calibaja_api.resources.fact_mistakes import mistakes

    return mistakes(record, catalog)


def _weight(record: FactRecord, catalog: Catalog) -> int:
    """What holds of a whole comes before what holds of a part, and what is before what is thought; then what more is
    known about comes first, then the newer, then the better source.
    """
    tiers = [catalog.records[ItemType.SOURCE][citation.source].tier for citation in record.citations]
    latest = None if record.time is None else dates.parse(record.time).latest
    narrowed = sum(part is not None for part in (record.scope_key, record.sector, record.region, record.counterpart))
    # Each is worth more than all that follow it together.
    return (
        180_600 * (4 - narrowed)
        + 90_300 * (record.basis in _OF_WHAT_IS)
        + 903 * min(catalog.mentions[record.subject], 99)
        + 3 * (min(max(latest.year - 1_800, 0), 300) if latest else 0)
        + max(2 - list(Tier).index(tier) for tier in tiers)
    )


FACTS = Resource(
    item_type=ItemType.FACT,
    label=Names(en="facts", es="hechos"),
    example="region=baja-california&sector=it-software&value__gte=300&limit=1",
    summary=Names(
        en="One statement each: its value, place, industry and time, and who says so.",
        es="Una afirmación cada uno: su valor, lugar, industria y tiempo, y quién lo dice.",
    ),
    answer=Fact,
    question=FactQuery,
    item_question=FactItemQuery,
    record=FactRecord,
    table=FACT,
    render=_render,
    columns=_columns,
    links=_links,
    check=_mistakes,
    passages=_passages,
    weight=_weight,
    fields={
        "subject__type": Column(FACT.c.subject_type),
        "latest": Series(
            keys=tuple(FACT.c[name] for name in _SERIES),
            latest=FACT.c.time_latest,
            candidates=and_(
                FACT.c.time.is_not(None),
                FACT.c.basis.in_([literal_column(f"'{basis}'") for basis in _OF_WHAT_IS]),
            ),
        ),
        "time": period(FACT, "time"),
        "value": Column(FACT.c.value, rising(FACT, "value", NO_FIGURE)),
        **cited(FACT_CITATION),
    },
)
