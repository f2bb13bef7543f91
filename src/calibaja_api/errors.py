"""Refusals: every way in which a request can fail, and what it is called.

- Refusal
  - InvalidParameters (400)
  - NotFound (404)
  - MethodNotAllowed (405)
  - NotAcceptable (406)
  - VersionGone (409)
  - Withdrawn (410)
  - UriTooLong (414)
  - TooManyRequests (429)
  - InternalError (500)
  - Unavailable (503)
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from calibaja_api.shapes.problems import ErrorCode, ParameterError, ProblemCode

RETRY_AFTER_SECONDS = 1


class Refusal(Exception):
    """A request that is not answered; becomes a problem (RFC 9457)."""

    code: ClassVar[ProblemCode]
    status: ClassVar[int]
    title: ClassVar[str]
    description: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, errors: Iterable[ParameterError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)


class InvalidParameters(Refusal):
    """Parameters that the document does not allow, or that make no sense with this dataset."""

    code = ProblemCode.INVALID_PARAMETERS
    status = 400
    title = "Invalid parameters"
    description = (
        "A query parameter is unknown, has the wrong form or makes no sense with this dataset. `errors` names each one "
        "with what would be right; nothing was answered in part."
    )

    def __init__(self, errors: Iterable[ParameterError], *, of_length: bool = False) -> None:
        listed = list(errors)
        super().__init__(" ".join(error.detail for error in listed), listed)
        self.of_length = of_length
        """Whether all that is wrong is that one text is too long, or one name unknown."""


class NotFound(Refusal):
    """A path that names nothing."""

    code = ProblemCode.NOT_FOUND
    status = 404
    title = "Not found"
    description = (
        "Nothing has this address. Paths have no trailing slash; ids are lower-case letters, digits and hyphens. "
        "`errors` names the nearest right one, where there is one."
    )


class MethodNotAllowed(Refusal):
    """A method other than GET, HEAD and OPTIONS."""

    code = ProblemCode.METHOD_NOT_ALLOWED
    status = 405
    title = "Method not allowed"
    description = "The service is read-only: `Allow` names the methods that it answers."
    headers: ClassVar[Mapping[str, str]] = {"Allow": "GET, HEAD, OPTIONS"}


class NotAcceptable(Refusal):
    """An `Accept` header that admits nothing that is served."""

    code = ProblemCode.NOT_ACCEPTABLE
    status = 406
    title = "Not acceptable"
    description = "`Accept` admits none of the media types served here. Ask for `application/json`, or leave it out."


class VersionGone(Refusal):
    """A pinned dataset version that is not served."""

    code = ProblemCode.VERSION_GONE
    status = 409
    title = "Dataset version gone"
    description = (
        "`dataset_version` names a version that is not served now. `/v1/dataset` tells which one is; ask again with "
        "it, or without the parameter."
    )


class Withdrawn(Refusal):
    """An item that was taken back."""

    code = ProblemCode.WITHDRAWN
    status = 410
    title = "Withdrawn"
    description = "The item was withdrawn and will not come back; its id is not used again."


class UriTooLong(Refusal):
    """A path and query of more characters than are read."""

    code = ProblemCode.URI_TOO_LONG
    status = 414
    title = "Address too long"
    description = "Path and query have more than 8,000 characters. Ask for fewer values at once."


class TooManyRequests(Refusal):
    """More requests than one client may send."""

    code = ProblemCode.TOO_MANY_REQUESTS
    status = 429
    title = "Too many requests"
    description = "Wait as long as `Retry-After` says and ask again."


class InternalError(Refusal):
    """A fault of the service."""

    code = ProblemCode.INTERNAL_ERROR
    status = 500
    title = "Internal error"
    description = "The service made a mistake. `request_id` finds it in the logs; please report it."


class Unavailable(Refusal):
    """No dataset to answer from, for now."""

    code = ProblemCode.UNAVAILABLE
    status = 503
    title = "Unavailable"
    description = "The service cannot answer from its data now. Ask again after `Retry-After` seconds."
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": str(RETRY_AFTER_SECONDS)}


REFUSALS: tuple[type[Refusal], ...] = (
    InvalidParameters,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    VersionGone,
    Withdrawn,
    UriTooLong,
    TooManyRequests,
    InternalError,
    Unavailable,
)


def parameter_error(
    parameter: str,
    code: ErrorCode,
    detail: str,
    suggestion: str | None = None,
    allowed: Iterable[str] | None = None,
) -> ParameterError:
    """What is wrong with a parameter; a list of more than 50 allowed values is left to `/v1/meta`."""
    listed = None if allowed is None else list(allowed)
    if suggestion is not None:
        detail = f"{detail} Did you mean {suggestion}?"
    return ParameterError(
        parameter=parameter,
        code=code,
        detail=detail,
        suggestion=suggestion,
        allowed=listed if listed is not None and len(listed) <= MAX_ALLOWED else None,
    )


MAX_ALLOWED = 50
