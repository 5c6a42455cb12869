"""Model cards: the TOML beside an ONNX file that says where it comes from, what it takes and what it gives.

A card is complete: with it and the file it names, a detector runs, and a reader knows whose work it is.
It can only map a model's labels to ``CLASSES``; what has no place there never leaves the detector::

    format = 1
    name = "yolox-s"
    origin = "who made it, from where"
    licence = "Apache-2.0"

    [file]
    path = "yolox_s.onnx"                 # beside the card
    sha256 = "..."                        # of that file

    [input]
    colour = "bgr"                        # or rgb
    scale = 1.0                           # multiplies bytes 0..255 first; 0.00392156862745098 gives 0..1
    mean = [0.0, 0.0, 0.0]                # then subtracted, in the order of colour
    std = [1.0, 1.0, 1.0]                 # then divided by
    fit = "letterbox"                     # or stretch (both need size), or pad (any size, needs stride)
    size = [640, 640]                     # height, width
    pad_value = 114                       # grey of what is not picture, 0..255

    [head]
    kind = "yolox"                        # yolov3, yolox, d-fine or rf-detr
    strides = [8, 16, 32]                 # yolov3, yolox: pixels per cell, one per map
    decoded = false                       # yolox: true when exported with --decode_in_inference
    anchors = []                          # yolov3: per map, [width, height] in pixels

    [thresholds]
    nms_iou = 0.45                        # boxes that overlap more are one object; 1.0 drops none

    [classes]
    labels = ["person", "bicycle", "..."] # what the model calls its columns, in order; "" for an unused one

    [classes.map]                         # class of apercu = the labels it gathers; all others are dropped
    person = ["person"]

    [[accuracy]]                          # optional, any number
    data = "what it was measured on"
    class = "person"
    ap50_source = 0.64                    # average precision at IoU 0.5 of the model as published
    ap50 = 0.63                           # and of this file
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES, OTHER
from apercu.errors import ModelError

FORMAT = 1
HeadKind = Literal["yolov3", "yolox", "d-fine", "rf-detr"]
Fit = Literal["pad", "letterbox", "stretch"]
Colour = Literal["rgb", "bgr"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class InputLayout:
    """What the network takes: a float32 tensor (1, 3, height, width) of ``(bytes * scale - mean) / std``.

    Attributes:
        colour: order of the three channels, and of ``mean`` and ``std``.
        scale: factor on bytes 0..255.
        mean: subtracted after ``scale``.
        std: divided by after ``mean``.
        fit: how a picture gets in: ``pad`` at the right and bottom to a multiple of ``stride``, never scaled;
            ``letterbox`` scaled into ``size`` at its top left with its proportions kept; ``stretch`` without.
        stride: sides are multiples of this many pixels (``pad``).
        size: height and width in pixels (``letterbox`` and ``stretch``); None when any size goes.
        pad_value: grey of what is not picture, 0 to 255.
    """

    colour: Colour
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    fit: Fit
    stride: int
    size: tuple[int, int] | None
    pad_value: int


@dataclass(frozen=True, slots=True)
class Head:
    """How the network's outputs become boxes; see ``apercu.analysis.heads``.

    Attributes:
        kind: the family of outputs.
        strides: pixels per cell of each map (yolov3, yolox).
        anchors: for each map, width and height in pixels of its anchors (yolov3).
        decoded: the grids were already added inside the network (yolox).
    """

    kind: HeadKind
    strides: tuple[int, ...] = ()
    anchors: tuple[tuple[tuple[float, float], ...], ...] = ()
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Average precision at IoU 0.5 of one class: of the model as published, and of the card's file."""

    data: str
    class_name: str
    ap50_source: float
    ap50: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One detector model, as its card describes it.

    Attributes:
        name: short name.
        origin: who made it and where it comes from.
        licence: licence of the weights.
        model_path: the ONNX file.
        sha256: its hash, 64 hexadecimal digits.
        input: what it takes.
        head: what it gives.
        nms_iou: overlap above which two boxes are one object.
        labels: what the model calls its columns, in order.
        class_of_label: int8 (len(labels),), index into ``CLASSES``, or -1 where the label is dropped.
        accuracy: measurements, possibly none.
    """

    name: str
    origin: str
    licence: str
    model_path: Path
    sha256: str
    input: InputLayout
    head: Head
    nms_iou: float
    labels: tuple[str, ...]
    class_of_label: NDArray[np.int8]
    accuracy: tuple[Accuracy, ...] = ()

    def read_model(self) -> bytes:
        """Return the model file, checked against the card.

        Raises:
            ModelError: the file is missing, cannot be read, or is not the one that the card describes.
        """
        try:
            content = self.model_path.read_bytes()
        except OSError as error:
            raise ModelError(
                f"the model file cannot be read ({error.strerror})",
                where=self.model_path,
                next_step="Put the ONNX file beside its card, or correct file.path in the card.",
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"this is not the file of its card: SHA-256 {found[:12]}..., card {self.sha256[:12]}...",
                where=self.model_path,
                next_step="Fetch the model again, or correct file.sha256 if you trust this file.",
            )
        return content


def read_card(path: Path) -> ModelCard:
    """Read a model card.

    Raises:
        ModelError: the card is missing, is not TOML, or says something that cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ModelError(
            f"the model card cannot be read ({reason})",
            where=path,
            next_step="Give the TOML card, not the ONNX file; docs and docstring of model_card show one.",
        ) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"the model card is not valid TOML: {error}", where=path) from error
    return _card(_Table(document, path, ""), path)


