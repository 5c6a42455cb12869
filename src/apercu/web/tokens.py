"""Tokens: how programs speak for a person, for less than all that the person may, and for a while."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from apercu.errors import LoginError, NothingToShowError, UsageError
from apercu.purposes import Capability
from apercu.web.accounts import Person, person_in
from apercu.web.database import Database
from apercu.web.sessions import digest
from apercu.web.tables import TokenRow

PREFIX = "apercu_"
"""How every token begins, so that one that leaked is found by those who look for such things."""
LONGEST_DAYS = 366
_MOST = 50


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret.

    Attributes:
        token_id: its number.
        person_id: for whom it speaks.
        name: what it is for.
        scopes: the capabilities it may ask for.
        created_at, expires_at: when it was made, and when it ends; aware.
    """

    token_id: int
    person_id: int
    name: str
    scopes: frozenset[Capability]
    created_at: datetime
    expires_at: datetime


class Tokens:
    """The tokens of a service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, person: Person, name: str, scopes: Collection[Capability], days: int
    ) -> tuple[str, Token]:
        """Make a token; its secret is returned now and never again.

        Raises:
            UsageError: it has no name, asks for nothing or for more than the person may, or for too long.
        """
        if not name.strip() or len(name) > 100:
            raise UsageError("a token needs a name of up to 100 characters", next_step="Say what it is for.")
        beyond = sorted(set(scopes) - person.capabilities)
        if beyond or not scopes:
            told = f"{person.name} may not ask for {', '.join(beyond)}" if beyond else "it may do nothing"
            raise UsageError(f"a token cannot be made so: {told}", next_step="Choose other scopes.")
        if not 1 <= days <= LONGEST_DAYS:
            raise UsageError(f"{days} days make no sense", next_step=f"Choose 1 to {LONGEST_DAYS}.")
        secret, now = PREFIX + secrets.token_urlsafe(32), datetime.now(UTC)
        with self._database.writing() as session:
            session.execute(sa.delete(TokenRow).where(TokenRow.expires_at < now))
            held = sa.select(sa.func.count()).where(TokenRow.person_id == person.person_id)
            if (session.scalar(held) or 0) >= _MOST:
                raise UsageError(f"{person.name} has {_MOST} tokens already", next_step="Delete one of them.")
            row = TokenRow(
                digest=digest(secret),
                person_id=person.person_id,
                name=name.strip(),
                scopes=" ".join(sorted(scopes)),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
            session.add(row)
            session.flush()
            return secret, _token(row)

    def of(self, person_id: int) -> list[Token]:
        """Return the tokens of a person, ended ones too."""
        with self._database.reading() as session:
            query = sa.select(TokenRow).where(TokenRow.person_id == person_id).order_by(TokenRow.token_id)
            return [_token(row) for row in session.scalars(query)]

    def find(self, secret: str) -> tuple[Person, Token]:
        """Return for whom a token speaks, and the token.

        Raises:
            LoginError: there is no such token, or no longer.
        """
        with self._database.reading() as session:
            query = sa.select(TokenRow).where(TokenRow.digest == digest(secret))
            row = session.scalars(query).one_or_none()
            person = None if row is None else person_in(session, row.person_id)
        if row is None or person is None or row.expires_at < datetime.now(UTC):
            raise LoginError("there is no such token, or no longer", next_step="Make a new one.")
        return person, _token(row)

    def delete(self, person_id: int, token_id: int) -> None:
        """End one of a person's tokens.

        Raises:
            NothingToShowError: the person has none of this number.
        """
        with self._database.writing() as session:
            row = session.get(TokenRow, token_id)
            if row is None or row.person_id != person_id:
                raise NothingToShowError(f"no token has the number {token_id}", next_step="List them all.")
            session.delete(row)


def _token(row: TokenRow) -> Token:
    scopes = frozenset(Capability(name) for name in row.scopes.split())
    return Token(row.token_id, row.person_id, row.name, scopes, row.created_at, row.expires_at)
