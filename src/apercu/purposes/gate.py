"""The gate: the only way to a door. It knows the archive's purpose, and it writes every request down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from apercu.errors import ApercuError, RefusedError
from apercu.purposes.actor import current_actor
from apercu.purposes.capabilities import Capability
from apercu.purposes.declaration import Declaration
from apercu.purposes.entries import Outcome, Request
from apercu.purposes.ledger import Ledger
from apercu.purposes.names import purposes_with
from apercu.purposes.reasons import how_to, in_one_line, kind_of


@dataclass(slots=True)
class Door:
    """An open door; ``note`` is what its entry is to say besides: how many tracks, which file."""

    note: str = ""


class Guard(Protocol):
    """What else must hold for one actor, beside the purpose: a role, a right, another person's approval."""

    def allows(self, capability: Capability) -> bool:
        """Return whether the actor may ask for it now, reasons and approvals aside."""

    def admit(self, request: Request) -> Request:
        """Return the request as it is to be recorded: with who approved it, for example.

        Raises:
            ApercuError: the actor may not.
        """


class Gate:
    """Decides, for one archive and one actor, what may be done, and records each request.

    Attributes:
        declaration: the archive's purpose and what it states.
        ledger: where requests are recorded.
        actor: who asks.
    """

    def __init__(
        self,
        declaration: Declaration,
        ledger: Ledger,
        *,
        actor: str | None = None,
        zone: tzinfo = UTC,
        guard: Guard | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make the gate of an archive.

        Args:
            declaration: what the archive declares.
            ledger: its ledger.
            actor: who asks; None means the account that runs this, see ``current_actor``.
            zone: the archive's time zone: in it, days begin and end.
            guard: asked besides the purpose; None where whoever reaches the archive's files may ask.
            clock: gives the time, aware.
        """
        self.declaration = declaration
        self.ledger = ledger
        self.actor = current_actor() if actor is None else actor
        self._digest = declaration.digest
        self._zone = zone
        self._guard = guard
        self._clock = clock

    def allows(self, capability: Capability) -> bool:
        """Return whether the capability exists here and now, reasons aside; nothing is opened or recorded."""
        admitted = self._guard is None or self._guard.allows(capability)
        return admitted and self._closed(capability) is None

    def expect(self, capability: Capability, *, subject: str, reason: str | None = None) -> None:
        """Refuse, and record that, where ``require`` would; nothing is recorded where it would not.

        For work that begins later, and then asks itself.

        Args and raises: as ``require``.
        """
        self._admitted(capability, subject, reason)

    def expect_situations(self, situations: Iterable[str], *, subject: str) -> None:
        """Refuse, and record that, where a situation (its name) may not be signalled under this purpose.

        Raises:
            RefusedError: there is such a one, and why.
        """
        declaration, capability = self.declaration, Capability.SIGNAL_EVENTS
        purpose = declaration.purpose
        for situation in situations:
            because = purpose.why_no_situation(situation)
            if because is None:
                continue
            told = f"this archive is for {purpose.name}, which has no {situation}: {because.en}"
            named = ", ".join(sorted(purpose.situations)) or "none"
            refusal = self._refused(capability, told, f"What it may signal: {named}.")
            request = Request(self.actor, purpose.name, self._digest, capability.value, subject, "")
            self.ledger.append(replace(request, note=refusal.what), Outcome.REFUSED)
            raise refusal

    def require(self, capability: Capability, *, subject: str, reason: str | None = None) -> None:
        """Ask for a capability; when this returns, it is granted and recorded.

        Where it matters whether it ended well, use ``opens`` instead.

        Args:
            capability: what is to be done.
            subject: on what: ``archive``, ``recording 3f9a…``, ``query class:car``.
            reason: why; it becomes one line.

        Raises:
            RefusedError: the purpose does not have it, its fields are not stated, it is not its time, or a
                reason is missing; recorded as well.
            ApercuError: the guard does not admit the actor; recorded as well.
            UsageError: the reason has signs in it that cannot be seen.
            LedgerDamagedError, OutputError: it cannot be recorded, so it is not granted.
        """
        self.ledger.append(self._admitted(capability, subject, reason), Outcome.GRANTED)

    @contextmanager
    def opens(self, capability: Capability, *, subject: str, reason: str | None = None) -> Iterator[Door]:
        """Hold a door open; one entry says how it ended: done, failed, or interrupted when the process died.

        Args and raises: as ``require``.
        """
        request = self._admitted(capability, subject, reason)
        door = Door()
        with self.ledger.door(request):
            try:
                yield door
            except BaseException as error:
                # The kind of error is enough: its message may tell things that must go with the data.
                told = f"{door.note} {type(error).__name__}".strip()
                self.ledger.append(replace(request, note=told), Outcome.FAILED)
                raise
            self.ledger.append(replace(request, note=door.note), Outcome.DONE)

    def _admitted(self, capability: Capability, subject: str, reason: str | None) -> Request:
        """Return the request that may be granted; what may not is recorded as refused, and raised."""
        name, why = self.declaration.purpose.name, in_one_line(reason)
        request = Request(self.actor, name, self._digest, capability.value, subject, why)
        refusal: ApercuError | None = self._closed(capability) or self._unexplained(capability, why)
        if refusal is None and self._guard is not None:
            try:
                return self._guard.admit(request)
            except ApercuError as error:
                refusal = error
        if refusal is not None:
            self.ledger.append(replace(request, note=refusal.what), Outcome.REFUSED)
            raise refusal
        return request

    @property
    def _quoted(self) -> str:
        purpose = self.declaration.purpose
        return f"this archive is for {purpose.name} ({purpose.summary.en.rstrip('.')})"

    def _closed(self, capability: Capability) -> RefusedError | None:
        """Return why a request is refused whatever its reason, or None."""
        declaration, purpose, quoted = self.declaration, self.declaration.purpose, self._quoted
        because = purpose.why_not(capability)
        if because is not None:
            told = f"{quoted}, which has no {capability}: {because.en}"
            others = ", ".join(purposes_with(capability))
            return self._refused(capability, told, f"Purposes that have it: {others}.")
        if capability not in declaration.exempt:
            problem = declaration.problem()
            if problem is not None:
                told = f"{quoted}, and it is not complete: {problem}"
                return self._refused(capability, told, "State it in archive.toml, then ask again.")
            outside = declaration.outside(self._clock().astimezone(self._zone).date())
            if outside is not None:
                left = ", ".join(sorted(declaration.exempt))
                next_step = f"Still possible: {left}. More takes a new authorisation, stated in archive.toml."
                return self._refused(capability, f"{quoted}, and {outside}", next_step)
        return None

    def _unexplained(self, capability: Capability, reason: str) -> RefusedError | None:
        """Return that a request is refused for want of a reason, or of one of a listed kind; or None."""
        purpose = self.declaration.purpose
        if purpose.needs_kind(capability):
            if kind_of(reason, purpose.kinds) is None:
                told = f"{self._quoted}, where {capability} takes a reason of a listed kind"
                return self._refused(capability, told, how_to(purpose.kinds))
        elif capability in purpose.reasons and not reason:
            told = f"{self._quoted}, where {capability} takes a reason"
            return self._refused(capability, told, "Say why (--reason); it is recorded in the ledger.")
        return None

    def _refused(self, capability: Capability, what: str, next_step: str) -> RefusedError:
        return RefusedError(
            what,
            capability=capability.value,
            purpose=self.declaration.purpose.name,
            where=self.ledger.folder.parent,
            next_step=next_step,
        )
