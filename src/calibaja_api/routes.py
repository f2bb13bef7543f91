"""The one place where routes are made: how FastAPI's routes reach what answers.

FastAPI declares and documents each operation from its endpoint's signature. `QuestionRoute` is FastAPI's own hook for
handlers: it reads the question with our parser, which is stricter than FastAPI's, and calls the endpoint itself.
"""

import contextlib
import time
from collections.abc import Awaitable, Callable, Generator
from functools import cache, partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.routing import APIRoute

from calibaja_api.answer import Answer, RawHeaders, StreamedAnswer
from calibaja_api.answering import Asked, Asking, Endpoint, answerer, disposition
from calibaja_api.database import TookTooLong
from calibaja_api.datasets import OpenDataset
from calibaja_api.following import Datasets
from calibaja_api.metrics import Phases
from calibaja_api.negotiation import MEDIA_TYPES, first_admitted, holds_any, is_fresh
from calibaja_api.parsing import Parser, check_length
from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.respond import Content, Export, ItemResponder, ListResponder, Moved
from calibaja_api.shapes.answers import item_answer, list_answer
from calibaja_api.shapes.questions import FileQuery
from calibaja_api.shapes.vocabulary import Format
from calibaja_api.workers import Workers

GIVEN_UP: Final = "given_up"
"""The member of a request's state that says that its answer was found to take longer than moments."""


def served(request: Request) -> OpenDataset:
    """The dataset that this request is answered from."""
    datasets: Datasets = request.app.state.datasets
    return datasets.current()


async def bounded(request: Request) -> None:
    """Refuse an address that is too long, where no question is parsed."""
    check_length(request.scope.get("raw_path") or b"", request.scope["query_string"])


Served = Annotated[OpenDataset, Depends(served)]


def _asking(request: Request) -> Asking:
    """What of a request says what is asked."""
    scope, accept = request.scope, ",".join(request.headers.getlist("accept"))
    return Asking(scope["path"], scope.get("raw_path") or b"", scope["query_string"], accept)


def _if_none_match(request: Request) -> str:
    return ",".join(request.headers.getlist("if-none-match"))


class QuestionRoute(APIRoute):
    """A route that is asked with a query model, answered from the dataset, and cached by its tag."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # all await it
        """FastAPI's hook for handlers."""
        answering = answerer(self.endpoint)

        async def handle(request: Request) -> Response:
            state = request.app.state
            phases: Phases = request.scope["state"]["phases"]
            # Looked up at most once, and only when the form is right or a suggestion needs it.
            chosen = cache(lambda: served(request))
            asked = answering.understand(_asking(request), request.path_params, chosen, state.cache_headers)
            phases.parsed = time.perf_counter()
            if_none_match = _if_none_match(request)
            if is_fresh(if_none_match, asked.tag):
                return Answer(304, b"", [*asked.headers])
            with asked.dataset.held():
                try:
                    content = await _made(asked, state.workers, request)
                except Moved as moved:
                    return asked.moved(moved.address)
                if isinstance(content, Content):
                    return asked.answer(content, if_none_match)
                if holds_any(if_none_match):
                    return Answer(304, b"", [*asked.headers])
                headers = [*asked.headers, (b"content-language", asked.lang.encode())]
                return await _export(content, request, asked.dataset, headers)

        return handle


async def _made(asked: Asked, workers: Workers, request: Request) -> Content | Export:
    """What answers, made in the event loop where that is a matter of moments, else in a thread."""
    state = request.scope["state"]
    if not asked.dataset.waits and GIVEN_UP not in state:
        with contextlib.suppress(TookTooLong):
            return asked.at_once()
    return await workers.run(asked.make, state["phases"])


FILE_TYPES: Final = {"ndjson": MEDIA_TYPES[Format.NDJSON], "sqlite3": "application/vnd.sqlite3"}
"""Media types of whole datasets, by the suffix of their path."""
BYTES: Final = "application/octet-stream"
"""What a file is to those who know no other type for it."""


