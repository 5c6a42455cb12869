"""Reading model cards: what they say arrives, and what they cannot say is refused with its place."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from apercu.analysis.detections import CLASSES
from apercu.analysis.model_card import Head, read_card
from apercu.errors import ModelError

CARD = """
format = 1
name = "tiny"
origin = "made here"
licence = "CC0-1.0"

[file]
path = "tiny.onnx"
sha256 = "{sha256}"

[input]
colour = "bgr"
scale = 1
mean = [0, 0, 0]
std = [1.0, 1.0, 1.0]
fit = "letterbox"
size = [64, 96]
pad_value = 114

[head]
kind = "yolox"
strides = [8, 16, 32]
decoded = false

[thresholds]
nms_iou = 0.45

[classes]
labels = ["walker", "", "dog", "lorry", "chair"]

[classes.map]
person = ["walker"]
animal = ["dog"]
truck = ["lorry"]

[[accuracy]]
data = "a street"
class = "person"
ap50_source = 0.5
ap50 = 0.49
"""
CONTENT = b"stands in for a model"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "tiny.onnx").write_bytes(CONTENT)
    path = tmp_path / "tiny.toml"
    path.write_text(CARD.format(sha256=hashlib.sha256(CONTENT).hexdigest()))
    return path


def test_what_a_card_says_arrives(card: Path) -> None:
    read = read_card(card)
    assert (read.name, read.origin, read.licence) == ("tiny", "made here", "CC0-1.0")
    assert read.input.size == (64, 96)
    assert read.input.scale == 1.0
    assert read.head == Head("yolox", (8, 16, 32))
    assert read.accuracy[0].ap50 == 0.49
    assert [CLASSES[c] if c >= 0 else None for c in read.class_of_label] == [
        "person",
        None,
        "animal",
        "truck",
        None,
    ]
    assert read.class_of_label.dtype == np.int8


def test_the_model_file_is_found_beside_its_card_and_checked(card: Path) -> None:
    assert read_card(card).read_model() == CONTENT
    card.with_name("tiny.onnx").write_bytes(CONTENT + b"!")
    with pytest.raises(
        ModelError, match=r"tiny\.onnx: this is not the file of its card: SHA-256 .* Fetch the model"
    ):
        read_card(card).read_model()
    card.with_name("tiny.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(card).read_model()


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("format = 1", "format = 2", "format is 2"),
        ('name = "tiny"', "", "name is missing"),
        ('licence = "CC0-1.0"', "licence = 1", "licence is 1. Write text in quotes"),
        ('sha256 = "', 'sha256 = "x', "file.sha256 is not 64 hexadecimal digits"),
        ('colour = "bgr"', 'colour = "cmyk"', "input.colour is 'cmyk'. Choose one of: rgb, bgr"),
        ("std = [1.0, 1.0, 1.0]", "std = [1.0, 0.0, 1.0]", "input.std holds a zero"),
        ("mean = [0, 0, 0]", "mean = [0, 0]", "input.mean is"),
        ("scale = 1", 'scale = "one"', "input.scale is 'one'. Write a number"),
        ("scale = 1", "scale = 0.0", "input.scale is 0"),
        ("size = [64, 96]", "size = [64]", "input.size is"),
        ("size = [64, 96]", "size = [64, true]", r"input.size\[1\] is True"),
        ('fit = "letterbox"', 'fit = "pad"', "input.stride is missing"),
        ("pad_value = 114", "pad_value = 256", "input.pad_value is 256"),
        ('kind = "yolox"', 'kind = "yolo9000"', "head.kind is 'yolo9000'. Choose one of: yolov3, yolox"),
        ('kind = "yolox"', 'kind = "yolov3"', "head.anchors is missing"),
        ('kind = "yolox"', 'kind = "yolov3"\nanchors = [[[1, 2]]]', "head.anchors has 1 maps, strides 3"),
        ('kind = "yolox"', 'kind = "yolov3"\nanchors = [[[1]]]', r"head.anchors holds \[1\]"),
        ("strides = [8, 16, 32]", "strides = []", "head.strides is"),
        ("nms_iou = 0.45", "nms_iou = 0", "thresholds.nms_iou is 0"),
        ("[thresholds]\nnms_iou = 0.45", "[[thresholds]]\nnms_iou = 0.45", "thresholds is .* Write a table"),
        ('person = ["walker"]', 'face = ["walker"]', "classes.map.face is not a class of Aperçu"),
        ('person = ["walker"]', 'other = ["walker"]', "classes.map.other is not a class of Aperçu"),
        ('person = ["walker"]', 'person = ["runner"]', "classes.map.person holds 'runner'"),
        ('person = ["walker"]', 'person = [""]', "classes.map.person holds ''"),
        ('person = ["walker"]\nanimal = ["dog"]\ntruck = ["lorry"]', "", "classes.map maps no label"),
        ("ap50 = 0.49", "", r"accuracy\[0\].ap50 is missing"),
    ],
)
def test_what_a_card_cannot_say_is_refused_with_its_place(
    card: Path, before: str, after: str, complaint: str
) -> None:
    text = card.read_text()
    assert before in text
    card.write_text(text.replace(before, after, 1))
    with pytest.raises(ModelError, match=rf"tiny\.toml: model card: {complaint}"):
        read_card(card)


@pytest.mark.parametrize("content", [b"", b"not = [toml", b"\x08\x0a\xff\xfe onnx"])
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="model card"):
        read_card(path)
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(tmp_path / "missing.toml")


def test_the_default_model_ships_with_its_card_and_says_whose_it_is() -> None:
    with resources.as_file(resources.files("apercu.analysis") / "models") as folder:
        card = read_card(folder / "default.toml")
        assert len(card.read_model()) < 10_000_000
    assert card.licence == "public domain"
    assert "dccea06f59b781ec1234ddf8d1e94b9519a97f4245748a7d4db75d5b7080a42c" in card.origin
    assert all(measured.ap50 >= measured.ap50_source - 0.02 for measured in card.accuracy)
    assert any(measured.class_name == "person" for measured in card.accuracy)


def test_no_class_says_anything_about_who_a_person_is() -> None:
    assert CLASSES == ("person", "bicycle", "motorcycle", "car", "bus", "truck", "animal", "bag", "other")
    with resources.as_file(resources.files("apercu.analysis") / "models") as folder:
        labels = read_card(folder / "default.toml").labels
    never = {
        "face",
        "head",
        "man",
        "woman",
        "boy",
        "girl",
        "child",
        "gender",
        "age",
        "emotion",
        "gait",
        "ethnicity",
    }
    assert not never & {word for name in (*CLASSES, *labels) for word in name.lower().split()}
