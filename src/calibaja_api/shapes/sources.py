"""Sources: who says what the facts say."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.parts import Named, Sha256, Slug, Time
from calibaja_api.shapes.questions import FORMAT, CitedFormat, ItemQuery, NamedQuery
from calibaja_api.shapes.values import Closed, DateRange, Flag, Kind, LanguageTag, Many, One, Text
from calibaja_api.shapes.vocabulary import Tier

SourceSort = Literal["id", "-id", "name", "-name", "published", "-published", "relevance", "-relevance"]
SourceFacet = Literal["kind", "tier", "language", "publisher"]
SourceField = Literal[
    "id", "type", "name", "names", "publisher", "authors", "url", "published", "language", "kind", "tier", "text_sha256"
]


class Source(Named):
    """A published text that facts are taken from. Its name is its title as published, in its own language."""

    collection: ClassVar = "sources"

    type: Literal["source"] = Field(description="Always `source`.", examples=["source"])
    publisher: str = Field(description="Who published it.", examples=["Nearshore Americas"])
    authors: list[str] = Field(description="Who wrote it, as signed.", examples=[["Cesar Cantu"]])
    url: str | None = Field(description="Where it was published.", examples=["https://example.org/report"])
    published: Time | None = Field(description="When it was published; null when it does not say.")
    language: str = Field(description="Its language (BCP 47).", examples=["en"])
    kind: Slug = Field(description="What sort of text it is.", examples=["interview"])
    tier: Tier = Field(
        description="A official or academic; B press and reports; C encyclopedia, mirror, sponsored.",
        examples=["B"],
    )
    text_sha256: Sha256 | None = Field(
        description="SHA-256 of its text in UTF-8, in hex: what the selectors of citations count in."
    )


class SourceQuery(NamedQuery[Source]):
    """Which sources."""

    answer: ClassVar = Source

    format: One[CitedFormat] = FORMAT

    kind: Many[Kind] = Field(None, examples=[["interview"]])
    kind__not: Many[Kind] = Field(None, examples=[["interview"]])
    tier: Many[Tier] = Field(None, examples=[["A", "B"]])
    language: Many[LanguageTag] = None
    publisher: Many[Text] = Field(None, examples=[["Nearshore Americas"]])
    published__exists: One[Flag] = None
    published__during: One[DateRange] = Field(
        None,
        description="Keep the sources whose publication could overlap this EDTF date or interval: `2015`, `2012/..`.",
        examples=["2010/.."],
    )
    sort: Closed[SourceSort] = None
    facets: Closed[SourceFacet] = None
    fields: Closed[SourceField] = None


class SourceItemQuery(ItemQuery):
    """How to show one source."""
