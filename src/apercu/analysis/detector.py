"""Finding people, vehicles, animals and bags in one picture with an ONNX model.

The runtime is OpenVINO on the processor: on two EPYC cores it was the faster one end to end
(``benchmarks/detector.py``). OpenVINO reports every import to Google Analytics unless it is stopped;
``runtime`` stops it, and a test watches that nothing leaves.

A picture shape seen for the first time takes some 8 ms longer and 2 MB stay, the code made for it: a caller
that varies shapes keeps to a few, see ``regions``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu import geometry
from apercu.analysis.detections import VEHICLES, Detections
from apercu.analysis.heads import Candidates, decode
from apercu.analysis.model_card import InputLayout, ModelCard, read_card
from apercu.errors import ModelError

if TYPE_CHECKING:
    import openvino

DEFAULT_MIN_SCORE = 0.1
"""Weak boxes are kept: a tracker uses them to hold on to what it has already seen clearly."""

_VEHICLE = min(VEHICLES)


class Detector(Protocol):
    """Anything that names what it sees in one picture."""

    @property
    def card(self) -> ModelCard:
        """What the model is, where it comes from and how it was measured."""
        ...

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Return what is seen in a picture.

        Args:
            image: uint8 (height, width, 3), BGR, of any size.

        Returns:
            Detections, best score first, boxes in pixels of ``image`` and inside it.
        """
        ...


def load_detector(
    card_path: Path | None = None, *, threads: int = 2, min_score: float = DEFAULT_MIN_SCORE
) -> Detector:
    """Return a detector ready to run.

    Args:
        card_path: TOML card of the model (see ``model_card``); None for the one that ships with Aperçu.
        threads: processor threads that one call of ``detect`` uses.
        min_score: boxes below this score are left out, 0 to 1.

    Raises:
        ModelError: the card or the file it names cannot be used; the message says why.
    """
    with _opened(card_path) as card:
        return _OnnxDetector(card, threads, min_score)


def load_card(card_path: Path | None = None) -> ModelCard:
    """Return a detector's card alone, which costs far less than the detector.

    Args and raises: as ``load_detector``; whether the model runs is not tried.
    """
    with _opened(card_path) as card:
        return card


@contextmanager
def _opened(card_path: Path | None) -> Iterator[ModelCard]:
    """Read a card; its model's file is there as long as the block lasts."""
    if card_path is not None:
        yield read_card(card_path)
        return
    with resources.as_file(resources.files("apercu.analysis") / "models") as models:
        yield read_card(models / "default.toml")


def runtime() -> ModuleType:
    """Return the module ``openvino``, imported without its telemetry; nothing else may import it.

    Left alone, ``import openvino`` writes an identifier into the user's home and sends an event, unasked.
    With ``openvino_telemetry`` not importable it falls back to its own stub, which does neither. The opt-out
    that OpenVINO offers instead is a file in each user's home, which is not ours to write.
    """
    if "openvino" not in sys.modules:
        # None makes an import fail, as if the package were not installed.
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    return importlib.import_module("openvino")


