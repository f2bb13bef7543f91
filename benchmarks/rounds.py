"""Measuring in rounds: within one, a thing and what it is compared with run one after the other in shuffled order.

Machines drift by a factor of two within a minute, so ratios are taken within a round and never across rounds.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any, Final

import httpx

from benchmarks.load import Answer, Load, Request, WrongAnswer, ask, asking, load
from benchmarks.ratios import Spread, Verdict, spread
from benchmarks.rows import LARGE, ROWS, Row
from benchmarks.servers import Server, settle

CONNECTIONS: Final = 64
MOST_TOLD: Final = 300
"""So much of what went wrong is told."""
Record = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    facts: int = 1_000_000
    rounds: int = 6
    seconds: int = 2
    mixed_seconds: int = 60
    starts: int = 9
    exports: int = 3
    only: tuple[str, ...] = ("*",)
    seed: int = 1
    large: bool = True
    """Whether the large dataset is measured too."""

    def wants(self, *row_ids: str) -> bool:
        """Whether any of these rows is to be measured."""
        there = [row_id for row_id in row_ids if self.large or not row_id.startswith(LARGE)]
        return any(fnmatch(row_id, pattern) for row_id in there for pattern in self.only)


@dataclass(frozen=True, slots=True)
class Target:
    """Requests to a server, whose answers were looked at."""

    name: str
    server: Server
    requests: Sequence[Request]
    answers: Sequence[Answer]
    connections: int = CONNECTIONS

    @property
    def body_bytes(self) -> float:
        """The bytes of a body, on average."""
        return sum(len(answer.body) for answer in self.answers) / len(self.answers)

    def warm_up(self) -> None:
        """Have it answer before anything counts."""
        load(self.server.address, self.requests, 1, self.connections)

    def load(self, seconds: int) -> Load:
        """Have it answer for so many seconds."""
        settle(self.server.pid)
        came = load(self.server.address, self.requests, seconds, self.connections)
        came.check(sum(answer.wire_bytes for answer in self.answers) / len(self.answers), self.connections)
        return came


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a row."""

    row: Row
    values: list[float]
    rounds: list[Record]
    bytes: float | None = None
    figures: str = ""
    failure: str | None = None

    @property
    def spread(self) -> Spread | None:
        """Median and quartiles; nothing where nothing was measured."""
        return spread(self.values) if self.values else None

    @property
    def verdict(self) -> Verdict:
        """Whether it is enough."""
        if self.failure is not None or not self.values:
            return Verdict.FAILED
        return self.row.bound.verdict(spread(self.values).median)


@dataclass
class Bench:
    """A run of the bench."""

    options: Options
    began: Callable[[str], None]
    """Told what is done now."""
    advanced: Callable[[float], None]
    """Told how many rows more are done, or which part of one."""
    results: dict[str, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.options.seed)

    def wants(self, *row_ids: str) -> bool:
        """Whether any of these rows is to be measured."""
        return self.options.wants(*row_ids)

    def result(self, row_id: str, values: Sequence[float], rounds: Sequence[Record], **told: Any) -> None:
        """Put down what came of a row."""
        row = next(row for row in ROWS if row.id == row_id)
        self.results[row_id] = Result(row, list(values), list(rounds), **told)

    def attempt(self, row_ids: Sequence[str], measure: Callable[[], None]) -> None:
        """Measure rows if they are wanted; where that fails they failed, and the others are measured all the same."""
        if not self.wants(*row_ids):
            return
        self.began(row_ids[0])
        try:
            measure()
        except (WrongAnswer, httpx.HTTPError, OSError, RuntimeError, LookupError) as error:
            failure = f"{type(error).__name__}: {error}"[:MOST_TOLD]
            self.began(failure)
            for row_id in row_ids:
                if self.wants(row_id) and row_id not in self.results:
                    self.result(row_id, [], [], failure=failure)

    def shuffled(self, names: Sequence[str]) -> list[str]:
        """Names in another order."""
        return self.chance.sample(names, len(names))

    def compare(self, row_id: str, thing: Target, reference: Target, *, cost: bool = False) -> None:
        """Measure a thing and its reference in rounds; the value is how often it does what the other does, or with
        `cost` how many times what the other costs.
        """
        targets = {"thing": thing, "reference": reference}
        values, rounds = [], []
        for target in targets.values():
            target.warm_up()
        for _ in range(self.options.rounds):
            loads: dict[str, Load] = {}
            for name in self.shuffled(list(targets)):
                loads[name] = targets[name].load(self.options.seconds)
            ratio = loads["thing"].rate / loads["reference"].rate
            values.append(1 / ratio if cost else ratio)
            rounds.append({"value": values[-1], **{name: came.as_record() for name, came in loads.items()}})
            self.advanced(1 / self.options.rounds)
        self.result(row_id, values, rounds, bytes=thing.body_bytes, figures=_figures(targets, rounds))


def _figures(targets: Mapping[str, Target], rounds: Sequence[Record]) -> str:
    rates = {name: spread([each[name]["rate"] for each in rounds]).median for name in targets}
    told = [f"{targets[name].name} {rate:,.0f}/s" for name, rate in rates.items()]
    return ", ".join(told)


def looked_at(
    name: str,
    server: Server,
    requests: Sequence[Request],
    check: Callable[[Request, Answer], None],
    connections: int = CONNECTIONS,
) -> Target:
    """Requests to a server, each of whose answers is held to be right."""
    answers = []
    with asking(server.address) as client:
        for request in requests:
            answers.append(ask(client, request))
            check(request, answers[-1])
    return Target(name, server, requests, answers, connections)


def limit_of(target: Target, server: Server) -> Target:
    """The limit for these answers: as many bytes each, in the same order, constant."""
    requests = [Request(f"/{len(answer.body)}") for answer in target.answers]

    def check(request: Request, answer: Answer) -> None:
        if len(answer.body) != int(request.path[1:]):
            raise WrongAnswer(f"{request.path} is answered with {len(answer.body)} bytes")

    return looked_at("the limit", server, requests, check, target.connections)
