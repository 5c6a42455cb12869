"""Heads: what each family of detectors puts out, decoded to boxes with NumPy alone.

Every decoder answers with ``Candidates`` in pixels of the network's input; mapping back to the picture,
choosing classes and suppressing doubles is the detector's work.

The formats:

- ``yolov3`` (Redmon and Farhadi 2018, "YOLOv3: An Incremental Improvement"): one raw map per stride,
  (1, anchors * (5 + classes), rows, columns), channels of an anchor in the order x, y, w, h, object, classes.
- ``yolox`` (Ge et al. 2021, "YOLOX: Exceeding YOLO Series in 2021"): one output (1, cells, 5 + classes), the
  cells of all strides in turn, row by row; object and class scores are already between 0 and 1.
- ``d-fine`` (Peng et al. 2024, "D-FINE: Redefine Regression Task in DETRs"; RT-DETR exports are alike):
  outputs named labels, boxes, scores; boxes are scaled by the input ``orig_target_sizes``.
- ``rf-detr`` (Roboflow 2025, its ONNX export): outputs named dets, (1, queries, 4) as centre and size in
  shares of the picture, and labels, (1, queries, columns) logits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.model_card import Head, HeadKind
from apercu.errors import ModelError

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes before classes are chosen.

    Attributes:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels of the network's input.
        scores: float32 (n, labels), 0 to 1, one column per label of the model.
    """

    boxes: Array
    scores: Array


def decode(
    head: Head,
    outputs: Mapping[str, NDArray[np.generic]],
    size: tuple[int, int],
    label_count: int,
    min_score: float,
) -> Candidates:
    """Return the candidates in a network's outputs.

    Args:
        head: which family, and its constants.
        outputs: the network's outputs for one picture, by name, in the network's order.
        size: height and width of the network's input in pixels.
        label_count: how many labels the model has.
        min_score: a candidate whose every score is below may be left out.

    Raises:
        ModelError: the outputs are not what this head gives.
    """
    return _DECODERS[head.kind](head, outputs, size, label_count, min_score)


def _yolov3(
    head: Head,
    outputs: Mapping[str, NDArray[np.generic]],
    size: tuple[int, int],
    label_count: int,
    min_score: float,
) -> Candidates:
    if len(outputs) != len(head.strides):
        raise _wrong(head, outputs, f"one map for each of the strides {list(head.strides)}")
    # A score is object times class, so the object alone decides what can still reach min_score;
    # comparing logits spares the sigmoid for all the other cells.
    least_logit = _logit(min_score)
    boxes, scores = [], []
    for stride, anchors, raw in zip(head.strides, head.anchors, outputs.values(), strict=True):
        rows, columns = size[0] // stride, size[1] // stride
        if raw.shape != (1, len(anchors) * (5 + label_count), rows, columns):
            wanted = f"(1, {len(anchors)} * (5 + {label_count}), {rows}, {columns}) at stride {stride}"
            raise _wrong(head, outputs, wanted)
        cells = raw.reshape(len(anchors), 5 + label_count, rows, columns)
        anchor, row, column = np.nonzero(cells[:, 4] >= least_logit)
        values = cells[anchor, :, row, column].astype(np.float32)
        centre = (_sigmoid(values[:, 0:2]) + np.stack([column, row], axis=1)) * stride
        half = np.exp(values[:, 2:4]) * np.asarray(anchors, np.float32)[anchor] / 2
        boxes.append(np.concatenate([centre - half, centre + half], axis=1).astype(np.float32))
        scores.append(_sigmoid(values[:, 4:5]) * _sigmoid(values[:, 5:]))
    return Candidates(np.concatenate(boxes), np.concatenate(scores))


