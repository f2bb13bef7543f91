"""Regions: countries, states, municipalities, cities, ports of entry, and the regions that lie across borders."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import RegionId
from calibaja_api.shapes.parts import Citation, Counted, EntityField, Identifier, Location, Part, Ref, Slug
from calibaja_api.shapes.questions import FORMAT, ItemQuery, NamedQuery, NearQuery, PlacedFormat
from calibaja_api.shapes.values import Closed, Flag, IdentifierPair, Kind, Many, One

RegionSort = Literal["id", "-id", "name", "-name", "kind", "-kind", "relevance", "-relevance"]
RegionFacet = Literal["kind", "parent"]
RegionField = Literal[EntityField, "kind", "parent", "members", "identifiers", "location"]
RegionInclude = Literal["parent", "members"]


class Member(Part):
    """A part of a cross-border region, with who says so."""

    region: Ref = Field(description="The part.")
    citations: list[Citation] = Field(min_length=1, description="Who says that it is one.")


class Region(Counted):
    """A place: a country, state, municipality, city or port of entry, or a region across borders."""

    collection: ClassVar = "regions"

    type: Literal["region"] = Field(description="Always `region`.", examples=["region"])
    kind: Slug = Field(description="What sort of place it is.", examples=["municipality"])
    parent: Ref | None = Field(description="The region that it lies in; null at the top and across borders.")
    members: list[Member] = Field(description="The parts of a cross-border region; empty for others.")
    identifiers: list[Identifier] = Field(description="What other registries call it.")
    location: Location | None = Field(description="A point in it; null where none is verified.")


class RegionQuery(NearQuery, NamedQuery[Region]):
    """Which regions."""

    answer: ClassVar = Region

    format: One[PlacedFormat] = FORMAT

    kind: Many[Kind] = None
    kind__not: Many[Kind] = None
    parent: Many[RegionId] = Field(None, examples=[["baja-california"]])
    parent__not: Many[RegionId] = Field(None, examples=[["baja-california"]])
    parent__exists: One[Flag] = None
    member: Many[RegionId] = Field(
        None,
        examples=[["baja-california"]],
        description="Keep the cross-border regions that have any of these as a part.",
    )
    within: Many[RegionId] = Field(
        None,
        examples=[["cali-baja"]],
        description="Keep these regions and all that lie in them, by `parent` or `members`.",
    )
    identifier: Many[IdentifierPair] = Field(
        None, description="Keep the regions with any of these identifiers, each as `scheme:value`."
    )
    location__exists: One[Flag] = None
    sort: Closed[RegionSort] = None
    facets: Closed[RegionFacet] = None
    fields: Closed[RegionField] = None
    include: Closed[RegionInclude] = None


class RegionItemQuery(ItemQuery):
    """How to show one region."""

    include: Closed[RegionInclude] = None
