import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import clean_environment, running_server
from tests.rich import Served, write_small_seed
from tests.waiting import PATIENCE, eventually

from calibaja_api import __version__
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCES
from calibaja_api.sqlite import SqliteDatabase, url_of

pytest_plugins = ["tests.rich"]

LISTS = [f"/v1/{resource.name}" for resource in RESOURCES]
ABOUT = ["/v1", "/v1/dataset", "/v1/meta", "/v1/meta/facts"]
TAGGED = [*ABOUT, *LISTS, "/v1/facts?limit=3&sort=-value&include=subject", "/v1/facts?lang=es", "/openapi.json"]
TAGGED += ["/v1/facts?limit=3&latest=true&facets=basis&q=tijuana", "/v1/regions?near=32.5,-117&limit=3"]
TAGGED += ["/v1/search?q=tijuana", "/v1/compare?subject=tijuana&subject=baja-california&predicate=establishments"]
FILES = ["/v1/facts?format=csv&limit=3", "/v1/facts?format=csl-json&limit=3", "/v1/regions?format=geojson"]
PAGES = ["/", "/docs", "/redoc", "/docs/assets/docs.js", "/docs/assets/page.css", "/docs/assets/swagger-ui.css"]
HEALTH = ["/healthz", "/readyz", "/problems/not-found"]
REFUSED = {
    "/nothing": 404,
    "/v1/nothing": 404,
    "/v1/regions/": 404,
    "/v1/regions/nothing-like-it": 404,
    "/v1/regions?limit=0": 400,
    "/v1/regions?kind=nothing-like-it": 400,
    "/v1/regions?dataset_version=0123456789abcdef": 409,
    "/v1/search": 400,
    "/v1/search?q=a&dataset_version=0123456789abcdef": 409,
    "/v1/compare?subject=nothing-like-it&subject=tijuana&predicate=establishments": 400,
    "/v1/facts?format=csv&include=subject": 400,
    "/v1/facts?format=csv&region=nothing-like-it": 400,
    f"/v1/regions?name__contains={'a' * 8000}": 414,
    "/problems/nothing": 404,
}
PUBLIC = "https://api.example.org/cali-baja"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def item_of(http: httpx.Client, address: str) -> str:
    """The address of the first item of a list."""
    return f"{address}/{http.get(f'{address}?limit=1').json()['data'][0]['id']}"


def with_items(http: httpx.Client, addresses: list[str]) -> list[str]:
    return [*addresses, *(item_of(http, address) for address in LISTS)]


@pytest.fixture(scope="module")
def public(rich: Served) -> Iterator[httpx.Client]:
    """The made-up dataset under a public address, with caching set."""
    settings = {"CALIBAJA_PUBLIC_URL": f"{PUBLIC}/", "CALIBAJA_CACHE_MAX_AGE": "5"}
    settings["CALIBAJA_CACHE_STALE_WHILE_REVALIDATE"] = "0"
    with running_server(rich.url, **settings) as address, httpx.Client(base_url=address) as http:
        yield http


def test_every_answer_has_a_tag_of_dataset_program_and_question(http: httpx.Client) -> None:
    version = http.get("/v1/dataset").json()["version"]
    tags = []
    for address in with_items(http, [*TAGGED, *FILES]):
        response = http.get(address)
        assert response.status_code == 200, address
        tags.append(response.headers["etag"])
        assert re.fullmatch(rf'W/"{version}\.{re.escape(__version__)}\.[0-9A-Za-z_-]+"', tags[-1])
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("address", TAGGED + FILES)
def test_the_same_question_has_the_same_tag_and_bytes(http: httpx.Client, address: str) -> None:
    one, other = http.get(address), http.get(address)
    assert (one.headers["etag"], one.content) == (other.headers["etag"], other.content)


@pytest.mark.parametrize(
    "held",
    [
        "{tag}",
        "{strong}",
        '"another", {tag}',
        '{tag}, W/"another"',
        '"another",{strong} ,"third"',
        "*",
    ],
)
def test_nothing_is_sent_again_that_the_client_holds(http: httpx.Client, held: str) -> None:
    for address in with_items(http, [*TAGGED, *FILES]):
        tag = http.get(address).headers["etag"]
        asked = held.format(tag=tag, strong=tag.removeprefix("W/"))
        response = http.get(address, headers={"If-None-Match": asked})
        assert response.status_code == 304, address
        assert response.content == b""
        assert response.headers["etag"] == tag
        assert "content-length" not in response.headers
        assert {"cache-control", "vary"} <= set(response.headers)


