"""Files that people send, piece by piece: what is there of each, and where it lies.

A file is called by letters that are drawn for it; what its sender calls it is only a label. How much of it is
there is how long it is, so that nothing is lost, and nothing is to be put right, when the service ends at any
moment.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import string
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import sqlalchemy as sa

from apercu.disk import writing
from apercu.errors import ConflictError, NothingToShowError, OutputError, TooLargeError, UsageError
from apercu.footage.suffixes import SUFFIXES
from apercu.web.database import Database
from apercu.web.tables import UploadRow

MOST_LABEL = 255
_ID_LETTERS = 32
_MOST_UNFINISHED = 100
"""Of one person in one archive."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent; as in ``ServiceSettings``."""

    upload_bytes: int
    quota_bytes: int
    reserve_bytes: int
    unfinished_s: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was, or is being, sent.

    Attributes:
        upload_id: 32 letters.
        archive_id: to which archive.
        person_id: who sends it; None when the account is gone.
        label: what its sender calls it.
        stamp: by which the sender's browser finds it again.
        size_bytes: how large the whole is.
        offset_bytes: how much of it is there.
        created_at, touched_at, finished_at: when it was begun, last changed, and all there; aware.
        recording_id: what was analysed from it.
        problem: why it could not be: ``kinds`` (names of the error and those above it), ``what``, ``next``.
        path: the file.
    """

    upload_id: str
    archive_id: str
    person_id: int | None
    label: str
    stamp: str
    size_bytes: int
    offset_bytes: int
    created_at: datetime
    touched_at: datetime
    finished_at: datetime | None
    recording_id: str | None
    problem: dict[str, Any] | None
    path: Path

    @property
    def is_finished(self) -> bool:
        """Whether all of it is there."""
        return self.finished_at is not None


class Uploads:
    """All files that were sent, or are being sent, to the archives of a service."""

    def __init__(self, database: Database, folder: Path, limits: Limits) -> None:
        """Use a folder, and put right what a crash left there.

        Files that nobody knows of are erased, rows without a file forgotten.

        Raises:
            OutputError: the folder cannot be used.
        """
        self._database, self.limits = database, limits
        self._folder = folder.absolute()
        self._lock = threading.Lock()
        self._writers: dict[str, Part] = {}
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with database.writing() as session:
                known = {self._path(row): row for row in session.scalars(sa.select(UploadRow))}
                for path, row in known.items():
                    if not path.exists():
                        session.delete(row)
                    elif row.finished_at is None and path.stat().st_size == row.size_bytes:
                        row.finished_at = row.touched_at
            for path in self._folder.iterdir():
                if path not in known and _is_ours(path):
                    path.unlink()

    def create(self, archive_id: str, person_id: int, label: str, size_bytes: int, stamp: str = "") -> Upload:
        """Begin to take a file.

        Raises:
            UsageError: it is called like no recording, it is empty, or the person has begun too many.
            TooLargeError: it is larger than is taken, or more than the archive's quota has left.
            OutputError: the disk has no room for it.
        """
        label = _label(label)
        suffix = PurePosixPath(label).suffix.lower()
        if suffix not in SUFFIXES:
            raise UsageError(
                f"{label!r} is not called like a recording",
                next_step=f"Send files that end in {', '.join(sorted(SUFFIXES))}.",
            )
        if size_bytes <= 0:
            raise UsageError(f"{label!r} is empty", next_step="Copy it from the recorder again.")
        most = self.limits.upload_bytes
        if size_bytes > most:
            raise TooLargeError(
                f"{label!r} has {size_bytes} bytes, and {most} are taken", next_step="Cut it."
            )
        now = datetime.now(UTC)
        row = UploadRow(
            upload_id="".join(secrets.choice(string.ascii_lowercase) for _ in range(_ID_LETTERS)),
            archive_id=archive_id,
            person_id=person_id,
            label=label,
            suffix=suffix,
            stamp=stamp,
            size_bytes=size_bytes,
            created_at=now,
            touched_at=now,
        )
        with self._database.writing() as session:
            rows = list(session.scalars(sa.select(UploadRow)))
            self._check_room(rows, row)
            with writing(self._folder):
                self._path(row).touch(mode=0o600, exist_ok=False)
            session.add(row)
        return self._told(row)

    def of(self, archive_id: str) -> list[Upload]:
        """Return the files sent to an archive, the oldest first."""
        query = sa.select(UploadRow).where(UploadRow.archive_id == archive_id).order_by(UploadRow.created_at)
        with self._database.reading() as session:
            return [self._told(row) for row in session.scalars(query)]

    def find(self, archive_id: str, upload_id: str) -> Upload:
        """Return one file that was sent to an archive.

        Raises:
            NothingToShowError: there is none, or no longer.
        """
        with self._database.reading() as session:
            row = session.get(UploadRow, upload_id)
        if row is None or row.archive_id != archive_id:
            raise NothingToShowError(f"no upload {upload_id}", next_step="List them, or send it anew.")
        return self._told(row)

    def part(self, upload: Upload, offset_bytes: int, length_bytes: int | None = None) -> Part:
        """Return what takes the next bytes of a file; whatever took some before is cut off.

        Raises:
            ConflictError: these are not the next bytes.
            TooLargeError: they are more than it is to have.
        """
        with self._lock:
            here = upload.path.stat().st_size if upload.path.exists() else 0
            if upload.is_finished or here != offset_bytes:
                raise ConflictError(
                    f"{here} bytes of the upload are here, and the request goes on at {offset_bytes}",
                    next_step="Ask how much is here, and go on there.",
                )
            part = self._writers[upload.upload_id] = Part(self, upload, offset_bytes)
        part.check(length_bytes or 0)
        return part

    def note(self, upload_id: str, recording_id: str | None, problem: dict[str, Any] | None = None) -> None:
        """Remember what became of a file: the recording it is, or why it could not be used."""
        self._change(
            upload_id,
            recording_id=recording_id,
            problem=None if problem is None else json.dumps(problem),
        )

    def erase(self, upload: Upload) -> None:
        """Erase a file, wherever it has come to.

        Raises:
            OutputError: it cannot be erased.
        """
        with self._lock:
            self._writers.pop(upload.upload_id, None)
            with writing(self._folder, "cannot erase"):
                upload.path.unlink(missing_ok=True)
        with self._database.writing() as session:
            session.execute(sa.delete(UploadRow).where(UploadRow.upload_id == upload.upload_id))

    def ends(self, upload: Upload) -> datetime:
        """Return when a file goes of which no more comes, aware."""
        return upload.touched_at + timedelta(seconds=self.limits.unfinished_s)

    def holds(self, part: Part) -> bool:
        """Return whether a part may still write: no other took its place, and nobody erased the file."""
        return self._writers.get(part.upload.upload_id) is part

    def written(self, part: Part) -> Upload:
        """Take note that a part has ended."""
        upload, now = part.upload, datetime.now(UTC)
        with self._lock:
            if self.holds(part):
                del self._writers[upload.upload_id]
        finished = now if part.at_bytes == upload.size_bytes else None
        self._change(upload.upload_id, touched_at=now, finished_at=finished)
        return self.find(upload.archive_id, upload.upload_id)

    @property
    def lock(self) -> threading.Lock:
        """Held while bytes are written, so that two requests never write to one file at once."""
        return self._lock

    def _change(self, upload_id: str, **values: Any) -> None:
        values.setdefault("touched_at", datetime.now(UTC))
        change = sa.update(UploadRow).where(UploadRow.upload_id == upload_id).values(**values)
        with self._database.writing() as session:
            session.execute(change)

    def _check_room(self, rows: Sequence[UploadRow], new: UploadRow) -> None:
        mine = [row for row in rows if row.archive_id == new.archive_id]
        begun = sum(row.person_id == new.person_id and row.finished_at is None for row in mine)
        if begun >= _MOST_UNFINISHED:
            raise UsageError(f"{begun} uploads are unfinished", next_step="Finish some, or remove them.")
        left = self.limits.quota_bytes - sum(row.size_bytes for row in mine)
        if new.size_bytes > left:
            raise TooLargeError(
                f"{new.label!r} has {new.size_bytes} bytes, and uploads to this archive may have "
                f"{max(0, left)} more",
                next_step="Remove files that are not needed, or ask whoever runs the service for more.",
            )
        with writing(self._folder):
            free = shutil.disk_usage(self._folder).free
        promised = sum(row.size_bytes - self._size(row) for row in rows if row.finished_at is None)
        if new.size_bytes + promised + self.limits.reserve_bytes > free:
            raise OutputError(
                f"the disk has no room for {new.size_bytes} bytes",
                where=self._folder,
                next_step="Ask whoever runs the service to free space.",
            )

    def _path(self, row: UploadRow) -> Path:
        return self._folder / f"{row.upload_id}{row.suffix}"

    def _size(self, row: UploadRow) -> int:
        path = self._path(row)
        return path.stat().st_size if path.exists() else 0

    def _told(self, row: UploadRow) -> Upload:
        return Upload(
            row.upload_id,
            row.archive_id,
            row.person_id,
            row.label,
            row.stamp,
            row.size_bytes,
            self._size(row),
            row.created_at,
            row.touched_at,
            row.finished_at,
            row.recording_id,
            None if row.problem is None else json.loads(row.problem),
            self._path(row),
        )


class Part:
    """The bytes of one request, on their way into a file.

    Attributes:
        upload: which, as it was before.
        at_bytes: where the next byte goes.
    """

    def __init__(self, uploads: Uploads, upload: Upload, offset_bytes: int) -> None:
        self._uploads, self.upload = uploads, upload
        self._begun_at = self.at_bytes = offset_bytes

    def check(self, more: int) -> None:
        """See whether so many bytes more are not too many.

        Raises:
            TooLargeError: they are.
        """
        if self.at_bytes + more > self.upload.size_bytes:
            raise TooLargeError(
                f"the upload was to have {self.upload.size_bytes} bytes, and more come",
                next_step="Send it anew, with its length as it is.",
            )

    def write(self, content: bytes) -> None:
        """Write bytes.

        Raises:
            ConflictError: another request goes on with this file, or somebody removed it.
            TooLargeError: there are too many.
            OutputError: they cannot be written.
        """
        self.check(len(content))
        path = self.upload.path
        with self._uploads.lock:
            self._check_held()
            with writing(path, next_step="Free space, then go on: what came before is kept."):
                with path.open("r+b") as file:
                    file.seek(self.at_bytes)
                    file.write(content)
                self.at_bytes += len(content)

    def end(self) -> Upload:
        """Make the disk keep what was written; return the upload as it is now.

        Raises: as ``write``.
        """
        with self._uploads.lock:
            self._check_held()
            with writing(self.upload.path), self.upload.path.open("r+b") as file:
                os.fsync(file.fileno())
        return self._uploads.written(self)

    def undo(self) -> None:
        """Take back what this part wrote: its bytes were not what they should have been."""
        with self._uploads.lock:
            self._check_held()
            with writing(self.upload.path):
                os.truncate(self.upload.path, self._begun_at)
        self.at_bytes = self._begun_at

    def _check_held(self) -> None:
        if not self._uploads.holds(self):
            raise ConflictError(
                "another request goes on with this upload, or it was removed",
                next_step="Ask how much is here, and go on there.",
            )


def _label(label: str) -> str:
    """Return the last part of a name, without what cannot be read; it is never used as a path."""
    last = label.replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = "".join(letter if letter.isprintable() else "�" for letter in last).strip()
    if len(clean) > MOST_LABEL:
        suffix = PurePosixPath(clean).suffix[:16]
        clean = clean[: MOST_LABEL - len(suffix)] + suffix
    if not clean:
        raise UsageError("the file has no name", next_step="Tell its name as filename.")
    return clean


def _is_ours(path: Path) -> bool:
    """Return whether a file is called as uploads are; nothing else in the folder is touched."""
    letters = len(path.stem) == _ID_LETTERS and set(path.stem) <= set(string.ascii_lowercase)
    return letters and path.suffix in SUFFIXES
