"""What is truly seen in generated footage: the ground that measurements stand on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASS_NAMES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "animal", "bag", "other")
"""The names that ``classes`` index: the same list as the detections', in the same order (a test holds them
together, since footage may not import analysis)."""


@dataclass(frozen=True, slots=True)
class SceneTruth:
    """The objects of one frame, in order of id. Objects wholly outside the picture are not among them.

    Attributes:
        ids: int32 (k,), numbers of the objects, from 1.
        boxes: float32 (k, 4), x1 y1 x2 y2 in pixels, of each whole object (hidden parts too) in the picture.
        classes: int8 (k,), indices into ``CLASS_NAMES``.
        visibility: float32 (k,), share of each object's pixels in the picture that nothing nearer hides.
        masks: bool (k, h, w), the visible pixels that each object fills by half or more, without its shadow.
        shadow: bool (h, w), where an object's shadow falls and no object is.
    """

    ids: NDArray[np.int32]
    boxes: NDArray[np.float32]
    classes: NDArray[np.int8]
    visibility: NDArray[np.float32]
    masks: NDArray[np.bool_]
    shadow: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class TruthTracks:
    """Where every object was in every frame, one row per object and frame, in order of frame and id.

    Attributes:
        frames: int32 (n,), frame numbers from 0.
        ids: int32 (n,), numbers of the objects, from 1.
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels, as in ``SceneTruth``.
        classes: int8 (n,), indices into ``CLASS_NAMES``.
        visibility: float32 (n,), share of the object that nothing nearer hides.
    """

    frames: NDArray[np.int32]
    ids: NDArray[np.int32]
    boxes: NDArray[np.float32]
    classes: NDArray[np.int8]
    visibility: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.frames)

    def write_mot(self, path: Path) -> None:
        """Write MOTChallenge rows: frame (from 1), id, x, y, w, h, 1, class (from 1), visibility.

        Corners are counted from 1, as MOTChallenge does.
        """
        corner = self.boxes[:, :2] + 1
        size = self.boxes[:, 2:] - self.boxes[:, :2]
        columns = [
            self.frames + 1,
            self.ids,
            corner,
            size,
            np.ones(len(self)),
            self.classes + 1,
            self.visibility,
        ]
        rows = np.column_stack([np.asarray(c, np.float64) for c in columns])
        formats = ["%d", "%d", "%.2f", "%.2f", "%.2f", "%.2f", "%d", "%d", "%.3f"]
        np.savetxt(path, rows, fmt=formats, delimiter=",")
