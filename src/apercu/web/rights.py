"""Rights: which archive a person may enter, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

import sqlalchemy as sa

from apercu.errors import NothingToShowError, RightError, UsageError
from apercu.web.accounts import Person, person_in
from apercu.web.database import Database
from apercu.web.tables import PersonRow, RightRow


@dataclass(frozen=True, slots=True)
class Right:
    """A person's right to enter an archive.

    Attributes:
        person_id, archive_id: whose, and where.
        ends: last day on which it holds, by the archive's calendar.
        granted_by: who gave it.
        granted_at: when, aware.
    """

    person_id: int
    archive_id: str
    ends: date
    granted_by: str
    granted_at: datetime

    def holds(self, zone: tzinfo) -> bool:
        """Return whether it holds today."""
        return datetime.now(zone).date() <= self.ends


class Rights:
    """The rights of all people. Whoever grants or ends one has been let through the archive's gate."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def grant(self, person_id: int, archive_id: str, ends: date, granted_by: str) -> Right:
        """Give a right, or change its end.

        Raises:
            NothingToShowError: there is no such person.
        """
        with self._database.writing() as session:
            if session.get(PersonRow, person_id) is None:
                raise NothingToShowError(f"no person has the number {person_id}", next_step="List them all.")
            row = RightRow(
                person_id=person_id,
                archive_id=archive_id,
                ends=ends,
                granted_by=granted_by,
                granted_at=datetime.now(UTC),
            )
            return _right(session.merge(row))

    def end(self, person_id: int, archive_id: str) -> None:
        """End a right now.

        Raises:
            NothingToShowError: there is none.
        """
        with self._database.writing() as session:
            row = session.get(RightRow, (person_id, archive_id))
            if row is None:
                raise NothingToShowError(
                    f"person {person_id} has no right in this archive", next_step="List the person's rights."
                )
            session.delete(row)

    def of(self, person_id: int) -> list[Right]:
        """Return the rights of a person, ended ones too."""
        with self._database.reading() as session:
            query = sa.select(RightRow).where(RightRow.person_id == person_id).order_by(RightRow.archive_id)
            return [_right(row) for row in session.scalars(query)]

    def holder(self, person_id: int, archive_id: str, zone: tzinfo) -> Person:
        """Return a person as of now, who has a right in an archive that holds today.

        Raises:
            RightError: the account is disabled, or there is no such right, or no longer.
        """
        with self._database.reading() as session:
            person = person_in(session, person_id)
            row = session.get(RightRow, (person_id, archive_id))
        ask = "Ask an administrator of this service."
        if person is None:
            raise RightError("this account is disabled", next_step=ask)
        if row is None:
            raise RightError(f"{person.name} has no right in this archive", next_step=ask)
        if not _right(row).holds(zone):
            raise RightError(f"{person.name}'s right in this archive ended on {row.ends}", next_step=ask)
        return person


def check_end(ends: date, zone: tzinfo) -> date:
    """Return the last day of a right when it is to come, and not too far away.

    Raises:
        UsageError: it is not.
    """
    today = datetime.now(zone).date()
    if not today <= ends <= today.replace(year=today.year + 5, day=min(today.day, 28)):
        raise UsageError(
            f"a right cannot end on {ends}", next_step="Choose a day from today, within 5 years."
        )
    return ends


def _right(row: RightRow) -> Right:
    return Right(row.person_id, row.archive_id, row.ends, row.granted_by, row.granted_at)
