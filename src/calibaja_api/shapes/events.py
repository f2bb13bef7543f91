"""Events: what happened, when, where and to whom."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import AgreementId, OrganizationId, PersonId, RegionId, SectorId, SourceId
from calibaja_api.shapes.parts import Citation, Entity, NamedField, Ref, Slug, Time
from calibaja_api.shapes.questions import ItemQuery, NamedQuery, NearQuery, TimedQuery
from calibaja_api.shapes.values import Closed, Kind, LanguageTag, Many
from calibaja_api.shapes.vocabulary import Tier

EventSort = Literal["id", "-id", "name", "-name", "time", "-time", "relevance", "-relevance"]
EventFacet = Literal[
    "kind", "region", "sector", "organization", "source__tier", "source__language", "time__decade", "time__year"
]
EventField = Literal[
    NamedField, "kind", "time", "regions", "sectors", "organizations", "people", "agreements", "citations"
]
EventInclude = Literal["regions", "sectors", "organizations", "people", "agreements", "source", "speaker"]


class Event(Entity):
    """Something that happened."""

    collection: ClassVar = "events"

    type: Literal["event"] = Field(description="Always `event`.", examples=["event"])
    kind: Slug = Field(description="What sort of event it is.", examples=["founding"])
    time: Time | None = Field(description="When it happened; null when no source says.")
    regions: list[Ref] = Field(description="Where it happened, or which places it concerns.")
    sectors: list[Ref] = Field(description="The industries that it concerns.")
    organizations: list[Ref] = Field(description="The organizations that it concerns.")
    people: list[Ref] = Field(description="The people that it concerns.")
    agreements: list[Ref] = Field(description="The agreements that it concerns.")
    citations: list[Citation] = Field(min_length=1, description="Who says so, and where.")


class EventQuery(TimedQuery, NearQuery, NamedQuery[Event]):
    """Which events."""

    answer: ClassVar = Event

    kind: Many[Kind] = Field(None, examples=[["founding"]])
    kind__not: Many[Kind] = Field(None, examples=[["founding"]])
    region: Many[RegionId] = Field(
        None, description="Keep the events with any of these regions.", examples=[["baja-california"]]
    )
    region__not: Many[RegionId] = Field(None, description="Keep the events with none of these regions.")
    region__within: Many[RegionId] = Field(
        None,
        description="Keep the events in these regions or any that lie in them.",
        examples=[["baja-california"]],
    )
    sector: Many[SectorId] = Field(None, description="Keep the events with any of these sectors.")
    sector__not: Many[SectorId] = Field(None, description="Keep the events with none of these sectors.")
    organization: Many[OrganizationId] = Field(None, description="Keep the events with any of these organizations.")
    person: Many[PersonId] = Field(None, description="Keep the events with any of these people.")
    agreement: Many[AgreementId] = Field(
        None, description="Keep the events with any of these agreements.", examples=[["nafta"]]
    )
    source: Many[SourceId] = Field(None, description="Keep the events that any of these sources states.")
    source__tier: Many[Tier] = Field(
        None, description="Keep the events that a source of any of these tiers states.", examples=[["B"]]
    )
    source__language: Many[LanguageTag] = Field(
        None, description="Keep the events that a source in any of these languages states."
    )
    speaker: Many[PersonId] = Field(None, description="Keep the events that any of these people states.")
    sort: Closed[EventSort] = None
    facets: Closed[EventFacet] = None
    fields: Closed[EventField] = None
    include: Closed[EventInclude] = None


class EventItemQuery(ItemQuery):
    """How to show one event."""

    include: Closed[EventInclude] = None