def test_several_lines_of_held_tags_are_one(http: httpx.Client) -> None:
    for address in ("/v1/regions", "/openapi.json"):
        tag = http.get(address).headers["etag"]
        lines = [("If-None-Match", 'W/"another"'), ("If-None-Match", tag), ("If-None-Match", '"third"')]
        assert http.get(address, headers=lines).status_code == 304


@pytest.mark.parametrize("held", ['"another"', 'W/"another"', "", '""', "W/", '"*"', "nonsense"])
def test_another_tag_is_answered_in_full(http: httpx.Client, held: str) -> None:
    response = http.get("/v1/regions", headers={"If-None-Match": held})
    assert (response.status_code, response.json()["page"]["limit"]) == (200, 25)


def test_the_tag_of_one_question_is_not_that_of_another(http: httpx.Client) -> None:
    tag = http.get("/v1/regions").headers["etag"]
    for address in ("/v1/regions?lang=es", "/v1/regions?limit=24", "/v1/sectors", "/v1/regions?include=parent"):
        response = http.get(address, headers={"If-None-Match": tag})
        assert response.status_code == 200
        assert response.headers["etag"] != tag


def test_answers_of_equal_tags_are_equal(http: httpx.Client, public: httpx.Client, rich: Served) -> None:
    queries = ["", "?lang=en", "?lang=es", "?format=json", "?kind=city&kind=state", "?kind=state&kind=city"]
    queries += ["?limit=2", "?limit=02", "?limit=2&sort=id", "?sort=id,name&limit=2", "?limit=2&format=json"]
    bodies: dict[str, set[bytes]] = {}
    for asking in (http, rich.http, public):
        for query in queries:
            response = asking.get(f"/v1/regions{query}")
            bodies.setdefault(response.headers["etag"], set()).add(response.content)
    assert all(len(body) == 1 for body in bodies.values())
    assert len(bodies) > len(queries)


def test_the_tag_differs_by_public_address(rich: Served, public: httpx.Client) -> None:
    for address in ("/v1", "/v1/regions?limit=1", "/v1/meta"):
        assert rich.http.get(address).headers["etag"] != public.get(address).headers["etag"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/regions/nothing-like-it", 404),
        ("/v1/people/person-gone", 410),
        ("/v1/regions?kind=nothing-like-it", 400),
        ("/v1/regions?dataset_version=0123456789abcdef", 409),
        ("/v1/regions?dataset_version=0123456789abcdef&format=csv", 409),
        ("/v1/regions?kind=nothing-like-it&format=csv", 400),
        ("/v1/search", 400),
        ("/v1/compare?subject=land-0&subject=nothing-like-it&predicate=count", 400),
        ("/v1/regions/old-land", 308),
        ("/nothing", 404),
    ],
)
@pytest.mark.parametrize("held", ["*", 'W/"another"'])
def test_what_is_not_there_is_told_to_those_who_hold_something(
    rich: Served, address: str, status: int, held: str
) -> None:
    response = rich.http.get(address, headers={"If-None-Match": held})
    assert response.status_code == status
    assert "etag" not in response.headers


@pytest.mark.parametrize("address", [*ABOUT, *LISTS])
def test_vary_names_accept_unless_the_format_is_asked_for(http: httpx.Client, address: str) -> None:
    def varies(query: str) -> set[str]:
        return {name.strip().lower() for name in http.get(address + query).headers["vary"].split(",")}

    assert varies("") == {"accept-encoding", "accept"}
    assert varies("?format=json") == {"accept-encoding"}


