"""Four eyes: asking for another person's approval, and giving it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from apercu.purposes import Capability
from apercu.search import Query, TrackId
from apercu.web import approving
from apercu.web.api.common import NumberPath, TheVisit, asks, new_router
from apercu.web.approvals import Approval

router = new_router("approvals", "/archives/{archive_id}/approvals")

Text = Annotated[str, Field(max_length=2000)]


class NewApproval(BaseModel):
    """What is asked for: of one track, or of what a query finds."""

    capability: Capability
    track: TrackId | None = Field(None, description="a clip of it")
    query: Query | None = Field(None, description="a synopsis or an export of what it finds")
    reason: Text

    @model_validator(mode="after")
    def _one(self) -> NewApproval:
        if (self.track is None) == (self.query is None):
            raise ValueError("a request is about a track or a query, and not both")
        return self


class Decision(BaseModel):
    """What is decided."""

    approve: bool
    remark: Text = ""


@router.get("", operation_id="list_approvals", openapi_extra=asks())
def list_approvals(visit: TheVisit) -> list[Approval]:
    """List one's own requests, and those that one may decide; the newest first."""
    return approving.list_approvals(visit)


@router.post("", operation_id="ask_approval", status_code=201, openapi_extra=asks())
def ask_approval(visit: TheVisit, body: NewApproval) -> Approval:
    """Ask for an approval."""
    target = body.track if body.track is not None else body.query
    assert target is not None, "looked at above"
    return approving.ask_approval(visit, body.capability, target, body.reason)


@router.get("/{approval_id}", operation_id="read_approval", openapi_extra=asks())
def read_approval(visit: TheVisit, approval_id: NumberPath) -> Approval:
    """Return one request."""
    return approving.find_approval(visit, approval_id)


@router.post("/{approval_id}/decision", operation_id="decide_approval", openapi_extra=asks())
def decide_approval(visit: TheVisit, approval_id: NumberPath, body: Decision) -> Approval:
    """Approve another person's request, or deny it."""
    return approving.decide_approval(visit, approval_id, approve=body.approve, remark=body.remark)
