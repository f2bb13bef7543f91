"""Cursors: where a page ended, so that the next begins behind it, whatever was published in between.

A cursor is JSON in base64url: a digest of the question, the sort keys and the id of the last item, the total with the
dataset version and the `count` that it was taken under, and whether the next item of that version has the same keys.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping, Sequence
from json import JSONDecoder
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, Final, NamedTuple, TypeAlias

from calibaja_api.shapes.values import MAX_CURSOR
from calibaja_api.shapes.vocabulary import Count, TotalRelation

Key: TypeAlias = str | int | float | None

_read_json: Final = JSONDecoder().raw_decode
_STANDARD: Final = bytes.maketrans(b"-_+/", b"+/!!")
"""From the letters of base64url to those of base64; what base64url has not is in neither."""
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
"""The other way."""
_PADDING: Final = (b"", b"===", b"==", b"=")
_BEYOND: Final = 2**63
"""Databases hold whole numbers up to this, and from its opposite."""
_RELATIONS: Final[Mapping[str | None, TotalRelation | None]] = {
    None: None,
    **{str(relation): relation for relation in TotalRelation},
}
_COUNTS: Final = {str(count): count for count in Count}
_TIED: Final = {True: "true", False: "false"}


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
    tied: bool = True
    """Whether the item behind it may have the same sort keys; false where it had others in the version of the total."""


def encode(question: str, cursor: Cursor) -> str:
    """Write a cursor for the question of this digest."""
    keys, (total, relation, version, asked), tied = cursor
    # By hand, as a serializer takes longer, and so does all that has to ask an enumeration how it is written.
    held = ",".join([encode_basestring(key) if isinstance(key, str) else _number(key) for key in keys])
    counted = "".join((str(total), ',"', relation, '"')) if relation is not None else "null,null"
    parts = ('["', question, '",[', held, "],", counted, ',"', version, '","', asked, '",', _TIED[tied], "]")
    return b2a_base64("".join(parts).encode(), newline=False).translate(_URL_SAFE, b"=").decode()


def _number(key: float | None) -> str:
    return "null" if key is None else repr(key)


def decode(question: str, text: str, key_types: Sequence[type], *, nullable: bool = True) -> Cursor:
    """Read a cursor; `ForeignCursor` unless it was made for the question of this digest and has keys of these types,
    or null where these can be that.
    """
    # By hand, as a model of what is in a cursor takes half as long again.
    try:
        padded = text.encode().translate(_STANDARD) + _PADDING[len(text) % 4]
        raw = a2b_base64(padded, strict_mode=True).decode()
        content, end = _read_json(raw)
        digest, keys, total, relation, version, count, *others = content
        # Release 0.2.0 told nothing of ties.
        [tied] = others or [True]
        relation, count = _RELATIONS[relation], _COUNTS[count]
        well_formed = (
            len(text) <= MAX_CURSOR
            and end == len(raw)
            and type(content) is type(keys) is list
            and digest == question
            and len(keys) == len(key_types)
            and all(map(_is, keys, key_types))
            and type(keys[-1]) is str
            and (nullable or None not in keys)
            and (total is None or (type(total) is int and 0 <= total < _BEYOND))
            and (total is None) is (relation is None) is (count is Count.NONE)
            and type(version) is str
            and _is(version, str)
            and type(tied) is bool
        )
    except (LookupError, RecursionError, TypeError, ValueError) as error:
        raise ForeignCursor from error
    if not well_formed:
        raise ForeignCursor
    return Cursor(tuple(keys), Total(total, relation, version, count), tied)


def _is(key: Any, type_: type) -> bool:
    """Whether a key is of a type, or null: text of whole characters, or a number that databases hold."""
    if type_ is str:
        return key is None or (type(key) is str and (key.isascii() or bool(key.encode())))
    if type(key) is int:
        return -_BEYOND <= key < _BEYOND
    return key is None or (type_ is float and type(key) is float and isfinite(key))
