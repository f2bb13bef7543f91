"""From a question to SELECT statements: pure, with no connection.

A statement depends on the shape of a question only: which filters it has with how many values each, its order, its
language. So each shape is built and compiled once, and a request binds its values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import BindParameter, Select, TypeDecorator, and_, bindparam, func, literal_column, or_, select

from calibaja_api.cursors import Key
from calibaja_api.fields import Column, Expression, Link, column
from calibaja_api.operators import MEANINGS, Criterion, Scalar, criterion, pair_criterion
from calibaja_api.parameters import Operator, Parameter
from calibaja_api.resources import Resource
from calibaja_api.resources.tables import BODIES
from calibaja_api.shapes.questions import ListQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang, TimeMatch

COUNT_BOUND = 1_000
"""Totals are exact up to here unless `count=exact`."""

Flag: TypeAlias = bool | TimeMatch | None


@dataclass(frozen=True, slots=True)
class FilterShape:
    """A filter without its values."""

    name: str
    values: int
    flag: Flag


Filters: TypeAlias = tuple[FilterShape, ...]
Order: TypeAlias = tuple[str, ...]
Binds: TypeAlias = dict[str, Scalar]


def filters(
    parameters: Mapping[str, Parameter], question: ListQuery[Any], resolved: Mapping[str, Any]
) -> tuple[Filters, Binds]:
    """The filters of a question, and the values that they bind; `resolved` holds values to use instead."""
    shapes: list[FilterShape] = []
    binds: Binds = {}
    for name in sorted(question.model_fields_set):
        parameter = parameters[name]
        value = resolved.get(name, getattr(question, name))
        if parameter.is_filter and value is not None:
            flag: Flag = None
            values = MEANINGS[parameter.operator].bind(value)
            if parameter.operator is Operator.EXISTS:
                flag, values = value, ()
            elif parameter.operator is Operator.DURING:
                flag = getattr(question, "time_match", TimeMatch.POSSIBLE)
            shapes.append(FilterShape(name, len(values), flag))
            binds |= {f"{name}_{index}": each for index, each in enumerate(values)}
    return tuple(shapes), binds


def order(question: ListQuery[Any]) -> Order:
    """The sort values of a question, ending in the tie-breaker: an order of all items without ties."""
    keys = tuple(dict.fromkeys(getattr(question, "sort", None) or ()))
    for position, key in enumerate(keys):
        if key in {"id", "-id"}:
            return keys[: position + 1]
    return (*keys, "id")


def key_types(resource: Resource, sort: Order, lang: Lang) -> tuple[type, ...]:
    """The types of the keys of an order, the id's last: what a cursor for it holds."""
    keys = [key for name in sort for key in resource.sort_keys(name.removeprefix("-"), lang)]
    types = [key.type.impl_instance if isinstance(key.type, TypeDecorator) else key.type for key in keys]
    return (*(type_.python_type for type_ in types), str)


def page_select(
    resource: Resource, shapes: Filters, sort: Order, lang: Lang, after: tuple[bool, ...] | None
) -> Select[Any]:
    """Id, body and sort keys of a page. `after` tells of each key of the cursor whether it is there or null."""
    keys = _directed(resource, sort, lang)
    statement = _filtered(
        resource, shapes, (column(resource.row.id), _body(resource, lang), *(key for key, _ in keys[:-1]))
    )
    if after is not None:
        statement = statement.where(_behind(keys, after))
    for key, descending in keys:
        ordered = key.desc() if descending else key.asc()
        nullable = getattr(key, "nullable", True)
        statement = statement.order_by(ordered.nulls_last() if nullable else ordered)
    return statement.limit(bindparam("limit"))


def after_binds(keys: Sequence[Key]) -> Binds:
    """The values that a page behind a cursor binds."""
    return {f"after_{index}": key for index, key in enumerate(keys) if key is not None}


def count_select(resource: Resource, shapes: Filters, *, bounded: bool) -> Select[Any]:
    """How many items pass; bounded, counting stops one above the bound."""
    passing = _filtered(resource, shapes, (literal_column("1"),))
    if bounded:
        passing = passing.limit(COUNT_BOUND + 1)
    return select(func.count()).select_from(passing.subquery())


