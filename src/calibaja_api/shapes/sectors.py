"""Sectors: the industries of the region."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import SectorId
from calibaja_api.shapes.parts import Counted, EntityField, Ref
from calibaja_api.shapes.questions import FORMAT, ItemQuery, ListFormat, NamedQuery
from calibaja_api.shapes.values import Closed, Flag, Many, One

SectorSort = Literal["id", "-id", "name", "-name", "relevance", "-relevance"]
SectorFacet = Literal["parent"]
SectorField = Literal[EntityField, "parent"]
SectorInclude = Literal["parent"]


class Sector(Counted):
    """An industry or a group of industries."""

    collection: ClassVar = "sectors"

    type: Literal["sector"] = Field(description="Always `sector`.", examples=["sector"])
    parent: Ref | None = Field(description="The wider sector; null at the top.")


class SectorQuery(NamedQuery[Sector]):
    """Which sectors."""

    answer: ClassVar = Sector

    format: One[ListFormat] = FORMAT

    parent: Many[SectorId] = Field(None, examples=[["electronics"]])
    parent__not: Many[SectorId] = Field(None, examples=[["electronics"]])
    parent__exists: One[Flag] = None
    within: Many[SectorId] = Field(
        None, description="Keep these sectors and all narrower ones.", examples=[["electronics"]]
    )
    sort: Closed[SectorSort] = None
    facets: Closed[SectorFacet] = None
    fields: Closed[SectorField] = None
    include: Closed[SectorInclude] = None


class SectorItemQuery(ItemQuery):
    """How to show one sector."""

    include: Closed[SectorInclude] = None
