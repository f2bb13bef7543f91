"""Text that nobody wrote on purpose, given to whatever reads what clients send: it is read or refused, in little time.

`make fuzz` tries 20,000 of each instead of a hundred, here and wherever else properties are tested.
"""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_from_bytes

import pytest
from fastapi import FastAPI
from hypothesis import example, given
from hypothesis import strategies as st

from calibaja_api.app import create_app
from calibaja_api.cursors import Cursor, ForeignCursor, Total, decode, encode
from calibaja_api.dates import MAX_LENGTH, Day, WrongDate, parse, parse_range
from calibaja_api.errors import InvalidParameters, NotAcceptable, Refusal, UriTooLong
from calibaja_api.matching import indexed_words, name_keys, ranges, said, terms
from calibaja_api.negotiation import holds_any, is_fresh, media_format, preferred_language, prefers_html
from calibaja_api.ordering import order
from calibaja_api.parsing import Parser
from calibaja_api.query import key_types
from calibaja_api.resources import RESOURCES
from calibaja_api.settings import Settings
from calibaja_api.shapes.comparison import CompareQuery
from calibaja_api.shapes.dataset import AboutQuery
from calibaja_api.shapes.search import SearchQuery
from calibaja_api.shapes.values import MAX_CURSOR, MAX_TEXT
from calibaja_api.shapes.vocabulary import Count, Format, Lang, TotalRelation
from calibaja_api.sqlite import url_of
from calibaja_api.text import fold, nearest, nearest_words, tokens, words

SECONDS: Final = 2
"""No text that is read at all takes longer, however busy the machine is; most take less than a thousandth of it."""


@contextmanager
def soon() -> Iterator[None]:
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < SECONDS, f"{took:.1f} s"


PARSERS: Final[list[Parser[Any]]] = [
    *(Parser(resource.question) for resource in RESOURCES),
    *(Parser(resource.item_question) for resource in RESOURCES),
    *(Parser(SearchQuery), Parser(CompareQuery), Parser(AboutQuery)),
]
NAMES: Final = sorted({name for parser in PARSERS for name in parser.parameters})
ANY_TEXT: Final = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES: Final = st.one_of(
    ANY_TEXT.map(quote),
    st.binary(max_size=20).map(quote_from_bytes),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["true", "false", "en", "json", "A", "2015", "1994/..", "32.5,-117", "-time", "id,name", "%00", "%"]
    ),
).map(str.encode)
PAIRS: Final = st.builds(
    lambda name, value: name.encode() + b"=" + value, st.sampled_from(NAMES) | ANY_TEXT.map(quote), VALUES
)
QUERIES: Final = st.binary(max_size=200) | st.lists(PAIRS, max_size=8).map(b"&".join)


def question_or_refusal(parser: Parser[Any], query_string: bytes) -> Any:
    try:
        return parser.parse_url(b"/v1/x", query_string)
    except (InvalidParameters, UriTooLong) as refusal:
        return refusal


@given(st.sampled_from(PARSERS), QUERIES)
def test_any_bytes_are_a_question_or_refused(parser: Parser[Any], query_string: bytes) -> None:
    with soon():
        read = question_or_refusal(parser, query_string)
    if isinstance(read, Refusal):
        assert read.detail
        assert sum(len(error.model_dump_json()) for error in read.errors) < 50_000
        return
    question = read
    again = parser.parse(question.text.encode())
    assert again.text == question.text


REPEATED: Final = ("a=1&", "&", "=", "%", "%f", ",", "id=a&", "id=&", "sort=id,", "q=a&", "%00", "subject=%E2%80%AE&")


@pytest.mark.parametrize("piece", REPEATED)
@pytest.mark.parametrize("parser", PARSERS[:1] + PARSERS[6:7] + PARSERS[-3:-2], ids=lambda p: p.question.__name__)
def test_a_long_query_takes_no_long_time(parser: Parser[Any], piece: str) -> None:
    with soon(), pytest.raises((InvalidParameters, UriTooLong)):
        # More than HTTP lets through.
        parser.parse_url(b"/v1/x", (piece * 100_000).encode()[:100_000])


QUESTION: Final = "0123456789abcdef"
TYPES: Final[list[tuple[type, ...]]] = sorted(
    {
        tuple(key_types(resource, order(Parser(resource.question).parse(f"q=a&sort={value}".encode())), lang))
        for resource in RESOURCES
        for value in resource.sort_values
        for lang in Lang
    },
    key=str,
)
"""The types of the keys of every order that can be asked for."""