def test_caching_is_as_set(http: httpx.Client, public: httpx.Client) -> None:
    for address in [*ABOUT, *LISTS, "/openapi.json"]:
        assert http.get(address).headers["cache-control"] == "public, max-age=60, stale-while-revalidate=600"
    for address in [*ABOUT, *LISTS]:
        assert public.get(address).headers["cache-control"] == "public, max-age=5, stale-while-revalidate=0"


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_health_is_not_kept(http: httpx.Client, address: str) -> None:
    response = http.get(address, headers={"If-None-Match": "*"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def test_health_says_what_it_is(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    version = http.get("/v1/dataset").json()["version"]
    assert http.get("/readyz").json() == {"status": "ready", "dataset_version": version}


def apart_from_time(response: httpx.Response) -> dict[str, str]:
    """The headers of an answer without those that say when and how fast."""
    return {name: value for name, value in response.headers.items() if name not in {"date", "server-timing"}}


def test_head_is_get_without_the_body(http: httpx.Client) -> None:
    headers = {"X-Request-ID": "the-same", "Accept-Encoding": "identity"}
    for address in with_items(http, [*TAGGED, *PAGES, *HEALTH, *REFUSED]):
        got, head = http.get(address, headers=headers), http.head(address, headers=headers)
        assert head.status_code == got.status_code, address
        assert head.content == b""
        assert apart_from_time(head) == apart_from_time(got), address
        assert int(head.headers["content-length"]) == len(got.content)


def test_head_is_answered_conditionally(http: httpx.Client) -> None:
    tag = http.head("/v1/regions").headers["etag"]
    assert http.head("/v1/regions", headers={"If-None-Match": tag}).status_code == 304


def test_options_tells_the_methods(http: httpx.Client) -> None:
    for address in with_items(http, [*TAGGED, *FILES, *PAGES, *HEALTH]):
        response = http.options(address)
        assert (response.status_code, response.content) == (204, b""), address
        assert {method.strip() for method in response.headers["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}


def test_a_preflight_is_granted(http: httpx.Client) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match, x-request-id",
    }
    for address in ("/v1/facts", "/v1/regions/tijuana?lang=es", "/openapi.json", "/healthz"):
        response = http.options(address, headers=asked)
        assert response.status_code == 204
        assert response.headers["access-control-allow-origin"] == "*"
        assert "GET" in response.headers["access-control-allow-methods"]
        allowed = response.headers["access-control-allow-headers"].lower()
        assert {"if-none-match", "x-request-id"} <= {name.strip() for name in allowed.split(",")}
        assert int(response.headers["access-control-max-age"]) > 0


def test_options_of_no_path_is_not_found(http: httpx.Client) -> None:
    assert http.options("/nothing").status_code == 404


def kinds_of_answers(http: httpx.Client, rich: Served) -> Iterator[httpx.Response]:
    """One of each: pages, data, redirects, nothing new, and every refusal that can be provoked."""
    for address in with_items(http, [*TAGGED, *FILES, *PAGES, *HEALTH]):
        yield http.get(address)
    for address, status in REFUSED.items():
        response = http.get(address)
        assert response.status_code == status, address
        yield response
    yield http.get("/v1/facts", headers={"If-None-Match": "*"})
    yield http.get("/", headers={"Accept": BROWSER})
    yield http.get("/v1/facts", headers={"Accept": "text/html"})
    yield http.options("/v1/facts")
    yield http.post("/v1/facts")
    yield http.request("PROPFIND", "/v1/facts")
    yield http.put("/v1/regions/tijuana", content=b"{}")
    yield rich.http.get("/v1/regions/old-land")
    yield rich.http.get("/v1/people/person-gone")


def test_every_answer_is_open_to_other_pages_and_safe(http: httpx.Client, rich: Served) -> None:
    seen = set()
    for response in kinds_of_answers(http, rich):
        headers, about = response.headers, f"{response.request.method} {response.request.url}"
        seen.add(response.status_code)
        assert headers["access-control-allow-origin"] == "*", about
        exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
        assert {"etag", "link", "content-language", "content-disposition", "x-request-id", "retry-after"} <= exposed
        assert "server-timing" in exposed
        assert headers["timing-allow-origin"] == "*"
        assert ("server-timing" in headers) is response.request.url.path.startswith("/v1"), about
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers
        assert re.fullmatch("[A-Za-z0-9._-]{1,64}", headers["x-request-id"])
        assert len(headers.get_list("x-request-id")) == 1
        assert "set-cookie" not in headers
    assert seen == {200, 204, 304, 308, 400, 404, 405, 406, 409, 410, 414}


@pytest.mark.parametrize("given", ["a", "abc-123_x.Y", "0" * 64])
def test_the_request_id_of_the_client_comes_back(http: httpx.Client, given: str) -> None:
    for address in ("/v1/regions", "/healthz", "/nothing", "/docs"):
        response = http.get(address, headers={"X-Request-ID": given})
        assert response.headers["x-request-id"] == given
    assert http.get("/nothing", headers={"X-Request-ID": given}).json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "a b", "0" * 65, "ñ", '"quoted"', "a/b", "a,b", "<b>", "a\tb"])
def test_another_request_id_is_replaced(http: httpx.Client, given: str) -> None:
    headers = {b"X-Request-ID": given.encode()}
    answers = [http.get("/nothing", headers=headers) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 2
    assert given not in ids
    assert {answer.json()["request_id"] for answer in answers} == ids


def test_every_request_without_an_id_gets_its_own(http: httpx.Client) -> None:
    assert len({http.get("/healthz").headers["x-request-id"] for _ in range(5)}) == 5


def urls_in(node: Any) -> Iterator[str]:
    """Every address of the service in an answer."""
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name in {"url", "meta", "next", "type"} and "/" in value:
                yield value
            elif name == "links":
                yield from value.values()
            else:
                yield from urls_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from urls_in(value)


ADDRESSED = ["/v1", "/v1?lang=es", "/v1/meta", "/v1/meta/regions?lang=es", "/v1/regions?limit=2", "/problems/not-found"]
ADDRESSED += ["/v1/regions?limit=2&lang=es", "/v1/regions?limit=0", "/nothing"]
ADDRESSED += ["/v1/search?q=a&limit=2", "/v1/search?q=a&limit=2&lang=es", "/v1/regions?q=a&facets=kind&limit=2&lang=es"]


@pytest.mark.parametrize("address", ADDRESSED)
def test_addresses_are_relative_to_the_host_and_carry_the_language(rich: Served, address: str) -> None:
    urls = list(urls_in(rich.http.get(address).json()))
    assert urls
    assert all(re.match("/[a-z]", url) for url in urls)
    if "lang=es" in address:
        assert all("lang=es" in url for url in urls if url.startswith("/v1"))
    else:
        assert not any("lang=" in url for url in urls)


@pytest.mark.parametrize("address", ADDRESSED)
def test_with_a_public_address_all_are_absolute_under_it(rich: Served, public: httpx.Client, address: str) -> None:
    relative = list(urls_in(rich.http.get(address).json()))
    response = public.get(address)
    assert list(urls_in(response.json())) == [PUBLIC + url for url in relative]
    if "limit=2" in address:
        assert response.headers["link"] == f'<{response.json()["page"]["next"]}>; rel="next"'


def test_a_redirect_is_under_the_public_address(public: httpx.Client) -> None:
    assert public.get("/v1/regions/old-land?lang=es").headers["location"] == f"{PUBLIC}/v1/regions/land-0?lang=es"


@pytest.mark.slow
def test_the_document_names_the_public_address(server: str, database: Path) -> None:
    assert httpx.get(f"{server}/openapi.json").json()["servers"] == [{"url": "/"}]
    with running_server(database, CALIBAJA_PUBLIC_URL=PUBLIC) as address:
        assert httpx.get(f"{address}/openapi.json").json()["servers"] == [{"url": PUBLIC}]


FORWARDED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "203.0.113.9",
    "Forwarded": "host=evil.example;proto=https",
    "X-Original-URL": "/evil",
}


@pytest.mark.parametrize("address", [*ADDRESSED, "/", "/docs", "/v1/regions/old-land"])
def test_host_and_forwarding_headers_change_nothing(rich: Served, public: httpx.Client, address: str) -> None:
    same = {"X-Request-ID": "the-same", "Accept": "application/json, text/html;q=0.5"}
    for asking in (rich.http, public):
        plain, forwarded = asking.get(address, headers=same), asking.get(address, headers={**same, **FORWARDED})
        assert plain.content == forwarded.content
        assert apart_from_time(plain) == apart_from_time(forwarded)
        assert b"evil" not in forwarded.content


@pytest.mark.parametrize(
    ("accept_language", "lang"),
    [
        ("", "en"),
        ("en-US,en;q=0.9", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("es;q=0.5, en;q=0.4", "es"),
        ("fr-FR, es;q=0.3", "es"),
        ("fr", "en"),
        ("ES", "es"),
        ("es;q=0", "en"),
        ("nonsense;;;q=", "en"),
    ],
)
def test_home_is_a_page_for_browsers_in_their_language(http: httpx.Client, accept_language: str, lang: str) -> None:
    response = http.get("/", headers={"Accept": BROWSER, "Accept-Language": accept_language})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-language"] == lang
    assert f'<html lang="{lang}">' in response.text
    assert http.get("/v1", params={"lang": lang}).json()["name"] in response.text
    varies = {name.strip().lower() for name in response.headers["vary"].split(",")}
    assert {"accept", "accept-language"} <= varies


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "application/json, text/html;q=0.9", "text/html;q=0,*/*"]
)
def test_home_is_the_index_for_others(http: httpx.Client, accept: str) -> None:
    response = http.get("/", headers={"Accept": accept, "Accept-Language": "es"})
    assert response.headers["content-type"] == "application/json"
    assert response.json() == http.get("/v1").json()
    assert "accept" in {name.strip().lower() for name in response.headers["vary"].split(",")}


class Loaded(HTMLParser):
    """What a page loads and links to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.addresses += [value for name, value in attrs if name in {"src", "href"} and value]
        self.inline += tag == "script" and "src" not in told
        assert not any(name.startswith("on") for name in told)


@pytest.mark.parametrize("address", ["/", "/docs", "/redoc"])
def test_a_page_loads_only_what_is_served_here(http: httpx.Client, address: str) -> None:
    response = http.get(address, headers={"Accept": BROWSER})
    assert response.headers["content-type"].startswith("text/html")
    page = Loaded()
    page.feed(response.text)
    assert page.addresses
    assert page.inline == 0
    for loaded in page.addresses:
        assert not re.match("[a-z]*:|//", loaded), loaded
        answer = http.get(str(httpx.URL(response.url).join(loaded)))
        assert answer.status_code == 200
        if "css" in answer.headers["content-type"]:
            assert not re.search(r"@import|url\((?!['\"]?data:)", answer.text)
        if "javascript" in answer.headers["content-type"]:
            assert not re.search(r"https?://(?:cdn|fonts|unpkg|[a-z]*\.?jsdelivr)\b", answer.text)
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert not re.search(r"https?:|\*|'unsafe-eval'", " ".join(policy.values()))
    assert "'unsafe-inline'" not in policy["script-src"]


def test_an_asset_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    for name in ("nothing.js", "..%2F..%2Fpyproject.toml", "docs.html", "%00"):
        assert http.get(f"/docs/assets/{name}").status_code == 404


@contextmanager
def without_dataset(path: Path) -> Iterator[httpx.Client]:
    """The application under plain uvicorn, with a database that is not there."""
    command = [sys.executable, "-m", "uvicorn", "calibaja_api.app:create_app", "--factory", "--port", "0"]
    settings = clean_environment(CALIBAJA_DATABASE_URL=url_of(path))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=settings) as process:
        assert process.stderr is not None
        try:
            address = next(found[1] for line in process.stderr if (found := re.search(r"(http://[\d.:]+)", line)))
            threading.Thread(target=process.stderr.read, daemon=True).start()
            with httpx.Client(base_url=address) as http:
                yield http
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


@pytest.mark.slow
def test_without_a_dataset_it_lives_but_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "data" / "calibaja.sqlite3"
    with without_dataset(path) as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/docs").status_code == 200
        for address in ("/readyz", "/v1", "/v1/regions", "/v1/regions/tijuana", "/openapi.json", "/"):
            response = http.get(address)
            assert (response.status_code, response.json()["code"]) == (503, "unavailable")
            assert response.headers["cache-control"] == "no-store"
            assert int(response.headers["retry-after"]) > 0
            assert str(tmp_path) not in response.text
        # What is wrong whatever the data is told all the same.
        assert http.get("/v1/regions?limit=0").status_code == 400
        publish(draft(write_small_seed(tmp_path / "seed", 3)), SqliteDatabase(path))
        assert eventually(lambda: http.get("/readyz").status_code == 200)
        assert http.get("/v1/facts").json()["meta"]["total"] == 3


@pytest.mark.slow
def test_bytes_that_are_no_dataset_are_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "calibaja.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with without_dataset(path) as http:
        assert http.get("/healthz").status_code == 200
        assert http.get("/readyz").status_code == 503


def test_the_home_page_reads_its_question_as_strictly_as_the_index(http: httpx.Client) -> None:
    browser = {"Accept": "text/html", "Accept-Language": "en"}
    spanish = http.get("/?lang=es", headers=browser)
    assert (spanish.status_code, spanish.headers["content-language"]) == (200, "es")
    assert http.get("/?lnag=es", headers=browser).json()["errors"][0]["suggestion"] == "lang"


def test_options_of_the_whole_server_are_answered(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 204")
