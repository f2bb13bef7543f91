import contextvars
import io
import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import clean_environment
from tests.postgres import free_port
from tests.started import Started, started
from tests.waiting import PATIENCE, eventually

from calibaja_api.logs import about_request, formatter_of, log_config
from calibaja_api.settings import LogFormat, LogLevel, Settings
from calibaja_api.sqlite import url_of

pytestmark = pytest.mark.slow

SECRET = "tijuana-secret-words"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"
FORGED = "x\n2026-11-24T00:00:00.000000Z error   calibaja_api: all is lost\r\x1b[2K\x00\x85\u2028\u202etxt"


@contextmanager
def written(log_format: str) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger, and what is written of it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter_of(log_format))
    logger = logging.Logger("tests.logger")
    logger.addHandler(handler)
    yield logger, stream


def records(server: Started) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log if line.startswith("{")]


def requests(server: Started) -> list[dict[str, Any]]:
    return [record for record in records(server) if record["event"] == "request"]


def test_a_record_is_a_line_for_people() -> None:
    with written("human") as (logger, stream):
        logger.info("dataset %s follows %s", "b", "a", extra={"count": 3, "words": "two words"})
    expected = rf'{TIME} info    tests\.logger: dataset b follows a count=3 words="two words"\n'
    assert re.fullmatch(expected, stream.getvalue())


def test_a_record_is_a_line_for_programs() -> None:
    with written("json") as (logger, stream):
        logger.warning("dataset %s follows %s", "b", "a", extra={"count": 3, "color_message": "no colours"})
    record = json.loads(stream.getvalue())
    assert re.fullmatch(TIME, record.pop("time"))
    assert record == {"level": "warning", "logger": "tests.logger", "event": "dataset b follows a", "count": 3}


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_stranger_forges_no_line(log_format: str) -> None:
    with written(log_format) as (logger, stream):
        logger.info("asked for %s", FORGED, extra={"path": FORGED})
        try:
            int(FORGED)
        except ValueError:
            logger.exception("failed with %s", FORGED)
    text = stream.getvalue()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", text)
    begun = [line for line in text.split("\n") if re.match(r"\{|\d{4}-", line)]
    assert len(begun) == 2
    assert all("asked" in line or "failed" in line for line in begun)


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_an_exception_is_told_whole_and_once(log_format: str) -> None:
    with written(log_format) as (logger, stream):
        try:
            int("what is wrong")
        except ValueError:
            logger.exception("it failed")
    text = stream.getvalue()
    assert text.count("Traceback") == text.count("ValueError: invalid literal") == 1
    assert len(text.splitlines()) > 1 or log_format == LogFormat.JSON


def test_where_a_record_was_made_is_told_if_that_is_asked_for() -> None:
    with written("json") as (logger, stream):
        logger.info("anything", stack_info=True)
    assert "test_where_a_record_was_made" in json.loads(stream.getvalue())["stack"]
    with written("human") as (logger, stream):
        logger.info("anything", stack_info=True)
    first, *below = stream.getvalue().splitlines()
    assert first.endswith("anything")
    assert below
    assert all(line.startswith("    ") for line in below)


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_what_is_told_with_a_record_takes_the_place_of_nothing(log_format: str) -> None:
    with written(log_format) as (logger, stream):
        logger.error("it failed", extra={"time": "never", "level": "low", "exception": ValueError("what"), "event": 1})
        # There is none at the moment.
        logger.exception("it failed again")
    [first, *_, last] = stream.getvalue().splitlines()
    assert re.search(TIME, first)
    assert "it failed" in first
    assert "never" not in first
    assert "what" in stream.getvalue()
    assert "NoneType" not in last


def test_a_record_tells_the_request_it_was_made_for() -> None:
    def request() -> str:
        about_request("abc")
        with written("json") as (logger, stream):
            logger.info("anything")
        return str(json.loads(stream.getvalue())["request_id"])

    assert contextvars.Context().run(request) == "abc"


@pytest.mark.parametrize("level", list(LogLevel))
def test_the_level_is_the_least_that_is_told(level: LogLevel) -> None:
    config = log_config(Settings(log_level=level))
    assert config["root"]["level"] == level.upper()
    # It is given to other processes as it is.
    assert json.loads(json.dumps(config)) == config


@pytest.fixture(scope="module")
def telling(database: Path) -> Iterator[Started]:
    """A server that tells of every request."""
    with started(database, CALIBAJA_LOG_FORMAT="json", CALIBAJA_ACCESS_LOG="true") as server:
        yield server


def told(server: Started, request_id: str) -> dict[str, Any]:
    """The record of a request."""
    assert eventually(lambda: any(record["request_id"] == request_id for record in requests(server)))
    [record] = [record for record in requests(server) if record["request_id"] == request_id]
    return record


