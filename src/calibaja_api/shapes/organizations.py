"""Organizations: companies, chambers, clusters, councils, media."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import RegionId, SectorId
from calibaja_api.shapes.parts import Counted, EntityField, Identifier, Ref, Slug
from calibaja_api.shapes.questions import FORMAT, ItemQuery, ListFormat, NamedQuery
from calibaja_api.shapes.values import Closed, Flag, IdentifierPair, Kind, Many, One

OrganizationSort = Literal["id", "-id", "name", "-name", "kind", "-kind", "relevance", "-relevance"]
OrganizationFacet = Literal["kind", "region", "sector"]
OrganizationField = Literal[EntityField, "kind", "region", "area", "parent", "sectors", "identifiers"]
OrganizationInclude = Literal["region", "sectors"]


class Organization(Counted):
    """A company, chamber, cluster, council, university or other body."""

    collection: ClassVar = "organizations"

    type: Literal["organization"] = Field(description="Always `organization`.", examples=["organization"])
    kind: Slug = Field(description="What sort of body it is.", examples=["industry-chamber"])
    region: Ref | None = Field(description="Where its seat is; null when unknown.")
    area: Ref | None = Field(description="The region that it covers; null when unknown.")
    parent: Ref | None = Field(description="The organization that it is a part of; null when none is known.")
    sectors: list[Ref] = Field(description="The industries that it works in.")
    identifiers: list[Identifier] = Field(description="What other registries call it.")


class OrganizationQuery(NamedQuery[Organization]):
    """Which organizations."""

    answer: ClassVar = Organization

    format: One[ListFormat] = FORMAT

    kind: Many[Kind] = Field(None, examples=[["company"]])
    kind__not: Many[Kind] = Field(None, examples=[["company"]])
    region: Many[RegionId] = None
    region__not: Many[RegionId] = None
    region__exists: One[Flag] = None
    region__within: Many[RegionId] = Field(None, examples=[["baja-california"]])
    sector: Many[SectorId] = None
    sector__not: Many[SectorId] = None
    sector__within: Many[SectorId] = None
    identifier: Many[IdentifierPair] = Field(
        None,
        description="Keep the organizations with any of these identifiers, each as `scheme:value`.",
        examples=[["wikidata:Q622664"]],
    )
    sort: Closed[OrganizationSort] = None
    facets: Closed[OrganizationFacet] = None
    fields: Closed[OrganizationField] = None
    include: Closed[OrganizationInclude] = None


class OrganizationItemQuery(ItemQuery):
    """How to show one organization."""

    include: Closed[OrganizationInclude] = None