class _OnnxDetector:
    """An ONNX model run by OpenVINO as its card says. Not for use from several threads at once."""

    def __init__(self, card: ModelCard, threads: int, min_score: float) -> None:
        self.card = card
        self._min_score = min_score
        self._request = _compile(card, threads)
        self._names = [port.any_name for port in self._request.model_outputs]
        self._try_out()

    def _try_out(self) -> None:
        """Look at a blank picture once: a wrong card shows now, not after an hour of decoding."""
        side = self.card.input.stride
        height, width = self.card.input.size or (side, side)
        try:
            self.detect(np.zeros((height, width, 3), np.uint8))
        except ModelError as error:
            raise ModelError(error.what, where=self.card.model_path, next_step=error.next_step) from error

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Return what is seen in a picture; see ``Detector``."""
        height, width = image.shape[:2]
        if not height or not width:
            return Detections.empty()
        canvas, scale = _fit(image, self.card.input)
        size = (canvas.shape[0], canvas.shape[1])
        inputs: list[NDArray[np.generic]] = [canvas[None]]
        if len(self._request.model_inputs) == 2:
            # D-FINE and RT-DETR scale their boxes to the width and height given here.
            inputs.append(np.array([size[::-1]], np.int64))
        self._request.infer(inputs, share_inputs=True)
        arrays = [tensor.data for tensor in self._request.output_tensors]
        outputs = dict(zip(self._names, arrays, strict=True))
        candidates = decode(self.card.head, outputs, size, len(self.card.labels), self._min_score)
        found = _choose(candidates, self.card, self._min_score)
        boxes = geometry.clip(found.boxes / scale, width, height).astype(np.float32)
        found = Detections(boxes, found.scores, found.classes)
        return found[geometry.area(boxes) > 0]


def _compile(card: ModelCard, threads: int) -> openvino.InferRequest:
    # OpenVINO takes a third of a second to import; commands that detect nothing do not wait for it.
    openvino = runtime()
    hint = openvino.properties.hint
    content = card.read_model()
    core = openvino.Core()
    try:
        model = core.read_model(content)
    except RuntimeError as error:
        raise ModelError(
            "the model file is not an ONNX model that can be read",
            where=card.model_path,
            next_step="Export it again as ONNX, opset 11 to 20, in one file.",
        ) from error
    others = [port.any_name for port in model.inputs[1:]]
    if others not in ([], ["orig_target_sizes"]):
        raise ModelError(
            f"the model wants more than a picture: {', '.join(others)}",
            where=card.model_path,
            next_step="Export it so that it takes a picture, and at most orig_target_sizes after it.",
        )
    options = {
        openvino.properties.inference_num_threads: threads,
        hint.performance_mode: hint.PerformanceMode.LATENCY,
        # By default some processors compute in bfloat16; the same footage must give the same boxes anywhere.
        hint.inference_precision: openvino.Type.f32,
        # Pinned, the threads of all worker processes would crowd onto the same first cores.
        hint.enable_cpu_pinning: False,
    }
    try:
        return core.compile_model(_from_bytes(model, card.input), "CPU", options).create_infer_request()
    except RuntimeError as error:
        raise ModelError(
            "the model does not take pictures as its card says",
            where=card.model_path,
            next_step="Check input.fit, input.size and input.stride in the card against the exported model.",
        ) from error


def _from_bytes(model: openvino.Model, layout: InputLayout) -> openvino.Model:
    """Return the model taking BGR bytes (1, height, width, 3), converted in its first pass over them."""
    ov = runtime()
    height, width = layout.size or (-1, -1)
    model.reshape({model.inputs[0]: ov.PartialShape([1, 3, height, width])})
    processor = ov.preprocess.PrePostProcessor(model)
    picture = processor.input(0)
    picture.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(
        ov.preprocess.ColorFormat.BGR
    )
    picture.model().set_layout(ov.Layout("NCHW"))
    steps = picture.preprocess().convert_element_type(ov.Type.f32)
    if layout.colour == "rgb":
        steps.convert_color(ov.preprocess.ColorFormat.RGB)
    if any(layout.mean):
        steps.mean([mean / layout.scale for mean in layout.mean])
    steps.scale([std / layout.scale for std in layout.std])
    return processor.build()


def _fit(image: NDArray[np.uint8], layout: InputLayout) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the picture as the network takes it, and the factors (4,) from picture to network pixels."""
    height, width = image.shape[:2]
    if layout.size is None:
        inner = (height, width)
        outer = (-(-height // layout.stride) * layout.stride, -(-width // layout.stride) * layout.stride)
    else:
        outer = inner = layout.size
        if layout.fit == "letterbox":
            ratio = min(outer[0] / height, outer[1] / width)
            inner = (max(1, int(height * ratio)), max(1, int(width * ratio)))
    if inner != (height, width):
        image = np.asarray(cv2.resize(image, inner[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    if inner != outer:
        bottom, right = outer[0] - inner[0], outer[1] - inner[1]
        grey = (layout.pad_value,) * 3
        image = np.asarray(
            cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=grey), np.uint8
        )
    scale = np.array([inner[1] / width, inner[0] / height] * 2, np.float32)
    return np.ascontiguousarray(image), scale


def _choose(candidates: Candidates, card: ModelCard, min_score: float) -> Detections:
    """Return the best mapped class of each candidate, doubles suppressed, best score first."""
    columns = np.flatnonzero(card.class_of_label >= 0)
    scores = candidates.scores[:, columns]
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(best)), best]
    good = top >= min_score
    boxes, top = candidates.boxes[good], top[good]
    classes = card.class_of_label[columns[best[good]]]
    # One vehicle is called car, bus or truck from frame to frame, even within one: they suppress each other.
    group = np.where(np.isin(classes, list(VEHICLES)), _VEHICLE, classes)
    # Far apart, boxes of different groups never overlap, and one pass serves them all.
    span = boxes[:, 2:].max(initial=0) - boxes[:, :2].min(initial=0) + 1
    kept = geometry.nms(boxes + (group * span)[:, None], top, card.nms_iou)
    return Detections(boxes[kept], top[kept].astype(np.float32), classes[kept])
