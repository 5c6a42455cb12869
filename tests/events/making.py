"""Events that were met nowhere, and their pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np

from apercu.events.event import Event

MET = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def make_event(number: int = 0, **other: Any) -> Event:
    """Return an event; another number makes another one."""
    values: dict[str, Any] = {
        "camera": "gate",
        "run": "live-0123456789abcdef",
        "rule": "no entry",
        "kind": "zone",
        "place": "yard",
        "began_s": 10.0 + number,
        "met_s": 12.0 + number,
        "met_at": MET + timedelta(seconds=number),
        "measured": 2.5,
        "threshold": 2.0,
        "unit": "s",
        "subject": "person",
        "track_ids": (7,),
        "box": (10.0, 20.0, 30.0, 60.0),
        "path": ((12.0, 58.0), (20.0, 60.0)),
    }
    return Event(**values | other)


def make_picture() -> bytes:
    """Return a small JPEG."""
    return cv2.imencode(".jpg", np.full((18, 32, 3), 127, np.uint8))[1].tobytes()
