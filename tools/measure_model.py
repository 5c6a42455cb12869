"""Average precision of a detector on footage with known boxes, before and after quantisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from apercu import geometry
from apercu.analysis.detections import CLASSES, VEHICLES
from apercu.analysis.detector import Detector, load_detector

HELD_OUT = frozenset({"pets2009", "cdnet_highway"})
"""Folders of footage that are measured on, and so never calibrated on."""

WIDTH = 640
Boxes = NDArray[np.float32]


@dataclass(frozen=True)
class Measurement:
    """Average precision at IoU 0.5 of one class, before and after quantisation."""

    data: str
    class_name: str
    ap50_source: float
    ap50: float


@dataclass(frozen=True)
class Truth:
    """Known boxes (n, 4) of one frame, in pixels; ignored ones neither count nor harm."""

    boxes: Boxes
    ignored: NDArray[np.bool_]


def average_precision(frames: list[tuple[Boxes, NDArray[np.float32], Truth]]) -> float:
    """Return the area under the precision-recall curve at IoU 0.5 (all points, PASCAL VOC 2010).

    Args:
        frames: per frame, found boxes (n, 4), their scores (n,), best first, and the truth.
    """
    scores, hits = [], []
    total = 0
    for boxes, found_scores, truth in frames:
        total += int((~truth.ignored).sum())
        overlaps = geometry.iou(boxes, truth.boxes) if len(truth.boxes) else np.zeros((len(boxes), 0))
        free = np.ones(len(truth.boxes), bool)
        for row, score in zip(overlaps, found_scores, strict=True):
            # Prefer a box that counts over an ignored one, then the larger overlap.
            fitting = np.flatnonzero((row >= 0.5) & free)
            if fitting.size == 0:
                scores.append(score)
                hits.append(False)
                continue
            best = max(fitting, key=lambda i: (not truth.ignored[i], row[i]))
            if not truth.ignored[best]:
                free[best] = False
                scores.append(score)
                hits.append(True)
    order = np.argsort(-np.array(scores), kind="stable")
    hit = np.array(hits)[order]
    found = np.cumsum(hit)
    precision = np.maximum.accumulate((found / np.arange(1, len(hit) + 1))[::-1])[::-1]
    return float((precision * hit).sum() / total)


def pets2009(folder: Path) -> Iterator[tuple[NDArray[np.uint8], Truth]]:
    """Yield frames 1 to 320 at 640 wide with their persons."""
    rows = np.loadtxt(folder / "gt_interp_f001-320.txt", delimiter=",")
    boxes = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1).astype(np.float32)
    for number, image, scale in _frames(folder / "View_001_7fps.mp4", last=320):
        here = rows[:, 0] == number
        yield image, Truth(boxes[here] * scale, rows[here, 6] == 0)


def cdnet_highway(folder: Path) -> Iterator[tuple[NDArray[np.uint8], Truth]]:
    """Yield every tenth frame from 470 at 640 wide with boxes of what moves; partly merged, no classes."""
    rows = np.loadtxt(folder / "gt_boxes_from_masks.csv", delimiter=",", skiprows=1)
    boxes = np.concatenate([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]], axis=1).astype(np.float32)
    for number, image, scale in _frames(folder / "highway.mp4", last=1700):
        if number >= 470 and number % 10 == 0:
            here = rows[:, 0] == number
            # Specks at the horizon are below what any detector names; touching cars merge into wide boxes.
            small = rows[here, 4] < 24
            yield image, Truth(boxes[here] * scale, small)


def _frames(path: Path, last: int) -> Iterator[tuple[int, NDArray[np.uint8], np.float32]]:
    with av.open(path) as container:
        for number, frame in enumerate(container.decode(video=0), 1):
            if number > last:
                return
            image = frame.to_ndarray(format="bgr24")
            scale = WIDTH / image.shape[1]
            size = (WIDTH, round(image.shape[0] * scale))
            resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
            yield number, np.asarray(resized, np.uint8), np.float32(scale)


SETS = (
    ("pets2009", "PETS 2009 S2.L1 frames 1-320 at 640 wide", pets2009, frozenset({CLASSES.index("person")})),
    (
        "cdnet_highway",
        "CDnet 2014 highway, every 10th frame at 640 wide, boxes of masks",
        cdnet_highway,
        VEHICLES,
    ),
)


def measure(footage: Path, source_card: Path, card: Path) -> list[Measurement]:
    """Return the accuracy of two models on the held-out footage that is present."""
    detectors = [load_detector(source_card, min_score=0.01), load_detector(card, min_score=0.01)]
    measurements = []
    for name, data, frames, classes in SETS:
        if (footage / name).is_dir():
            pictures = list(frames(footage / name))
            before, after = (_score(detector, pictures, classes) for detector in detectors)
            class_name = " or ".join(CLASSES[index] for index in sorted(classes))
            measurements.append(Measurement(data, class_name, round(before, 3), round(after, 3)))
    return measurements


def _score(
    detector: Detector, pictures: list[tuple[NDArray[np.uint8], Truth]], classes: frozenset[int]
) -> float:
    results = []
    for image, truth in pictures:
        found = detector.detect(image)
        found = found[np.isin(found.classes, list(classes))]
        results.append((found.boxes, found.scores, truth))
    return average_precision(results)
