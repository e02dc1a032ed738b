"""The description of the API: every refusal of every route is in it, as the problem document it is."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from checkout_api.errors import PROBLEMS
from checkout_api.problems import MEDIA_TYPE

_PROBLEM = {
    "title": "Problem",
    "description": "Why something was refused and what to do (RFC 9457); `code` never changes its meaning.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}


def refusals() -> dict[int | str, dict[str, Any]]:
    """Return what every route may answer beside what it is there for."""
    codes: dict[int, list[str]] = {}
    for problem in PROBLEMS.values():
        codes.setdefault(problem.status, []).append(problem.code)
    return {
        int(status): {
            "description": f"Refused: {', '.join(names)}.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in sorted(codes.items())
    }


def describe(app: FastAPI) -> None:
    """Let the application describe itself with the problem documents, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
            schema["components"]["schemas"]["Problem"] = _PROBLEM
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
