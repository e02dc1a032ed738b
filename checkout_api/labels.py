"""Route: what people said about lines, for calibrating how sure the store is of what it sees."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from checkout_api.dependencies import ContextDep, MonitorDep
from checkout_api.repository import audits
from checkout_api.review_schemas import LabelSchema, LabelsSchema
from checkout_api.states import ReviewState
from checkout_api.tables import OrderLineTable, OrderTable, ReviewItemTable
from checkout_api.visit_tables import AuditFindingTable, AuditTable

router = APIRouter(tags=["review"])
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_AT_MOST = 10_000


@router.get("/v1/review/labels")
def export_labels(
    context: ContextDep,
    _caller: MonitorDep,
    after: Annotated[AwareDatetime, Query(description="Only what was answered after this.")] = _FIRST,
    limit: Annotated[int, Query(ge=1, le=_AT_MOST)] = 1_000,
) -> LabelsSchema:
    """Give out the answers to questions and audits, without saying who shopped or who answered."""
    with context.database.read() as session:
        labels = [_of_question(*row) for row in audits.answered_questions(session, after, limit)]
        labels += [_of_audit(session, *row) for row in audits.answered_audits(session, after, limit)]
    if not labels:
        return LabelsSchema(labels=[])
    labels.sort(key=lambda label: label.answered_at)
    # The findings of one audit share their moment, after which the next call goes on.
    return LabelsSchema(
        labels=[label for label in labels if label.answered_at <= labels[:limit][-1].answered_at]
    )


def _of_question(item: ReviewItemTable, line: OrderLineTable, order: OrderTable) -> LabelSchema:
    return LabelSchema(
        source="question",
        order_id=order.id,
        visit_id=order.visit_id,
        sku=line.sku,
        confidence=line.confidence,
        ordered_quantity=line.quantity,
        actual_quantity=line.quantity if item.state is ReviewState.CHARGED else 0,
        probability=1.0,
        answered_at=item.answered_at or order.placed_at,
    )


def _of_audit(
    session: Session, finding: AuditFindingTable, audit: AuditTable, order: OrderTable
) -> LabelSchema:
    return LabelSchema(
        source="audit",
        order_id=order.id,
        visit_id=order.visit_id,
        sku=finding.sku,
        confidence=audits.confidence_of(session, order.id, finding.sku),
        ordered_quantity=finding.ordered_quantity,
        actual_quantity=finding.actual_quantity,
        probability=audit.probability,
        answered_at=audit.answered_at or order.placed_at,
    )
