"""The values of parameters: what their texts must be, and what they mean."""

import math
import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from calibaja_api import dates
from calibaja_api.shapes.parts import SLUG_PATTERN

MAX_VALUES: Final = 100
MAX_TEXT: Final = 200
MAX_CURSOR: Final = 2_000
MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 25
MAX_FACET_LIMIT: Final = 200
DEFAULT_FACET_LIMIT: Final = 20

T = TypeVar("T")


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
