"""What rules look at: everything in view at one analysed picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apercu.footage import Frame


@dataclass(frozen=True, slots=True)
class Sight:
    """One analysed picture, small, and what analysis found in it before any object.

    Attributes:
        luma: uint8 (h, w), brightness of cells of ``reduction`` x ``reduction`` pixels.
        moving: bool (h, w), cells that differ from the scene and are no shadow or light; none while the
            camera moves.
        reduction: pixels per cell side.
        frame: the whole picture, in colour; None where it was not kept.
    """

    luma: NDArray[np.uint8]
    moving: NDArray[np.bool_]
    reduction: int
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What is in view at one analysed picture, as far as it is known then: nothing later is.

    It is the same whether the picture came from a camera or from a recording.

    Attributes:
        time_s: seconds from the start of the run: a recording, or one connection to a camera.
        steady: whether the camera stood still and saw; where not, nothing in view can be trusted.
        ids: int64 (n,), one number per object while it is in view, kept over gaps that were closed by then.
        classes: int64 (n,), indices into ``analysis.detections.CLASSES``, as voted so far.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
        begun_s: float64 (n,), second of the run at which each was first seen.
        seen: bool (n,), whether it was seen in this very picture; where not, the box is where it should be.
        came: where objects were that are in view for the first time here, but were seen before, when nobody
            knew yet that they are objects: float64 (m, 5) by number, second and box, oldest first.
        sight: the picture as rules on the scene want it; None where only tracks are known.
    """

    time_s: float
    steady: bool
    ids: NDArray[np.int64]
    classes: NDArray[np.int64]
    boxes: NDArray[np.float64]
    begun_s: NDArray[np.float64]
    seen: NDArray[np.bool_]
    came: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    sight: Sight | None = None

    @classmethod
    def blank(cls, time_s: float, *, steady: bool, sight: Sight | None = None) -> Moment:
        """Return one with nothing in view."""
        none, nothing = np.zeros(0, np.int64), np.zeros(0)
        return cls(time_s, steady, none, none, np.zeros((0, 4)), nothing, np.zeros(0, np.bool_), sight=sight)
