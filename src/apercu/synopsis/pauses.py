"""Long stays of which a tube shows the beginning and the end only: where it jumps, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apercu.synopsis.tubes import Tube

_LEAST_S = 1.0
_TOLD_S = 1.5
_FADE_S = 0.4


@dataclass(frozen=True, slots=True)
class Pauses:
    """The jumps of one tube.

    Attributes:
        samples: the first sample after each jump, rising.
        left_out_s: seconds that each jump leaves out.
        rate: samples per second.
    """

    samples: tuple[int, ...]
    left_out_s: tuple[float, ...]
    rate: float

    @classmethod
    def of(cls, tube: Tube) -> Pauses:
        """Return the jumps of a tube: where its original time runs on by more than a sample takes."""
        seconds = np.array([tube.original_s(sample) for sample in range(len(tube))])
        left_out = np.diff(seconds) - 1 / float(tube.rate)
        at = np.flatnonzero(left_out > _LEAST_S)
        return cls(tuple((at + 1).tolist()), tuple(left_out[at].tolist()), float(tube.rate))

    def told(self, sample: int) -> str:
        """Return what a label says about the stay around a sample, with a space before it; else nothing."""
        for at, left_out_s in zip(self.samples, self.left_out_s, strict=True):
            if abs(sample - at) <= _TOLD_S * self.rate:
                return _words(left_out_s)
        return ""

    @property
    def longest(self) -> str:
        """The longest thing that ``told`` ever says."""
        return max((_words(left_out_s) for left_out_s in self.left_out_s), key=len, default="")

    def fading(self, sample: int) -> tuple[int, float] | None:
        """Return the last sample before a jump and how far it has given way, 0 to 1; None far from one."""
        for at in self.samples:
            way = (sample - at + 1) / max(1.0, _FADE_S * self.rate)
            if 0 < way < 1:
                return at - 1, way
        return None


def _words(seconds: float) -> str:
    if seconds < 90:
        return f" stays {seconds:.0f} s"
    if seconds < 5400:
        return f" stays {seconds / 60:.0f} min"
    return f" stays {seconds / 3600:.1f} h"
