"""The order of items, and what comes behind one: pure SQL, with no connection."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
)

from calibaja_api.cursors import Key
from calibaja_api.fields import Column, Expression, Period, SortKey
from calibaja_api.filtering import MATCHED, Binds, Filters, FilterShape
from calibaja_api.operators import Criterion
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.resources.bodies import id_of
from calibaja_api.resources.indexes import served, timed
from calibaja_api.resources.searching import SEARCH_DOCUMENT
from calibaja_api.shapes.questions import ListQuery
from calibaja_api.shapes.vocabulary import Lang

RELEVANCE: Final = "relevance"
ORDERS: Final = 512
"""So many orders that were asked for are kept as what they look at."""
_BEFORE_ALL: Final = 0
_BEHIND_ALL: Final = 2**62

Order: TypeAlias = tuple[str, ...]


def order(question: ListQuery[Any]) -> Order:
    """The sort values of a question, ending in the tie-breaker: an order of all items without ties."""
    default = () if getattr(question, "q", None) is None else (RELEVANCE,)
    keys = tuple(dict.fromkeys(getattr(question, "sort", None) or default))
    for position, key in enumerate(keys):
        if key in {"id", "-id"}:
            return keys[: position + 1]
    return (*keys, "id")


def by_relevance(sort: Order) -> bool:
    """Whether it orders by how well words match."""
    return any(name.removeprefix("-") == RELEVANCE for name in sort)


@lru_cache(maxsize=ORDERS)
def sort_keys(resource: Resource, sort: Order, lang: Lang) -> tuple[SortKey, ...]:
    """What an order looks at before the id."""
    return tuple(key for value in sort[:-1] for key in _sort_keys(resource, value, lang))


def _sort_keys(resource: Resource, value: str, lang: Lang) -> tuple[SortKey, ...]:
    name, descending = value.removeprefix("-"), value.startswith("-")
    if name == RELEVANCE:
        return tuple(SortKey(key, descending) for key in (MATCHED.c.tier, -SEARCH_DOCUMENT.c.weight))
    return resource.sort_keys(name, lang, descending=descending)


def in_order(
    statement: Select[Any], keys: Sequence[tuple[Expression, bool]], number: Expression, sort: Order
) -> Select[Any]:
    """A statement in an order: by keys, each with whether it descends, then by number."""
    directed = [*keys, (number, sort[-1] == "-id")]
    return statement.order_by(*(key.desc() if descending else key.asc() for key, descending in directed))


def is_served(resource: Resource, shapes: Filters, sort: Order, lang: Lang) -> bool:
    """Whether an index has the items that pass in this order, so that nothing has to be sorted."""
    keys = sort_keys(resource, sort, lang)
    if not keys:
        # Several values are found each in its order, and not all in one.
        return all(shape.values <= 1 or _looks_at_once(resource, shape) for shape in shapes)
    asked = set()
    for shape in shapes:
        parameter = resource.parameters[shape.name]
        field = resource.fields[parameter.field]
        if isinstance(field, Period):
            # Days are looked at on the way: no other index is there that they could be found by.
            continue
        if parameter.operator is not Operator.EQ or shape.values != 1 or not isinstance(field, Column):
            return False
        asked.add(field.value)
    wanted = [(key.by, key.descending) for key in keys]
    return sort[-1] == "id" and any(
        [(key.by, key.descending) for key in index.order] == wanted and asked.issuperset(index.filters)
        for index in served(resource)
    )


def days_first(resource: Resource, shapes: Filters, keys: Sequence[SortKey]) -> Iterator[Criterion]:
    """What filters on days tell of the first key of an order, so that an index is read from where they begin.

    What began by the last day that is asked for is no later than that day, or has no first day and comes last.
    """
    for shape in shapes:
        field = resource.fields[resource.parameters[shape.name].field]
        if keys and isinstance(field, Period) and shape.values and keys[0].by is field.rising[0].downward:
            yield keys[0].by >= -bindparam(f"{shape.name}_1", type_=Integer())


def counted_from(resource: Resource, shapes: Filters) -> Expression | None:
    """The day from which items of some days are counted back, where an index has them in that order: most of what
    began before the last day of some has not ended before the first, and of what began long before most has.
    """
    by_field = {resource.parameters[shape.name].field: shape for shape in shapes}
    days = [field for name in by_field if isinstance(field := resource.fields[name], Period)]
    others = tuple(name for name in by_field if not isinstance(resource.fields[name], Period))
    one_each = all(by_field[name].values == 1 and _is_equality(resource, by_field[name]) for name in others)
    is_indexed = set(others) in [set(names) for names in timed(resource)]
    return days[0].earliest if days and len(by_field) == len(shapes) and one_each and is_indexed else None


def _is_equality(resource: Resource, shape: FilterShape) -> bool:
    return resource.parameters[shape.name].operator is Operator.EQ


def _looks_at_once(resource: Resource, shape: FilterShape) -> bool:
    return resource.parameters[shape.name].operator not in {Operator.EQ, Operator.WITHIN}


def behind_criterion(
    resource: Resource, keys: Sequence[SortKey], number: Expression, sort: Order, same: int
) -> Criterion:
    """What has so many of the first keys that are bound, and comes behind in the next; behind them all that is the id.

    Of each of these parts, one after the other, an index has one piece.
    """
    bound = [bindparam(f"after_{index}", type_=key.by.type) for index, key in enumerate(keys)]
    equal = [key.by == value for key, value in zip(keys[:same], bound, strict=False)]
    if same == len(keys):
        return and_(*equal, _further_id(resource, number, descending=sort[-1] == "-id"))
    key, value = keys[same], bound[same]
    return and_(*equal, key.by < value if key.descending else key.by > value)


def _further_id(resource: Resource, number: Expression, *, descending: bool) -> Criterion:
    """An id that comes behind the bound one, which may be of no item any more."""
    items = resource.table.alias("nearest")
    bound: BindParameter[Any] = bindparam("after_id")
    passed = items.c.id >= bound if descending else items.c.id <= bound
    nearest = select(items.c.number).where(passed).order_by(items.c.id.asc() if descending else items.c.id.desc())
    none = literal_column(str(_BEHIND_ALL if descending else _BEFORE_ALL), Integer)
    place = func.coalesce(nearest.limit(literal_column("1")).scalar_subquery(), none)
    return number < place if descending else number > place


def place(keys: Sequence[SortKey], row: Sequence[Any]) -> tuple[Key, ...]:
    """Where an item of a page stands, as a cursor holds it: by what it is ordered, then its id."""
    body, _, *by = row
    return (*map(SortKey.held, keys, by), id_of(body))


def are_tied(row: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two items of a page are ordered by their ids alone."""
    return bool(row[2:] == other[2:])


def after_binds(keys: Sequence[SortKey], held: Sequence[Key]) -> Binds:
    """The values that a page behind a place binds, the id's last."""
    *values, id_ = held
    bound = zip(keys, values, strict=True)
    return {**{f"after_{index}": key.bound(value) for index, (key, value) in enumerate(bound)}, "after_id": str(id_)}
