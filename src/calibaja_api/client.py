"""The typed Python client: the service's own question and answer models, over httpx.

    with Client("http://127.0.0.1:8000") as client:
        for fact in client.items(FactQuery(region__within=["baja-california"], sort=["-time"])):
            print(fact.claim)

`Client` and `AsyncClient` are the same but for `await`. A refusal of the service is raised as `ProblemError`.
"""

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar, cast
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from calibaja_api import __version__
from calibaja_api.shapes import (
    Changes,
    ChangesQuery,
    CollectionMeta,
    CompareQuery,
    Comparison,
    Dataset,
    Index,
    Item,
    ItemAnswer,
    ItemQuery,
    ListAnswer,
    ListQuery,
    Problem,
    Question,
    SearchAnswer,
    SearchQuery,
)
from calibaja_api.shapes.answers import item_answer, list_answer
from calibaja_api.shapes.parts import Part

A = TypeVar("A", bound=Item)
P = TypeVar("P", bound=Part)

TIMEOUT_SECONDS: Final = 10.0
_HEADERS: Final = {"Accept": "application/json, */*;q=0.1", "User-Agent": f"calibaja-client/{__version__}"}


_FILES: Final = {"Accept": "*/*"}

FileSuffix: TypeAlias = Literal["ndjson", "sqlite3"]


class ClientError(Exception):
    """What the client raises.

    - ClientError
      - ProblemError: the service refused and said why
      - UnexpectedAnswer: something answered that is not this service, or not this version of it
    """


class ProblemError(ClientError):
    """The service refused: `problem` says why, parameter by parameter."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem


class UnexpectedAnswer(ClientError):
    """An answer that is neither what was asked for nor a problem."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.request.url} answered {response.status_code}, and not as this service does")
        self.response = response


def parameters_of(question: Question | None) -> httpx.QueryParams:
    """A question as a query string: what was set, and nothing else."""
    if question is None:
        return httpx.QueryParams()
    pairs: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in question.model_dump(mode="json", exclude_unset=True, exclude_none=True).items():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, str(each).lower() if isinstance(each, bool) else str(each)) for each in values]
    return httpx.QueryParams(pairs)


def _address(*parts: str) -> str:
    return "/".join(["v1", *(quote(part, safe="") for part in parts)])


def _read(response: httpx.Response, shape: type[P]) -> P:
    """The answer as its model; `ProblemError` or `UnexpectedAnswer` when it is not that."""
    try:
        if response.is_success:
            return shape.model_validate_json(response.content)
        problem = Problem.model_validate_json(response.content)
    except ValidationError as error:
        raise UnexpectedAnswer(response) from error
    raise ProblemError(problem)


def _following(question: ListQuery[A], page: ListAnswer[A]) -> ListQuery[A] | None:
    """The question for the page after this one; None after the last."""
    cursor = page.page.next_cursor
    if cursor is None:
        return None
    return type(question)(**{**question.model_dump(exclude_unset=True), "cursor": cursor})


def _setup(base_url: str, options: dict[str, Any]) -> dict[str, Any]:
    headers = {**_HEADERS, **options.pop("headers", {})}
    return {
        "base_url": base_url.rstrip("/") + "/",
        "headers": headers,
        "timeout": TIMEOUT_SECONDS,
        "follow_redirects": True,
        **options,
    }


