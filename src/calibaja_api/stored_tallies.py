"""What publishing counted, as it is read: of all items, and of those with one value of one field."""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeVar, cast

from sqlalchemy import Select, bindparam, select

from calibaja_api.datasets import OpenDataset
from calibaja_api.filtering import Binds, FilterShape
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.resources.tables import SUMMARY
from calibaja_api.tallies import Tally, Years, summarized

C = TypeVar("C", Tally, Years)


class Value(NamedTuple):
    """What items have in a field."""

    field: str
    value: str


ALL: Final = Value("", "")
"""What all items have."""
_KEYS: Final = [column.name for column in SUMMARY.primary_key]


def values_asked(resource: Resource, shapes: Iterable[FilterShape], binds: Binds) -> list[Value] | None:
    """What filters ask for: of each field one value; None where they ask for anything else."""
    counted, parameters = summarized(resource), resource.parameters
    asked = []
    for shape in shapes:
        parameter = parameters[shape.name]
        if parameter.operator is not Operator.EQ or shape.values != 1 or parameter.field not in counted:
            return None
        asked.append(Value(parameter.field, str(binds[f"{shape.name}_0"])))
    return asked


def tally_of(resource: Resource, having: Value, facet: str, dataset: OpenDataset) -> Tally:
    """A facet of the items that have a value; under no name how many they are."""
    return _stored(resource, having, facet, dataset, Tally)


def years_of(resource: Resource, having: Value, name: str, dataset: OpenDataset) -> Years:
    """The years in which the items that have a value begin, or end, by the name that `years_counted` gives."""
    return _stored(resource, having, name, dataset, Years)


def _stored(resource: Resource, having: Value, name: str, dataset: OpenDataset, kind: type[C]) -> C:
    """What is stored under a name; nothing has a value that nothing is stored for."""
    asked = (resource.name, *having, name)
    known: C | None = dataset.summaries.get(asked)
    if known is not None:
        return known
    found = dataset.rows(_summary_select, (), dict(zip(_KEYS, asked, strict=True)))
    if not found:
        return kind([], 0, 0)
    [(buckets, total, missing)] = found
    return cast("C", dataset.summaries.put(asked, kind(json.loads(buckets), total, missing)))


def _summary_select() -> Select[Any]:
    keys = [key == bindparam(key.name) for key in SUMMARY.primary_key]
    return select(SUMMARY.c.buckets, SUMMARY.c.total, SUMMARY.c.missing).where(*keys)
