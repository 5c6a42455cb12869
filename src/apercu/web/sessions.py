"""Sessions: who is logged in in which browser. What the cookie holds is kept as a hash only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from apercu.errors import AccessError, LoginError
from apercu.web.accounts import Person, person_in
from apercu.web.database import Database
from apercu.web.tables import SessionRow

_KEPT_TO = timedelta(minutes=1)
"""How exactly it is kept when a session was last used: writing at each request would be too much."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session.

    Attributes:
        person: who is logged in.
        csrf: what a request that changes something has to know, in the header ``X-CSRF-Token``.
        ends_at: when it ends at the latest, aware.
    """

    person: Person
    csrf: str
    ends_at: datetime

    def check_csrf(self, given: str | None) -> None:
        """Let a request pass that knows what only the service's own pages know.

        Raises:
            AccessError: it does not.
        """
        if not hmac.compare_digest(self.csrf.encode(), (given or "").encode()):
            raise AccessError(
                "the request does not say what only this service's own pages know",
                next_step="Send the session's csrf_token in the header X-CSRF-Token.",
            )


class Sessions:
    """The sessions of a service."""

    def __init__(self, database: Database, idle_s: float, longest_s: float) -> None:
        self._database = database
        self._idle, self._longest = timedelta(seconds=idle_s), timedelta(seconds=longest_s)

    def begin(self, person: Person, previous: str | None = None) -> tuple[str, OpenSession]:
        """Log a person in; the session of the same browser before ends.

        Returns what the cookie is to hold, always new, and the session.
        """
        cookie, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(24), datetime.now(UTC)
        with self._database.writing() as session:
            if previous is not None:
                session.execute(sa.delete(SessionRow).where(SessionRow.digest == digest(previous)))
            over = (SessionRow.used_at < now - self._idle) | (SessionRow.began_at < now - self._longest)
            session.execute(sa.delete(SessionRow).where(over))
            session.add(
                SessionRow(
                    digest=digest(cookie), person_id=person.person_id, csrf=csrf, began_at=now, used_at=now
                )
            )
        return cookie, OpenSession(person, csrf, now + self._longest)

    def find(self, cookie: str) -> OpenSession:
        """Return the session of a cookie.

        Raises:
            LoginError: there is none, or no longer.
        """
        now = datetime.now(UTC)
        with self._database.reading() as session:
            row = session.get(SessionRow, digest(cookie))
            person = None if row is None else person_in(session, row.person_id)
        if (
            row is None
            or person is None
            or row.used_at + self._idle < now
            or row.began_at + self._longest < now
        ):
            raise LoginError("nobody is logged in, or no longer", next_step="Log in.")
        if row.used_at + min(_KEPT_TO, self._idle / 10) < now:
            with self._database.writing() as session:
                used = sa.update(SessionRow).where(SessionRow.digest == row.digest).values(used_at=now)
                session.execute(used)
        return OpenSession(person, row.csrf, row.began_at + self._longest)

    def end(self, cookie: str) -> None:
        """Log out; nothing happens where nobody is logged in."""
        with self._database.writing() as session:
            session.execute(sa.delete(SessionRow).where(SessionRow.digest == digest(cookie)))


def digest(secret: str) -> bytes:
    """Return what is kept of a secret that is too random to be guessed: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
