"""What the operators of filters mean, each once: as values to bind, as SQL, and in English."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    column,
    or_,
    select,
    table,
)

from calibaja_api import dates
from calibaja_api.database import COLUMNS, AllWords
from calibaja_api.dates import FIRST_DAY, LAST_DAY
from calibaja_api.fields import Column, Expression, Field, Link, Period, Place, Series, Words
from calibaja_api.globe import chord_squared, vector
from calibaja_api.matching import Terms, terms
from calibaja_api.parameters import Operator
from calibaja_api.shapes.vocabulary import TimeMatch
from calibaja_api.text import fold

S = TypeVar("S")
Scalar: TypeAlias = str | int | float | AllWords
Binds: TypeAlias = Sequence[BindParameter[Any]]
Criterion: TypeAlias = ColumnElement[bool]

# What a publish writes into the table `within`: each entity with all that it lies in, itself included.
_WITHIN = table("within", column("ancestor_id"), column("descendant_id"))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an operator means."""

    keeps: str
    """Which items a filter keeps, after "Keep the facts"; `{field}` is what it looks at."""
    bind: Callable[[Any], tuple[Scalar, ...]]
    """The values to bind, from the value in a question."""
    criterion: Callable[[Expression, Binds], Criterion] | None
    """Whether a column's value is kept; None where the operator needs more than one column."""


def _listed(value: Any) -> tuple[Scalar, ...]:
    return padded(tuple(dict.fromkeys(value))) if isinstance(value, list) else (value,)


def _pattern(value: str, before: str) -> tuple[Scalar, ...]:
    """A LIKE pattern for folded text; text that folds to nothing is in no name."""
    # Names are folded without blanks at their ends; one at an end of the text asks for a blank inside.
    folded = (" " if value[:1].isspace() else "") + fold(value) + (" " if value[-1:].isspace() else "")
    folded = " " if folded.isspace() else folded
    for special in ("/", "%", "_"):
        folded = folded.replace(special, f"/{special}")
    return (f"%{before}{folded}%" if folded else "",)


def _containing(value: str) -> tuple[Scalar, ...]:
    return _pattern(value, "")


def _beginning(value: str) -> tuple[Scalar, ...]:
    return _pattern(value, "\n")


def _days(value: str) -> tuple[Scalar, ...]:
    span = dates.parse_range(value)
    first = FIRST_DAY if span.earliest is None else span.earliest.key
    last = LAST_DAY if span.latest is None else span.latest.key
    return first, last


def _match(value: str) -> tuple[Scalar, ...]:
    return search_binds(terms(value))


def search_binds(asked: Terms) -> tuple[Scalar, ...]:
    """What is bound to find the words of a text: its keys, and the words in ever more columns."""
    found = (AllWords(asked.required, columns) for columns in range(1, len(COLUMNS) + 1))
    return asked.key, asked.squeezed, asked.key_end, *found


def _near(value: tuple[str, float]) -> tuple[Scalar, ...]:
    """A point and a distance in kilometers as a unit vector and a bound."""
    point, distance = value
    lat, lon = (float(part) for part in point.split(","))
    return *vector(lat, lon), chord_squared(distance)


def _equals(value: Expression, binds: Binds) -> Criterion:
    return value == binds[0] if len(binds) == 1 else value.in_(binds)


def _within(value: Expression, binds: Binds) -> Criterion:
    return value.in_(select(_WITHIN.c.descendant_id).where(_equals(_WITHIN.c.ancestor_id, binds)))


def _like(value: Expression, binds: Binds) -> Criterion:
    return value.like(binds[0], escape="/")


MEANINGS: Final[dict[Operator, Meaning]] = {
    Operator.EQ: Meaning("whose `{field}` is any of these", _listed, _equals),
    Operator.NOT: Meaning("whose `{field}` is none of these, or empty", _listed, _equals),
    Operator.EXISTS: Meaning("that have a `{field}` (`true`) or none (`false`)", _listed, None),
    Operator.GTE: Meaning("whose `{field}` is this or more", _listed, lambda value, binds: value >= binds[0]),
    Operator.GT: Meaning("whose `{field}` is more than this", _listed, lambda value, binds: value > binds[0]),
    Operator.LTE: Meaning("whose `{field}` is this or less", _listed, lambda value, binds: value <= binds[0]),
    Operator.LT: Meaning("whose `{field}` is less than this", _listed, lambda value, binds: value < binds[0]),
    Operator.WITHIN: Meaning("whose `{field}` is any of these or lies in one of them", _listed, _within),
    Operator.DURING: Meaning("whose `{field}` could overlap this EDTF date or interval", _days, None),
    Operator.CONTAINS: Meaning("with this text in a `{field}` or alias", _containing, _like),
    Operator.PREFIX: Meaning("with a `{field}` or alias that begins with this text", _beginning, _like),
    Operator.MATCH: Meaning("with all words of this text", _match, None),
    Operator.NEAR: Meaning("with a point within `radius_km` of this one", _near, None),
    Operator.LATEST: Meaning("that are the latest of their series (`true`)", _listed, None),
}


def padded(values: Sequence[S]) -> tuple[S, ...]:
    """Values repeated up to a power of two, so that lists of all lengths share a few statements."""
    return (*values, *[values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values))) if values else ()


def supports(field: Field, operator: Operator) -> bool:
    """Whether an operator can look at a field."""
    of_their_own = {Operator.MATCH: Words, Operator.NEAR: Place, Operator.LATEST: Series}
    if isinstance(field, (Words, Place, Series)) or operator in of_their_own:
        return operator in of_their_own and isinstance(field, of_their_own[operator])
    if isinstance(field, Period):
        return operator in {Operator.EXISTS, Operator.DURING}
    if isinstance(field, Link):
        # What must hold of one pair together cannot be negated alone.
        return MEANINGS[operator].criterion is not None and not (field.together and operator is Operator.NOT)
    return operator is not Operator.DURING


def criterion(field: Field, operator: Operator, binds: Binds, flag: bool | TimeMatch | None) -> Criterion:
    """What a filter asks of the item's own row. `flag` is the value of `exists`, or how `during` matches."""
    if operator is Operator.EXISTS:
        assert isinstance(field, (Column, Period))
        return field.value.is_not(None) if flag else field.value.is_(None)
    match field:
        case Period():
            return _during(field, binds, flag)
        case Link() | Place() | Series() | Words():
            raise TypeError("what this asks is not in the item's own row")
        case Column(value=value):
            meant = MEANINGS[operator].criterion
            assert meant is not None
            asked = meant(value, binds)
            return or_(value.is_(None), ~asked) if operator is Operator.NOT else asked


def pair_criterion(value: Expression, operator: Operator, binds: Binds) -> Criterion:
    """What a filter asks of the value of one pair of a link."""
    meant = MEANINGS[operator].criterion
    assert meant is not None
    return meant(value, binds)


def near_criterion(place: Place, binds: Binds) -> Criterion:
    """Whether a point is within a distance of another."""
    x, y, z, bound = binds
    away = (place.x - x) * (place.x - x) + (place.y - y) * (place.y - y) + (place.z - z) * (place.z - z)
    return away <= bound


def _during(period: Period, binds: Binds, match: bool | TimeMatch | None) -> Criterion:
    first, last = binds
    if match is TimeMatch.CERTAIN:
        return and_(period.earliest >= first, period.latest <= last)
    return and_(period.earliest <= last, period.latest >= first)
