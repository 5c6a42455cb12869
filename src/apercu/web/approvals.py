"""Four eyes: requests for what one person may have only when another has approved it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from apercu.errors import NothingToShowError, RightError, UsageError
from apercu.purposes import Capability
from apercu.web.accounts import Person
from apercu.web.database import Database
from apercu.web.tables import ApprovalRow, PersonRow

_MOST_PENDING = 50
_MOST_LISTED = 500


class State(StrEnum):
    """How far a request has come."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """A request for another person's approval, and what became of it.

    Attributes:
        approval_id: its number.
        archive_id: in which archive.
        person_id, person: who asks: number and name.
        capability, subject, reason: what is asked for, on what, and why.
        asked_at: when, aware.
        decided_by: name of who decided; None while nobody has.
        decided_at: when that was, aware.
        remark: what was said with the decision.
        expires_at: when the request, or the approval, ends; aware.
        state: how far it has come.
    """

    approval_id: int
    archive_id: str
    person_id: int
    person: str
    capability: Capability
    subject: str
    reason: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    remark: str
    expires_at: datetime
    state: State


class Approvals:
    """The requests of all archives. Whoever decides one has been let through the archive's gate.

    Attributes:
        deciding: held from the look at a request until it is decided.
    """

    def __init__(self, database: Database, holds_s: float) -> None:
        """Keep requests in ``database``; approvals hold ``holds_s`` seconds, requests seven times that."""
        self._database = database
        self.deciding = threading.Lock()
        self._holds = timedelta(seconds=holds_s)

    def ask(
        self, person: Person, archive_id: str, capability: Capability, subject: str, reason: str
    ) -> Approval:
        """Ask for an approval; what is pending already is returned as it is.

        Raises:
            UsageError: too many requests of this person are pending.
        """
        now = datetime.now(UTC)
        with self._database.writing() as session:
            query = sa.select(ApprovalRow).where(
                ApprovalRow.person_id == person.person_id,
                ApprovalRow.archive_id == archive_id,
                ApprovalRow.is_approved.is_(None),
                ApprovalRow.expires_at > now,
            )
            pending = session.scalars(query).all()
            for row in pending:
                if (row.capability, row.subject, row.reason) == (capability.value, subject, reason):
                    return _approval(session, row)
            if len(pending) >= _MOST_PENDING:
                raise UsageError(
                    f"{len(pending)} requests are pending already", next_step="Wait until they are decided."
                )
            row = ApprovalRow(
                archive_id=archive_id,
                person_id=person.person_id,
                capability=capability.value,
                subject=subject,
                reason=reason,
                asked_at=now,
                remark="",
                expires_at=now + 7 * self._holds,
            )
            session.add(row)
            session.flush()
            return _approval(session, row)

    def of(self, archive_id: str) -> list[Approval]:
        """Return the newest requests of an archive, the newest first."""
        with self._database.reading() as session:
            query = sa.select(ApprovalRow).where(ApprovalRow.archive_id == archive_id)
            newest = query.order_by(ApprovalRow.approval_id.desc()).limit(_MOST_LISTED)
            return [_approval(session, row) for row in session.scalars(newest)]

    def find(self, archive_id: str, approval_id: int) -> Approval:
        """Return one request.

        Raises:
            NothingToShowError: the archive has none of this number.
        """
        with self._database.reading() as session:
            return _approval(session, _row(session, archive_id, approval_id))

    def check(self, decider: Person, archive_id: str, approval_id: int) -> Approval:
        """Return the request when this person may decide it, as far as that is not the gate's to say.

        Raises:
            NothingToShowError: the archive has none of this number.
            RightError: it is the person's own.
            UsageError: it is decided, or its time is over.
        """
        with self._database.reading() as session:
            return _decidable(session, decider, archive_id, approval_id)

    def decide(
        self, decider: Person, archive_id: str, approval_id: int, *, approve: bool, remark: str = ""
    ) -> Approval:
        """Approve a request or deny it.

        Raises: as ``check``.
        """
        with self._database.writing() as session:
            _decidable(session, decider, archive_id, approval_id)
            row = _row(session, archive_id, approval_id)
            row.decided_by, row.decided_at = decider.person_id, datetime.now(UTC)
            row.is_approved, row.remark = approve, remark
            row.expires_at = row.decided_at + self._holds
            session.flush()
            return _approval(session, row)

    def granted(
        self, person_id: int, archive_id: str, capability: Capability, subject: str
    ) -> Approval | None:
        """Return an approval that holds now for exactly this, or None."""
        query = (
            sa.select(ApprovalRow)
            .where(
                ApprovalRow.person_id == person_id,
                ApprovalRow.archive_id == archive_id,
                ApprovalRow.capability == capability.value,
                ApprovalRow.subject == subject,
                ApprovalRow.is_approved.is_(True),
                ApprovalRow.expires_at > datetime.now(UTC),
            )
            .order_by(ApprovalRow.expires_at.desc())
        )
        with self._database.reading() as session:
            row = session.scalars(query).first()
            return None if row is None else _approval(session, row)


def _decidable(session: Session, decider: Person, archive_id: str, approval_id: int) -> Approval:
    approval = _approval(session, _row(session, archive_id, approval_id))
    if approval.person_id == decider.person_id:
        raise RightError(
            "nobody approves a request of their own", next_step="Another person has to decide it."
        )
    if approval.state is not State.PENDING:
        raise UsageError(f"this request is {approval.state.value}", next_step="Ask anew.")
    return approval


def _row(session: Session, archive_id: str, approval_id: int) -> ApprovalRow:
    row = session.get(ApprovalRow, approval_id)
    if row is None or row.archive_id != archive_id:
        raise NothingToShowError(f"no request has the number {approval_id}", next_step="List them all.")
    return row


def _approval(session: Session, row: ApprovalRow) -> Approval:
    asker = session.get_one(PersonRow, row.person_id)
    decider = None if row.decided_by is None else session.get_one(PersonRow, row.decided_by)
    if row.is_approved is False:
        state = State.DENIED
    elif row.expires_at <= datetime.now(UTC):
        state = State.EXPIRED
    else:
        state = State.PENDING if row.is_approved is None else State.APPROVED
    return Approval(
        row.approval_id,
        row.archive_id,
        row.person_id,
        asker.name,
        Capability(row.capability),
        row.subject,
        row.reason,
        row.asked_at,
        None if decider is None else decider.name,
        row.decided_at,
        row.remark,
        row.expires_at,
        state,
    )
