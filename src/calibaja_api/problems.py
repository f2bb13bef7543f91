"""From a refusal to the problem that a client sees (RFC 9457)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from calibaja_api.answer import Answer
from calibaja_api.errors import Refusal
from calibaja_api.shapes.problems import Problem, ProblemCode

MEDIA_TYPE = "application/problem+json"
_SHOWN = 8_000


def problem_type(code: ProblemCode, public_url: str) -> str:
    """The address of a problem's description."""
    return f"{public_url}/problems/{code}"


def problem_answer(refusal: Refusal, scope: Mapping[str, Any], public_url: str) -> Answer:
    """The answer that a refusal is sent as; never cached."""
    problem = Problem(
        type=problem_type(refusal.code, public_url),
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        instance=_instance(scope),
        code=refusal.code,
        request_id=scope["state"]["request_id"],
        errors=refusal.errors,
    )
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **refusal.headers}
    return Answer(refusal.status, problem.model_dump_json().encode(), headers)


def _instance(scope: Mapping[str, Any]) -> str:
    """Path and query of the request as a URI reference, cut where it is too long to be read."""
    path = quote(scope.get("raw_path") or scope["path"].encode(), safe="/%:@!$&'()*+,;=~-._")
    query = quote(scope["query_string"], safe="/%:@!$&'()*+,;=~-._?")
    return f"{path}{'?' if query else ''}{query}"[:_SHOWN]
