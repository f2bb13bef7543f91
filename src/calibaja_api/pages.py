"""What browsers show: the home page, the documentation, the OpenAPI document. Everything they load comes from here."""

import html
from collections.abc import Awaitable, Callable
from functools import cache, partial
from importlib.resources import files
from string import Template
from typing import Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from calibaja_api import __version__
from calibaja_api.answer import Answer
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import NotFound
from calibaja_api.negotiation import MEDIA_TYPES, entity_tag, holds_any, is_fresh, preferred_language, prefers_html
from calibaja_api.parsing import Parser
from calibaja_api.resources import RESOURCES
from calibaja_api.routes import QuestionRoute, bounded, served
from calibaja_api.shapes.dataset import AboutQuery
from calibaja_api.shapes.vocabulary import Format, Lang
from calibaja_api.special import index_endpoint

_HTML: Final = "text/html; charset=utf-8"
_ASSETS: Final = {
    "docs.js": ("calibaja_api", "text/javascript; charset=utf-8"),
    "redoc.js": ("calibaja_api", "text/javascript; charset=utf-8"),
    "page.css": ("calibaja_api", "text/css; charset=utf-8"),
    "icon.svg": ("calibaja_api", "image/svg+xml"),
    "swagger-ui-bundle.js": ("fastapi_offline", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("fastapi_offline", "text/css; charset=utf-8"),
    "redoc.standalone.js": ("fastapi_offline", "text/javascript; charset=utf-8"),
}
# The logo that ReDoc shows beside its name is on another host.
_FOREIGN: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NOTHING: Final = b"data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="

# Both pages style their elements in place and draw images from data; ReDoc searches in a worker.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_WORDS: Final = {
    Lang.EN: {"try_it": "Try requests", "read_it": "Read the documentation", "filters": "Filters"},
    Lang.ES: {
        "try_it": "Probar consultas",
        "read_it": "Leer la documentación (en inglés)",
        "filters": "Filtros",
    },
}


class HomeRoute(QuestionRoute):
    """A page for browsers, the index for programs."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # all await it
        """FastAPI's hook for handlers."""
        index = super().get_route_handler()
        parser = Parser(AboutQuery)

        async def handle(request: Request) -> Response:
            if not prefers_html(request.headers.get("accept", "")):
                return await index(request)
            question = parser.parse_url(request.scope.get("raw_path") or b"", request.scope["query_string"])
            liked = preferred_language(request.headers.get("accept-language", ""))
            return _home(question.lang if "lang" in question.model_fields_set else liked, served(request))

        return handle


def page_routes(public_url: str) -> APIRouter:
    """The pages and what they load."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(bounded)], redirect_slashes=False)
    router.add_api_route("/", index_endpoint(public_url), route_class_override=HomeRoute)

    @router.get("/openapi.json")
    async def openapi_json(request: Request) -> Response:
        app: FastAPI = request.app
        dataset = served(request)
        media_type = MEDIA_TYPES[Format.JSON]
        tag, known = app.state.cache_headers.of(media_type, dataset.version, "openapi", negotiated=False)
        headers = [*known]
        held = ",".join(request.headers.getlist("if-none-match"))
        if holds_any(held) or is_fresh(held, tag):
            return Answer(304, b"", headers)
        with dataset.held():
            document = await app.state.workers.run(partial(_openapi, app, dataset), request.scope["state"]["phases"])
        return Answer(200, document, headers)

    @router.get("/docs")
    async def docs() -> Response:
        return _page(_file("calibaja_api", "docs.html"))

    @router.get("/redoc")
    async def redoc() -> Response:
        return _page(_file("calibaja_api", "redoc.html"))

    @router.get("/docs/assets/{name}")
    async def asset(name: str, request: Request) -> Response:
        if name not in _ASSETS:
            raise NotFound(f"The pages load nothing called {name[:100]!r}.")
        package, media_type = _ASSETS[name]
        tag = _asset_tag(package, name)
        headers = {"Content-Type": media_type, "ETag": tag, "Cache-Control": "public, max-age=86400"}
        headers["Vary"] = "Accept-Encoding"
        if is_fresh(",".join(request.headers.getlist("if-none-match")), tag):
            return Answer(304, b"", headers)
        return Answer(200, _file(package, name), headers)

    return router


def _openapi(app: FastAPI, dataset: OpenDataset) -> bytes:
    # What makes it is loaded when somebody asks for it.
    from calibaja_api.openapi import document_bytes

    return document_bytes(app, dataset)


@cache
def _file(package: str, name: str) -> bytes:
    content = (files(package) / "static" / name).read_bytes()
    return content.replace(_FOREIGN, _NOTHING)


@cache
def _asset_tag(package: str, name: str) -> str:
    """The tag of an asset, from what is in it: a package can be updated without us."""
    return entity_tag("assets", __version__, _file(package, name).hex())


def _page(content: bytes, **headers: str) -> Answer:
    told = {"Vary": "Accept-Encoding"} | {name.replace("_", "-"): value for name, value in headers.items()}
    policy = {"Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=60"}
    return Answer(200, content, {"Content-Type": _HTML, **policy, **told})


def _home(lang: Lang, dataset: OpenDataset) -> Answer:
    return _page(_home_page(lang, dataset), Content_Language=lang, Vary="Accept, Accept-Language, Accept-Encoding")


def _home_page(lang: Lang, dataset: OpenDataset) -> bytes:
    about = dataset.about[lang]
    rows = [
        f'<tr><td><a href="v1/{resource.name}?lang={lang}">'
        f"{getattr(resource.label, lang)}</a></td>"
        f"<td>{about.counts[resource.name]:,}</td></tr>"
        for resource in RESOURCES
    ]
    template = Template(_file("calibaja_api", "home.html").decode())
    return template.substitute(
        lang=lang,
        name=html.escape(about.name),
        description=html.escape(about.description),
        collections="\n".join(rows),
        version=f"{about.version} · {about.released} · {__version__} · {about.licences.data.name}",
        **_WORDS[lang],
    ).encode()
