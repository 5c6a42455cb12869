from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from apercu.analysis.tracks import Tracks
from apercu.synopsis import MaskGrid, tubes_of

Maker = Callable[..., Tracks]


def test_no_tracks_no_tubes(grid: MaskGrid) -> None:
    assert list(tubes_of(Tracks.empty(), grid, Fraction(10), {})) == []


def test_a_tube_has_a_sample_per_output_frame(grid: MaskGrid, make_tracks: Maker) -> None:
    tracks = make_tracks(([1.0, 1.2, 1.4], [(10, 10, 26, 34), (14, 10, 30, 34), (18, 10, 34, 34)]))
    (tube,) = tubes_of(tracks, grid, Fraction(25), {"r": 100.0})
    assert len(tube) == 11
    assert (tube.start_s, tube.line_s, tube.class_name) == (1.0, 101.0, "person")
    assert [tube.original_s(i) for i in (0, 5, 10)] == pytest.approx([1.0, 1.2, 1.4])
    assert tube.boxes[[0, 5, 10], 0] == pytest.approx([10, 14, 18])
    assert tube.boxes[2] == pytest.approx([11.6, 10, 27.6, 34], abs=0.01)  # in between
    assert tube.nearest[[0, 2, 3, 7, 8, 10]].tolist() == [0, 0, 1, 1, 2, 2]


def test_masks_travel_with_their_boxes(
    grid: MaskGrid, make_tracks: Maker, walk: Callable[..., tuple]
) -> None:
    (tube,) = tubes_of(make_tracks(walk(0, 2, x=20, speed=50)), grid, Fraction(25), {"r": 0.0})
    lefts = tube.boxes[:, 0] / grid.cell_px
    corners = np.array([tube.mask(i).x for i in range(len(tube))])
    assert np.abs(corners - lefts).max() <= 1.0
    assert (np.diff(corners) >= 0).all()


def test_masks_are_those_of_the_observations(grid: MaskGrid, make_tracks: Maker) -> None:
    tracks = make_tracks(([0.0, 1.0], [(10, 10, 26, 34), (10, 10, 32, 30)]))
    (tube,) = tubes_of(tracks, grid, Fraction(10), {"r": 0.0})
    first, last = tube.mask(0), tube.mask(10)
    assert first.cells.shape == (12, 8) and last.cells.shape == (10, 11)
    assert (first.x, first.y, last.x, last.y) == (5, 5, 5, 5)
    assert first.cells.all()


def test_one_observation_is_a_tube_of_one_sample(grid: MaskGrid, make_tracks: Maker) -> None:
    (tube,) = tubes_of(make_tracks(([3.0], [(10, 10, 26, 34)])), grid, Fraction(10), {"r": 0.0})
    assert len(tube) == 1
    assert tube.boxes.tolist() == [[10, 10, 26, 34]]


def test_tracks_of_several_recordings_keep_apart(
    grid: MaskGrid, make_tracks: Maker, walk: Callable[..., tuple]
) -> None:
    import pyarrow as pa

    parts = [make_tracks(walk(1, 2), walk(3, 4), recording_id=name) for name in ("a", "b")]
    tracks = Tracks(
        pa.concat_tables([part.table for part in parts]),
        pa.concat_tables([part.observation_table for part in parts]),
    )
    tubes = list(tubes_of(tracks, grid, Fraction(10), {"a": 0.0, "b": 60.0}))
    assert [(t.recording_id, t.track_id, t.line_s, len(t)) for t in tubes] == [
        ("a", 1, 1.0, 21),
        ("a", 2, 3.0, 41),
        ("b", 1, 61.0, 21),
        ("b", 2, 63.0, 41),
    ]
