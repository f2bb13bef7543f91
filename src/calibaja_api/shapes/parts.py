"""The parts that answers are made of: references, dates, citations, identifiers."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, WithJsonSchema

from calibaja_api.shapes.vocabulary import ItemType, Precision

ID_PATTERN = "^[a-z0-9]+(?:-+[a-z0-9]+)*$"
ID_MAX_LENGTH = 96
SLUG_PATTERN = ID_PATTERN
SHA256_PATTERN = "^[0-9a-f]{64}$"
DAY_PATTERN = r"^(?:[0-9]{4}|[+-][0-9]{6,9})-[0-9]{2}-[0-9]{2}$"

Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=ID_MAX_LENGTH)]
Slug = Annotated[str, Field(pattern=SLUG_PATTERN, max_length=ID_MAX_LENGTH)]
Sha256 = Annotated[str, Field(pattern=SHA256_PATTERN)]
Day = Annotated[str, Field(pattern=DAY_PATTERN)]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Number = Annotated[int | FiniteFloat, BeforeValidator(_whole), WithJsonSchema({"type": "number"})]
"""A JSON number; a whole one is written without `.0`."""


NamedField = Literal["id", "type", "name", "names", "description", "aliases"]
"""The members of every entity and event: what `fields` can choose."""
EntityField = Literal[NamedField, "facts_count", "events_count"]


class Part(BaseModel):
    """A piece of an answer. Every field is always there, in declared order."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Names(Part):
    """A text in both languages of the dataset."""

    en: str = Field(description="In English.", examples=["Mexico"])
    es: str = Field(description="In Spanish.", examples=["México"])


class Ref(Part):
    """Another item, with the label that a reader needs."""

    type: ItemType = Field(description="Its type.", examples=["region"])
    id: Id = Field(description="Its id, within the collection of its type.", examples=["tijuana"])
    name: str = Field(description="Its name in the language of the answer; of a fact, its claim.", examples=["Tijuana"])


class Time(Part):
    """A date, an interval or one of a set of dates, as stated, and the days it can mean (EDTF, ISO 8601-2:2019)."""

    edtf: str = Field(description="As stated, in EDTF level 0 or 1 or as one of a set.", examples=["[2000~,2002~]"])
    earliest: Day | None = Field(
        description="First possible day, included; null when open or unknown.", examples=["2000-01-01"]
    )
    latest: Day | None = Field(
        description="Last possible day, included; null when open or unknown.", examples=["2002-12-31"]
    )
    precision: Precision = Field(
        description="How finely it is stated; of several dates, the coarsest.", examples=["year"]
    )
    approximate: bool = Field(description="Stated as about this date (`~`). Widens nothing.", examples=[True])
    uncertain: bool = Field(description="Stated with doubt (`?`). Widens nothing.", examples=[False])
    label: str = Field(
        description="As a person reads it, in the language of the answer.", examples=["around 2000 or 2002"]
    )


class Selector(Part):
    """Whole sentences of a source by position: a W3C Web Annotation text position selector, and a digest to check."""

    start: int = Field(ge=0, description="First character, counted in Unicode code points from 0.", examples=[2710])
    end: int = Field(ge=1, description="The character after the last.", examples=[2813])
    sha256: Sha256 = Field(
        description="SHA-256 of the selected text in UTF-8, in hex.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class Citation(Part):
    """Who says so, and where."""

    source: Ref = Field(description="The source that says so.")
    locator: str = Field(description="Where in the source.", examples=["answer 1, 2nd paragraph"])
    selector: Selector | None = Field(
        description="The sentences by position in the source's text, as digested by its `text_sha256`."
    )
    speaker: Ref | None = Field(description="The person whose words they are, when not the source's own.")
    speaker_name: str | None = Field(
        description="The speaker's name where the dataset has no item for them.", examples=[None]
    )


class Identifier(Part):
    """What another registry calls the item."""

    scheme: str = Field(description="The registry.", examples=["iso3166-2"])
    value: str = Field(description="The identifier in it.", examples=["MX-BCN"])
    verified: str = Field(description="The data set that it was checked against.", examples=["pycountry 26.2.16"])


class Location(Part):
    """A point on the globe (WGS 84)."""

    lat: Number = Field(description="Latitude in degrees, north positive, from -90 to 90.", examples=[32.5027])
    lon: Number = Field(description="Longitude in degrees, east positive, from -180 to 180.", examples=[-117.00371])


class Item(Part):
    """What every item has."""

    collection: ClassVar[str]

    id: Id = Field(description="Permanent id; never used again for another item.", examples=["tijuana"])
    type: str = Field(description="Its type.", examples=["region"])


class Named(Item):
    """What every item with a name has."""

    name: str = Field(description="Name in the language of the answer.", examples=["Tijuana"])
    names: Names = Field(description="Name in both languages.")


class Entity(Named):
    """What regions, sectors, organizations, people, agreements and events have."""

    description: str | None = Field(
        description="What it is, in one sentence that states nothing beyond the dataset; null where the name says it.",
        examples=["Municipality of Baja California."],
    )
    aliases: list[str] = Field(description="Other names and acronyms, in either language.", examples=[["TJ"]])


class Counted(Entity):
    """What entities other than events have: how much the dataset says of them."""

    facts_count: int = Field(ge=0, description="Facts whose subject it is.", examples=[5])
    events_count: int = Field(ge=0, description="Events that refer to it.", examples=[2])
