"""What came of a run: a table to read, a record to keep, and the same table in the page on performance."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from benchmarks.machine import ROOT
from benchmarks.ratios import Verdict
from benchmarks.rounds import Options, Result
from benchmarks.rows import ROWS

PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN: Final = "<!-- generated -->\n\n"
END: Final = "\n\n<!-- end of generated -->"

_COLUMNS: Final = ("what", "measured", "must", "aim", "verdict", "bytes", "for information")
_COLORS: Final = {
    Verdict.AIM: "green",
    Verdict.MUST: "green",
    Verdict.SHORT: "yellow",
    Verdict.MISSED: "red",
    Verdict.FAILED: "bold red",
}


def cells(result: Result, facts: int) -> list[str]:
    """A row of the table."""
    row, spread, failure = result.row, result.spread, result.failure
    title = row.title.format(facts=f"{facts:,}", hits=f"{facts // 100:,}")
    measured = ""
    if spread is not None:
        measured = row.shown(spread.median)
        if len(result.values) > 1:
            measured += f" ({row.shown(spread.low)} to {row.shown(spread.high)})"
    size = "" if result.bytes is None else f"{result.bytes:,.0f}"
    told = result.figures if failure is None else failure
    bounds = [row.shown(bound) for bound in (row.bound.must, row.bound.aim)]
    return [title, measured, *bounds, str(result.verdict), size, told]


def table(results: Iterable[Result], facts: int) -> Table:
    """The table for a terminal."""
    made = Table(show_lines=False)
    for name in _COLUMNS:
        made.add_column(name, justify="left" if name in {"what", "verdict", "for information"} else "right")
    for result in results:
        made.add_row(*cells(result, facts), style=_COLORS[result.verdict])
    return made


def record(results: Iterable[Result], options: Options, about: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """All that was measured, with what it was measured on."""
    rows = [
        {
            "id": result.row.id,
            "title": result.row.title,
            **asdict(result.row.bound),
            "verdict": str(result.verdict),
            "spread": None if result.spread is None else asdict(result.spread),
            "bytes": result.bytes,
            "figures": result.figures,
            "failure": result.failure,
            "values": result.values,
            "rounds": result.rounds,
        }
        for result in results
    ]
    return {**about, "options": asdict(options), "took_seconds": seconds, "rows": rows}


def ordered(results: Mapping[str, Result]) -> list[Result]:
    """Results in the order of the table."""
    return [results[row.id] for row in ROWS if row.id in results]


def write(record_: Mapping[str, Any], path: Path) -> None:
    """Keep a record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record_, indent=1) + "\n", encoding="utf-8")


def markdown(results: Iterable[Result], options: Options, about: Mapping[str, Any], seconds: float) -> str:
    """The table for the page, under what it was measured on."""
    machine, versions = about["machine"], about["versions"]
    commit, _, changes = (about["commit"] or "unknown").partition(" ")
    told = (
        f"Measured on {about['date'][:10]} at commit `{commit[:12]}`{' with changes' if changes else ''}, with "
        f"{options.rounds} rounds of {options.seconds} s, in {seconds / 60:.0f} minutes. {machine['cpus']} CPUs "
        f"({machine['cpu']}), {machine['memory_bytes'] / (1 << 30):.0f} GiB, {machine['system']}; "
        f"{machine['load_average']:.1f} processes wanted to run in the minute before. "
        f"{', '.join(f'{name} {number}' for name, number in versions.items())}."
    )
    lines = [told, "", f"| {' | '.join(_COLUMNS)} |", "| --- | ---: | ---: | ---: | --- | ---: | --- |"]
    lines += [f"| {' | '.join(cells(result, options.facts))} |" for result in results]
    return "\n".join(lines)


def write_page(text: str, page: Path = PAGE) -> None:
    """Put the table into the page, between its marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(before + BEGIN + text + END + after, encoding="utf-8")
