"""From a query string to a question: strict about form, and every mistake named at once.

Pydantic validates values; what it is lax about (parameters given twice, empty values, bytes that are no text) is seen
here, in the raw pairs.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calibaja_api.contradictions import contradictions
from calibaja_api.errors import InvalidParameters, UriTooLong, parameter_error
from calibaja_api.parameters import parameters
from calibaja_api.shapes.parts import ID_PATTERN
from calibaja_api.shapes.problems import ErrorCode, ParameterError
from calibaja_api.shapes.questions import Parameters
from calibaja_api.shapes.values import POINT_PATTERN
from calibaja_api.shapes.vocabulary import ItemType
from calibaja_api.text import fold, nearest

Q = TypeVar("Q", bound=Parameters)

_BOUNDS = {
    "greater_than",
    "greater_than_equal",
    "less_than_equal",
    "too_long",
    "too_short",
    "string_too_long",
    "string_too_short",
}
_OF_ABSENCE = {"missing", "too_short"}
_CHOICE = {"enum", "literal_error"}
_SHOWN = 100
_FORMS = {
    ID_PATTERN: "lower-case letters, digits and hyphens",
    POINT_PATTERN: "latitude and longitude in degrees, within the globe, such as 32.54,-117.03",
}


MAX_URL: Final = 8_000
MAX_ERRORS: Final = 50
"""Mistakes that are told at once: no question makes an answer much longer than itself."""


def check_length(path: bytes, query_string: bytes) -> None:
    """Refuse a path and query of more characters than the document allows."""
    if len(path) + len(query_string) + bool(query_string) > MAX_URL:
        raise UriTooLong(f"Path and query have more than {MAX_URL:,} characters.")


Known: TypeAlias = Callable[[Collection[ItemType], str], bool]


def _anything(_types: Collection[ItemType], _id: str) -> bool:
    return True


class Parser(Generic[Q]):
    """Reads the query strings of one operation."""

    def __init__(self, question: type[Q]) -> None:
        self.question = question
        self.parameters = parameters(question)

    def parse(self, query_string: bytes, known: Known = _anything) -> Q:
        """The question that a query string asks; `InvalidParameters` names all that is wrong with it.

        `known` tells whether there is an item of some types with an id, so that none is suggested that is not there.
        """
        values: dict[str, Any] = {}
        errors: list[ParameterError] = []
        for name, value in _pairs(query_string):
            error = self._take(values, name, value)
            if error is not None:
                errors.append(error)
            if len(errors) == MAX_ERRORS:
                raise InvalidParameters(errors)
        of_length = all(error.code is ErrorCode.UNKNOWN_PARAMETER for error in errors)
        question: Q | None = None
        try:
            question = self.question.model_validate(values)
        except ValidationError as invalid:
            # A parameter that was left out is None; that a given one might be None is no advice. What was seen to be
            # wrong with a parameter is told already.
            told = {error.parameter for error in errors}
            mistakes = [
                error
                for error in invalid.errors(include_url=False)
                if error["type"] != "none_required" and not (error["type"] in _OF_ABSENCE and error["loc"][0] in told)
            ]
            of_length = of_length and all(error["type"] == "string_too_long" for error in mistakes)
            errors.extend(self._translate(error, known) for error in mistakes[: MAX_ERRORS - len(errors)])
        else:
            excluded = list(contradictions(question, self.parameters))
            of_length = of_length and not excluded
            errors.extend(excluded)
        if errors or question is None:
            raise InvalidParameters(errors, of_length=of_length and len(errors) == 1)
        return question

    def parse_url(self, path: bytes, query_string: bytes, known: Known = _anything) -> Q:
        """As `parse`; refuses an address that is too long, unless the client must be told of another mistake.

        One text that is too long, or one name that is unknown, is no other mistake.
        """
        try:
            question = self.parse(query_string, known)
        except InvalidParameters as invalid:
            if invalid.of_length:
                check_length(path, query_string)
            raise
        check_length(path, query_string)
        return question

    def _take(self, values: dict[str, Any], name: str, value: str | None) -> ParameterError | None:
        """Put a value where the query model expects it, or say why not."""
        parameter = self.parameters.get(name)
        if parameter is None:
            detail = f"There is no parameter {name[:_SHOWN]!r} here."
            # Whoever leaves the operator out means a parameter of that field.
            operators = (known for known in self.parameters if known.startswith(f"{name}__"))
            suggestion = next(operators, None) or nearest(name, self.parameters)
            return parameter_error(name, ErrorCode.UNKNOWN_PARAMETER, detail, suggestion, sorted(self.parameters))
        if value is None:
            return parameter_error(name, ErrorCode.WRONG_FORM, f"The value of {name} is not UTF-8.")
        parts = value.split(",") if parameter.comma_separated else [value]
        if "" in parts:
            detail = f"A value of {name} is empty; leave the parameter out to ask without it."
            return parameter_error(name, ErrorCode.EMPTY, detail)
        if parameter.many:
            values.setdefault(name, []).extend(parts)
        elif name in values:
            return parameter_error(name, ErrorCode.REPEATED, f"{name} takes one value and was given twice.")
        else:
            values[name] = value
        return None

    def _translate(self, error: ErrorDetails, known: Known) -> ParameterError:
        name, given = str(error["loc"][0]), error["input"]
        parameter = self.parameters[name]
        if error["type"] == "missing":
            return parameter_error(name, ErrorCode.EMPTY, f"{name} is missing, and there is no answer without it.")
        shown = repr(given[:_SHOWN]) if isinstance(given, str) else "the value"
        if error["type"] in _CHOICE:
            choices = parameter.choices or ()
            detail = f"{name} does not allow {shown}."
            return parameter_error(name, ErrorCode.NOT_ALLOWED, detail, nearest(str(given), choices), choices)
        if error["type"] == "string_pattern_mismatch":
            pattern = error["ctx"]["pattern"]
            form = _FORMS.get(pattern, pattern)
            detail = f"{shown} does not have the form that {name} takes: {form}."
            if parameter.many and "," in str(given):
                detail += " Repeat the parameter for several values."
                return parameter_error(name, ErrorCode.WRONG_FORM, detail)
            slug = _slug(str(given), pattern)
            suggestion = slug if slug and parameter.refers_to and known(parameter.refers_to, slug) else None
            return parameter_error(name, ErrorCode.WRONG_FORM, detail, suggestion)
        if error["type"] in _BOUNDS:
            detail = f"{name} is out of bounds: {error['msg'].replace('Input should', 'it should')}."
            if "min_length" in error["ctx"]:
                detail = f"{name} takes at least {error['ctx']['min_length']:,} values."
            elif "max_length" in error["ctx"]:
                unit = "values" if error["type"] == "too_long" else "characters"
                detail = f"{name} takes at most {error['ctx']['max_length']:,} {unit}."
            return parameter_error(name, ErrorCode.OUT_OF_BOUNDS, detail)
        code = ErrorCode(error["type"]) if error["type"] in set(ErrorCode) else ErrorCode.WRONG_FORM
        return parameter_error(name, code, f"{name}: {shown} is {error['msg']}.")


def _slug(text: str, pattern: str) -> str | None:
    """What a name would be as an id."""
    slug = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in fold(text)).split())
    return slug if pattern == ID_PATTERN and slug else None


def _pairs(query_string: bytes) -> Iterator[tuple[str, str | None]]:
    """Names and values as `application/x-www-form-urlencoded`; a value that is not UTF-8 is None."""
    if query_string.isascii() and b"%" not in query_string and b"+" not in query_string:
        # As most are: what stands there is what is meant.
        for plain in query_string.decode().split("&"):
            if plain:
                name, _, text = plain.partition("=")
                yield name, text
        return
    for pair in query_string.replace(b"+", b" ").split(b"&"):
        if pair:
            quoted, _, value = pair.partition(b"=")
            yield unquote_to_bytes(quoted).decode(errors="replace"), _decoded(unquote_to_bytes(value))


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
