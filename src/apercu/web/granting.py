"""Giving and ending rights in archives, which each archive's ledger records."""

from __future__ import annotations

from datetime import date

from apercu.archive.settings import read_settings
from apercu.errors import NothingToShowError
from apercu.web.rights import Right, check_end
from apercu.web.service import Service


def give_right(service: Service, actor: str, person_id: int, archive_id: str, ends: date) -> Right:
    """Give a person a right in an archive, or change its end.

    Args:
        service: whose people and archives.
        actor: the administrator, as the ledger is to name them.
        person_id: whose right.
        archive_id: where.
        ends: last day on which it holds, by the archive's calendar.

    Raises:
        NothingToShowError: there is no such person or archive.
        UsageError: the day is over, or too far away.
        RefusedError: the archive's purpose has no ``manage``, or not now.
    """
    person = service.accounts.find(person_id)
    if archive_id not in service.archives:
        raise NothingToShowError(f"no archive {archive_id} is served here", next_step="List them.")
    check_end(ends, read_settings(service.archives[archive_id]).zone)
    subject = f"right of {person.name} until {ends}"
    service.record_management(actor, archive_id, subject, must=True)
    return service.rights.grant(person_id, archive_id, ends, actor)


def take_right(service: Service, actor: str, person_id: int, archive_id: str) -> None:
    """End a person's right in an archive now, whatever its purpose says.

    Raises:
        NothingToShowError: there is no such person, archive or right.
    """
    person = service.accounts.find(person_id)
    service.rights.end(person_id, archive_id)
    if archive_id in service.archives:
        service.record_management(actor, archive_id, f"right of {person.name} ended", must=False)
