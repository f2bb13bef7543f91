"""The one place where routes are made: how a request becomes a question, and what becomes an answer.

FastAPI declares and documents each operation from its endpoint's signature. `QuestionRoute` is FastAPI's own hook for
handlers: it reads the question with our parser, which is stricter than FastAPI's, and calls the endpoint itself.
"""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Generator
from functools import cache, partial
from typing import Annotated, Any, Final, get_type_hints

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.routing import APIRoute

from calibaja_api import __version__
from calibaja_api.answer import Answer, StreamedAnswer
from calibaja_api.database import TookTooLong, limited
from calibaja_api.datasets import Datasets, OpenDataset
from calibaja_api.errors import VersionGone
from calibaja_api.exports import refuse_misfits
from calibaja_api.metrics import Phases
from calibaja_api.negotiation import MEDIA_TYPES, entity_tag, first_admitted, holds_any, is_fresh, media_format
from calibaja_api.parsing import Parser, check_length
from calibaja_api.resources import RESOURCES, Resource
from calibaja_api.respond import Content, Export, ItemResponder, ListResponder, Moved
from calibaja_api.settings import Settings
from calibaja_api.shapes.answers import ItemAnswer, ListAnswer
from calibaja_api.shapes.questions import FileQuery
from calibaja_api.shapes.vocabulary import Format, ItemType
from calibaja_api.workers import Workers


def served(request: Request) -> OpenDataset:
    """The dataset that this request is answered from."""
    datasets: Datasets = request.app.state.datasets
    return datasets.current()


async def bounded(request: Request) -> None:
    """Refuse an address that is too long, where no question is parsed."""
    check_length(request.scope.get("raw_path") or b"", request.scope["query_string"])


LOOP_SECONDS: Final = 0.002
"""A read that takes longer is begun again in a thread, so that others are answered meanwhile."""

Served = Annotated[OpenDataset, Depends(served)]
Endpoint = Callable[..., Content | Export]


class QuestionRoute(APIRoute):
    """A route that is asked with a query model, answered from the dataset, and cached by its tag."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's hook for handlers."""
        endpoint: Endpoint = self.endpoint
        parser = Parser(get_type_hints(endpoint)["question"])
        served_formats = [Format(choice) for choice in parser.parameters["format"].choices or ()]

        async def handle(request: Request) -> Response:
            settings: Settings = request.app.state.settings
            workers: Workers = request.app.state.workers
            phases: Phases = request.scope["state"]["phases"]

            # Looked up at most once, and only when the form is right or a suggestion needs it.
            chosen = cache(lambda: served(request))

            def known(types: Collection[ItemType], id_: str) -> bool:
                return chosen().knows(types, id_)

            question = parser.parse_url(request.scope.get("raw_path") or b"", request.scope["query_string"], known)
            format_ = media_format(question.format, ",".join(request.headers.getlist("accept")), served_formats)
            refuse_misfits(question, format_)
            phases.parsed = time.perf_counter()
            media_type = MEDIA_TYPES[format_]
            dataset = chosen()
            if question.dataset_version not in {None, dataset.version}:
                raise VersionGone(
                    f"Version {question.dataset_version} is not served; the one that is: {dataset.version}."
                )
            asked = f"{request.scope['path']}?{parser.pairs(question)}"
            headers = _headers(media_type, dataset, asked, settings, negotiated=not question.format)
            held = ",".join(request.headers.getlist("if-none-match"))
            if is_fresh(held, headers["ETag"]):
                return Answer(304, b"", headers)
            if format_ is not Format.JSON:
                question = question.model_copy(update={"format": format_})
            answer = partial(endpoint, question=question, dataset=dataset, **request.path_params)
            with dataset.held():
                try:
                    content = await _answered(answer, dataset, workers, phases)
                except Moved as moved:
                    return Answer(308, b"", {"Location": moved.address, "Cache-Control": headers["Cache-Control"]})
                if holds_any(held):
                    return Answer(304, b"", headers)
                if isinstance(content, Export):
                    return await _export(content, request, dataset, {**headers, "Content-Language": question.lang})
            headers["Content-Language"] = content.lang or question.lang
            if content.next is not None:
                headers["Link"] = f'<{content.next}>; rel="next"'
            return Answer(200, content.body, headers)

        return handle


FILE_TYPES: Final = {"ndjson": MEDIA_TYPES[Format.NDJSON], "sqlite3": "application/vnd.sqlite3"}
"""Media types of whole datasets, by the suffix of their path."""
BYTES: Final = "application/octet-stream"
"""What a file is to those who know no other type for it."""


