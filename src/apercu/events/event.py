"""An event: a rule that a track, or the scene, met."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

_KEY_DIGITS = 32

Severity = Literal["low", "medium", "high"]
Box = tuple[float, float, float, float]
Path = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A rule that was met, once per situation.

    Attributes:
        camera: where.
        run: the recording (its id) or the connection to the camera in which it was.
        rule: name of the rule, as people call it.
        kind: what kind of rule it is.
        place: name of the zone or line; empty where it is about the whole picture.
        began_s: second of the run at which the situation began.
        met_s: second of the run at which the rule was met: not before its own duration had passed.
        met_at: true time of ``met_s``, aware; None when the run has no clock.
        measured: what was measured, in ``unit``.
        threshold: what it was measured against.
        unit: ``s``, ``px/s``, ``m/s``, ``km/h``, ``deg``, ``objects``, ``objects/m2``, ``share`` or empty.
        subject: class of what met it; empty where it is about the whole picture.
        track_ids: the objects that met it.
        box: where, x1 y1 x2 y2 in pixels of the run; None where it is the whole picture.
        path: how the object came there, x and y of its bottom centre in pixels, oldest first.
        severity: what the rule says of it; ``medium`` also of what was stored before this was told.
    """

    camera: str
    run: str
    rule: str
    kind: str
    place: str
    began_s: float
    met_s: float
    met_at: datetime | None
    measured: float
    threshold: float
    unit: str
    subject: str = ""
    track_ids: tuple[int, ...] = ()
    box: Box | None = None
    path: Path = field(default=(), repr=False)
    severity: Severity = "medium"

    @property
    def key(self) -> str:
        """What tells this event from all others wherever it is delivered, 32 hexadecimal digits.

        The same pixels, timestamps and rules give the same key, live or recorded again.
        """
        when = self.met_at.isoformat() if self.met_at is not None else self.run
        told = [self.camera, when, f"{self.met_s:.3f}", self.rule, self.kind, self.place, self.track_ids]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:_KEY_DIGITS]
