"""Items as rows of a table: which columns a shape has, the cells of an item, and a line of CSV (RFC 4180).

Columns follow from the shape alone. A reference is its id and its name, any other part is one column for each of its
own; a list is joined, piece by piece, so that the pieces of its columns stand in the same order.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeAlias, Union, cast, get_args, get_origin

from pydantic import BaseModel

from calibaja_api.shapes.parts import Ref

BOM: Final = "\ufeff"
"""What a file begins with, so that spreadsheets read it as UTF-8."""

_SEPARATOR = "; "
# A list within a list has its own separator: with one for both, nobody could tell whose piece is whose.
_INNER_SEPARATOR = " | "
# What spreadsheets read as the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_Scalar: TypeAlias = str | int | float | bool | None
_Getter: TypeAlias = Callable[[Any], _Scalar]


def columns(shape: type[BaseModel], fields: Sequence[str] | None = None) -> tuple[str, ...]:
    """The names of the columns of a shape, or of some of its members, in declared order."""
    return tuple(_plan(shape, None if fields is None else frozenset(fields)))


def row(shape: type[BaseModel], item: Mapping[str, Any], fields: Sequence[str] | None = None) -> list[str]:
    """The cells of an item, one for each of the columns."""
    plan = _plan(shape, None if fields is None else frozenset(fields))
    return [_cell(getter(item)) for getter in plan.values()]


def line(cells: Sequence[str]) -> str:
    """Cells as a line of CSV, with its end."""
    return cast("str", csv.writer(_Returned()).writerow(cells))


class _Returned:
    """A file that hands back what is written to it; a writer returns what its file does."""

    def write(self, text: str, /) -> str:
        return text


@lru_cache(maxsize=256)
def _plan(
    shape: type[BaseModel], fields: frozenset[str] | None = None, separator: str = _SEPARATOR
) -> Mapping[str, _Getter]:
    """The columns of a shape, each with what gets its value from an item."""
    plan: dict[str, _Getter] = {}
    for name, field in shape.model_fields.items():
        if fields is None or name in fields:
            for column, getter in _member(name, field.annotation, separator).items():
                # A citation has the name of its speaker in one of two places; both are the same column.
                plan[column] = _either(plan[column], getter) if column in plan else getter
    return plan


def _member(name: str, annotation: Any, separator: str) -> dict[str, _Getter]:
    kind = _bare(annotation)
    if get_origin(kind) is list:
        element = _bare(get_args(kind)[0])
        if not _is_model(element):
            return {name: _each(name, _itself, separator)}
        parts = _parts(element, _INNER_SEPARATOR)
        return {f"{name}_{column}": _each(name, getter, separator) for column, getter in parts.items()}
    if _is_model(kind):
        return {f"{name}_{column}": _within(name, getter) for column, getter in _parts(kind, separator).items()}
    return {name: itemgetter(name)}


def _parts(model: type[BaseModel], separator: str) -> Mapping[str, _Getter]:
    return _plan(model, frozenset({"id", "name"}) if model is Ref else None, separator)


def _bare(annotation: Any) -> Any:
    """A type without what checks it, and without `None`."""
    origin = get_origin(annotation)
    members = [member for member in get_args(annotation) if member is not NoneType]
    if origin is Annotated or (origin in {Union, UnionType} and len(members) == 1):
        return _bare(members[0])
    return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _itself(value: _Scalar) -> _Scalar:
    return value


def _within(name: str, getter: _Getter) -> _Getter:
    def get(item: Mapping[str, Any]) -> _Scalar:
        part = item[name]
        return None if part is None else getter(part)

    return get


def _each(name: str, getter: _Getter, separator: str) -> _Getter:
    def get(item: Mapping[str, Any]) -> str:
        pieces = [_text(getter(element)) for element in item[name] or ()]
        return separator.join(pieces) if any(pieces) else ""

    return get


def _either(first: _Getter, second: _Getter) -> _Getter:
    def get(item: Mapping[str, Any]) -> _Scalar:
        value = first(item)
        return second(item) if value is None else value

    return get


def _cell(value: _Scalar) -> str:
    # A number may begin with its sign.
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return _text(value)


def _text(value: _Scalar) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0")
