"""The command `calibaja`: serve, publish, roll back, look for what is wrong, and so on. No logic of its own."""

import gc
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from calibaja_api import __version__, settings
from calibaja_api.database import DatabaseError
from calibaja_api.databases import database_of
from calibaja_api.mistakes import InvalidSeed
from calibaja_api.packaged import folder

DONE: Final = 0
REFUSED: Final = 1

app = typer.Typer(
    help="Serve and publish facts about the Cali-Baja mega region.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="Where the dataset is; wins over CALIBAJA_DATABASE_URL."),
]
SETTINGS_HELP: Final = "Settings are environment variables:\n\n" + "\n\n".join(settings.described())


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback heeds it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Serve and publish facts about the Cali-Baja mega region."""
    if context.invoked_subcommand != serve.__name__:
        # What serves does so itself as soon as it answers.
        gc.enable()


@app.command(epilog=SETTINGS_HELP)
def serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    database: Database = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, metavar="N", help="Processes that answer.")] = 1,
) -> None:
    """Serve the dataset over HTTP; publishes the packaged one first where there is none."""
    from calibaja_api.serving import prepare, run_server

    chosen = _settings(database)
    prepare(database_of(chosen.database_url), _say)
    run_server(chosen, host, port, workers)


@app.command()
def publish(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SEED_DIR|FILE.ndjson]",
            help="Folder of seed files, or a dataset as NDJSON; the packaged files without it.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the files only; publish nothing.")] = False,
    database: Database = None,
) -> None:
    """Check seed files, or a dataset as NDJSON, and put their dataset in the place of the one that is served."""
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
def rollback(database: Database = None) -> None:
    """Make the dataset that was published before the current one the current one again."""
    from calibaja_api.publishing import roll_back

    place = database_of(_settings(database).database_url)
    _say(f"{roll_back(place)} is current again in {place}")


@app.command()
def doctor(
    database: Database = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="ADDRESS", help="A service that runs, to be looked at too.")
    ] = None,
) -> None:
    """Look at the installation from the settings to the last record, and say what is wrong with it."""
    from calibaja_api.doctor import examine
    from calibaja_api.findings import Verdict

    wrong = 0
    for finding in examine(_settings(database), url):
        wrong += finding.verdict is Verdict.WRONG
        typer.echo(f"{finding.verdict:5}  {finding.text}")
    if wrong:
        _say(f"{wrong} of these {'is' if wrong == 1 else 'are'} wrong")
        raise typer.Exit(REFUSED)


@app.command("verify-citations")
def verify_citations(
    source: Annotated[str, typer.Option(metavar="ID", help="The source that the text is of.")],
    text: Annotated[Path, typer.Option("--text", metavar="FILE", exists=True, dir_okay=False, help="Its text.")],
    seed_dir: Annotated[
        Path | None, typer.Option("--seed", help="Folder of seed files; the packaged ones without it.")
    ] = None,
) -> None:
    """Check every citation of a source against its text: the digest of the text first, then each selector."""
    from calibaja_api.citations import verify
    from calibaja_api.publishing import draft

    report = verify(draft(seed_dir or folder("seed")).catalog, source, text.read_bytes())
    for failure in report.failures:
        _say(failure)
    _say(f"{source}: {report.checked} selectors checked, {len(report.failures)} failures")
    if report.failures:
        raise typer.Exit(REFUSED)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the packaged dataset as JSON."""
    from calibaja_api.app import create_app
    from calibaja_api.openapi import document_of
    from calibaja_api.publishing import draft
    from calibaja_api.publishing import publish as put
    from calibaja_api.sqlite import url_of

    with tempfile.TemporaryDirectory() as directory:
        url = url_of(Path(directory) / "calibaja.sqlite3")
        put(draft(folder("seed")), database_of(url))
        service = create_app(settings.Settings.model_construct(database_url=url))
        typer.echo(json.dumps(document_of(service), ensure_ascii=False, indent=2))
        service.state.datasets.close()


def _settings(database: str | None) -> settings.Settings:
    chosen = settings.load()
    if database is not None:
        database_of(database)
        chosen = chosen.model_copy(update={"database_url": database})
    return chosen


def run() -> None:
    """Run the command; what is refused is told on stderr and ends with 1, wrong usage with 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except (DatabaseError, InvalidSeed, settings.WrongSettings, OSError) as refused:
        _say(str(refused))
        sys.exit(REFUSED)
