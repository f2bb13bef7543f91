"""The OpenAPI document: what FastAPI derives from the declarations, with prose, problems and examples from the data."""

import json
import threading
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from calibaja_api import __version__, examples
from calibaja_api.datasets import OpenDataset
from calibaja_api.describing import CONTROL_WORDS, description
from calibaja_api.errors import Refusal
from calibaja_api.negotiation import MEDIA_TYPES, entity_tag
from calibaja_api.parameters import CONTROLS, parameters
from calibaja_api.problems import MEDIA_TYPE
from calibaja_api.prose import PROSE, TAGS
from calibaja_api.resources import RESOURCES
from calibaja_api.shapes.problems import Problem
from calibaja_api.shapes.vocabulary import Format

Json: TypeAlias = dict[str, Any]

# The shapes of refusals that FastAPI would make by itself; ours are problems.
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")
_FEATURE: Final = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": "string"},
        "geometry": {"type": ["object", "null"], "description": "A Point or a MultiPoint; null without a location."},
        "properties": {"type": "object", "description": "The item."},
    },
}
_SCHEMAS: Final[Mapping[Format, Json]] = {
    Format.GEOJSON: {
        "type": "object",
        "description": "A FeatureCollection (RFC 7946).",
        "required": ["type", "features"],
        "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": _FEATURE}},
    },
    Format.CSL_JSON: {
        "type": "array",
        "description": "The sources of the result (CSL-JSON 1.0.2).",
        "items": {"type": "object", "required": ["id", "type"]},
    },
}
_MAKING: Final = threading.Lock()
_CACHING: Final = ("ETag", "Cache-Control", "Vary")


def document_of(app: FastAPI) -> Json:
    """The document of an application, with examples from the dataset that it serves now."""
    document: Json = json.loads(document_bytes(app, app.state.datasets.current()))
    return document


def document_bytes(app: FastAPI, dataset: OpenDataset) -> bytes:
    """The document as it is sent; made once for each dataset version, in half a second."""
    # Whoever asks meanwhile waits for it instead of making it too.
    with _MAKING:
        version, document = getattr(app.state, "document", ("", b""))
        if version != dataset.version:
            document = _document(app, dataset)
            app.state.document = (dataset.version, document)
        return document