def _yolox(
    head: Head,
    outputs: Mapping[str, NDArray[np.generic]],
    size: tuple[int, int],
    label_count: int,
    min_score: float,
) -> Candidates:
    shapes = [(size[0] // stride, size[1] // stride) for stride in head.strides]
    count = sum(rows * columns for rows, columns in shapes)
    raw = next(iter(outputs.values()))
    if len(outputs) != 1 or raw.shape != (1, count, 5 + label_count):
        raise _wrong(head, outputs, f"one output (1, {count}, 5 + {label_count})")
    likely = raw[0, :, 4] >= np.float32(min_score)
    values = raw[0, likely].astype(np.float32)
    centre, whole = values[:, 0:2], values[:, 2:4]
    if not head.decoded:
        # np.indices gives rows, then columns; boxes want x, then y.
        grid = np.concatenate([np.indices(shape).reshape(2, -1).T[:, ::-1] for shape in shapes])[likely]
        cells_per_map = [rows * columns for rows, columns in shapes]
        stride = np.repeat(np.asarray(head.strides, np.float32), cells_per_map)[likely, None]
        centre, whole = (centre + grid) * stride, np.exp(whole) * stride
    boxes = np.concatenate([centre - whole / 2, centre + whole / 2], axis=1).astype(np.float32)
    return Candidates(boxes, values[:, 4:5] * values[:, 5:])


def _d_fine(
    head: Head,
    outputs: Mapping[str, NDArray[np.generic]],
    size: tuple[int, int],
    label_count: int,
    min_score: float,
) -> Candidates:
    if not {"labels", "boxes", "scores"} <= outputs.keys() or outputs["boxes"].shape[2:] != (4,):
        raise _wrong(head, outputs, "labels (1, n), boxes (1, n, 4) and scores (1, n)")
    best = outputs["scores"][0].astype(np.float32)
    labels = outputs["labels"][0].astype(np.intp)
    boxes = outputs["boxes"][0].astype(np.float32)
    if labels.size and not 0 <= labels.min() <= labels.max() < label_count:
        wanted = f"labels from 0 to {label_count - 1}, not {labels.min()} to {labels.max()}"
        raise _wrong(head, outputs, wanted)
    likely = np.flatnonzero(best >= min_score)
    scores = np.zeros((len(likely), label_count), np.float32)
    scores[np.arange(len(likely)), labels[likely]] = best[likely]
    return Candidates(boxes[likely], scores)


def _rf_detr(
    head: Head,
    outputs: Mapping[str, NDArray[np.generic]],
    size: tuple[int, int],
    label_count: int,
    min_score: float,
) -> Candidates:
    # By name, not by shape: with three classes and a background both outputs have four columns.
    if (
        not {"dets", "labels"} <= outputs.keys()
        or outputs["dets"].shape[2:] != (4,)
        or outputs["labels"].shape[2:] != (label_count,)
    ):
        raise _wrong(head, outputs, f"dets (1, n, 4) and labels (1, n, {label_count})")
    logits = outputs["labels"][0].astype(np.float32)
    likely = logits.max(axis=1) >= _logit(min_score)
    shares = outputs["dets"][0, likely].astype(np.float32)
    centre, half = shares[:, :2], shares[:, 2:] / 2
    height, width = size
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    return Candidates(boxes * np.array([width, height] * 2, np.float32), _sigmoid(logits[likely]))


_Decoder = Callable[
    [Head, Mapping[str, NDArray[np.generic]], tuple[int, int], int, float],
    Candidates,
]
_DECODERS: dict[HeadKind, _Decoder] = {
    "yolov3": _yolov3,
    "yolox": _yolox,
    "d-fine": _d_fine,
    "rf-detr": _rf_detr,
}


def _sigmoid(values: Array) -> Array:
    # tanh does not overflow where exp(-x) does.
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), np.float32)


def _logit(score: float) -> np.float32:
    with np.errstate(divide="ignore"):
        return np.float32(np.log(score) - np.log1p(-score))


def _wrong(head: Head, outputs: Mapping[str, NDArray[np.generic]], wanted: str) -> ModelError:
    found = ", ".join(f"{name} {tuple(array.shape)}" for name, array in outputs.items())
    return ModelError(
        f"the model's outputs are not those of a {head.kind} head: found {found}; expected {wanted}",
        next_step="Check head.kind, head.strides and classes.labels in the model card.",
    )
