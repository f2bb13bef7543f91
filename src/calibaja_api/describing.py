"""What can be asked, in words: made from the declarations that are executed, for `/v1/meta` and the document."""

from collections.abc import Iterator
from functools import cache
from typing import Final, Literal

from calibaja_api.datasets import OpenDataset
from calibaja_api.operators import MEANINGS
from calibaja_api.parameters import Parameter
from calibaja_api.resources import RESOURCE_OF, Resource
from calibaja_api.shapes.dataset import CollectionMeta, FieldMeta, FilterMeta

DEFAULT_SORT: Final = "id"
# These say how a filter compares, and nothing by themselves.
_OF_FILTERS: Final = frozenset({"time_match", "radius_km"})
_SCHEMAS: Final = "#/components/schemas/{model}"
_TYPES: Final[dict[type, Literal["string", "integer", "number", "boolean"]]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
}
CONTROL_WORDS: Final = {
    "sort": "Order, first key first: `-` descends, empty values come last, `id` breaks ties. Repeat or join by commas.",
    "facets": "Fields to count the values of, over all that passes; each ignores the filters on itself. Repeat or join "
    "by commas.",
    "fields": "Members to keep, in `format=csv` and `format=ndjson` only. Repeat it or join by commas.",
    "include": "Items to show in full, once each, under `included`. Repeat it or join by commas.",
}


def description(resource: Resource, parameter: Parameter) -> str:
    """What a parameter of a list does."""
    declared = resource.question.model_fields[parameter.name].description
    if declared is not None:
        return declared
    if not parameter.is_filter:
        return CONTROL_WORDS[parameter.name]
    keeps = MEANINGS[parameter.operator].keeps.format(field=parameter.field)
    shown_as = {field: include for include, field in resource.includes.items()}
    field = resource.answer.model_fields[shown_as.get(parameter.field, parameter.field)].description
    return f"Keep the {resource.name} {keeps}. `{parameter.field}`: {field}"


def collection_meta(resource: Resource, dataset: OpenDataset, url: str) -> CollectionMeta:
    """What can be asked of a collection."""
    return CollectionMeta(
        collection=resource.name,
        url=url,
        fields=_fields(resource),
        filters=list(_filters(resource, dataset)),
        sort=list(resource.sort_values),
        default_sort=DEFAULT_SORT,
        facets=list(resource.facet_values),
        include=list(resource.include_values),
        formats=list(resource.formats),
    )


@cache
def _fields(resource: Resource) -> list[FieldMeta]:
    return list(_described_fields(resource))


def _described_fields(resource: Resource) -> Iterator[FieldMeta]:
    schema = resource.answer.model_json_schema(ref_template=_SCHEMAS, mode="serialization")
    for name, field in schema["properties"].items():
        alternatives = field.get("anyOf", [])
        yield FieldMeta(
            name=name,
            description=field["description"],
            nullable={"type": "null"} in alternatives,
            json_schema={key: value for key, value in field.items() if key not in {"description", "examples", "title"}},
        )


def _filters(resource: Resource, dataset: OpenDataset) -> Iterator[FilterMeta]:
    for parameter in resource.parameters.values():
        if parameter.is_filter or parameter.name in _OF_FILTERS:
            yield FilterMeta(
                parameter=parameter.name,
                field=parameter.field,
                operator=parameter.operator,
                type=_TYPES[parameter.type],
                multiple=parameter.many,
                description=description(resource, parameter),
                refers_to=[RESOURCE_OF[type_].name for type_ in parameter.refers_to],
                allowed=_allowed(resource, parameter, dataset),
            )


def _allowed(resource: Resource, parameter: Parameter, dataset: OpenDataset) -> list[str] | None:
    """The values that a filter allows, where they are a list; of identifiers, the schemes."""
    if parameter.choices:
        return list(parameter.choices)
    if parameter.vocabulary:
        return list(dataset.vocabularies.get((resource.name, parameter.field), ()))
    return None
