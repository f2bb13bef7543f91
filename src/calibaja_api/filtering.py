"""Which items pass the filters of a question: pure SQL, with no connection.

A filter is a shape, its name and how many values it has, and the values are bound when it is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BindParameter,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    inspect,
    literal_column,
    select,
    union_all,
)

from calibaja_api.database import having_words
from calibaja_api.fields import Expression, Field, Link, Place, Series, Words, column
from calibaja_api.matching import Tier
from calibaja_api.operators import MEANINGS, Criterion, Scalar, criterion, near_criterion, pair_criterion
from calibaja_api.parameters import Operator, Parameter
from calibaja_api.resources import Resource
from calibaja_api.resources.searching import DOCUMENT, SearchDocumentRow, SearchNameRow
from calibaja_api.shapes.questions import Question
from calibaja_api.shapes.vocabulary import TimeMatch

Flag: TypeAlias = bool | TimeMatch | None

_FLAGS = frozenset({Operator.EXISTS, Operator.LATEST})


def _matched() -> Subquery:
    """The ranks of all items that have the words bound as `q_0` and on, each with its best tier."""
    binds: list[BindParameter[Any]] = [bindparam(f"q_{index}") for index in range(6)]
    key, squeezed, key_end, *columns = binds
    name_key, rank = column(SearchNameRow.key), column(SearchNameRow.rank)
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


@dataclass(frozen=True, slots=True)
class FilterShape:
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
                value = (value, question.radius_km)  # type: ignore[attr-defined]
            values = MEANINGS[parameter.operator].bind(value)
            if parameter.operator in _FLAGS:
                flag, values = value, ()
            elif parameter.operator is Operator.DURING:
                flag = getattr(question, "time_match", TimeMatch.POSSIBLE)
            shapes.append(FilterShape(name, len(values), flag))
            binds |= {f"{name}_{index}": each for index, each in enumerate(values)}
    return tuple(shapes), binds


def kept_ids(resource: Resource, shapes: Filters) -> Select[Any]:
    """The ids of the items that pass."""
    return filtered(resource, shapes, (column(resource.row.id),))


def filtered(
    resource: Resource, shapes: Filters, columns: Iterable[Expression], *, by_relevance: bool = False
) -> Select[Any]:
    """Columns of the items that pass. Only `by_relevance` are `MATCHED` and documents sure to be there to order by."""
    columns = tuple(columns)
    latest = [shape for shape in shapes if resource.parameters[shape.name].operator is Operator.LATEST]
    others = tuple(shape for shape in shapes if shape not in latest)
    if not latest:
        return _passing(resource, others, columns)
    # What is the latest is so among the items that pass all other filters.
    series = _field(resource, latest[0])
    assert isinstance(series, Series)
    id_ = column(resource.row.id)
    place = func.rank().over(partition_by=series.keys, order_by=series.latest.desc())
    ranked = _passing(resource, others, (id_.label("id"), place.label("place"))).where(series.candidates).subquery()
    words = tuple(shape for shape in others if by_relevance and isinstance(_field(resource, shape), Words))
    return _passing(resource, words, columns).where(id_.in_(select(ranked.c.id).where(ranked.c.place == 1)))


def _passing(resource: Resource, shapes: Filters, columns: Iterable[Expression]) -> Select[Any]:
    parameters = resource.parameters
    statement = select(*columns).select_from(_source(resource, shapes))
    # Filters that must hold of one pair share a subquery; all others have one each.
    groups: dict[str, list[tuple[Link, FilterShape]]] = {}
    for shape in shapes:
        field, operator = _field(resource, shape), parameters[shape.name].operator
        match field:
            case Words():
                pass  # what is joined holds of no other items
            case Place():
                near = near_criterion(field, _binds(shape))
                statement = statement.where(column(resource.row.id).in_(pairs(field, (field.owner,)).where(near)))
            case Link():
                groups.setdefault(field.together or shape.name, []).append((field, shape))
            case _:
                statement = statement.where(criterion(field, operator, _binds(shape), shape.flag))
    for group in groups.values():
        statement = statement.where(_of_pairs(resource, group))
    return statement


def _field(resource: Resource, shape: FilterShape) -> Field:
    return resource.fields[resource.parameters[shape.name].field]


def _source(resource: Resource, shapes: Filters) -> FromClause:
    """The items, and where words are asked for how well each has them."""
    table: FromClause = inspect(resource.row).local_table
    if not any(isinstance(_field(resource, shape), Words) for shape in shapes):
        return table
    document = and_(
        DOCUMENT["type"] == literal_column(f"'{resource.item_type}'"), DOCUMENT["id"] == column(resource.row.id)
    )
    return table.join(SearchDocumentRow, document).join(MATCHED, MATCHED.c.rank == DOCUMENT["rank"])


def _of_pairs(resource: Resource, group: list[tuple[Link, FilterShape]]) -> Criterion:
    link = group[0][0]
    owners = pairs(link, (link.owner,))
    negated = False
    for field, shape in group:
        operator = resource.parameters[shape.name].operator
        owners = owners.where(pair_criterion(field, operator, _binds(shape)))
        negated = operator is Operator.NOT
    id_ = column(resource.row.id)
    return id_.not_in(owners) if negated else id_.in_(owners)


def pairs(link: Link | Place, columns: Iterable[Expression]) -> Select[Any]:
    """Columns of the pairs of a link."""
    statement: Select[Any] = select(*columns)
    return statement if link.source is None else statement.select_from(link.source)


def _binds(shape: FilterShape) -> list[BindParameter[Any]]:
    return [bindparam(f"{shape.name}_{index}") for index in range(shape.values)]
