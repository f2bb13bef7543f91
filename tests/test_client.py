import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar, assert_type

import httpx
import pytest
from pydantic import ValidationError
from tests.rich import Served

from calibaja_api import __version__
from calibaja_api.client import AsyncClient, Client, ProblemError, UnexpectedAnswer, parameters_of
from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.shapes import (
    CollectionMeta,
    Dataset,
    ErrorCode,
    Event,
    EventQuery,
    Fact,
    FactItemQuery,
    FactQuery,
    Index,
    ItemAnswer,
    ListAnswer,
    Person,
    ProblemCode,
    Question,
    Region,
    RegionItemQuery,
    RegionQuery,
    SectorQuery,
)
from calibaja_api.shapes.vocabulary import Basis, Lang, Tier

pytest_plugins = ["tests.rich"]

T = TypeVar("T")
by_name = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)


def asked(address: str, ask: Callable[[AsyncClient], Awaitable[T]]) -> T:
    """What the client that does not wait gets."""

    async def asking() -> T:
        async with AsyncClient(address) as client:
            return await ask(client)

    return asyncio.run(asking())


async def collected(client: AsyncClient, question: Any) -> list[Any]:
    return [item async for item in client.items(question)]


def test_a_list_is_of_its_type(client: Client) -> None:
    answer = client.list(FactQuery(limit=3, basis=[Basis.OBSERVED], lang=Lang.ES))
    assert_type(answer, ListAnswer[Fact])
    assert_type(answer.data, list[Fact])
    assert len(answer.data) == answer.page.limit == 3
    assert all(isinstance(fact, Fact) for fact in answer.data)
    assert {fact.basis for fact in answer.data} == {Basis.OBSERVED}
    assert answer.meta.lang is Lang.ES
    assert answer.included is None


def test_an_item_is_of_its_type(client: Client) -> None:
    answer = client.get(Region, "tijuana", RegionItemQuery(include=["parent"]))
    assert_type(answer, ItemAnswer[Region])
    assert (answer.data.id, answer.data.type) == ("tijuana", "region")
    assert answer.data.parent is not None
    assert answer.included is not None
    assert answer.included.regions is not None
    assert list(answer.included.regions) == [answer.data.parent.id]


