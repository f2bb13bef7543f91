"""Facts: one statement each, with its value, its dimensions, its time and who says so."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import EntityId, PersonId, PredicateId, RegionId, SectorId, SourceId
from calibaja_api.shapes.parts import Citation, Item, Names, Number, Ref, Slug, Time
from calibaja_api.shapes.questions import FORMAT, CitedFormat, ItemQuery, ListQuery, TimedQuery
from calibaja_api.shapes.values import Closed, Duration, Flag, LanguageTag, Many, One, Unit
from calibaja_api.shapes.values import Number as AskedNumber
from calibaja_api.shapes.vocabulary import Basis, Qualifier, SubjectType, Tier, TimeBasis

FactSort = Literal[
    "id",
    "-id",
    "value",
    "-value",
    "time",
    "-time",
    "subject",
    "-subject",
    "predicate",
    "-predicate",
    "relevance",
    "-relevance",
]
FactFacet = Literal[
    "subject__type",
    "subject",
    "region",
    "sector",
    "predicate",
    "unit",
    "qualifier",
    "basis",
    "source",
    "source__tier",
    "source__language",
    "time__decade",
    "time__year",
]
FactField = Literal[
    "id",
    "type",
    "subject",
    "predicate",
    "value",
    "unit",
    "qualifier",
    "value_upper",
    "object",
    "text",
    "region",
    "sector",
    "counterpart",
    "basis",
    "per",
    "scope",
    "scope_key",
    "time",
    "time_basis",
    "claim",
    "claims",
    "note",
    "citations",
]
FactInclude = Literal["subject", "region", "sector", "predicate", "object", "source", "speaker"]


class Fact(Item):
    """One statement of one or more sources."""

    collection: ClassVar = "facts"

    type: Literal["fact"] = Field(description="Always `fact`.", examples=["fact"])
    subject: Ref = Field(description="What the fact is about.")
    predicate: Ref = Field(description="What is said of it.")
    value: Number | None = Field(description="The figure of a quantity; null for other values.", examples=[300])
    unit: str | None = Field(
        description="Unit of the figure (UCUM, or ISO 4217 for money).", examples=["{establishment}"]
    )
    qualifier: Qualifier | None = Field(description="How the source hedges the figure.", examples=["more-than"])
    value_upper: Number | None = Field(
        description="Upper end of a range, included; only with `between`.", examples=[None]
    )
    object: Ref | None = Field(description="The value, when it is another item.")
    text: str = Field(
        description="The value as a person reads it, in the language of the answer.",
        examples=["more than 300 companies"],
    )
    region: Ref | None = Field(description="Where the fact holds; the subject, when that is a region.")
    sector: Ref | None = Field(description="Of which industry it holds; the subject, when that is a sector.")
    counterpart: Ref | None = Field(description="The other side of a flow, a comparison or a dealing.")
    basis: Basis = Field(description="What the fact rests on.", examples=["observed"])
    per: str | None = Field(description="The period of a rate (ISO 8601 duration).", examples=["P1Y"])
    scope: str | None = Field(description="What limits the fact and no other field holds.", examples=[None])
    scope_key: Slug | None = Field(description="The scope as a slug; the same in both languages.", examples=[None])
    time: Time | None = Field(description="When it holds; for a date, the value itself.")
    time_basis: TimeBasis | None = Field(
        description="Where the time comes from; null without time.", examples=["stated"]
    )
    claim: str = Field(
        description="The fact as one sentence that stands alone, in the language of the answer.",
        examples=["Baja California had more than 300 technology companies in 2018."],
    )
    claims: Names = Field(description="The claim in both languages.")
    note: str | None = Field(description="What a reader should know beside it.", examples=[None])
    citations: list[Citation] = Field(min_length=1, description="Who says so, and where.")


class FactFilters(TimedQuery):
    """What facts are chosen by."""

    subject: Many[EntityId] = None
    subject__not: Many[EntityId] = None
    subject__type: Many[SubjectType] = Field(
        None, description="Keep the facts about items of any of these types.", examples=[["region"]]
    )
    subject__within: Many[EntityId] = None
    region: Many[RegionId] = Field(None, examples=[["baja-california"]])
    region__not: Many[RegionId] = None
    region__exists: One[Flag] = None
    region__within: Many[RegionId] = Field(None, examples=[["cali-baja"]])
    sector: Many[SectorId] = None
    sector__not: Many[SectorId] = None
    sector__exists: One[Flag] = None
    sector__within: Many[SectorId] = None
    counterpart: Many[EntityId] = Field(None, examples=[["mexico"]])
    counterpart__exists: One[Flag] = None
    predicate: Many[PredicateId] = None
    predicate__not: Many[PredicateId] = None
    unit: Many[Unit] = None
    unit__not: Many[Unit] = None
    qualifier: Many[Qualifier] = Field(None, examples=[["more-than"]])
    qualifier__not: Many[Qualifier] = Field(None, examples=[["exact"]])
    basis: Many[Basis] = Field(None, examples=[["observed"]])
    basis__not: Many[Basis] = Field(None, examples=[["opinion"]])
    per: Many[Duration] = None
    per__exists: One[Flag] = None
    object: Many[EntityId] = Field(None, examples=[["china"]])
    object__exists: One[Flag] = None
    value: Many[AskedNumber] = None
    value__exists: One[Flag] = None
    value__gte: One[AskedNumber] = None
    value__gt: One[AskedNumber] = None
    value__lte: One[AskedNumber] = None
    value__lt: One[AskedNumber] = None
    time__exists: One[Flag] = None
    time_basis: Many[TimeBasis] = Field(None, examples=[["stated"]])
    source: Many[SourceId] = Field(None, description="Keep the facts that any of these sources states.")
    source__tier: Many[Tier] = Field(
        None, description="Keep the facts that a source of any of these tiers states.", examples=[["B"]]
    )
    source__language: Many[LanguageTag] = Field(
        None, description="Keep the facts that a source in any of these languages states."
    )
    speaker: Many[PersonId] = Field(None, description="Keep the facts that any of these people states.")
    latest: One[Flag] = Field(
        None,
        description=(
            "`true` keeps, among the facts that pass all other filters, the latest of each series: of those with one "
            "subject, predicate, region, sector, counterpart, basis, rate, unit and scope, the ones with the greatest "
            "`time.latest`; what goes on is later than what ended. Facts that tie all stay, so disagreements show. "
            "Facts without time, plans, forecasts and opinions never are the latest."
        ),
    )


class FactQuery(FactFilters, ListQuery[Fact]):
    """Which facts."""

    answer: ClassVar = Fact

    format: One[CitedFormat] = FORMAT
    sort: Closed[FactSort] = None
    facets: Closed[FactFacet] = None
    fields: Closed[FactField] = None
    include: Closed[FactInclude] = None


class FactItemQuery(ItemQuery):
    """How to show one fact."""

    include: Closed[FactInclude] = None
