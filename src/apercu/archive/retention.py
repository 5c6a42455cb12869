"""When a recording's analysis must go, what keeps it longer, and erasing it so that nothing remains.

``holds.toml`` lists what is kept beyond its time. Erasing survives a crash at any moment:
see ``Shelf.erase``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from apercu.archive.archive import Archive
from apercu.archive.records import RecordingRow
from apercu.archive.settings import ArchiveSettings
from apercu.archive.shelf import HOLDS, LOCK
from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import SignalRow
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.archive.unfinished import KEPT_DAYS, Begun, begun
from apercu.disk import locked, writing
from apercu.errors import NothingToShowError
from apercu.purposes import Capability

_HEADER = "# What is kept beyond its time, and why. Changed with: apercu retention hold, and release.\n\n"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a recording's analysis is kept beyond its time, since when (aware), and who said so."""

    reason: str
    since: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a recording's analysis stays.

    Attributes:
        row: the recording.
        expires: when its time ends; aware.
        hold: what keeps it beyond that; None when nothing does.
    """

    row: RecordingRow
    expires: datetime
    hold: Hold | None

    def is_due(self, now: datetime) -> bool:
        """Return whether it must go now."""
        return self.hold is None and self.expires <= now


def expiry(settings: ArchiveSettings, recorded: datetime | None, added: datetime) -> datetime:
    """Return when the time of a recording's analysis ends, aware.

    Args:
        settings: of the archive.
        recorded: start of the recording; None when nobody knows, then ``added`` counts.
        added: when it came into the archive.
    """
    retention, days = settings.declaration.purpose.retention, settings.declaration.days
    begin = recorded if retention.counted_from == "recorded" and recorded is not None else added
    end = begin + timedelta(days=retention.max_days)
    if days is not None:
        # The day itself is still inside.
        end = min(end, datetime.combine(days[1] + timedelta(days=1), time.min, settings.zone))
    return end


def stays(archive: Archive) -> list[Stay]:
    """Return how long each recording's analysis stays, in the order of ``Archive.recordings``."""
    held = _read_holds(archive)
    return [
        Stay(
            row,
            expiry(archive.settings, row.start_time, row.added_at),
            held.get(row.recording_id),
        )
        for row in archive.recordings()
    ]


def run(
    archive: Archive, *, dry_run: bool = False, closing: str | None = None, now: datetime | None = None
) -> list[Stay]:
    """Erase every analysis whose time has ended and that nothing holds; return what was erased.

    What was begun and is not finished goes too, see ``due_unfinished``, and signals, see ``due_signals``.

    What remains is an entry in the ledger with the recording's id. With ``dry_run`` nothing is erased, and
    what would be is returned. ``closing`` says why everything must go before its time, when an inquiry closes
    for example; what is held stays even then.

    Raises:
        OutputError: the archive cannot be written.
    """
    moment = now or datetime.now(UTC)
    due = [s for s in stays(archive) if s.is_due(moment) or (closing is not None and s.hold is None)]
    if dry_run:
        return due
    signalled = _erase_signals(archive, closing, now)
    for draft in due_unfinished(archive, closing=closing, now=now):
        _erase_unfinished(archive, draft, closing)
    erased = [stay for stay in due if _erase(archive, stay, closing)]
    if erased or signalled:
        with locked(archive.path / LOCK):
            archive.shelf.scrub()
    return erased


def hold(archive: Archive, recording_id: str, reason: str) -> Hold:
    """Keep a recording's analysis beyond its time, until it is released.

    Raises:
        RefusedError: the purpose has no ``hold``, or no reason is given.
        NothingToShowError: the archive holds no such recording.
        OutputError: the archive cannot be written.
    """
    row = archive.recording(recording_id)
    subject = f"recording {row.recording_id}"
    with archive.gate.opens(Capability.HOLD, subject=subject, reason=reason):
        made = Hold(reason.strip(), datetime.now(UTC).replace(microsecond=0), archive.gate.actor)
        with writing(archive.path), locked(archive.path / LOCK):
            archive.recording(recording_id)  # it may have gone meanwhile
            _write_holds(archive, _read_holds(archive) | {row.recording_id: made})
    return made


def release(archive: Archive, recording_id: str, reason: str) -> None:
    """End a hold; when its time has ended, the analysis goes with the next run.

    Raises:
        RefusedError: the purpose has no ``hold``, or no reason is given.
        NothingToShowError: nothing holds it.
        OutputError: the archive cannot be written.
    """
    subject = f"recording {recording_id} release"
    with archive.changes(Capability.HOLD, subject=subject, reason=reason):
        held = _read_holds(archive)
        if held.pop(recording_id, None) is None:
            raise NothingToShowError(
                f"recording {recording_id} is not held",
                where=archive.path,
                next_step="List holds: apercu retention show ARCHIVE.",
            )
        _write_holds(archive, held)


