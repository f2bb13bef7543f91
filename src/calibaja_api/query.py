"""From a question to SELECT statements: pure, with no connection.

A statement depends on the shape of a question only: which filters it has with how many values each, its order, its
language. So each shape is built and compiled once, and a request binds its values.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BindParameter, Select, Table, bindparam, func, literal_column, select

from calibaja_api import ordering
from calibaja_api.database import Encoded
from calibaja_api.fields import Column, Expression, Link, SortKey, python_type
from calibaja_api.filtering import Filters, Passing, passing
from calibaja_api.operators import padded
from calibaja_api.ordering import Order
from calibaja_api.resources import Resource
from calibaja_api.resources.bodies import BODIES, CSV
from calibaja_api.shapes.vocabulary import ItemType, Lang

COUNT_BOUND: Final = 1_000
"""Totals are exact up to here unless `count=exact`."""


@lru_cache(maxsize=512)
def key_types(resource: Resource, sort: Order, lang: Lang) -> tuple[type, ...]:
    """The types of the keys of an order, the id's last: what a cursor for it holds."""
    return (*(python_type(key.by) for key in ordering.sort_keys(resource, sort, lang)), str)


def page_select(resource: Resource, shapes: Filters, sort: Order, lang: Lang, same: int | None) -> Select[Any]:
    """Of each item of a page its body, sources and what it is ordered by; behind a cursor a part of them, that which
    has so many of its keys.
    """
    found = passing(resource, shapes, by_relevance=ordering.by_relevance(sort))
    keys = ordering.sort_keys(resource, sort, lang)
    if same is not None:
        found.keep(ordering.behind_criterion(resource, keys, found.number, sort, same))
    for criterion in ordering.days_first(resource, shapes, keys):
        found.keep(criterion)
    directed = [(key.by, key.descending) for key in keys]
    limit: BindParameter[Any] = bindparam("limit")
    if ordering.is_served(resource, shapes, sort, lang):
        statement = with_body(found, lang, (*_sent(lang), *(key.by for key in keys)))
        return ordering.in_order(statement, directed, found.number, sort).limit(limit)
    # What has to be sorted is sorted without bodies.
    named = [key.by.label(f"by_{i}") for i, key in enumerate(keys)]
    page = ordering.in_order(found.select(resource.table.c.number, *named), directed, found.number, sort)
    return _with_bodies(page.limit(limit), keys, sort, lang)


def _with_bodies(page: Select[Any], keys: Sequence[SortKey], sort: Order, lang: Lang) -> Select[Any]:
    """The rows of a page, in order, with their bodies."""
    rows = page.subquery("page")
    by = [rows.c[f"by_{i}"] for i in range(len(keys))]
    statement = select(*_sent(lang), *by)
    statement = statement.select_from(rows.join(BODIES[lang], BODIES[lang].c.number == rows.c.number))
    directed = [(each, key.descending) for each, key in zip(by, keys, strict=True)]
    return ordering.in_order(statement, directed, rows.c.number, sort)


def all_select(resource: Resource, shapes: Filters, sort: Order, lang: Lang, limited: bool, lines: bool) -> Select[Any]:
    """Bodies of all items that pass, or of the first of them; if asked, their lines of CSV instead."""
    finished, sent = (CSV[lang], Encoded(CSV[lang].c.line)) if lines else (BODIES[lang], body(lang))
    keys = ordering.sort_keys(resource, sort, lang)
    number: Expression = finished.c.number
    if shapes or keys:
        found = passing(resource, shapes, by_relevance=ordering.by_relevance(sort))
        statement, number = _with(found, finished, (sent,)), found.number
    else:
        # The numbers of a collection follow each other, so that who reads all of it need not look where each stands.
        first, last = (select(end(resource.table.c.number)).scalar_subquery() for end in (func.min, func.max))
        statement = select(sent).where(number.between(first, last))
    statement = ordering.in_order(statement, [(key.by, key.descending) for key in keys], number, sort)
    return statement.limit(bindparam("limit")) if limited else statement


