"""The first administrator, made by whoever runs the service: there is no default password."""

from __future__ import annotations

from datetime import date, timedelta

from apercu.purposes import current_actor
from apercu.web.accounts import Person
from apercu.web.granting import give_right
from apercu.web.roles import Role
from apercu.web.service import Service

_RIGHT_DAYS = 365


def make_administrator(service: Service, name: str, password: str) -> Person:
    """Make an administrator, or give the account of this name a new password and the role again.

    Whoever may run the service can read its archives anyway, so this person has all roles, and for a year a
    right in each archive. The archives' ledgers say so.

    Raises:
        UsageError: the name cannot be one, or the password is too easy to guess.
        RefusedError: an archive's purpose has no ``manage``, or not now.
    """
    known = service.accounts.named(name)
    if known is None:
        person = service.accounts.create(name, set(Role), password)
    else:
        roles = known.roles | {Role.ADMINISTRATOR}
        person = service.accounts.change(known.person_id, roles=roles, password=password, is_disabled=False)
    held = {right.archive_id for right in service.rights.of(person.person_id)}
    ends = date.today() + timedelta(days=_RIGHT_DAYS)
    for archive_id in service.archives.keys() - held:
        give_right(service, current_actor(), person.person_id, archive_id, ends)
    return person
