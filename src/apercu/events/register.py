"""The register of signals: an event that is stored, queued for delivery, and put before a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apercu.archive import Archive
from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import AnswerRow, SignalRow, State
from apercu.archive.signals import CLIP
from apercu.errors import UnknownNameError, UsageError
from apercu.events.event import Event
from apercu.events.telling import told
from apercu.purposes import Capability

PICTURE_TYPES: Mapping[str, str] = {".jpg": "image/jpeg", ".webp": "image/webp", ".png": "image/png"}
"""Pictures that a signal may have, by the ends of their names."""

_KEY_DIGITS = 32
_PICTURE_WITHIN = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Signal:
    """An event put before a person.

    Attributes:
        event: what was met.
        says: what a person is told: what the rule says, or else what was seen.
        added_at: when it was stored, aware.
        state: the last answer.
        number: order in which signals were added, from 1.
        row: how the archive stores it.
    """

    event: Event
    says: str
    added_at: datetime
    state: State
    number: int
    row: SignalRow

    @property
    def key(self) -> str:
        """The event's key: 32 hexadecimal digits."""
        return self.row.key

    @property
    def seen(self) -> str:
        """What was seen, in a sentence."""
        return told(self.event)

    @property
    def at(self) -> datetime:
        """When it was met; of a recording without a clock, when it was added; aware."""
        return self.row.at

    def waiting_s(self, now: datetime) -> float:
        """Return for how many seconds it has been waiting for an answer, or had been when it was added."""
        return max((now - self.added_at).total_seconds(), 0.0)


class Register:
    """The signals of an archive. Any number of processes may add to it at once.

    Each method asks the gate for ``signal-events``, unless it is used within ``Archive.opens``.
    """

    def __init__(
        self,
        archive: Archive,
        channels: Sequence[str] = (),
        showing: Collection[str] = (),
        answering: Collection[str] = (),
    ) -> None:
        """Open the register.

        Args:
            archive: where signals go.
            channels: the names of those over which each signal that is added goes.
            showing: those among them that carry its picture.
            answering: those among them that are told answers to it, too.
        """
        self._archive = archive
        self._shelf = archive.signals
        self._channels = tuple(channels)
        self._showing = tuple(showing)
        self._answering = tuple(answering)

    def add(
        self,
        event: Event,
        *,
        picture: bytes | None = None,
        clip: Path | None = None,
        rule_says: str = "",
        picture_follows: bool = False,
    ) -> Signal:
        """Store an event as a signal and queue it for delivery: both in one transaction, files before.

        Adding the same event twice changes nothing.

        Args:
            event: what was met.
            picture: JPEG, WebP or PNG, with people made unrecognisable.
            clip: an MP4 file, which is copied; it may come later, see ``complete``.
            rule_says: what the rule says, in a sentence.
            picture_follows: the picture is still being made, and comes with ``complete``; channels that carry
                it wait for it, a moment at most.

        Raises:
            RefusedError: the purpose has no ``signal-events``, or not now.
            UsageError: the picture is none of these.
            OutputError: the archive cannot be written.
        """
        known = self._shelf.catalog.find(event.key)
        if known is not None:
            return _signal(known)
        pieces = _pieces(picture)
        self._archive.ask(
            Capability.SIGNAL_EVENTS, f"signal {event.key} camera {event.camera} rule {event.rule}"
        )
        now = datetime.now(UTC)
        row = SignalRow(
            key=event.key,
            camera=event.camera,
            run=event.run,
            rule=event.rule,
            kind=event.kind,
            met_at=event.met_at,
            added_at=now,
            says=rule_says,
            event=plain(event),
            folder="",
            picture=next(iter(pieces), ""),
            clip="" if clip is None else CLIP,
        )
        held = dict.fromkeys(self._showing if picture_follows else (), now + _PICTURE_WITHIN)
        return _signal(self._shelf.add(row, pieces, clip, self._channels, held, self._answering))

    def complete(self, key: str, *, picture: bytes | None = None, clip: Path | None = None) -> Signal:
        """Give a signal its picture, or its clip, which is copied: they are there later than the signal.

        Raises: as ``add``, and NothingToShowError where there is no such signal.
        """
        row, pieces = self._shelf.find(key), _pieces(picture)
        what = "clip" if picture is None else "picture"
        self._archive.ask(Capability.SIGNAL_EVENTS, f"signal {key} {what}")
        return _signal(self._shelf.complete(row, pieces, clip, next(iter(pieces), "")))

    def making(self, key: str) -> AbstractContextManager[Path]:
        """Give a folder in the archive for the clip of a signal while it is made; no crash leaves it there.

        Raises:
            OutputError: the archive cannot be written.
        """
        return self._shelf.making(key)

    def find(self, key: str) -> Signal:
        """Return the signal whose key is this, or the only one whose key begins so.

        Raises:
            RefusedError: the purpose has no ``signal-events``, or not now.
            NothingToShowError: there is none.
            UsageError: several begin so.
        """
        self._archive.ask(Capability.SIGNAL_EVENTS, f"signal {key}")
        found = self._shelf.catalog.find_beginning(key) if 0 < len(key) < _KEY_DIGITS else []
        if len(found) > 1:
            raise UsageError(f"several signals begin with {key}", next_step="Give more digits of the key.")
        return _signal(found[0] if found else self._shelf.find(key))

    def signals(self, wanted: WantedSignals | None = None) -> list[Signal]:
        """Return signals, newest first.

        Raises:
            RefusedError: the purpose has no ``signal-events``, or not now.
        """
        self._archive.ask(Capability.SIGNAL_EVENTS, "signals")
        return [_signal(row) for row in self._shelf.catalog.signals(wanted or WantedSignals())]

    def last_met(self, camera: str, rules: Iterable[str]) -> dict[str, datetime]:
        """Return when rules of a camera were last met (aware), by their names; without those never met.

        Raises:
            RefusedError: the purpose has no ``signal-events``, or not now.
        """
        self._archive.ask(Capability.SIGNAL_EVENTS, f"signals of camera {camera}")
        latest = (WantedSignals(cameras=(camera,), rules=(rule,), limit=1) for rule in rules)
        return {row.rule: row.at for wanted in latest for row in self._shelf.catalog.signals(wanted)}

    def picture(self, signal: Signal) -> Path:
        """Return where the picture of a signal lies: people in it are unrecognisable.

        Raises:
            RefusedError: the purpose has no ``show-images``, or not now.
            NothingToShowError: it has none.
            ArchiveDamagedError: the file is missing.
        """
        return self._file(signal, signal.row.picture)

    def clip(self, signal: Signal) -> Path:
        """Return where the clip of a signal lies; raises as ``picture``."""
        return self._file(signal, signal.row.clip)

    @staticmethod
    def of(row: SignalRow) -> Signal:
        """Return the signal that a row of the archive tells; whoever has the row has asked."""
        return _signal(row)

    def history(self, signal: Signal) -> list[AnswerRow]:
        """Return all answers to a signal, oldest first; it was read, so nothing more is asked."""
        return self._shelf.catalog.answers(signal.key)

    def check(self, signal: Signal) -> None:
        """Compare every byte of a signal's files with what was written; tells nothing of them.

        Raises:
            ArchiveDamagedError: a file is missing, torn or altered; the message names it.
        """
        self._shelf.check(signal.row)

    def _file(self, signal: Signal, name: str) -> Path:
        self._archive.ask(Capability.SHOW_IMAGES, f"signal {signal.key}")
        return self._shelf.file(signal.row, name)


