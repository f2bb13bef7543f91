"""The operations that are not those of a resource: what the service says of itself, and whether it lives."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from calibaja_api.answer import Answer
from calibaja_api.answering import Endpoint
from calibaja_api.changes import ChangesResponder
from calibaja_api.comparison import CompareResponder
from calibaja_api.datasets import OpenDataset
from calibaja_api.describing import collection_meta
from calibaja_api.downloads import Downloads
from calibaja_api.errors import REFUSALS, NotFound, Refusal, Unavailable, parameter_error
from calibaja_api.following import Datasets
from calibaja_api.problems import problem_type
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES, Resource
from calibaja_api.respond import Content
from calibaja_api.routes import BYTES, FILE_TYPES, FileRoute, QuestionRoute, Served, bounded, served
from calibaja_api.search import SearchResponder
from calibaja_api.shapes.changes import Changes, ChangesQuery
from calibaja_api.shapes.comparison import CompareQuery, Comparison
from calibaja_api.shapes.dataset import (
    AboutQuery,
    CollectionMeta,
    CollectionSummary,
    Dataset,
    Health,
    Index,
    Links,
    Meta,
    Readiness,
)
from calibaja_api.shapes.parts import Part
from calibaja_api.shapes.problems import ErrorCode, ProblemDescription
from calibaja_api.shapes.questions import FileQuery
from calibaja_api.shapes.search import SearchAnswer, SearchQuery
from calibaja_api.shapes.values import VERSION_PATTERN
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.text import nearest

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The text format of Prometheus."""


