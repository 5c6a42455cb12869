"""Asking for another person's approval, and giving it: what is approved is exactly what is done later."""

from __future__ import annotations

from dataclasses import replace

from apercu.errors import RightError, UsageError
from apercu.purposes import Capability, Gate
from apercu.purposes.reasons import in_one_line
from apercu.search import Query, TrackId
from apercu.search.visits import names_places
from apercu.web.approvals import Approval
from apercu.web.visit import PersonGuard, Visit

ABOUT_TRACKS = frozenset({Capability.SHOW_UNREDACTED})
ABOUT_QUERIES = frozenset(
    {
        Capability.SHOW_UNREDACTED,
        Capability.EXPORT_TRACKS,
        Capability.SEARCH,
        Capability.SEARCH_BY_COLOUR,
        Capability.MAKE_SYNOPSIS,
    }
)


def ask_approval(visit: Visit, capability: Capability, target: TrackId | Query, reason: str) -> Approval:
    """Ask for another person's approval.

    Args:
        visit: who asks, where.
        capability: what for.
        target: of what: one track (a clip), or what a query finds (a synopsis, an export).
        reason: why; what is done later says the same reason or another.

    Raises:
        RefusedError, RightError: it could not be done even with an approval.
        UsageError: it takes no approval here, or is too long to be read by who approves it.
    """
    possible = ABOUT_TRACKS if isinstance(target, TrackId) else ABOUT_QUERIES
    if not visit.needs(capability)[1] or capability not in possible:
        raise UsageError(f"{capability} of this takes no approval here", next_step="Do it without one.")
    if isinstance(target, TrackId):
        visit.archive.recording(target.recording_id)
        subject = f"track {target}"
    else:
        if str(target) != target.text():
            raise UsageError(
                "this question is too long for somebody to approve it knowingly",
                next_step="Ask in fewer words; name fewer tracks.",
            )
        if names_places(target):
            raise UsageError(
                "what a named zone or line means may be changed after somebody approved it",
                next_step="Draw the place itself, or leave it out.",
            )
        shows = capability in (Capability.SHOW_UNREDACTED, Capability.MAKE_SYNOPSIS)
        subject = target.subject if shows else f"query {target}"
    why = in_one_line(reason)
    if not why:
        raise UsageError("a request takes a reason", next_step="Say why.")
    _gate(visit).expect(capability, subject=subject, reason=why)
    person = visit.visitor.person
    return visit.service.approvals.ask(person, visit.archive_id, capability, subject, why)


def decide_approval(visit: Visit, approval_id: int, *, approve: bool, remark: str = "") -> Approval:
    """Approve another person's request, or deny it; either is in the ledger.

    Raises:
        NothingToShowError: the archive has none of this number.
        RightError: it is one's own, or one may not ask for such a thing oneself, or a program decides.
        UsageError: it is decided, or its time is over.
        RefusedError: the purpose no longer has it.
    """
    approvals, person = visit.service.approvals, visit.visitor.person
    if visit.visitor.token is not None:
        raise RightError("a program cannot approve for a person", next_step="Log in, and decide there.")
    word = "approval" if approve else "denial"
    with approvals.deciding:  # else two who decide at once would both be in the ledger
        asked = approvals.check(person, visit.archive_id, approval_id)
        subject = f"{word} of request {approval_id} by {asked.person}: {asked.subject}"
        told = f"{asked.reason}; {remark.strip()}" if remark.strip() else asked.reason
        _gate(visit).require(asked.capability, subject=subject, reason=told)
        return approvals.decide(person, visit.archive_id, approval_id, approve=approve, remark=remark.strip())


def list_approvals(visit: Visit) -> list[Approval]:
    """Return the visitor's own requests, and those that the visitor may decide; the newest first."""
    return [each for each in visit.service.approvals.of(visit.archive_id) if _concerns(visit, each)]


def find_approval(visit: Visit, approval_id: int) -> Approval:
    """Return one of the requests of ``list_approvals``.

    Raises:
        NothingToShowError: there is none of this number.
    """
    found = visit.service.approvals.find(visit.archive_id, approval_id)
    if _concerns(visit, found):
        return found
    return visit.service.approvals.find(visit.archive_id, -1)  # as if it were not there


def _concerns(visit: Visit, request: Approval) -> bool:
    """Return whether a request is the visitor's own, or one to decide; of programs, within their scopes."""
    if request.capability not in visit.visitor.scopes:
        return False
    person = visit.visitor.person
    return request.person_id == person.person_id or request.capability in person.capabilities


def _gate(visit: Visit) -> Gate:
    """Return the archive's gate as it is while an approval is asked for or given: it asks for none itself."""
    settings, service = visit.archive.settings, visit.service
    alone = replace(settings.declaration.purpose, four_eyes=frozenset())
    guard = PersonGuard(
        visit.visitor, visit.archive_id, settings.zone, service.rights, service.approvals, alone
    )
    ledger = visit.gate.ledger
    return Gate(settings.declaration, ledger, actor=visit.visitor.actor, zone=settings.zone, guard=guard)
