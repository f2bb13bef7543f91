"""From a question to SELECT statements: pure, with no connection.

A statement depends on the shape of a question only: which filters it has with how many values each, its order, its
language. So each shape is built and compiled once, and a request binds its values.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import (
    BindParameter,
    Select,
    TypeDecorator,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from calibaja_api.cursors import Key
from calibaja_api.database import Encoded
from calibaja_api.fields import Column, Expression, Link, column
from calibaja_api.filtering import MATCHED, Binds, Filters, filtered
from calibaja_api.operators import Criterion, padded
from calibaja_api.resources import Resource
from calibaja_api.resources.searching import DOCUMENT
from calibaja_api.resources.tables import BODIES
from calibaja_api.shapes.questions import ListQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang

COUNT_BOUND: Final = 1_000
"""Totals are exact up to here unless `count=exact`."""
RELEVANCE: Final = "relevance"

Order: TypeAlias = tuple[str, ...]


def order(question: ListQuery[Any]) -> Order:
    """The sort values of a question, ending in the tie-breaker: an order of all items without ties."""
    default = () if getattr(question, "q", None) is None else (RELEVANCE,)
    keys = tuple(dict.fromkeys(getattr(question, "sort", None) or default))
    for position, key in enumerate(keys):
        if key in {"id", "-id"}:
            return keys[: position + 1]
    return (*keys, "id")


@lru_cache(maxsize=512)
def key_types(resource: Resource, sort: Order, lang: Lang) -> tuple[type, ...]:
    """The types of the keys of an order, the id's last: what a cursor for it holds."""
    keys = [key for name in sort for key in _sort_keys(resource, name.removeprefix("-"), lang)]
    types = [key.type.impl_instance if isinstance(key.type, TypeDecorator) else key.type for key in keys]
    return (*(type_.python_type for type_ in types), str)


def page_select(
    resource: Resource, shapes: Filters, sort: Order, lang: Lang, after: tuple[bool, ...] | None
) -> Select[Any]:
    """Id, body and sort keys of a page. `after` tells of each key of the cursor whether it is there or null."""
    keys = _directed(resource, sort, lang)
    statement = ordered(resource, shapes, sort, lang, (body(resource, lang), *(key for key, _ in keys[:-1])))
    if after is not None:
        statement = statement.where(_behind(keys, after))
    return statement.limit(bindparam("limit"))


def all_select(resource: Resource, shapes: Filters, sort: Order, lang: Lang, limited: bool) -> Select[Any]:
    """Id and body of all items that pass, or of the first of them."""
    statement = ordered(resource, shapes, sort, lang, (body(resource, lang),))
    return statement.limit(bindparam("limit")) if limited else statement


def ordered(resource: Resource, shapes: Filters, sort: Order, lang: Lang, columns: Iterable[Expression]) -> Select[Any]:
    """The ids of the items that pass and columns beside them, in order."""
    by_relevance = any(name.removeprefix("-") == RELEVANCE for name in sort)
    statement = filtered(resource, shapes, (column(resource.row.id), *columns), by_relevance=by_relevance)
    for key, descending in _directed(resource, sort, lang):
        directed = key.desc() if descending else key.asc()
        nullable = getattr(key, "nullable", True)
        statement = statement.order_by(directed.nulls_last() if nullable else directed)
    return statement


def after_binds(keys: Sequence[Key]) -> Binds:
    """The values that a page behind a cursor binds."""
    return {f"after_{index}": key for index, key in enumerate(keys) if key is not None}


def count_select(resource: Resource, shapes: Filters, bounded: bool) -> Select[Any]:
    """How many items pass; bounded, counting stops one above the bound."""
    passing = filtered(resource, shapes, (literal_column("1"),))
    if bounded:
        passing = passing.limit(COUNT_BOUND + 1)
    return select(func.count()).select_from(passing.subquery())


def id_binds(ids: Sequence[str]) -> dict[str, str]:
    """Ids as they are bound where a statement is for so many items."""
    return {f"id_{index}": id_ for index, id_ in enumerate(padded(ids))}


def items_select(resource: Resource, lang: Lang) -> Select[Any]:
    """Id and body of items."""
    return select(column(resource.row.id), body(resource, lang))


def item_select(resource: Resource, lang: Lang) -> Select[Any]:
    """Id and body of the item with the id bound as `id`."""
    return items_select(resource, lang).where(column(resource.row.id) == bindparam("id"))


def bodies_select(resource: Resource, lang: Lang, items: int) -> Select[Any]:
    """Id and body of so many items with bound ids."""
    ids: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    return items_select(resource, lang).where(column(resource.row.id).in_(ids))


def cited_select(resource: Resource, items: int) -> Select[Any]:
    """The sources that so many items cite."""
    cited = resource.fields["source"]
    assert isinstance(cited, Link)
    owners: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    return select(cited.value).distinct().where(cited.owner.in_(owners)).order_by(cited.value)


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
    return items_select(target, lang).where(target_id.in_(found)).order_by(target_id)


def include_targets(resource: Resource, include: str) -> tuple[ItemType, ...]:
    """The types of items that an include can find."""
    field = resource.includes.get(include, include)
    return next(p.refers_to for p in resource.parameters.values() if p.field == field and p.refers_to)


def body(resource: Resource, lang: Lang) -> Expression:
    """The finished bodies, as they are sent."""
    return cast("Expression", Encoded(column(getattr(resource.row, BODIES[lang]))))


def _sort_keys(resource: Resource, name: str, lang: Lang) -> tuple[Expression, ...]:
    """The columns that a sort value orders by, without its direction; none for `id`."""
    if name == RELEVANCE:
        return MATCHED.c.tier, -DOCUMENT["weight"]
    return resource.sort_keys(name, lang)


def _directed(resource: Resource, sort: Order, lang: Lang) -> list[tuple[Expression, bool]]:
    """The columns that order, each with whether it descends; the id last."""
    keys = []
    for value in sort[:-1]:
        descending, name = value.startswith("-"), value.removeprefix("-")
        keys += [(key, descending) for key in _sort_keys(resource, name, lang)]
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
