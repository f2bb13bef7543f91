"""What a list reads: the items of a page, and how many there are in all."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from calibaja_api import ordering, query
from calibaja_api.cursors import Cursor, Total
from calibaja_api.database import Ready
from calibaja_api.datasets import OpenDataset
from calibaja_api.filtering import Binds, Filters
from calibaja_api.ordering import Order
from calibaja_api.paging import Paging, Turn
from calibaja_api.resources import Resource
from calibaja_api.shapes.questions import ListQuery
from calibaja_api.totals import counting

_NOTHING: Final[Binds] = {}


class Listing:
    """What a question for a list reads of a dataset, wherever a page begins, and nothing of what it finds.

    Statements are made ready when they are asked for the first time, as not every page needs them all.
    """

    def __init__(
        self,
        resource: Resource,
        question: ListQuery[Any],
        sort: Order,
        paging: Paging,
        shapes: Filters,
        binds: Binds,
        dataset: OpenDataset,
    ) -> None:
        self.paging = paging
        self.shapes = shapes
        self.binds = binds
        self._resource = resource
        self._question = question
        self._sort = sort
        self._limit = question.limit + 1
        self._keys = ordering.sort_keys(resource, sort, question.lang)
        self._dataset = dataset
        self._parts: dict[int, Ready] = {}

    def rows(self, cursor: Cursor | None) -> list[Any]:
        """The items of the page and the one behind it: of each its body, sources and what it is ordered by."""
        if cursor is None:
            return self._first(_NOTHING)
        binds, limit = ordering.after_binds(self._keys, cursor.keys), self._limit
        # What was tied with nothing may be in another dataset.
        tied = cursor.tied or cursor.total.version != self._dataset.version
        rows: list[Any] = []
        for same in range(len(self._keys) - (not tied), -1, -1):
            rows += self._behind(same)({**binds, "limit": limit - len(rows)})
            if len(rows) == limit:
                break
        return rows

    @cached_property
    def _first(self) -> Ready:
        return self._page(None)

    def _behind(self, same: int) -> Ready:
        """The part of what is behind a cursor that has so many of its keys."""
        if same not in self._parts:
            self._parts[same] = self._page(same)
        return self._parts[same]

    def _page(self, same: int | None) -> Ready:
        shape = (self._resource, self.shapes, self._sort, self._question.lang, same)
        return self._dataset.ready(query.page_select, shape, {**self.binds, "limit": self._limit})

    @cached_property
    def made_from(self) -> bytes:
        """The members of `meta` that tell what the answer was made from."""
        return self._dataset.made_from[self._question.lang]

    @cached_property
    def attributions(self) -> Mapping[str, bytes]:
        """How each source is named beside what is taken from it."""
        return self._dataset.attributions[self._question.lang]

    @cached_property
    def count(self) -> Callable[[], int]:
        """Counts the items, as far as that is asked for."""
        bounded = self.paging.counted_to is not None
        return counting(self._resource, self.shapes, self.binds, self._dataset, bounded=bounded)

    def page(self, rows: Sequence[Any], total: Total) -> Turn:
        """The page of these rows: the next one begins with that behind its last item, if there is one."""
        if len(rows) < self._limit:
            return self.paging.page(None, total)
        last, behind = rows[-2:]
        return self.paging.page(ordering.place(self._keys, last), total, tied=ordering.are_tied(last, behind))
