"""Traces over OTLP where the `telemetry` extra is installed and an address is set; otherwise nothing."""

from fastapi import FastAPI

from checkout_api.errors import SettingsError
from checkout_api.settings import Settings

try:
    from opentelemetry import trace
except ModuleNotFoundError:
    _HAS_API = False
else:
    _HAS_API = True


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
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="healthz,readyz,metrics")
    app.state.tracer_provider = provider


def stop_tracing(app: FastAPI) -> None:
    """Send what is not sent yet."""
    provider = getattr(app.state, "tracer_provider", None)
    if provider is not None:
        provider.shutdown()


def mark_span(visit_id: str | None) -> None:
    """Say in the present span which visit it is about."""
    if _HAS_API and visit_id is not None:
        trace.get_current_span().set_attribute("walkout.visit_id", visit_id)
