"""Clocks of cameras against this machine's: late pictures, drift and jumps."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from apercu.footage.live_clock import LiveClock

STEP = Fraction(1, 5)


def run(clock: LiveClock, told: list[Fraction], arrived: list[float]) -> list[float]:
    places = []
    for second, came_s in zip(told, arrived, strict=True):
        at = clock.place(second, came_s)
        clock.note(at, came_s)
        places.append(float(at))
    return places


def test_times_are_those_of_the_stream_while_nothing_is_odd() -> None:
    clock = LiveClock()
    told = [100 + n * Fraction(1, 3) for n in range(9)]
    places = [clock.place(second, n / 3 + 0.01 * (n % 3)) for n, second in enumerate(told)]
    assert places == [n * Fraction(1, 3) for n in range(9)]
    assert clock.jumps == 0


@pytest.mark.parametrize("jump_s", [3600, 5, -3, -3600])
def test_a_clock_that_jumps_is_not_followed(jump_s: int) -> None:
    clock = LiveClock()
    told = [n * STEP + (jump_s if n >= 10 else 0) for n in range(20)]
    places = run(clock, told, [n / 5 for n in range(20)])
    assert clock.jumps == 1
    assert all(0 < after - before < 0.3 for before, after in pairwise(places))


def test_pictures_that_come_late_after_a_stall_are_not_a_jump() -> None:
    clock = LiveClock()
    arrived = [n / 5 for n in range(10)] + [8 + n / 100 for n in range(40)]
    places = run(clock, [n * STEP for n in range(50)], arrived)
    assert clock.jumps == 0 and places[-1] == pytest.approx(9.8)
    assert clock.late_s == pytest.approx(8.39 - 9.8 + 1.4, abs=2.0)
    clock = LiveClock()
    run(clock, [n * STEP for n in range(12)], arrived[:12])
    assert clock.late_s == pytest.approx(8.01 - 2.2, abs=0.1)


def test_what_a_server_had_kept_is_known_to_be_old() -> None:
    clock = LiveClock()
    arrived = [n / 100 for n in range(10)] + [0.1 + n / 5 for n in range(10)]
    run(clock, [n * STEP for n in range(20)], arrived)
    assert clock.ahead_s == pytest.approx(1.9, abs=0.1)
    assert clock.late_s < 0.05


@pytest.mark.parametrize("drift", [1.0005, 0.9995])
def test_a_drifting_clock_is_put_right_now_and_then(drift: float) -> None:
    clock = LiveClock()
    told = [Fraction(round(n * 9000 * drift), 45_000) for n in range(20_000)]
    places = run(clock, told, [n / 5 for n in range(20_000)])
    assert 1 <= clock.jumps <= 6
    assert abs(places[-1] - 19_999 / 5) < 1.2
    assert clock.late_s < 0.6
