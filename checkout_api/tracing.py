"""Traces over OTLP where the `telemetry` extra is installed and an address is set; otherwise nothing."""

from typing import Any

from fastapi import FastAPI
from starlette.types import Scope

from checkout_api.errors import SettingsError
from checkout_api.settings import Settings

_SPAN = "walkout.span"


def trace_requests(app: FastAPI, settings: Settings) -> None:
    """Send a span of each request to `settings.otlp_endpoint`; without one, do nothing.

    Raises:
        SettingsError: If an address is set and the extra is not installed.
    """
    if settings.otlp_endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"WALKOUT_OTLP_ENDPOINT is set and {error.name} is not installed; "
            "install walkout-store[telemetry] or unset it"
        ) from None
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: "walkout-checkout", "walkout.store_id": settings.store_id})
    )
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=provider,
        excluded_urls="healthz,readyz,metrics",
        server_request_hook=_remember_span,
    )
    app.state.tracer_provider = provider


def stop_tracing(app: FastAPI) -> None:
    """Send what is not sent yet."""
    provider = getattr(app.state, "tracer_provider", None)
    if provider is not None:
        provider.shutdown()


def mark_span(scope: Scope, visit_id: str | None) -> None:
    """Say in the span of a request, while it lasts, which visit it is about."""
    span = scope.get(_SPAN)
    if span is not None and visit_id is not None:
        span.set_attribute("walkout.visit_id", visit_id)


def _remember_span(span: Any, scope: Scope) -> None:
    scope[_SPAN] = span
