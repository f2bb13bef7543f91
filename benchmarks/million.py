"""The rows about a made-up dataset of a million facts: lists, items, pages, facets, counts and searches."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx

from benchmarks import expected, mixed, servers
from benchmarks.load import Answer, Request, WrongAnswer, asking
from benchmarks.questions import ListQuestion, read
from benchmarks.ratios import spread
from benchmarks.rounds import Bench, Target, limit_of, looked_at
from benchmarks.servers import Server
from benchmarks.survey import Survey, survey, total
from calibaja_api.text import fold

COUNTED: Final = {"million-list-uncounted": "none", "million-list": None}
COSTLY: Final = {
    "million-facet": "facets",
    "million-count": "counts",
    "million-facet-any": "facets_of_any",
    "million-count-any": "counts_of_any",
}
ROW_IDS: Final = (*COUNTED, "million-item", "million-page", *COSTLY, "million-search")
PREFIX: Final = "million-"


def measure(bench: Bench, database: Path) -> None:
    """Measure the rows about lists, items, pages, facets, counts, searches and mixed questions."""
    bench.attempt([*ROW_IDS, *mixed.row_ids(PREFIX)], lambda: _measure(bench, database))


def _measure(bench: Bench, database: Path) -> None:
    with ExitStack() as stack:
        cold = stack.enter_context(servers.service(database, "million", **servers.UNCACHED))
        client = stack.enter_context(asking(cold.address))
        hits = bench.options.facts // 100
        found = survey(client, database.with_suffix(".survey.json"), hits, bench.chance, bench.began)
        questions = read("million", found.names)
        if bench.wants(*ROW_IDS):
            limit = stack.enter_context(servers.limit())
            items = looked_at("the service", cold, questions.others["items"], expected.check_item)
            for row_id, count in COUNTED.items():
                bench.attempt([row_id], partial(_list, bench, row_id, questions.lists, count, cold, limit))
            bench.attempt(["million-item"], lambda: bench.compare("million-item", items, limit_of(items, limit)))
            bench.attempt(["million-page"], lambda: _pages(bench, cold, found))
            for row_id, kind in COSTLY.items():
                bench.attempt([row_id], partial(_costly, bench, row_id, questions.others[kind], client, items))
            bench.attempt(["million-search"], lambda: _search(bench, questions.others["searches"], cold))
    bench.attempt(mixed.row_ids(PREFIX), lambda: mixed.measure(bench, database, questions.others["mixed"], PREFIX))


def _list(
    bench: Bench, row_id: str, asked: Sequence[ListQuestion], count: str | None, cold: Server, limit: Server
) -> None:
    of = {question.of_service(count): question for question in asked}
    thing = looked_at("the service", cold, list(of), lambda request, answer: expected.check_fits(of[request], answer))
    bench.compare(row_id, thing, limit_of(thing, limit))


def _pages(bench: Bench, cold: Server, found: Survey) -> None:
    """Of each list a page, that of another list further on, against the first one: as many different pages of both."""
    lists = list(found.places.items())
    parts = [number / (len(lists) - 1) for number in range(len(lists))]
    somewhere = {path: each[round(part * (len(each) - 1))] for part, (path, each) in zip(parts, lists, strict=True)}
    first_of = {Request(f"{path}&cursor={place.cursor}"): place.first for path, place in somewhere.items()}

    def check(request: Request, answer: Answer) -> None:
        expected.check_status(answer)
        if answer.json()["data"][0]["id"] != first_of[request]:
            raise WrongAnswer(f"{request.path} begins with another fact than on the way there")

    firsts = [Request(path) for path in somewhere]
    thing = looked_at("a page anywhere", cold, list(first_of), check)
    reference = looked_at("page 1", cold, firsts, lambda _, answer: expected.check_status(answer))
    bench.compare("million-page", thing, reference, cost=True)


def _costly(bench: Bench, row_id: str, asked: Sequence[Request], client: httpx.Client, items: Target) -> None:
    """Facets or counts, against single facts."""
    totals = {request: total(client, request.path) for request in asked}

    def check(request: Request, answer: Answer) -> None:
        expected.check_status(answer)
        got = _counted(answer.json())
        if got != totals[request]:
            raise WrongAnswer(f"{request.path} counts {got} instead of {totals[request]}")

    thing = looked_at("the question", items.server, asked, check)
    bench.compare(row_id, thing, replace(items, name="one fact"), cost=True)


def _counted(answer: Any) -> int:
    """How many facts an answer counts: its total, or all buckets of its facet, each fact being in one."""
    if "facets" not in answer:
        return int(answer["meta"]["total"])
    [facet] = answer["facets"].values()
    return int(facet["missing"] + facet["other"] + sum(bucket["count"] for bucket in facet["buckets"]))


def _search(bench: Bench, asked: Sequence[Request], cold: Server) -> None:
    def check(request: Request, answer: Answer) -> None:
        expected.check_status(answer)
        word = unquote(request.path.rpartition("=")[2])
        texts = [fold(hit["match"]["text"]) for hit in answer.json()["data"]]
        if not texts or not all(word in text for text in texts):
            raise WrongAnswer(f"{request.path} finds {texts}")

    if not asked:
        raise WrongAnswer("no word of some claims has about as many hits")
    target = looked_at("the service", cold, asked, check)
    rounds = []
    target.warm_up()
    for _ in range(bench.options.rounds):
        rounds.append(target.load(bench.options.seconds).as_record())
        bench.advanced(1 / bench.options.rounds)
    rates = [came["rate"] for came in rounds]
    median = spread([came["median_ms"] for came in rounds]).median
    figures = f"{len(asked)} words; median {median:,.1f} ms with 64 connections"
    bench.result("million-search", rates, rounds, bytes=target.body_bytes, figures=figures)