class FileRoute(APIRoute):
    """A route to a file that is sent as it is."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's hook for handlers."""
        endpoint: Callable[..., Export] = self.endpoint
        parser = Parser(FileQuery)
        media_types = (FILE_TYPES[self.path.rpartition(".")[2]], BYTES)

        async def handle(request: Request) -> Response:
            settings: Settings = request.app.state.settings
            workers: Workers = request.app.state.workers
            phases: Phases = request.scope["state"]["phases"]
            question = parser.parse_url(request.scope.get("raw_path") or b"", request.scope["query_string"])
            media_type = first_admitted(media_types, ",".join(request.headers.getlist("accept")))
            phases.parsed = time.perf_counter()
            dataset = served(request)
            headers = _headers(media_type, dataset, request.scope["path"], settings)
            held = ",".join(request.headers.getlist("if-none-match"))
            if is_fresh(held, headers["ETag"]):
                return Answer(304, b"", headers)
            with dataset.held():
                make = partial(endpoint, _question=question, dataset=dataset, **request.path_params)
                file = await workers.run(make, phases)
                if holds_any(held):
                    return Answer(304, b"", headers)
                return await _export(file, request, dataset, headers)

        return handle


def _headers(
    media_type: str, dataset: OpenDataset, asked: str, settings: Settings, *, negotiated: bool = True
) -> dict[str, str]:
    """The headers of an answer that are known before it is made."""
    return {
        "Content-Type": media_type,
        "ETag": entity_tag(dataset.version, __version__, f"{asked} {media_type} {settings.public_url}"),
        "Cache-Control": cache_control(settings),
        "Vary": "Accept-Encoding, Accept" if negotiated else "Accept-Encoding",
    }


async def _answered(answer: Callable[[], Any], dataset: OpenDataset, workers: Workers, phases: Phases) -> Any:
    """Answered in the event loop, where that is a matter of moments, else in a thread."""
    if not dataset.waits:
        with contextlib.suppress(TookTooLong), limited(LOOP_SECONDS):
            return answer()
    return await workers.run(answer, phases)


async def _export(export: Export, request: Request, dataset: OpenDataset, headers: dict[str, str]) -> Response:
    """A file that is made while it is sent; where only its headers are asked for, nothing is made."""
    headers["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
    if export.size is not None:
        headers["Content-Length"] = str(export.size)
    workers: Workers = request.app.state.workers
    is_head: bool = request.scope["state"]["head"]
    made = _nothing() if is_head else export.make()
    open_ = contextlib.ExitStack()
    try:
        if not is_head:
            open_.enter_context(workers.exporting())
        open_.enter_context(dataset.held())
        open_.callback(made.close)
        chunks = workers.each(made)
        # What cannot be read is told as long as nothing is sent.
        first = await anext(chunks, b"")
        return StreamedAnswer(_from(first, chunks, open_), open_, headers)
    except BaseException:
        open_.close()
        raise


async def _from(first: bytes, others: AsyncIterator[bytes], open_: contextlib.ExitStack) -> AsyncIterator[bytes]:
    yield first
    async for chunk in others:
        yield chunk
    # Before the client knows that this was all, so that its next export finds the place of this one free.
    open_.close()


def _nothing() -> Generator[bytes, None, None]:
    yield from ()


def cache_control(settings: Settings) -> str:
    """How long caches may keep an answer."""
    stale = settings.cache_stale_while_revalidate
    return f"public, max-age={settings.cache_max_age}, stale-while-revalidate={stale}"


def resource_routes(public_url: str) -> APIRouter:
    """The list and the item of each resource."""
    router = APIRouter(prefix="/v1", route_class=QuestionRoute, redirect_slashes=False)
    for resource in RESOURCES:
        add = router.add_api_route
        item = resource.answer.__name__.lower()
        add(
            f"/{resource.name}",
            _list_endpoint(resource, public_url),
            response_model=ListAnswer[resource.answer],  # type: ignore[name-defined]
            operation_id=f"list_{resource.name}",
            summary=f"List {resource.name}",
            description=f"{resource.summary.en} Filters combine with AND; repeat one for any of several values.",
            tags=[resource.name],
        )
        add(
            f"/{resource.name}/{{id}}",
            _item_endpoint(resource, public_url),
            response_model=ItemAnswer[resource.answer],  # type: ignore[name-defined]
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
        id: Annotated[str, Path(description=f"Id of the {resource.item_type}.")],  # noqa: A002
        question: Annotated[resource.item_question, Query()],  # type: ignore[name-defined]
        dataset: Served,
    ) -> Any:
        return responder.answer(id, question, dataset)

    return endpoint