def content_of(types: tuple[type, ...]) -> st.SearchStrategy[Cursor]:
    keys = {
        str: ANY_TEXT,
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False),
    }
    total = st.builds(
        lambda total, relation, count: Total(total, relation, QUESTION, count),
        st.integers(0, 2**63 - 1),
        st.sampled_from(TotalRelation),
        st.sampled_from([Count.AUTO, Count.EXACT]),
    ) | st.just(Total(None, None, QUESTION, Count.NONE))
    first = [keys[type_] | st.none() for type_ in types[:-1]]
    return st.builds(Cursor, st.tuples(*first, keys[types[-1]]), total)


@given(st.data())
def test_a_cursor_of_every_order_is_read_as_it_was_written(data: st.DataObject) -> None:
    types = data.draw(st.sampled_from(TYPES))
    cursor = data.draw(content_of(types))
    text = encode(QUESTION, cursor)
    if len(text) <= MAX_CURSOR:
        assert decode(QUESTION, text, types) == cursor


@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@example("[" * MAX_CURSOR)
@example(base64.urlsafe_b64encode(b"[" * 1_500).decode())
@example(base64.urlsafe_b64encode(b'["' + QUESTION.encode() + b'",[' + b"9" * 1_000 + b"]]").decode())
def test_any_text_is_no_cursor_of_ours(text: str) -> None:
    for types in TYPES:
        with soon(), pytest.raises(ForeignCursor):
            decode(QUESTION, text, types)


@given(st.data())
def test_a_cursor_with_one_bit_turned_over_is_foreign_or_of_the_same_form(data: st.DataObject) -> None:
    types = data.draw(st.sampled_from(TYPES))
    raw = bytearray(base64.urlsafe_b64decode(encode(QUESTION, data.draw(content_of(types))) + "==="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        cursor = decode(QUESTION, base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), types)
    except ForeignCursor:
        return
    assert len(cursor.keys) == len(types)
    json.dumps(cursor.keys, allow_nan=False, ensure_ascii=False).encode()


DATE_LIKE: Final = st.text("0123456789-/.,[]XYuz~?%{}TZ:+ ٣", max_size=MAX_LENGTH + 2)


@given(DATE_LIKE | st.text(max_size=80))
@example("Y999999999")
@example("Y-999999999/..")
@example("2015-24")
@example("-0001-24")
def test_any_text_is_a_date_within_bounds_or_none(text: str) -> None:
    for read in (parse, parse_range):
        with soon():
            try:
                span = read(text)
            except WrongDate:
                continue
        assert text.isascii()
        for day in (span.earliest, span.latest):
            assert day is None or is_day(day), text
        if span.earliest and span.latest:
            assert span.earliest <= span.latest


def is_day(day: Day) -> bool:
    return abs(day.year) <= 10**9 and 1 <= day.month <= 12 and 1 <= day.day <= 31


@pytest.mark.parametrize("piece", ["2015", "[2015,", "2015/", "-", "Y9", "X", "~", "2015-01-01,", "0", "٣", "[", "../"])
@pytest.mark.parametrize("length", [64, 65, 10_000, 1_000_000])
def test_a_long_text_is_no_date(piece: str, length: int) -> None:
    for read in (parse, parse_range):
        with soon(), pytest.raises(WrongDate):
            read((piece * length)[:length])


TEXTS: Final = st.text(max_size=MAX_TEXT)


@given(TEXTS, TEXTS)
@example("\ufdfa" * MAX_TEXT, "\ufdfa" * MAX_TEXT)
@example("a" + "\u0301" * 199, "\u0301" * 200)
@example("a-" * 100, "a." * 100)
@example("\U000e0001" * 100, "\ud800")
def test_any_text_is_searched_for_in_any_text(text: str, query: str) -> None:
    with soon():
        asked = terms(query)
        places = ranges(text, asked)
        count = said(text, asked)
        name_keys(text)
        found = indexed_words(text)
        folded = fold(text)
    assert fold(folded) == folded
    assert 0 <= count <= len(asked.required)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one[1] <= other[0] for one, other in pairwise(places))
    assert all(word.isalnum() for word in found)
    assert [token.text for token in tokens(text)] == words(text)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=10))
