"""What was odd about a recording, as facts that add up over its pieces, and told in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from apercu.geometry import iou
from apercu.timecode import format_clock

_CAMERA_MOVED = 0.25
_SAME_PLACE = 0.3

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Oddities:
    """What was odd about a recording, or a piece of it.

    Attributes:
        damage: what could not be read, one line per place.
        watched_s: seconds for which the camera was watched. moving_s: those in which it moved.
        moving_span: first and last second at which it moved; None when it stood still.
        other_sizes: pictures left out, because the picture size changed.
        standing: places in backgrounds that may show a person and were pixelated, x1 y1 x2 y2 in pixels.
        repaired: timestamps that were missing or broken.
    """

    damage: list[str] = field(default_factory=list)
    watched_s: float = 0.0
    moving_s: float = 0.0
    moving_span: tuple[float, float] | None = None
    other_sizes: int = 0
    standing: list[Box] = field(default_factory=list)
    repaired: int = 0

    def add(self, later: Oddities) -> None:
        """Take in those of the next piece; what both saw in their overlap is told once."""
        self.damage += [line for line in later.damage if line not in self.damage]
        self.watched_s += later.watched_s
        self.moving_s += later.moving_s
        spans = [span for span in (self.moving_span, later.moving_span) if span is not None]
        self.moving_span = (spans[0][0], spans[-1][1]) if spans else None
        self.other_sizes += later.other_sizes
        if later.standing:
            known = np.array(self.standing, np.float32).reshape(-1, 4)
            overlap = iou(np.array(later.standing, np.float32), known).max(axis=1, initial=0)
            self.standing += [
                box for box, same in zip(later.standing, overlap, strict=True) if same <= _SAME_PLACE
            ]
        self.repaired += later.repaired

    def sentences(self) -> list[str]:
        """Return what the user is told."""
        told = [f"the recording is damaged: {line}" for line in self.damage]
        share = self.moving_s / self.watched_s if self.watched_s else 0.0
        if share > _CAMERA_MOVED and self.moving_span is not None:
            first, last = (format_clock(second, millis=False) for second in self.moving_span)
            told.append(
                f"the camera moved for {share:.0%} of the time (between {first} and "
                f"{last}): tracks and background cannot be trusted there, Aperçu is made for fixed cameras"
            )
        if self.other_sizes:
            told.append(
                f"{self.other_sizes} pictures were left out: the picture size changes during the recording"
            )
        if count := len(self.standing):
            places, verb = ("place", "was") if count == 1 else ("places", "were")
            told.append(f"{count} {places} in the background may show a person and {verb} pixelated")
        if self.repaired:
            told.append(f"{self.repaired} timestamps were missing or broken, and were rebuilt")
        return told
