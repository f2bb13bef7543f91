"""What is answered in the event loop takes moments, whatever is asked: what takes longer is left to a thread."""

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from benchmarks.synthesize import write
from tests.conftest import running_server
from tests.plain_counts import COLLECTIONS, Asker, Counts, finding
from tests.rich import all_items

from calibaja_api import answering
from calibaja_api.answering import Asked, Asking, CacheHeaders, answerer
from calibaja_api.compression import compressed
from calibaja_api.database import TookTooLong
from calibaja_api.databases import database_of
from calibaja_api.datasets import OpenDataset
from calibaja_api.following import Datasets
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCE_NAMED
from calibaja_api.respond import Content, Export
from calibaja_api.routes import QuestionRoute, resource_routes
from calibaja_api.settings import Settings
from calibaja_api.special import question_routes
from calibaja_api.sqlite import SqliteDatabase, url_of

pytestmark = pytest.mark.slow

FACTS = 4_000
QUESTIONS = 60
MOMENT = 0.05
"""Seconds of CPU: what is read, what Python makes of a page of it, and their compression, on a slow machine."""
ENCODINGS = b"br"
"""What takes longest."""

ROUTES = {
    route.path: answerer(route.endpoint)
    for router in (resource_routes(""), question_routes(""))
    for route in router.routes
    if isinstance(route, QuestionRoute)
}
HEADERS = CacheHeaders(Settings())

Understand = Callable[[str], Asked]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moments")
    write(FACTS, 3, folder / "made-up.ndjson")
    publish(draft(folder / "made-up.ndjson"), SqliteDatabase(folder / "made-up.sqlite3"))
    return folder / "made-up.sqlite3"


@pytest.fixture(scope="module")
def dataset(path: Path) -> Iterator[OpenDataset]:
    datasets = Datasets(database_of(url_of(path)))
    yield datasets.current()
    datasets.close()


@pytest.fixture(scope="module")
def asker(path: Path) -> Iterator[Asker]:
    with running_server(path) as address, httpx.Client(base_url=address, timeout=60) as http:

        def items(lang: str) -> dict[str, dict[str, Any]]:
            return {name: all_items(http, name, lang) for name in COLLECTIONS}

        yield Asker(Counts(items("en"), items("es"), {}, finding(http)), "moments")


def understood(dataset: OpenDataset, path: str, **question: Any) -> Asked:
    query = httpx.QueryParams(question)
    asking = Asking(path, path.encode(), str(query).encode(), "")
    return ROUTES[path].understand(asking, {}, lambda: dataset, HEADERS)


def whole(made: Content | Export) -> bytes:
    return made.body if isinstance(made, Content) else b"".join(made.make())


def held(asked: Asked) -> tuple[float, bytes | None]:
    """For how many seconds of CPU a question holds the loop where there is no time for it at all, and its answer; None
    where it was given up.
    """
    began = time.thread_time()
    try:
        made = asked.at_once()
    except TookTooLong:
        made = None
    if isinstance(made, Content):
        assert compressed(ENCODINGS, [(b"content-type", b"application/json")], made.body)
    seconds = time.thread_time() - began
    return seconds, whole(made) if isinstance(made, Content) else None


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "LOOP_SECONDS", 0.0)


@pytest.mark.usefixtures("no_time")
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_any_combination_is_answered_in_moments_or_leaves_the_loop(
    dataset: OpenDataset, asker: Asker, collection: str
) -> None:
    chosen = random.Random(collection)
    resource = RESOURCE_NAMED[collection]
    filters = [name for name, parameter in resource.parameters.items() if parameter.is_filter]
    sorts = sorted({sort.removeprefix("-") for sort in resource.sort_values} - {"relevance"})
    answered = 0
    for number in range(QUESTIONS):
        question = asker.question(collection, chosen.sample(filters, number % 4))
        question["limit"] = [chosen.choice(["1", "20", "200"])]
        question["count"] = [chosen.choice(["auto", "exact", "none"])]
        if number % 2:
            keys = chosen.sample(sorts, min(len(sorts), chosen.randint(1, 2)))
            question["sort"] = [chosen.choice(["", "-"]) + key for key in keys]
        if number % 5 == 0 and resource.facet_values:
            question["facets"] = chosen.sample(sorted(resource.facet_values), 1)
        asked = partial(understood, dataset, f"/v1/{collection}", **question)
        # The first time, what the question means is found out and its statements are made.
        held(asked())
        seconds, answer = held(asked())
        assert seconds < MOMENT, question
        if answer is not None:
            answered += 1
            assert answer == whole(asked().make()), question
    assert answered
    if collection == "facts":
        assert answered < QUESTIONS


@pytest.mark.usefixtures("no_time")
def test_what_goes_through_all_facts_leaves_the_loop_and_what_reads_a_page_does_not(dataset: OpenDataset) -> None:
    far = {"value__gte": "-1e300", "time__during": "../2030", "count": "exact", "sort": "-predicate,value"}
    for leaving in (far, {"facets": "predicate", "value__gte": "-1e300"}, {"latest": "true", "sort": "value"}):
        seconds, answer = held(understood(dataset, "/v1/facts", **leaving))
        assert answer is None, leaving
        assert seconds < MOMENT, leaving
    for staying in ({}, {"sort": "-value"}, {"basis": "observed", "count": "none"}, {"count": "exact"}):
        _, answer = held(understood(dataset, "/v1/facts", **staying))
        assert answer is not None, staying


@pytest.mark.usefixtures("no_time")
@pytest.mark.parametrize("operation", ["search", "compare"])
def test_questions_over_several_collections_are_so_too(dataset: OpenDataset, asker: Asker, operation: str) -> None:
    chosen = random.Random(operation)
    words = sorted(dataset.words)
    ids = sorted(asker.counts.items["regions"])
    predicates = sorted(asker.counts.items["predicates"])
    for _ in range(QUESTIONS):
        question: dict[str, Any] = {"q": " ".join(chosen.sample(words, chosen.randint(1, 3))), "limit": 200}
        if operation == "compare":
            question = {"subject": chosen.sample(ids, 4), "predicate": chosen.choice(predicates)}
        held(understood(dataset, f"/v1/{operation}", **question))
        seconds, answer = held(understood(dataset, f"/v1/{operation}", **question))
        assert seconds < MOMENT, question
        if answer is not None:
            assert answer == whole(understood(dataset, f"/v1/{operation}", **question).make()), question
