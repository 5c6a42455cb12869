from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from apercu.synopsis import ArrangeOptions, MaskGrid, Stream, Tube
from apercu.synopsis.occupancy import cover

RATE = Fraction(10)


def day(make_tube: Callable[..., Tube], count: int) -> list[Tube]:
    rng = np.random.default_rng(1)
    return [
        make_tube(
            5.0 * i,
            int(rng.integers(10, 40)),
            begin=(-6, int(rng.integers(0, 35))),
            end=(80, int(rng.integers(0, 35))),
            size=(6, 10),
            track_id=i,
        )
        for i in range(count)
    ]


def shown(stream: Stream, tubes: list[Tube]) -> list[tuple[Tube, int]]:
    told = [each for tube in tubes for each in stream.add(tube)]
    return [*told, *stream.finish()]


@pytest.mark.parametrize("overlap", [0.0, 0.01])
def test_every_tube_is_shown_once_within_the_budget(
    make_tube: Callable[..., Tube], grid: MaskGrid, overlap: float
) -> None:
    tubes = day(make_tube, 60)
    told = shown(Stream(grid, RATE, ArrangeOptions(overlap)), tubes)
    assert sorted(tube.track_id for tube, _ in told) == list(range(60))
    starts = np.array([start for _, start in told])
    assert (np.diff(starts) >= 0).all()
    placed = [tube for tube, _ in told]
    count = max(start + len(tube) for tube, start in told)
    assert cover(placed, starts, grid)[1] <= overlap * grid.width * grid.height * count
    assert count < sum(map(len, tubes)) / 2


def test_a_pool_of_one_keeps_the_order(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    told = shown(Stream(grid, RATE, pool=1), day(make_tube, 10))
    assert [tube.track_id for tube, _ in told] == list(range(10))


def test_what_is_kept_does_not_grow(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    stream = Stream(grid, RATE, ArrangeOptions(0.0))
    held = []
    for tube in day(make_tube, 200):
        list(stream.add(tube))
        held.append(stream.held)
    assert max(held[100:]) <= 1.5 * max(held[20:100])


def test_density_is_kept(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    told = shown(Stream(grid, RATE, ArrangeOptions(1.0, density=3)), day(make_tube, 40))
    ends = max(start + len(tube) for tube, start in told)
    on_screen = np.zeros(ends, int)
    for tube, start in told:
        on_screen[start : start + len(tube)] += 1
    assert on_screen.max() == 3
