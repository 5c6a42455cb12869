"""Detectors from end to end: tiny networks built here, and the default one on what it must find."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from apercu.analysis.detections import CLASSES
from apercu.analysis.detector import Detector, load_detector
from apercu.errors import ModelError

onnx = pytest.importorskip("onnx", reason="builds its networks with onnx (test extra)")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

PERSON, CAR, BUS, TRUCK = (CLASSES.index(name) for name in ("person", "car", "bus", "truck"))
LABELS = ["person", "car", "bus", "truck", "chair"]


def write_model(
    folder: Path,
    constants: dict[str, np.ndarray],
    size: tuple[int, int] = (64, 96),
    *,
    target_sizes: bool = False,
    **changes: str,
) -> Path:
    """Write a network that answers with ``constants`` whatever it sees, and its card; return the card's path.

    A card's ``key = value`` lines are changed through ``changes``.
    """
    nodes, outputs = [], []
    # The picture takes part, times nothing, so that the network is one that reads it.
    nodes.append(helper.make_node("ReduceMax", ["image"], ["brightest"], keepdims=0))
    nodes.append(helper.make_node("Mul", ["brightest", "nothing"], ["zero"]))
    stored = [numpy_helper.from_array(np.zeros((), np.float32), "nothing")]
    for name, values in constants.items():
        stored.append(numpy_helper.from_array(values.astype(np.float32), f"{name}_values"))
        nodes.append(helper.make_node("Add", ["zero", f"{name}_values"], [f"{name}_sum"]))
        kind = TensorProto.INT64 if values.dtype == np.int64 else TensorProto.FLOAT
        if target_sizes and name == "boxes":
            # Boxes in shares of orig_target_sizes, given as width and height.
            nodes.append(helper.make_node("Cast", ["orig_target_sizes"], ["sides"], to=TensorProto.FLOAT))
            nodes.append(helper.make_node("Concat", ["sides", "sides"], ["corners"], axis=1))
            nodes.append(helper.make_node("Mul", [f"{name}_sum", "corners"], [name]))
        else:
            nodes.append(helper.make_node("Cast", [f"{name}_sum"], [name], to=kind))
        outputs.append(helper.make_tensor_value_info(name, kind, values.shape))
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, *size])]
    if target_sizes:
        inputs.append(helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2]))
    graph = helper.make_graph(nodes, "constant", inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return write_card(folder, model.SerializeToString(), size=f"[{size[0]}, {size[1]}]", **changes)


def write_card(folder: Path, model: bytes, **changes: str) -> Path:
    """Write a model file and its card; return the card's path."""
    (folder / "model.onnx").write_bytes(model)
    lines = {
        "colour": '"bgr"',
        "scale": "1.0",
        "mean": "[0.0, 0.0, 0.0]",
        "std": "[1.0, 1.0, 1.0]",
        "fit": '"letterbox"',
        "size": "[64, 96]",
        "pad_value": "114",
    }
    head = {"kind": '"yolox"', "strides": "[8, 16, 32]", "decoded": "true"}
    lines |= {key: value for key, value in changes.items() if key not in head}
    head |= {key: value for key, value in changes.items() if key in head}
    card = folder / "card.toml"
    card.write_text(
        'format = 1\nname = "constant"\norigin = "this test"\nlicence = "CC0-1.0"\n'
        + '[file]\npath = "model.onnx"\n'
        + f'sha256 = "{hashlib.sha256(model).hexdigest()}"\n[input]\n'
        + "\n".join(f"{key} = {value}" for key, value in lines.items())
        + "\n[head]\n"
        + "\n".join(f"{key} = {value}" for key, value in head.items())
        + f"\n[thresholds]\nnms_iou = 0.45\n[classes]\nlabels = {LABELS}\n[classes.map]\n"
        + "\n".join(f'{name} = ["{name}"]' for name in LABELS[:-1])
    )
    return card


def yolox_rows(*rows: tuple[float, ...], cells: int = 126) -> dict[str, np.ndarray]:
    """Return the decoded YOLOX output of a 64 x 96 network: centre, size, object, five classes."""
    output = np.zeros((1, cells, 10), np.float32)
    output[0, : len(rows)] = np.array(rows).reshape(-1, 10)
    return {"output": output}


def test_a_fixed_size_network_is_letterboxed_and_its_boxes_mapped_back(tmp_path: Path) -> None:
    card = write_model(tmp_path, yolox_rows((48, 16, 24, 16, 0.9, 1, 0, 0, 0, 0)))
    found = load_detector(card).detect(np.zeros((200, 600, 3), np.uint8))
    # 600 x 200 fits in 96 x 64 at 0.16: 96 x 32 at the top.
    np.testing.assert_allclose(found.boxes, [[36 / 0.16, 8 / 0.16, 60 / 0.16, 24 / 0.16]])
    assert found.classes.tolist() == [PERSON]
    np.testing.assert_allclose(found.scores, [0.9])
    assert (found.boxes.dtype, found.scores.dtype, found.classes.dtype) == (np.float32, np.float32, np.int8)


