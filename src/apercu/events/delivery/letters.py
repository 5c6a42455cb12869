"""What is told to the other side: a signal as a message, the same over every channel; or a mere test."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any

from apercu.archive.signal_records import AnswerRow, State
from apercu.events.register import PICTURE_TYPES, Signal

SCHEMA = "apercu.signal/1"
"""Name and version of the message; a later version only adds keys."""
ANSWER_SCHEMA = "apercu.answer/1"
"""Name and version of the message of an answer."""
ANSWERED: Mapping[State, str] = MappingProxyType(
    {State.CONFIRMED: "confirmed", State.DISMISSED: "dismissed", State.OPEN: "reopened"}
)
"""The kinds of answers, as messages name them."""
TRIAL_SCHEMA = "apercu.test/1"
"""Name and version of the message of a test: whoever looks for signals finds none in it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A signal, or an answer to it, on its way over one channel.

    Attributes:
        signal: what it is about.
        archive: name of the archive.
        archive_id: the first 16 digits of its ledger's fingerprint.
        picture: the pixelated picture's file; None without one.
        page: where a person can answer it; empty when nobody said.
        zone: whose clock people are told the time by: the archive's.
        answer: the answer that is told; None where it is the signal itself.
        number: which answer to the signal it is, from 1; 0 for the signal.
    """

    signal: Signal
    archive: str
    archive_id: str
    picture: Path | None
    page: str
    zone: tzinfo = UTC
    answer: AnswerRow | None = None
    number: int = 0

    @property
    def key(self) -> str:
        """What tells it from all others: whoever has seen it has seen this letter."""
        return self.signal.key if self.answer is None else f"{self.signal.key}-{self.number}"

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        event = self.signal.event
        where = f"{event.camera}, {event.place}" if event.place else event.camera
        return f"{event.rule}: {where}"

    def enclosed(self) -> bytes | None:
        """Return the picture's content; None without one, and where it is gone by now or cannot be read.

        A signal comes without its picture rather than not at all.
        """
        try:
            return None if self.picture is None else self.picture.read_bytes()
        except OSError:
            return None

    def message(self, *, pictures: bool) -> dict[str, Any]:
        """Return the message; with ``pictures``, the picture is in it (base64).

        Neither numbers nor paths of tracks are told: they serve nobody outside.
        """
        if self.answer is not None:
            return self._answer_message(self.answer)
        event = self.signal.event
        values: dict[str, Any] = {
            "schema": SCHEMA,
            "event_type": "signal",
            **self._about(),
            "says": self.signal.says,
            "seen": self.signal.seen,
            "met_at": None if event.met_at is None else event.met_at.isoformat(),
            "added_at": self.signal.added_at.isoformat(),
            "run": event.run,
            "began_s": round(event.began_s, 3),
            "met_s": round(event.met_s, 3),
            "measured": event.measured,
            "threshold": event.threshold,
            "unit": event.unit,
            "subject": event.subject,
            "box": None if event.box is None else [round(side, 1) for side in event.box],
        }
        content = self.enclosed() if pictures else None
        if self.picture is not None and content is not None:
            values["picture"] = {
                "type": PICTURE_TYPES[self.picture.suffix],
                "base64": base64.b64encode(content).decode(),
            }
        return values

    def _answer_message(self, answer: AnswerRow) -> dict[str, Any]:
        """Return the message of an answer: neither who gave it nor their words leave the archive."""
        return {
            "schema": ANSWER_SCHEMA,
            "event_type": ANSWERED[answer.state],
            **self._about(),
            "signal": self.signal.key,
            "number": self.number,
            "reason": answer.reason,
            "answered_at": answer.answered_at.isoformat(),
        }

    def _about(self) -> dict[str, str]:
        """Return what every message says: which it is, of what, and where a person can answer."""
        event = self.signal.event
        return {
            "key": self.key,
            "archive": self.archive,
            "archive_id": self.archive_id,
            "camera": event.camera,
            "rule": event.rule,
            "kind": event.kind,
            "place": event.place,
            "severity": event.severity,
            "page": self.page,
        }

    def to_json(self, *, pictures: bool = False) -> bytes:
        """Return the message as JSON; the same letter always gives the same bytes."""
        return json.dumps(self.message(pictures=pictures), ensure_ascii=False, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of the ways to people. It is about nothing: no signal, camera or rule is in it.

    Attributes:
        key: 32 hexadecimal digits, new with each test, so that no receiver takes it for one it has had.
        archive, archive_id: as in a letter.
        sent_at: when the test began, aware.
        picture: a JPEG that says what it is, for channels that carry pictures.
        page: where signals are answered; empty when nobody said.
    """

    key: str
    archive: str
    archive_id: str
    sent_at: datetime
    picture: bytes
    page: str

    @property
    def says(self) -> str:
        """What people are told."""
        return "This is a test of delivery. Nothing was seen, and nobody has to do anything."

    def to_json(self, *, pictures: bool = False) -> bytes:
        """Return the message as JSON; with ``pictures``, the picture is in it (base64)."""
        values: dict[str, Any] = {
            "schema": TRIAL_SCHEMA,
            "event_type": "test",
            "key": self.key,
            "archive": self.archive,
            "archive_id": self.archive_id,
            "says": self.says,
            "sent_at": self.sent_at.isoformat(),
            "page": self.page,
        }
        if pictures:
            values["picture"] = {"type": "image/jpeg", "base64": base64.b64encode(self.picture).decode()}
        return json.dumps(values, ensure_ascii=False, sort_keys=True).encode()
