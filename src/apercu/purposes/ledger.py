"""The ledger: the tamper-evident record of what was done, by whom, why.

``docs/ledger.md`` is its format, written for strangers. In short: a file of JSON lines, each carrying the
hash of the one before, and checkpoints, signed statements of what the last hash was. Whoever keeps a
checkpoint outside the archive can tell for ever whether anything before it was altered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from apercu.disk import flush
from apercu.errors import LedgerDamagedError, NothingToShowError, UsageError
from apercu.purposes.doors import OpenDoor, abandoned
from apercu.purposes.entries import Entry, Outcome, Request
from apercu.purposes.fingerprint import fingerprint
from apercu.purposes.ledger_file import LedgerEnd, LockedFile, locked_file, missing, recording, whole_lines

if TYPE_CHECKING:
    from apercu.purposes.signing import Checkpoint

FOLDER = "ledger"
ENTRIES = "ledger.jsonl"
CHECKPOINTS = "checkpoints.jsonl"
PRIVATE_KEY = "key"
PUBLIC_KEY = "key.pub"
OPEN_DOORS = "open"

CHECKPOINT_EVERY = 1000
"""Entries after which a checkpoint is signed and stored without being asked for."""


class Ledger:
    """The ledger of one archive. Any number of processes may write to it at once.

    Attributes:
        folder: where it lies: ``ARCHIVE/ledger``.
    """

    def __init__(self, archive: str | Path) -> None:
        """Use the ledger of the archive at this folder; whether it is whole shows when it is used."""
        self.folder = Path(archive) / FOLDER

    @classmethod
    def create(cls, archive: str | Path) -> Ledger:
        """Make an empty ledger with a new key, in the folder of an archive.

        Raises:
            UsageError: there is one already.
            OutputError: it cannot be written.
        """
        from apercu.purposes.signing import create_key

        ledger = cls(archive)
        with recording(ledger.folder):
            if ledger.folder.exists():
                raise UsageError(
                    "there is a ledger already", where=ledger.folder, next_step="Leave it: it never restarts."
                )
            ledger.folder.mkdir(parents=True)
            create_key(ledger.folder / PRIVATE_KEY, ledger.folder / PUBLIC_KEY)
            with locked_file(ledger.folder / ENTRIES, create=True) as file:
                file.flush()
            flush(ledger.folder)
            flush(ledger.folder.parent)
        return ledger

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its public key, 64 hexadecimal digits: which ledger this is.

        Raises:
            LedgerDamagedError: the public key is missing or none.
        """
        return fingerprint(self.folder / PUBLIC_KEY)

    def append(self, request: Request, outcome: Outcome, *, durable: bool = True) -> Entry:
        """Write an entry, and first those of doors whose process died.

        Args:
            request: what it says.
            outcome: how it ended.
            durable: wait until the disk keeps it. Otherwise a loss of power may take it (the death of the
                process cannot), until the next durable entry or ``flush``.

        Raises:
            LedgerDamagedError: the ledger is missing, or its last line is no entry.
            OutputError: it cannot be written.
        """
        path = self.folder / ENTRIES
        with recording(path), locked_file(path) as file:
            for dead in abandoned(self.folder / OPEN_DOORS):
                self._write(file, dead, Outcome.INTERRUPTED)
            entry = self._write(file, request, outcome)
            file.release()  # others write while the disk works, and one flush serves all who wait
            if durable:
                file.flush()
        return entry

    @contextmanager
    def door(self, request: Request) -> Iterator[OpenDoor]:
        """Hold a door open: when the process dies before the end, an entry is written all the same.

        Writing the entry for the door that closes is the caller's part, before the end.

        Raises:
            OutputError: it cannot be noted that the door is open, so it stays shut.
        """
        with recording(self.folder / OPEN_DOORS):
            open_door = OpenDoor(self.folder / OPEN_DOORS, request)
        try:
            yield open_door
        finally:
            open_door.close()

    def flush(self) -> None:
        """Make the disk keep every entry written so far.

        Raises:
            LedgerDamagedError: the ledger is missing.
            OutputError: the disk refuses.
        """
        path = self.folder / ENTRIES
        with recording(path), locked_file(path) as file:
            file.release()
            file.flush()

    def entries(self) -> Iterator[Entry]:
        """Yield the entries in order, as they stand: ``verify`` says whether they are as they were written.

        Raises:
            LedgerDamagedError: the ledger is missing, or a line is no entry.
        """
        for number, (line, ended) in enumerate(whole_lines(self.folder / ENTRIES), 1):
            entry = Entry.read(line)
            if entry is not None:
                yield entry
            elif ended:
                raise LedgerDamagedError(
                    f"line {number} is no entry",
                    where=self.folder / ENTRIES,
                    next_step="See what happened with: apercu ledger verify.",
                )

    def checkpoint(self) -> Checkpoint:
        """Sign the last entry now, store the checkpoint and return it; give a copy to someone outside.

        Raises:
            NothingToShowError: the ledger has no entries yet.
            LedgerDamagedError: the key is missing, or the last line is no entry.
            OutputError: it cannot be written.
        """
        path = self.folder / ENTRIES
        with recording(path), locked_file(path) as file:
            last = self._last(file.end())
            if last is None:
                raise NothingToShowError("the ledger has no entries yet", where=path)
            return self._sign(last)

    def export_checkpoint(self) -> str:
        """Sign the last entry now and return the checkpoint as JSON: a line for a stranger to keep.

        Raises: as ``checkpoint``.
        """
        return self.checkpoint().line().decode()

    def _write(self, file: LockedFile, request: Request, outcome: Outcome) -> Entry:
        """Append one entry; hold the lock."""
        end = file.end()
        note = _mend(file, end)
        last = self._last(file.end() if note else end)
        if note:
            told = f"{request.note} {note}".strip()
            request = replace(request, note=told)
        number = 1 if last is None else last.number + 1
        previous = self.fingerprint if last is None else last.hash
        entry = Entry.following(number, previous, request, outcome, datetime.now(UTC))
        file.append(entry.line())
        # Another account may be allowed to write and not to sign; then the owner's next entry signs.
        if number % CHECKPOINT_EVERY == 0 and os.access(self.folder / PRIVATE_KEY, os.R_OK):
            self._sign(entry)
        return entry

    def _last(self, end: LedgerEnd) -> Entry | None:
        if end.line is None:
            return None
        last = Entry.read(end.line)
        if last is None:
            raise LedgerDamagedError(
                "the last line is no entry, so none can follow it",
                where=self.folder / ENTRIES,
                next_step="See what happened with: apercu ledger verify. Put the file back from a backup.",
            )
        return last

    def _sign(self, entry: Entry) -> Checkpoint:
        """Sign and store; hold the lock of the entries."""
        from apercu.purposes.signing import Checkpoint, read_private_key

        key_path = self.folder / PRIVATE_KEY
        if not key_path.exists():
            raise missing(key_path)
        checkpoint = Checkpoint.signed(read_private_key(key_path), entry.number, entry.hash)
        with locked_file(self.folder / CHECKPOINTS, create=True) as file:
            end = file.end()
            if end.torn:
                file.cut(end.size)
            file.append(checkpoint.line())
            file.flush()
        return checkpoint


def _mend(file: LockedFile, end: LedgerEnd) -> str:
    """Put right a last line that was not written to its end; return what was done, for the next entry."""
    if not end.torn:
        return ""
    entry = Entry.read(end.torn)
    if entry is not None and entry.is_whole(end.torn):
        file.append(b"\n")
        return f"[the end of the line of entry {entry.number} was missing and was added]"
    file.cut(end.size)
    return f"[a torn last line of {len(end.torn)} bytes was removed before this entry]"
