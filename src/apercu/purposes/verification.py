"""Verifying a ledger: what was changed, removed, moved, inserted or cut off, and where.

The file is read once, in order; memory grows with the number of problems and not with the ledger.

What can be told from the file alone: any change, removal, insertion or move of lines by someone who does
not compute the hashes anew. What takes a checkpoint: lines cut off the end, and a ledger rewritten from some
entry on with new hashes. A checkpoint stored in the archive helps only against someone without its key; one
kept outside helps against everyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from apercu.purposes.entries import Entry
from apercu.purposes.ledger import CHECKPOINTS, ENTRIES, Ledger
from apercu.purposes.ledger_file import whole_lines

if TYPE_CHECKING:
    from apercu.purposes.signing import Checkpoint


class Problem(StrEnum):
    """What can be wrong with a ledger."""

    CHANGED = "changed"
    """An entry is not as it was written."""
    REMOVED = "removed"
    """Entries are missing between others."""
    MOVED = "moved"
    """An entry stands in another place than its own."""
    INSERTED = "inserted"
    """A line stands where none was written."""
    BROKEN_LINK = "broken-link"
    """Two neighbours are each whole, and do not belong together: one of them was written anew."""
    TORN = "torn"
    """The last line has no end: a crash, or a cut in its middle. The next entry mends the former."""
    TRUNCATED = "truncated"
    """Entries are missing at the end: a checkpoint knows them."""
    REWRITTEN = "rewritten"
    """The ledger is not the one that a checkpoint signed: entries were written anew, with new hashes."""
    BAD_CHECKPOINT = "bad-checkpoint"
    """A checkpoint is unreadable, wrongly signed, or of another ledger."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem and its place.

    Attributes:
        problem: what is wrong.
        first: number of the first entry concerned.
        last: number of the last entry concerned; the same for a single one.
        line: line of the file at which it shows, from 1; None when it shows behind the end of the file.
        detail: one sentence.
    """

    problem: Problem
    first: int
    last: int
    line: int | None
    detail: str

    def __str__(self) -> str:
        """Return it as people read it."""
        span = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        place = "after the end" if self.line is None else f"line {self.line}"
        return f"{self.problem.value}: {span} ({place}): {self.detail}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a ledger gave.

    Attributes:
        entries: how many entries are whole, each counted once.
        last_hash: hash of the last one in order; of an empty ledger, its fingerprint.
        checkpoints: how many checkpoints agreed with the ledger.
        findings: the problems; none when the ledger is as it was written.
    """

    entries: int
    last_hash: str
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify(
    ledger: Ledger, exported: Iterable[Checkpoint] = (), *, fingerprint: str | None = None
) -> Verification:
    """Read the whole ledger and compare it with its stored checkpoints and those kept outside.

    Args:
        ledger: the ledger.
        exported: checkpoints that someone kept outside the archive.
        fingerprint: which ledger it ought to be, if that is known from elsewhere.

    Raises:
        LedgerDamagedError: the ledger or its public key is missing.
    """
    identity = ledger.fingerprint
    reader = _Reader(identity)
    if fingerprint is not None and fingerprint != identity:
        reader.report(Problem.REWRITTEN, 1, 1, 1, f"this is ledger {identity[:16]}, not {fingerprint[:16]}")
    # The checkpoints first: an entry written meanwhile may be signed, and is not read.
    signed = [*_stored(ledger, reader), *_genuine(exported, identity, reader)]
    watch = _Watch(signed)
    for number, (line, ended) in enumerate(whole_lines(ledger.folder / ENTRIES), 1):
        entry = reader.read(number, line, ended)
        if entry is not None:
            watch.see(entry, number, reader)
    reader.finish()
    watch.finish(reader)
    findings = sorted(reader.findings, key=lambda f: (f.first, f.line is None, f.line or 0))
    return Verification(reader.good, reader.last_hash, watch.agreed, tuple(findings))