def plain(event: Event) -> dict[str, Any]:
    """Return an event as values that JSON has: moments in ISO 8601, places as lists."""
    values = asdict(event)
    return values | {
        "met_at": None if event.met_at is None else event.met_at.isoformat(),
        "track_ids": list(event.track_ids),
        "box": None if event.box is None else list(event.box),
        "path": [list(point) for point in event.path],
    }


def event_of(values: Mapping[str, Any]) -> Event:
    """Return the event that ``plain`` made these values of."""
    kept = dict(values)
    met_at, box = kept["met_at"], kept["box"]
    return Event(
        **kept
        | {
            "met_at": None if met_at is None else datetime.fromisoformat(met_at),
            "track_ids": tuple(kept["track_ids"]),
            "box": None if box is None else tuple(box),
            "path": tuple((x, y) for x, y in kept["path"]),
        }
    )


def state_named(name: str) -> State:
    """Return the state of this name.

    Raises:
        UnknownNameError: there is none.
    """
    try:
        return State(name)
    except ValueError as error:
        raise UnknownNameError("state", name, [state.value for state in State]) from error


def _signal(row: SignalRow) -> Signal:
    event = event_of(row.event)
    return Signal(event, row.says or told(event), row.added_at, row.state, row.number, row)


def _pieces(picture: bytes | None) -> dict[str, bytes]:
    return {} if picture is None else {_picture_name(picture): picture}


def _picture_name(picture: bytes) -> str:
    if picture.startswith(b"\xff\xd8\xff"):
        return "picture.jpg"
    if picture.startswith(b"\x89PNG"):
        return "picture.png"
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "picture.webp"
    raise UsageError("the picture of a signal is no JPEG, WebP or PNG", next_step="Encode it as one of them.")
