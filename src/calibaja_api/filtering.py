"""Which items pass the filters of a question: pure SQL, with no connection.

A filter is a shape, its name and how many values it has, and the values are bound when it is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import (
    BindParameter,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union_all,
)

from calibaja_api.database import having_words
from calibaja_api.fields import Expression, Field, Link, Place, Series, Words, table_of
from calibaja_api.matching import Tier
from calibaja_api.operators import MEANINGS, Criterion, Scalar, criterion, near_criterion, pair_criterion
from calibaja_api.parameters import Operator, Parameter
from calibaja_api.resources import Resource
from calibaja_api.resources.searching import SEARCH_DOCUMENT, SEARCH_NAME
from calibaja_api.shapes.questions import Question
from calibaja_api.shapes.vocabulary import TimeMatch

Flag: TypeAlias = bool | TimeMatch | None

_FLAGS = frozenset({Operator.EXISTS, Operator.LATEST})


def _matched() -> Subquery:
    """The ranks of all items that have the words bound as `q_0` and on, each with its best tier."""
    binds: list[BindParameter[Any]] = [bindparam(f"q_{index}") for index in range(6)]
    key, squeezed, key_end, *columns = binds
    name_key, rank = SEARCH_NAME.c.key, SEARCH_NAME.c.rank
    found = union_all(
        select(rank.label("rank"), _tier(Tier.EXACT)).where(name_key.in_([key, squeezed])),
        select(rank, _tier(Tier.BEGINNING)).where(name_key >= key, name_key < key_end),
        *(
            having_words(words).add_columns(_tier(tier))
            for words, tier in zip(columns, (Tier.NAMES, Tier.ANYWHERE, Tier.NOTED), strict=True)
        ),
    ).subquery("found")
    return select(found.c.rank, func.min(found.c.tier).label("tier")).group_by(found.c.rank).subquery("matched")


def _tier(tier: Tier) -> Expression:
    return literal_column(str(int(tier)), Integer).label("tier")


MATCHED: Final = _matched()
"""What search finds; the values are those of the filter `q`."""


class FilterShape(NamedTuple):
    """A filter without its values."""

    name: str
    values: int
    flag: Flag


Filters: TypeAlias = tuple[FilterShape, ...]
Binds: TypeAlias = dict[str, Scalar]


def filters(
    parameters: Mapping[str, Parameter], question: Question, resolved: Mapping[str, Any]
) -> tuple[Filters, Binds]:
    """The filters of a question, and the values that they bind; `resolved` holds values to use instead."""
    shapes: list[FilterShape] = []
    binds: Binds = {}
    for name in sorted(question.model_fields_set):
        parameter = parameters[name]
        value = resolved.get(name, getattr(question, name))
        if parameter.is_filter and value is not None and (value or parameter.operator is not Operator.LATEST):
            flag: Flag = None
            if parameter.operator is Operator.NEAR:
                value = (value, question.radius_km)  # type: ignore[attr-defined]  # it goes with near
            values = MEANINGS[parameter.operator].bind(value)
            if parameter.operator in _FLAGS:
                flag, values = value, ()
            elif parameter.operator is Operator.DURING:
                flag = getattr(question, "time_match", TimeMatch.POSSIBLE)
            shapes.append(FilterShape(name, len(values), flag))
            # A driver looks up how to bind each type that is not its own.
            plain = (str(each) if isinstance(each, StrEnum) else each for each in values)
            binds |= {f"{name}_{index}": each for index, each in enumerate(plain)}
    return tuple(shapes), binds


class Passing:
    """The items that pass filters, as what to select from and where."""

    def __init__(self, resource: Resource, shapes: Filters) -> None:
        self.number = resource.table.c.number
        """The number of an item, as an index has it that finds the items in its order."""
        self._resource = resource
        self._source: FromClause = resource.table
        self._criteria: list[Criterion] = []
        # Filters that must hold of one pair share it; all others have one each.
        groups: dict[str, list[tuple[Link, FilterShape]]] = {}
        for shape in shapes:
            field, operator = _field(resource, shape), resource.parameters[shape.name].operator
            match field:
                case Words():
                    self._join_words()
                case Place():
                    near = near_criterion(field, _binds(shape))
                    self._criteria.append(resource.table.c.number.in_(pairs(field, (field.owner,)).where(near)))
                case Link():
                    groups.setdefault(field.together or shape.name, []).append((field, shape))
                case _:
                    self._criteria.append(criterion(field, operator, _binds(shape), shape.flag))
        for name, group in groups.items():
            self._add_pairs(name, group)

    def select(self, *columns: Expression) -> Select[Any]:
        """Columns of them."""
        return select(*columns).select_from(self._source).where(*self._criteria)

    def keep(self, criterion_: Criterion) -> None:
        """Keep of them what meets a criterion."""
        self._criteria.append(criterion_)

    def _join_words(self) -> None:
        document = and_(
            SEARCH_DOCUMENT.c.type == literal_column(f"'{self._resource.item_type}'"),
            SEARCH_DOCUMENT.c.id == self._resource.table.c.id,
        )
        self._source = self._source.join(SEARCH_DOCUMENT, document)
        self._source = self._source.join(MATCHED, MATCHED.c.rank == SEARCH_DOCUMENT.c.rank)

    def _add_pairs(self, name: str, group: list[tuple[Link, FilterShape]]) -> None:
        """Ask for a pair of a link, or for none."""
        linking = table_of(group[0][0].owner)
        number = self._resource.table.c.number
        operators = [self._resource.parameters[shape.name].operator for _, shape in group]
        if Operator.NOT in operators:
            none = select(linking.c.number).where(*_pair_criteria(linking, group, operators))
            self._criteria.append(number.not_in(none))
            return
        pair = linking.alias(f"{name}_pair")
        self._source = self._source.join(pair, pair.c.number == number)
        self._criteria += _pair_criteria(pair, group, operators)
        cited = "position" in linking.primary_key
        if cited or operators != [Operator.EQ] or group[0][1].values > 1:
            # An item may have several such pairs and passes once, by its first.
            other = linking.alias(f"{name}_before")
            key = "position" if cited else str(group[0][0].value.key)
            before = and_(other.c.number == pair.c.number, other.c[key] < pair.c[key])
            self._criteria.append(~exists().where(before, *_pair_criteria(other, group, operators)))
        self.number = pair.c.number


def _pair_criteria(
    pairs_: FromClause, group: list[tuple[Link, FilterShape]], operators: list[Operator]
) -> Iterator[Criterion]:
    for (link, shape), operator in zip(group, operators, strict=True):
        yield pair_criterion(pairs_.c[str(link.value.key)], operator, _binds(shape))


def passing(resource: Resource, shapes: Filters, *, by_relevance: bool = False) -> Passing:
    """The items that pass. Only `by_relevance` are `MATCHED` and documents sure to be there to order by."""
    latest = [shape for shape in shapes if resource.parameters[shape.name].operator is Operator.LATEST]
    others = tuple(shape for shape in shapes if shape not in latest)
    if not latest:
        return Passing(resource, others)
    # What is the latest is so among the items that pass all other filters.
    series = _field(resource, latest[0])
    assert isinstance(series, Series)
    number = resource.table.c.number
    place = func.rank().over(partition_by=series.keys, order_by=series.latest.desc())
    ranked = Passing(resource, others).select(number, place.label("place")).where(series.candidates).subquery()
    words = tuple(shape for shape in others if by_relevance and isinstance(_field(resource, shape), Words))
    found = Passing(resource, words)
    found.keep(number.in_(select(ranked.c.number).where(ranked.c.place == 1)))
    return found


def _field(resource: Resource, shape: FilterShape) -> Field:
    return resource.fields[resource.parameters[shape.name].field]


def pairs(link: Link | Place, columns: Iterable[Expression]) -> Select[Any]:
    """Columns of the pairs of a link."""
    statement: Select[Any] = select(*columns)
    return statement.select_from(link.source) if isinstance(link, Place) and link.source is not None else statement


def _binds(shape: FilterShape) -> list[BindParameter[Any]]:
    return [bindparam(f"{shape.name}_{index}") for index in range(shape.values)]
