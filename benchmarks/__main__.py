"""The command: `python -m benchmarks` measures every row; `make bench` sets up what it needs first."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import datasets, exporting, machine, million, packaged, report, startup
from benchmarks.ratios import Verdict
from benchmarks.rounds import Bench, Options
from benchmarks.rows import LARGE, ROWS

QUICK: Final = Options(rounds=3, seconds=1, mixed_seconds=10, starts=3, large=False)
RESULTS: Final = machine.FOLDER / "results.json"


@click.command(context_settings={"show_default": True})
@click.option("--facts", type=click.IntRange(10_000), default=Options.facts, help="Size of the large dataset.")
@click.option("--rounds", type=click.IntRange(1, 100), help="Rounds of each comparison.")
@click.option("--seconds", type=click.IntRange(1, 60), help="Seconds of each load in a round.")
@click.option("--quick", is_flag=True, help="The packaged dataset only, and fewer rounds.")
@click.option("--only", metavar="PATTERN", multiple=True, help="Only rows with such ids: list-*.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=RESULTS,
    help="Where all that was measured is written.",
)
@click.option("--write-docs", is_flag=True, help="Write the table into the page, too.")
def bench(
    facts: int,
    rounds: int | None,
    seconds: int | None,
    quick: bool,
    only: tuple[str, ...],
    output: Path,
    write_docs: bool,
) -> None:
    """Measure what the service does in a second, beside the limit, the tutorial's service and Datasette.

    Ends with 1 where anything could not be measured or was answered wrongly.
    """
    options = replace(QUICK if quick else Options(), facts=facts, only=only or ("*",))
    options = replace(options, rounds=rounds or options.rounds, seconds=seconds or options.seconds)
    console = Console(stderr=True)
    # Servers are ended on the way out, also of who is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        machine.require(datasette=options.wants("list-datasette"))
    except machine.NotHere as missing:
        console.print(str(missing), style="red", soft_wrap=True)
        sys.exit(1)
    machine.FOLDER.mkdir(parents=True, exist_ok=True)
    about = machine.described()
    began = time.monotonic()
    made = measured(options, console)
    took = time.monotonic() - began
    results = report.ordered(made.results)
    # A table that goes into a file need not be as narrow as a terminal.
    Console(width=None if sys.stdout.isatty() else 180).print(report.table(results, options.facts))
    report.write(report.record(results, options, about, took), output)
    console.print(f"took {took / 60:.1f} minutes; all rounds are in {output}", soft_wrap=True)
    if write_docs:
        report.write_page(report.markdown(results, options, about, took))
    if any(result.verdict is Verdict.FAILED for result in results):
        sys.exit(1)


def measured(options: Options, console: Console) -> Bench:
    """Measure all rows that are wanted."""
    wanted = [row.id for row in ROWS if options.wants(row.id)]
    large = None
    if any(row_id.startswith(LARGE) for row_id in wanted):
        there = datasets.million_path(options.facts).exists()
        console.print(f"{options.facts:,} facts: {'they are there' if there else 'made and published now'}")
        large = datasets.build_million(options.facts)
    small = datasets.packaged()
    # The load comes from here; what is measured has a CPU of its own, where there are two.
    os.sched_setaffinity(0, {machine.LOAD_CPU})
    with _progress(console, len(wanted)) as (began, advanced):
        made = Bench(options, began, advanced)
        packaged.measure(made, small)
        startup.measure(made, small)
        if large is not None:
            million.measure(made, large)
            exporting.measure(made, large)
    return made


@contextmanager
def _progress(console: Console, rows: int) -> Iterator[tuple[Callable[[str], None], Callable[[float], None]]]:
    """What tells how far it is: a bar, or where none can be seen a line for each thing that begins."""
    columns = (TextColumn("{task.completed:.0f} of {task.total:.0f} rows"), BarColumn(), TimeElapsedColumn())
    start = time.monotonic()
    with Progress(*columns, TextColumn("{task.description}"), console=console, refresh_per_second=2) as progress:
        task = progress.add_task("", total=rows)

        def began(text: str) -> None:
            progress.update(task, description=text)
            if not console.is_terminal:
                console.print(f"{time.monotonic() - start:4.0f} s  {text}", soft_wrap=True)

        yield began, lambda rows: progress.update(task, advance=rows)


if __name__ == "__main__":
    bench()
