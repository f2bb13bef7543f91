import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard
from tests import test_streaming
from tests.started import get, started
from tests.waiting import PATIENCE

from calibaja_api.compression import MINIMUM_BYTES

big = test_streaming.big

LISTS = ["/v1/facts?limit=50", "/v1/meta", "/openapi.json", "/docs/assets/swagger-ui.css", "/metrics"]
EXPORTS = [f"/v1/facts?format={name}" for name in ("csv", "ndjson", "bibtex", "csl-json")]
EXPORTS += ["/v1/regions?format=geojson"]
PROBLEM = f"/v1/facts?{'&'.join(f'wrong{n}=1' for n in range(9))}"
READ: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda sent: zstandard.ZstdDecompressor().decompressobj().decompress(sent),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


def raw(http: httpx.Client, address: str, accepted: str | None, method: str = "GET") -> tuple[httpx.Response, bytes]:
    """An answer and its bytes as they were sent."""
    request = http.build_request(method, address)
    request.headers.pop("accept-encoding", None)
    if accepted is not None:
        request.headers["accept-encoding"] = accepted
    response = http.send(request, stream=True)
    sent = b"".join(response.iter_raw())
    response.close()
    return response, sent


def names(value: str) -> list[str]:
    return [name.strip().lower() for name in value.split(",")]


@pytest.mark.parametrize("encoding", READ)
@pytest.mark.parametrize("address", [*LISTS, *EXPORTS, PROBLEM])
def test_the_same_is_sent_smaller(http: httpx.Client, address: str, encoding: str) -> None:
    plain, whole = raw(http, address, None)
    assert "content-encoding" not in plain.headers
    packed, sent = raw(http, address, encoding)
    assert packed.headers["content-encoding"] == encoding
    assert packed.status_code == plain.status_code
    if address not in {"/metrics", PROBLEM}:
        assert READ[encoding](sent) == whole
    assert len(sent) < len(whole) * 0.7
    assert packed.headers.get("content-length", str(len(sent))) == str(len(sent))
    apart = {"content-encoding", "content-length", "date", "server-timing", "x-request-id", "vary", "transfer-encoding"}
    for name in {*plain.headers, *packed.headers} - apart:
        assert packed.headers.get(name) == plain.headers.get(name), name


@pytest.mark.parametrize("accepted", [None, "identity", "gzip", "br, gzip"])
@pytest.mark.parametrize("address", [*LISTS[:4], *EXPORTS, "/v1", "/", "/docs", "/problems/not-found"])
def test_vary_names_the_encoding_once(http: httpx.Client, address: str, accepted: str | None) -> None:
    varies = names(raw(http, address, accepted)[0].headers["vary"])
    assert varies.count("accept-encoding") == 1
    assert len(set(varies)) == len(varies)
    assert varies == names(raw(http, address, None)[0].headers["vary"])


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=0, br;q=0.1", "br"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("zstd;q=0, *", "br"),
        ("GZIP", "gzip"),
        ("deflate, compress", None),
        ("gzip;q=nonsense", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.0", "gzip"),
        ("identity, *;q=0", None),
    ],
)
def test_the_encoding_is_one_that_is_accepted(http: httpx.Client, accepted: str, encoding: str | None) -> None:
    for address in ("/v1/facts?limit=20", "/v1/facts?format=csv"):
        response, _ = raw(http, address, accepted)
        assert response.status_code == 200
        assert response.headers.get("content-encoding") == encoding, address


def test_what_is_small_is_sent_as_it_is(http: httpx.Client) -> None:
    for address in ("/healthz", "/readyz"):
        response, sent = raw(http, address, "gzip")
        assert "content-encoding" not in response.headers
        assert len(sent) < MINIMUM_BYTES


@pytest.mark.parametrize("address", ["/v1/facts", "/v1/facts?format=csv", "/openapi.json"])
def test_tags_are_the_same_and_304_has_no_content(http: httpx.Client, address: str) -> None:
    tag = raw(http, address, None)[0].headers["etag"]
    assert raw(http, address, "gzip")[0].headers["etag"] == tag
    request = http.build_request("GET", address, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    response = http.send(request)
    assert (response.status_code, response.content) == (304, b"")
    assert "content-encoding" not in response.headers
    assert names(response.headers["vary"]).count("accept-encoding") == 1


@pytest.mark.parametrize("address", ["/v1/facts?limit=20", "/v1/facts?format=csv", "/openapi.json", "/docs", PROBLEM])
@pytest.mark.parametrize("accepted", ["gzip", "br", "zstd", None])
def test_head_has_the_headers_of_get(http: httpx.Client, address: str, accepted: str | None) -> None:
    apart = {"date", "server-timing", "x-request-id", "transfer-encoding"}
    if address == PROBLEM:
        apart.add("content-length")
    got, head = (raw(http, address, accepted, method) for method in ("GET", "HEAD"))
    assert head[1] == b""
    assert {name: value for name, value in head[0].headers.items() if name not in apart} == {
        name: value for name, value in got[0].headers.items() if name not in apart
    }


@pytest.fixture(scope="module")
def address_of_big(big: Path) -> Iterator[str]:
    with started(big) as server:
        yield server.address


@pytest.mark.slow
@pytest.mark.parametrize("encoding", READ)
def test_an_export_is_sent_while_it_is_made(address_of_big: str, encoding: str) -> None:
    # The first lines can be read long before the last are made.
    with (
        httpx.Client(base_url=address_of_big, timeout=PATIENCE) as http,
        http.stream("GET", "/v1/facts?format=ndjson", headers={"Accept-Encoding": encoding}) as response,
    ):
        assert response.headers["content-encoding"] == encoding
        lines = response.iter_lines()
        first = json.loads(next(lines))
        assert first["type"] == "fact"
        assert response.num_bytes_downloaded < 500_000
        assert sum(1 for _ in lines) == test_streaming.FACTS - 1


def test_a_stream_ends_as_its_encoding_says(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(get("/v1/regions?format=ndjson", "Accept-Encoding: gzip", "Connection: close"))
        received = b""
        while more := connection.recv(65536):
            received += more
    assert received.endswith(b"0\r\n\r\n")
    head, _, rest = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    content = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        content += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    reading = zlib.decompressobj(31)
    assert len(reading.decompress(content).splitlines()) > 10
    assert reading.eof
