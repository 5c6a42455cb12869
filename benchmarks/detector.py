"""Time the default detector end to end, and the same model file in ONNX Runtime where that is installed.

    python benchmarks/detector.py [VIDEO] [--json] [--record]

Every time is of a whole call: bytes in, boxes out. Both runtimes decode with the same NumPy code.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import report
from numpy.typing import NDArray
from report import Column

from apercu.analysis.detector import load_detector
from apercu.analysis.heads import decode
from apercu.analysis.model_card import ModelCard

HEIGHT, WIDTH = 384, 640
CANVAS_STEP = 64
Image = NDArray[np.uint8]


def pictures(video: Path | None, count: int = 20) -> list[Image]:
    """Return pictures (384, 640, 3) BGR: frames of a video, or noise."""
    if video is None:
        return list(np.random.default_rng(0).integers(0, 255, (count, HEIGHT, WIDTH, 3), np.uint8))
    with av.open(video) as container:
        images = [
            frame.to_ndarray(format="bgr24")
            for frame, _ in zip(container.decode(video=0), range(count), strict=False)
        ]
    return [
        np.asarray(cv2.resize(np.asarray(image, np.uint8), (WIDTH, HEIGHT)), np.uint8) for image in images
    ]


def onnx_runtime(card: ModelCard, threads: int) -> Callable[[Image], object]:
    """Return the same detection through ONNX Runtime, without the suppression of doubles."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(card.read_model(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def detect(image: Image) -> object:
        tensor = cv2.dnn.blobFromImage(image, 1 / 255, swapRB=True)
        outputs = dict(zip(names, session.run(None, {"image": tensor}), strict=True))
        return decode(card.head, outputs, (image.shape[0], image.shape[1]), len(card.labels), 0.1)

    return detect


def milliseconds(detect: Callable[[Image], object], images: list[Image]) -> Iterator[float]:
    """Yield the time of each call."""
    for image in images:
        start = time.perf_counter()
        detect(image)
        yield (time.perf_counter() - start) * 1e3


COLUMNS = tuple(Column(name, f"{name}, ms", ".1f") for name in ("median", "best", "worst"))


def spread(times: list[float]) -> dict[str, float]:
    """Return median, best and worst."""
    return {"median": float(np.median(times)), "best": min(times), "worst": max(times)}


def main() -> None:
    """Time every call and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "video", type=Path, nargs="?", help="video to take pictures from; noise when not given"
    )
    parser.add_argument("--threads", type=int, default=2)
    report.add_options(parser)
    options = parser.parse_args()

    start = time.perf_counter()
    detector = load_detector(threads=options.threads)
    rows = {"load, with the runtime's import": spread([1e3 * (time.perf_counter() - start)])}
    images = pictures(options.video) * 3
    detector.detect(images[0])
    rows["OpenVINO, 384x640"] = spread(list(milliseconds(detector.detect, images)))
    # Canvases of moving regions change their shape from call to call; a shape is slower the first time.
    sides = range(128, 641, CANVAS_STEP)
    canvases = [np.zeros((height, width, 3), np.uint8) for height in sides for width in sides]
    for turn in ("first time", "again"):
        times = list(milliseconds(detector.detect, canvases))
        rows[f"OpenVINO, {len(canvases)} canvas shapes, {turn}"] = spread(times)
    notes = []
    if importlib.util.find_spec("onnxruntime"):
        detect = onnx_runtime(detector.card, options.threads)
        detect(images[0])
        rows["ONNX Runtime, same file, 384x640"] = spread(list(milliseconds(detect, images)))
    else:
        notes.append("ONNX Runtime is not installed: not compared.")
    table = report.Table(f"Bytes in, boxes out, {options.threads} threads", "call", COLUMNS, rows)
    report.publish("detector", [table], options, notes)


if __name__ == "__main__":
    main()
