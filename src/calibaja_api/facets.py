"""Facets: how many of the items that pass have each value of a field.

A facet ignores the filters on its own field, so that it shows what else could be chosen there. Times are counted in
Python, as one span of days lies in many years: the database only groups equal spans.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, func, literal_column, select

from calibaja_api import filtering, query
from calibaja_api.datasets import OpenDataset
from calibaja_api.dates import year_of, year_text
from calibaja_api.fields import Column, Expression, Link, Period, column
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.resources.resource import facet_of
from calibaja_api.resources.searching import DOCUMENT
from calibaja_api.shapes.answers import Bucket, Facet
from calibaja_api.shapes.vocabulary import ItemType, Lang, Precision
from calibaja_api.wording import decade_label, term_label

_YEARS: Final = {Precision.DECADE: 10, Precision.YEAR: 1}


def facet(
    resource: Resource,
    name: str,
    shapes: filtering.Filters,
    binds: filtering.Binds,
    dataset: OpenDataset,
    lang: Lang,
    limit: int,
) -> Facet:
    """One facet of the items that pass the filters."""
    field, precision = facet_of(name)
    shapes = tuple(shape for shape in shapes if not _is_own(resource, shape.name, field, precision))
    if precision is not None:
        return _facet_of_time(dataset.rows(_spans_select, (resource, shapes, field), binds), precision, lang, limit)
    found = dataset.rows(_values_select, (resource, shapes, field), {**binds, "limit": limit})
    [(missing,)] = dataset.rows(_missing_select, (resource, shapes, field), binds)
    labels = _labels(resource, field, [value for value, *_ in found], dataset, lang)
    buckets = [Bucket(value=value, label=labels.get(value, value), count=count) for value, count, _ in found]
    total = found[0][2] if found else 0
    return Facet(buckets=buckets, missing=missing, other=total - sum(bucket.count for bucket in buckets))


def _is_own(resource: Resource, filter_name: str, field: str, precision: Precision | None) -> bool:
    parameter = resource.parameters[filter_name]
    return parameter.field == field and (precision is None or parameter.operator is Operator.DURING)


def _values_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The values that most items have: value, count, and the sum of all counts."""
    match resource.fields[name]:
        case Column(value=value):
            count: Expression = func.count()
            statement = filtering.filtered(resource, shapes, (value, count, func.sum(count).over()))
        case Link(owner=owner, value=value) as link:
            count = func.count(owner.distinct())
            statement = filtering.pairs(link, (value, count, func.sum(count).over()))
            statement = statement.where(owner.in_(filtering.kept_ids(resource, shapes)))
        case other:
            raise TypeError(f"{resource.name}: {other} has no values to count")
    return statement.where(value.is_not(None)).group_by(value).order_by(count.desc(), value).limit(bindparam("limit"))


def _missing_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """How many items have no value."""
    statement = filtering.filtered(resource, shapes, (func.count(),))
    match resource.fields[name]:
        case Column(value=value):
            return statement.where(value.is_(None))
        case Link(owner=owner, value=value) as link:
            having = filtering.pairs(link, (owner,)).where(value.is_not(None))
            return statement.where(column(resource.row.id).not_in(having))
        case other:
            raise TypeError(f"{resource.name}: {other} has no values to count")


def _spans_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The different spans of days, and how many items have each."""
    period = resource.fields[name]
    assert isinstance(period, Period)
    spans = (period.earliest, period.latest)
    return filtering.filtered(resource, shapes, (*spans, func.count())).group_by(*spans)


def _labels(resource: Resource, field: str, values: Sequence[str], dataset: OpenDataset, lang: Lang) -> dict[str, str]:
    """What people call the values: the names of ids, the words of units and of closed vocabularies."""
    types = next((p.refers_to for p in resource.parameters.values() if p.field == field and p.refers_to), ())
    if types:
        return names_of(values, types, dataset, lang)
    if field == "unit":
        return dataset.units[lang]
    closed = next((p.choices for p in resource.parameters.values() if p.field == field and p.choices), ())
    return {value: term_label(value, lang) for value in values if value in closed or field.endswith("language")}


def names_of(ids: Sequence[str], types: tuple[ItemType, ...], dataset: OpenDataset, lang: Lang) -> dict[str, str]:
    """The names of items of some types, by id."""
    if not types or not ids:
        return {}
    padded = query.padded(ids)
    binds = {f"id_{index}": id_ for index, id_ in enumerate(padded)}
    return dict(dataset.rows(_names_select, (lang, types, len(padded)), binds))


def _names_select(lang: Lang, types: tuple[ItemType, ...], items: int) -> Select[Any]:
    ids: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    of_types = DOCUMENT["type"].in_([literal_column(f"'{type_}'") for type_ in types])
    return select(DOCUMENT["id"], DOCUMENT[f"name_{lang}"]).where(of_types, DOCUMENT["id"].in_(ids))


def _facet_of_time(rows: Iterable[Any], precision: Precision, lang: Lang, limit: int) -> Facet:
    """Decades or years, each with the items that it could overlap."""
    width = _YEARS[precision]
    missing = 0
    changes: Counter[int] = Counter()
    for earliest, latest, count in rows:
        if earliest is None and latest is None:
            missing += count
        else:
            # An end that is open or unknown reaches no further than the known one.
            changes[year_of(latest if earliest is None else earliest) // width] += count
            changes[year_of(earliest if latest is None else latest) // width + 1] -= count
    steps = sorted(_steps(changes), key=lambda step: (-step[2], step[0]))
    total = sum((end - start) * count for start, end, count in steps)
    buckets: list[Bucket] = []
    for start, end, count in steps:
        shown = range(start, min(end, start + limit - len(buckets)))
        buckets += [_bucket(number * width, precision, count, lang) for number in shown]
    return Facet(buckets=buckets, missing=missing, other=total - sum(bucket.count for bucket in buckets))


def _steps(changes: Counter[int]) -> Iterator[tuple[int, int, int]]:
    """From where to before where how many items overlap, where any do; a span may be as long as time."""
    count, start = 0, 0
    for number in sorted(changes):
        if count:
            yield start, number, count
        count, start = count + changes[number], number


def _bucket(year: int, precision: Precision, count: int, lang: Lang) -> Bucket:
    value = year_text(year)
    if precision is Precision.DECADE:
        return Bucket(value=f"{value}s", label=decade_label(year, lang), count=count)
    return Bucket(value=value, label=value, count=count)
