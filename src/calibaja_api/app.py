"""The application: settings and datasets in, an ASGI application out."""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from calibaja_api import __version__
from calibaja_api.absent import absent
from calibaja_api.answer import Answer
from calibaja_api.answering import CacheHeaders
from calibaja_api.compression import MINIMUM_BYTES, Compression
from calibaja_api.connections import Connections, state_of
from calibaja_api.database import DatabaseError
from calibaja_api.databases import database_of
from calibaja_api.door import Door
from calibaja_api.downloads import Downloads
from calibaja_api.edge import PREFLIGHT, Edge
from calibaja_api.errors import MethodNotAllowed, NotFound, Refusal, Unavailable, UriTooLong, parameter_error
from calibaja_api.following import Datasets
from calibaja_api.metrics import FOLDER_VARIABLE, WRITE_SECONDS, Metrics, Moved
from calibaja_api.pages import page_routes
from calibaja_api.problems import problem_answer
from calibaja_api.resources import RESOURCES
from calibaja_api.routes import bounded, resource_routes
from calibaja_api.settings import LogLevel, Settings, load
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.special import about_routes, file_routes, health_routes, question_routes
from calibaja_api.text import nearest
from calibaja_api.workers import Workers

if TYPE_CHECKING:
    from calibaja_api.exposition import Exposition

_log = logging.getLogger(__name__)

_PATHS = [
    "/v1",
    "/v1/search",
    "/v1/compare",
    "/v1/changes",
    "/v1/dataset",
    "/v1/meta",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/redoc",
]
_PATHS += [f"/v1/{resource.name}" for resource in RESOURCES]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service; without settings it reads those of the process."""
    settings = settings or load()
    public_url = settings.public_url or ""
    database = database_of(settings.database_url)
    datasets = Datasets(database)
    downloads = Downloads()
    metrics = Metrics()
    metrics.dataset = lambda: _moved(datasets)
    exposition = cache(partial(_exposition, metrics))
    connections = Connections(settings.max_connections, metrics)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        # Whoever asks first is answered from what is there already, if something is.
        _look(datasets)
        # What there is now is there to the end, so that the collector need not look at it again and again.
        gc.freeze()
        gc.enable()
        told = [exposition()] if FOLDER_VARIABLE in os.environ else []
        tasks = [asyncio.create_task(each) for each in (datasets.follow(), connections.watch(), *map(_write, told))]
        yield state_of(connections)
        for task in tasks:
            task.cancel()
        for each in told:
            each.close()
        app.state.workers.close()
        datasets.close()
        downloads.close()

    app = FastAPI(
        title="Calibaja API",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.cache_headers = CacheHeaders(settings)
    app.state.datasets = datasets
    app.state.exposition = exposition
    app.state.workers = Workers(metrics)
    app.add_middleware(Compression, minimum_size=MINIMUM_BYTES)
    app.add_middleware(Edge, settings=settings, metrics=metrics, connections=connections)
    answered_at_once, others = _routers(public_url, downloads)
    if not settings.access_log and settings.log_level is not LogLevel.DEBUG:
        # What the log is to tell of, the application has to see.
        connections.door = Door(
            answered_at_once, datasets, app.state.cache_headers, metrics, settings, connections.outbox
        )
    # Of a router that is included FastAPI makes every route once more, when the first request comes.
    app.router.routes += [route for router in (*answered_at_once, *others) for route in router.routes]
    app.openapi = partial(_openapi, app)  # type: ignore[method-assign]  # FastAPI's way to have another document
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _unmatched)
    app.add_exception_handler(DatabaseError, _unread)
    _log.debug("serving %s", database)
    return app


def _routers(public_url: str, downloads: Downloads) -> tuple[list[APIRouter], list[APIRouter]]:
    """Those whose answers may be made at once, and the others."""
    # FastAPI loads Pydantic 1 where it is there, to refuse its models; there are none.
    with absent("pydantic.v1"):
        at_once = [resource_routes(public_url), question_routes(public_url)]
        others = [file_routes(downloads), about_routes(public_url), health_routes(public_url), page_routes(public_url)]
    return at_once, others


def _openapi(app: FastAPI) -> dict[str, Any]:
    # What makes it is loaded when somebody asks for it.
    from calibaja_api.openapi import document_of

    return document_of(app)


async def _refused(request: Request, refusal: Any) -> Response:
    return problem_answer(refusal, request.scope, request.app.state.settings.public_url or "")


def _look(datasets: Datasets) -> None:
    with contextlib.suppress(Unavailable):
        datasets.current()


def _moved(datasets: Datasets) -> Moved | None:
    served = datasets.served
    return Moved(served.version, served.stamp.release, datasets.moved) if served else None


def _exposition(metrics: Metrics) -> "Exposition":
    # To load what Prometheus is told with takes long, and many are never asked for it.
    from calibaja_api.exposition import Exposition

    return Exposition(metrics)


async def _write(exposition: "Exposition") -> None:
    """Tell the processes that answer together of this one, until cancelled."""
    while True:
        exposition.write()
        await asyncio.sleep(WRITE_SECONDS)


async def _unread(request: Request, error: Any) -> Response:
    """The dataset is there and could not be read: a server restarts, a connection is lost, a read takes too long."""
    _log.warning("request %s: %s", request.scope["state"]["request_id"], error)
    return await _refused(request, Unavailable("The data could not be read in time; ask again."))


async def _unmatched(request: Request, error: Any) -> Response:
    """What no route answers: OPTIONS of a path that has one, another method, or no such path."""
    try:
        await bounded(request)
    except UriTooLong as refusal:
        return await _refused(request, refusal)
    if request.method == "OPTIONS" and (error.status_code == MethodNotAllowed.status or request.scope["path"] == "*"):
        return Answer(204, b"", PREFLIGHT)
    if error.status_code == MethodNotAllowed.status:
        return await _refused(request, MethodNotAllowed(f"{request.method} is not answered; the service is read-only."))
    return await _refused(request, _no_such_path(request.scope["path"]))


def _no_such_path(path: str) -> NotFound:
    detail = f"Nothing has the path {path[:200]!r}."
    near = _nearest_path(path)
    error = parameter_error("path", ErrorCode.UNKNOWN_VALUE, detail, near)
    return NotFound(error.detail, [error])


def _nearest_path(path: str) -> str | None:
    bare = path.rstrip("/")
    match bare.split("/"):
        case ["", "v1", collection, id_] if collection != "meta":
            name = nearest(collection, [resource.name for resource in RESOURCES])
            return f"/v1/{name}/{id_}" if name else None
        case _:
            return nearest(bare, _PATHS) if bare else None
