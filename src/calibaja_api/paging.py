"""Pages: where one begins, how many items there are in all, and where the next one is."""

from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

from calibaja_api import cursors
from calibaja_api.cursors import Cursor, ForeignCursor, Key, Total
from calibaja_api.errors import InvalidParameters, parameter_error
from calibaja_api.negotiation import digest
from calibaja_api.parsing import Parser
from calibaja_api.query import COUNT_BOUND
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.questions import PagedQuery
from calibaja_api.shapes.vocabulary import Count, TotalRelation

Q = TypeVar("Q", bound=PagedQuery)

# What a cursor is not bound to: it does not change which items there are, nor their order.
_UNBOUND: Final = frozenset(
    {"limit", "cursor", "count", "include", "facets", "facet_limit", "lang", "format", "dataset_version"}
)


class Turn(NamedTuple):
    """Where a page stands in the whole result: a `Page` as it is made for each answer."""

    limit: int
    next_cursor: str | None
    next: str | None

    def as_json(self) -> bytes:
        """It as `page` of an answer."""
        # Cursors and addresses are of letters that JSON does not escape.
        if self.next is None:
            return b'{"limit":%d,"next_cursor":null,"next":null}' % self.limit
        return f'{{"limit":{self.limit},"next_cursor":"{self.next_cursor}","next":"{self.next}"}}'.encode()


class Pages(Generic[Q]):
    """The pages of the answers to one operation."""

    def __init__(self, parser: Parser[Q], public_url: str, name: str) -> None:
        self.parser = parser
        self.name = name
        self.address = f"{public_url}/v1/{name}"

    def bound_to(self, question: Q, *, lang: bool) -> str:
        """A digest of what a cursor is bound to; the language is of it where names order."""
        asked = [pair for pair in question.pairs if pair[0] not in _UNBOUND]
        return digest(f"{self.name} {asked} {question.lang if lang else ''}")

    def cursor(
        self, question: Q, bound_to: str, key_types: tuple[type, ...], *, nullable: bool = True
    ) -> Cursor | None:
        """Where the page begins; `InvalidParameters` for the cursor of another question."""
        if question.cursor is None:
            return None
        try:
            return cursors.decode(bound_to, question.cursor, key_types, nullable=nullable)
        except ForeignCursor:
            detail = "This cursor was made for another question; take page.next of an answer to this one."
            raise InvalidParameters([parameter_error("cursor", ErrorCode.FOREIGN_CURSOR, detail)]) from None

    def total(self, question: Q, version: str, cursor: Cursor | None, count: Callable[[bool], int]) -> Total:
        """How many items there are: what the cursor carries, or counted anew. `count` is told whether it is bounded."""
        taken = cursor.total if cursor is not None else None
        if taken is not None and (taken.version, taken.count) == (version, question.count):
            return taken
        if question.count is Count.NONE:
            return Total(None, None, version, question.count)
        bounded = question.count is Count.AUTO
        counted = count(bounded)
        if bounded and counted > COUNT_BOUND:
            return Total(COUNT_BOUND, TotalRelation.GTE, version, question.count)
        return Total(counted, TotalRelation.EQ, version, question.count)

    def page(self, question: Q, bound_to: str, keys: tuple[Key, ...] | None, total: Total) -> Turn:
        """This page; the next one begins behind the keys of its last item, which are None on the last page."""
        if keys is None:
            return Turn(question.limit, None, None)
        cursor = cursors.encode(bound_to, Cursor(keys, total))
        asked = self.parser.canonical(question, without="cursor")
        return Turn(question.limit, cursor, f"{self.address}?{asked}{'&' if asked else ''}cursor={cursor}")
