"""A visit: one person in one archive, whose gate everything passes in this person's name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from apercu.archive import Archive
from apercu.errors import ApprovalError, RefusedError, RightError
from apercu.purposes import KINDED, Capability, Gate, Purpose, Request, kind_of
from apercu.purposes.reasons import how_to
from apercu.web.accounts import Person
from apercu.web.approvals import Approvals
from apercu.web.rights import Rights
from apercu.web.roles import Role, roles_with
from apercu.web.sessions import OpenSession
from apercu.web.tokens import Token

if TYPE_CHECKING:
    from apercu.web.service import Service


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a person, in a browser or through a token.

    Attributes:
        person: who.
        session: in which session; None for a program.
        token: with which token; None in a browser.
    """

    person: Person
    session: OpenSession | None = None
    token: Token | None = None

    @property
    def actor(self) -> str:
        """How the ledger names the visitor."""
        through = "web" if self.token is None else f"web, token {self.token.token_id}"
        return f"{self.person.name} ({through})"

    @property
    def administers(self) -> bool:
        """Whether it is an administrator, in a session of their own: no token makes one."""
        return Role.ADMINISTRATOR in self.person.roles and self.token is None

    @property
    def scopes(self) -> frozenset[Capability]:
        """What may be asked for this way: in a browser everything, roles aside."""
        return frozenset(Capability) if self.token is None else self.token.scopes


class PersonGuard:
    """What must hold for a person besides the archive's purpose, looked up anew each time."""

    def __init__(
        self,
        visitor: Visitor,
        archive_id: str,
        zone: tzinfo,
        rights: Rights,
        approvals: Approvals,
        purpose: Purpose,
    ) -> None:
        self._visitor, self._archive_id, self._zone = visitor, archive_id, zone
        self._rights, self._approvals, self._purpose = rights, approvals, purpose

    def allows(self, capability: Capability) -> bool:
        """Return whether right, roles and token allow it now, approvals aside."""
        try:
            self._check(capability)
        except RightError:
            return False
        return True

    def admit(self, request: Request) -> Request:
        """Return the request, with who approved it where that was needed.

        Raises:
            RightError: the right has ended, or no role of the person, or not the token, may ask for it.
            RefusedError: people are to be shown as filmed, or something is to leave, without a reason of a
                listed kind: the service takes one whatever the purpose says.
            ApprovalError: another person has to approve it first.
        """
        capability = Capability(request.capability)
        self._check(capability)
        if capability in KINDED and kind_of(request.reason, self._purpose.kinds) is None:
            raise RefusedError(
                f"through the service, {capability} takes a reason of a listed kind",
                capability=capability.value,
                purpose=self._purpose.name,
                next_step=how_to(self._purpose.kinds),
            )
        if capability not in self._purpose.four_eyes:
            return request
        person_id = self._visitor.person.person_id
        approval = self._approvals.granted(person_id, self._archive_id, capability, request.subject)
        if approval is None:
            raise ApprovalError(
                f"{capability} takes another person's approval here, for exactly this: {request.subject}",
                next_step="Ask for an approval, and try again when it is given.",
            )
        # Names have no brackets, so that nobody's name can be taken for this.
        told = f"{request.actor}, approved by {approval.decided_by} (request {approval.approval_id})"
        return replace(request, actor=told)

    def _check(self, capability: Capability) -> None:
        person = self._rights.holder(self._visitor.person.person_id, self._archive_id, self._zone)
        if capability not in person.capabilities:
            roles = ", ".join(role.value for role in person.roles) or "without a role"
            raise RightError(
                f"{person.name} is {roles}, and {capability} is not theirs to ask for",
                next_step=f"Roles that may: {', '.join(role.value for role in roles_with(capability))}.",
            )
        if capability not in self._visitor.scopes:
            raise RightError(
                f"this token may not ask for {capability}", next_step="Use one that names it as a scope."
            )


@dataclass(frozen=True, slots=True)
class Visit:
    """One person in one archive; see ``Service.visit``.

    Attributes:
        service: whose archive it is.
        visitor: who asks.
        archive_id: first 16 digits of the archive's ledger fingerprint.
        archive: the archive as this person may use it: its gate knows the person's roles and right.
    """

    service: Service
    visitor: Visitor
    archive_id: str
    archive: Archive

    @property
    def gate(self) -> Gate:
        """The archive's gate, in the person's name."""
        return self.archive.gate

    def may(self, capability: Capability) -> bool:
        """Return whether it may be asked for now, reasons and approvals aside: what to offer on a page."""
        return self.gate.allows(capability)

    def allowed(self) -> frozenset[Capability]:
        """Return all that may be asked for now, as ``may`` does for one."""
        settings, visitor = self.archive.settings, self.visitor
        holder = self.service.rights.holder(visitor.person.person_id, self.archive_id, settings.zone)
        theirs = holder.capabilities & visitor.scopes
        purpose = Gate(settings.declaration, self.gate.ledger, actor=visitor.actor, zone=settings.zone)
        return frozenset(capability for capability in theirs if purpose.allows(capability))

    def needs(self, capability: Capability) -> tuple[bool, bool]:
        """Return whether it takes a reason here, and whether it takes another person's approval."""
        purpose = self.archive.settings.declaration.purpose
        return capability in purpose.reasons | KINDED, capability in purpose.four_eyes
