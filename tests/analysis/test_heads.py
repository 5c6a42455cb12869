"""Each head's decoding, on tensors built from boxes that are known."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.analysis.heads import decode
from apercu.analysis.model_card import Head
from apercu.errors import ModelError

LABELS = 3


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def yolov3_head() -> Head:
    return Head("yolov3", strides=(32, 16), anchors=(((80, 80), (100, 200)), ((20, 40), (40, 20))))


def yolov3_maps(height: int, width: int) -> dict[str, np.ndarray]:
    """Return maps that hold nothing."""
    return {
        f"stride{stride}": np.full((1, 2 * (5 + LABELS), height // stride, width // stride), -20, np.float32)
        for stride in (32, 16)
    }


class TestYolov3:
    def test_a_cell_becomes_the_box_it_describes(self) -> None:
        maps = yolov3_maps(96, 160)
        cell = maps["stride16"].reshape(2, 5 + LABELS, 6, 10)[1, :, 4, 7]
        cell[:] = [
            logit(0.25),
            logit(0.5),
            np.log(1.5),
            np.log(0.5),
            logit(0.8),
            logit(0.1),
            logit(0.9),
            logit(0.5),
        ]
        found = decode(yolov3_head(), maps, (96, 160), LABELS, 0.05)
        # Centre (7.25, 4.5) cells of 16 px, anchor 40 x 20 scaled by 1.5 and 0.5.
        np.testing.assert_allclose(found.boxes, [[116 - 30, 72 - 5, 116 + 30, 72 + 5]], rtol=1e-5)
        np.testing.assert_allclose(found.scores, [[0.08, 0.72, 0.40]], rtol=1e-5)

    def test_both_maps_count_each_with_its_own_stride_and_anchors(self) -> None:
        maps = yolov3_maps(64, 64)
        for name, rows in (("stride32", 2), ("stride16", 4)):
            maps[name].reshape(2, 5 + LABELS, rows, rows)[0, :, 1, 1] = [0, 0, 0, 0, 20, 20, -20, -20]
        found = decode(yolov3_head(), maps, (64, 64), LABELS, 0.1)
        np.testing.assert_allclose(found.boxes, [[8, 8, 88, 88], [14, 4, 34, 44]])

    def test_cells_whose_object_score_is_too_low_are_left_out(self) -> None:
        maps = yolov3_maps(32, 32)
        cells = maps["stride16"].reshape(2, 5 + LABELS, 2, 2)
        cells[0, 4, 0, 0], cells[0, 4, 1, 1] = logit(0.29), logit(0.31)
        assert len(decode(yolov3_head(), maps, (32, 32), LABELS, 0.3).boxes) == 1

    def test_nothing_is_found_in_nothing(self) -> None:
        found = decode(yolov3_head(), yolov3_maps(64, 64), (64, 64), LABELS, 0.1)
        assert found.boxes.shape == (0, 4)
        assert found.scores.shape == (0, LABELS)
        assert found.boxes.dtype == found.scores.dtype == np.float32


class TestYolox:
    # 32 x 64 pixels: 4 x 8 cells of 8 px, then 2 x 4 of 16 px, then 1 x 2 of 32 px.
    cells = 32 + 8 + 2
    size = (32, 64)

    @pytest.mark.parametrize(
        ("index", "x", "y", "stride"),
        [(0, 0, 0, 8), (13, 5, 1, 8), (31, 7, 3, 8), (32 + 6, 2, 1, 16), (41, 1, 0, 32)],
    )
    def test_raw_cells_are_placed_on_their_grid(self, index: int, x: int, y: int, stride: int) -> None:
        raw = np.zeros((1, self.cells, 5 + LABELS), np.float32)
        raw[0, index] = [0.25, 0.5, np.log(2), np.log(3), 0.9, 0.1, 0.2, 0.8]
        found = decode(Head("yolox", (8, 16, 32)), {"output": raw}, self.size, LABELS, 0.1)
        centre = np.array([x + 0.25, y + 0.5]) * stride
        half = np.array([2, 3]) * stride / 2
        np.testing.assert_allclose(found.boxes, [[*(centre - half), *(centre + half)]], rtol=1e-5)
        np.testing.assert_allclose(found.scores, [[0.09, 0.18, 0.72]], rtol=1e-5)

    def test_decoded_cells_are_taken_as_they_are(self) -> None:
        raw = np.zeros((1, self.cells, 5 + LABELS), np.float32)
        raw[0, 35] = [30, 16, 20, 10, 0.5, 1, 0, 0]
        found = decode(Head("yolox", (8, 16, 32), decoded=True), {"output": raw}, self.size, LABELS, 0.1)
        np.testing.assert_allclose(found.boxes, [[20, 11, 40, 21]])
        np.testing.assert_allclose(found.scores, [[0.5, 0, 0]])


class TestDFine:
    def test_each_query_keeps_its_label_and_box(self) -> None:
        outputs = {
            "labels": np.array([[2, 0, 1]], np.int64),
            "boxes": np.array([[[1, 2, 3, 4], [5, 6, 7, 8], [0, 0, 9, 9]]], np.float32),
            "scores": np.array([[0.9, 0.05, 0.4]], np.float32),
        }
        found = decode(Head("d-fine"), outputs, (640, 640), LABELS, 0.1)
        np.testing.assert_allclose(found.boxes, [[1, 2, 3, 4], [0, 0, 9, 9]])
        np.testing.assert_allclose(found.scores, [[0, 0, 0.9], [0, 0.4, 0]])

    def test_a_label_beyond_the_card_is_refused(self) -> None:
        outputs = {
            "labels": np.array([[3]], np.int64),
            "boxes": np.zeros((1, 1, 4), np.float32),
            "scores": np.ones((1, 1), np.float32),
        }
        with pytest.raises(ModelError, match="labels from 0 to 2, not 3 to 3"):
            decode(Head("d-fine"), outputs, (640, 640), LABELS, 0.1)


class TestRfDetr:
    def test_centres_and_sizes_in_shares_become_boxes_in_pixels(self) -> None:
        outputs = {
            "dets": np.array([[[0.5, 0.25, 0.2, 0.1], [0.1, 0.1, 0.1, 0.1]]], np.float32),
            "labels": np.array([[[logit(0.2), logit(0.7), -9], [-9, -9, -9]]], np.float32),
        }
        found = decode(Head("rf-detr"), outputs, (400, 600), LABELS, 0.1)
        np.testing.assert_allclose(found.boxes, [[240, 80, 360, 120]], rtol=1e-5)
        np.testing.assert_allclose(found.scores, [[0.2, 0.7, 0.000123]], atol=1e-6)

    def test_outputs_are_told_apart_by_name_even_when_their_shapes_are_alike(self) -> None:
        dets = np.full((1, 1, 4), 0.5, np.float32)
        logits = np.array([[[-9, -9, 9, -9]]], np.float32)
        found = decode(Head("rf-detr"), {"labels": logits, "dets": dets}, (100, 100), 4, 0.1)
        np.testing.assert_allclose(found.boxes, [[25, 25, 75, 75]])
        assert found.scores.argmax() == 2


@pytest.mark.parametrize(
    ("head", "outputs"),
    [
        (yolov3_head(), {"one": np.zeros((1, 16, 2, 2), np.float32)}),
        (yolov3_head(), {"a": np.zeros((1, 16, 2, 2), np.float32), "b": np.zeros((1, 17, 4, 4), np.float32)}),
        (Head("yolox", (8, 16, 32)), {"output": np.zeros((1, 84, 85), np.float32)}),
        (Head("yolox", (8, 16, 32)), {"output": np.zeros((1, 7, 8), np.float32)}),
        (Head("d-fine"), {"labels": np.zeros((1, 5), np.int64), "boxes": np.zeros((1, 5, 4), np.float32)}),
        (
            Head("rf-detr"),
            {"dets": np.zeros((1, 5, 4), np.float32), "labels": np.zeros((1, 5, 91), np.float32)},
        ),
    ],
)
def test_outputs_of_another_head_are_refused_with_what_was_found(
    head: Head, outputs: dict[str, np.ndarray]
) -> None:
    with pytest.raises(ModelError, match=rf"not those of a {head.kind} head: found .*Check head\.kind"):
        decode(head, outputs, (64, 64), LABELS, 0.1)


@pytest.mark.parametrize("min_score", [0.0, 1.0])
def test_the_ends_of_the_score_range_are_allowed(min_score: float) -> None:
    found = decode(yolov3_head(), yolov3_maps(32, 32), (32, 32), LABELS, min_score)
    assert len(found.boxes) == (2 * (1 + 4) if min_score == 0 else 0)
