"""Sending files to an archive, for a person; and how long they stay."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apercu.archive import Archive
from apercu.archive.retention import Stay, expiry, stays
from apercu.errors import ApercuError, ConflictError, NothingToShowError
from apercu.purposes import Capability
from apercu.web.uploads import Part, Upload
from apercu.web.visit import Visit

if TYPE_CHECKING:
    from apercu.web.service import Service

log = logging.getLogger(__name__)


def takes(visit: Visit) -> Capability:
    """Return what becomes of footage here: its tracks are kept where the purpose has that, else counted."""
    keeps = Capability.KEEP_TRACKS in visit.archive.settings.declaration.purpose.allows
    return Capability.KEEP_TRACKS if keeps else Capability.COUNT


def may_add(visit: Visit) -> bool:
    """Return whether footage may be added here now: what to offer on a page."""
    return visit.may(Capability.ANALYZE_RECORDED) and visit.may(takes(visit))


def begin_upload(visit: Visit, label: str, size_bytes: int, stamp: str = "") -> Upload:
    """Begin to take a file; nothing of it is taken before the gate has agreed.

    Raises:
        RefusedError, RightError: nothing may be analysed here, or not by this person.
        UsageError, TooLargeError, OutputError: as ``Uploads.create``.
    """
    subject = f"upload of {size_bytes} bytes"
    visit.gate.expect(Capability.ANALYZE_RECORDED, subject=subject)
    visit.gate.expect(takes(visit), subject=subject)
    sweep(visit.service)
    person_id = visit.visitor.person.person_id
    made = visit.service.uploads.create(visit.archive_id, person_id, label, size_bytes, stamp)
    try:
        visit.gate.require(
            Capability.ANALYZE_RECORDED, subject=f"upload {made.upload_id} of {size_bytes} bytes begins"
        )
    except ApercuError:
        visit.service.uploads.erase(made)
        raise
    return made


def list_uploads(visit: Visit) -> list[Upload]:
    """Return what was sent to the archive, and what the visitor is sending; the oldest first.

    Raises:
        RefusedError, RightError: nothing may be analysed here, or not by this person.
    """
    visit.gate.expect(Capability.ANALYZE_RECORDED, subject="uploads")
    mine = visit.visitor.person.person_id
    sent = visit.service.uploads.of(visit.archive_id)
    return [each for each in sent if each.is_finished or each.person_id == mine]


def find_upload(visit: Visit, upload_id: str) -> Upload:
    """Return one of those that ``list_uploads`` does.

    Raises:
        RefusedError, RightError: nothing may be analysed here, or not by this person.
        NothingToShowError: there is none, or no longer.
    """
    visit.gate.expect(Capability.ANALYZE_RECORDED, subject=f"upload {upload_id}")
    found = visit.service.uploads.find(visit.archive_id, upload_id)
    if not found.is_finished and found.person_id != visit.visitor.person.person_id:
        raise NothingToShowError(f"no upload {upload_id}", next_step="List them, or send it anew.")
    return found


def go_on(visit: Visit, upload_id: str, offset_bytes: int, length_bytes: int | None = None) -> Part:
    """Return what takes the next bytes of a file.

    Raises: as ``find_upload`` and ``Uploads.part``.
    """
    return visit.service.uploads.part(find_upload(visit, upload_id), offset_bytes, length_bytes)


def remove_upload(visit: Visit, upload_id: str) -> None:
    """Erase a file that was, or is being, sent.

    Raises:
        RefusedError, RightError, NothingToShowError: as ``find_upload``.
        ConflictError: a recording of the archive is read from it.
    """
    found = find_upload(visit, upload_id)
    if any(row.absolute_path == found.path for row in visit.archive.recordings()):
        raise ConflictError(
            f"a recording of the archive is read from {found.label!r}",
            next_step="It goes when the recording is erased.",
        )
    visit.gate.require(Capability.ANALYZE_RECORDED, subject=f"upload {upload_id} removed")
    visit.service.uploads.erase(found)


def sweep(service: Service, now: datetime | None = None, *, closing: str | None = None) -> list[Upload]:
    """Erase what is over its time; return it. An archive that cannot be used now keeps its files.

    What is unfinished goes when no more came for a while. What was analysed goes with the recording that is
    read from it, and what was sent twice once it was recognised. What else is there goes by the purpose's
    retention; where that keeps nothing, when nobody did anything with it for a while.

    Args:
        service: whose.
        now: aware; None means now.
        closing: id of an archive of which everything goes that no recording in it is read from.
    """
    moment, gone = now or datetime.now(UTC), []
    for archive_id, folder in service.archives.items():
        sent = service.uploads.of(archive_id)
        if not sent:
            continue
        try:
            archive = Archive.open(folder)
            read = {stay.row.absolute_path: stay for stay in stays(archive)}
            for upload in sent:
                why = _why_due(service, archive, upload, read.get(upload.path), moment)
                if archive_id == closing and upload.path not in read:
                    why = "everything goes: the archive closes"
                if why is not None:
                    forget(service, upload, why)
                    gone.append(upload)
        except ApercuError as error:
            log.warning("uploads of archive %s stay for now: %s", archive_id, error)
    return gone


def forget(service: Service, upload: Upload, why: str) -> None:
    """Erase a file because a rule says so: in the name of the account that runs the service.

    Raises:
        OutputError: it cannot be erased.
    """
    gate = Archive.open(service.archives[upload.archive_id]).gate
    with gate.opens(Capability.ERASE, subject=f"upload {upload.upload_id}", reason=why):
        service.uploads.erase(upload)


def _why_due(
    service: Service, archive: Archive, upload: Upload, stay: Stay | None, now: datetime
) -> str | None:
    if stay is not None:
        return "the recording's time ended" if stay.is_due(now) else None
    if upload.finished_at is not None and upload.recording_id is not None:
        return "no recording of the archive is read from it"
    if upload.finished_at is None or archive.settings.declaration.purpose.retention.max_days == 0:
        return "nobody went on with it in time" if service.uploads.ends(upload) <= now else None
    over = expiry(archive.settings, None, upload.finished_at) <= now
    return "its time ended" if over else None
