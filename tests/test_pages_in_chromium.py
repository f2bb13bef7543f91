"""The documentation pages in a real browser that reaches no host but this one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs one"),
]

OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--virtual-time-budget=20000",
    "--dump-dom",
]


WRONG = re.compile("refused|failed|uncaught|error", re.IGNORECASE)


def shown(address: str, profile: Path) -> tuple[str, list[str]]:
    """The document after its scripts ran, and what went wrong by its console: refused, failed, uncaught."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line and WRONG.search(line)]


def test_docs_show_every_collection_and_load_nothing_from_elsewhere(server: str, tmp_path: Path) -> None:
    page, console = shown(f"{server}/docs#/facts/list_facts", tmp_path)
    assert console == []
    for tag in ("regions", "facts", "sources", "service", "health"):
        assert f'data-tag="{tag}"' in page
    assert "Keep the facts whose" in page


def test_redoc_shows_the_document_and_loads_nothing_from_elsewhere(server: str, tmp_path: Path) -> None:
    page, console = shown(f"{server}/redoc", tmp_path)
    assert console == []
    assert "List facts" in page
    assert "region__within" in page


def test_home_page_links_to_every_collection_in_english(server: str, tmp_path: Path) -> None:
    page, console = shown(server, tmp_path)
    assert console == []
    assert 'href="v1/facts?lang=en"' in page