def erase_replaced(archive: Archive, row: RecordingRow, reason: str) -> bool:
    """Erase an analysis that another one takes the place of, unless it is held; return whether it was.

    Raises:
        OutputError: the archive cannot be written.
    """
    return row.recording_id not in _read_holds(archive) and _erase_one(archive, row.recording_id, reason)


def due_unfinished(
    archive: Archive, *, closing: str | None = None, now: datetime | None = None
) -> list[Begun]:
    """Return what was begun of analyses, is not worked on, and must go.

    That is: when the time of the recording's analysis is over, when nobody has gone on with it for
    ``unfinished.KEPT_DAYS``, when a crash left it without a word, and when all is closed.
    """
    moment = now or datetime.now(UTC)
    idle = timedelta(days=KEPT_DAYS)
    return [
        draft
        for draft in begun(archive.path)
        if closing is not None
        or draft.changed_at + idle <= moment
        or expiry(archive.settings, draft.start_time, draft.begun_at) <= moment
    ]


def due_signals(
    archive: Archive, *, closing: str | None = None, now: datetime | None = None
) -> list[SignalRow]:
    """Return the signals that must go, newest first.

    Each goes when its own time has ended, counted like a recording's from when it was met, or added, and when
    all is closed. While a recording is held, the signals raised in it stay, too.
    """
    moment = now or datetime.now(UTC)
    held = _read_holds(archive)
    return [
        row
        for row in archive.signals.catalog.signals(WantedSignals())
        if row.run not in held
        and (closing is not None or expiry(archive.settings, row.met_at, row.added_at) <= moment)
    ]


def _erase_signals(archive: Archive, closing: str | None, now: datetime | None) -> bool:
    """Erase the signals that are due, with their pictures, answers and letters; return whether any was."""
    due = due_signals(archive, closing=closing, now=now)
    reason = "their time ended" if closing is None else f"closing: {closing}"
    for camera in sorted({row.camera for row in due}):
        subject = f"signals camera {camera}"
        with archive.changes(Capability.ERASE, subject=subject, reason=reason) as door:
            held = _read_holds(archive)  # by someone else, since they were listed
            rows = [row for row in due if row.camera == camera and row.run not in held]
            archive.signals.erase(rows)
            door.note = f"{len(rows)} erased"
    return bool(due)


def _erase_unfinished(archive: Archive, draft: Begun, closing: str | None) -> None:
    """Erase what was begun of an analysis, unless somebody works on it now."""
    subject = f"recording {draft.recording_id} unfinished"
    reason = "nobody went on with it in time" if closing is None else f"closing: {closing}"
    with archive.gate.opens(Capability.ERASE, subject=subject, reason=reason) as door:
        if not draft.erase(archive.path / LOCK):
            door.note = "not erased: it is worked on"


def _erase(archive: Archive, stay: Stay, closing: str | None) -> bool:
    """Erase one recording's analysis, unless it is held by now; return whether it was."""
    ended = f"its time ended on {stay.expires.astimezone(archive.settings.zone):%Y-%m-%d}"
    return _erase_one(archive, stay.row.recording_id, ended if closing is None else f"closing: {closing}")


def _erase_one(archive: Archive, recording_id: str, reason: str) -> bool:
    with archive.changes(Capability.ERASE, subject=f"recording {recording_id}", reason=reason) as door:
        if recording_id in _read_holds(archive):  # by someone else, since it was listed
            door.note = "not erased: it is held by now"
            return False
        archive.shelf.erase(recording_id)
    for draft in begun(archive.path):  # of an analysis in another way, cut short
        if draft.recording_id == recording_id:
            draft.erase(archive.path / LOCK)
    return True


def _read_holds(archive: Archive) -> dict[str, Hold]:
    # When it cannot be read, this raises: without knowing what is held, nothing may be erased.
    return read_tables(
        archive.path / HOLDS,
        lambda _, told: Hold(str(told["reason"]), moment_of(told, "since"), str(told["actor"])),
    )


def _write_holds(archive: Archive, holds: dict[str, Hold]) -> None:
    values = {
        recording_id: {"reason": held.reason, "since": held.since, "actor": held.actor}
        for recording_id, held in holds.items()
    }
    path = archive.path / HOLDS
    if values:
        write_tables(path, _HEADER, values)
    else:
        path.unlink(missing_ok=True)
