"""Facets: how many of the items that pass have each value of a field.

A facet ignores the filters on its own field, so that it shows what else could be chosen there. Times are counted in
Python, as one span of days lies in many years: the database only groups equal spans.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from json.encoder import encode_basestring
from typing import Any, cast

from sqlalchemy import Select, bindparam, func

from calibaja_api import filtering
from calibaja_api.datasets import OpenDataset
from calibaja_api.dates import year_text
from calibaja_api.fields import Column, Link, Period
from calibaja_api.lookups import names_of
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.resources.resource import facet_of
from calibaja_api.shapes.vocabulary import ItemType, Lang, Precision
from calibaja_api.stored_tallies import ALL, tally_of, values_asked
from calibaja_api.tallies import WIDTHS, Tally, of_times
from calibaja_api.wording import decade_label, term_label


def facet(
    resource: Resource,
    name: str,
    shapes: filtering.Filters,
    binds: filtering.Binds,
    dataset: OpenDataset,
    lang: Lang,
    limit: int,
) -> bytes:
    """One facet of the items that pass the filters: a `Facet` as JSON."""
    field, precision = facet_of(name)
    shapes = tuple(shape for shape in shapes if not _is_own(resource, shape.name, field, precision))
    tally = _stored(resource, shapes, binds, name, dataset) or _counted(resource, name, shapes, binds, dataset, limit)
    shown = tally.buckets[:limit]
    if precision is not None:
        buckets = [_bucket_of_time(int(number), precision, count, lang) for number, count in shown]
    else:
        texts = cast("list[tuple[str, int]]", shown)
        label = _labels(resource, field, [value for value, _ in texts], dataset, lang).get
        buckets = [_bucket(value, label(value, value), count) for value, count in texts]
    other = tally.total - sum([count for _, count in shown])
    return f'{{"buckets":[{",".join(buckets)}],"missing":{tally.missing},"other":{other}}}'.encode()


def _bucket(value: str, label: str, count: int) -> str:
    """A `Bucket` as JSON, written by hand: to make its model takes as long as to read what is in it."""
    return f'{{"value":{encode_basestring(value)},"label":{encode_basestring(label)},"count":{count}}}'


def _stored(
    resource: Resource, shapes: filtering.Filters, binds: filtering.Binds, name: str, dataset: OpenDataset
) -> Tally | None:
    """What was counted at publish, where the filters ask for one value of one field, or for all items."""
    asked = values_asked(resource, shapes, binds)
    if asked is None or len(asked) > 1:
        return None
    return tally_of(resource, asked[0] if asked else ALL, name, dataset)


def _counted(
    resource: Resource,
    name: str,
    shapes: filtering.Filters,
    binds: filtering.Binds,
    dataset: OpenDataset,
    limit: int,
) -> Tally:
    field, precision = facet_of(name)
    if precision is not None:
        spans = dataset.rows(_spans_select, (resource, shapes, field), binds)
        return of_times((((earliest, latest), count) for earliest, latest, count in spans), precision, limit)
    if isinstance(resource.fields[field], Link):
        found = dataset.rows(_linked_select, (resource, shapes, field), {**binds, "limit": limit})
        [(missing,)] = dataset.rows(_unlinked_select, (resource, shapes, field), binds)
    else:
        found = dataset.rows(_values_select, (resource, shapes, field), {**binds, "limit": limit})
        missing = int(found[0][3]) if found else 0
    counted = [(value, count) for value, count, *_ in found if value is not None]
    return Tally(counted, int(found[0][2]) if found else 0, missing)


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
    statement = filtering.passing(resource, shapes).select(value, count, counted, missing).group_by(value)
    # No value is a group as well, which is no bucket.
    return statement.order_by(value.is_(None), count.desc(), value).limit(bindparam("limit"))


def _linked_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The same of values that links tie to items: value, count, and the sum of all counts."""
    link = resource.fields[name]
    assert isinstance(link, Link)
    count = func.count(link.owner.distinct())
    statement = filtering.pairs(link, (link.value, count, func.sum(count).over()))
    statement = statement.where(link.owner.in_(_numbers(resource, shapes)), link.value.is_not(None))
    return statement.group_by(link.value).order_by(count.desc(), link.value).limit(bindparam("limit"))


def _unlinked_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """How many items are tied to no value."""
    link = resource.fields[name]
    assert isinstance(link, Link)
    having = filtering.pairs(link, (link.owner,)).where(link.value.is_not(None))
    found = filtering.passing(resource, shapes)
    return found.select(func.count()).where(found.number.not_in(having))


def _numbers(resource: Resource, shapes: filtering.Filters) -> Select[Any]:
    found = filtering.passing(resource, shapes)
    return found.select(found.number)


def _spans_select(resource: Resource, shapes: filtering.Filters, name: str) -> Select[Any]:
    """The different spans of days, and how many items have each."""
    period = resource.fields[name]
    assert isinstance(period, Period)
    spans = (period.earliest, period.latest)
    return filtering.passing(resource, shapes).select(*spans, func.count()).group_by(*spans)


def _labels(
    resource: Resource, field: str, values: Sequence[str], dataset: OpenDataset, lang: Lang
) -> Mapping[str, str]:
    """What people call the values: the names of ids, the words of units and of vocabularies."""
    types, has_vocabulary, choices = _kinds(resource, field)
    if types:
        return names_of(values, types, dataset, lang)
    if field == "unit":
        return dataset.units[lang]
    if has_vocabulary:
        return dataset.labels[lang]
    return {value: term_label(value, lang) for value in values if value in choices}


@cache
def _kinds(resource: Resource, field: str) -> tuple[tuple[ItemType, ...], bool, tuple[str, ...]]:
    """What the values of a field can be: ids of items of some types, words of a vocabulary, or some choices."""
    filters = [parameter for parameter in resource.parameters.values() if parameter.field == field]
    types = next((parameter.refers_to for parameter in filters if parameter.refers_to), ())
    choices = next((parameter.choices for parameter in filters if parameter.choices), ())
    return types, any(parameter.vocabulary for parameter in filters), tuple(choices or ())


def _bucket_of_time(number: int, precision: Precision, count: int, lang: Lang) -> str:
    year = number * WIDTHS[precision]
    value = year_text(year)
    if precision is Precision.DECADE:
        return _bucket(f"{value}s", decade_label(year, lang), count)
    return _bucket(value, value, count)
