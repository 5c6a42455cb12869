"""Pictures that wait: in order, not for too long, and nobody waits for what will not come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from apercu.footage import Frame
from apercu.footage.live_line import LiveLine, Waiting


def picture(arrived_s: float) -> Waiting:
    return Waiting(cast(Frame, None), arrived_s, 0.0)


@given(st.lists(st.one_of(st.just("take"), st.floats(0.01, 2.0)), max_size=40))
def test_pictures_are_taken_in_order_and_none_waits_for_too_long(steps: list[str | float]) -> None:
    line, now_s = LiveLine(3, 1.0), 0.0
    waiting: list[Waiting] = []
    for step in steps:
        if isinstance(step, str):
            assert line.take(0) == (waiting.pop(0) if waiting else None)
            continue
        now_s += step
        came = picture(now_s)
        left_out = line.leave_out(now_s)
        kept = [each for each in waiting if now_s - each.arrived_s <= 1.0][-2:]
        assert left_out == len(waiting) - len(kept)
        assert line.put(came, 0)  # there is room for whatever comes
        waiting = [*kept, came]
    assert bool(line) is bool(waiting) and not line.over


def test_where_nothing_is_left_out_a_picture_waits_for_room() -> None:
    line = LiveLine(1, 1.0)
    first, second = picture(0.0), picture(5.0)
    assert line.put(first, 0)
    assert not line.put(second, 0.01)
    with ThreadPoolExecutor(1) as pool:
        put = pool.submit(line.put, second, 60)
        assert line.take(60) is first
        assert put.result(60)
    assert line.take(0) is second


def test_what_waits_at_the_end_is_taken_and_then_nobody_waits() -> None:
    line, last = LiveLine(2, 1.0), picture(0.0)
    line.put(last, 0)
    line.end()
    assert not line.over
    assert line.take(60) is last
    assert line.over
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(line.take, 60).result(10) is None


def test_whoever_waits_is_told_of_the_end() -> None:
    line = LiveLine(2, 1.0)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(line.take, 60)
        line.end()
        assert waits.result(10) is None
