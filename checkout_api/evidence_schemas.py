"""The bodies of evidence and its access log."""

from typing import Literal

from pydantic import AwareDatetime, Field

from checkout_api.schemas import Schema

MediaType = Literal["image/jpeg", "video/mp4"]


class EvidenceSchema(Schema):
    """A picture or clip of hands at a shelf; who opens `url` is written down."""

    evidence_id: str
    visit_id: str
    sku: str | None = Field(description="The product it is about, where it is about one.")
    camera_id: str
    happened_at: AwareDatetime
    media_type: MediaType
    url: str
    expires_at: AwareDatetime


class EvidenceViewSchema(Schema):
    """Somebody looked at a piece of evidence."""

    evidence_id: str
    account_id: str
    accessed_at: AwareDatetime