def test_a_request_is_told_without_what_was_asked(telling: Started) -> None:
    address = f"/v1/facts?q={SECRET}&limit=2"
    response = httpx.get(telling.address + address, headers={"X-Request-ID": "of-facts"})
    record = told(telling, "of-facts")
    assert re.fullmatch(TIME, record["time"])
    expected = {"level": "info", "logger": "calibaja_api.edge", "method": "GET", "route": "/v1/facts", "status": 200}
    assert expected.items() <= record.items()
    assert record["bytes"] == int(response.headers["content-length"])
    assert record["dataset"] == response.json()["meta"]["dataset_version"]
    assert 0 < record["duration_ms"] < 10_000
    assert record["client"] == "127.0.0.1"
    httpx.head(telling.address + f"/v1/regions/{SECRET}", headers={"X-Request-ID": "of-an-item"})
    item = told(telling, "of-an-item")
    assert (item["method"], item["route"], item["status"], item["bytes"]) == ("HEAD", "/v1/regions/{id}", 404, 0)
    httpx.get(f"{telling.address}/{SECRET}", headers={"X-Request-ID": "of-nothing"})
    assert told(telling, "of-nothing")["route"] == "unmatched"
    assert SECRET not in "".join(telling.log)


def test_health_is_not_told(telling: Started) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/v1"):
        httpx.get(telling.address + path, headers={"X-Request-ID": f"at-{path[1:]}"})
    told(telling, "at-v1")
    assert not any(record["request_id"].startswith(("at-h", "at-r", "at-m")) for record in requests(telling))


def test_a_forwarded_address_is_not_believed(telling: Started) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "forwarded"}
    httpx.get(f"{telling.address}/v1", headers=headers)
    assert told(telling, "forwarded")["client"] == "127.0.0.1"


def test_a_trusted_proxy_is_believed_in_the_log_alone(database: Path) -> None:
    settings = {"CALIBAJA_TRUSTED_PROXIES": "127.0.0.0/8", "CALIBAJA_ACCESS_LOG": "true"}
    with started(database, CALIBAJA_LOG_FORMAT="json", **settings) as server:
        forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
        plain = httpx.get(f"{server.address}/v1")
        response = httpx.get(f"{server.address}/v1", headers={**forwarded, "X-Request-ID": "forwarded"})
        assert told(server, "forwarded")["client"] == "203.0.113.9"
        assert response.content == plain.content
        assert "203.0.113.9" not in str(response.headers)


def test_only_what_fails_is_told_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "calibaja.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with started(path, CALIBAJA_LOG_FORMAT="json") as server:
        for address in ("/nothing", "/healthz", f"/v1/facts?q={SECRET}&limit=0"):
            httpx.get(server.address + address, headers={"X-Request-ID": "well"})
        assert httpx.get(f"{server.address}/v1/facts?q={SECRET}", headers={"X-Request-ID": "ill"}).status_code == 503
        record = told(server, "ill")
        assert (record["level"], record["status"], record["dataset"]) == ("warning", 503, None)
        assert [each["request_id"] for each in requests(server)] == ["ill"]
        assert SECRET not in "".join(server.log)


def test_many_that_are_turned_away_are_told_by_some(tmp_path: Path) -> None:
    path = tmp_path / "calibaja.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with started(path, CALIBAJA_LOG_FORMAT="json") as server, httpx.Client(base_url=server.address) as http:
        began = time.monotonic()
        for _ in range(100):
            assert http.get("/v1/facts").status_code == 503
        took = time.monotonic() - began
        assert 'status="503"} 100.0' in http.get("/metrics").text
        assert 1 <= len(requests(server)) <= 1 + took


def test_at_debug_it_is_told_what_was_asked(database: Path) -> None:
    with started(database, CALIBAJA_LOG_FORMAT="json", CALIBAJA_LOG_LEVEL="debug") as server:
        httpx.get(f"{server.address}/v1/facts?q={SECRET}&x=%0a", headers={"X-Request-ID": "a"})
        assert told(server, "a")["asked"] == f"/v1/facts?q={SECRET}&x=%0a"
        assert told(server, "a")["level"] == "debug"
        httpx.get(f"{server.address}/healthz", headers={"X-Request-ID": "b"})
        assert told(server, "b")["route"] == "/healthz"


def test_nothing_below_its_level_is_told(database: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "calibaja_api", "serve", "--port", str(port), "--database", url_of(database)]
    environment = clean_environment(CALIBAJA_LOG_LEVEL="error")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert eventually(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        finally:
            process.terminate()
        _, told_ = process.communicate(timeout=PATIENCE)
    assert told_ == ""


def answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False