def file_content(suffix: str) -> dict[int | str, dict[str, Any]]:
    """What a file route answers with."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": {FILE_TYPES[suffix]: schema, BYTES: schema}}}


Asked = Annotated[AboutQuery, Query()]


def index_endpoint(public_url: str) -> Endpoint:
    """What answers `/v1`, and `/` where no browser asks."""

    def index(question: Asked, dataset: Served) -> Any:
        """The collections with their counts, and where everything else is."""
        return _content(index_of(question, dataset, public_url))

    return index


def index_of(question: AboutQuery, dataset: OpenDataset, public_url: str) -> Index:
    """What is served."""
    about = dataset.about[question.lang]
    collections = [
        CollectionSummary(
            name=resource.name,
            description=getattr(resource.summary, question.lang),
            count=about.counts[resource.name],
            url=_address(f"{public_url}/v1/{resource.name}", question),
            meta=_address(f"{public_url}/v1/meta/{resource.name}", question),
        )
        for resource in RESOURCES
    ]
    links = Links(
        search=_address(f"{public_url}/v1/search", question),
        compare=_address(f"{public_url}/v1/compare", question),
        dataset=_address(f"{public_url}/v1/dataset", question),
        ndjson=_address(f"{public_url}/v1/dataset/{dataset.version}.ndjson", question),
        sqlite3=_address(f"{public_url}/v1/dataset/{dataset.version}.sqlite3", question),
        changes=_address(f"{public_url}/v1/changes", question),
        meta=_address(f"{public_url}/v1/meta", question),
        openapi=f"{public_url}/openapi.json",
        docs=f"{public_url}/docs",
        redoc=f"{public_url}/redoc",
    )
    return Index(
        name=about.name,
        description=about.description,
        dataset_version=dataset.version,
        collections=collections,
        links=links,
    )


def meta_of(resources: Iterable[Resource], question: AboutQuery, dataset: OpenDataset, public_url: str) -> Meta:
    """What can be asked of some collections."""
    collections = [
        collection_meta(resource, dataset, _address(f"{public_url}/v1/{resource.name}", question))
        for resource in resources
    ]
    return Meta(dataset_version=dataset.version, languages=list(Lang), collections=collections)


def problem_description(refusal: type[Refusal], public_url: str) -> ProblemDescription:
    """What a problem code means and what to do about it."""
    return ProblemDescription(
        type=problem_type(refusal.code, public_url),
        code=refusal.code,
        title=refusal.title,
        status=refusal.status,
        description=refusal.description,
    )


def about_routes(public_url: str) -> APIRouter:
    """What the service says of itself: asked and cached as the collections are."""
    router = APIRouter(prefix="/v1", route_class=QuestionRoute, tags=["service"], redirect_slashes=False)
    changing = ChangesResponder(public_url)
    router.add_api_route(
        "", index_endpoint(public_url), operation_id="get_index", summary="What is served", response_model=Index
    )

    @router.get("/dataset", operation_id="get_dataset", summary="The dataset", response_model=Dataset)
    def dataset_(question: Asked, dataset: Served) -> Any:
        """Which dataset is served: its version, its release, its digest, its counts, its licences."""
        return _content(dataset.about[question.lang])

    @router.get(
        "/changes",
        operation_id="list_changes",
        summary="What changed since a version",
        response_model=Changes,
    )
    def changes(question: Annotated[ChangesQuery, Query()], dataset: Served) -> Any:
        """The items that were added, changed and removed since another version of the dataset that is kept.

        A copy is brought up to date with it: take what was added or changed with `include=item`, drop what was removed,
        and remember `meta.dataset_version`. Where the version that you hold is no longer kept, take everything again.
        """
        return changing.answer(question, dataset)

    @router.get("/meta", operation_id="get_meta", summary="What can be asked", response_model=Meta)
    def meta(question: Asked, dataset: Served) -> Any:
        """Fields, filters, orders and formats of every collection, as the program executes them."""
        return _content(meta_of(RESOURCES, question, dataset, public_url), Lang.EN)

    @router.get(
        "/meta/{collection}",
        operation_id="get_collection_meta",
        summary="What can be asked of a collection",
        response_model=CollectionMeta,
    )
    def meta_of_collection(
        collection: Annotated[str, Path(description="Name of the collection.", examples=["facts"])],
        question: Asked,
        dataset: Served,
    ) -> Any:
        """Fields, filters, orders and formats of one collection, as the program executes them."""
        if collection not in RESOURCE_NAMED:
            raise _unknown("collection", collection, list(RESOURCE_NAMED))
        return _content(meta_of([RESOURCE_NAMED[collection]], question, dataset, public_url).collections[0], Lang.EN)

    return router


def file_routes(downloads: Downloads) -> APIRouter:
    """Whole versions of the dataset."""
    router = APIRouter(prefix="/v1/dataset", route_class=FileRoute, tags=["service"], redirect_slashes=False)
    version = Path(
        description="A version that is kept: the one that is served, and those before it.",
        pattern=VERSION_PATTERN,
        examples=["0123456789abcdef"],
    )

    @router.get(
        "/{version}.ndjson",
        operation_id="get_dataset_records",
        summary="All records of a version",
        response_class=Response,
        responses=file_content("ndjson"),
    )
    def ndjson(version: Annotated[str, version], _question: Annotated[FileQuery, Query()], dataset: Served) -> Any:
        """The records as they were published, in both languages, one a line with its `collection`.

        Their SHA-256 is the `content_sha256` of that version.
        """
        return downloads.records(version, dataset)

    @router.get(
        "/{version}.sqlite3",
        operation_id="get_dataset_file",
        summary="A version as an SQLite file",
        response_class=Response,
        responses=file_content("sqlite3"),
    )
    def sqlite3(version: Annotated[str, version], _question: Annotated[FileQuery, Query()], dataset: Served) -> Any:
        """The database that answers come from: put it in the place of another, or ask it in SQL."""
        return downloads.database(version, dataset)

    return router


def question_routes(public_url: str) -> APIRouter:
    """Questions over more than one collection or item."""
    router = APIRouter(prefix="/v1", route_class=QuestionRoute, tags=["search"], redirect_slashes=False)
    searching, comparing = SearchResponder(public_url), CompareResponder()

    @router.get("/search", operation_id="search", summary="Search everything", response_model=SearchAnswer)
    def search(question: Annotated[SearchQuery, Query()], dataset: Served) -> Any:
        """Entities, events and facts that have all words of a text, in either language.

        First what is called so, then what has a name that begins with it, then what has all words in its names, then
        what has them anywhere. Where nothing has them, what was probably meant is searched: `meta.corrected`.
        """
        return searching.answer(question, dataset)

    @router.get("/compare", operation_id="compare", summary="Compare subjects", response_model=Comparison)
    def compare(question: Annotated[CompareQuery, Query()], dataset: Served) -> Any:
        """The facts of several subjects under one predicate, side by side, the newest first.

        A row has one time, unit and rate, so nothing is converted; a cell has every fact, so disagreement shows.
        """
        return comparing.answer(question, dataset)

    return router


def health_routes(public_url: str) -> APIRouter:
    """Whether the process lives, whether it can answer, and what its problems mean."""
    router = APIRouter(tags=["health"], dependencies=[Depends(bounded)], redirect_slashes=False)
    uncached = {"Content-Type": "application/json", "Cache-Control": "no-store"}

    @router.get("/healthz", operation_id="get_health", summary="Whether the process lives", response_model=Health)
    async def healthz() -> Any:
        """Always 200 while the process lives; it does not look at the data."""
        return Answer(200, Health(status="ok").model_dump_json().encode(), uncached)

    @router.get("/readyz", operation_id="get_readiness", summary="Whether it can answer", response_model=Readiness)
    async def readyz(request: Request) -> Any:
        """200 when questions are answered from a dataset, else 503."""
        ready = Readiness(status="ready", dataset_version=served(request).version)
        datasets: Datasets = request.app.state.datasets
        if not datasets.reached:
            raise Unavailable("The database cannot be reached; the service's log says why.")
        return Answer(200, ready.model_dump_json().encode(), uncached)

    @router.get(
        "/metrics",
        operation_id="get_metrics",
        summary="What was counted and measured",
        response_class=PlainTextResponse,
    )
    async def metrics(request: Request) -> Any:
        """Requests, latencies by phase, connections and the dataset version, in the text format of Prometheus."""
        # What it is made with is loaded when it is asked for the first time, which takes longer than a request.
        exposition = await asyncio.to_thread(request.app.state.exposition)
        return Answer(200, exposition.text(), {**uncached, "Content-Type": METRICS_TYPE})

    @router.get(
        "/problems/{code}",
        operation_id="get_problem",
        summary="What a problem means",
        response_model=ProblemDescription,
    )
    async def problem(
        code: Annotated[str, Path(description="Code of the problem.", examples=["not-found"])],
    ) -> Any:
        """What a problem code means and what to do about it."""
        for refusal in REFUSALS:
            if refusal.code == code:
                described = problem_description(refusal, public_url)
                headers = {"Content-Type": "application/json", "Cache-Control": "public, max-age=86400"}
                headers["Vary"] = "Accept-Encoding"
                return Answer(200, described.model_dump_json().encode(), headers)
        raise _unknown("code", code, [refusal.code for refusal in REFUSALS])

    return router


def _unknown(parameter: str, value: str, allowed: list[str]) -> NotFound:
    detail = f"There is no {parameter} {value[:100]!r}."
    error = parameter_error(parameter, ErrorCode.UNKNOWN_VALUE, detail, nearest(value, allowed), allowed)
    return NotFound(error.detail, [error])


def _address(address: str, question: AboutQuery) -> str:
    return f"{address}?lang={question.lang}" if "lang" in question.model_fields_set else address


def _content(shape: Part, lang: Lang | None = None) -> Content:
    return Content(shape.model_dump_json().encode(), lang=lang)