def item_select(resource: Resource, lang: Lang) -> Select[Any]:
    """The body of the item with the id bound as `id`."""
    return select(_body(resource, lang)).where(column(resource.row.id) == bindparam("id"))


def include_select(resource: Resource, include: str, target: Resource, lang: Lang, items: int) -> Select[Any]:
    """Id and body of the items of the target that an include finds from so many items, by id."""
    field = resource.fields[resource.includes.get(include, include)]
    owners: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    found: Select[Any]
    match field:
        case Column(value=value):
            found = select(value).where(column(resource.row.id).in_(owners))
        case Link(owner=owner, value=value, source=source):
            found = select(value).where(owner.in_(owners))
            found = found if source is None else found.select_from(source)
        case _:
            raise TypeError(f"{resource.name}: include={include} follows no reference")
    target_id = column(target.row.id)
    return select(target_id, _body(target, lang)).where(target_id.in_(found)).order_by(target_id)


def include_targets(resource: Resource, include: str) -> tuple[ItemType, ...]:
    """The types of items that an include can find."""
    field = resource.includes.get(include, include)
    return next(p.refers_to for p in resource.parameters.values() if p.field == field and p.refers_to)


def _body(resource: Resource, lang: Lang) -> Expression:
    return column(getattr(resource.row, BODIES[lang]))


def _binds(shape: FilterShape) -> list[BindParameter[Any]]:
    return [bindparam(f"{shape.name}_{index}") for index in range(shape.values)]


def _filtered(resource: Resource, shapes: Filters, columns: Iterable[Expression]) -> Select[Any]:
    parameters = resource.parameters
    statement = select(*columns).select_from(resource.row)
    linked = []
    for shape in shapes:
        field = resource.fields[parameters[shape.name].field]
        if isinstance(field, Link):
            linked.append((field, shape))
        else:
            operator = parameters[shape.name].operator
            statement = statement.where(criterion(field, operator, _binds(shape), shape.flag))
    # Filters that must hold of one pair share a subquery; all others have one each.
    groups: dict[str, list[tuple[Link, FilterShape]]] = {}
    for field, shape in linked:
        groups.setdefault(field.together or shape.name, []).append((field, shape))
    for group in groups.values():
        statement = statement.where(_of_pairs(resource, group))
    return statement


def _of_pairs(resource: Resource, group: list[tuple[Link, FilterShape]]) -> Criterion:
    link = group[0][0]
    owners: Select[Any] = select(link.owner) if link.source is None else select(link.owner).select_from(link.source)
    negated = False
    for field, shape in group:
        operator = resource.parameters[shape.name].operator
        owners = owners.where(pair_criterion(field, operator, _binds(shape)))
        negated = operator is Operator.NOT
    id_ = column(resource.row.id)
    return id_.not_in(owners) if negated else id_.in_(owners)


def _directed(resource: Resource, sort: Order, lang: Lang) -> list[tuple[Expression, bool]]:
    """The columns that order, each with whether it descends; the id last."""
    keys = []
    for value in sort[:-1]:
        descending, name = value.startswith("-"), value.removeprefix("-")
        keys += [(key, descending) for key in resource.sort_keys(name, lang)]
    return [*keys, (column(resource.row.id), sort[-1] == "-id")]


def _behind(keys: list[tuple[Expression, bool]], present: tuple[bool, ...]) -> Criterion:
    """What comes behind the bound keys, nulls last: behind in the first that differs."""
    alternatives = []
    equal: list[Criterion] = []
    for index, ((key, descending), there) in enumerate(zip(keys, present, strict=True)):
        bound: BindParameter[Any] = bindparam(f"after_{index}")
        if there:
            further = key < bound if descending else key > bound
            if getattr(key, "nullable", True):
                further = or_(further, key.is_(None))
            alternatives.append(and_(*equal, further))
            equal.append(key == bound)
        else:
            equal.append(key.is_(None))
    return or_(*alternatives)
