"""Refusals as problem documents (RFC 9457): one shape, a stable code, and what to do."""

from http import HTTPStatus

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from checkout_api.errors import (
    PROBLEMS,
    CheckoutError,
    InvalidRequestError,
    NotSignedInError,
    Problem,
    TooManyRequestsError,
)

MEDIA_TYPE = "application/problem+json"


def problem_response(error: CheckoutError) -> JSONResponse:
    """Return the answer for a refusal."""
    headers = None
    if isinstance(error, NotSignedInError):
        headers = {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyRequestsError):
        headers = {"Retry-After": str(error.retry_after_s)}
    return _document(PROBLEMS[type(error)], str(error), headers=headers)


def validation_response(error: RequestValidationError) -> JSONResponse:
    """Return the answer for a body, path or query of the wrong shape; what was sent is not repeated."""
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": fault["msg"]}
        for fault in error.errors()
    ]
    first = faults[0]
    detail = f"{first['where']}: {first['what']}" + (
        f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    )
    return _document(PROBLEMS[InvalidRequestError], detail, errors=faults)


def route_response(error: HTTPException) -> JSONResponse:
    """Return the answer for a path or method that this API does not have."""
    status = HTTPStatus(error.status_code)
    return _document(Problem(status, status.phrase.lower().replace(" ", "_")), str(error.detail))


def _document(
    problem: Problem,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    body = {
        "type": f"urn:walkout:problem:{problem.code}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "code": problem.code,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = jsonable_encoder(errors)
    return JSONResponse(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)
