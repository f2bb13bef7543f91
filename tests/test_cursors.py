import base64
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.cursors import Cursor, ForeignCursor, Key, Total, decode, encode
from calibaja_api.shapes.values import CURSOR_PATTERN, MAX_CURSOR
from calibaja_api.shapes.vocabulary import Count, TotalRelation

QUESTION = "0123456789abcdef"
VERSION = "fedcba9876543210"
NOT_COUNTED = Total(None, None, VERSION, Count.NONE)
CURSOR = Cursor((300.0, 20151231, None, "tijuana"), Total(461, TotalRelation.EQ, VERSION, Count.AUTO), tied=False)
TYPES = (float, int, str, str)

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(max_size=20)
KEYS: st.SearchStrategy[Key] = st.one_of(TEXTS, INTEGERS, st.floats(allow_nan=False, allow_infinity=False), st.none())
COUNTED = st.builds(
    Total,
    st.integers(0, 10**9),
    st.sampled_from(TotalRelation),
    st.just(VERSION),
    st.sampled_from([Count.AUTO, Count.EXACT]),
)
CURSORS = st.builds(
    lambda keys, id_, total, tied: Cursor((*keys, id_), total, tied),
    st.lists(KEYS, max_size=4),
    TEXTS,
    COUNTED | st.just(NOT_COUNTED),
    st.booleans(),
)


def types_of(cursor: Cursor) -> tuple[type, ...]:
    return tuple(str if key is None else type(key) for key in cursor.keys)


def written(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def content(**changes: Any) -> list[Any]:
    members = {
        "question": QUESTION,
        "keys": [300.0, 20151231, None, "tijuana"],
        "total": 461,
        "relation": "eq",
        "version": VERSION,
        "count": "auto",
        "tied": False,
    }
    assert changes.keys() <= members.keys()
    return list({**members, **changes}.values())


@given(CURSORS)
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    text = encode(QUESTION, cursor)
    assert decode(QUESTION, text, types_of(cursor)) == cursor


@given(CURSORS)
def test_a_cursor_is_text_that_needs_no_escaping(cursor: Cursor) -> None:
    text = encode(QUESTION, cursor)
    assert CURSOR_PATTERN == "^[A-Za-z0-9_-]+$"
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


def test_what_the_tests_write_is_a_cursor() -> None:
    assert decode(QUESTION, written(content()), TYPES) == CURSOR


def test_a_cursor_of_an_earlier_release_tells_nothing_of_ties() -> None:
    assert decode(QUESTION, written(content()[:-1]), TYPES) == CURSOR._replace(tied=True)


@given(st.text(max_size=20).filter(lambda question: question != QUESTION))
def test_a_cursor_of_another_question_is_foreign(question: str) -> None:
    with pytest.raises(ForeignCursor):
        decode(question, encode(QUESTION, CURSOR), TYPES)


@pytest.mark.parametrize(
    "types",
    [
        (),
        (str,),
        (float, int, str),
        (float, int, str, str, str),
        (str, int, str, str),
        (float, str, str, str),
        (int, int, str, str),
        (float, int, str, int),
    ],
)
def test_keys_of_another_order_are_foreign(types: tuple[type, ...]) -> None:
    with pytest.raises(ForeignCursor):
        decode(QUESTION, encode(QUESTION, CURSOR), types)


def test_a_whole_number_is_a_key_where_any_number_is() -> None:
    keys = [300, 20151231, None, "tijuana"]
    assert decode(QUESTION, written(content(keys=keys)), TYPES).keys == tuple(keys)


@pytest.mark.parametrize(
    "changes",
    [
        {"question": None},
        {"question": 0},
        {"question": [QUESTION]},
        {"keys": None},
        {"keys": 5},
        {"keys": []},
        {"keys": ["tijuana"]},
        {"keys": [300.0, 20151231, None, None]},
        {"keys": [300.0, 20151231, None, 5]},
        {"keys": [True, 20151231, None, "tijuana"]},
        {"keys": [300.0, True, None, "tijuana"]},
        {"keys": [300.0, 20151231.0, None, "tijuana"]},
        {"keys": ["300", 20151231, None, "tijuana"]},
        {"keys": [300.0, 20151231, None, ["tijuana"]]},
        {"keys": [300.0, 20151231, {}, "tijuana"]},
        {"total": "461"},
        {"total": 461.0},
        {"total": True},
        {"total": -1},
        {"total": None},
        {"total": [461]},
        {"relation": None},
        {"relation": "lte"},
        {"relation": ["eq"]},
        {"version": None},
        {"version": 5},
        {"version": [VERSION]},
        {"count": None},
        {"count": "many"},
        {"count": ["auto"]},
        {"count": "none"},
        {"total": None, "relation": None},
        {"total": None, "relation": None, "count": "exact"},
        {"tied": None},
        {"tied": 0},
        {"tied": "false"},
        {"tied": [False]},
    ],
    ids=str,
)
def test_other_types_than_were_written_are_foreign(changes: dict[str, Any]) -> None:
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(content(**changes)), TYPES)


