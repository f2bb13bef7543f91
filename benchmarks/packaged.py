"""The rows about the packaged dataset: lists, items and what has not changed; against the limit and against peers."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import expected, flat, mixed, servers
from benchmarks.load import Answer, Request, WrongAnswer, asking
from benchmarks.machine import FOLDER
from benchmarks.questions import ListQuestion, Questions, read
from benchmarks.rounds import CONNECTIONS, Bench, Target, limit_of, looked_at
from benchmarks.servers import Server

PEER_CONNECTIONS: Final = 16
"""At 64 the tutorial's service stalls: 40 threads wait for 15 connections."""
SAMPLE: Final = 50
"""Facts that are asked for one by one."""

_LIMITED: Final = ("list-cold", "item-cold", "list-warm", "item-warm", "list-304", "item-304")


@dataclass(frozen=True, slots=True)
class Peer:
    """Another server of the same facts: how it is started, asked and read."""

    row_id: str
    name: str
    started: Callable[[Path], AbstractContextManager[Server]]
    asked: Callable[[ListQuestion], Request]
    rows: Callable[[Answer], list[Any]]


FLAT: Final = FOLDER / "flat.sqlite3"
PEERS: Final = (
    Peer(
        *("list-datasette", "Datasette", servers.datasette),
        asked=lambda question: question.of_datasette(FLAT.stem),
        rows=lambda answer: list(answer.json()["rows"]),
    ),
    Peer(
        *("list-tutorial", "the tutorial's service", servers.tutorial),
        asked=lambda question: question.of_tutorial(),
        rows=lambda answer: list(answer.json()),
    ),
)


ROW_IDS: Final = (*_LIMITED, *(peer.row_id for peer in PEERS))


def measure(bench: Bench, database: Path) -> None:
    """Measure the rows about lists, items and mixed questions of the packaged dataset."""
    bench.attempt([*ROW_IDS, *mixed.row_ids()], lambda: _measure(bench, database))


def _measure(bench: Bench, database: Path) -> None:
    peers = [peer for peer in PEERS if bench.wants(peer.row_id)]
    with ExitStack() as stack:
        cold = stack.enter_context(servers.service(database, "cold", **servers.UNCACHED))
        facts = exported(cold)
        ids = bench.chance.sample([str(fact["id"]) for fact in facts], SAMPLE)
        questions = read("packaged", {"fact": ids})
        if bench.wants(*_LIMITED):
            warm = stack.enter_context(servers.service(database, "warm"))
            limit = stack.enter_context(servers.limit())
            for row_id in _LIMITED:
                bench.attempt([row_id], partial(_against_the_limit, bench, row_id, questions, facts, cold, warm, limit))
        if peers:
            flat.build(cold.address, FLAT)
            for peer in peers:
                bench.attempt([peer.row_id], partial(_against_peer, bench, peer, questions.lists, facts, cold))
    bench.attempt(mixed.row_ids(), lambda: mixed.measure(bench, database, questions.others["mixed"]))


def exported(server: Server) -> list[expected.Fact]:
    """All facts that a service has."""
    with asking(server.address) as client:
        facts = [json.loads(line) for line in client.get("/v1/facts?format=ndjson").text.splitlines()]
        if len(facts) != client.get("/v1/dataset").json()["counts"]["facts"]:
            raise WrongAnswer(f"an export has {len(facts)} facts and not all")
    return facts


def lists(
    server: Server, asked: Sequence[ListQuestion], facts: Sequence[expected.Fact], connections: int = CONNECTIONS
) -> Target:
    """Lists of the service, each compared with the facts."""
    of = {question.of_service(): expected.page(question, facts) for question in asked}
    return looked_at(
        *("the service", server, list(of)),
        lambda request, answer: expected.check_page(answer, of[request]),
        connections,
    )


def unchanged(target: Target) -> Target:
    """The same requests of somebody who has the answers."""
    requests = [
        replace(request, headers=(("If-None-Match", answer.etag),))
        for request, answer in zip(target.requests, target.answers, strict=True)
    ]
    return looked_at(target.name, target.server, requests, lambda _, answer: expected.check_status(answer, 304))


def _against_the_limit(
    bench: Bench,
    row_id: str,
    questions: Questions,
    facts: Sequence[expected.Fact],
    cold: Server,
    warm: Server,
    limit: Server,
) -> None:
    kind, _, state = row_id.partition("-")
    server = cold if state == "cold" else warm
    if kind == "list":
        whole = lists(server, questions.lists, facts)
    else:
        whole = looked_at("the service", server, questions.others["items"], expected.check_item)
    bench.compare(row_id, unchanged(whole) if state == "304" else whole, limit_of(whole, limit))


def _against_peer(
    bench: Bench, peer: Peer, asked: Sequence[ListQuestion], facts: Sequence[expected.Fact], cold: Server
) -> None:
    of = {peer.asked(question): question for question in asked}

    def check(request: Request, answer: Answer) -> None:
        expected.check_status(answer)
        question = of[request]
        expected.check_flat(question, peer.rows(answer), expected.page(question, facts))

    with peer.started(FLAT) as server:
        reference = looked_at(peer.name, server, list(of), check, PEER_CONNECTIONS)
        bench.compare(peer.row_id, lists(cold, asked, facts, PEER_CONNECTIONS), reference)
