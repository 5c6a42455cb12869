"""What one analysis did: how much it looked at, what it found, where the time went and what was odd."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from apercu.analysis.gears import Effort
from apercu.analysis.oddities import Oddities


@dataclass(slots=True)
class Summary:
    """What one analysis did.

    Attributes:
        duration_s: seconds of footage that could be read, to the end of its last picture.
        frames: pictures analysed. detected: those the detector looked at.
        effort: how much of the footage was decoded for that.
        tracks, observations: found.
        stage_seconds: seconds of work per stage; with several threads they run beside each other.
        odd: what was odd, as facts.
        warnings: the same in sentences, for the user.
    """

    duration_s: float = 0.0
    frames: int = 0
    detected: int = 0
    effort: Effort = field(default_factory=Effort)
    tracks: int = 0
    observations: int = 0
    stage_seconds: dict[str, float] = field(default_factory=dict)
    odd: Oddities = field(default_factory=Oddities)
    warnings: list[str] = field(default_factory=list)

    def shares(self) -> dict[str, float | str]:
        """Return how much of the footage was decoded and shown to the detector, and why not less."""
        effort, pictures = self.effort, max(self.effort.pictures, 1)
        return {
            # What the quiet gear looks at twice is decoded twice.
            "decoded_share": min(1.0, effort.decoded / pictures),
            "detected_share": self.detected / pictures,
            "quiet_s": effort.quiet_s,
            "why_all": effort.why_all,
        }

    def add(self, later: Summary) -> None:
        """Take in that of the next segment; what both did in their overlap counts twice, as it was done."""
        self.duration_s = max(self.duration_s, later.duration_s)
        self.frames += later.frames
        self.detected += later.detected
        self.effort.add(later.effort)
        self.tracks += later.tracks
        self.observations += later.observations
        for stage, seconds in later.stage_seconds.items():
            self.stage_seconds[stage] = self.stage_seconds.get(stage, 0.0) + seconds
        told = [*self.odd.sentences(), *later.odd.sentences()]
        others = [line for line in dict.fromkeys(self.warnings + later.warnings) if line not in told]
        self.odd.add(later.odd)
        self.warnings = [*self.odd.sentences(), *others]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the seconds of the block towards a stage."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.stage_seconds[name] = self.stage_seconds.get(name, 0.0) + time.perf_counter() - begin
