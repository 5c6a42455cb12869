"""What an overseer sees: what an archive may do, what it did, and whether that record is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from apercu.archive import Archive
from apercu.archive.camera_uses import read_uses
from apercu.archive.retention import stays
from apercu.purposes import Capability, Entry, Gate, Language, Ledger, Outcome, Verification, kind_of
from apercu.purposes import verify as verify_ledger
from apercu.purposes.page import Page
from apercu.statistics.store import runs
from apercu.web.visit import Visit

ENTRIES_PAGE = 200


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """One camera of an archive.

    Attributes:
        name: how it is called.
        recordings: how many there are.
        width, height: pixels of the newest recording; None where there is none, only numbers.
        use, place: what it is for and where it stands, as an administrator said; empty when nobody has.
        first, last: when the earliest begins and the latest ends, aware; None when nobody knows.
    """

    name: str
    recordings: int
    width: int | None
    height: int | None
    use: str
    place: str
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Uses:
    """How often each capability was used, as the ledger says.

    Attributes:
        outcomes: by capability, how often each outcome is recorded.
        unredacted: reasons for which people were shown as filmed, and how often each.
        kinds: the same by kind of reason, the kind's name; an empty one for reasons of no listed kind.
        approvals, denials: how often somebody approved or denied another's request.
    """

    outcomes: Mapping[str, Mapping[str, int]]
    unredacted: Mapping[str, int]
    kinds: Mapping[str, int]
    approvals: int
    denials: int


def page_of(archive: Archive, language: Language) -> dict[str, Any]:
    """Return the public page of an archive, as plain values: purpose, capabilities, dates. Takes no right."""
    settings = archive.settings
    today = datetime.now(settings.zone).date()
    page = Page(settings.name, settings.controller, settings.declaration, settings.ledger, today)
    return page.as_dict(language)


def cameras_of(archive: Archive) -> list[CameraFacts]:
    """Return the cameras of an archive, by name: counts and dates, nothing of what they filmed."""
    rows, uses = archive.recordings(), read_uses(archive)
    found = []
    counted = {run.camera for run in runs(archive)}
    for name in sorted({row.camera for row in rows} | counted | uses.keys()):
        own = [row for row in rows if row.camera == name]
        begins = [row.start_time for row in own if row.start_time is not None]
        ends = [row.end_time for row in own if row.end_time is not None]
        facts, said = own[-1].facts if own else None, uses.get(name)
        found.append(
            CameraFacts(
                name,
                len(own),
                None if facts is None else facts.width,
                None if facts is None else facts.height,
                said.use if said else "",
                said.place if said else "",
                min(begins, default=None),
                max(ends, default=None),
            )
        )
    return found


def next_erasure(archive: Archive) -> datetime | None:
    """Return when the next analysis goes, aware; None when none does."""
    return min((stay.expires for stay in stays(archive) if stay.hold is None), default=None)


def read_ledger(visit: Visit, *, after: int = 0, limit: int = ENTRIES_PAGE) -> Sequence[Entry]:
    """Return entries of the ledger in order, those behind the number ``after``. Reading is recorded itself.

    Raises:
        RefusedError, RightError: the person may not read it.
        LedgerDamagedError: it cannot be read.
    """
    visit.gate.require(Capability.READ_LEDGER, subject="ledger")
    wanted = (entry for entry in visit.gate.ledger.entries() if entry.number > after)
    return list(islice(wanted, limit))


def uses_of(visit: Visit) -> Uses:
    """Return how often each capability was used. Reading is recorded itself.

    Raises: as ``read_ledger``.
    """
    return uses_in(visit.gate, "ledger, counted")


def uses_in(gate: Gate, subject: str) -> Uses:
    """Return how often each capability was used, asked for as ``subject``, which is recorded.

    Raises: as ``read_ledger``.
    """
    gate.require(Capability.READ_LEDGER, subject=subject)
    outcomes: dict[str, Counter[str]] = {}
    unredacted: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    shown = (Outcome.DONE, Outcome.FAILED, Outcome.INTERRUPTED)
    for entry in gate.ledger.entries():
        word = entry.subject.partition(" of request ")[0]
        if word in ("approval", "denial"):
            decided[word] += 1
            continue
        outcomes.setdefault(entry.capability, Counter())[entry.outcome] += 1
        if entry.capability == Capability.SHOW_UNREDACTED and entry.outcome in shown:
            unredacted[entry.reason] += 1
            kind = kind_of(entry.reason, gate.declaration.purpose.kinds)
            kinds["" if kind is None else kind.name] += 1
    return Uses(outcomes, unredacted, kinds, decided["approval"], decided["denial"])


def verify(visit: Visit) -> Verification:
    """Say whether the ledger is as it was written; changes nothing and leaves no entry.

    Raises:
        RefusedError, RightError: the person may not read it.
        LedgerDamagedError: it, or its public key, is missing.
    """
    visit.gate.expect(Capability.READ_LEDGER, subject="ledger")
    return verify_ledger(Ledger(visit.archive.path), fingerprint=visit.archive.settings.ledger)


def checkpoint(visit: Visit) -> str:
    """Sign the last entry now and return the checkpoint as a line of JSON, for somebody outside to keep.

    Raises:
        RefusedError, RightError: the person may not read the ledger.
        LedgerDamagedError: it cannot be gone on with.
    """
    visit.gate.require(Capability.READ_LEDGER, subject="ledger checkpoint")
    return visit.gate.ledger.export_checkpoint()
