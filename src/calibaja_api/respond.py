"""From rows to the bytes of an answer: finished bodies joined into the envelope."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calibaja_api import cursors, query
from calibaja_api.cursors import Cursor, ForeignCursor, Total
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import InvalidParameters, NotFound, Withdrawn, parameter_error
from calibaja_api.facets import facet
from calibaja_api.lookups import resolve
from calibaja_api.negotiation import digest
from calibaja_api.parsing import Parser
from calibaja_api.resources import RESOURCE_OF, Resource
from calibaja_api.shapes.answers import ItemMeta, ListMeta, Page
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.questions import ItemQuery, ListQuery, Question
from calibaja_api.shapes.vocabulary import Count, ItemType, Lang, TotalRelation
from calibaja_api.text import nearest

_PAGING = frozenset(
    {"limit", "cursor", "count", "include", "facets", "facet_limit", "lang", "format", "dataset_version"}
)


@dataclass(frozen=True, slots=True)
class Content:
    """The body of an answer, the address of the page after it, and its language where that is not the asked one."""

    body: bytes
    next: str | None = None
    lang: Lang | None = None


class Moved(Exception):
    """The item has another id now."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class ListResponder:
    """Answers questions for the items of one collection."""

    def __init__(self, resource: Resource, public_url: str) -> None:
        self.resource = resource
        self.parser: Parser[ListQuery[Any]] = Parser(resource.question)
        self.address = f"{public_url}/v1/{resource.name}"

    def answer(self, question: ListQuery[Any], dataset: OpenDataset) -> Content:
        """A page of items; refuses a foreign cursor, then ids and words that are not in the dataset."""
        resource, lang = self.resource, question.lang
        sort = query.order(question)
        bound_to = self._bound_to(question, sort)
        cursor = self._cursor(question, bound_to, sort)
        shapes, binds = query.filters(
            self.parser.parameters, question, resolve(resource, self.parser.parameters, question, dataset)
        )
        keys = None if cursor is None else cursor.keys
        after = None if keys is None else tuple(key is not None for key in keys)
        page_binds = {**binds, **query.after_binds(keys or ()), "limit": question.limit + 1}
        rows = dataset.rows(query.page_select, (resource, shapes, sort, lang, after), page_binds)
        total = self._total(question, dataset, cursor, shapes, binds)
        more = len(rows) > question.limit
        rows = rows[: question.limit]
        next_cursor = None
        if more:
            last = rows[-1]
            next_cursor = cursors.encode(bound_to, Cursor((*last[2:], last[0]), total))
        next_address = None if next_cursor is None else self._next(question, next_cursor)
        included = included_bytes(resource, question, [row[0] for row in rows], dataset)
        facets = self._facets(question, shapes, binds, dataset)
        page = Page(limit=question.limit, next_cursor=next_cursor, next=next_address)
        meta = ListMeta(total=total.total, total_relation=total.relation, dataset_version=dataset.version, lang=lang)
        data = f"[{','.join([row[1] for row in rows])}]".encode()
        body = envelope(
            {"data": data, "included": included, "facets": facets, "page": _json(page), "meta": _json(meta)}
        )
        return Content(body, next_address)

    def cursor_behind(self, id_: str, dataset: OpenDataset) -> str:
        """A cursor of the whole list in its default order, behind an id; no total comes with it."""
        question = self.parser.parse(b"")
        bound_to = self._bound_to(question, query.order(question))
        return cursors.encode(bound_to, Cursor((id_,), Total(None, None, dataset.version, Count.NONE)))

    def _bound_to(self, question: ListQuery[Any], sort: query.Order) -> str:
        """A digest of what a cursor is bound to: collection, filters, order, and the language that orders names."""
        lang = question.lang if {"name", "-name"} & set(sort) else ""
        asked = [pair for pair in self.parser.pairs(question) if pair[0] not in _PAGING]
        return digest(f"{self.resource.name} {asked} {lang}")

    def _cursor(self, question: ListQuery[Any], bound_to: str, sort: query.Order) -> Cursor | None:
        if question.cursor is None:
            return None
        try:
            types = query.key_types(self.resource, sort, question.lang)
            return cursors.decode(bound_to, question.cursor, types)
        except ForeignCursor:
            detail = "This cursor was made for another question; take page.next of an answer to this one."
            raise InvalidParameters([parameter_error("cursor", ErrorCode.FOREIGN_CURSOR, detail)]) from None

    def _total(
        self,
        question: ListQuery[Any],
        dataset: OpenDataset,
        cursor: Cursor | None,
        shapes: query.Filters,
        binds: Mapping[str, Any],
    ) -> Total:
        taken = cursor.total if cursor is not None else None
        if taken is not None and (taken.version, taken.count) == (dataset.version, question.count):
            return taken
        if question.count is Count.NONE:
            return Total(None, None, dataset.version, question.count)
        bounded = question.count is Count.AUTO
        [(count,)] = dataset.rows(_count_select, (self.resource, shapes, bounded), binds)
        if bounded and count > query.COUNT_BOUND:
            return Total(query.COUNT_BOUND, TotalRelation.GTE, dataset.version, question.count)
        return Total(count, TotalRelation.EQ, dataset.version, question.count)

    def _facets(
        self, question: ListQuery[Any], shapes: query.Filters, binds: query.Binds, dataset: OpenDataset
    ) -> bytes | None:
        asked = getattr(question, "facets", None)
        if asked is None:
            return None
        found = {
            name: facet(self.resource, name, shapes, binds, dataset, question.lang, question.facet_limit)
            for name in dict.fromkeys(asked)
        }
        return envelope({name: _json(each) for name, each in found.items()})

    def _next(self, question: ListQuery[Any], cursor: str) -> str:
        asked = self.parser.canonical(question, without="cursor")
        return f"{self.address}?{asked}{'&' if asked else ''}cursor={cursor}"


