"""From rows to the bytes of an answer: finished bodies joined into the envelope."""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from calibaja_api import filtering, ordering, query
from calibaja_api.cursors import Cursor
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import NotFound, Withdrawn, parameter_error
from calibaja_api.exports import chunks, file_name
from calibaja_api.facets import facet
from calibaja_api.listing import Listing
from calibaja_api.lookups import resolve
from calibaja_api.paging import Pages, Paging
from calibaja_api.parsing import Parser
from calibaja_api.resources import RESOURCE_OF, Resource
from calibaja_api.resources.bodies import id_of
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.questions import ItemQuery, ListQuery, Question
from calibaja_api.shapes.vocabulary import Format, ItemType, Lang
from calibaja_api.text import nearest

SHORT_TEXT: Final = 1_000
"""Characters of a question whose listing is remembered."""
SHORT_BYTES: Final = 1 << 18
"""An export that has more is made while it is sent, in a thread."""


class Content(NamedTuple):
    """The body of an answer, the address of the page after it, its language where that is not the asked one, and what a
    file of it is called where it is one to keep.
    """

    body: bytes
    next: str | None = None
    lang: Lang | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """The body of an answer in pieces, and what a file of it is called."""

    make: Callable[[], Generator[bytes, None, None]]
    file_name: str
    size: int | None = None
    """How many bytes it has, where that is known."""

    def short(self) -> Content | None:
        """All of it where it is no longer than other answers."""
        pieces: list[bytes] = []
        with closing(self.make()) as made:
            for piece in made:
                pieces.append(piece)
                if sum(map(len, pieces)) > SHORT_BYTES:
                    return None
        return Content(b"".join(pieces), file_name=self.file_name)


