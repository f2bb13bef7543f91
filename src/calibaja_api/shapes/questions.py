"""What questions are made of: the types of parameters, and those that every collection takes.

A parameter's name says its field and its operator, `region__not` is the operator `not` on the field `region`; a name
without operator means any of the given values. The query model of a collection is its allow-list.
"""

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from calibaja_api import dates
from calibaja_api.shapes.parts import SLUG_PATTERN, Id, Item
from calibaja_api.shapes.vocabulary import Count, Format, Lang, TimeMatch

MAX_VALUES: Final = 100
MAX_TEXT: Final = 200
MAX_CURSOR: Final = 2_000
MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 25
MAX_FACET_LIMIT: Final = 200
DEFAULT_FACET_LIMIT: Final = 20

T = TypeVar("T")
A = TypeVar("A", bound=Item)


@dataclass(frozen=True, slots=True)
class OpenVocabulary:
    """Marks a parameter whose allowed values are those that the dataset holds."""

    separator: str | None = None
    """Only what stands before this is of the vocabulary."""


@dataclass(frozen=True, slots=True)
class CommaSeparated:
    """Marks a closed list whose values may also come in one parameter, joined by commas."""


One: TypeAlias = T | SkipJsonSchema[None]
"""A parameter that is given once or not at all."""

Many: TypeAlias = Annotated[list[T], Field(min_length=1, max_length=MAX_VALUES)] | SkipJsonSchema[None]
"""A parameter that may be repeated: any of its values."""

Closed: TypeAlias = (
    Annotated[list[T], Field(min_length=1, max_length=MAX_VALUES), CommaSeparated()] | SkipJsonSchema[None]
)
"""A closed list of values, repeated or joined by commas."""

VocabularySlug = Annotated[str, OpenVocabulary(), Field(pattern=SLUG_PATTERN, max_length=96)]
Kind = Annotated[VocabularySlug, Field(examples=["city"])]
Unit = Annotated[str, OpenVocabulary(), Field(pattern="^[!-~]+$", max_length=60, examples=["{establishment}"])]
LanguageTag = Annotated[
    str, OpenVocabulary(), Field(pattern="^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=35, examples=["en"])
]
_N: Final = "[0-9]{1,4}"
_DATE_PART: Final = f"(?:{_N}Y(?:{_N}M)?(?:{_N}D)?|{_N}M(?:{_N}D)?|{_N}D)"
_TIME_PART: Final = f"T(?:{_N}H(?:{_N}M)?(?:{_N}S)?|{_N}M(?:{_N}S)?|{_N}S)"
DURATION_PATTERN: Final = f"^P(?:{_N}W|{_DATE_PART}(?:{_TIME_PART})?|{_TIME_PART})$"
"""A duration of ISO 8601 in whole numbers."""
Duration = Annotated[str, Field(pattern=DURATION_PATTERN, max_length=40, examples=["P1Y"])]
IDENTIFIER_PATTERN: Final = r"^[a-z0-9]+(?:-[a-z0-9]+)*:[!-~]+$"
IdentifierPair = Annotated[
    str,
    OpenVocabulary(separator=":"),
    Field(pattern=IDENTIFIER_PATTERN, max_length=MAX_TEXT, examples=["iso3166-2:MX-BCN"]),
]
# PostgreSQL stores no NUL.
Text = Annotated[str, Field(pattern="^[^\\x00]+$", max_length=MAX_TEXT)]

_WHOLE = re.compile("-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise PydanticCustomError("wrong-form", "not a whole number of at most 15 digits, such as 25")
        return int(value)
    return value


def _number(value: object) -> object:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise PydanticCustomError("wrong-form", "not a number such as 300, -2.5 or 1e6")
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("out-of-bounds", "greater than any number that is stored")
    return value


def _flag(value: object) -> object:
    if isinstance(value, str):
        if value not in {"true", "false"}:
            raise PydanticCustomError("wrong-form", "neither true nor false")
        return value == "true"
    return value


def _range(value: str) -> str:
    try:
        dates.parse_range(value)
    except dates.ReversedInterval as error:
        raise PydanticCustomError("reversed-interval", "{reason}", {"reason": str(error)}) from None
    except dates.WrongDate as error:
        raise PydanticCustomError("wrong-form", "{reason}", {"reason": str(error)}) from None
    return value


Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(_whole)]
FacetLimit = Annotated[int, Field(ge=1, le=MAX_FACET_LIMIT), BeforeValidator(_whole)]
Number = Annotated[float, Field(ge=-1e300, le=1e300, json_schema_extra={"examples": [300]}), BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag), Field(json_schema_extra={"examples": [True]})]
DateRange = Annotated[
    str,
    AfterValidator(_range),
    Field(
        min_length=1,
        max_length=dates.MAX_LENGTH,
        json_schema_extra={"pattern": dates.RANGE_PATTERN, "examples": ["2000/2004"]},
    ),
]

DEFAULT_RADIUS_KM: Final = 50.0
_DEGREES: Final = r"(?:\.[0-9]{1,15})?"
POINT_PATTERN: Final = (
    rf"^-?(?:90(?:\.0{{1,15}})?|[1-8]?[0-9]{_DEGREES}),-?(?:180(?:\.0{{1,15}})?|(?:1[0-7]|[1-9])?[0-9]{_DEGREES})$"
)
"""Latitude and longitude in degrees, within the globe."""
Point = Annotated[str, Field(pattern=POINT_PATTERN, max_length=60, examples=["32.54,-117.03"])]
Radius = Annotated[float, Field(gt=0, le=20_038), BeforeValidator(_number)]

