"""Where sectors are stored."""

from typing import Any, Final

from sqlmodel import Field

from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import EntityRecord
from calibaja_api.resources.resource import Resource
from calibaja_api.resources.tables import EntityRow, check, table
from calibaja_api.shapes.ids import SectorId
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.sectors import Sector, SectorItemQuery, SectorQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang


class SectorRecord(EntityRecord):
    """A sector in a seed file."""

    parent: SectorId | None = None


class SectorRow(EntityRow, table=True):
    """A sector."""

    __tablename__ = "sector"
    __table_args__ = (check("parent", "parent_id <> id"),)

    parent_id: str | None = Field(default=None, foreign_key="sector.id")


SECTOR: Final = table(SectorRow)


def _render(record: SectorRecord, catalog: Catalog, lang: Lang) -> Sector:
    return Sector(
        **rendering.entity_parts(record, lang),
        **rendering.counts(record, catalog),
        type="sector",
        parent=catalog.ref(ItemType.SECTOR, record.parent, lang),
    )


def _columns(record: SectorRecord, _catalog: Catalog) -> dict[str, Any]:
    return {"parent_id": record.parent}


SECTORS = Resource(
    item_type=ItemType.SECTOR,
    label=Names(en="sectors", es="sectores"),
    example="name__contains=technology&limit=1",
    summary=Names(
        en="The industries of the region, wider and narrower.",
        es="Las industrias de la región, de las más amplias a las más específicas.",
    ),
    answer=Sector,
    question=SectorQuery,
    item_question=SectorItemQuery,
    record=SectorRecord,
    table=SECTOR,
    render=_render,
    columns=_columns,
)
