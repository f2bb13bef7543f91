"""How many items pass: as publishing counted them, or counted when it is asked for."""

from collections.abc import Callable
from typing import cast

from calibaja_api import query
from calibaja_api.datasets import OpenDataset
from calibaja_api.dates import whole_years
from calibaja_api.fields import Link
from calibaja_api.filtering import Binds, Filters, FilterShape
from calibaja_api.parameters import Operator
from calibaja_api.resources import Resource
from calibaja_api.shapes.values import MAX_FACET_LIMIT
from calibaja_api.shapes.vocabulary import TimeMatch
from calibaja_api.stored_tallies import ALL, Value, tally_of, values_asked, years_of
from calibaja_api.tallies import years_counted


def counting(
    resource: Resource, shapes: Filters, binds: Binds, dataset: OpenDataset, *, bounded: bool
) -> Callable[[], int]:
    """What tells how many items pass; bounded, it may stop one above the bound."""
    stored = _stored(resource, shapes, binds, dataset)
    if stored is not None:
        return lambda: stored
    read = dataset.ready(query.count_select, (resource, shapes, bounded), binds)
    return lambda: int(read({})[0][0])


def _stored(resource: Resource, shapes: Filters, binds: Binds, dataset: OpenDataset) -> int | None:
    """How many items pass, where publishing counted that."""
    parameters = resource.parameters
    during = [shape for shape in shapes if parameters[shape.name].operator is Operator.DURING]
    asked = values_asked(resource, [shape for shape in shapes if shape not in during], binds)
    match asked, during:
        case [], []:
            return tally_of(resource, ALL, "", dataset).total
        case [one], []:
            return tally_of(resource, one, "", dataset).total
        case [one, other], []:
            return _of_two(resource, one, other, dataset)
        case [], [years]:
            return _during(resource, ALL, years, binds, dataset)
        case [one], [years]:
            return _during(resource, one, years, binds, dataset)
        case _:
            return None


def _of_two(resource: Resource, one: Value, other: Value, dataset: OpenDataset) -> int | None:
    """How many items have two values: a bucket of a facet under a filter; None where none was counted."""
    fields = [resource.fields[value.field] for value in (one, other)]
    links = [field.together for field in fields if isinstance(field, Link) and field.together]
    if len(links) > 1:
        return None  # which must hold of one pair
    for having, wanted in ((one, other), (other, one)):
        if wanted.field in resource.facet_values:
            tally = tally_of(resource, having, wanted.field, dataset)
            items = tally.of(wanted.value)
            if items is not None or len(tally.buckets) < MAX_FACET_LIMIT:
                return items or 0
    return None


def _during(resource: Resource, having: Value, shape: FilterShape, binds: Binds, dataset: OpenDataset) -> int | None:
    """How many items have a value and could overlap whole years: those that begin up to the last, without those that
    end before the first.
    """
    name = shape.name
    years = whole_years(cast("int", binds[f"{name}_0"]), cast("int", binds[f"{name}_1"]))
    if years is None or shape.flag is TimeMatch.CERTAIN:
        return None
    begin, end = years_counted(resource)[resource.parameters[name].field]
    begun = years_of(resource, having, begin, dataset).up_to(years[1])
    ended = years_of(resource, having, end, dataset).up_to(years[0] - 1)
    return None if begun is None or ended is None else begun - ended
