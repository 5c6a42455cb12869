"""Recorded time: what lies between recordings takes none of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.synopsis.recorded import RecordedTime, Times

MORNING_AND_NEXT_DAY = RecordedTime.of([(86400.0, 86700.0), (0.0, 100.0)])


def test_between_recordings_no_time_passes() -> None:
    assert MORNING_AND_NEXT_DAY.at([0, 60, 100, 50000, 86400, 86700]).tolist() == [0, 60, 100, 100, 100, 400]
    assert [MORNING_AND_NEXT_DAY.line_s(s) for s in (60.0, 100.0, 400.0)] == [60.0, 86400.0, 86700.0]


def test_recordings_that_overlap_or_follow_one_another_are_one_stretch() -> None:
    recorded = RecordedTime.of([(0.0, 10.0), (8.0, 20.0), (2.0, 4.0), (20.04, 30.0)])
    assert (recorded.begins.tolist(), recorded.ends.tolist()) == ([0.0], [30.0])


def test_a_span_runs_over_what_was_recorded_in_it() -> None:
    times = Times(50.0, 86450.0, MORNING_AND_NEXT_DAY.at)
    assert times.shares([50.0, 100.0, 86400.0, 86450.0]).tolist() == [0, 0.5, 0.5, 1]
    assert Times(3.0, 3.0).shares([3.0]).tolist() == [0]


@given(
    spans=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 4000)), min_size=1, max_size=8),
    share=st.floats(0, 0.999),
)
def test_there_and_back(spans: list[tuple[int, int]], share: float) -> None:
    recorded = RecordedTime.of((float(begin), float(begin + length)) for begin, length in spans)
    total = float((recorded.ends - recorded.begins).sum())
    line_s = recorded.line_s(share * total)
    assert float(recorded.at(line_s)) == pytest.approx(share * total, abs=1e-6)
    assert np.any((recorded.begins <= line_s) & (line_s <= recorded.ends + 1e-6))
