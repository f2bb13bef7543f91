"""Parameters that together can keep nothing, whatever the data: they are refused rather than answered with nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from calibaja_api.errors import parameter_error
from calibaja_api.parameters import Operator, Parameter
from calibaja_api.shapes.problems import ErrorCode, ParameterError
from calibaja_api.shapes.questions import Parameters

Given: TypeAlias = Mapping[tuple[str, Operator], tuple[str, Any]]
"""The parameters of a question, by field and operator: name and value."""

_HOLDS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.GTE: ge,
    Operator.GT: gt,
    Operator.LTE: le,
    Operator.LT: lt,
}
_LOWER = (Operator.GTE, Operator.GT)
_UPPER = (Operator.LTE, Operator.LT)
_OF_WHAT_IS_NOT_THERE = (Operator.EXISTS, Operator.NOT)
_CAN_EXCLUDE = frozenset({*_HOLDS, *_OF_WHAT_IS_NOT_THERE})
"""Filters without any of these exclude nothing."""


def contradictions(question: Parameters, declared: Mapping[str, Parameter]) -> Iterator[ParameterError]:
    """What in a question excludes itself."""
    asked = question.model_fields_set
    if any(declared[name].operator in _CAN_EXCLUDE for name in asked):
        parameters = [parameter for name, parameter in declared.items() if name in asked]
        given = {
            (each.field, each.operator): (each.name, _listed(getattr(question, each.name), each)) for each in parameters
        }
        yield from _empty_and_not(given)
        yield from _wanted_and_excluded(given)
        yield from _empty_bounds(given)
    sort = question.__dict__.get("sort") or ()
    yield from _both_directions(sort)
    if "q" not in asked:
        yield from _relevance_of_nothing(sort)


def _listed(value: Any, parameter: Parameter) -> Any:
    """What a parameter asks for; of one value as of several."""
    one = parameter.operator is Operator.EQ and value is not None and not parameter.many
    return [value] if one else value


def _empty_and_not(given: Given) -> Iterator[ParameterError]:
    for (field, operator), (name, value) in given.items():
        if operator is Operator.EXISTS and value is False:
            for (other_field, other_operator), (other, _) in given.items():
                if other_field == field and other_operator not in _OF_WHAT_IS_NOT_THERE:
                    detail = f"{name}=false keeps only items without {field}, so {other} cannot hold as well."
                    yield parameter_error(name, ErrorCode.EXCLUDED_COMBINATION, detail)


def _wanted_and_excluded(given: Given) -> Iterator[ParameterError]:
    for (field, operator), (name, excluded) in given.items():
        if operator is Operator.NOT and (field, Operator.EQ) in given:
            other, wanted = given[field, Operator.EQ]
            if set(wanted) <= set(excluded):
                detail = f"{name} excludes all that {other} asks for."
                yield parameter_error(name, ErrorCode.EXCLUDED_COMBINATION, detail)


def _empty_bounds(given: Given) -> Iterator[ParameterError]:
    """Bounds between which nothing lies, or none of the values that are asked for."""
    bounds = {key: value for key, value in given.items() if key[1] in _HOLDS}
    for (field, operator), (name, lower) in bounds.items():
        for upper in _UPPER if operator in _LOWER else ():
            other, value = bounds.get((field, upper), ("", lower))
            if lower > value:
                yield parameter_error(name, ErrorCode.REVERSED_INTERVAL, f"{name} is greater than {other}.")
            elif other and lower == value and (operator, upper) != (Operator.GTE, Operator.LTE):
                detail = f"Nothing lies between {name} and {other}."
                yield parameter_error(name, ErrorCode.EXCLUDED_COMBINATION, detail)
    for field in dict.fromkeys(field for field, _ in bounds):
        name, values = given.get((field, Operator.EQ), ("", []))
        limits = [(operator, bound) for (of, operator), (_, bound) in bounds.items() if of == field]
        if values and not any(all(_HOLDS[operator](value, bound) for operator, bound in limits) for value in values):
            detail = f"No value of {name} lies within the bounds."
            yield parameter_error(name, ErrorCode.EXCLUDED_COMBINATION, detail)


def _both_directions(sort: Collection[str]) -> Iterator[ParameterError]:
    directed = dict.fromkeys(sort)
    if len(directed) > 1 and len(directed) != len({value.removeprefix("-") for value in directed}):
        detail = "sort asks for both directions of one key."
        yield parameter_error("sort", ErrorCode.EXCLUDED_COMBINATION, detail)


def _relevance_of_nothing(sort: Collection[str]) -> Iterator[ParameterError]:
    if "relevance" in sort or "-relevance" in sort:
        yield parameter_error("sort", ErrorCode.NEEDS_Q, "relevance is of a text: give one as q.")
