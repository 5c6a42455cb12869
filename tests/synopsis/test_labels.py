from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.synopsis import labels

PLACES = st.integers(-300, 900)


@settings(max_examples=60)
@given(
    st.integers(16, 640), st.integers(16, 360), PLACES, PLACES, st.sampled_from(["1:23", "01.03. 22:30:00"])
)
def test_labels_keep_inside_the_picture(width: int, height: int, x: int, y: int, text: str) -> None:
    picture = np.full((height, width, 3), 200, np.uint8)
    size = labels.text_size(height)
    box = labels.draw(picture, text, x, y, size)
    x1, y1, x2, y2 = box
    assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
    assert box == labels.place(picture.shape, text, x, y, size)
    assert (picture[y1:y2, x1:x2] != 200).any()
    picture[y1:y2, x1:x2] = 200
    assert (picture == 200).all()


def test_a_label_goes_where_it_is_wanted() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    assert labels.draw(picture, "12:34", 100, 50, 12)[:2] == (100, 50)


def test_all_times_are_of_one_height() -> None:
    boxes = [labels.place((360, 640, 3), text, 0, 0, 12) for text in ("11:11:11", "00:48:56", "-")]
    assert len({box[3] for box in boxes}) == 1


def test_labels_are_light_on_dark() -> None:
    picture = np.full((360, 640, 3), 128, np.uint8)
    x1, y1, x2, y2 = labels.draw(picture, "12:34:56", 100, 50, 14)
    part = picture[y1:y2, x1:x2]
    assert part.max() > 240 and part.min() < 80


def test_faint_labels_change_less() -> None:
    plain = np.full((90, 160, 3), 128, np.uint8)
    changes = []
    for strength in (0.0, 0.3, 1.0):
        picture = plain.copy()
        labels.draw(picture, "12:34", 10, 10, 12, strength)
        changes.append(int(np.abs(picture.astype(int) - plain).sum()))
    assert changes[0] == 0 < changes[1] < changes[2]


@pytest.mark.parametrize("shape", [(1080, 1920, 3), (90, 160, 3), (16, 16, 3)])
def test_the_notice_is_at_the_bottom_and_fits(shape: tuple[int, int, int]) -> None:
    picture = np.full(shape, 128, np.uint8)
    labels.draw_notice(picture)
    rows, columns = np.flatnonzero((picture != 128).any(axis=(1, 2))), (picture != 128).any(axis=(0, 2))
    assert rows[-1] >= shape[0] - 8
    assert columns.any()


def test_the_notice_says_what_it_must() -> None:
    assert "SYNOPSIS" in labels.NOTICE and "original" in labels.NOTICE
