"""What became of the items from one dataset version to another: both are read side by side, in one order."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, literal_column, select, tuple_

from calibaja_api import query
from calibaja_api.database import Reader, one_by_one
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import VersionGone, parameter_error
from calibaja_api.paging import Pages
from calibaja_api.resources import RESOURCE_OF
from calibaja_api.resources.tables import DIGEST
from calibaja_api.respond import Content, as_json, by_collection, envelope
from calibaja_api.shapes.changes import ChangedItem, ChangesMeta, ChangesQuery
from calibaja_api.shapes.parts import Ref
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.vocabulary import Change, ItemType, Lang
from calibaja_api.stamps import OtherSchema

_KEYS = (DIGEST.c.type, DIGEST.c.id)
_KEY_TYPES = (str, str)

Digest = tuple[str, str, str]
"""Type, id and digest of an item."""


class Difference(NamedTuple):
    """An item that is not the same in two versions."""

    change: Change
    type: ItemType
    id: str


class ChangesResponder:
    """Answers `/v1/changes`."""

    def __init__(self, public_url: str) -> None:
        self.pages = Pages(public_url, "changes")

    def answer(self, question: ChangesQuery, dataset: OpenDataset) -> Content:
        """A page of differences; `VersionGone` when the version to compare with is not kept."""
        paging = self.pages.of(question, _KEY_TYPES, nullable=False)
        cursor = paging.cursor(question.cursor)
        types = tuple(sorted(set(question.type or ItemType)))
        if question.since not in dataset.kept():
            raise _gone(question.since, dataset, "is not kept")
        try:
            with dataset.opened(question.since) as before, dataset.opened(dataset.version) as after:

                def count() -> int:
                    return len(_first(differences(before, after, types), paging.counted_to))

                behind = None if cursor is None else cursor.keys
                rows = _first(differences(before, after, types, behind), question.limit + 1)
                total = paging.total(dataset.version, cursor, count)
                shown = rows[: question.limit]
                now = _bodies(after, [row for row in shown if row.change is not Change.REMOVED], question.lang)
                then = _bodies(before, [row for row in shown if row.change is Change.REMOVED], question.lang)
        except OtherSchema as error:
            raise _gone(question.since, dataset, "was published by another release of the service") from error
        keys = (shown[-1].type, shown[-1].id) if len(rows) > len(shown) else None
        page = paging.page(keys, total)
        meta = ChangesMeta(
            total=total.total,
            total_relation=total.relation,
            dataset_version=dataset.version,
            lang=question.lang,
            since=question.since,
        )
        data = ",".join(_changed(row, then if row.change is Change.REMOVED else now) for row in shown)
        members = {
            "data": f"[{data}]".encode(),
            "included": by_collection(now) if question.include else None,
            "page": page.as_json(),
            "meta": as_json(meta),
        }
        return Content(envelope(members), page.next)

    def cursor_behind(self, id_: str, dataset: OpenDataset) -> str:
        """A cursor of the changes since a dataset, behind an id; no total comes with it."""
        question = ChangesQuery(since=dataset.version)
        keys = (str(ItemType.AGREEMENT), id_)
        return self.pages.of(question, _KEY_TYPES).behind(keys, dataset.version)


def _gone(since: str, dataset: OpenDataset, why: str) -> VersionGone:
    detail = f"Version {since} {why}, so nothing can be compared with it; take the whole dataset again."
    return VersionGone(detail, [parameter_error("since", ErrorCode.UNKNOWN_VALUE, detail, allowed=dataset.kept())])


def differences(
    before: Reader, after: Reader, types: tuple[ItemType, ...], behind: tuple[Any, ...] | None = None
) -> Generator[Difference, None, None]:
    """The items that differ, by type and id; behind a type and an id, if given."""
    shape = (types, behind is not None)
    binds = {f"after_{index}": key for index, key in enumerate(behind or ())}
    with (
        closing(one_by_one(before.batches(_digests_select, shape, binds))) as old,
        closing(one_by_one(after.batches(_digests_select, shape, binds))) as new,
    ):
        yield from _merged(old, new)


def _first(found: Generator[Difference, None, None], number: int | None) -> list[Difference]:
    """So many of them, or all; the reading of the rest ends."""
    with closing(found):
        return list(islice(found, number))


def _merged(old: Iterator[Digest], new: Iterator[Digest]) -> Iterator[Difference]:
    was, is_ = next(old, None), next(new, None)
    while was is not None or is_ is not None:
        if is_ is None or (was is not None and was[:2] < is_[:2]):
            assert was is not None
            yield Difference(Change.REMOVED, ItemType(was[0]), was[1])
            was = next(old, None)
        elif was is None or is_[:2] < was[:2]:
            yield Difference(Change.ADDED, ItemType(is_[0]), is_[1])
            is_ = next(new, None)
        else:
            if was[2] != is_[2]:
                yield Difference(Change.CHANGED, ItemType(is_[0]), is_[1])
            was, is_ = next(old, None), next(new, None)


def _digests_select(types: tuple[ItemType, ...], behind: bool) -> Select[Any]:
    statement = select(DIGEST)
    if len(types) < len(ItemType):
        statement = statement.where(DIGEST.c.type.in_([literal_column(f"'{type_}'") for type_ in types]))
    if behind:
        statement = statement.where(tuple_(*_KEYS) > tuple_(bindparam("after_0"), bindparam("after_1")))
    return statement.order_by(*_KEYS)


def _bodies(reader: Reader, rows: list[Difference], lang: Lang) -> dict[ItemType, dict[str, bytes]]:
    """The items of some differences as JSON, by type and id."""
    found: dict[ItemType, dict[str, bytes]] = {}
    for type_, of_type in groupby(rows, key=lambda row: row.type):
        binds = query.id_binds([row.id for row in of_type])
        found[type_] = dict(reader.rows(query.bodies_select, (RESOURCE_OF[type_], lang, len(binds)), binds))
    return found


def _changed(row: Difference, bodies: Mapping[ItemType, Mapping[str, bytes]]) -> str:
    item = json.loads(bodies[row.type][row.id])
    ref = Ref(type=row.type, id=row.id, name=item["claim" if row.type is ItemType.FACT else "name"])
    return ChangedItem(change=row.change, item=ref).model_dump_json()
