"""Looking for people in one whole picture, with care: nobody is to be left in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu import geometry
from apercu.analysis.detections import CLASSES, Detections
from apercu.analysis.detector import Detector
from apercu.footage.pixelation import Mosaic, padded, pixelate

Picture = NDArray[np.uint8]

_ON_FOOT_OR_CYCLE = [CLASSES.index(name) for name in ("person", "bicycle", "motorcycle")]
_IN_BACKGROUND = 0.15
_OVERLAP = 0.2
_SAME = 0.3


def look_everywhere(detector: Detector, image: Picture, side_px: int) -> Detections:
    """Return what is seen in a picture and in four overlapping quarters of it; one thing may be seen twice.

    Args:
        detector: looks.
        image: BGR uint8 (H, W, 3).
        side_px: longer side that each is brought to at most, pixels.
    """
    height, width = image.shape[:2]
    wide, high = round(width * (0.5 + _OVERLAP / 2)), round(height * (0.5 + _OVERLAP / 2))
    corners = [(x, y) for y in (0, height - high) for x in (0, width - wide)]
    parts = [(0, 0, width, height), *((x, y, x + wide, y + high) for x, y in corners)]
    found = []
    for x1, y1, x2, y2 in parts:
        scale = min(1.0, side_px / max(x2 - x1, y2 - y1))
        size = (max(1, round((x2 - x1) * scale)), max(1, round((y2 - y1) * scale)))
        view = np.asarray(cv2.resize(image[y1:y2, x1:x2], size, interpolation=cv2.INTER_AREA), np.uint8)
        seen = detector.detect(view)
        boxes = seen.boxes / np.float32(scale) + np.array([x1, y1, x1, y1], np.float32)
        found.append(Detections(boxes.astype(np.float32), seen.scores, seen.classes))
    return Detections.concatenate(found)


def without_people(image: Picture, detector: Detector, side_px: int) -> tuple[Picture, NDArray[np.float32]]:
    """Return an empty scene with whatever may be a person pixelated for good, and where: float32 (n, 4).

    Who stands still for long enough becomes part of the scene; pictures of people are never stored.

    Args:
        image: BGR uint8 (H, W, 3); not changed.
        detector: looks for people and cycles; even a weak suspicion counts.
        side_px: see ``look_everywhere``.
    """
    found = look_everywhere(detector, image, side_px)
    found = found[np.isin(found.classes, _ON_FOOT_OR_CYCLE) & (found.scores >= _IN_BACKGROUND)]
    image = image.copy()
    for box in found.boxes:
        pixelate(image, padded(box), Mosaic(float((box[2:] - box[:2]).max())))
    return image, found.boxes[geometry.nms(found.boxes, found.scores, _SAME)].astype(np.float32)