def test_boxes_are_cut_to_the_picture_and_those_outside_are_dropped(tmp_path: Path) -> None:
    inside = (90, 30, 20, 10, 0.9, 1, 0, 0, 0, 0)
    in_the_padding = (48, 55, 20, 10, 0.8, 0, 1, 0, 0, 0)
    found = load_detector(write_model(tmp_path, yolox_rows(inside, in_the_padding))).detect(
        np.zeros((32, 96, 3), np.uint8)
    )
    np.testing.assert_allclose(found.boxes, [[80, 25, 96, 32]])


def test_vehicles_suppress_each_other_and_nobody_else(tmp_path: Path) -> None:
    where = (40, 30, 30, 20)
    rows = [
        (*where, 0.6, 0, 1, 0, 0, 0),
        (*where, 0.9, 0, 0, 0, 1, 0),
        (*where, 0.5, 0, 0, 1, 0, 0),
        (*where, 0.4, 1, 0, 0, 0, 0),
        (*where, 0.3, 1, 0, 0, 0, 0),
    ]
    found = load_detector(write_model(tmp_path, yolox_rows(*rows))).detect(np.zeros((64, 96, 3), np.uint8))
    assert found.classes.tolist() == [TRUCK, PERSON]
    np.testing.assert_allclose(found.scores, [0.9, 0.4])


def test_unmapped_labels_never_leave_and_weak_boxes_only_when_asked(tmp_path: Path) -> None:
    rows = [
        (20, 20, 9, 9, 0.9, 0, 0, 0, 0, 1),
        (60, 20, 9, 9, 0.2, 0, 1, 0, 0, 0),
        (60, 50, 9, 9, 0.05, 0, 1, 0, 0, 0),
    ]
    card = write_model(tmp_path, yolox_rows(*rows))
    picture = np.zeros((64, 96, 3), np.uint8)
    assert load_detector(card).detect(picture).classes.tolist() == [CAR]
    assert load_detector(card, min_score=0.01).detect(picture).classes.tolist() == [CAR, CAR]
    assert len(load_detector(card, min_score=0.5).detect(picture)) == 0


def test_a_d_fine_export_is_told_the_size_of_its_picture(tmp_path: Path) -> None:
    outputs = {
        "labels": np.array([[1, 4]], np.int64),
        "boxes": np.array([[[0.25, 0.5, 0.5, 0.75], [0, 0, 1, 1]]], np.float32),
        "scores": np.array([[0.7, 0.9]], np.float32),
    }
    card = write_model(tmp_path, outputs, target_sizes=True, kind='"d-fine"', fit='"stretch"')
    found = load_detector(card).detect(np.zeros((100, 400, 3), np.uint8))
    np.testing.assert_allclose(found.boxes, [[100, 50, 200, 75]], rtol=1e-5)
    assert found.classes.tolist() == [CAR]


