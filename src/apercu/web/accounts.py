"""Accounts: who there is, with which roles, and whether a password is theirs."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from apercu.errors import LoginError, NothingToShowError, UsageError
from apercu.purposes import Capability
from apercu.web.attempts import Attempts
from apercu.web.database import Database
from apercu.web.passwords import hash_password, is_outdated, is_password
from apercu.web.roles import Role, capabilities_of
from apercu.web.tables import PersonRow, SessionRow, TokenRow

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account.

    Attributes:
        person_id: number of the account.
        name: as the ledger says it.
        roles: what the person does here.
        is_disabled: whether the person may no longer log in.
        has_password: whether the person logs in with one; otherwise by single sign-on.
        created_at: when the account was made, aware.
    """

    person_id: int
    name: str
    roles: frozenset[Role]
    is_disabled: bool
    has_password: bool
    created_at: datetime

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the person's roles may ask for."""
        return capabilities_of(self.roles)


class Accounts:
    """The accounts of a service."""

    def __init__(self, database: Database, attempts: Attempts) -> None:
        self._database = database
        self._attempts = attempts

    def create(self, name: str, roles: Collection[Role], password: str | None = None) -> Person:
        """Make an account.

        Args:
            name: how the person is called, in the ledger too.
            roles: what the person does here.
            password: None where the person comes by single sign-on.

        Raises:
            UsageError: the name is taken or none, or the password is too easy to guess.
        """
        shown = _checked(name)
        kept = None if password is None else hash_password(password, shown)
        with self._database.writing() as session:
            return _person(self._add(session, shown, roles, kept, None))

    def everyone(self) -> list[Person]:
        """Return everybody, by name."""
        with self._database.reading() as session:
            rows = session.scalars(sa.select(PersonRow).order_by(PersonRow.name_key))
            return [_person(row) for row in rows]

    def find(self, person_id: int) -> Person:
        """Return one person.

        Raises:
            NothingToShowError: there is none of this number.
        """
        with self._database.reading() as session:
            return _person(_row(session, person_id))

    def named(self, name: str) -> Person | None:
        """Return the person of this name, in whatever spelling; None when there is none."""
        with self._database.reading() as session:
            row = session.scalars(sa.select(PersonRow).where(PersonRow.name_key == _key(name))).one_or_none()
            return None if row is None else _person(row)

    def change(
        self,
        person_id: int,
        *,
        roles: Collection[Role] | None = None,
        password: str | None = None,
        is_disabled: bool | None = None,
    ) -> Person:
        """Change what is given of an account; its sessions end when the password or ``is_disabled`` changes.

        Raises:
            NothingToShowError: there is none of this number.
            UsageError: the password is too easy to guess, or no administrator would be left.
        """
        with self._database.writing() as session:
            row = _row(session, person_id)
            administered = _administers(row)
            if roles is not None:
                row.roles = _told(roles)
            if password is not None:
                row.password_hash = hash_password(password, row.name)
            if is_disabled is not None:
                row.is_disabled = is_disabled
            session.flush()
            if administered and not any(_administers(each) for each in session.scalars(sa.select(PersonRow))):
                raise UsageError(
                    "no administrator would be left", next_step="Make another person administrator first."
                )
            if password is not None or is_disabled:
                session.execute(sa.delete(SessionRow).where(SessionRow.person_id == person_id))
            if is_disabled:
                session.execute(sa.delete(TokenRow).where(TokenRow.person_id == person_id))
            return _person(row)

    def has_administrator(self) -> bool:
        """Return whether there is an administrator yet."""
        with self._database.reading() as session:
            return any(_administers(row) for row in session.scalars(sa.select(PersonRow)))

    def authenticate(self, name: str, password: str, address: str) -> Person:
        """Return the person whose name and password these are.

        Args:
            name, password: as they were typed.
            address: from where.

        Raises:
            TooManyTriesError: there were too many wrong tries.
            LoginError: they do not fit; whether the name exists is not told.
        """
        key, tried = _key(name), _key(name)[:_LONGEST]
        self._attempts.check(tried, address)
        with self._database.reading() as session:
            row = session.scalars(sa.select(PersonRow).where(PersonRow.name_key == key)).one_or_none()
        kept = None if row is None else row.password_hash
        if not is_password(password, kept) or row is None or row.is_disabled:
            raise LoginError("name and password do not fit", next_step="Write both again.")
        self._attempts.succeeded(tried, address)
        if kept is not None and is_outdated(kept):
            with self._database.writing() as session:
                _row(session, row.person_id).password_hash = hash_password(password, row.name)
        return _person(row)

    def known_elsewhere(self, subject: str, name: str) -> Person:
        """Return the person whom single sign-on knows as ``subject``, made with no roles at the first time.

        Args:
            subject: issuer and subject, which never change.
            name: what the person is called there, for a new account.

        Raises:
            LoginError: the account is disabled.
        """
        with self._database.writing() as session:
            row = session.scalars(sa.select(PersonRow).where(PersonRow.subject == subject)).one_or_none()
            if row is None:
                row = self._add(session, _vacant(session, name), (), None, subject)
            person = _person(row)
        if person.is_disabled:
            raise LoginError("this account is disabled", next_step="Ask an administrator.")
        return person

    def _add(
        self, session: Session, name: str, roles: Collection[Role], kept: str | None, subject: str | None
    ) -> PersonRow:
        if session.scalars(sa.select(PersonRow).where(PersonRow.name_key == _key(name))).first():
            raise UsageError(f"the name {name!r} is taken", next_step="Choose another.")
        row = PersonRow(
            name=name,
            name_key=_key(name),
            password_hash=kept,
            subject=subject,
            roles=_told(roles),
            is_disabled=False,
            created_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        return row


def person_in(session: Session, person_id: int) -> Person | None:
    """Return a person as a session of the database knows them now; None when unknown or disabled."""
    row = session.get(PersonRow, person_id)
    return None if row is None or row.is_disabled else _person(row)


def _administers(row: PersonRow) -> bool:
    return not row.is_disabled and Role.ADMINISTRATOR in _person(row).roles


def _row(session: Session, person_id: int) -> PersonRow:
    row = session.get(PersonRow, person_id)
    if row is None:
        raise NothingToShowError(f"no person has the number {person_id}", next_step="List them all.")
    return row


def _person(row: PersonRow) -> Person:
    roles = frozenset(Role(name) for name in row.roles.split())
    return Person(
        row.person_id, row.name, roles, row.is_disabled, row.password_hash is not None, row.created_at
    )


def _told(roles: Collection[Role]) -> str:
    return " ".join(role.value for role in Role if role in roles)


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _checked(name: str) -> str:
    shown = unicodedata.normalize("NFC", name).strip()
    odd = [c for c in shown if unicodedata.category(c)[0] == "C" or c in "()[]<>/\\"]
    if not 1 <= len(shown) <= _LONGEST or odd or not _key(shown):
        raise UsageError(
            f"{shown[:_LONGEST]!r} cannot be a person's name",
            next_step=f"Use 1 to {_LONGEST} characters that can be seen, without brackets and slashes.",
        )
    return shown


def _vacant(session: Session, name: str) -> str:
    """Return a name for a new account, near to what another service calls the person."""
    plain = "".join(c for c in unicodedata.normalize("NFC", name) if c.isalnum() or c in " .-_@'")
    base = plain.strip()[: _LONGEST - 8] or "somebody"
    taken = set(session.scalars(sa.select(PersonRow.name_key)))
    numbered = (base if n == 1 else f"{base} {n}" for n in range(1, 10_000))
    return next(each for each in numbered if _key(each) not in taken)
