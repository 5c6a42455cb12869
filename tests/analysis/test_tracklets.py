"""Pieces of tracks: what stands before a camera for a day takes no more memory than for minutes."""

from __future__ import annotations

import numpy as np

from apercu.analysis.masks import CutMask
from apercu.analysis.tracklets import Observation, Source, Tracklet


def test_what_stands_for_long_keeps_its_beginning_and_its_last_minutes() -> None:
    track, mask = Tracklet(1), CutMask(0, 0, np.zeros((1, 1), np.bool_))
    for number in range(50_000):
        track.add(Observation(number, number / 5, (0.0, 0.0, 9.0, 9.0), 0.9, Source.DETECTOR, mask))
    times = [seen.time_s for seen in track.observations]
    assert len(times) <= 6000 and times == sorted(set(times))
    assert times[0] == 0 and times[-2000:] == [number / 5 for number in range(48_000, 50_000)]
