"""The parameters of a question, read from its query model once: what the parser, the planner and the document share."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel

from calibaja_api.shapes.ids import RefersTo
from calibaja_api.shapes.questions import ItemQuery, ListQuery, Parameters, Question, TimedQuery
from calibaja_api.shapes.values import CommaSeparated, OpenVocabulary
from calibaja_api.shapes.vocabulary import ItemType

CONTROLS: Final = frozenset(
    {*Question.model_fields, *ItemQuery.model_fields, *ListQuery.model_fields, *TimedQuery.model_fields}
    - {"id", "q", "time__during"}
    | {"sort", "include", "facets", "fields", "radius_km"}
)
"""The parameters that say how to answer, not which items to keep."""


class Operator(StrEnum):
    """How a filter compares; the part of a parameter's name after `__`."""

    EQ = "eq"
    NOT = "not"
    EXISTS = "exists"
    GTE = "gte"
    GT = "gt"
    LTE = "lte"
    LT = "lt"
    WITHIN = "within"
    DURING = "during"
    CONTAINS = "contains"
    PREFIX = "prefix"
    MATCH = "q"
    NEAR = "near"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter."""

    name: str
    field: str
    operator: Operator
    type: type
    many: bool
    comma_separated: bool
    choices: tuple[str, ...] | None
    refers_to: tuple[ItemType, ...]
    vocabulary: OpenVocabulary | None

    @property
    def is_filter(self) -> bool:
        """Whether it decides which items are kept."""
        return self.name not in CONTROLS


@cache
def parameters(question: type[Parameters]) -> dict[str, Parameter]:
    """The parameters of a query model by name, in declared order."""
    return {name: _parameter(name, info.rebuild_annotation()) for name, info in question.model_fields.items()}


def _parameter(name: str, annotation: Any) -> Parameter:
    nodes = list(annotation_nodes(annotation))
    field, operator = _split(name)
    return Parameter(
        name=name,
        field=field,
        operator=operator,
        type=next(node for node in nodes if node in (str, int, float, bool)),
        many=any(get_origin(node) is list for node in nodes),
        comma_separated=any(isinstance(node, CommaSeparated) for node in nodes),
        choices=next((choices for node in nodes if (choices := _choices(node))), None),
        refers_to=next((node.types for node in nodes if isinstance(node, RefersTo)), ()),
        vocabulary=next((node for node in nodes if isinstance(node, OpenVocabulary)), None),
    )


def _split(name: str) -> tuple[str, Operator]:
    if name == Operator.WITHIN:  # alone it looks at the item itself
        return "id", Operator.WITHIN
    if name in set(Operator):
        return name, Operator(name)
    field, _, suffix = name.rpartition("__")
    if field and suffix in set(Operator):
        return field, Operator(suffix)
    return name, Operator.EQ


def _choices(node: Any) -> tuple[str, ...] | None:
    if get_origin(node) is Literal:
        return get_args(node)
    if isinstance(node, type) and issubclass(node, Enum):
        return tuple(member.value for member in node)
    return None


def annotation_nodes(annotation: Any) -> Iterator[Any]:
    """An annotation, all that it is made of, and all that it is annotated with."""
    if isinstance(annotation, TypeVar):
        return
    yield annotation
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from annotation_nodes(inner)
        yield from metadata
    elif get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        yield str
    else:
        for argument in get_args(annotation):
            yield from annotation_nodes(argument)


@cache
def references_of(model: type[BaseModel]) -> dict[str, tuple[ItemType, ...]]:
    """The fields of a model that hold ids, with the types of items that they can name."""
    marks = {name: list(annotation_nodes(info.rebuild_annotation())) for name, info in model.model_fields.items()}
    return {
        name: next(node.types for node in nodes if isinstance(node, RefersTo))
        for name, nodes in marks.items()
        if any(isinstance(node, RefersTo) for node in nodes)
    }