@by_name
def test_items_over_all_pages_are_all_items(rich: Served, resource: Resource) -> None:
    whole = rich.items[resource.name]
    limit = max(1, len(whole) // 7)
    found = list(rich.client.items(resource.question(limit=limit)))
    assert [item.model_dump(mode="json") for item in found] == list(whole.values())
    assert all(type(item) is resource.answer for item in found)
    assert asked(rich.address, lambda client: collected(client, resource.question(limit=limit))) == found


def test_pages_keep_the_question(rich: Served) -> None:
    pages = list(rich.client.pages(EventQuery(limit=20, sort=["-time"], include=["regions"], lang=Lang.ES)))
    assert len(pages) == 3
    assert {page.meta.lang for page in pages} == {Lang.ES}
    assert all(page.included is not None and page.included.regions for page in pages)
    assert [page.page.next is None for page in pages] == [False, False, True]


def test_pages_are_asked_for_as_they_are_needed(rich: Served) -> None:
    requests: list[httpx.Request] = []
    with Client(rich.address, event_hooks={"request": [requests.append]}) as client:
        items = client.items(FactQuery(limit=10))
        assert requests == []
        taken = [next(items) for _ in range(11)]
    assert len({fact.id for fact in taken}) == 11
    assert len(requests) == 2


def test_the_service_tells_of_itself(client: Client, server: str) -> None:
    index, dataset, meta = client.index(), client.dataset(), client.meta("facts")
    assert [collection.name for collection in index.collections] == [resource.name for resource in RESOURCES]
    assert {collection.name: collection.count for collection in index.collections} == dataset.counts
    assert dataset.version == index.dataset_version
    assert meta.collection == "facts"

    async def all_three(asking: AsyncClient) -> tuple[Index, Dataset, CollectionMeta]:
        return await asking.index(), await asking.dataset(), await asking.meta("facts")

    assert asked(server, all_three) == (index, dataset, meta)


def test_both_clients_get_the_same(rich: Served) -> None:
    question = FactQuery(limit=7, source__tier=[Tier.A], sort=["value"], include=["source"])
    assert asked(rich.address, lambda client: client.list(question)) == rich.client.list(question)
    item = FactItemQuery(include=["subject", "speaker"], lang=Lang.ES)
    alone = asked(rich.address, lambda client: client.get(Fact, "fact-001", item))
    assert alone == rich.client.get(Fact, "fact-001", item)


def test_a_former_id_leads_to_the_item(rich: Served) -> None:
    assert rich.client.get(Region, "old-land").data.id == "land-0"
    answer = asked(rich.address, lambda client: client.get(Region, "old-land", RegionItemQuery(lang=Lang.ES)))
    assert (answer.data.id, answer.meta.lang) == ("land-0", Lang.ES)


REFUSED: list[tuple[Callable[[Any], Any], int, ProblemCode, ErrorCode | None]] = [
    (lambda client: client.get(Region, "land-O"), 404, ProblemCode.NOT_FOUND, ErrorCode.UNKNOWN_ID),
    (lambda client: client.get(Region, "../facts?x=1"), 404, ProblemCode.NOT_FOUND, None),
    (lambda client: client.get(Region, "ñ/%2F#"), 404, ProblemCode.NOT_FOUND, None),
    (lambda client: client.get(Person, "person-gone"), 410, ProblemCode.WITHDRAWN, None),
    (
        lambda client: client.list(RegionQuery(kind=["cty"])),
        400,
        ProblemCode.INVALID_PARAMETERS,
        ErrorCode.UNKNOWN_VALUE,
    ),
    (
        lambda client: client.list(RegionQuery(cursor="abc")),
        400,
        ProblemCode.INVALID_PARAMETERS,
        ErrorCode.FOREIGN_CURSOR,
    ),
    (lambda client: client.list(RegionQuery(dataset_version="0" * 16)), 409, ProblemCode.VERSION_GONE, None),
    (lambda client: client.meta("nothing"), 404, ProblemCode.NOT_FOUND, ErrorCode.UNKNOWN_VALUE),
]


@pytest.mark.parametrize(("ask", "status", "code", "error"), REFUSED)
def test_a_refusal_is_raised_with_its_problem(
    rich: Served, ask: Callable[[Any], Any], status: int, code: ProblemCode, error: ErrorCode | None
) -> None:
    with pytest.raises(ProblemError) as caught:
        ask(rich.client)
    with pytest.raises(ProblemError) as caught_too:
        asked(rich.address, ask)
    problem = caught.value.problem
    assert (problem.status, problem.code) == (status, code)
    assert (caught_too.value.problem.status, caught_too.value.problem.detail) == (status, problem.detail)
    assert problem.detail in str(caught.value)
    if error is not None:
        assert [each.code for each in problem.errors] == [error]


def test_a_refusal_on_the_way_ends_the_items(rich: Served) -> None:
    with pytest.raises(ProblemError):
        list(rich.client.items(RegionQuery(kind=["nothing-like-it"])))
    with pytest.raises(ProblemError):
        asked(rich.address, lambda client: collected(client, RegionQuery(kind=["nothing-like-it"])))


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": "1.0"}, {"regoin": ["tijuana"]}, {"kind": []}, {"kind": ["A B"]}, {"sort": ["kidn"]}],
)
def test_a_question_of_a_wrong_form_is_refused_before_it_is_asked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RegionQuery(**wrong)


