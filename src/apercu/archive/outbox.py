"""The outbox in the catalog: letters that wait, were delivered, or are dead. Every method is one transaction.

Letters of one camera and channel leave in the order in which their signals were added: as long as one waits,
those after it wait, too. A dead letter is stepped over, and stays until it is revived or its signal goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from apercu.archive.catalog import Catalog
from apercu.archive.signal_tables import LetterEntry


class Fate(StrEnum):
    """Where a letter is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A signal, or an answer to it, on its way over one channel; for the columns see ``LetterEntry``."""

    number: int
    key: str
    channel: str
    camera: str
    state: Fate
    queued_at: datetime
    next_at: datetime
    tries: int
    delivered_at: datetime | None
    problem: str
    answer: int = 0


@dataclass(frozen=True, slots=True)
class Depth:
    """How many letters of a channel are in a state, and when the oldest was queued (aware)."""

    channel: str
    state: Fate
    count: int
    oldest: datetime


class Outbox:
    """The letters of an archive; raises as ``Catalog``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def trace(self) -> tuple[int, ...]:
        """Return what changes with each commit; see ``Catalog.trace``."""
        return self._catalog.trace()

    def due(self, channel: str, now: datetime, limit: int = 100) -> list[LetterRow]:
        """Return waiting letters of a channel in order, but none behind one that is to be tried later."""
        waiting = (LetterEntry.channel == channel, LetterEntry.state == Fate.WAITING.value)
        first = sa.select(sa.func.min(LetterEntry.number)).where(*waiting).group_by(LetterEntry.camera)
        ready = sa.select(LetterEntry.camera).where(LetterEntry.number.in_(first), LetterEntry.next_at <= now)
        query = sa.select(LetterEntry).where(*waiting, LetterEntry.camera.in_(ready))
        with self._catalog.transaction() as session:
            found = session.scalars(query.order_by(LetterEntry.number).limit(limit))
            return [_row(entry) for entry in found]

    def delivered(self, number: int, now: datetime, problem: str = "") -> None:
        """Say that the other side took a letter; ``problem`` is what it said besides."""
        self._set(number, state=Fate.DELIVERED.value, delivered_at=now, problem=problem)

    def failed(self, number: int, problem: str, *, next_at: datetime) -> None:
        """Say why a letter was not taken and when it is tried next."""
        self._set(number, problem=problem, next_at=next_at, tries=LetterEntry.tries + 1)

    def dead(self, number: int, problem: str) -> None:
        """Give a letter up that was not taken."""
        self._set(number, state=Fate.DEAD.value, problem=problem, tries=LetterEntry.tries + 1)

    def held_up(self, channel: str, problem: str) -> None:
        """Say why all that waits for a channel waits; no letter is to blame."""
        waiting = (LetterEntry.channel == channel, LetterEntry.state == Fate.WAITING.value)
        query = sa.update(LetterEntry).where(*waiting, LetterEntry.problem != problem)
        with self._catalog.transaction() as session:
            session.execute(query.values(problem=problem))

    def expire(self, channel: str, before: datetime, problem: str) -> None:
        """Give up what has been waiting for a channel since before a moment."""
        waiting = (LetterEntry.channel == channel, LetterEntry.state == Fate.WAITING.value)
        query = sa.update(LetterEntry).where(*waiting, LetterEntry.queued_at < before)
        told = sa.case((LetterEntry.problem == "", problem), else_=problem + ": " + LetterEntry.problem)
        with self._catalog.transaction() as session:
            session.execute(query.values(state=Fate.DEAD.value, problem=told))

    def revive(self, now: datetime, numbers: list[int] | None = None, channel: str | None = None) -> int:
        """Let dead letters wait again, of all those given; return how many."""
        query = sa.update(LetterEntry).where(LetterEntry.state == Fate.DEAD.value)
        if numbers is not None:
            query = query.where(LetterEntry.number.in_(numbers))
        if channel is not None:
            query = query.where(LetterEntry.channel == channel)
        fresh = {"state": Fate.WAITING.value, "tries": 0, "queued_at": now, "next_at": now}
        with self._catalog.transaction() as session:
            return int(session.connection().execute(query.values(**fresh)).rowcount)

    def letters(self, *states: Fate, last: int | None = None) -> list[LetterRow]:
        """Return letters in some states, or all, oldest first; with ``last`` only so many of the newest."""
        query = sa.select(LetterEntry).order_by(LetterEntry.number.desc()).limit(last)
        if states:
            query = query.where(LetterEntry.state.in_([state.value for state in states]))
        with self._catalog.transaction() as session:
            return [_row(entry) for entry in session.scalars(query)][::-1]

    def depths(self) -> list[Depth]:
        """Return how many letters there are, by channel and state."""
        columns = (LetterEntry.channel, LetterEntry.state)
        query = sa.select(*columns, sa.func.count(), sa.func.min(LetterEntry.queued_at))
        with self._catalog.transaction() as session:
            found = session.execute(query.group_by(*columns).order_by(*columns))
            return [Depth(channel, Fate(state), count, oldest) for channel, state, count, oldest in found]

    def _set(self, number: int, **values: object) -> None:
        with self._catalog.transaction() as session:
            session.execute(sa.update(LetterEntry).where(LetterEntry.number == number).values(**values))


def _row(entry: LetterEntry) -> LetterRow:
    return LetterRow(
        entry.number,
        entry.key,
        entry.channel,
        entry.camera,
        Fate(entry.state),
        entry.queued_at,
        entry.next_at,
        entry.tries,
        entry.delivered_at,
        entry.problem,
        entry.answer,
    )