class Moved(Exception):
    """The item has another id now."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class ListResponder:
    """Answers questions for the items of one collection."""

    def __init__(self, resource: Resource, public_url: str) -> None:
        self.resource = resource
        self.name = resource.name
        self.parser: Parser[ListQuery[Any]] = Parser(resource.question)
        self.pages = Pages(public_url, self.name)
        self._cites = "source" in resource.fields

    def answer(self, question: ListQuery[Any], dataset: OpenDataset) -> Content:
        """A page of items; refuses a foreign cursor, then ids and words that are not in the dataset."""
        listing, cursor = self._listing(question, dataset)
        paging = listing.paging
        rows = listing.rows(cursor)
        shown = rows[: question.limit]
        more = len(rows) > len(shown)
        bodies, cited, *_ = zip(*shown, strict=True) if shown else ((), ())

        def count() -> int:
            return listing.count() if more or cursor else len(rows)

        total = paging.total(dataset.version, cursor, count)
        page = listing.page(rows, total)
        asked = question.__dict__
        body = [b'{"data":[', b",".join(bodies)]
        if asked.get("include") is None:
            body.append(b"]")
        else:
            body += (b'],"included":', included(self.resource, question, [*map(id_of, bodies)], dataset))
        if asked.get("facets") is not None:
            body += (b',"facets":', self._facets(question, listing.shapes, listing.binds, dataset))
        body += (b',"page":', page.as_json(), b',"meta":{', total.as_json(), b",", listing.made_from)
        if self._cites:
            body += (b',"attributions":', attributions(cited, listing.attributions))
        body.append(b"}}")
        return Content(b"".join(body), page.next)

    def _listing(self, question: ListQuery[Any], dataset: OpenDataset) -> tuple[Listing, Cursor | None]:
        """What is read for a question, and where the page begins; refuses a foreign cursor, then ids and words that are
        not in the dataset.
        """
        asked = (self.name, question.uncut_text)
        known: Listing | None = dataset.listings.get(asked)
        if known is not None:
            return known, known.paging.cursor(question.cursor)
        sort = ordering.order(question)
        paging = self._paging(question, sort)
        cursor = paging.cursor(question.cursor)
        listing = Listing(self.resource, question, sort, paging, *self._filters(question, dataset), dataset)
        return dataset.listings.put(asked, listing) if len(question.uncut_text) <= SHORT_TEXT else listing, cursor

    def _paging(self, question: ListQuery[Any], sort: ordering.Order) -> Paging:
        key_types = query.key_types(self.resource, sort, question.lang)
        return self.pages.of(question, key_types, lang=bool({"name", "-name"} & set(sort)))

    def export(self, question: ListQuery[Any], format_: Format, dataset: OpenDataset) -> Export:
        """The whole result in another format, made while it is sent."""
        shapes, binds = self._filters(question, dataset)
        make = partial(chunks, self.resource, question, format_, shapes, binds, dataset)
        return Export(make, file_name(self.resource, format_, dataset.version))

    def cursor_behind(self, id_: str, dataset: OpenDataset) -> str:
        """A cursor of the whole list in its default order, behind an id; no total comes with it."""
        question = self.parser.parse(b"")
        return self._paging(question, ordering.order(question)).behind((id_,), dataset.version)

    def _filters(self, question: ListQuery[Any], dataset: OpenDataset) -> tuple[filtering.Filters, filtering.Binds]:
        resolved = resolve(self.resource, self.parser.parameters, question, dataset)
        return filtering.filters(self.parser.parameters, question, resolved)

    def _facets(
        self, question: ListQuery[Any], shapes: filtering.Filters, binds: filtering.Binds, dataset: OpenDataset
    ) -> bytes:
        asked = question.__dict__["facets"]
        found = {
            name: facet(self.resource, name, shapes, binds, dataset, question.lang, question.facet_limit)
            # In declared order, as one question has one answer however it is put.
            for name in self.resource.facet_values
            if name in asked
        }
        return envelope(found)


class ItemResponder:
    """Answers questions for one item of a collection."""

    def __init__(self, resource: Resource, public_url: str) -> None:
        self.resource = resource
        self.name = resource.name
        self.parser: Parser[ItemQuery] = Parser(resource.item_question)
        self.address = f"{public_url}/v1/{resource.name}"

    def answer(self, id_: str, question: ItemQuery, dataset: OpenDataset) -> Content:
        """One item; refuses an id that was withdrawn or names nothing, and leads from a former id to the new one."""
        resource, lang = self.resource, question.lang
        named = (self.name, id_)
        if named in dataset.renamed:
            asked = question.text
            raise Moved(f"{self.address}/{dataset.renamed[named]}{'?' if asked else ''}{asked}")
        if named in dataset.withdrawn:
            raise Withdrawn(f"{self.name}/{id_} was withdrawn.")
        rows = dataset.rows(query.item_select, (resource, lang), {"id": id_})
        if not rows:
            raise self._unknown(id_, dataset)
        meta = dataset.made_from[lang]
        if question.__dict__.get("include") is None:
            return Content(b"".join((b'{"data":', rows[0][0], b',"meta":{', meta, b"}}")))
        beside = included(resource, question, [id_], dataset)
        return Content(b"".join((b'{"data":', rows[0][0], b',"included":', beside, b',"meta":{', meta, b"}}")))

    def _unknown(self, id_: str, dataset: OpenDataset) -> NotFound:
        detail = f"There is no {self.resource.item_type} with the id {id_[:100]!r}."
        near = nearest(id_, dataset.known([self.resource.item_type]))
        error = parameter_error("id", ErrorCode.UNKNOWN_ID, detail, near)
        return NotFound(error.detail, [error])


def included(resource: Resource, question: Question, ids: Sequence[str], dataset: OpenDataset) -> bytes:
    """The `included` of an answer to a question that asks for it."""
    asked = question.__dict__["include"]
    found: dict[ItemType, dict[str, bytes]] = {}
    binds = query.id_binds(ids)
    for include in dict.fromkeys(asked):
        for type_ in query.include_targets(resource, include):
            target = RESOURCE_OF[type_]
            bodies = found.setdefault(type_, {})
            if binds:
                shape = (resource, include, target, question.lang, len(binds))
                bodies.update(dataset.rows(query.include_select, shape, binds))
    return by_collection(found)


def by_collection(found: Mapping[ItemType, Mapping[str, bytes]]) -> bytes:
    """The bodies of items, by type and id, as `included` has them: by collection, in order."""
    return envelope(
        {RESOURCE_OF[type_].name: envelope(dict(sorted(found[type_].items()))) for type_ in ItemType if type_ in found}
    )


def attributions(cited: Iterable[str], named: Mapping[str, bytes]) -> bytes:
    """The sources that items cite, each once, as `meta` has them; of each item its sources with blanks between."""
    several = {*cited}
    try:
        # Most items cite one source each.
        told = [named[source] for source in sorted(several)]
    except KeyError:
        told = [named[source] for source in sorted({*" ".join(several).split()})]
    return b"".join((b"[", b",".join(told), b"]"))


def envelope(members: Mapping[str, bytes | tuple[bytes, ...] | None]) -> bytes:
    """A JSON object of members that are JSON already, whole or in pieces; those that are None are not there."""
    parts: list[bytes] = []
    for name, value in members.items():
        if value is not None:
            parts += (b"," if parts else b"{", quoted(name), b":", *(value if isinstance(value, tuple) else (value,)))
    parts.append(b"}" if parts else b"{}")
    return b"".join(parts)


@lru_cache(maxsize=4_096)
def quoted(text: str) -> bytes:
    """A text as a JSON string."""
    return json.dumps(text).encode()


def as_json(part: BaseModel) -> bytes:
    """A part of an answer as its bytes."""
    # What was not asked for is None and left out; what is null because nothing is known is always set.
    return part.model_dump_json(exclude_unset=True).encode()
