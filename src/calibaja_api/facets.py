"""Facets: how many of the items that pass have each value of a field.

A facet ignores the filters on its own field, so that it shows what else could be chosen there. Times are counted in
Python, as one span of days lies in many years: the database only groups equal spans.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, func

from calibaja_api import filtering
from calibaja_api.datasets import OpenDataset
from calibaja_api.dates import year_of, year_text
from calibaja_api.fields import Column, Link, Period, column
from calibaja_api.lookups import names_of
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.resources.resource import facet_of
from calibaja_api.shapes.answers import Bucket, Facet
from calibaja_api.shapes.vocabulary import Lang, Precision
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
    if isinstance(resource.fields[field], Link):
        found = dataset.rows(_linked_select, (resource, shapes, field), {**binds, "limit": limit})
        [(missing,)] = dataset.rows(_unlinked_select, (resource, shapes, field), binds)
    else:
        found = dataset.rows(_values_select, (resource, shapes, field), {**binds, "limit": limit})
        missing = int(found[0][3]) if found else 0
    counted = {value: count for value, count, *_ in found if value is not None}
    labels = _labels(resource, field, list(counted), dataset, lang)
    buckets = [Bucket(value=value, label=labels.get(value, value), count=count) for value, count in counted.items()]
    total = int(found[0][2]) if found else 0
    return Facet(buckets=buckets, missing=missing, other=total - sum(bucket.count for bucket in buckets))


def _is_own(resource: Resource, filter_name: str, field: str, precision: Precision | None) -> bool:
    parameter = resource.parameters[filter_name]
    return parameter.field == field and (precision is None or parameter.operator is Operator.DURING)


def _values_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The values that most items have: value, count, the sum of all counts, and how many items have none."""
    field = resource.fields[name]
    assert isinstance(field, Column)
    value, count = field.value, func.count()
    counted = func.sum(func.count(value)).over()
    missing = func.sum(count - func.count(value)).over()
    statement = filtering.filtered(resource, shapes, (value, count, counted, missing)).group_by(value)
    # No value is a group as well, which is no bucket.
    return statement.order_by(value.is_(None), count.desc(), value).limit(bindparam("limit"))


def _linked_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The same of values that links tie to items: value, count, and the sum of all counts."""
    link = resource.fields[name]
    assert isinstance(link, Link)
    count = func.count(link.owner.distinct())
    statement = filtering.pairs(link, (link.value, count, func.sum(count).over()))
    statement = statement.where(link.owner.in_(filtering.kept_ids(resource, shapes)), link.value.is_not(None))
    return statement.group_by(link.value).order_by(count.desc(), link.value).limit(bindparam("limit"))


def _unlinked_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """How many items are tied to no value."""
    link = resource.fields[name]
    assert isinstance(link, Link)
    having = filtering.pairs(link, (link.owner,)).where(link.value.is_not(None))
    statement = filtering.filtered(resource, shapes, (func.count(),))
    return statement.where(column(resource.row.id).not_in(having))


def _spans_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The different spans of days, and how many items have each."""
    period = resource.fields[name]
    assert isinstance(period, Period)
    spans = (period.earliest, period.latest)
    return filtering.filtered(resource, shapes, (*spans, func.count())).group_by(*spans)


def _labels(resource: Resource, field: str, values: Sequence[str], dataset: OpenDataset, lang: Lang) -> dict[str, str]:
    """What people call the values: the names of ids, the words of units and of vocabularies."""
    types = next((p.refers_to for p in resource.parameters.values() if p.field == field and p.refers_to), ())
    if types:
        return names_of(values, types, dataset, lang)
    if field == "unit":
        return dataset.units[lang]
    if any(p.field == field and p.vocabulary for p in resource.parameters.values()):
        return dataset.labels[lang]
    closed = next((p.choices for p in resource.parameters.values() if p.field == field and p.choices), ())
    return {value: term_label(value, lang) for value in values if value in closed}


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
