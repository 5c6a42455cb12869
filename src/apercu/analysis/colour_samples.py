"""When the colours of tracks are looked at, and in what light: now and then, from the pixels under masks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from apercu.analysis.colour import Light
from apercu.analysis.tracklets import Tracklet
from apercu.footage import Frame

_LEAST_HITS, _EVERY = 3, 4
_LIGHT_S = 5.0


class ColourSamples:
    """Counts the colours of what is tracked, in the light of the scene, which is looked at now and then.

    Args:
        reduction: pixels per cell of the grid that masks live on.
    """

    def __init__(self, reduction: int) -> None:
        self._reduction = reduction
        self._light = Light()
        self._light_s = -np.inf

    def take(self, frame: Frame, live: Iterable[Tracklet], now_s: float) -> None:
        """Count the pixels of a picture for the tracks whose turn it is; now is the time of the picture."""
        if now_s - self._light_s > _LIGHT_S:
            self._light = Light.of(frame.bgr(size=(64, 48)))
            self._light_s = now_s
        if not self._light.coloured:
            return
        for track in live:
            last = track.observations[-1]
            mask = last.mask
            due = track.hits >= _LEAST_HITS and track.hits % _EVERY == 0
            if due and last.time_s == now_s and track.colours.wants(mask.cells):
                r, (h, w) = self._reduction, mask.cells.shape
                cut = frame.bgr(region=(mask.x * r, mask.y * r, (mask.x + w) * r, (mask.y + h) * r))
                track.colours.add(cut[r // 2 :: r, r // 2 :: r][:h, :w], mask.cells, self._light)
