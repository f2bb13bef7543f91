"""What a filter looks at: columns of the item's own row, or the values that a link table ties to it."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from sqlalchemy import ColumnElement, FromClause

Expression: TypeAlias = ColumnElement[Any]


def column(attribute: Any) -> Expression:
    """An attribute of a row class as the SQL expression that it stands for."""
    return cast("Expression", attribute)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the item's own row."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Period:
    """Two columns of the item's own row: the first and the last day of a date, as `dates.Day.key`."""

    value: Expression
    """The date as stated; null when there is none."""
    earliest: Expression
    latest: Expression


@dataclass(frozen=True, slots=True)
class Link:
    """A table of pairs: an item and one of its values."""

    owner: Expression
    value: Expression
    source: FromClause | None = field(default=None, compare=False)
    """What to select from, where that is more than the table of `owner`."""
    together: str | None = None
    """Filters of links with the same word must hold of one pair."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the globe, as the unit vector that leads to it, of the item itself or of what a link ties to it."""

    owner: Expression
    x: Expression
    y: Expression
    z: Expression
    source: FromClause | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Series:
    """What makes items one series over time, of which some are the latest."""

    keys: tuple[Expression, ...]
    latest: Expression
    """The day that a later item has a greater one of; of null the greatest."""
    candidates: ColumnElement[bool]
    """Which items can be the latest at all."""


@dataclass(frozen=True, slots=True)
class Words:
    """All texts of an item, as search finds it."""


Field: TypeAlias = Column | Period | Link | Place | Series | Words
