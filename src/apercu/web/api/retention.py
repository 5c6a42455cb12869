"""Retention: when analyses go, what keeps them, and erasing what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from apercu.archive import retention
from apercu.archive.retention import Stay
from apercu.purposes import Capability
from apercu.web.api.common import RecordingPath, TheVisit, asks, new_router
from apercu.web.uploading import sweep

router = new_router("retention", "/archives/{archive_id}")


class StayAnswer(BaseModel):
    """How long a recording's analysis stays."""

    recording_id: str
    file: str
    camera: str
    expires: datetime
    held: str | None = Field(description="why it stays beyond that; null when nothing holds it")
    held_by: str | None
    held_since: datetime | None


class RetentionAnswer(BaseModel):
    """The rule of an archive, and when each recording's analysis goes."""

    max_days: int
    counted_from: str
    recordings: list[StayAnswer]


class Erasure(BaseModel):
    """What is to be erased: what is due; with ``closing`` everything that nothing holds."""

    dry_run: bool = Field(True, description="only say what would go")
    closing: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        None, description="why everything must go before its time"
    )


class ErasedAnswer(BaseModel):
    """What was erased, or would be."""

    dry_run: bool
    recordings: list[str]


class Why(BaseModel):
    """A reason."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class HoldAnswer(BaseModel):
    """Why a recording's analysis is kept beyond its time."""

    reason: str
    since: datetime
    actor: str


@router.get("/retention", operation_id="read_retention", openapi_extra=asks())
def read_retention(visit: TheVisit) -> RetentionAnswer:
    """Return the rule, and when each recording's analysis goes."""
    rule = visit.archive.settings.declaration.purpose.retention
    return RetentionAnswer(
        max_days=rule.max_days,
        counted_from=rule.counted_from,
        recordings=[_stay(stay) for stay in retention.stays(visit.archive)],
    )


@router.post("/retention/run", operation_id="run_retention", openapi_extra=asks(Capability.ERASE))
def run_retention(visit: TheVisit, body: Erasure) -> ErasedAnswer:
    """Erase what is due."""
    visit.gate.expect(Capability.ERASE, subject="what is due")
    gone = retention.run(visit.archive, dry_run=body.dry_run, closing=body.closing)
    if not body.dry_run:
        if body.closing is not None:
            sweep(visit.service, closing=visit.archive_id)
        visit.service.tidy()
    return ErasedAnswer(dry_run=body.dry_run, recordings=[stay.row.recording_id for stay in gone])


@router.put(
    "/recordings/{recording_id}/hold", operation_id="hold_recording", openapi_extra=asks(Capability.HOLD)
)
def hold_recording(visit: TheVisit, recording_id: RecordingPath, body: Why) -> HoldAnswer:
    """Keep a recording's analysis beyond its time."""
    held = retention.hold(visit.archive, recording_id, body.reason)
    return HoldAnswer(reason=held.reason, since=held.since, actor=held.actor)


@router.post(
    "/recordings/{recording_id}/hold/release",
    operation_id="release_recording",
    status_code=204,
    openapi_extra=asks(Capability.HOLD),
)
def release_recording(visit: TheVisit, recording_id: RecordingPath, body: Why) -> None:
    """End a hold."""
    retention.release(visit.archive, recording_id, body.reason)


def _stay(stay: Stay) -> StayAnswer:
    hold = stay.hold
    return StayAnswer(
        recording_id=stay.row.recording_id,
        file=stay.row.facts.file_name,
        camera=stay.row.camera,
        expires=stay.expires,
        held=None if hold is None else hold.reason,
        held_by=None if hold is None else hold.actor,
        held_since=None if hold is None else hold.since,
    )
