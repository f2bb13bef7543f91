"""The same facts in one flat table of SQLite, as the tutorial's service and Datasette serve them.

The columns are those of the CSV that the service itself gives, and two days more: when a fact begins and ends, an end
that is open being far away, so that a question about years is two plain comparisons there too.
"""

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

VARIABLE: Final = "BENCHMARKS_FLAT"
"""The environment variable that tells a server the file."""
TABLE: Final = "fact"
NUMBERS: Final = frozenset({"value", "value_upper"})
INDEXED: Final = ("region_id", "sector_id", "value", "time_earliest")
ALWAYS: Final = ("0001-01-01", "9999-12-31")


def build(address: str, path: Path) -> None:
    """Make the file from the facts that a service has."""
    path.unlink(missing_ok=True)
    with httpx.stream("GET", f"{address}/v1/facts?format=csv", timeout=60) as answer:
        answer.raise_for_status()
        rows = csv.reader(answer.iter_lines())
        names = [name.removeprefix("\ufeff") for name in next(rows)]
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with sqlite3.connect(draft) as database:
            _fill(database, names, rows)
        database.close()
    draft.rename(path)


def _fill(database: sqlite3.Connection, names: list[str], rows: Iterator[list[str]]) -> None:
    columns = [f"{name} {'REAL' if name in NUMBERS else 'TEXT'}{' PRIMARY KEY' * (name == 'id')}" for name in names]
    database.execute(f"CREATE TABLE {TABLE} ({', '.join([*columns, 'from_day TEXT', 'to_day TEXT'])})")
    places = ", ".join("?" * (len(names) + 2))
    database.executemany(f"INSERT INTO {TABLE} VALUES ({places})", (_row(names, row) for row in rows))  # noqa: S608 - our names
    for name in INDEXED:
        database.execute(f"CREATE INDEX {TABLE}_{name} ON {TABLE} ({name})")
    database.execute("ANALYZE")


def _row(names: list[str], cells: list[str]) -> list[str | None]:
    row = {name: cell or None for name, cell in zip(names, cells, strict=True)}
    days: tuple[str | None, str | None] = (None, None)
    if row["time_edtf"] is not None:
        days = (row["time_earliest"] or ALWAYS[0], row["time_latest"] or ALWAYS[1])
    return [*row.values(), *days]
