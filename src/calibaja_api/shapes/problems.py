"""Problems: every refusal has one shape (RFC 9457)."""

from enum import StrEnum

from pydantic import Field

from calibaja_api.shapes.parts import Part


class ProblemCode(StrEnum):
    """What went wrong with a request."""

    INVALID_PARAMETERS = "invalid-parameters"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    VERSION_GONE = "version-gone"
    WITHDRAWN = "withdrawn"
    URI_TOO_LONG = "uri-too-long"
    TOO_MANY_REQUESTS = "too-many-requests"
    INTERNAL_ERROR = "internal-error"
    UNAVAILABLE = "unavailable"


class ErrorCode(StrEnum):
    """What is wrong with a parameter: its form, which the document describes, or its sense."""

    UNKNOWN_PARAMETER = "unknown-parameter"
    REPEATED = "repeated"
    EMPTY = "empty"
    WRONG_FORM = "wrong-form"
    OUT_OF_BOUNDS = "out-of-bounds"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_ID = "unknown-id"
    UNKNOWN_VALUE = "unknown-value"
    FOREIGN_CURSOR = "foreign-cursor"
    NEEDS_Q = "needs-q"
    REVERSED_INTERVAL = "reversed-interval"
    EXCLUDED_COMBINATION = "excluded-combination"


class ParameterError(Part):
    """What is wrong with one parameter, and what would be right."""

    parameter: str = Field(description="The parameter.", examples=["regoin"])
    code: ErrorCode = Field(description="What is wrong with it.", examples=["unknown-parameter"])
    detail: str = Field(
        description="The same in words, with the value that was given.",
        examples=["There is no parameter regoin."],
    )
    suggestion: str | None = Field(description="The nearest right one; null when none is near.", examples=["region"])
    allowed: list[str] | None = Field(
        description="All that would be allowed, where that is a short list; else null.",
        examples=[["region", "sector"]],
    )


class Problem(Part):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="Address of the problem's description.", examples=["/problems/invalid-parameters"])
    title: str = Field(description="What the code means.", examples=["Invalid parameters"])
    status: int = Field(ge=400, le=599, description="The HTTP status.", examples=[400])
    detail: str = Field(description="What is wrong with this request.", examples=["There is no parameter regoin."])
    instance: str = Field(description="Path and query of the request.", examples=["/v1/facts?regoin=tijuana"])
    code: ProblemCode = Field(description="The problem, for programs.", examples=["invalid-parameters"])
    request_id: str = Field(
        description="The request's id, as in `X-Request-ID`.", examples=["5f0c7b1e9d2a4c38b6e1f07a9c3d5e21"]
    )
    errors: list[ParameterError] = Field(description="What is wrong, parameter by parameter.")


class ProblemDescription(Part):
    """What a problem code means and what to do about it."""

    type: str = Field(description="Address of this description.", examples=["/problems/version-gone"])
    code: ProblemCode = Field(description="The problem code.", examples=["version-gone"])
    title: str = Field(description="What it means, in a few words.", examples=["Dataset version gone"])
    status: int = Field(ge=400, le=599, description="The HTTP status that it comes with.", examples=[409])
    description: str = Field(
        description="When it happens and what to do.", examples=["Ask again without `dataset_version`."]
    )