def _document(app: FastAPI, dataset: OpenDataset) -> bytes:
    public_url = app.state.settings.public_url or ""
    document = get_openapi(
        title=app.title,
        version=__version__,
        summary="Facts about Tijuana, San Diego and the two states around them: who says so, when, how precisely.",
        description=PROSE,
        routes=app.routes,
        tags=[{"name": resource.name, "description": resource.summary.en} for resource in RESOURCES]
        + [{"name": name, "description": words} for name, words in TAGS.items()],
        servers=[{"url": public_url or "/"}],
        contact={"name": "The calibaja-api authors"},
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    document["components"] = _components(document["components"]["schemas"], dataset, public_url)
    answers = examples.answers(dataset, public_url) | examples.about(dataset, public_url)
    for path, methods in document["paths"].items():
        operation = methods["get"]
        shown = answers.get(operation["operationId"])
        from_data = examples.from_data(operation["operationId"], shown, dataset, public_url)
        operation["parameters"] = _parameters(operation, from_data, dataset)
        operation["responses"] = _responses(path, operation, shown)
    text = json.dumps(_without_null_defaults(document), ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _components(schemas: dict[str, Json], dataset: OpenDataset, public_url: str) -> Json:
    """Schemas, problems and headers that operations refer to."""
    _, problem = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    responses = {
        refusal.__name__: _problem_response(refusal, shown) for refusal, shown in examples.problems(dataset, public_url)
    }
    responses["Problem"] = {
        "description": "Any refusal: a problem (RFC 9457).",
        "content": responses["InvalidParameters"]["content"],
    }
    return {
        "schemas": {
            name: schema for name, schema in sorted({**schemas, **problem["$defs"]}.items()) if name not in _OF_FASTAPI
        },
        "responses": responses,
        "headers": _headers(dataset),
    }


def _parameters(operation: Json, from_data: Json, dataset: OpenDataset) -> list[Json]:
    """The parameters with words and examples; filters before what says how to answer."""
    resource, question = examples.asked(operation["operationId"])
    declared = parameters(question) if question else {}
    described = []
    for parameter in operation.get("parameters", ()):
        name, schema = parameter["name"], _parameter_schema(parameter["schema"])
        words = parameter.get("description") or CONTROL_WORDS.get(name)
        shown = _examples(schema)
        if resource and name in declared:
            words = words or description(resource, declared[name])
            shown = examples.of_parameter(resource, declared[name], shown, dataset)
        if name in from_data:
            shown = [from_data[name]]
        if shown[0] in (None, [None]):
            raise TypeError(f"{operation['operationId']}: {name} needs an example in its declaration")
        schema.get("items", {}).pop("examples", None)
        schema["examples"] = shown
        described.append(
            {
                "name": name,
                "in": parameter["in"],
                "required": parameter["required"],
                "description": words,
                "schema": schema,
            }
        )
    # These say how a filter compares, so they stay beside it.
    last = CONTROLS - {"time_match", "radius_km"}
    return sorted(described, key=lambda parameter: parameter["name"] in last)


def _parameter_schema(schema: Json) -> Json:
    """A schema without words of its own; a list of one allowed value is a list all the same."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
    if "items" in kept:
        kept["items"] = _parameter_schema(kept["items"])
    return kept


def _examples(schema: Json) -> list[Any]:
    """The example of a parameter: its own, or of a list one of an element; every parameter must have one."""
    items = schema.get("items", schema)
    if "examples" in schema:
        return [schema["examples"][0]]
    found = (items.get("examples") or items.get("enum") or [None])[0]
    return [[found]] if "items" in schema else [found]


def _responses(path: str, operation: Json, shown: Json | None) -> Json:
    """The answer with its headers and an example, and the problems that this operation can have."""
    answer = operation["responses"]["200"]
    if shown is not None:
        answer["content"]["application/json"]["example"] = shown
    answer["content"] |= _other_formats(operation["operationId"])
    versioned = path.startswith("/v1")
    answer["description"] = operation["summary"] + "."
    answer["headers"] = {
        name: {"$ref": f"#/components/headers/{name}"} for name in (*_header_names(path, answer), "X-Request-ID")
    }
    responses = {"200": answer}
    problems = {"405": "MethodNotAllowed", "414": "UriTooLong", "500": "InternalError"}
    if versioned:
        responses["304"] = {
            "description": "Nothing changed since the answer that `If-None-Match` names.",
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _CACHING},
        }
        problems |= {"400": "InvalidParameters", "406": "NotAcceptable", "409": "VersionGone"}
    if versioned or path == "/readyz":
        problems |= {"503": "Unavailable"}
    if "{" in path:
        problems |= {"404": "NotFound"}
    if path.startswith("/v1/") and path.endswith("{id}"):
        responses["308"] = {
            "description": "The item has another id now: `Location` has its address.",
            "headers": {"Location": {"$ref": "#/components/headers/Location"}},
        }
        problems |= {"410": "Withdrawn"}
    responses |= {status: {"$ref": f"#/components/responses/{name}"} for status, name in problems.items()}
    return {**dict(sorted(responses.items())), "default": {"$ref": "#/components/responses/Problem"}}


def _header_names(path: str, answer: Json) -> tuple[str, ...]:
    """The headers that an answer of 200 has."""
    if not path.startswith("/v1"):
        return ("Cache-Control",)
    if "application/json" not in answer["content"]:
        return (*_CACHING, "Server-Timing", "Content-Disposition")
    paged = "page" in answer["content"]["application/json"].get("example", {})
    exported = len(answer["content"]) > 1
    return (
        *_CACHING,
        "Content-Language",
        "Server-Timing",
        *(["Link"] if paged else []),
        *(["Content-Disposition"] if exported else []),
    )


def _other_formats(operation_id: str) -> Json:
    """The media types of a list beside JSON, each with its schema; lines, tables and entries are text."""
    resource, question = examples.asked(operation_id)
    formats = resource.formats if resource and question is resource.question else ()
    return {
        MEDIA_TYPES[format_].partition(";")[0]: {"schema": _SCHEMAS.get(format_, {"type": "string"})}
        for format_ in formats
        if format_ is not Format.JSON
    }


def _problem_response(refusal: type[Refusal], shown: Json) -> Json:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in (*refusal.headers, "X-Request-ID")}
    return {
        "description": f"{refusal.title}. {refusal.description}",
        "headers": headers,
        "content": {MEDIA_TYPE: content},
    }


def _headers(dataset: OpenDataset) -> Json:
    described = {
        "Allow": ("The methods that are answered.", "GET, HEAD, OPTIONS"),
        "Cache-Control": (
            "How long caches may keep the answer.",
            "public, max-age=60, stale-while-revalidate=600",
        ),
        "Content-Disposition": (
            "The name of the file, of other formats than JSON.",
            f'attachment; filename="calibaja-facts-{dataset.version}.csv"',
        ),
        "Content-Language": ("The language of the answer.", "en"),
        "ETag": (
            "A tag of this answer, for `If-None-Match`.",
            entity_tag(dataset.version, __version__, "/v1?"),
        ),
        "Link": ("The next page, as `page.next`.", '</v1/regions?limit=1&cursor=W10>; rel="next"'),
        "Location": ("The address that the item has now.", "/v1/regions/tijuana"),
        "Retry-After": ("Seconds after which to ask again.", "1"),
        "Server-Timing": (
            "How many milliseconds the question was read, waited for a thread, and was answered.",
            "parse;dur=0.05, wait;dur=0.00, answer;dur=0.70",
        ),
        "Vary": ("The request headers that the answer depends on.", "Accept-Encoding, Accept"),
        "X-Request-ID": ("The id of the request: the client's own, or a new one.", examples.REQUEST_ID),
    }
    return {
        name: {"description": words, "schema": {"type": "string"}, "example": shown}
        for name, (words, shown) in described.items()
    }


def _without_null_defaults(node: Any) -> Any:
    """What is left out when it does not apply is never null, so null is not its default."""
    if isinstance(node, dict):
        schema = not node.keys().isdisjoint({"type", "$ref", "anyOf"})
        return {
            key: _without_null_defaults(value)
            for key, value in node.items()
            if not (schema and key == "default" and value is None)
        }
    return [_without_null_defaults(each) for each in node] if isinstance(node, list) else node
