"""What a filter looks at: columns of the item's own row, or the values that a link table ties to it."""

import sys
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import ColumnElement, FromClause, Table, TypeDecorator

Expression: TypeAlias = ColumnElement[Any]


def table_of(expression: Expression) -> Table:
    """The table of a column."""
    return cast("Table", cast("Any", expression).table)


NO_DAY: Final = 10**15
"""Where days order, what has none comes last."""
NO_FIGURE: Final = sys.float_info.max
"""Where figures order, what has none comes last."""


def python_type(expression: Expression) -> type:
    """The type of the values of an expression in Python."""
    type_ = expression.type
    return (type_.impl_instance if isinstance(type_, TypeDecorator) else type_).python_type


@dataclass(frozen=True, slots=True)
class Rising:
    """What orders by a number that may be missing: two columns that are never null and rise, as an index has them."""

    upward: Expression
    downward: Expression
    """The negated number."""
    missing: int | float
    """What stands in both where there is no number."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the item's own row."""

    value: Expression
    rising: Rising | None = None
    """What it is ordered by, where that is not the column itself."""


@dataclass(frozen=True, slots=True)
class Period:
    """Two columns of the item's own row: the first and the last day of a date, as `dates.Day.key`.

    An end that is open or unknown is `FIRST_DAY` or `LAST_DAY`; both are null when there is no date.
    """

    value: Expression
    """The date as stated; null when there is none."""
    earliest: Expression
    latest: Expression
    rising: tuple[Rising, Rising]
    """What the two are ordered by."""


@dataclass(frozen=True, slots=True)
class Link:
    """A table of pairs: an item and one of its values."""

    owner: Expression
    """The number of the item."""
    value: Expression
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


@dataclass(frozen=True, slots=True)
class SortKey:
    """A part of an order."""

    by: Expression
    """What is ordered by."""
    descending: bool = False
    rising: Rising | None = None

    def held(self, by: Any) -> Any:
        """What a cursor holds of a value of `by`: the number that it stands for, None where there is none."""
        if self.rising is None:
            return by
        return None if by == self.rising.missing else -by if self.by is self.rising.downward else by

    def bound(self, held: Any) -> Any:
        """The value of `by` where a cursor holds this."""
        if self.rising is None:
            return held
        return self.rising.missing if held is None else -held if self.by is self.rising.downward else held


Field: TypeAlias = Column | Period | Link | Place | Series | Words
