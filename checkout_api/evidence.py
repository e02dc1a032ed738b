"""Routes: short clips and pictures that show why a line is on a receipt, and who looked at them.

The store computer sends crops of hands and shelves with blurred heads; they are deleted after hours. Nobody
opens one without a line in the access log, in the same transaction.
"""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep, StoreComputerDep
from checkout_api.errors import ConflictError, InvalidRequestError, NotFoundError
from checkout_api.evidence_schemas import EvidenceSchema, EvidenceViewSchema, MediaType
from checkout_api.repository import evidence, visits
from checkout_api.schemas import Identifier
from checkout_api.states import Role
from checkout_api.tables import VisitTable
from checkout_api.tokens import Person
from checkout_api.visit_tables import EvidenceAccessTable, EvidenceTable

router = APIRouter(tags=["evidence"])

# Two seconds of a 320-pixel crop in H.264 take a tenth of this.
_MAX_BYTES = 1024 * 1024
# How files of these types begin; what says otherwise is not shown to anybody's browser.
_JPEG_START = b"\xff\xd8\xff"
_MP4_BRAND = b"ftyp"

EvidenceId = Annotated[str, Path(min_length=1, max_length=255)]
VisitId = Annotated[str, Path(min_length=1, max_length=255)]


@router.put("/v1/visits/{visit_id}/evidence/{evidence_id}")
def store_evidence(
    context: ContextDep,
    _device: StoreComputerDep,
    visit_id: VisitId,
    evidence_id: EvidenceId,
    content: Annotated[
        bytes, Body(media_type="application/octet-stream", min_length=1, max_length=_MAX_BYTES)
    ],
    media_type: Annotated[MediaType, Query(alias="mediaType")],
    camera_id: Annotated[Identifier, Query(alias="cameraId")],
    happened_at: Annotated[AwareDatetime, Query(alias="happenedAt")],
    sku: Annotated[Identifier | None, Query()] = None,
) -> EvidenceSchema:
    """Keep a picture or clip for some hours; sending it again changes nothing."""
    _must_begin_right(content, media_type)
    digest = hashlib.sha256(content).hexdigest()
    now = context.clock()
    with context.database.write() as session:
        if visits.visit(session, visit_id) is None:
            raise NotFoundError(f"there is no visit {visit_id!r}")
        known = evidence.evidence(session, evidence_id)
        if known is not None:
            if (known.visit_id, known.content_sha256) != (visit_id, digest):
                raise ConflictError("this evidence id stands for another picture; use a fresh one")
            return _shown(known)
        row = EvidenceTable(
            id=evidence_id,
            visit_id=visit_id,
            sku=sku,
            camera_id=camera_id,
            happened_at=happened_at,
            media_type=media_type,
            content=content,
            content_sha256=digest,
            stored_at=now,
            expires_at=now + context.settings.evidence_lifetime,
        )
        session.add(row)
        return _shown(row)


@router.get("/v1/visits/{visit_id}/evidence")
def list_evidence(context: ContextDep, person: PersonDep, visit_id: VisitId) -> list[EvidenceSchema]:
    """Show which evidence there is of a visit, oldest first; the pictures are behind their links."""
    with context.database.read() as session:
        _visible_visit(session, person, visit_id)
        return [
            _shown(row)
            for row in evidence.evidence_of_visit(session, visit_id)
            if row.expires_at > context.clock()
        ]


@router.get(
    "/v1/evidence/{evidence_id}",
    response_class=Response,
    responses={
        200: {
            "content": {
                "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                "video/mp4": {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
def open_evidence(context: ContextDep, person: PersonDep, evidence_id: EvidenceId) -> Response:
    """Show a picture or clip, and write down who looked."""
    refusal = NotFoundError("there is no such evidence, or its time is over")
    with context.database.write() as session:
        row = evidence.evidence(session, evidence_id)
        if row is None or row.expires_at <= context.clock():
            raise refusal
        _visible_visit(session, person, row.visit_id, refusal)
        session.add(
            EvidenceAccessTable(
                id=context.new_id(),
                evidence_id=evidence_id,
                visit_id=row.visit_id,
                account_id=person.account_id,
                accessed_at=context.clock(),
            )
        )
        content, media_type = row.content, row.media_type
    return Response(content, media_type=media_type, headers={"Content-Disposition": "inline"})


@router.get("/v1/visits/{visit_id}/evidence-accesses")
def list_accesses(context: ContextDep, person: PersonDep, visit_id: VisitId) -> list[EvidenceViewSchema]:
    """Show who looked at the evidence of a visit: to its owner, to managers and to auditors."""
    with context.database.read() as session:
        visit = visits.visit(session, visit_id)
        may_see = person.role in {Role.MANAGER, Role.AUDITOR}
        if visit is None or not (may_see or visit.account_id == person.account_id):
            raise NotFoundError(f"there is no visit {visit_id!r}")
        return [
            EvidenceViewSchema(
                evidence_id=row.evidence_id, account_id=row.account_id, accessed_at=row.accessed_at
            )
            for row in evidence.accesses_of_visit(session, visit_id)
        ]


def forget_expired(context: Context) -> int:
    """Delete the pictures and clips whose time is over and return how many."""
    with context.database.write() as session:
        deleted = evidence.forget_expired(session, context.clock())
    context.metrics.deleted_evidence.inc(deleted)
    return deleted


def _visible_visit(
    session: Session, person: Person, visit_id: str, refusal: NotFoundError | None = None
) -> VisitTable:
    visit = visits.visit(session, visit_id)
    if visit is None or not (person.is_staff or visit.account_id == person.account_id):
        raise refusal or NotFoundError(f"there is no visit {visit_id!r}")
    return visit


def _must_begin_right(content: bytes, media_type: MediaType) -> None:
    starts = {
        "image/jpeg": content.startswith(_JPEG_START),
        "video/mp4": content[4:8] == _MP4_BRAND,
    }
    if not starts[media_type]:
        raise InvalidRequestError(f"the content is not {media_type}; send JPEG pictures or MP4 clips")


def _shown(row: EvidenceTable) -> EvidenceSchema:
    return EvidenceSchema.model_validate(
        {
            "evidence_id": row.id,
            "visit_id": row.visit_id,
            "sku": row.sku,
            "camera_id": row.camera_id,
            "happened_at": row.happened_at,
            "media_type": row.media_type,
            "url": f"/v1/evidence/{row.id}",
            "expires_at": row.expires_at,
        }
    )
