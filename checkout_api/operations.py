"""Routes for running the service: settle what is open, and whether the process is well."""

from fastapi import APIRouter
from sqlalchemy import text

from checkout_api.dependencies import ContextDep, OperatorDep
from checkout_api.schemas import HealthSchema, SettleSchema
from checkout_api.settlement import settle_open

router = APIRouter(tags=["operations"])


@router.post("/v1/operations/settle")
def settle(context: ContextDep, _operator: OperatorDep) -> SettleSchema:
    """Ask the payment provider about everything whose outcome is open, and finish it."""
    result = settle_open(context)
    return SettleSchema(finished=result.finished, unfinished=result.unfinished)


@router.get("/healthz")
def health(context: ContextDep) -> HealthSchema:
    """Tell that the process answers and can read its database."""
    with context.database.read() as session:
        session.execute(text("SELECT 1"))
    return HealthSchema()
