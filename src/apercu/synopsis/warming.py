"""The loops of arranging, compiled before anybody waits for them: that takes a new machine many seconds."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from multiprocessing import get_context

import numpy as np

from apercu.analysis.masks import CutMask
from apercu.synopsis.arrangement import arrange
from apercu.synopsis.options import ArrangeOptions
from apercu.synopsis.tubes import MaskGrid, Tube

_SAMPLES, _SIDE = 40, 6
_RATE = Fraction(10)


@contextmanager
def warming() -> Iterator[None]:
    """Compile them in a process of its own, which gives way to all others, and ends with the context.

    Compiling holds the interpreter: in a thread of a service it would keep everybody's first page waiting.
    What is compiled lies on the disk; where it is there already, this takes about a second.
    """
    process = get_context("spawn").Process(target=_warm_apart, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def warm() -> None:
    """Arrange a few tubes that are made up, in the ways that arrangements are asked for."""
    grid = MaskGrid(64, 36, 128, 72)
    tubes = [_tube(number, grid) for number in range(6)]
    for options in (ArrangeOptions(), ArrangeOptions(overlap=0.0, density=2), ArrangeOptions(length_s=6.0)):
        arrange(tubes, grid, _RATE, options)


def _warm_apart() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    os.nice(19)
    warm()


def _tube(number: int, grid: MaskGrid) -> Tube:
    """Return the tube of a square that goes straight across the grid, each on a way of its own."""
    way = np.linspace(0, grid.width - _SIDE, _SAMPLES)
    if number % 2:
        way = way[::-1]
    corners = np.column_stack([way, np.full(_SAMPLES, 4.0 * number)]).astype(np.int32)
    boxes = (np.column_stack([corners, corners + _SIDE]) * grid.cell_px).astype(np.float32)
    begin_s = 8.0 * number
    return Tube(
        recording_id="",
        track_id=number,
        class_name="other",
        start_s=begin_s,
        line_s=begin_s,
        rate=_RATE,
        nearest=np.zeros(_SAMPLES, np.int32),
        boxes=boxes,
        corners=corners,
        masks=[CutMask(0, 0, np.ones((_SIDE, _SIDE), np.bool_)).packed()],
        sizes=np.full((1, 2), _SIDE, np.int32),
        seconds=begin_s + np.arange(_SAMPLES) / float(_RATE),
        skipped=np.zeros(_SAMPLES),
    )
