"""Routes for running the service: settle what is open, how it does, and whether it can work."""

from fastapi import APIRouter, Response
from sqlalchemy import text

from checkout_api.database import is_up_to_date
from checkout_api.dependencies import ContextDep, MonitorDep, OperatorDep
from checkout_api.errors import NotReadyError
from checkout_api.schemas import HealthSchema, SettleSchema
from checkout_api.settlement import settle_open

router = APIRouter(tags=["operations"])
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.post("/v1/operations/settle")
def settle(context: ContextDep, _operator: OperatorDep) -> SettleSchema:
    """Ask the payment provider about everything whose outcome is open, and finish it."""
    result = settle_open(context)
    return SettleSchema(finished=result.finished, unfinished=result.unfinished)


@router.get("/healthz")
async def health() -> HealthSchema:
    """Tell that the process answers; a process that does not should be started anew."""
    return HealthSchema()


@router.get("/readyz")
def ready(context: ContextDep) -> HealthSchema:
    """Tell whether this process can work: it is not stopping, and its database is there and up to date."""
    if context.stopping.is_set():
        raise NotReadyError("this process is stopping; ask another one")
    with context.database.read() as session:
        session.execute(text("SELECT 1"))
        if not is_up_to_date(session.connection()):
            raise NotReadyError("the tables are of another version; start this version once to migrate them")
    return HealthSchema()


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(context: ContextDep, _caller: MonitorDep) -> Response:
    """Give Prometheus its figures; register a device of the kind `monitor` for it."""
    return Response(context.metrics.text(context.database), media_type=_METRICS_TYPE)
