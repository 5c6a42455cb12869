"""What each person has looked at already: marks on tracks, which nobody else sees."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from apercu.errors import UsageError
from apercu.search import TrackId
from apercu.web.database import Database
from apercu.web.tables import ReviewRow

_MOST = 1_000_000


class Reviews:
    """The marks of all people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, person_id: int, archive_id: str, track: TrackId, *, reviewed: bool = True) -> None:
        """Mark a track as looked at, or take the mark away.

        Raises:
            UsageError: this person has marked too many.
        """
        key = (person_id, archive_id, track.recording_id, track.track_id)
        with self._database.writing() as session:
            row = session.get(ReviewRow, key)
            if not reviewed:
                if row is not None:
                    session.delete(row)
                return
            held = sa.select(sa.func.count()).where(ReviewRow.person_id == person_id)
            if (session.scalar(held) or 0) >= _MOST:
                raise UsageError(f"{_MOST} tracks are marked already", next_step="Take some marks away.")
            names = ("person_id", "archive_id", "recording_id", "track_id")
            session.merge(ReviewRow(**dict(zip(names, key, strict=True)), marked_at=datetime.now(UTC)))

    def of(self, person_id: int, archive_id: str, recording_id: str) -> list[int]:
        """Return the tracks of a recording that a person has marked, in rising order."""
        query = sa.select(ReviewRow.track_id).where(
            ReviewRow.person_id == person_id,
            ReviewRow.archive_id == archive_id,
            ReviewRow.recording_id == recording_id,
        )
        with self._database.reading() as session:
            return list(session.scalars(query.order_by(ReviewRow.track_id)))
