"""Where regions are stored."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Field, ForeignKeyConstraint, join

from calibaja_api.fields import Column, Place, column, table, table_of
from calibaja_api.globe import Vector, vector
from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import EntityRecord, IdentifierRecord, LocationRecord, MemberRecord, Slug
from calibaja_api.resources.resource import Resource, Rows, linked
from calibaja_api.resources.searching import Passage
from calibaja_api.resources.tables import CitationRow, EntityRow, IdentifierRow, PartRow, check, citation_checks
from calibaja_api.shapes.ids import RegionId
from calibaja_api.shapes.parts import Location, Names
from calibaja_api.shapes.regions import Member, Region, RegionItemQuery, RegionQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang


class RegionRecord(EntityRecord):
    """A region in a seed file."""

    kind: Slug
    parent: RegionId | None = None
    members: list[MemberRecord] = []
    identifiers: list[IdentifierRecord] = []
    location: LocationRecord | None = None


class RegionRow(EntityRow, table=True):
    """A region."""

    __tablename__ = "region"
    __table_args__ = (
        check("parent", "parent_id <> id"),
        check("location", "(lat IS NULL) = (lon IS NULL)"),
        check("lat", "lat BETWEEN -90 AND 90"),
        check("lon", "lon BETWEEN -180 AND 180"),
    )

    kind: str
    parent_id: str | None = Field(default=None, foreign_key="region.id")
    lat: float | None = None
    lon: float | None = None


class RegionPlaceRow(PartRow, table=True):
    """Where a region is: the unit vector of its location."""

    __tablename__ = "region_place"
    __table_args__ = (check("unit", "x * x + y * y + z * z BETWEEN 0.999999 AND 1.000001"),)

    number: int = Field(primary_key=True, foreign_key="region.number")
    region_id: str = Field(unique=True, foreign_key="region.id")
    x: float
    y: float
    z: float


class RegionMemberRow(PartRow, table=True):
    """A region is a part of a cross-border region."""

    __tablename__ = "region_member"
    __table_args__ = (check("self", "region_id <> member_id"),)

    number: int = Field(primary_key=True, foreign_key="region.number")
    region_id: str = Field(foreign_key="region.id")
    member_id: str = Field(primary_key=True, foreign_key="region.id")


class RegionMemberCitationRow(CitationRow, table=True):
    """Who says that a region is a part of another."""

    __tablename__ = "region_member_citation"
    __table_args__ = (
        ForeignKeyConstraint(["number", "member_id"], ["region_member.number", "region_member.member_id"]),
        *citation_checks(),
    )

    number: int = Field(primary_key=True)
    member_id: str = Field(primary_key=True)
    position: int = Field(primary_key=True)


def _render(record: RegionRecord, catalog: Catalog, lang: Lang) -> Region:
    members = [
        Member(
            region=catalog.ref(ItemType.REGION, member.region, lang),
            citations=rendering.citations(catalog, member.citations, lang),
        )
        for member in record.members
    ]
    return Region(
        **rendering.entity_parts(record, lang),
        **rendering.counts(record, catalog),
        type="region",
        kind=record.kind,
        parent=catalog.ref(ItemType.REGION, record.parent, lang),
        members=members,
        identifiers=rendering.identifiers(record.identifiers),
        location=record.location and Location(lat=record.location.lat, lon=record.location.lon),
    )


def _columns(record: RegionRecord, _catalog: Catalog) -> dict[str, Any]:
    return {
        "kind": record.kind,
        "parent_id": record.parent,
        "lat": record.location and record.location.lat,
        "lon": record.location and record.location.lon,
    }


def _links(record: RegionRecord, catalog: Catalog) -> Rows:
    if record.location is not None:
        place = vector(record.location.lat, record.location.lon)
        yield RegionPlaceRow, {"region_id": record.id, **place._asdict()}
    for identifier in record.identifiers:
        yield IdentifierRow, rendering.identifier_columns(record.id, identifier)
    for member in record.members:
        yield RegionMemberRow, {"region_id": record.id, "member_id": member.region}
        for position, citation in enumerate(member.citations):
            columns = rendering.citation_columns(citation, catalog)
            yield RegionMemberCitationRow, {"member_id": member.region, "position": position, **columns}


IDENTIFIER = linked(IdentifierRow.number, IdentifierRow.pair)


def placed(owner: Any, region: Any = None) -> Place:
    """Where items are, by the location of the regions that a table ties to them; without one, of regions."""
    x, y, z = (column(getattr(RegionPlaceRow, name)) for name in Vector._fields)
    if region is None:
        return Place(column(owner), x, y, z)
    links = join(table_of(column(region)), table(RegionPlaceRow), column(region) == column(RegionPlaceRow.region_id))
    return Place(column(owner), x, y, z, links)


def identified(record: Any, _catalog: Catalog) -> Iterator[Passage]:
    """Other registries' names for an entity, as search finds it by them."""
    yield from (Passage("identifiers", None, identifier.value) for identifier in record.identifiers)


REGIONS = Resource(
    item_type=ItemType.REGION,
    label=Names(en="regions", es="regiones"),
    example="kind=state&limit=1",
    summary=Names(
        en="Countries, states, municipalities and cities, and the regions that lie across the border.",
        es="Países, estados, municipios y ciudades, y las regiones que se extienden a ambos lados de la frontera.",
    ),
    answer=Region,
    question=RegionQuery,
    item_question=RegionItemQuery,
    record=RegionRecord,
    row=RegionRow,
    render=_render,
    columns=_columns,
    links=_links,
    passages=identified,
    fields={
        "member": linked(RegionMemberRow.number, RegionMemberRow.member_id),
        "identifier": IDENTIFIER,
        "location": Column(column(RegionRow.lat)),
        "near": placed(RegionPlaceRow.number),
    },
    includes={"members": "member"},
)
