"""Cursors: where a page ended, so that the next begins behind it, whatever was published in between.

A cursor is JSON in base64url: a digest of the question, the sort keys and the id of the last item, and the total with
the dataset version and the `count` that it was taken under.
"""

import base64
from json.encoder import encode_basestring
from typing import Annotated, Final, NamedTuple, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter

from calibaja_api.shapes.values import MAX_CURSOR
from calibaja_api.shapes.vocabulary import Count, TotalRelation

Key: TypeAlias = str | int | float | None


_Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_CONTENT: Final = TypeAdapter(
    tuple[
        str,
        list[str | _Whole | Annotated[float, Field(allow_inf_nan=False)] | None],
        Annotated[_Whole, Field(ge=0)] | None,
        TotalRelation | None,
        str,
        Count,
    ],
    config=ConfigDict(strict=True, defer_build=True),
)


class ForeignCursor(ValueError):
    """The cursor was not made for this question."""


class Total(NamedTuple):
    """How many items a question has, and under what it was counted."""

    total: int | None
    relation: TotalRelation | None
    version: str
    asked: Count

    def as_json(self) -> bytes:
        """The members of `meta` that tell it."""
        if self.total is None:
            return b'"total":null,"total_relation":null'
        return f'"total":{self.total},"total_relation":"{self.relation}"'.encode()


class Cursor(NamedTuple):
    """The last item of a page: its sort keys, then its id."""

    keys: tuple[Key, ...]
    total: Total


def encode(question: str, cursor: Cursor) -> str:
    """Write a cursor for the question of this digest."""
    keys, (total, relation, version, asked) = cursor
    counted = f'{total},"{relation}"' if relation else "null,null"
    content = f'["{question}",[{",".join(map(_as_json, keys))}],{counted},"{version}","{asked}"]'
    return base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def _as_json(key: Key) -> str:
    # One serializer for all that is in a cursor takes as long as the rest of a page.
    if isinstance(key, str):
        return encode_basestring(key)
    return "null" if key is None else repr(key)


def decode(question: str, text: str, key_types: tuple[type, ...], *, nullable: bool = True) -> Cursor:
    """Read a cursor; `ForeignCursor` unless it was made for the question of this digest and has keys of these types,
    or null where these can be that.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        digest, keys, total, relation, version, count = _CONTENT.validate_json(raw)
    except ValueError as error:
        raise ForeignCursor from error
    well_formed = (
        len(text) <= MAX_CURSOR
        and digest == question
        and len(keys) == len(key_types)
        and all(_is(key, type_) for key, type_ in zip(keys, key_types, strict=True))
        and isinstance(keys[-1], str)
        and (nullable or None not in keys)
        and (total is None) is (relation is None) is (count == Count.NONE)
    )
    if not well_formed:
        raise ForeignCursor
    return Cursor(tuple(keys), Total(total, relation, version, count))


def _is(key: Key, type_: type) -> bool:
    if key is None:
        return True
    if type_ is float:
        return type(key) in {int, float}
    return type(key) is type_
