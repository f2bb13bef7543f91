"""Where events are stored."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import BigInteger
from sqlmodel import Field

from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Citations, Edtf, EntityRecord, Slug
from calibaja_api.resources.regions import placed
from calibaja_api.resources.resource import Resource, Rows, linked, period
from calibaja_api.resources.searching import Passage, texts
from calibaja_api.resources.sources import cited
from calibaja_api.resources.tables import EntityRow, check, citations_of, pairs, table
from calibaja_api.shapes.events import Event, EventItemQuery, EventQuery
from calibaja_api.shapes.ids import AgreementId, OrganizationId, PersonId, RegionId, SectorId
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.vocabulary import ItemType, Lang


class EventRecord(EntityRecord):
    """An event in a seed file."""

    kind: Slug
    time: Edtf | None = None
    regions: list[RegionId] = []
    sectors: list[SectorId] = []
    organizations: list[OrganizationId] = []
    people: list[PersonId] = []
    agreements: list[AgreementId] = []
    citations: Citations


class EventRow(EntityRow, table=True):
    """An event; its days as whole numbers, 20151231."""

    __tablename__ = "event"
    __table_args__ = (check("time", "time_earliest <= time_latest"),)

    kind: str
    time: str | None = None
    time_earliest: int | None = None
    time_latest: int | None = None
    time_earliest_upward: int = Field(sa_type=BigInteger)
    time_earliest_downward: int = Field(sa_type=BigInteger)
    time_latest_upward: int = Field(sa_type=BigInteger)
    time_latest_downward: int = Field(sa_type=BigInteger)
    sources: str


EVENT: Final = table(EventRow)
EVENT_REGION: Final = pairs("event_region", "event", "region_id", "region")
"""What an event concerns; each kind of item has its own pairs."""
EVENT_SECTOR: Final = pairs("event_sector", "event", "sector_id", "sector")
EVENT_ORGANIZATION: Final = pairs("event_organization", "event", "organization_id", "organization")
EVENT_PERSON: Final = pairs("event_person", "event", "person_id", "person")
EVENT_AGREEMENT: Final = pairs("event_agreement", "event", "agreement_id", "agreement")
EVENT_CITATION: Final = citations_of("event")


def _render(record: EventRecord, catalog: Catalog, lang: Lang) -> Event:
    return Event(
        **rendering.entity_parts(record, lang),
        type="event",
        kind=record.kind,
        time=rendering.time(record.time, lang),
        regions=rendering.refs(catalog, ItemType.REGION, record.regions, lang),
        sectors=rendering.refs(catalog, ItemType.SECTOR, record.sectors, lang),
        organizations=rendering.refs(catalog, ItemType.ORGANIZATION, record.organizations, lang),
        people=rendering.refs(catalog, ItemType.PERSON, record.people, lang),
        agreements=rendering.refs(catalog, ItemType.AGREEMENT, record.agreements, lang),
        citations=rendering.citations(catalog, record.citations, lang),
    )


def _columns(record: EventRecord, _catalog: Catalog) -> dict[str, Any]:
    return {"kind": record.kind, **rendering.period("time", record.time), **rendering.cited(record.citations)}


def _links(record: EventRecord, catalog: Catalog) -> Rows:
    for table_, name, ids in (
        (EVENT_REGION, "region_id", record.regions),
        (EVENT_SECTOR, "sector_id", record.sectors),
        (EVENT_ORGANIZATION, "organization_id", record.organizations),
        (EVENT_PERSON, "person_id", record.people),
        (EVENT_AGREEMENT, "agreement_id", record.agreements),
    ):
        yield from ((table_, {name: id_}) for id_ in ids)
    for position, citation in enumerate(record.citations):
        yield EVENT_CITATION, {"position": position, **rendering.citation_columns(citation, catalog)}


def _passages(record: EventRecord, catalog: Catalog) -> Iterator[Passage]:
    for lang in Lang:
        time = rendering.time(record.time, lang)
        if time is not None:
            yield Passage("time", lang, time.label)
    for field, type_ in (
        ("regions", ItemType.REGION),
        ("sectors", ItemType.SECTOR),
        ("organizations", ItemType.ORGANIZATION),
        ("people", ItemType.PERSON),
        ("agreements", ItemType.AGREEMENT),
    ):
        for id_ in getattr(record, field):
            entity = catalog.records[type_][id_]
            yield from texts(field, entity.name)
            yield from (Passage(field, None, alias) for alias in entity.aliases)


EVENTS = Resource(
    item_type=ItemType.EVENT,
    label=Names(en="events", es="acontecimientos"),
    example="time__during=2000/2004&sort=time&limit=1",
    summary=Names(
        en="What happened in the region and when, as precisely as the sources say.",
        es="Lo que ocurrió en la región y cuándo, con la precisión que dan las fuentes.",
    ),
    answer=Event,
    question=EventQuery,
    item_question=EventItemQuery,
    record=EventRecord,
    table=EVENT,
    render=_render,
    columns=_columns,
    links=_links,
    passages=_passages,
    fields={
        "region": linked(EVENT_REGION, "region_id"),
        "sector": linked(EVENT_SECTOR, "sector_id"),
        "organization": linked(EVENT_ORGANIZATION, "organization_id"),
        "person": linked(EVENT_PERSON, "person_id"),
        "agreement": linked(EVENT_AGREEMENT, "agreement_id"),
        "near": placed(EVENT_REGION),
        "time": period(EVENT, "time"),
        **cited(EVENT_CITATION),
    },
    includes={
        "regions": "region",
        "sectors": "sector",
        "organizations": "organization",
        "people": "person",
        "agreements": "agreement",
    },
)