class FileRoute(APIRoute):
    """A route to a file that is sent as it is."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # all await it
        """FastAPI's hook for handlers."""
        endpoint: Callable[..., Export] = self.endpoint
        parser = Parser(FileQuery)
        media_types = (FILE_TYPES[self.path.rpartition(".")[2]], BYTES)

        async def handle(request: Request) -> Response:
            workers: Workers = request.app.state.workers
            phases: Phases = request.scope["state"]["phases"]
            question = parser.parse_url(request.scope.get("raw_path") or b"", request.scope["query_string"])
            media_type = first_admitted(media_types, ",".join(request.headers.getlist("accept")))
            phases.parsed = time.perf_counter()
            dataset = served(request)
            tag, headers = request.app.state.cache_headers.of(media_type, dataset.version, request.scope["path"])
            held = _if_none_match(request)
            if is_fresh(held, tag):
                return Answer(304, b"", [*headers])
            with dataset.held():
                make = partial(endpoint, _question=question, dataset=dataset, **request.path_params)
                file = await workers.run(make, phases)
                if holds_any(held):
                    return Answer(304, b"", [*headers])
                return await _export(file, request, dataset, [*headers])

        return handle


async def _export(export: Export, request: Request, dataset: OpenDataset, headers: RawHeaders) -> Response:
    """A file that is made while it is sent; where only its headers are asked for, nothing is made."""
    headers.append(disposition(export.file_name))
    if export.size is not None:
        headers.append((b"content-length", b"%d" % export.size))
    workers: Workers = request.app.state.workers
    is_head: bool = request.scope["state"]["head"]
    made = _nothing() if is_head else export.make()
    open_ = contextlib.ExitStack()
    try:
        if not is_head:
            await workers.begin_export()
            open_.callback(workers.end_export)
        open_.enter_context(dataset.held())
        open_.callback(made.close)
        read = partial(workers.next_piece, made)
        # What cannot be read is told as long as nothing is sent.
        return StreamedAnswer(await read(), read, open_, headers)
    except BaseException:
        open_.close()
        raise


def _nothing() -> Generator[bytes, None, None]:
    yield from ()


def resource_routes(public_url: str) -> APIRouter:
    """The list and the item of each resource."""
    router = APIRouter(prefix="/v1", route_class=QuestionRoute, redirect_slashes=False)
    for resource in RESOURCES:
        add = router.add_api_route
        item = resource.answer.__name__.lower()
        add(
            f"/{resource.name}",
            _list_endpoint(resource, public_url),
            response_model=list_answer(resource.answer),
            operation_id=f"list_{resource.name}",
            summary=f"List {resource.name}",
            description=f"{resource.summary.en} Filters combine with AND; repeat one for any of several values.",
            tags=[resource.name],
        )
        add(
            f"/{resource.name}/{{id}}",
            _item_endpoint(resource, public_url),
            response_model=item_answer(resource.answer),
            operation_id=f"get_{item}",
            summary=f"Get one {item}",
            description="The same object as in the list.",
            tags=[resource.name],
        )
    return router


def _list_endpoint(resource: Resource, public_url: str) -> Endpoint:
    responder = ListResponder(resource, public_url)

    def endpoint(question: Annotated[resource.question, Query()], dataset: Served) -> Any:  # type: ignore[name-defined]
        if question.format in {None, Format.JSON}:
            return responder.answer(question, dataset)
        return responder.export(question, question.format, dataset)

    return endpoint


def _item_endpoint(resource: Resource, public_url: str) -> Endpoint:
    responder = ItemResponder(resource, public_url)

    def endpoint(
        id: Annotated[str, Path(description=f"Id of the {resource.item_type}.")],  # noqa: A002 - the parameter's name
        question: Annotated[resource.item_question, Query()],  # type: ignore[name-defined]  # as above
        dataset: Served,
    ) -> Any:
        return responder.answer(id, question, dataset)

    return endpoint