def test_the_nearest_of_any_words_is_one_of_them(word: str, candidates: list[str]) -> None:
    with soon():
        found = nearest(word, candidates)
        near = nearest_words(word, candidates)
    assert found is None or found in candidates
    assert {candidate for candidate, _ in near} <= set(candidates)


HEADERS: Final = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=100) | st.lists(
    st.sampled_from(
        [
            *("*/*", "*", "application/json", "text/csv", ";q=0.5", ";q=", ";q=nan", ";q=inf", ";q=-1", ",", ";", "="),
            *(" ", 'W/"', '"', "W/", "application/*", "es", "es-MX", "en;q=1e309", ";q=0.", "bytes=0-", "*/json", "/"),
        ]
    ),
    max_size=12,
).map("".join)


@given(HEADERS)
def test_any_header_is_read(header: str) -> None:
    with soon():
        with contextlib.suppress(NotAcceptable):
            assert media_format(None, header, list(Format)) in Format
        assert prefers_html(header) in {True, False}
        assert preferred_language(header) in Lang
        assert is_fresh(header, 'W/"a.b.c"') in {True, False}
        assert holds_any(header) in {True, False}


@pytest.mark.parametrize("piece", [",", ";", "=", '"', "*/*,", "*/*;q=0.1,", "W/", "a/b;", "es-", " ", "q=1;"])
def test_a_long_header_takes_no_long_time(piece: str) -> None:
    # A server of HTTP reads no more than this.
    header = (piece * 65_536)[:65_536]
    with soon():
        for read in (prefers_html, preferred_language, holds_any):
            assert read(header) is not None
        assert not is_fresh(header, 'W/"a.b.c"')


@pytest.fixture(scope="module")
def app(database: Path) -> Iterator[FastAPI]:
    made = create_app(Settings.model_construct(database_url=url_of(database)))
    yield made
    made.state.datasets.close()


Answer = tuple[int, dict[str, str], bytes]


def asked(app: FastAPI, path: bytes, query_string: bytes, headers: list[tuple[bytes, bytes]]) -> Answer:
    """What the application answers, as a server would ask it."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path.decode(errors="replace"),
        "raw_path": path,
        "root_path": "",
        "query_string": query_string,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    asyncio.run(app(scope, receive, send))
    begun, *pieces = sent
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in begun["headers"]}
    return begun["status"], told, b"".join(piece.get("body", b"") for piece in pieces)


LISTS: Final = [f"/v1/{resource.name}" for resource in RESOURCES]
ITEMS: Final = [f"{path}/tijuana" for path in LISTS]
PATHS: Final = [*LISTS, *ITEMS, "/v1", "/v1/search", "/v1/compare", "/v1/dataset", "/v1/meta/facts", "/", "/readyz"]
READ: Final = (b"accept", b"accept-language", b"if-none-match", b"range", b"x-request-id", b"host", b"accept-encoding")


@given(
    st.sampled_from(PATHS).map(str.encode) | st.text("abv1/.%-\x7fé", max_size=20).map(lambda t: b"/" + t.encode()),
    QUERIES,
    st.lists(st.tuples(st.sampled_from(READ), HEADERS.map(lambda text: text.encode("latin-1"))), max_size=4),
)
def test_any_request_is_answered(
    app: FastAPI, path: bytes, query_string: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    with soon():
        status, told, body = asked(app, path, query_string, headers)
    assert status < 500, body
    assert all("\n" not in value and "\r" not in value for value in told.values())
    if status >= 400:
        assert told["content-type"] == "application/problem+json"
        assert json.loads(body)["status"] == status


@given(st.text(max_size=MAX_TEXT), st.sampled_from(["/v1/search", "/v1/facts", "/v1/regions", "/v1/sources"]))
@example("\ufdfa" * MAX_TEXT, "/v1/search")
@example("tijuanna " * 22, "/v1/search")
@example("a" * MAX_TEXT, "/v1/search")
def test_any_text_is_searched_for_in_little_time(app: FastAPI, text: str, path: str) -> None:
    query_string = f"q={quote(text, errors='replace')}&limit=200".encode()
    with soon():
        status, _, body = asked(app, path.encode(), query_string, [])
    assert status in {200, 400}, body
    assert json.loads(body)
