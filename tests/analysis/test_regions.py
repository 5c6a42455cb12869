"""Moving regions on a canvas: nothing is lost on the way there, nothing is displaced on the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis import Detections
from apercu.analysis.regions import Canvas, pack, whole
from apercu.footage import Frame
from apercu.geometry import coverage

pictures = st.sampled_from([(320, 240), (1920, 1080), (640, 352), (333, 517), (4000, 1000)])


@st.composite
def scenes(draw: st.DrawFn) -> tuple[np.ndarray, int, int]:
    width, height = draw(pictures)
    share = st.floats(0.01, 1)
    boxes = []
    for x, y, w, h in draw(st.lists(st.tuples(share, share, share, share), min_size=1, max_size=12)):
        w, h = max(2, w**3 * width), max(2, h**3 * height)
        x, y = x * (width - w), y * (height - h)
        boxes.append([x, y, x + w, y + h])
    return np.array(boxes, np.float32), width, height


def detected(boxes: np.ndarray) -> Detections:
    return Detections(
        boxes.astype(np.float32), np.ones(len(boxes), np.float32), np.zeros(len(boxes), np.int8)
    )


def shown(canvas: Canvas, boxes: np.ndarray) -> np.ndarray:
    """Return where boxes of the picture lie on the canvas."""
    home = coverage(boxes, canvas.regions.astype(np.float32)).argmax(axis=1)
    return (boxes - np.tile(canvas.regions[home, :2], 2)) * canvas.scale + np.tile(canvas.places[home], 2)


@settings(max_examples=150)
@given(scenes())
def test_every_box_is_shown_whole_and_comes_back_where_it_was(scene: tuple[np.ndarray, int, int]) -> None:
    boxes, width, height = scene
    canvas = pack(boxes, width, height, 640)
    assert canvas is not None

    assert np.all(coverage(boxes, canvas.regions.astype(np.float32)).max(axis=1) > 0.999)
    found, on_canvas = canvas.back(detected(shown(canvas, boxes)))
    assert len(found) == len(on_canvas) == len(boxes)
    assert np.abs(found.boxes - boxes).max() <= 1


@settings(max_examples=100)
@given(scenes())
def test_a_canvas_is_never_larger_than_the_whole_picture(scene: tuple[np.ndarray, int, int]) -> None:
    boxes, width, height = scene
    canvas, everything = pack(boxes, width, height, 640), whole(width, height, 640)
    assert canvas is not None

    assert canvas.width * canvas.height <= everything.width * everything.height
    sizes = np.round((canvas.regions[:, 2:] - canvas.regions[:, :2]) * canvas.scale)
    ends = canvas.places + sizes
    assert np.all(ends <= [canvas.width, canvas.height])
    spans = np.concatenate([canvas.places, ends], axis=1).astype(np.float32)
    shared = coverage(spans, spans)
    np.fill_diagonal(shared, 0)
    assert not shared.any(), "two regions lie on each other"


@pytest.mark.parametrize("size", [(640, 352), (1920, 1080), (768, 576)])
def test_canvases_have_a_few_sizes(size: tuple[int, int]) -> None:
    """A runtime keeps code for every size it meets: memory would grow as a recording goes on."""
    width, height = size
    rng = np.random.default_rng(0)
    sizes = set()
    for count in rng.integers(1, 8, 400):
        corner = rng.uniform(0, 0.8, (count, 2)) * size
        boxes = np.concatenate([corner, corner + rng.uniform(0.01, 0.3, (count, 2)) * size], axis=1)
        canvas = pack(boxes.astype(np.float32), width, height, 640)
        assert canvas is not None
        sizes.add((canvas.width, canvas.height))

    assert 5 < len(sizes) <= 15


def test_nothing_moving_needs_no_canvas() -> None:
    assert pack(np.zeros((0, 4), np.float32), 640, 360, 640) is None


def test_the_canvas_shows_the_pixels_of_its_regions() -> None:
    picture = np.full((360, 640, 3), 40, np.uint8)
    picture[100:140, 500:520] = (0, 0, 250)
    box = np.array([[500, 100, 520, 140]], np.float32)
    canvas = pack(box, 640, 360, 640)
    assert canvas is not None

    image = canvas.paint(Frame.from_bgr(picture))

    assert image.shape == (canvas.height, canvas.width, 3)
    x1, y1, x2, y2 = np.round(shown(canvas, box)[0]).astype(int)
    assert image[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2, 2].min() > 200
    red = np.count_nonzero(image[..., 2] > 200)
    assert abs(red - (x2 - x1) * (y2 - y1)) < 0.2 * red


def test_detections_between_regions_are_dropped() -> None:
    boxes = np.array([[10, 10, 30, 50], [600, 300, 620, 340]], np.float32)
    canvas = pack(boxes, 640, 360, 640)
    assert canvas is not None
    assert len(canvas.regions) == 2
    width = float(canvas.width)

    astray = np.array([[0, canvas.height - 4, width, canvas.height]], np.float32)
    found, on_canvas = canvas.back(detected(np.concatenate([shown(canvas, boxes), astray])))

    assert len(found) == len(on_canvas) == 2


def test_what_has_left_the_picture_is_not_looked_for() -> None:
    gone = np.array([[-200, 50, -100, 80], [700, 10, 760, 60]], np.float32)
    assert pack(gone, 640, 360, 640) is None
    here = np.array([[300, 100, 340, 140]], np.float32)
    canvas, alone = pack(np.concatenate([gone, here]), 640, 360, 640), pack(here, 640, 360, 640)
    assert canvas is not None and alone is not None
    np.testing.assert_array_equal(canvas.regions, alone.regions)
