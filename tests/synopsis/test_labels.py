from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.footage import Planes
from apercu.synopsis import labels

from .written import labelled, noticed

PLACES = st.integers(-300, 900)


@settings(max_examples=60)
@given(st.integers(8, 320), st.integers(8, 180), PLACES, PLACES, st.sampled_from(["1:23", "01.03. 22:30:00"]))
def test_labels_keep_inside_the_picture(half_width: int, half_height: int, x: int, y: int, text: str) -> None:
    width, height = 2 * half_width, 2 * half_height
    plain = Planes.from_bgr(np.full((height, width, 3), 200, np.uint8)).bgr()
    picture, (x1, y1, x2, y2) = labelled(plain, text, x, y, labels.text_size(height))
    assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
    changed = (np.abs(picture.astype(int) - plain) > 2).any(axis=2)
    assert changed[y1:y2, x1:x2].any()
    # Chroma is shared by two by two pixels: the plate may tint its neighbours.
    changed[max(0, y1 - 1) : y2 + 1, max(0, x1 - 1) : x2 + 1] = False
    assert not changed.any()


def test_a_label_goes_where_it_is_wanted() -> None:
    assert labels.place((360, 640, 3), "12:34", 100, 50, 12)[:2] == (100, 50)


def test_all_times_are_of_one_height() -> None:
    boxes = [labels.place((360, 640, 3), text, 0, 0, 12) for text in ("11:11:11", "00:48:56", "-")]
    assert len({box[3] for box in boxes}) == 1


def test_labels_are_light_on_dark() -> None:
    plain = np.full((360, 640, 3), 128, np.uint8)
    picture, (x1, y1, x2, y2) = labelled(plain, "12:34:56", 100, 50, 14)
    part = picture[y1:y2, x1:x2]
    assert part.max() > 240 and part.min() < 80


def test_faint_labels_change_less() -> None:
    plain = Planes.from_bgr(np.full((90, 160, 3), 128, np.uint8)).bgr()
    changes = []
    for strength in (0.0, 0.3, 1.0):
        picture, _ = labelled(plain, "12:34", 10, 10, 12, strength)
        changes.append(int(np.abs(picture.astype(int) - plain).sum()))
    assert changes[0] == 0 < changes[1] < changes[2]


@pytest.mark.parametrize("shape", [(1080, 1920, 3), (90, 160, 3), (16, 16, 3)])
def test_the_notice_is_at_the_bottom_and_fits(shape: tuple[int, int, int]) -> None:
    plain = Planes.from_bgr(np.full(shape, 128, np.uint8)).bgr()
    changed = (np.abs(noticed(plain).astype(int) - plain) > 2).any(axis=2)
    assert np.flatnonzero(changed.any(axis=1))[-1] >= shape[0] - 8
    assert changed[:, :8].any()


def test_the_notice_says_what_it_must() -> None:
    assert "SYNOPSIS" in labels.NOTICE and "original" in labels.NOTICE


@pytest.mark.parametrize("shape", [(1080, 1920), (90, 160), (120, 160), (48, 64), (426, 240)])
def test_the_notice_is_whole_on_pictures_of_every_size(shape: tuple[int, int]) -> None:
    text, (x1, y1, x2, y2), size = labels.notice_for(shape)
    assert text in (labels.NOTICE, labels.SHORT_NOTICE)
    wide = labels.place((2000, 2000), text, 0, 0, size)
    assert (x2 - x1, y2 - y1) == wide[2:]
