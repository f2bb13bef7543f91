"""What the seed files say: the strict parts that records are made of. Unknown keys are refused."""

from abc import ABC, abstractmethod
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from calibaja_api import dates
from calibaja_api.shapes.ids import OrganizationId, PersonId, RegionId, SourceId
from calibaja_api.shapes.parts import ID_MAX_LENGTH, ID_PATTERN, SHA256_PATTERN
from calibaja_api.shapes.vocabulary import Lang


def _words(text: str) -> str:
    if text != " ".join(text.split()):
        raise ValueError("has white space at an end or more than one blank between words")
    return text


def _date(text: str) -> str:
    dates.parse(text)
    return text


def _both(value: object) -> object:
    return {lang.value: value for lang in Lang} if isinstance(value, str) else value


Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_words)]
Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=ID_MAX_LENGTH)]
Slug = Id
Edtf = Annotated[str, AfterValidator(_date)]
Sha256 = Annotated[str, Field(pattern=SHA256_PATTERN)]
Code = Annotated[str, Field(pattern="^[!-~]+$", max_length=60)]


class Strict(BaseModel):
    """A mapping in a seed file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Texts(Strict):
    """A text in both languages; one without the other is refused."""

    en: Words
    es: Words

    def __getitem__(self, lang: Lang) -> str:
        return self.en if lang is Lang.EN else self.es


class Names(Texts):
    """A name in both languages."""

    en: Annotated[Words, Field(max_length=300)]
    es: Annotated[Words, Field(max_length=300)]


Name = Annotated[Names, BeforeValidator(_both)]
"""A name in both languages; written once when it is the same in both."""


class SelectorRecord(Strict):
    """Whole sentences of a source by position."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    sha256: Sha256

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"end must be greater than start, {self.start}")
        return self


class CitationRecord(Strict):
    """Who says so, and where."""

    source: SourceId
    locator: Words
    selector: SelectorRecord | None = None
    speaker: PersonId | None = None
    speaker_name: Words | None = None

    @model_validator(mode="after")
    def _one_speaker(self) -> Self:
        if self.speaker is not None and self.speaker_name is not None:
            raise ValueError("has a speaker and a speaker_name; the name comes from the item of the speaker")
        return self


Citations = Annotated[list[CitationRecord], Field(min_length=1)]


class IdentifierRecord(Strict):
    """What another registry calls it, and the data set that this was checked against."""

    scheme: Slug
    value: Code
    verified: Words


class LocationRecord(Strict):
    """A point (WGS 84), in degrees."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class MemberRecord(Strict):
    """A part of a cross-border region."""

    region: RegionId
    citations: Citations


class RoleRecord(Strict):
    """A public professional role."""

    role: Texts
    organization: OrganizationId | None = None
    time: Edtf | None = None
    citations: Citations


class Record(Strict, ABC):
    """What every item has in a seed file."""

    id: Id

    @abstractmethod
    def label(self, lang: Lang) -> str:
        """What a reference to it shows."""


class NamedRecord(Record):
    """An item with a name."""

    name: Name

    def label(self, lang: Lang) -> str:
        """What a reference to it shows."""
        return self.name[lang]


class EntityRecord(NamedRecord):
    """An item that a fact can be about."""

    description: Texts | None = None
    aliases: list[Words] = []


class UnitRecord(Strict):
    """A unit of figures, and its word after a number: after one, and after others."""

    code: Code
    one: Texts
    other: Texts


class LabelRecord(Strict):
    """What people call a word of an open vocabulary: a kind, or the code of a language."""

    code: Code
    label: Texts
    plural: Texts | None = None
    """What several of the kind are called, which is how people ask for them."""


class DatasetRecord(Strict):
    """What the dataset is. `renamed` and `withdrawn` are by collection."""

    id: Id
    release: Annotated[int, Field(ge=1)]
    released: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_date)]
    name: Name
    description: Texts
    renamed: dict[str, dict[Id, Id]] = {}
    withdrawn: dict[str, list[Id]] = {}
