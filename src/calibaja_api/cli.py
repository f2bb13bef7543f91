"""The command `calibaja`: serve, publish, roll back, look for what is wrong, and so on. No logic of its own."""

import gc
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Final

import click

from calibaja_api import __version__, settings
from calibaja_api.database import DatabaseError
from calibaja_api.databases import database_of
from calibaja_api.mistakes import InvalidSeed
from calibaja_api.packaged import folder

REFUSED: Final = 1
INTERRUPTED: Final = 130
"""What a shell tells of a program that was interrupted."""

SETTINGS_HELP: Final = "Settings are environment variables:\n\n" + "\n\n".join(settings.described())

_of_database = click.option("--database", metavar="URL", help="Where the dataset is; wins over CALIBAJA_DATABASE_URL.")


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.group(context_settings={"show_default": True, "max_content_width": 120})
@click.version_option(__version__, message="%(version)s", help="Print the version and stop.")
@click.pass_context
def app(context: click.Context) -> None:
    """Serve and publish facts about the Cali-Baja mega region."""
    if context.invoked_subcommand != serve.name:
        # What serves does so itself as soon as it answers.
        gc.enable()


@app.command(epilog=SETTINGS_HELP)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Port to listen on; 0 takes a free one.",
)
@_of_database
@click.option("--workers", metavar="N", type=click.IntRange(1, 64), default=1, help="Processes that answer.")
def serve(host: str, port: int, database: str | None, workers: int) -> None:
    """Serve the dataset over HTTP.

    Publishes the packaged one first where there is none.
    """
    from calibaja_api.serving import prepare, run_server

    chosen = _settings(database)
    prepare(database_of(chosen.database_url), _say)
    run_server(chosen, host, port, workers)


@app.command()
@click.argument("source", metavar="[SEED_DIR|FILE.ndjson]", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Check the files only; publish nothing.")
@_of_database
def publish(source: Path | None, check: bool, database: str | None) -> None:
    """Check a dataset, and publish it.

    It is read from a folder of seed files or from one file of NDJSON, without either from the packaged files, and
    takes the place of the one that is served.
    """
    from calibaja_api.progress import shown
    from calibaja_api.publishing import draft
    from calibaja_api.publishing import publish as put

    with shown() as work:
        ready = draft(source or folder("seed"), work)
        place = None if check else database_of(_settings(database).database_url)
        if place is not None:
            put(ready, place, work=work)
    told = ", ".join(f"{name} {count}" for name, count in ready.counts.items())
    if place is None:
        _say(f"{ready.version}: {told}; nothing is wrong, nothing was published")
    else:
        _say(f"published {ready.version} to {place}: {told}")


@app.command()
@_of_database
def rollback(database: str | None) -> None:
    """Make the dataset before the current one current again."""
    from calibaja_api.publishing import roll_back

    place = database_of(_settings(database).database_url)
    _say(f"{roll_back(place)} is current again in {place}")


@app.command()
@_of_database
@click.option("--url", metavar="ADDRESS", help="A service that runs, to be looked at too.")
def doctor(database: str | None, url: str | None) -> None:
    """Say what is wrong with the installation.

    It is looked at from the settings to the last record.
    """
    from calibaja_api.doctor import examine
    from calibaja_api.findings import Verdict

    wrong = 0
    for finding in examine(_settings(database), url):
        wrong += finding.verdict is Verdict.WRONG
        click.echo(f"{finding.verdict:5}  {finding.text}")
    if wrong:
        _say(f"{wrong} of these {'is' if wrong == 1 else 'are'} wrong")
        sys.exit(REFUSED)


@app.command("verify-citations")
@click.option("--source", metavar="ID", required=True, help="The source that the text is of.")
@click.option(
    "--text",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its text.",
)
@click.option(
    "--seed",
    "seed_dir",
    metavar="SEED_DIR",
    type=click.Path(path_type=Path),
    help="Folder of seed files; the packaged ones without it.",
)
def verify_citations(source: str, text: Path, seed_dir: Path | None) -> None:
    """Check every citation of a source against its text.

    The digest of the text first, then each selector.
    """
    from calibaja_api.citations import verify
    from calibaja_api.publishing import draft

    report = verify(draft(seed_dir or folder("seed")).catalog, source, text.read_bytes())
    for failure in report.failures:
        _say(failure)
    _say(f"{source}: {report.checked} selectors checked, {len(report.failures)} failures")
    if report.failures:
        sys.exit(REFUSED)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the packaged dataset.

    It is JSON.
    """
    from calibaja_api.app import create_app
    from calibaja_api.openapi import document_of
    from calibaja_api.publishing import draft
    from calibaja_api.publishing import publish as put
    from calibaja_api.sqlite import url_of

    with tempfile.TemporaryDirectory() as directory:
        url = url_of(Path(directory) / "calibaja.sqlite3")
        put(draft(folder("seed")), database_of(url))
        service = create_app(settings.Settings.model_construct(database_url=url))
        click.echo(json.dumps(document_of(service), ensure_ascii=False, indent=2))
        service.state.datasets.close()


def _settings(database: str | None) -> settings.Settings:
    chosen = settings.load()
    if database is not None:
        database_of(database)
        chosen = chosen.model_copy(update={"database_url": database})
    return chosen


def run() -> None:
    """Run the command; what is refused is told on stderr and ends with 1, wrong usage with 2, what is interrupted with
    130.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        sys.exit(app(standalone_mode=False))
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except (DatabaseError, InvalidSeed, settings.WrongSettings, OSError) as refused:
        _say(str(refused))
        sys.exit(REFUSED)
