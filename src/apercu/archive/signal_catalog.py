"""What the catalog knows of signals and of the answers to them. Every method is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from apercu.archive.catalog import Catalog
from apercu.archive.outbox import Fate
from apercu.archive.signal_records import AnswerRow, SignalRow, State
from apercu.archive.signal_tables import AnswerEntry, LetterEntry, SignalEntry


@dataclass(frozen=True, slots=True)
class WantedSignals:
    """Which signals to return, newest first.

    Attributes:
        states, cameras, rules: any of these; empty means all.
        before: only those with a smaller number, to go on where a page ended; None from the newest.
        limit: so many at most; None means all.
    """

    states: tuple[State, ...] = ()
    cameras: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    before: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many signals of a rule of a camera are in a state."""

    camera: str
    rule: str
    kind: str
    state: State
    count: int


class SignalCatalog:
    """The tables of signals; raises as ``Catalog``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def find(self, key: str) -> SignalRow | None:
        """Return one signal, or None."""
        with self._catalog.transaction() as session:
            found = session.scalars(sa.select(SignalEntry).where(SignalEntry.key == key)).one_or_none()
            return None if found is None else _row(found)

    def find_beginning(self, digits: str, limit: int = 2) -> list[SignalRow]:
        """Return the signals whose keys begin like this, ``limit`` at most."""
        query = sa.select(SignalEntry).where(SignalEntry.key.startswith(digits, autoescape=True)).limit(limit)
        with self._catalog.transaction() as session:
            return [_row(entry) for entry in session.scalars(query)]

    def signals(self, wanted: WantedSignals) -> list[SignalRow]:
        """Return signals, newest first."""
        query = sa.select(SignalEntry).order_by(SignalEntry.number.desc()).limit(wanted.limit)
        for column, values in (
            (SignalEntry.state, wanted.states),
            (SignalEntry.camera, wanted.cameras),
            (SignalEntry.rule, wanted.rules),
        ):
            if values:
                query = query.where(column.in_([str(value) for value in values]))
        if wanted.before is not None:
            query = query.where(SignalEntry.number < wanted.before)
        with self._catalog.transaction() as session:
            return [_row(entry) for entry in session.scalars(query)]

    def keys(self) -> set[str]:
        """Return the keys of all signals."""
        with self._catalog.transaction() as session:
            return set(session.scalars(sa.select(SignalEntry.key)))

    def tallies(self) -> list[Tally]:
        """Return how many signals there are, by camera, rule, kind and state."""
        columns = (SignalEntry.camera, SignalEntry.rule, SignalEntry.kind, SignalEntry.state)
        query = sa.select(*columns, sa.func.count()).group_by(*columns).order_by(*columns)
        with self._catalog.transaction() as session:
            return [
                Tally(camera, rule, kind, State(state), count)
                for camera, rule, kind, state, count in session.execute(query)
            ]

    def newest(self) -> tuple[int, int]:
        """Return the number of the newest signal, and that of the newest answer; 0 without any."""
        queries = [sa.select(sa.func.max(table.number)) for table in (SignalEntry, AnswerEntry)]
        with self._catalog.transaction() as session:
            signal, answer = (session.scalars(query).one() or 0 for query in queries)
        return signal, answer

    def oldest_open(self, cameras: Collection[str] = (), rules: Collection[str] = ()) -> datetime | None:
        """Return when the oldest signal that nobody answered was added, aware; None without one.

        ``cameras`` and ``rules`` are those looked at; none means all.
        """
        query = sa.select(sa.func.min(SignalEntry.added_at)).where(SignalEntry.state == State.OPEN.value)
        if cameras:
            query = query.where(SignalEntry.camera.in_(cameras))
        if rules:
            query = query.where(SignalEntry.rule.in_(rules))
        with self._catalog.transaction() as session:
            return session.scalars(query).one()

    def put(
        self,
        row: SignalRow,
        channels: Iterable[str],
        answers: Iterable[AnswerRow],
        held: Mapping[str, datetime],
        answering: Collection[str] = (),
    ) -> SignalRow:
        """Add a signal, a letter for each channel, and the answers that it has; return it with its number.

        Each answer has a letter, too, for each channel ``answering``.

        Letters of the channels in ``held`` do not leave before the moment (aware) that stands there. A signal
        that is there already stays as it is.
        """
        with self._catalog.transaction() as session:
            query = sa.select(SignalEntry).where(SignalEntry.key == row.key)
            known = session.scalars(query).one_or_none()
            if known is not None:
                return _row(known)
            values = {name: value for name, value in asdict(row).items() if name != "number"}
            entry = SignalEntry(**values | {"state": row.state.value, "event": dict(row.event)})
            session.add(entry)
            session.flush()
            for channel in channels:
                letter = _letter_entry(entry, channel, row.added_at)
                letter.next_at = held.get(channel, row.added_at)
                letter.answering = channel in answering
                session.add(letter)
            session.flush()
            for answer in answers:
                _add_answer(session, entry, answer)
            return _row(entry)

    def complete(self, key: str, picture: str, clip: str) -> None:
        """Say which files a signal has now; letters that waited for its picture leave."""
        signal = sa.update(SignalEntry).where(SignalEntry.key == key)
        untried = (LetterEntry.state == Fate.WAITING.value, LetterEntry.tries == 0)
        letters = sa.update(LetterEntry).where(LetterEntry.key == key, *untried)
        with self._catalog.transaction() as session:
            session.execute(signal.values(picture=picture, clip=clip))
            if picture:
                session.execute(letters.values(next_at=LetterEntry.queued_at))

    def answer(self, key: str, answer: AnswerRow) -> list[AnswerRow]:
        """Add an answer to a signal that is there, and return all that it has now, oldest first.

        In the same transaction it is queued for the channels over which answers to the signal go.
        """
        with self._catalog.transaction() as session:
            entry = session.scalars(sa.select(SignalEntry).where(SignalEntry.key == key)).one()
            _add_answer(session, entry, answer)
        return self.answers(key)

    def answers(self, key: str) -> list[AnswerRow]:
        """Return the answers to a signal, oldest first."""
        query = sa.select(AnswerEntry).where(AnswerEntry.key == key).order_by(AnswerEntry.number)
        with self._catalog.transaction() as session:
            return [
                AnswerRow(State(entry.state), entry.reason, entry.words, entry.actor, entry.answered_at)
                for entry in session.scalars(query)
            ]

    def remove(self, keys: Collection[str]) -> None:
        """Remove signals with their answers and letters, if they are listed."""
        with self._catalog.transaction() as session:
            for table in (AnswerEntry, LetterEntry, SignalEntry):
                for key in keys:
                    session.execute(sa.delete(table).where(table.key == key))


def _add_answer(session: orm.Session, entry: SignalEntry, answer: AnswerRow) -> None:
    """Add an answer to a signal, and a letter of it for each channel that is told answers to it."""
    session.add(_answer_entry(entry.key, answer))
    session.flush()  # or answers and letters could get their numbers in another order
    entry.state = answer.state.value
    of_signal = (LetterEntry.key == entry.key, LetterEntry.answer == 0, LetterEntry.answering)
    channels = session.scalars(sa.select(LetterEntry.channel).where(*of_signal).order_by(LetterEntry.number))
    count = sa.select(sa.func.count()).select_from(AnswerEntry).where(AnswerEntry.key == entry.key)
    number = session.scalars(count).one()
    for channel in channels.all():
        letter = _letter_entry(entry, channel, answer.answered_at)
        letter.answer = number
        session.add(letter)


def _letter_entry(entry: SignalEntry, channel: str, queued_at: datetime) -> LetterEntry:
    """Return a letter of a signal itself, due at once, over a channel that is told no answers."""
    return LetterEntry(
        key=entry.key,
        channel=channel,
        camera=entry.camera,
        state=Fate.WAITING.value,
        queued_at=queued_at,
        next_at=queued_at,
        tries=0,
        problem="",
        answer=0,
        answering=False,
    )


def _answer_entry(key: str, answer: AnswerRow) -> AnswerEntry:
    return AnswerEntry(
        key=key,
        state=answer.state.value,
        reason=answer.reason,
        words=answer.words,
        actor=answer.actor,
        answered_at=answer.answered_at,
    )


def _row(entry: SignalEntry) -> SignalRow:
    return SignalRow(
        key=entry.key,
        camera=entry.camera,
        run=entry.run,
        rule=entry.rule,
        kind=entry.kind,
        met_at=entry.met_at,
        added_at=entry.added_at,
        says=entry.says,
        event=entry.event,
        folder=entry.folder,
        picture=entry.picture,
        clip=entry.clip,
        state=State(entry.state),
        number=entry.number,
    )
