from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from apercu.analysis.tracks import Tracks
from apercu.synopsis import MaskGrid, tubes_of
from apercu.synopsis.stays import without_long_stays

STANDING = np.array([50, 20, 66, 50], np.float32)


def path(walks: int, stands: int) -> np.ndarray:
    """Return boxes of someone who walks, stands, and walks on, each for so many samples."""
    x = np.concatenate([np.arange(-walks, 0), np.zeros(stands), np.arange(1, walks + 1)]) * 4
    return (STANDING + np.outer(x, [1, 0, 1, 0])).astype(np.float32)


def test_the_middle_of_a_long_stay_is_left_out() -> None:
    boxes = path(30, 700)
    kept, skipped = without_long_stays(boxes, 10.0, 4.0)
    assert kept.sum() == pytest.approx(60 + 40, abs=20)
    assert skipped.sum() == pytest.approx((len(boxes) - kept.sum()) / 10)
    assert (skipped > 0).sum() == 1
    assert kept[:40].all() and kept[-40:].all()


@pytest.mark.parametrize("stands", [0, 30, 55])
def test_short_stays_stay_whole(stands: int) -> None:
    kept, skipped = without_long_stays(path(30, stands), 10.0, 4.0)
    assert kept.all() and not skipped.any()


def test_tubes_tell_what_is_left_out(grid: MaskGrid, make_tracks: Callable[..., Tracks]) -> None:
    times = [i / 5 for i in range(5 * 60)]
    tracks = make_tracks((times, [(50, 20, 66, 50)] * len(times)))
    (tube,) = tubes_of(tracks, grid, Fraction(10), {"r": 0.0}, dwell_s=4.0)
    (whole,) = tubes_of(tracks, grid, Fraction(10), {"r": 0.0}, dwell_s=None)
    assert len(tube) == 40 and len(whole) == 599
    assert not whole.skipped.any()
    assert tube.skipped.sum() == pytest.approx((len(whole) - len(tube)) / 10)
    assert np.diff(tube.seconds) - 0.1 == pytest.approx(tube.skipped[1:])
    assert (tube.original_s(0), tube.original_s(39)) == pytest.approx((0.0, 59.8))
    assert len(tube.boxes) == len(tube.corners) == len(tube.nearest) == 40
