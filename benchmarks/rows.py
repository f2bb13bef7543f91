"""The rows of the table: what is measured, what it must be and what it aims to be."""

from dataclasses import dataclass
from typing import Final

from benchmarks.ratios import Bound

SHARE: Final = "{:.2f}"
TIMES: Final = "{:.1f}×"
COST: Final = "{:.2f}×"
RATE: Final = "{:,.0f}/s"
SECONDS: Final = "{:.2f} s"
MEGABYTES: Final = "{:.0f} MB"
COUNT: Final = "{:,.0f}"

LARGE: Final = ("million-", "export-")
"""What the ids of rows about the large dataset begin with."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row."""

    id: str
    title: str
    unit: str
    """How a value is written."""
    bound: Bound

    def shown(self, value: float | None) -> str:
        """A value as it is written."""
        return "" if value is None else self.unit.format(value)


def _at_least(id_: str, title: str, unit: str, must: float | None, aim: float | None) -> Row:
    return Row(id_, title, unit, Bound(must, aim))


def _at_most(id_: str, title: str, unit: str, must: float | None, aim: float | None) -> Row:
    return Row(id_, title, unit, Bound(must, aim, at_most=True))


_LIST: Final = "list of 20 facts, two filters and a sort"

ROWS: Final = (
    _at_least("list-cold", f"{_LIST}, cold; of the limit", SHARE, 0.35, 0.60),
    _at_least("item-cold", "one fact, cold; of the limit", SHARE, 0.60, 0.85),
    _at_least("list-warm", "the same list again, warm; of the limit", SHARE, 0.85, 0.95),
    _at_least("item-warm", "the same fact again, warm; of the limit", SHARE, 0.90, 1.0),
    _at_least("list-304", "304 for the list; of the limit for the list", SHARE, 1.2, 1.3),
    _at_least("item-304", "304 for the fact; of the limit for the fact", SHARE, 1.2, 1.3),
    _at_least("list-datasette", "cold list, against Datasette", TIMES, 20, 40),
    _at_least("list-tutorial", "cold list, against the tutorial's service", TIMES, 15, 30),
    _at_least("million-list-uncounted", "{facts} facts: cold list, `count=none`; of the limit", SHARE, 0.20, 0.40),
    _at_least("million-list", "{facts} facts: cold list with the default count; of the limit", SHARE, 0.10, 0.30),
    _at_least("million-item", "{facts} facts: one fact, cold; of the limit", SHARE, 0.50, 0.75),
    _at_most("million-page", "{facts} facts: a page anywhere by cursor; cost of page 1", COST, 1.3, 1.1),
    _at_most("million-facet", "{facts} facts: a facet under one equality; cost of an item", COST, 3, None),
    _at_most("million-count", "{facts} facts: an exact count under one equality; cost of an item", COST, 3, None),
    _at_most("million-facet-any", "{facts} facts: a facet under two filters; cost of an item", COST, None, 3),
    _at_most("million-count-any", "{facts} facts: an exact count under two filters; cost of an item", COST, None, 3),
    _at_least("million-search", "{facts} facts: search for a word with {hits} hits", RATE, 1_000, 5_000),
    _at_least("export-ndjson", "{facts} facts: export as NDJSON, rows", RATE, 300_000, 700_000),
    _at_most("export-ndjson-memory", "the most anonymous memory of the server meanwhile", MEGABYTES, 64, None),
    _at_least("export-csv", "{facts} facts: export as CSV, rows", RATE, 100_000, 300_000),
    _at_most("export-csv-memory", "the most anonymous memory of the server meanwhile", MEGABYTES, 64, None),
    _at_most("start", "start to the first 200 from `/readyz`", SECONDS, 1.0, 0.8),
    _at_most("start-memory", "anonymous memory then", MEGABYTES, 90, 70),
    _at_most("start-imports", "start; of importing fastapi, sqlmodel and uvicorn", COST, 1.6, 1.3),
    _at_most("start-imports-memory", "memory; of importing fastapi, sqlmodel and uvicorn", COST, 1.6, 1.3),
    _at_most("mixed-p99", "64 connections, mixed questions: p99, of the median", TIMES, 20, 10),
    _at_most("mixed-gap", "the longest time in which nothing was answered", SECONDS, 1.0, None),
    _at_most("mixed-errors", "errors", COUNT, 0, None),
    _at_most("million-mixed-p99", "{facts} facts: 64 connections, mixed questions: p99, of the median", TIMES, 20, 10),
    _at_most("million-mixed-gap", "the longest time in which nothing was answered", SECONDS, 1.0, None),
    _at_most("million-mixed-errors", "errors", COUNT, 0, None),
)
