"""Changing who may do what, as administrators do: each archive's ledger records what concerns it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from apercu.archive.settings import read_settings
from apercu.errors import NothingToShowError
from apercu.web.accounts import Person
from apercu.web.rights import Right, check_end
from apercu.web.roles import Role
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


def change_account(
    service: Service,
    actor: str,
    person_id: int,
    *,
    roles: Collection[Role] | None = None,
    password: str | None = None,
    is_disabled: bool | None = None,
) -> Person:
    """Change what is given of an account.

    The ledgers of the archives in which the person has a right say so: roles decide what may be asked for
    there, and whoever sets a password could log in as that person, and approve what they ask for themselves.

    Args:
        service: whose people.
        actor: the administrator, as the ledgers are to name them.
        person_id: whose account.
        roles, password, is_disabled: as ``Accounts.change``.

    Raises: as ``Accounts.change``.
    """
    before = service.accounts.find(person_id)
    changed = service.accounts.change(person_id, roles=roles, password=password, is_disabled=is_disabled)
    told = []
    if changed.roles != before.roles:
        told.append(f"roles of {changed.name}: {', '.join(sorted(changed.roles)) or 'none'}")
    if password is not None:
        told.append(f"new password for {changed.name}")
    if changed.is_disabled != before.is_disabled:
        told.append(f"account of {changed.name} {'disabled' if changed.is_disabled else 'enabled'}")
    for right in service.rights.of(person_id) if told else ():
        if right.archive_id in service.archives:
            service.record_management(actor, right.archive_id, "; ".join(told), must=False)
    return changed
