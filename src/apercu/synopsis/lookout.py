"""A second look at what shows a vehicle, for whoever stands before it or sits in it and has no track."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import regions
from apercu.analysis.detections import CLASSES
from apercu.analysis.detector import Detector
from apercu.footage import Frame
from apercu.footage.pixelation import Region, padded

_SOMEONE = [CLASSES.index(name) for name in ("person", "bicycle", "motorcycle")]
_EVERY_S = 0.2
_REMEMBERED_S = 1.0
_PAD, _PAD_PER_S = 0.2, 0.5
_SIDE_PX = 640
_ZOOMS = (2.0, 1.3, 1.0)


@dataclass(frozen=True, slots=True)
class _Sight:
    """Someone seen: when, seconds; in which box (4,); and where the vehicle's feet (2,) were then."""

    second: float
    box: NDArray[np.float32]
    feet: NDArray[np.float64]


@dataclass(slots=True)
class Lookout:
    """Looks, a few times a second, at one vehicle in pictures given in order of time.

    Even a weak suspicion counts, and counts for a second: for that long whoever was seen is taken to stand
    where they stood, and to ride along.

    Attributes:
        detector: looks.
    """

    detector: Detector
    _sights: list[_Sight] = field(default_factory=list)
    _looked_s: float = -np.inf

    def people(self, frame: Frame, box: NDArray[np.float32], feet: NDArray[np.float64]) -> list[Region]:
        """Return where someone may be, with room, x1 y1 x2 y2 in pixels; it may reach out of the picture.

        Args:
            frame: the original picture.
            box: of the vehicle in it, float32 (4,) in pixels.
            feet: a point (2,) that moves as the vehicle does, pixels.
        """
        now_s = float(frame.timecode)
        self._sights = [sight for sight in self._sights if now_s - sight.second <= _REMEMBERED_S]
        if now_s - self._looked_s >= _EVERY_S:
            self._looked_s = now_s
            self._sights += [_Sight(now_s, found, feet) for found in self._look(frame, box)]
        found = []
        for sight in self._sights:
            share = _PAD + _PAD_PER_S * (now_s - sight.second)
            moved = np.tile(feet - sight.feet, 2)
            found += [padded(sight.box, share), padded(sight.box + moved, share)]
        return found

    def _look(self, frame: Frame, box: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the boxes (n, 4) of whoever is seen in and around a box."""
        inside = np.clip(box, 0, [frame.width, frame.height] * 2)
        if (inside[2:] - inside[:2]).min() < 1:
            return np.zeros((0, 4), np.float32)
        canvas = regions.pack(inside[None], frame.width, frame.height, _SIDE_PX, _ZOOMS)
        assert canvas is not None, "a box was given"
        seen, _ = canvas.back(self.detector.detect(canvas.paint(frame)))
        return seen.boxes[np.isin(seen.classes, _SOMEONE)]