CURSOR_PATTERN: Final = "^[A-Za-z0-9_-]+$"
VERSION_PATTERN: Final = "^[0-9a-f]{16}$"

FORMAT: Final[Any] = Field(None, description="Media type of the answer; wins over `Accept`.", examples=["json"])
JsonFormat = Literal[Format.JSON]
ListFormat = Literal[Format.JSON, Format.NDJSON, Format.CSV]
PlacedFormat = Literal[Format.JSON, Format.NDJSON, Format.CSV, Format.GEOJSON]
CitedFormat = Literal[Format.JSON, Format.NDJSON, Format.CSV, Format.BIBTEX, Format.CSL_JSON]


class Parameters(BaseModel):
    """What can be asked: a field for each parameter, and nothing else is understood."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The question as names and values, the same for the same question: declared order, sorted values."""
        pairs: list[tuple[str, str]] = []
        values = self.__dict__
        asked = self.model_fields_set
        for name in [name for name in type(self).model_fields if name in asked]:
            value = values[name]
            if isinstance(value, list):
                texts = list(dict.fromkeys(map(_text, value)))
                pairs += [(name, text) for text in (texts if name == "sort" else sorted(texts))]
            elif value is not None:
                pairs.append((name, _text(value)))
        return tuple(pairs)

    @cached_property
    def pairs_text(self) -> str:
        """The pairs as one text."""
        return str(self.pairs)


def _text(value: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


class FileQuery(Parameters):
    """A question for a file that is sent as it is."""

    lang: Lang = Field(Lang.EN, description="Changes nothing: the file has both languages.", examples=["es"])


class Question(Parameters):
    """What every request for an answer may say."""

    lang: Lang = Field(Lang.EN, description="Language of names, claims and labels in the answer.", examples=["es"])
    format: One[Format] = FORMAT
    dataset_version: One[Annotated[str, Field(pattern=VERSION_PATTERN)]] = Field(
        None,
        description="Answer from this dataset version only; 409 once it is no longer served.",
        examples=["0123456789abcdef"],
    )


class ItemQuery(Question):
    """A question for one item."""

    format: One[JsonFormat] = FORMAT


class PagedQuery(Question):
    """A question whose answer comes in pages."""

    limit: Limit = Field(DEFAULT_LIMIT, description="Items on a page.", examples=[10])
    cursor: One[Annotated[str, Field(pattern=CURSOR_PATTERN, max_length=MAX_CURSOR)]] = Field(
        None,
        description=(
            "Where the page begins: `page.next_cursor` of the page before. Opaque; bound to the collection, the "
            "filters and the order, not to the dataset version."
        ),
    )
    count: Count = Field(
        Count.AUTO,
        description="`auto` counts exactly up to 1,000 and says `gte` beyond, `exact` always counts, `none` never.",
        examples=["exact"],
    )


class ItemFilters(BaseModel):
    """The filters that every collection has."""

    id: Many[Id] = Field(
        None,
        description="Keep the items with any of these ids; unknown ids are left out.",
        examples=[["tijuana", "san-diego"]],
    )
    q: One[Text] = Field(
        None,
        description=(
            "Keep the items with all words of this text in either language, the last as the beginning of a word; as "
            "`/v1/search` finds them. Case, accents and punctuation are ignored."
        ),
        examples=["tijuana"],
    )


class ListQuery(PagedQuery, ItemFilters, Generic[A]):
    """A question for the items of a collection that pass every filter."""

    answer: ClassVar[type[Item]]

    def __class_getitem__(cls, _answer: Any) -> Any:
        """The same model: what is answered changes no parameter."""
        return cls

    facet_limit: FacetLimit = Field(DEFAULT_FACET_LIMIT, description="Buckets of a facet.", examples=[5])


class NamedQuery(ListQuery[A], Generic[A]):
    """A question for items that have names."""

    name__contains: One[Text] = Field(
        None,
        description="Keep the items with this text in a name or alias of either language; case and accents aside.",
        examples=["mexico"],
    )
    name__prefix: One[Text] = Field(
        None,
        description="Keep the items with a name or alias that begins with this text, in either language; case and "
        "accents are ignored.",
        examples=["san"],
    )


class NearQuery(BaseModel):
    """A filter on where something is."""

    near: One[Point] = Field(
        None,
        description="Keep the items within `radius_km` of this point, along a great circle: latitude and longitude in "
        "degrees (WGS 84).",
    )
    radius_km: Radius = Field(
        DEFAULT_RADIUS_KM, description="With `near`: the greatest distance, in kilometers.", examples=[30]
    )


class TimedQuery(BaseModel):
    """Filters on when something was."""

    time__during: One[DateRange] = Field(
        None,
        description="Keep the items whose time could overlap an EDTF date or interval: `2015`, `1994/1999`, `1994/..`.",
        examples=["2000/2004"],
    )
    time_match: TimeMatch = Field(
        TimeMatch.POSSIBLE,
        description="With `time__during`: keep what could overlap (`possible`) or what surely lies inside (`certain`).",
        examples=["certain"],
    )
