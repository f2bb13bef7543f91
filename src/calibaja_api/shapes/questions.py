"""What questions are made of: the parameters that every collection takes.

A parameter's name says its field and its operator, `region__not` is the operator `not` on the field `region`; a name
without operator means any of the given values. The query model of a collection is its allow-list.
"""

from collections.abc import Iterable
from functools import cache, cached_property, lru_cache
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeVar
from urllib.parse import quote_plus

from pydantic import BaseModel, ConfigDict, Field

from calibaja_api.shapes.parts import Id, Item
from calibaja_api.shapes.values import (
    CURSOR_PATTERN,
    DEFAULT_FACET_LIMIT,
    DEFAULT_LIMIT,
    DEFAULT_RADIUS_KM,
    MAX_CURSOR,
    VERSION_PATTERN,
    DateRange,
    FacetLimit,
    Limit,
    Many,
    One,
    Point,
    Radius,
    Text,
)
from calibaja_api.shapes.vocabulary import Count, Format, Lang, TimeMatch

A = TypeVar("A", bound=Item)

_OFTEN: Final = 64
"""Characters of the texts that are quoted again and again."""

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
        for name in sorted(self.model_fields_set, key=_places(type(self)).__getitem__):
            value = values[name]
            if isinstance(value, list):
                texts = list(dict.fromkeys(map(_text, value)))
                pairs += [(name, text) for text in (texts if name == "sort" else sorted(texts))]
            elif value is not None:
                pairs.append((name, _text(value)))
        return tuple(pairs)

    @cached_property
    def text(self) -> str:
        """The question as a query string, the same for the same question."""
        return _written(self.pairs)


@cache
def _places(question: type[Parameters]) -> dict[str, int]:
    """Where each parameter is declared, from the first to the last."""
    return {name: place for place, name in enumerate(question.model_fields)}


def _written(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join([f"{name}={_quoted(text)}" for name, text in pairs])


def _quoted(text: str) -> str:
    # As ids and words are; to remember what is longer would take memory.
    return _quoted_before(text) if len(text) <= _OFTEN else quote_plus(text)


_quoted_before: Final = lru_cache(maxsize=4_096)(quote_plus)


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

    @cached_property
    def uncut_text(self) -> str:
        """The question for all pages as a query string, the same for the same question."""
        return self.text if self.cursor is None else _written(pair for pair in self.pairs if pair[0] != "cursor")


class ItemFilters(Parameters):
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


class NearQuery(Parameters):
    """A filter on where something is."""

    near: One[Point] = Field(
        None,
        description="Keep the items within `radius_km` of this point, along a great circle: latitude and longitude in "
        "degrees (WGS 84).",
    )
    radius_km: Radius = Field(
        DEFAULT_RADIUS_KM, description="With `near`: the greatest distance, in kilometers.", examples=[30]
    )


class TimedQuery(Parameters):
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