@pytest.mark.parametrize(
    ("question", "sent"),
    [
        (None, ""),
        (RegionQuery(), ""),
        (RegionQuery(kind=None), ""),
        (RegionQuery(limit=25, lang=Lang.EN), "lang=en&limit=25"),
        (RegionQuery(kind=["city", "state"]), "kind=city&kind=state"),
        (RegionQuery(location__exists=False), "location__exists=false"),
        (RegionQuery(location__exists=True), "location__exists=true"),
        (FactQuery(sort=["-time", "value"]), "sort=-time&sort=value"),
        (RegionQuery(name__contains="a&b=c ñ+%"), "name__contains=a%26b%3Dc+%C3%B1%2B%25"),
    ],
)
def test_what_was_set_is_sent_and_nothing_else(question: Question | None, sent: str) -> None:
    assert str(parameters_of(question)) == sent


@pytest.mark.parametrize("value", [0, -0.25, 1e-3, 300, 1e22, 10**12, 0.1 + 0.2])
def test_numbers_are_asked_for_exactly(rich: Served, value: float) -> None:
    found = list(rich.client.items(FactQuery(value=[value])))
    there = [fact["id"] for fact in rich.items["facts"].values() if fact["value"] == value]
    assert [fact.id for fact in found] == there


def test_whole_numbers_stay_whole(rich: Served) -> None:
    values = {fact.id: fact.value for fact in rich.client.items(FactQuery(value__exists=True, limit=200))}
    expected = {record["id"]: record["value"] for record in rich.records["facts"] if "value" in record}
    assert values == expected
    assert all(isinstance(value, int) for value in values.values() if value == int(value or 0))


@pytest.mark.parametrize("end", ["", "/"])
def test_the_address_may_end_in_a_slash(server: str, end: str) -> None:
    with Client(server + end) as client:
        assert client.list(SectorQuery(limit=1)).page.limit == 1
    assert asked(server + end, lambda client: client.index()).collections


def test_options_are_those_of_httpx(server: str) -> None:
    requests: list[httpx.Request] = []
    hooks = {"request": [requests.append]}
    with Client(server, headers={"X-Request-ID": "mine"}, timeout=3, event_hooks=hooks) as client:
        client.index()
        assert client.http.timeout == httpx.Timeout(3)
    [request] = requests
    assert request.headers["x-request-id"] == "mine"
    # What is refused in a question is told, whatever the format that it asks for.
    assert request.headers["accept"] == "application/json, */*;q=0.1"
    assert request.headers["user-agent"] == f"calibaja-client/{__version__}"


def test_clients_close(server: str) -> None:
    with Client(server) as client:
        client.index()
    assert client.http.is_closed

    async def closing() -> AsyncClient:
        async with AsyncClient(server) as asking:
            await asking.index()
        return asking

    assert asyncio.run(closing()).http.is_closed


class Stranger(BaseHTTPRequestHandler):
    """Answers, but not as the service does: the user agent tells how."""

    def do_GET(self) -> None:
        status, _, body = self.headers["user-agent"].partition(";")
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        "200;<html></html>",
        "200;",
        "200;[]",
        '200;{"data": []}',
        '200;{"data": [{"id": "a"}], "page": {}, "meta": {}}',
        "404;Not Found",
        '404;{"detail": "Not Found"}',
        '500;{"status": 500}',
        "502;<html>Bad Gateway</html>",
        "204;",
        "304;",
    ],
)
def test_an_answer_of_something_else_is_unexpected(stranger: str, answer: str) -> None:
    headers = {"User-Agent": answer}
    with Client(stranger, headers=headers) as client:
        for ask in (lambda: client.list(RegionQuery()), client.index, lambda: client.get(Event, "a")):
            with pytest.raises(UnexpectedAnswer) as caught:
                ask()
            assert caught.value.response.status_code == int(answer.partition(";")[0])
            assert stranger in str(caught.value)

    async def asking() -> None:
        async with AsyncClient(stranger, headers=headers) as waiting:
            await waiting.list(RegionQuery())

    with pytest.raises(UnexpectedAnswer):
        asyncio.run(asking())
