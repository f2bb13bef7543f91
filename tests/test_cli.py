import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.conftest import ROOT, clean_environment, running_server
from tests.made import FILES, TEXT, Change, write
from tests.waiting import PATIENCE

from calibaja_api import __version__
from calibaja_api.mistakes import InvalidSeed
from calibaja_api.packaged import folder
from calibaja_api.publishing import draft, publish
from calibaja_api.settings import PREFIX, Settings
from calibaja_api.sqlite import SqliteDatabase, url_of
from calibaja_api.stamps import stamp

pytestmark = pytest.mark.slow

PACKAGE = ROOT / "src" / "calibaja_api"
CITED = sum(content.count("source: gazette") for content in FILES.values())


def calibaja(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "calibaja_api", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(COLUMNS="200", **settings),
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with the program and the made seed in its package; release 2."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE, site / "calibaja_api", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    write(site / "calibaja_api" / "_packaged" / "seed")
    shutil.copytree(folder("migrations"), site / "calibaja_api" / "_packaged" / "migrations")
    return str(site)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "made.sqlite3"


def put(path: Path, seed: Path, *changes: Change, automatic: bool) -> None:
    publish(draft(write(seed, *changes)), SqliteDatabase(path), automatic=automatic)


# Usage


def test_the_version_is_printed() -> None:
    done = calibaja("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nope",),
        ("nope",),
        ("serve", "--port", "65536"),
        ("publish", "seed", "extra"),
        ("verify-citations", "--source", "gazette"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = calibaja(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage:" in done.stderr


def test_the_help_of_serve_lists_every_option_and_setting() -> None:
    done = calibaja("serve", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    told = " ".join(done.stdout.split())
    for option in ("--host", "--port", "--database", "--workers"):
        assert f" {option} " in told
    for name, field in Settings.model_fields.items():
        assert f"{PREFIX}{name.upper()}: {field.description}" in told


def test_every_command_is_listed() -> None:
    done = calibaja("--help")
    assert done.returncode == 0
    for command in ("serve", "publish", "verify-citations", "openapi"):
        assert f" {command} " in done.stdout


def test_what_is_interrupted_ends_with_130(path: Path) -> None:
    command = [sys.executable, "-m", "calibaja_api", "doctor", "--database", url_of(path), "--url"]
    # Whoever is asked takes the connection and says nothing.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with subprocess.Popen(
            [*command, address], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=clean_environment()
        ) as process:
            silent.settimeout(PATIENCE)
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=PATIENCE)
            connection.close()
    assert (process.returncode, told.strip()) == (130, "")


# Settings


@pytest.mark.parametrize(
    ("command", "name", "value", "right"),
    [
        ("serve", "CALIBAJA_CACHE_BYTE", "0", "did you mean CALIBAJA_CACHE_BYTES?"),
        ("serve", "CALIBAJA_LOG_FORMAT", "xml", "'human' or 'json'"),
        (
            "serve",
            "CALIBAJA_DATABASE_URL",
            "mysql://host/facts",
            "name sqlite:////PATH or postgresql+psycopg://USER@HOST/NAME",
        ),
        ("publish", "CALIBAJA_COLOR", "red", "there are CALIBAJA_DATABASE_URL, CALIBAJA_PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_ends_with_1_and_names_the_right_one(
    tmp_path: Path, installed: str, command: str, name: str, value: str, right: str
) -> None:
    done = calibaja(command, PYTHONPATH=installed, XDG_DATA_HOME=str(tmp_path), **{name: value})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(name)
    assert right in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_wrong_database_ends_with_1(installed: str) -> None:
    done = calibaja("serve", "--database", "mysql://host/facts", PYTHONPATH=installed)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "mysql is not supported; name sqlite:////PATH or postgresql+psycopg://USER@HOST/NAME\n"


# Publish


def test_a_check_publishes_nothing(tmp_path: Path, path: Path) -> None:
    seed = write(tmp_path / "seed")
    done = calibaja("publish", seed, "--check", "--database", url_of(path), XDG_DATA_HOME=str(tmp_path / "home"))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(draft(seed).version)
    assert "nothing was published" in done.stderr
    assert {file.name for file in tmp_path.iterdir()} == {"seed"}


def test_all_commands_but_serve_collect_garbage(tmp_path: Path) -> None:
    program = "import gc, sys; from calibaja_api.__main__ import run; gc.isenabled() or run()"
    telling = f"import atexit, gc; atexit.register(lambda: print(gc.isenabled())); {program}"
    command = [sys.executable, "-c", telling, "publish", str(write(tmp_path / "seed")), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "True\n"
    assert "nothing was published" in done.stderr


def test_the_option_wins_over_the_setting(tmp_path: Path, path: Path) -> None:
    seed = write(tmp_path / "seed")
    other = tmp_path / "other.sqlite3"
    done = calibaja("publish", seed, "--database", url_of(path), CALIBAJA_DATABASE_URL=url_of(other))
    assert (done.returncode, done.stdout) == (0, "")
    assert (stamp(SqliteDatabase(path)).version, stamp(SqliteDatabase(path)).automatic) == (draft(seed).version, False)
    assert str(path) in done.stderr
    assert not other.exists()


def test_without_a_folder_the_packaged_seed_is_published_where_the_setting_says(path: Path, installed: str) -> None:
    done = calibaja("publish", PYTHONPATH=installed, CALIBAJA_DATABASE_URL=url_of(path))
    assert (done.returncode, done.stdout) == (0, "")
    assert (stamp(SqliteDatabase(path)).id, stamp(SqliteDatabase(path)).automatic) == ("two-rivers-facts", False)


def test_broken_files_are_refused_with_all_mistakes_and_the_database_stays(tmp_path: Path, path: Path) -> None:
    put(path, tmp_path / "good", automatic=False)
    before = path.read_bytes()
    seed = write(
        tmp_path / "broken",
        Change("regions.yaml", "aliases:", "aliasses:"),
        Change("facts/gazette.yaml", "region: port-town", "region: port-tow"),
        Change("dataset.yaml", "release: 2", "release: two"),
    )
    with pytest.raises(InvalidSeed) as invalid:
        draft(seed)
    done = calibaja("publish", seed, "--database", url_of(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [str(mistake) for mistake in invalid.value.mistakes]
    assert len(invalid.value.mistakes) == 3
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, path: Path) -> None:
    done = calibaja("publish", tmp_path / "nowhere", "--database", url_of(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'nowhere'}:1: there is no such folder\n"
    assert not path.parent.exists()


def test_a_database_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    database = url_of(tmp_path / "file" / "made.sqlite3")
    done = calibaja("publish", write(tmp_path / "seed"), "--database", database)
    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


# Serve


@pytest.mark.slow
def test_servers_that_begin_at_once_publish_where_nothing_is(path: Path, installed: str) -> None:
    with running_server(path, PYTHONPATH=installed) as one, running_server(path, PYTHONPATH=installed) as other:
        served = [httpx.get(f"{address}/v1/dataset").json() for address in (one, other)]
    assert served[0] == served[1]
    there = stamp(SqliteDatabase(path))
    assert (there.id, there.version) == ("two-rivers-facts", served[0]["version"])
    assert (there.release, there.automatic) == (2, True)


def test_serve_publishes_over_a_lower_release_that_it_published(tmp_path: Path, path: Path, installed: str) -> None:
    put(path, tmp_path / "seed", Change("dataset.yaml", "release: 2", "release: 1"), automatic=True)
    with running_server(path, PYTHONPATH=installed) as address:
        assert httpx.get(f"{address}/v1/dataset").json()["release"] == 2
    assert (stamp(SqliteDatabase(path)).release, stamp(SqliteDatabase(path)).automatic) == (2, True)


LOWER = Change("dataset.yaml", "release: 2", "release: 1")


@pytest.mark.parametrize(
    ("change", "automatic"),
    [
        pytest.param(LOWER, False, id="a lower release that somebody published"),
        pytest.param(Change("dataset.yaml", "release: 2", "release: 3"), True, id="a higher release"),
        pytest.param(Change("dataset.yaml", "Made facts.", "Other words."), True, id="the same release"),
        pytest.param(
            Change("dataset.yaml", "two-rivers-facts\nrelease: 2", "other-facts\nrelease: 1"),
            True,
            id="another dataset",
        ),
    ],
)
def test_serve_leaves_a_dataset_alone(
    tmp_path: Path, path: Path, installed: str, change: Change, automatic: bool
) -> None:
    put(path, tmp_path / "seed", change, automatic=automatic)
    before, version = path.read_bytes(), stamp(SqliteDatabase(path)).version
    with running_server(path, PYTHONPATH=installed) as address:
        assert httpx.get(f"{address}/v1/dataset").json()["version"] == version
    assert path.read_bytes() == before


def other_database(path: Path) -> bytes:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE dataset (version TEXT)")
        connection.execute("INSERT INTO dataset VALUES ('mine')")
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("content", [b"my thesis", b"", None], ids=["text", "empty", "another database"])
def test_serve_leaves_a_file_that_is_no_dataset_alone(path: Path, installed: str, content: bytes | None) -> None:
    path.parent.mkdir()
    if content is None:
        content = other_database(path)
    path.write_bytes(content)
    with running_server(path, PYTHONPATH=installed) as address:
        answer = httpx.get(f"{address}/v1/facts")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert httpx.get(f"{address}/healthz").status_code == 200
    assert path.read_bytes() == content


def test_serve_ends_with_1_where_the_port_is_taken(path: Path, installed: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = calibaja("serve", "--port", port, "--database", url_of(path), PYTHONPATH=installed)
    assert (done.returncode, done.stdout) == (1, "")
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_several_processes_answer_and_end_together(path: Path, installed: str) -> None:
    patient = httpx.HTTPTransport(retries=8)  # The address is told before the first process listens.
    with (
        running_server(path, "--workers", "2", PYTHONPATH=installed) as address,
        httpx.Client(transport=patient) as ask,
    ):
        assert ask.get(f"{address}/v1/facts?limit=1").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/healthz")


# Citations and document


@pytest.mark.parametrize(
    ("text", "ends", "told"),
    [(TEXT, 0, f"gazette: {CITED} selectors checked, 0 failures\n"), (f"{TEXT} ", 1, "the text is another one")],
    ids=["right", "wrong"],
)
def test_citations_are_verified(tmp_path: Path, text: str, ends: int, told: str) -> None:
    file = tmp_path / "gazette.txt"
    file.write_text(text, encoding="utf-8")
    seed = write(tmp_path / "seed")
    done = calibaja("verify-citations", "--seed", seed, "--source", "gazette", "--text", file)
    assert (done.returncode, done.stdout) == (ends, "")
    assert done.stderr.startswith(told)


def test_the_document_is_the_one_that_is_committed_whatever_the_settings(tmp_path: Path) -> None:
    done = calibaja("openapi", CALIBAJA_PUBLIC_URL="https://example.org", CALIBAJA_DATABASE_URL=url_of(tmp_path / "a"))
    assert (done.returncode, done.stderr) == (0, "")
    committed = (ROOT / "openapi.json").read_bytes().decode()
    assert done.stdout == committed, "run `make openapi`, and read what changed"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_document_is_made_or_refused_in_words_where_a_setting_is_wrong() -> None:
    done = calibaja("openapi", CALIBAJA_LOG_FORMAT="xml")
    assert done.returncode in {0, 1}
    assert "Traceback" not in done.stderr