class ItemResponder:
    """Answers questions for one item of a collection."""

    def __init__(self, resource: Resource, public_url: str) -> None:
        self.resource = resource
        self.parser: Parser[ItemQuery] = Parser(resource.item_question)
        self.address = f"{public_url}/v1/{resource.name}"

    def answer(self, id_: str, question: ItemQuery, dataset: OpenDataset) -> Content:
        """One item; refuses an id that was withdrawn or names nothing, and leads from a former id to the new one."""
        resource, lang = self.resource, question.lang
        new_id = dataset.renamed.get((resource.name, id_))
        if new_id is not None:
            asked = self.parser.canonical(question)
            raise Moved(f"{self.address}/{new_id}{'?' if asked else ''}{asked}")
        if (resource.name, id_) in dataset.withdrawn:
            raise Withdrawn(f"{resource.name}/{id_} was withdrawn.")
        rows = dataset.rows(query.item_select, (resource, lang), {"id": id_})
        if not rows:
            raise self._unknown(id_, dataset)
        included = included_bytes(resource, question, [id_], dataset)
        meta = ItemMeta(dataset_version=dataset.version, lang=lang)
        return Content(envelope({"data": rows[0][0].encode(), "included": included, "meta": _json(meta)}))

    def _unknown(self, id_: str, dataset: OpenDataset) -> NotFound:
        detail = f"There is no {self.resource.item_type} with the id {id_[:100]!r}."
        near = nearest(id_, dataset.known([self.resource.item_type]))
        error = parameter_error("id", ErrorCode.UNKNOWN_ID, detail, near)
        return NotFound(error.detail, [error])


def _count_select(resource: Resource, shapes: query.Filters, bounded: bool) -> Any:
    return query.count_select(resource, shapes, bounded=bounded)


def included_bytes(resource: Resource, question: Question, ids: Sequence[str], dataset: OpenDataset) -> bytes | None:
    """The `included` of an answer; None when nothing was asked to be."""
    asked = getattr(question, "include", None)
    if asked is None:
        return None
    found: dict[ItemType, dict[str, str]] = {}
    padded = query.padded(ids)
    binds = {f"id_{index}": id_ for index, id_ in enumerate(padded)}
    for include in dict.fromkeys(asked):
        for type_ in query.include_targets(resource, include):
            target = RESOURCE_OF[type_]
            bodies = found.setdefault(type_, {})
            if padded:
                shape = (resource, include, target, question.lang, len(padded))
                bodies.update(dataset.rows(query.include_select, shape, binds))
    collections = {
        RESOURCE_OF[type_].name: envelope({id_: body.encode() for id_, body in sorted(found[type_].items())})
        for type_ in ItemType
        if type_ in found
    }
    return envelope(collections)


def envelope(members: Mapping[str, bytes | None]) -> bytes:
    """A JSON object of members that are JSON already; those that are None are not there."""
    pairs: Iterable[bytes] = (
        b"%s:%s" % (json.dumps(name).encode(), value) for name, value in members.items() if value is not None
    )
    return b"{%s}" % b",".join(pairs)


def _json(part: Any) -> bytes:
    encoded: bytes = part.model_dump_json().encode()
    return encoded
