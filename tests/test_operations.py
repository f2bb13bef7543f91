"""Whether docs/operations.md is true: its messages, metrics and bounds, and what follows from its figures."""

import re
from math import isclose
from pathlib import Path
from typing import Final

import httpx
from tests.test_docs import ROOT, section

from calibaja_api import connections, database, protocol, workers
from calibaja_api.parsing import MAX_URL
from calibaja_api.settings import Settings

PAGE: Final = ROOT / "docs" / "operations.md"
SOURCE: Final = "".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("src/**/*.py")))
OF_OTHERS: Final = {
    *("database disk image is malformed", "file is not a database", "database or disk is full"),
    *("no such table: dataset", "No such file or directory", "No space left on device", "Read-only file system"),
    *("connection failed", "Connection refused", "Address already in use"),
    *("Child process", "died"),
}
"""What SQLite, PostgreSQL's client, the system and uvicorn say."""


def rows(title: str) -> list[list[str]]:
    """The cells of the table of a section, without its head."""
    lines = re.findall(r"^\| (.*) \|$", section(PAGE, title), re.MULTILINE)
    return [re.split(r" \| ", line) for line in lines[2:]]


def test_every_failure_is_told_in_the_words_of_the_program() -> None:
    told = [span for row in rows("Failures") for span in re.findall(r"``? ?(.+?) ?``?", row[0])]
    told = [text.replace("CALIBAJA_…", "…") for text in told if "{reason=" not in text and text[0] != "/"]
    assert len(told) > 20
    source = re.sub(r'"\s*\n?\s*f?"', "", SOURCE)
    for text in told:
        for piece in re.split(r"…|[0-9]{2,}|[/{}(),;:?=`\[\]]", text):
            words = piece.strip(" .\"'")
            if len(words) > 3 and not any(words in other for other in OF_OTHERS):
                assert words in source, (text, words)


def test_all_metrics_and_no_others_are_named(http: httpx.Client) -> None:
    http.get("/v1/facts?limit=1").raise_for_status()
    served = set(re.findall(r"^# TYPE (calibaja_\w+)", http.get("/metrics").text, re.MULTILINE))
    named = {name for row in rows("Watching it") for name in re.findall(r"\b(calibaja_\w+)", row[0])}
    assert named == served
    everywhere = set(re.findall(r"`(calibaja_\w+)", PAGE.read_text(encoding="utf-8")))
    assert everywhere <= served


def test_the_bounds_are_those_of_the_program() -> None:
    bounds = {row[0]: row[1] for row in rows("Bounds")}
    defaults = Settings.model_fields
    assert bounds == {
        "open connections": f"`CALIBAJA_MAX_CONNECTIONS`, {defaults['max_connections'].default}",
        "requests that are answered at once": f"`CALIBAJA_MAX_REQUESTS`, {defaults['max_requests'].default}",
        "questions that wait for one of four threads": f"{workers.WAITING}",
        "exports and files that are sent at once": f"{database.EXPORTS}",
        "a read of the database": f"{database.READ_SECONDS} s",
        "a request, from its first byte to its last": f"{connections.REQUEST_SECONDS:.0f} s",
        "a client that takes nothing of its answer": f"{protocol.SEND_SECONDS:.0f} s",
        "head of a request": f"{protocol.HEAD_BYTES >> 10} KiB, {protocol.HEAD_FIELDS} fields",
        "path and query": f"{MAX_URL:,} characters",
        "memory": bounds["memory"],
    }
    assert database.THREADS == 4
    [beyond] = [row[2] for row in rows("Bounds") if row[0] == "exports and files that are sent at once"]
    assert beyond == f"they wait {workers.EXPORT_SECONDS} s for one to end, {workers.WAITING} at most, then 503"
    assert f"allow {connections.files_for(0)} more" in section(PAGE, "Bounds")


def number(text: str) -> float:
    return float(text.replace(",", "").partition(" to ")[0])


def test_what_a_million_requests_take_follows_from_the_figures() -> None:
    text = section(PAGE, "A million requests a second")
    values = {row[1]: row[2] for row in rows("A million requests a second")}
    a, b = (number(value) for value in values["a, b"].removesuffix(", from the table above").split(", "))
    requests, hits, held, used = (number(values[name]) for name in "Rhnu")
    per_request = ((1 - held) / a + held / b) / used
    told = re.findall(
        r"h = ([0-9.]+) (?:that|it) is ([0-9,]+)[^.;]*, and ([0-9]+(?:\.[0-9]+)?)\b", " ".join(text.split())
    )
    assert number(told[0][0]) == hits
    assert len(told) == 2
    for share, at_origin, cores in told:
        assert isclose(requests * (1 - float(share)), number(at_origin))
        assert isclose(requests * (1 - float(share)) * per_request, float(cores), rel_tol=0.05)


def test_the_section_that_is_linked_is_the_one_that_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^- \[([^\]]+)\]\(#", text, re.MULTILINE)
    assert listed == re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert all(Path(PAGE.parent / target).resolve().exists() for target in re.findall(r"\]\((\.\./[\w.]+)", text))
