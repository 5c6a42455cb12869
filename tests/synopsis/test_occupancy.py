from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.synopsis import MaskGrid, Tube
from apercu.synopsis.occupancy import cover

SMALL = MaskGrid(12, 9, 24, 18)
PLACES = st.tuples(st.integers(-6, 14), st.integers(-6, 12))
SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def volume(tubes: list[Tube], starts: np.ndarray, grid: MaskGrid) -> np.ndarray:
    """Return how many tubes are at each frame and cell, (frames, h, w), drawn one by one."""
    frames = max((int(start) + len(tube) for tube, start in zip(tubes, starts, strict=True)), default=0)
    counts = np.zeros((frames, grid.height, grid.width), int)
    for tube, start in zip(tubes, starts, strict=True):
        for sample in range(len(tube)):
            mask = tube.mask(sample)
            for y, x in np.argwhere(mask.cells) + np.array([mask.y, mask.x]):
                if 0 <= y < grid.height and 0 <= x < grid.width:
                    counts[start + sample, y, x] += 1
    return counts


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 5), PLACES, PLACES, SIZES, st.integers(0, 6)), max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_it_counts_what_is_drawn(make_tube: Callable[..., Tube], given_tubes: list, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tubes = [
        make_tube(length=length, begin=begin, end=end, cells=rng.random(size[::-1]) < 0.7)
        for length, begin, end, size, _ in given_tubes
    ]
    starts = np.array([start for *_, start in given_tubes], np.int64)
    counts = volume(tubes, starts, SMALL)
    assert cover(tubes, starts, SMALL) == (np.count_nonzero(counts), np.count_nonzero(counts > 1))


def test_hundreds_at_one_place_are_still_counted_once(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    tubes = [make_tube(length=1, size=(2, 2)) for _ in range(513)]
    assert cover(tubes, np.zeros(513, np.int64), grid) == (4, 4)
