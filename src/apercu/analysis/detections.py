"""The typed currency between a detector and a tracker: what was seen in one picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "animal", "bag", "other")
"""Every class a track can have. ``other`` moves, and the detector has no name for it."""

OTHER = CLASSES.index("other")
VEHICLES = frozenset(CLASSES.index(name) for name in ("car", "bus", "truck"))
"""Classes that a detector confuses from frame to frame; one object may be called any of them."""
SOMEONE = frozenset(CLASSES.index(name) for name in ("person", "bicycle", "motorcycle"))
"""Classes in whose boxes there is somebody."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Boxes, classes and scores of one picture.

    Attributes:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels of the picture given.
        scores: float32 (n,), 0 to 1.
        classes: int8 (n,), indices into ``CLASSES``.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int8]

    @classmethod
    def empty(cls) -> Detections:
        """Return no detections."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int8))

    @classmethod
    def concatenate(cls, parts: list[Detections]) -> Detections:
        """Return all detections of several lists, in order."""
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([p.boxes for p in parts]),
            np.concatenate([p.scores for p in parts]),
            np.concatenate([p.classes for p in parts]),
        )

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Detections:
        """Return the detections picked by a boolean mask, indices or a slice."""
        return Detections(self.boxes[chosen], self.scores[chosen], self.classes[chosen])