def test_an_rf_detr_export_is_read(tmp_path: Path) -> None:
    outputs = {
        "dets": np.array([[[0.5, 0.5, 0.5, 0.5]]], np.float32),
        "labels": np.array([[[-9, -9, 2, -9, -9]]], np.float32),
    }
    card = write_model(tmp_path, outputs, kind='"rf-detr"', fit='"stretch"')
    found = load_detector(card).detect(np.zeros((100, 400, 3), np.uint8))
    np.testing.assert_allclose(found.boxes, [[100, 25, 300, 75]], rtol=1e-5)
    assert found.classes.tolist() == [BUS]


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"colour": '"bgr"'}, [10, 20, 40]),
        ({"colour": '"rgb"'}, [40, 20, 10]),
        ({"colour": '"rgb"', "scale": "0.1"}, [4, 2, 1]),
        (
            {"colour": '"rgb"', "scale": "0.1", "mean": "[1.0, 2.0, 3.0]", "std": "[2.0, 1.0, 0.5]"},
            [1.5, 0, -4],
        ),
    ],
)
def test_the_network_sees_the_picture_as_its_card_says(
    tmp_path: Path, changes: dict[str, str], seen: list[float]
) -> None:
    # Answers with one decoded box whose centre and width carry the three means of the channels, plus fifty.
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["means", "spread"], ["moved"]),
        helper.make_node("Add", ["moved", "base"], ["row"]),
        helper.make_node("Unsqueeze", ["row", "axis"], ["output"]),
    ]
    spread = np.zeros((3, 10), np.float32)
    spread[[0, 1, 2], [0, 1, 2]] = 1
    base = np.array([[50, 50, 50, 10, 1, 1, 0, 0, 0, 0]], np.float32)
    stored = [
        numpy_helper.from_array(spread, "spread"),
        numpy_helper.from_array(base, "base"),
        numpy_helper.from_array(np.array([1]), "axis"),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 128, 128])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 10])
    graph = helper.make_graph(nodes, "means", [image], [output], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    card = write_card(tmp_path, model.SerializeToString(), size="[128, 128]", strides="[128]", **changes)
    x1, y1, x2, y2 = load_detector(card).detect(np.full((128, 128, 3), [10, 20, 40], np.uint8)).boxes[0]
    np.testing.assert_allclose([(x1 + x2) / 2 - 50, (y1 + y2) / 2 - 50, x2 - x1 - 50], seen, atol=1e-3)


class TestRefusals:
    def test_a_file_that_is_not_onnx(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(ModelError, match=r"model\.onnx: the model file is not an ONNX model"):
            load_detector(write_card(tmp_path, b"surely not ONNX"))
        assert capfd.readouterr() == ("", "")

    def test_a_missing_model(self, tmp_path: Path) -> None:
        card = write_model(tmp_path, yolox_rows())
        (tmp_path / "model.onnx").unlink()
        with pytest.raises(ModelError, match=r"model\.onnx: the model file cannot be read"):
            load_detector(card)

    def test_outputs_of_another_family(self, tmp_path: Path) -> None:
        with pytest.raises(
            ModelError, match=r"model\.onnx: the model's outputs are not those of a yolox head"
        ):
            load_detector(write_model(tmp_path, yolox_rows(cells=125)))

    def test_a_network_that_wants_more_than_a_picture(self, tmp_path: Path) -> None:
        write_model(tmp_path, {"boxes": np.zeros((1, 1, 4), np.float32)}, target_sizes=True)
        model = onnx.load(tmp_path / "model.onnx")
        model.graph.input[1].name = model.graph.node[-3].input[0] = "im_shape"
        with pytest.raises(ModelError, match="wants more than a picture: im_shape"):
            load_detector(write_card(tmp_path, model.SerializeToString()))

    def test_a_size_that_the_network_does_not_take(self, tmp_path: Path) -> None:
        card = write_model(tmp_path, yolox_rows())
        card.write_text(card.read_text().replace("[64, 96]", "[64, 64]"))
        with pytest.raises(ModelError, match=r"model\.onnx: the model"):
            load_detector(card)


@pytest.fixture(scope="module")
def default() -> Detector:
    return load_detector(threads=1)


class TestDefault:
    @pytest.mark.parametrize("size", [(1, 1), (31, 33), (64, 640), (97, 50), (360, 640)])
    def test_any_size_of_picture_will_do(self, default: Detector, size: tuple[int, int]) -> None:
        picture = np.random.default_rng(1).integers(0, 255, (*size, 3), np.uint8)
        found = default.detect(picture)
        assert (found.boxes >= 0).all()
        assert (found.boxes <= np.array([size[1], size[0]] * 2)).all()
        assert (np.diff(found.scores) <= 0).all()

    def test_an_empty_picture_holds_nothing(self, default: Detector) -> None:
        assert len(default.detect(np.zeros((0, 64, 3), np.uint8))) == 0

    def test_pictures_that_are_views_of_larger_ones_are_read_right(self, default: Detector) -> None:
        large = np.random.default_rng(2).integers(0, 255, (128, 256, 3), np.uint8)
        view = large[::2, 64:192]
        np.testing.assert_array_equal(default.detect(view).boxes, default.detect(view.copy()).boxes)

    def test_it_finds_the_people_on_a_campus_path(
        self, default: Detector, footage: Callable[[str], Path]
    ) -> None:
        with av.open(footage("pets2009/View_001_7fps.mp4")) as container:
            frame = next(frame for number, frame in enumerate(container.decode(video=0), 1) if number == 101)
        found = default.detect(frame.to_ndarray(format="bgr24"))
        people = found[(found.classes == PERSON) & (found.scores >= 0.3)]
        rows = np.loadtxt(footage("pets2009/gt_interp_f001-320.txt"), delimiter=",")
        known = rows[rows[:, 0] == 101][:, 2:6]
        middles = (people.boxes[:, :2] + people.boxes[:, 2:]) / 2
        hit = [
            np.abs(middles - (known[i, :2] + known[i, 2:] / 2)).max(axis=1).min() < 12
            for i in range(len(known))
        ]
        assert sum(hit) >= len(known) - 1

    def test_importing_the_detector_does_not_import_its_runtime(self) -> None:
        code = "import sys, apercu.analysis.detector; sys.exit('openvino' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_nothing_leaves_the_machine_and_nothing_is_left_in_the_home(self, tmp_path: Path) -> None:
        # Refused rather than only counted, so that a runtime that tries to report cannot do it here either.
        code = """
import sys
tried = []
def watch(event, arguments):
    if event.startswith(("socket.", "os.fork", "os.posix_spawn", "subprocess.", "urllib.")):
        tried.append(event)
        raise PermissionError(event)
sys.addaudithook(watch)
import numpy as np
from apercu.analysis.detector import load_detector
load_detector().detect(np.zeros((64, 64, 3), np.uint8))
print("tried:", *tried)
"""
        # Telemetry holds back where it sees CI; people's machines are not CI.
        surroundings = {name: value for name, value in os.environ.items() if "CI" not in name.split("_")}
        ran = subprocess.run(
            [sys.executable, "-c", code],
            env=surroundings | {"HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (ran.stdout, ran.stderr) == ("tried:\n", "")
        assert list(tmp_path.iterdir()) == []
