"""What is told to the other side: one signal as a message, the same over every channel."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from apercu.events.register import PICTURE_TYPES, Signal

SCHEMA = "apercu.signal/1"
"""Name and version of the message; a later version only adds keys."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A signal on its way over one channel.

    Attributes:
        signal: what it is about.
        archive: name of the archive.
        archive_id: the first 16 digits of its ledger's fingerprint.
        picture: the pixelated picture's file; None without one.
        page: where a person can answer it; empty when nobody said.
        zone: whose clock people are told the time by: the archive's.
    """

    signal: Signal
    archive: str
    archive_id: str
    picture: Path | None
    page: str
    zone: tzinfo = UTC

    @property
    def key(self) -> str:
        """What tells it from all others: whoever has seen it has seen this letter."""
        return self.signal.key

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
        event = self.signal.event
        values: dict[str, Any] = {
            "schema": SCHEMA,
            "event_type": "signal",
            "key": self.key,
            "archive": self.archive,
            "archive_id": self.archive_id,
            "camera": event.camera,
            "rule": event.rule,
            "kind": event.kind,
            "place": event.place,
            "severity": event.severity,
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
            "page": self.page,
        }
        content = self.enclosed() if pictures else None
        if self.picture is not None and content is not None:
            values["picture"] = {
                "type": PICTURE_TYPES[self.picture.suffix],
                "base64": base64.b64encode(content).decode(),
            }
        return values

    def to_json(self, *, pictures: bool = False) -> bytes:
        """Return the message as JSON; the same letter always gives the same bytes."""
        return json.dumps(self.message(pictures=pictures), ensure_ascii=False, sort_keys=True).encode()
