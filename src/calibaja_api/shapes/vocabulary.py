"""The vocabularies that are closed for v1, as enumerations everywhere: files, tables, parameters, answers."""

from enum import StrEnum

from calibaja_api.dates import Precision

__all__ = [
    "Basis",
    "Change",
    "Count",
    "Format",
    "ItemType",
    "Lang",
    "Precision",
    "Qualifier",
    "SearchType",
    "SubjectType",
    "Tier",
    "TimeBasis",
    "TimeMatch",
    "TotalRelation",
    "ValueType",
]


class ItemType(StrEnum):
    """What sort of item it is; each has a collection of its own."""

    REGION = "region"
    SECTOR = "sector"
    ORGANIZATION = "organization"
    PERSON = "person"
    AGREEMENT = "agreement"
    EVENT = "event"
    FACT = "fact"
    PREDICATE = "predicate"
    SOURCE = "source"


class Change(StrEnum):
    """What became of an item from one dataset version to another."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class SubjectType(StrEnum):
    """The types of items that facts are about; their ids are unique together."""

    REGION = "region"
    SECTOR = "sector"
    ORGANIZATION = "organization"
    PERSON = "person"
    AGREEMENT = "agreement"
    EVENT = "event"


class SearchType(StrEnum):
    """The types of items that search finds."""

    REGION = "region"
    SECTOR = "sector"
    ORGANIZATION = "organization"
    PERSON = "person"
    AGREEMENT = "agreement"
    EVENT = "event"
    FACT = "fact"


class Qualifier(StrEnum):
    """How the source hedges a figure."""

    EXACT = "exact"
    ABOUT = "about"
    NEARLY = "nearly"
    MORE_THAN = "more-than"
    AT_LEAST = "at-least"
    LESS_THAN = "less-than"
    AT_MOST = "at-most"
    BETWEEN = "between"
    RANK = "rank"


class Basis(StrEnum):
    """What a fact rests on."""

    OBSERVED = "observed"
    ESTIMATED = "estimated"
    PLANNED = "planned"
    FORECAST = "forecast"
    OPINION = "opinion"


class TimeBasis(StrEnum):
    """Where the time of a fact comes from: the source states it; only the date of its report is known; derived from
    something else, which the note names.
    """

    STATED = "stated"
    REPORTED = "reported"
    DERIVED = "derived"


class Tier(StrEnum):
    """How a source stands: A official or academic, B press and reports, C encyclopedia, mirror or sponsored."""

    A = "A"
    B = "B"
    C = "C"


class ValueType(StrEnum):
    """What the value of a fact with this predicate is."""

    QUANTITY = "quantity"
    TEXT = "text"
    DATE = "date"
    ENTITY = "entity"


class Lang(StrEnum):
    """The languages of the dataset (ISO 639-1)."""

    EN = "en"
    ES = "es"


class Format(StrEnum):
    """The media types that an answer can have."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    GEOJSON = "geojson"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


class Count(StrEnum):
    """How a total is taken: exact up to 1,000 (`auto`), always exact, or not at all."""

    AUTO = "auto"
    EXACT = "exact"
    NONE = "none"


class TotalRelation(StrEnum):
    """How `total` stands to the number of items: equal, or at most as great."""

    EQ = "eq"
    GTE = "gte"


class TimeMatch(StrEnum):
    """Whether an item's time could overlap the asked one, or surely lies inside it."""

    POSSIBLE = "possible"
    CERTAIN = "certain"