class Client:
    """Asks the service. Further arguments are those of `httpx.Client`."""

    def __init__(self, base_url: str, **options: Any) -> None:
        self.http = httpx.Client(**_setup(base_url, options))

    def list(self, question: ListQuery[A]) -> ListAnswer[A]:
        """One page of the items that pass every filter."""
        response = self.http.get(_address(question.answer.collection), params=parameters_of(question))
        return _read(response, list_answer(cast("type[A]", question.answer)))

    def pages(self, question: ListQuery[A]) -> Iterator[ListAnswer[A]]:
        """All pages, asked for as they are needed."""
        asked: ListQuery[A] | None = question
        while asked is not None:
            page = self.list(asked)
            yield page
            asked = _following(asked, page)

    def items(self, question: ListQuery[A]) -> Iterator[A]:
        """All items, over all pages."""
        for page in self.pages(question):
            yield from page.data

    def get(self, shape: type[A], id_: str, question: ItemQuery | None = None) -> ItemAnswer[A]:
        """One item: `client.get(Region, "tijuana")`."""
        params = parameters_of(question)
        response = self.http.get(_address(shape.collection, id_), params=params)
        return _read(response, item_answer(shape))

    def export(self, question: ListQuery[A]) -> Iterator[bytes]:
        """The whole result in the question's `format`, in pieces as they arrive."""
        with self.http.stream("GET", _address(question.answer.collection), params=parameters_of(question)) as response:
            if not response.is_success:
                response.read()
                _read(response, Problem)
            yield from response.iter_bytes()

    def search(self, question: SearchQuery) -> SearchAnswer:
        """One page of what is found."""
        return _read(self.http.get(_address("search"), params=parameters_of(question)), SearchAnswer)

    def compare(self, question: CompareQuery) -> Comparison:
        """Subjects side by side."""
        return _read(self.http.get(_address("compare"), params=parameters_of(question)), Comparison)

    def changes(self, question: ChangesQuery) -> Changes:
        """One page of what changed since a version."""
        return _read(self.http.get(_address("changes"), params=parameters_of(question)), Changes)

    def download(self, version: str, suffix: FileSuffix = "ndjson") -> Iterator[bytes]:
        """A version that is kept as a file, in pieces as they arrive: its records, or its SQLite file."""
        with self.http.stream("GET", _address("dataset", f"{version}.{suffix}"), headers=_FILES) as response:
            if not response.is_success:
                response.read()
                _read(response, Problem)
            yield from response.iter_bytes()

    def index(self) -> Index:
        """What is served."""
        return _read(self.http.get("v1"), Index)

    def dataset(self) -> Dataset:
        """The dataset that is served."""
        return _read(self.http.get(_address("dataset")), Dataset)

    def meta(self, collection: str) -> CollectionMeta:
        """What can be asked of a collection."""
        return _read(self.http.get(_address("meta", collection)), CollectionMeta)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient:
    """Asks the service, without waiting. Further arguments are those of `httpx.AsyncClient`."""

    def __init__(self, base_url: str, **options: Any) -> None:
        self.http = httpx.AsyncClient(**_setup(base_url, options))

    async def list(self, question: ListQuery[A]) -> ListAnswer[A]:
        """One page of the items that pass every filter."""
        response = await self.http.get(_address(question.answer.collection), params=parameters_of(question))
        return _read(response, list_answer(cast("type[A]", question.answer)))

    async def pages(self, question: ListQuery[A]) -> AsyncIterator[ListAnswer[A]]:
        """All pages, asked for as they are needed."""
        asked: ListQuery[A] | None = question
        while asked is not None:
            page = await self.list(asked)
            yield page
            asked = _following(asked, page)

    async def items(self, question: ListQuery[A]) -> AsyncIterator[A]:
        """All items, over all pages."""
        async for page in self.pages(question):
            for item in page.data:
                yield item

    async def get(self, shape: type[A], id_: str, question: ItemQuery | None = None) -> ItemAnswer[A]:
        """One item: `await client.get(Region, "tijuana")`."""
        params = parameters_of(question)
        response = await self.http.get(_address(shape.collection, id_), params=params)
        return _read(response, item_answer(shape))

    async def export(self, question: ListQuery[A]) -> AsyncIterator[bytes]:
        """The whole result in the question's `format`, in pieces as they arrive."""
        params = parameters_of(question)
        async with self.http.stream("GET", _address(question.answer.collection), params=params) as response:
            if not response.is_success:
                await response.aread()
                _read(response, Problem)
            async for piece in response.aiter_bytes():
                yield piece

    async def search(self, question: SearchQuery) -> SearchAnswer:
        """One page of what is found."""
        return _read(await self.http.get(_address("search"), params=parameters_of(question)), SearchAnswer)

    async def compare(self, question: CompareQuery) -> Comparison:
        """Subjects side by side."""
        return _read(await self.http.get(_address("compare"), params=parameters_of(question)), Comparison)

    async def changes(self, question: ChangesQuery) -> Changes:
        """One page of what changed since a version."""
        return _read(await self.http.get(_address("changes"), params=parameters_of(question)), Changes)

    async def download(self, version: str, suffix: FileSuffix = "ndjson") -> AsyncIterator[bytes]:
        """A version that is kept as a file, in pieces as they arrive: its records, or its SQLite file."""
        async with self.http.stream("GET", _address("dataset", f"{version}.{suffix}"), headers=_FILES) as response:
            if not response.is_success:
                await response.aread()
                _read(response, Problem)
            async for piece in response.aiter_bytes():
                yield piece

    async def index(self) -> Index:
        """What is served."""
        return _read(await self.http.get("v1"), Index)

    async def dataset(self) -> Dataset:
        """The dataset that is served."""
        return _read(await self.http.get(_address("dataset")), Dataset)

    async def meta(self, collection: str) -> CollectionMeta:
        """What can be asked of a collection."""
        return _read(await self.http.get(_address("meta", collection)), CollectionMeta)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
