"""Where organizations are stored."""

from typing import Any, Final

from sqlmodel import Field

from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import EntityRecord, IdentifierRecord, Slug
from calibaja_api.resources.regions import identified
from calibaja_api.resources.resource import Resource, Rows, linked
from calibaja_api.resources.tables import IDENTIFIER, EntityRow, check, pairs, table
from calibaja_api.shapes.ids import OrganizationId, RegionId, SectorId
from calibaja_api.shapes.organizations import Organization, OrganizationItemQuery, OrganizationQuery
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.vocabulary import ItemType, Lang


class OrganizationRecord(EntityRecord):
    """An organization in a seed file."""

    kind: Slug
    region: RegionId | None = None
    area: RegionId | None = None
    parent: OrganizationId | None = None
    sectors: list[SectorId] = []
    identifiers: list[IdentifierRecord] = []


class OrganizationRow(EntityRow, table=True):
    """An organization."""

    __tablename__ = "organization"
    __table_args__ = (check("parent", "parent_id <> id"),)

    kind: str
    region_id: str | None = Field(default=None, foreign_key="region.id")
    area_id: str | None = Field(default=None, foreign_key="region.id")
    parent_id: str | None = Field(default=None, foreign_key="organization.id")


ORGANIZATION: Final = table(OrganizationRow)
ORGANIZATION_SECTOR: Final = pairs("organization_sector", "organization", "sector_id", "sector")
"""An organization works in a sector."""


def _render(record: OrganizationRecord, catalog: Catalog, lang: Lang) -> Organization:
    return Organization(
        **rendering.entity_parts(record, lang),
        **rendering.counts(record, catalog),
        type="organization",
        kind=record.kind,
        region=catalog.ref(ItemType.REGION, record.region, lang),
        area=catalog.ref(ItemType.REGION, record.area, lang),
        parent=catalog.ref(ItemType.ORGANIZATION, record.parent, lang),
        sectors=rendering.refs(catalog, ItemType.SECTOR, record.sectors, lang),
        identifiers=rendering.identifiers(record.identifiers),
    )


def _columns(record: OrganizationRecord, _catalog: Catalog) -> dict[str, Any]:
    return {
        "kind": record.kind,
        "region_id": record.region,
        "area_id": record.area,
        "parent_id": record.parent,
    }


def _links(record: OrganizationRecord, _catalog: Catalog) -> Rows:
    for identifier in record.identifiers:
        yield IDENTIFIER, rendering.identifier_columns(record.id, identifier)
    for sector in record.sectors:
        yield ORGANIZATION_SECTOR, {"sector_id": sector}


ORGANIZATIONS = Resource(
    item_type=ItemType.ORGANIZATION,
    label=Names(en="organizations", es="organizaciones"),
    example="kind=industry-chamber&limit=1",
    summary=Names(
        en="Companies, chambers, clusters, councils and other bodies that act in the region.",
        es="Empresas, cámaras, clústeres, consejos y otros organismos que actúan en la región.",
    ),
    answer=Organization,
    question=OrganizationQuery,
    item_question=OrganizationItemQuery,
    record=OrganizationRecord,
    table=ORGANIZATION,
    render=_render,
    columns=_columns,
    links=_links,
    passages=identified,
    fields={
        "sector": linked(ORGANIZATION_SECTOR, "sector_id"),
        "identifier": linked(IDENTIFIER, "pair"),
    },
    includes={"sectors": "sector"},
)