def test_keys_that_are_no_list_are_foreign() -> None:
    keys = {"b": 0, "a": 0}
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(content(keys=keys)), (str, str))
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(content(keys="ab")), (str, str))


@pytest.mark.parametrize("key", [2**63, -(2**63) - 1, 10**30])
def test_whole_numbers_that_no_database_holds_are_foreign(key: int) -> None:
    for keys in ([300.0, key, None, "tijuana"], [key, 20151231, None, "tijuana"]):
        with pytest.raises(ForeignCursor):
            decode(QUESTION, written(content(keys=keys)), TYPES)
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(content(total=10**30)), TYPES)


@pytest.mark.parametrize("key", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_foreign(key: float) -> None:
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(content(keys=[key, 20151231, None, "tijuana"])), TYPES)


@pytest.mark.parametrize("key", ["\ud800", "tijuana\udfff"])
def test_half_characters_are_foreign(key: str) -> None:
    # JSON can write one half of a pair of surrogates; UTF-8, and so a database, cannot.
    for keys in ([300.0, 20151231, key, "tijuana"], [300.0, 20151231, None, key]):
        with pytest.raises(ForeignCursor):
            decode(QUESTION, written(content(keys=keys)), TYPES)
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(content(version=key)), TYPES)


@pytest.mark.parametrize(
    "value",
    [None, True, 0, "", "abc", [], {}, [QUESTION], content()[:-2], [*content(), 0], dict.fromkeys("abcdefg", 0)],
    ids=str,
)
def test_other_json_is_foreign(value: Any) -> None:
    with pytest.raises(ForeignCursor):
        decode(QUESTION, written(value), TYPES)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"\xff\xfe",
        b"not json",
        b"NaN",
        b"1e999",
        b'["0123456789abcdef"',
        b"[" * 1_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b'"' + b"a" * 1_000_000 + b'"',
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_bytes_that_are_no_cursor_are_foreign(raw: bytes) -> None:
    with pytest.raises(ForeignCursor):
        decode(QUESTION, base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), TYPES)


@pytest.mark.parametrize(
    "text", ["", "a", "aaaaa", "=", "====", "a===", "é", "a b", "%%%%", "aaaa\n", "/+/+", "....", "\x00"]
)
def test_text_that_is_no_base64url_is_foreign(text: str) -> None:
    with pytest.raises(ForeignCursor):
        decode(QUESTION, text, TYPES)


def test_a_cursor_longer_than_the_document_allows_is_foreign() -> None:
    name = "a" * MAX_CURSOR
    text = encode(QUESTION, Cursor((name,), NOT_COUNTED))
    assert len(text) > MAX_CURSOR
    with pytest.raises(ForeignCursor):
        decode(QUESTION, text, (str,))


def only_foreign(text: str, types: tuple[type, ...]) -> None:
    """Reading it fails as it may, or gives keys that a database can compare."""
    try:
        cursor = decode(QUESTION, text, types)
    except ForeignCursor:
        return
    assert len(cursor.keys) == len(types)
    assert type(cursor.keys[-1]) is str
    for key, type_ in zip(cursor.keys, types, strict=True):
        assert key is None or type(key) is type_ or (type(key) is int and type_ is float)
        if type(key) is int:
            assert -(2**63) <= key < 2**63


@given(CURSORS, st.data())
def test_a_changed_cursor_is_foreign_or_a_cursor(cursor: Cursor, data: st.DataObject) -> None:
    text = encode(QUESTION, cursor)
    position = data.draw(st.integers(0, len(text) - 1))
    removed = data.draw(st.integers(0, 3))
    put = data.draw(st.text("ABCZabcz0189-_=+/.% ", max_size=3))
    only_foreign(text[:position] + put + text[position + removed :], types_of(cursor))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON, JSON, JSON, JSON, JSON)
def test_whatever_stands_in_a_cursor_it_is_foreign_or_a_cursor(
    keys: Any, total: Any, relation: Any, version: Any, count: Any, tied: Any
) -> None:
    text = written([QUESTION, keys, total, relation, version, count, tied])
    for types in ((str,), (float, str), (int, int, str)):
        only_foreign(text, types)