def numbers_select(resource: Resource, shapes: Filters, sort: Order, lang: Lang, limited: bool) -> Select[Any]:
    """The numbers of all items that pass, or of the first of them."""
    found = passing(resource, shapes, by_relevance=ordering.by_relevance(sort))
    if not limited:
        return found.select(found.number)
    directed = [(key.by, key.descending) for key in ordering.sort_keys(resource, sort, lang)]
    statement = ordering.in_order(found.select(found.number), directed, found.number, sort)
    return statement.limit(bindparam("limit"))


def with_body(found: Passing, lang: Lang, columns: Iterable[Expression]) -> Select[Any]:
    """Columns of the items that pass, their bodies among them."""
    return _with(found, BODIES[lang], columns)


def _with(found: Passing, finished: Table, columns: Iterable[Expression]) -> Select[Any]:
    """The same of a table that has one row for each item."""
    return found.select(*columns).join(finished, finished.c.number == found.number)


def sources(lang: Lang) -> Expression:
    """The ids of the sources of an item, with blanks between."""
    return BODIES[lang].c.sources


def _sent(lang: Lang) -> tuple[Expression, Expression]:
    """Body and sources, which stand side by side."""
    return body(lang), sources(lang)


def count_select(resource: Resource, shapes: Filters, bounded: bool) -> Select[Any]:
    """How many items pass; bounded, counting stops one above the bound."""
    passed = passing(resource, shapes).select(literal_column("1"))
    if bounded:
        first = ordering.counted_from(resource, shapes)
        passed = (passed if first is None else passed.order_by(first.desc())).limit(COUNT_BOUND + 1)
    return select(func.count()).select_from(passed.subquery())


def id_binds(ids: Sequence[str]) -> dict[str, str]:
    """Ids as they are bound where a statement is for so many items."""
    return {f"id_{index}": id_ for index, id_ in enumerate(padded(ids))}


def items_select(resource: Resource, lang: Lang) -> Select[Any]:
    """Id and body of items."""
    return with_body(Passing(resource, ()), lang, (BODIES[lang].c.id, body(lang)))


def item_select(resource: Resource, lang: Lang) -> Select[Any]:
    """The body of the item with the id bound as `id`."""
    return with_body(Passing(resource, ()), lang, (body(lang),)).where(resource.table.c.id == bindparam("id"))


def bodies_select(resource: Resource, lang: Lang, items: int) -> Select[Any]:
    """Id and body of so many items with bound ids."""
    ids: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    return items_select(resource, lang).where(resource.table.c.id.in_(ids))


def include_select(resource: Resource, include: str, target: Resource, lang: Lang, items: int) -> Select[Any]:
    """Id and body of the items of the target that an include finds from so many items, by id."""
    field = resource.fields[resource.includes.get(include, include)]
    ids: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    # The item's own table may be the target's.
    items_ = resource.table.alias("including")
    chosen = items_.c.id.in_(ids)
    match field:
        case Column(value=value):
            found = select(items_.c[str(value.key)]).where(chosen)
        case Link(owner=owner, value=value):
            found = select(value).where(owner.in_(select(items_.c.number).where(chosen)))
        case _:
            raise TypeError(f"{resource.name}: include={include} follows no reference")
    target_id = target.table.c.id
    return items_select(target, lang).where(target_id.in_(found)).order_by(target_id)


def include_targets(resource: Resource, include: str) -> tuple[ItemType, ...]:
    """The types of items that an include can find."""
    field = resource.includes.get(include, include)
    return next(p.refers_to for p in resource.parameters.values() if p.field == field and p.refers_to)


def body(lang: Lang) -> Expression:
    """The finished bodies, as they are sent."""
    return Encoded(BODIES[lang].c.body).label("body")