def _card(top: _Table, path: Path) -> ModelCard:
    written = top.get("format", int)
    if written != FORMAT:
        raise top.error("format", f"is {written}", f"This Aperçu reads cards of format {FORMAT}.")
    file, thresholds, classes = top.table("file"), top.table("thresholds"), top.table("classes")
    sha256 = file.get("sha256", str).lower()
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise file.error("sha256", "is not 64 hexadecimal digits", "Write what sha256sum prints.")
    nms_iou = thresholds.number("nms_iou")
    if not 0 < nms_iou <= 1:
        raise thresholds.error("nms_iou", f"is {nms_iou}", "Write a number above 0, at most 1.")
    labels = classes.items("labels", str)
    return ModelCard(
        name=top.get("name", str),
        origin=top.get("origin", str),
        licence=top.get("licence", str),
        model_path=path.parent / file.get("path", str),
        sha256=sha256,
        input=_input(top.table("input")),
        head=_head(top.table("head")),
        nms_iou=nms_iou,
        labels=labels,
        class_of_label=_class_of_label(classes.table("map"), labels),
        accuracy=tuple(_accuracy(row) for row in top.tables("accuracy")),
    )


def _input(table: _Table) -> InputLayout:
    fit = cast(Fit, table.choice("fit", get_args(Fit)))
    size: tuple[int, int] | None = None
    stride = 1
    if fit == "pad":
        stride = table.get("stride", int)
        if stride < 1:
            raise table.error("stride", f"is {stride}", "Write the multiple that sides must be, such as 32.")
    else:
        sides = table.items("size", int)
        if len(sides) != 2 or min(sides) < 1:
            raise table.error("size", f"is {list(sides)}", "Write [height, width] in pixels.")
        size = (sides[0], sides[1])
    pad_value = table.get("pad_value", int)
    if not 0 <= pad_value <= 255:
        raise table.error("pad_value", f"is {pad_value}", "Write a grey from 0 to 255.")
    scale, std = table.number("scale"), table.triple("std")
    if scale <= 0:
        raise table.error("scale", f"is {scale}", "Write 1.0 for bytes, 0.00392156862745098 for 0 to 1.")
    if 0 in std:
        raise table.error("std", "holds a zero", "Write [1.0, 1.0, 1.0] for none.")
    colour = cast(Colour, table.choice("colour", get_args(Colour)))
    return InputLayout(colour, scale, table.triple("mean"), std, fit, stride, size, pad_value)


