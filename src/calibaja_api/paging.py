"""Pages: where one begins, how many items there are in all, and where the next one is."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Final, NamedTuple

from calibaja_api import cursors
from calibaja_api.cursors import Cursor, ForeignCursor, Key, Total
from calibaja_api.errors import InvalidParameters, parameter_error
from calibaja_api.negotiation import digest
from calibaja_api.query import COUNT_BOUND
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.questions import PagedQuery
from calibaja_api.shapes.vocabulary import Count, TotalRelation

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


class Pages:
    """The pages of the answers to one operation."""

    def __init__(self, public_url: str, name: str) -> None:
        self.name = name
        self.address = f"{public_url}/v1/{name}"

    def of(
        self, question: PagedQuery, key_types: tuple[type, ...], *, lang: bool = False, nullable: bool = True
    ) -> "Paging":
        """Those of the answer to a question, whose cursors hold keys of these types; bound to its language, if told."""
        asked = [pair for pair in question.pairs if pair[0] not in _UNBOUND]
        bound_to = digest(f"{self.name} {asked} {question.lang if lang else ''}")
        return Paging(self, question, bound_to, partial(cursors.decode, key_types=key_types, nullable=nullable))


class Paging:
    """The pages of the answer to one question, whatever it is answered from and wherever a page begins."""

    def __init__(self, pages: Pages, question: PagedQuery, bound_to: str, decode: Callable[[str, str], Cursor]) -> None:
        self._pages = pages
        self._question = question
        self._bound_to = bound_to
        self._decode = decode

    def cursor(self, text: str | None) -> Cursor | None:
        """Where a page begins; `InvalidParameters` for the cursor of another question."""
        if text is None:
            return None
        try:
            return self._decode(self._bound_to, text)
        except ForeignCursor:
            detail = "This cursor was made for another question; take page.next of an answer to this one."
            raise InvalidParameters([parameter_error("cursor", ErrorCode.FOREIGN_CURSOR, detail)]) from None

    @cached_property
    def _address(self) -> str:
        """That of a page but for its cursor."""
        asked = self._question.uncut_text
        return f"{self._pages.address}?{asked}{'&' if asked else ''}cursor="

    @property
    def counted_to(self) -> int | None:
        """So many items are counted, at most; all of them where it is None."""
        return COUNT_BOUND + 1 if self._question.count is Count.AUTO else None

    def total(self, version: str, cursor: Cursor | None, count: Callable[[], int]) -> Total:
        """How many items there are: what the cursor carries, or counted anew."""
        asked = self._question.count
        taken = cursor.total if cursor is not None else None
        if taken is not None and (taken.version, taken.asked) == (version, asked):
            return taken
        if asked is Count.NONE:
            return Total(None, None, version, asked)
        counted = count()
        if counted > COUNT_BOUND and asked is Count.AUTO:
            return Total(COUNT_BOUND, TotalRelation.GTE, version, asked)
        return Total(counted, TotalRelation.EQ, version, asked)

    def behind(self, keys: tuple[Key, ...], version: str) -> str:
        """The cursor of the page behind some keys; no total comes with it."""
        return cursors.encode(self._bound_to, Cursor(keys, Total(None, None, version, Count.NONE)))

    def page(self, keys: tuple[Key, ...] | None, total: Total, *, tied: bool = True) -> Turn:
        """A page; the next one begins behind the keys of its last item, which are None on the last page. It begins with
        what has the same keys but for the id, if `tied`.
        """
        if keys is None:
            return Turn(self._question.limit, None, None)
        cursor = cursors.encode(self._bound_to, Cursor(keys, total, tied))
        return Turn(self._question.limit, cursor, self._address + cursor)
