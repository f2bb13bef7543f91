"""The rows of a page, read from where it begins."""

from collections.abc import Sequence
from typing import Any

from calibaja_api import ordering, query
from calibaja_api.cursors import Key
from calibaja_api.datasets import OpenDataset
from calibaja_api.filtering import Binds, Filters
from calibaja_api.ordering import Behind, Order
from calibaja_api.resources import Resource
from calibaja_api.shapes.vocabulary import Lang


def page_rows(
    resource: Resource,
    shapes: Filters,
    binds: Binds,
    sort: Order,
    lang: Lang,
    dataset: OpenDataset,
    keys: Sequence[Key] | None,
    limit: int,
) -> list[Any]:
    """The first items, or the first behind the keys of a cursor: of each its id, body, sources and sort keys."""
    if keys is None:
        return dataset.rows(query.page_select, (resource, shapes, sort, lang, None), {**binds, "limit": limit})
    binds = {**binds, **ordering.after_binds(resource, sort, lang, keys)}
    rows: list[Any] = []
    for behind in Behind if len(keys) > 1 else (Behind.TIED,):
        if len(rows) < limit:
            left = {**binds, "limit": limit - len(rows)}
            rows += dataset.rows(query.page_select, (resource, shapes, sort, lang, behind), left)
    return rows
