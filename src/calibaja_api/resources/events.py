"""Where events are stored."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Field

from calibaja_api.fields import Period, column
from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Citations, Edtf, EntityRecord, Slug
from calibaja_api.resources.regions import placed
from calibaja_api.resources.resource import Resource, linked
from calibaja_api.resources.searching import Passage, texts
from calibaja_api.resources.sources import cited
from calibaja_api.resources.tables import CitationRow, EntityRow, Row, check, citation_checks
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

    kind: str = Field(index=True)
    time: str | None = None
    time_earliest: int | None = Field(default=None, index=True)
    time_latest: int | None = None


class EventRegionRow(Row, table=True):
    """An event concerns a region."""

    __tablename__ = "event_region"

    event_id: str = Field(primary_key=True, foreign_key="event.id")
    region_id: str = Field(primary_key=True, foreign_key="region.id", index=True)


class EventSectorRow(Row, table=True):
    """An event concerns a sector."""

    __tablename__ = "event_sector"

    event_id: str = Field(primary_key=True, foreign_key="event.id")
    sector_id: str = Field(primary_key=True, foreign_key="sector.id", index=True)


class EventOrganizationRow(Row, table=True):
    """An event concerns an organization."""

    __tablename__ = "event_organization"

    event_id: str = Field(primary_key=True, foreign_key="event.id")
    organization_id: str = Field(primary_key=True, foreign_key="organization.id", index=True)


class EventPersonRow(Row, table=True):
    """An event concerns a person."""

    __tablename__ = "event_person"

    event_id: str = Field(primary_key=True, foreign_key="event.id")
    person_id: str = Field(primary_key=True, foreign_key="person.id", index=True)


class EventAgreementRow(Row, table=True):
    """An event concerns an agreement."""

    __tablename__ = "event_agreement"

    event_id: str = Field(primary_key=True, foreign_key="event.id")
    agreement_id: str = Field(primary_key=True, foreign_key="agreement.id", index=True)


class EventCitationRow(CitationRow, table=True):
    """Who says that an event happened."""

    __tablename__ = "event_citation"
    __table_args__ = citation_checks()

    event_id: str = Field(primary_key=True, foreign_key="event.id")
    position: int = Field(primary_key=True)


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
    return {"kind": record.kind, **rendering.period("time", record.time)}


def _links(record: EventRecord, _catalog: Catalog) -> Iterator[tuple[type[Row], dict[str, Any]]]:
    for row, name, ids in (
        (EventRegionRow, "region_id", record.regions),
        (EventSectorRow, "sector_id", record.sectors),
        (EventOrganizationRow, "organization_id", record.organizations),
        (EventPersonRow, "person_id", record.people),
        (EventAgreementRow, "agreement_id", record.agreements),
    ):
        yield from ((row, {"event_id": record.id, name: id_}) for id_ in ids)
    for position, citation in enumerate(record.citations):
        key = {"event_id": record.id, "position": position}
        yield EventCitationRow, {**key, **rendering.citation_columns(citation)}


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
    row=EventRow,
    render=_render,
    columns=_columns,
    links=_links,
    passages=_passages,
    fields={
        "region": linked(EventRegionRow.event_id, EventRegionRow.region_id),
        "sector": linked(EventSectorRow.event_id, EventSectorRow.sector_id),
        "organization": linked(EventOrganizationRow.event_id, EventOrganizationRow.organization_id),
        "person": linked(EventPersonRow.event_id, EventPersonRow.person_id),
        "agreement": linked(EventAgreementRow.event_id, EventAgreementRow.agreement_id),
        "near": placed(EventRegionRow.event_id, EventRegionRow.region_id),
        "time": Period(column(EventRow.time), column(EventRow.time_earliest), column(EventRow.time_latest)),
        **cited(EventCitationRow, EventCitationRow.event_id),
    },
    includes={
        "regions": "region",
        "sectors": "sector",
        "organizations": "organization",
        "people": "person",
        "agreements": "agreement",
    },
)