@dataclass
class _Reader:
    """Follows the chain line by line.

    ``expected`` is the number that comes next. Lines that are no whole entry wait in ``damaged`` until the
    next whole one tells, by its number, whether entries were changed there or lines were put in. An entry
    that comes too early waits as ``early`` until the next one tells whether it was moved up or others are
    missing before it.
    """

    last_hash: str
    expected: int = 1
    good: int = 0
    linked: bool = True
    early: tuple[Entry, int] | None = None
    damaged: list[int] = field(default_factory=list)  # lines
    moved_up: dict[int, int] = field(default_factory=dict)  # number: which of the findings says so
    gaps: list[tuple[int, int, int]] = field(default_factory=list)  # first, last, line after them
    findings: list[Finding] = field(default_factory=list)

    def report(self, problem: Problem, first: int, last: int, line: int | None, detail: str) -> None:
        self.findings.append(Finding(problem, first, last, line, detail))

    def read(self, number: int, line: bytes, ended: bool) -> Entry | None:
        """Take in one line; return its entry when that is whole."""
        entry = Entry.read(line)
        if entry is None or not entry.is_whole(line):
            self._accept_early()
            if ended:
                self.damaged.append(number)
            else:
                self._settle(self.expected + len(self.damaged), number)
                self.report(Problem.TORN, self.expected, self.expected, number, "the last line has no end")
            return None
        if not ended:
            detail = "the end of the last line is missing"
            self.report(Problem.TORN, entry.number, entry.number, number, detail)
        if self.early is not None and entry.number in (self.expected, self.expected + 1):
            self._reject_early(entry.number)
        self._accept_early()
        if entry.number < self.expected:
            self._misplaced(entry, number)
        elif entry.number > self.expected and not self.damaged and entry.number not in self.moved_up:
            self.early = entry, number
        else:
            self._accept(entry, number)
        return entry

    def _accept(self, entry: Entry, line: int) -> None:
        """Go on after ``entry``, which is expected or after a gap."""
        self._settle(entry.number, line)
        if entry.number in self.moved_up:  # it is in its own place as well: what was met before is a copy
            at = self.moved_up.pop(entry.number)
            self.findings[at] = replace(self.findings[at], problem=Problem.INSERTED)
        if self.linked and entry.previous != self.last_hash:
            detail = f"entry {entry.number} does not follow what is before it, though both are whole"
            self.report(Problem.BROKEN_LINK, max(1, entry.number - 1), entry.number, line, detail)
        self.expected, self.last_hash, self.linked = entry.number + 1, entry.hash, True
        self.good += 1

    def _accept_early(self) -> None:
        """Take the entry that came too early for one whose forerunners are missing."""
        if self.early is not None:
            entry, line = self.early
            self.early = None
            self._accept(entry, line)

    def _reject_early(self, coming: int) -> None:
        """Take the entry that came too early for one that was moved up, before or instead of another."""
        assert self.early is not None
        entry, line = self.early
        self.early = None
        self.moved_up[entry.number] = len(self.findings)
        self.report(Problem.MOVED, entry.number, entry.number, line, f"entry {self.expected} belongs here")
        self.good += 1
        if coming != self.expected:
            self._settle(coming, line + 1)

    def _settle(self, coming: int, line: int) -> None:
        """Explain the damaged lines, and the numbers that are missing, before the entry ``coming``."""
        missing = coming - self.expected
        if missing:
            self.linked = False  # what the entry before said of its hash is not to be relied on, or not known
        for at in self.damaged[:missing]:
            self.report(Problem.CHANGED, self.expected, self.expected, at, "it is not as it was written")
            self.expected += 1
        for at in self.damaged[missing:]:
            self.report(Problem.INSERTED, self.expected, self.expected, at, "this line was never written")
        self.damaged.clear()
        if self.expected < coming:
            self._leave_gap(self.expected, coming - 1, line)
            self.expected = coming

    def _leave_gap(self, first: int, last: int, line: int) -> None:
        """Note that entries are missing, without those that were met further up."""
        for number in sorted(n for n in self.moved_up if first <= n <= last):
            del self.moved_up[number]
            if first < number:
                self.gaps.append((first, number - 1, line))
            first = number + 1
        if first <= last:
            self.gaps.append((first, last, line))

    def _misplaced(self, entry: Entry, line: int) -> None:
        """Report an entry whose number was passed already."""
        for i, (first, last, at) in enumerate(self.gaps):
            if first <= entry.number <= last:
                rest = [(first, entry.number - 1, at), (entry.number + 1, last, at)]
                self.gaps[i : i + 1] = [gap for gap in rest if gap[0] <= gap[1]]
                self.report(
                    Problem.MOVED, entry.number, entry.number, line, f"entry {self.expected} belongs here"
                )
                self.good += 1
                return
        detail = f"entry {entry.number} comes again where {self.expected} belongs"
        self.report(Problem.INSERTED, entry.number, entry.number, line, detail)

    def finish(self) -> None:
        """Explain what is left at the end of the file."""
        self._accept_early()
        self._settle(self.expected + len(self.damaged), 0)
        for first, last, line in self.gaps:
            self.report(Problem.REMOVED, first, last, line, f"missing before line {line}")


class _Watch:
    """Compares the entries that pass with what checkpoints signed."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self._waiting: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            self._waiting.setdefault(checkpoint.number, []).append(checkpoint)
        self._sure = 0  # up to here a checkpoint agreed
        self.agreed = 0

    def see(self, entry: Entry, line: int, reader: _Reader) -> None:
        for checkpoint in self._waiting.pop(entry.number, ()):
            if checkpoint.hash == entry.hash:
                self.agreed += 1
                self._sure = entry.number
                continue
            detail = f"the checkpoint of {checkpoint.time} signed another entry {entry.number}"
            reader.report(Problem.REWRITTEN, self._sure + 1, entry.number, line, detail)

    def finish(self, reader: _Reader) -> None:
        """Report what checkpoints know and the ledger lacks at its end."""
        beyond = [number for number in self._waiting if number >= reader.expected]
        if not beyond:
            return
        furthest = self._waiting[max(beyond)][0]
        detail = f"the checkpoint of {furthest.time} knows them"
        reader.report(Problem.TRUNCATED, reader.expected, max(beyond), None, detail)


def _stored(ledger: Ledger, reader: _Reader) -> Iterator[Checkpoint]:
    """Yield the checkpoints in the archive, as far as they are good; a torn last one was never finished."""
    path = ledger.folder / CHECKPOINTS
    if not path.exists():
        return
    from apercu.purposes.signing import Checkpoint

    identity = ledger.fingerprint
    for number, (line, ended) in enumerate(whole_lines(path), 1):
        checkpoint = Checkpoint.read(line)
        if checkpoint is not None:
            yield from _genuine([checkpoint], identity, reader)
        elif ended:
            detail = f"line {number} of {Path(CHECKPOINTS)} is no checkpoint"
            reader.report(Problem.BAD_CHECKPOINT, 0, 0, number, detail)


def _genuine(checkpoints: Iterable[Checkpoint], identity: str, reader: _Reader) -> Iterator[Checkpoint]:
    for checkpoint in checkpoints:
        if not checkpoint.is_genuine():
            detail = f"the signature of the checkpoint of {checkpoint.time} is wrong"
        elif checkpoint.fingerprint != identity:
            detail = (
                f"the checkpoint of {checkpoint.time} is of another ledger ({checkpoint.fingerprint[:16]})"
            )
        else:
            yield checkpoint
            continue
        reader.report(Problem.BAD_CHECKPOINT, checkpoint.number, checkpoint.number, None, detail)