def _head(table: _Table) -> Head:
    kind = cast(HeadKind, table.choice("kind", get_args(HeadKind)))
    if kind in ("d-fine", "rf-detr"):
        return Head(kind)
    strides = table.items("strides", int)
    if not strides or min(strides) < 1:
        raise table.error("strides", f"is {list(strides)}", "Write pixels per cell, one for each map.")
    if kind == "yolox":
        return Head(kind, strides, decoded=table.get("decoded", bool))
    anchors = tuple(_anchors(table, one_map) for one_map in table.items("anchors", list))
    if len(anchors) != len(strides) or not all(anchors):
        found = f"has {len(anchors)} maps, strides {len(strides)}"
        raise table.error("anchors", found, "Write one list of anchors per map.")
    return Head(kind, strides, anchors)


def _anchors(table: _Table, pairs: list[Any]) -> tuple[tuple[float, float], ...]:
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(_is_number(side) for side in pair)):
            raise table.error("anchors", f"holds {pair!r}", "Write each anchor as [width, height] in pixels.")
    return tuple((float(width), float(height)) for width, height in pairs)


def _class_of_label(table: _Table, labels: tuple[str, ...]) -> NDArray[np.int8]:
    detectable = [name for name in CLASSES if name != CLASSES[OTHER]]
    choices = f"Choose from: {', '.join(detectable)}."
    class_of_label = np.full(len(labels), -1, np.int8)
    for class_name in table.names():
        if class_name not in detectable:
            raise table.error(class_name, "is not a class of Aperçu", choices)
        for label in table.items(class_name, str):
            if label not in labels or not label:
                raise table.error(class_name, f"holds {label!r}", "Name only labels of classes.labels.")
            columns = [column for column, known in enumerate(labels) if known == label]
            class_of_label[columns] = CLASSES.index(class_name)
    if (class_of_label < 0).all():
        raise table.error("", "maps no label", choices)
    return class_of_label


def _accuracy(row: _Table) -> Accuracy:
    return Accuracy(
        data=row.get("data", str),
        class_name=row.get("class", str),
        ap50_source=row.number("ap50_source"),
        ap50=row.number("ap50"),
    )


def _is_number(value: Any) -> bool:
    # bool is an int in Python, not in TOML.
    return isinstance(value, int | float) and not isinstance(value, bool)


class _Table:
    """A TOML table that knows its place, so that every complaint names file and key."""

    def __init__(self, values: Mapping[str, Any], path: Path, place: str) -> None:
        self._values = values
        self._path = path
        self._place = place

    def error(self, key: str, what: str, next_step: str) -> ModelError:
        place = ".".join(part for part in (self._place, key) if part)
        return ModelError(f"model card: {place} {what}", where=self._path, next_step=next_step)

    def names(self) -> list[str]:
        return list(self._values)

    def get(self, key: str, kind: type[_T]) -> _T:
        if key not in self._values:
            raise self.error(key, "is missing", f"Add it ({_TOML_NAMES[kind]}).")
        return self._checked(key, self._values[key], kind)

    def number(self, key: str) -> float:
        value = self._values.get(key)
        return float(value) if value is not None and _is_number(value) else self.get(key, float)

    def items(self, key: str, kind: type[_T]) -> tuple[_T, ...]:
        return tuple(self._checked(f"{key}[{i}]", value, kind) for i, value in enumerate(self.get(key, list)))

    def triple(self, key: str) -> tuple[float, float, float]:
        values = self.get(key, list)
        if len(values) != 3 or not all(_is_number(value) for value in values):
            raise self.error(key, f"is {values!r}", "Write three numbers, one per channel.")
        return float(values[0]), float(values[1]), float(values[2])

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        value = self.get(key, str)
        if value not in known:
            raise self.error(key, f"is {value!r}", f"Choose one of: {', '.join(known)}.")
        return value

    def table(self, key: str) -> _Table:
        return _Table(self.get(key, dict), self._path, ".".join(part for part in (self._place, key) if part))

    def tables(self, key: str) -> list[_Table]:
        rows = self.items(key, dict) if key in self._values else ()
        return [_Table(row, self._path, f"{key}[{i}]") for i, row in enumerate(rows)]

    def _checked(self, key: str, value: object, kind: type[_T]) -> _T:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, f"is {value!r}", f"Write {_TOML_NAMES[kind]}.")
        return value


_TOML_NAMES: Mapping[type, str] = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list in brackets",
    dict: "a table",
}
