"""Oversight: what an archive may do, what it did, and whether that record is whole."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from apercu.purposes import Capability, Entry, Language, Verification
from apercu.web import oversight
from apercu.web.api.common import TheVisit, asks, new_router
from apercu.web.oversight import Uses

router = new_router("oversight", "/archives/{archive_id}")


class LedgerPage(BaseModel):
    """Some entries of the ledger, in order."""

    entries: list[Entry]
    next_after: int | None = Field(description="what the next page is asked for behind; null on the last")


class FindingAnswer(BaseModel):
    """One problem of the ledger and its place."""

    problem: str
    first: int
    last: int
    line: int | None
    detail: str


class VerificationAnswer(BaseModel):
    """What verifying the ledger gave."""

    intact: bool
    ledger: str = Field(description="fingerprint of its key")
    entries: int
    last_hash: str
    checkpoints: int = Field(description="how many agreed with it")
    findings: list[FindingAnswer]


class CheckpointAnswer(BaseModel):
    """A signed statement of what the last entry is, for somebody outside to keep."""

    number: int
    hash: str
    time: str
    public_key: str
    signature: str


class PurposeAnswer(BaseModel):
    """What an archive is for, what it can and cannot do, until when; it says nothing about anyone."""

    page: dict[str, Any]
    next_erasure: datetime | None


@router.get("/purpose", operation_id="read_purpose", openapi_extra=asks())
def read_purpose(visit: TheVisit, language: Language = "en") -> PurposeAnswer:
    """Return the archive's public page: what it is for and may do."""
    return PurposeAnswer(
        page=oversight.page_of(visit.archive, language), next_erasure=oversight.next_erasure(visit.archive)
    )


@router.get("/ledger", operation_id="read_ledger", openapi_extra=asks(Capability.READ_LEDGER))
def read_ledger(
    visit: TheVisit,
    after: Annotated[int, Query(ge=0, lt=2**53, description="only entries behind this number")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = oversight.ENTRIES_PAGE,
) -> LedgerPage:
    """Read the ledger; that is recorded itself."""
    entries = list(oversight.read_ledger(visit, after=after, limit=limit))
    return LedgerPage(entries=entries, next_after=entries[-1].number if len(entries) == limit else None)


@router.get("/ledger/uses", operation_id="count_uses", openapi_extra=asks(Capability.READ_LEDGER))
def count_uses(visit: TheVisit) -> Uses:
    """Count how often each capability was used, and why people were shown as filmed."""
    return oversight.uses_of(visit)


@router.get("/ledger/verification", operation_id="verify_ledger", openapi_extra=asks(Capability.READ_LEDGER))
def verify_ledger(visit: TheVisit) -> VerificationAnswer:
    """Say whether the ledger is as it was written."""
    return _verified(visit.archive.settings.ledger, oversight.verify(visit))


@router.post(
    "/ledger/checkpoints",
    operation_id="make_checkpoint",
    status_code=201,
    openapi_extra=asks(Capability.READ_LEDGER),
)
def make_checkpoint(visit: TheVisit) -> CheckpointAnswer:
    """Sign a checkpoint; keep it outside, and nothing before it can be altered in silence."""
    return CheckpointAnswer(**json.loads(oversight.checkpoint(visit)))


def _verified(ledger: str, found: Verification) -> VerificationAnswer:
    return VerificationAnswer(
        intact=found.is_intact,
        ledger=ledger,
        entries=found.entries,
        last_hash=found.last_hash,
        checkpoints=found.checkpoints,
        findings=[FindingAnswer.model_validate(each, from_attributes=True) for each in found.findings],
    )
