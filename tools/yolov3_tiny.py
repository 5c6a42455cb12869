"""YOLOv3-tiny from Darknet weights to ONNX: batch norm folded, any picture size, INT8 given ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
Ranges = Mapping[str, tuple[float, float]]
"""Smallest and largest value of every tensor to round, by name."""

JOINED = ("leakyrelu_4", "leakyrelu_9")
"""Joined by the concatenation: in the same steps, so that the convolution after it can read bytes."""


@dataclass
class Weights:
    """Darknet's file read front to back: a header of five int32, then float32 layer by layer."""

    values: Floats
    position: int = 0

    @classmethod
    def parse(cls, content: bytes) -> Weights:
        """Skip the header: three version numbers and an int64 count of images seen."""
        return cls(np.frombuffer(content, "<f4", offset=20))

    def take(self, *shape: int) -> Floats:
        """Return the next values."""
        start, self.position = self.position, self.position + int(np.prod(shape))
        return self.values[start : self.position].reshape(shape)


def fold(weights: Weights, outputs: int, inputs: int, side: int, batch_norm: bool) -> tuple[Floats, Floats]:
    """Return kernel (outputs, inputs, side, side) and bias of the next layer, batch norm folded in."""
    bias = weights.take(outputs)
    if not batch_norm:
        return weights.take(outputs, inputs, side, side), bias
    gain, mean, variance = weights.take(3, outputs)
    # Darknet adds its epsilon (1e-6) to the standard deviation, not to the variance.
    factor = gain / (np.sqrt(variance) + 1e-6)
    kernel = weights.take(outputs, inputs, side, side) * factor[:, None, None, None]
    return kernel.astype(np.float32), (bias - mean * factor).astype(np.float32)


@dataclass
class Graph:
    """An ONNX graph being written; with ``ranges``, kernels and what the rectifiers put out are quantised.

    Rounding right after the rectifier, before pooling, lets a runtime do both as the convolution's last step
    and pool bytes.
    """

    weights: Weights
    ranges: Ranges | None
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    channels: dict[str, int] = field(default_factory=lambda: {"image": 3})
    rectified: list[str] = field(default_factory=list)
    convolutions: int = 0

    def add(self, operator: str, inputs: list[str], channels: int, **attributes: Any) -> str:
        """Append a node and return the name of its output."""
        # Counted by operator, so that names do not depend on whether there are quantising nodes between.
        output = f"{operator.lower()}_{sum(node.op_type == operator for node in self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        self.channels[output] = channels
        return output

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Store an array and return its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def quantised(self, source: str) -> str:
        """Return ``source`` rounded to 256 steps over its range."""
        if self.ranges is None:
            return source
        low, high = self.ranges[source]
        low, high = min(low, 0.0), max(high, 0.0)
        scale = np.float32((high - low) / 255)
        zero = np.uint8(np.clip(np.rint(-low / scale), 0, 255))
        steps = [
            self.constant(f"{source}_scale", np.asarray(scale)),
            self.constant(f"{source}_zero", np.asarray(zero)),
        ]
        rounded = self.add("QuantizeLinear", [source, *steps], self.channels[source])
        return self.add("DequantizeLinear", [rounded, *steps], self.channels[source])

    def kernel(self, name: str, values: Floats) -> str:
        """Store a kernel, in 127 steps of its own for each output channel when quantising.

        Processors without VNNI add two products of a byte and a kernel step in 16 bits and cut off what does
        not fit. Steps of -63 to 63 always fit (2 * 255 * 63 < 32768), so every processor finds the same; with
        -127 to 127, AVX2 lost 0.03 AP50 on vehicles.
        """
        if self.ranges is None:
            return self.constant(name, values)
        scale = (np.abs(values).max(axis=(1, 2, 3)) / 63).astype(np.float32)
        rounded = np.rint(values / scale[:, None, None, None]).astype(np.int8)
        inputs = [
            self.constant(name, rounded),
            self.constant(f"{name}_scale", scale),
            self.constant(f"{name}_zero", np.zeros(len(scale), np.int8)),
        ]
        return self.add("DequantizeLinear", inputs, len(scale), axis=0)

    def conv(self, source: str, outputs: int, side: int, *, last: bool = False) -> str:
        """Append convolution and leaky rectifier; the last of a branch is a bare convolution."""
        number, self.convolutions = self.convolutions, self.convolutions + 1
        kernel, bias = fold(self.weights, outputs, self.channels[source], side, batch_norm=not last)
        inputs = [source, self.kernel(f"kernel_{number}", kernel), self.constant(f"bias_{number}", bias)]
        convolved = self.add("Conv", inputs, outputs, kernel_shape=[side, side], pads=[side // 2] * 4)
        if last:
            return convolved
        self.rectified.append(self.add("LeakyRelu", [convolved], outputs, alpha=0.1))
        return self.quantised(self.rectified[-1])

    def pool(self, source: str, stride: int = 2) -> str:
        """Append 2x2 max pooling; with stride 1 the picture keeps its size (padded right and below)."""
        pads = [0, 0, 1, 1] if stride == 1 else [0] * 4
        attributes = {"kernel_shape": [2, 2], "strides": [stride, stride], "pads": pads}
        return self.add("MaxPool", [source], self.channels[source], **attributes)


def yolov3_tiny(content: bytes, ranges: Ranges | None = None) -> tuple[onnx.ModelProto, list[str]]:
    """Return the network and the names of the tensors that quantising it rounds.

    Input ``image``: float32 (1, 3, height, width), RGB 0 to 1, sides multiples of 32.
    Outputs ``stride32`` and ``stride16``: float32 (1, 255, height / stride, width / stride), raw.
    """
    graph = Graph(Weights.parse(content), ranges)
    layer = graph.quantised("image")
    for outputs in (16, 32, 64, 128):
        layer = graph.pool(graph.conv(layer, outputs, 3))
    fine = graph.conv(layer, 256, 3)
    layer = graph.conv(graph.pool(fine), 512, 3)
    layer = graph.conv(graph.pool(layer, stride=1), 1024, 3)
    neck = graph.conv(layer, 256, 1)
    coarse_map = graph.conv(graph.conv(neck, 512, 3), 255, 1, last=True)
    layer = graph.conv(neck, 128, 1)
    doubled = graph.constant("doubled", np.array([1, 1, 2, 2], np.float32))
    exact = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    layer = graph.add("Resize", [layer, "", doubled], 128, **exact)
    layer = graph.add("Concat", [layer, fine], 128 + 256, axis=1)
    fine_map = graph.conv(graph.conv(layer, 256, 3), 255, 1, last=True)
    if graph.weights.position != len(graph.weights.values):
        raise SystemExit(
            f"{len(graph.weights.values) - graph.weights.position} weights left over: not YOLOv3-tiny"
        )
    maps = []
    for name, source, stride in (("stride32", coarse_map, 32), ("stride16", fine_map, 16)):
        graph.nodes.append(helper.make_node("Identity", [source], [name], name=name))
        shape: list[str | int | None] = [1, 255, f"height/{stride}", f"width/{stride}"]
        maps.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "height", "width"])
    proto = helper.make_graph(graph.nodes, "yolov3-tiny", [image], maps, graph.constants)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model, graph.rectified
