"""What is compiled before anybody waits is all that arranging takes."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import active_children
from typing import Any

from numba.core.dispatcher import Dispatcher

from apercu.synopsis import (
    ArrangeOptions,
    MaskGrid,
    Tube,
    arrange,
    footprints,
    occupancy,
    pricing,
    seating,
    shapes,
)
from apercu.synopsis.warming import warm, warming


def compilations() -> dict[str, list[Any]]:
    """Return for which arrays each loop has been compiled, or read from the disk, in this process."""
    found = {}
    for module in (footprints, occupancy, pricing, seating, shapes):
        for name, loop in vars(module).items():
            if isinstance(loop, Dispatcher):
                found[f"{module.__name__}.{name}"] = list(loop.signatures)
    return found


def test_nothing_is_left_to_compile(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    warm()
    before = compilations()
    assert before["apercu.synopsis.seating.seat"]
    tubes = [make_tube(3.0 * i, 20 + i, begin=(i, 5 * i), end=(60 - i, 30), track_id=i) for i in range(7)]
    for options in (ArrangeOptions(), ArrangeOptions(density=1), ArrangeOptions(overlap=0.1, density=3)):
        arrange(tubes, grid, tubes[0].rate, options)
    assert compilations() == before


def test_it_is_done_apart_and_ends_with_the_service() -> None:
    with warming():
        assert len(active_children()) == 1
    assert active_children() == []
