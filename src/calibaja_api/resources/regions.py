"""Where regions are stored."""

from collections.abc import Iterator
from typing import Any, Final

from sqlmodel import Column, Field, Float, ForeignKey, ForeignKeyConstraint, Integer, String, Table, join

from calibaja_api import fields
from calibaja_api.fields import Place
from calibaja_api.globe import Vector, vector
from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import EntityRecord, IdentifierRecord, LocationRecord, MemberRecord, Slug
from calibaja_api.resources.resource import Resource, Rows, linked
from calibaja_api.resources.searching import Passage
from calibaja_api.resources.tables import IDENTIFIER, EntityRow, check, citations, parts, table
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


REGION: Final = table(RegionRow)
REGION_PLACE: Final = parts(
    "region_place",
    "region",
    Column("region_id", String, ForeignKey("region.id"), nullable=False, unique=True),
    *(Column(axis, Float, nullable=False) for axis in Vector._fields),
    check("unit", "x * x + y * y + z * z BETWEEN 0.999999 AND 1.000001"),
)
"""Where a region is: the unit vector of its location."""
REGION_MEMBER: Final = parts(
    "region_member",
    "region",
    Column("region_id", String, ForeignKey("region.id"), nullable=False),
    Column("member_id", String, ForeignKey("region.id"), primary_key=True),
    check("self", "region_id <> member_id"),
)
"""A region is a part of a cross-border region."""
REGION_MEMBER_CITATION: Final = citations(
    "region_member_citation",
    Column("number", Integer, primary_key=True),
    Column("member_id", String, primary_key=True),
    ForeignKeyConstraint(["number", "member_id"], ["region_member.number", "region_member.member_id"]),
)
"""Who says that a region is a part of another."""


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
        yield REGION_PLACE, {"region_id": record.id, **place._asdict()}
    for identifier in record.identifiers:
        yield IDENTIFIER, rendering.identifier_columns(record.id, identifier)
    for member in record.members:
        yield REGION_MEMBER, {"region_id": record.id, "member_id": member.region}
        for position, citation in enumerate(member.citations):
            columns = rendering.citation_columns(citation, catalog)
            yield REGION_MEMBER_CITATION, {"member_id": member.region, "position": position, **columns}


def placed(regions: Table) -> Place:
    """Where items are, by the location of the regions that a table ties to them, or that they are."""
    x, y, z = (REGION_PLACE.c[axis] for axis in Vector._fields)
    if regions is REGION_PLACE:
        return Place(regions.c.number, x, y, z)
    links = join(regions, REGION_PLACE, regions.c.region_id == REGION_PLACE.c.region_id)
    return Place(regions.c.number, x, y, z, links)


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
    table=REGION,
    render=_render,
    columns=_columns,
    links=_links,
    passages=identified,
    fields={
        "member": linked(REGION_MEMBER, "member_id"),
        "identifier": linked(IDENTIFIER, "pair"),
        "location": fields.Column(REGION.c.lat),
        "near": placed(REGION_PLACE),
    },
    includes={"members": "member"},
)
