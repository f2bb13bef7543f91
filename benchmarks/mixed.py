"""The rows about many questions of all kinds at once: errors, stalls, and how much longer some take than most."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import expected, servers
from benchmarks.load import Load, Request, load
from benchmarks.rounds import CONNECTIONS, Bench, looked_at
from benchmarks.servers import Server

MEASURES: Final = ("p99", "gap", "errors")


def row_ids(prefix: str = "") -> list[str]:
    """The rows of a dataset."""
    return [f"{prefix}mixed-{name}" for name in MEASURES]


def measure(bench: Bench, database: Path, asked: Sequence[Request], prefix: str = "") -> None:
    """Ask everything at once, of a service without a response cache, so that all of it is answered anew."""
    with servers.service(database, f"{prefix}mixed", **servers.UNCACHED) as server:
        _measure(bench, server, asked, row_ids(prefix))


def _measure(bench: Bench, server: Server, asked: Sequence[Request], ids: Sequence[str]) -> None:
    questions = bench.chance.sample(asked, len(asked))
    target = looked_at("the service", server, questions, lambda _, answer: expected.check_status(answer))
    came = load(server.address, questions, bench.options.mixed_seconds, CONNECTIONS, gaps=True)
    record = came.as_record()
    told = {"bytes": target.body_bytes}
    figures = f"{came.rate:,.0f}/s, median {came.median_ms:.1f} ms, p99 {came.p99_ms:.1f} ms"
    bench.result(ids[0], [came.p99_ms / came.median_ms], [record], figures=figures, **told)
    bench.result(ids[1], [came.gap_ms / 1e3], [record], figures=f"the slowest answer {came.longest_ms:.0f} ms")
    bench.result(ids[2], [sum(came.errors.values())], [record], figures=_errors(came))
    bench.advanced(len(ids))


def _errors(came: Load) -> str:
    kinds = {**came.errors, **came.statuses}
    del kinds["status"]
    told = [f"{count:,} of {kind}" for kind, count in kinds.items() if count]
    return ", ".join([f"{came.requests:,} requests", *told])
