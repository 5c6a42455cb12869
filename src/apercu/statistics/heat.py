"""Where in the picture things move, which way, and where they stand: a grid of 32 x 18 cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from apercu.analysis.detections import CLASSES
from apercu.search.places import CLEAR_SIZES
from apercu.statistics.cells import HEAT_COLUMNS, HEAT_ROWS
from apercu.statistics.intervals import Intervals
from apercu.statistics.paths import Floats, Indices, Paths, to_micros
from apercu.statistics.rows import Flags, Marked, Run, summed
from apercu.statistics.scene import Scene

HEADING_STEP_DEG = 45
"""Degrees of one direction; the first one is from straight up to half right of it, clockwise."""

_CELLS = HEAT_COLUMNS * HEAT_ROWS
_PER_CELL = 2


def heat_cells(paths: Paths, scene: Scene, intervals: Intervals, run: Run) -> list[pa.Table]:
    """Return how many moved through each cell, by direction too, and for how long they stood in it.

    Still is what moves by less than a fifth of its own size in a second. A step from one observation to the
    next counts where it leads through, and when its middle is.
    """
    steps = np.flatnonzero(paths.together)
    owners, feet = paths.owners[steps], paths.feet
    middle_s = (paths.times[steps] + paths.times[steps + 1]) / 2
    velocity = paths.velocities(owners, middle_s, feet)
    still = np.hypot(*velocity.T) < CLEAR_SIZES * paths.sizes[steps]
    middle = (feet[steps] + feet[steps + 1]) / 2
    inside, place = _cells_of(middle, scene)
    rest = still & inside
    lasting = to_micros(paths.times[steps + 1]) - to_micros(paths.times[steps])
    at = intervals.around(to_micros(middle_s))
    standing = Marked.by_owner(
        owners[rest],
        place[rest] * len(CLASSES) + paths.classes[owners[rest]],
        at[0][rest],
        at[1][rest],
        lasting[rest],
    )
    of, points = _along(feet[steps], feet[steps + 1], ~still, scene)
    inside, place = _cells_of(points, scene)
    of, place = of[inside], place[inside]
    codes = place * len(CLASSES) + paths.classes[owners[of]]
    way = feet[steps[of] + 1] - feet[steps[of]]
    heading = np.degrees(np.arctan2(way[:, 0], -way[:, 1])) % 360 // HEADING_STEP_DEG
    begin, end = at[0][of], at[1][of]
    moving = _objects(owners[of], codes, (begin, end))
    heading_codes = codes + _CELLS * len(CLASSES) * heading.astype(np.int64)
    going = _objects(owners[of], heading_codes, (begin, end))
    return [
        _told("standing", standing, run),
        _told("movement", moving, run),
        _told("heading", going, run),
    ]


def _objects(owners: Indices, codes: Indices, at: tuple[Indices, Indices]) -> Marked:
    """Return rows that count each track once for each code and interval."""
    marked = Marked.by_owner(owners, codes, *at, np.zeros(len(owners), np.int64))
    return replace(marked, values=marked.tracks.astype(np.int64))


def _told(measure: str, marked: Marked, run: Run) -> pa.Table:
    codes, sums = summed(marked)
    place, heading = codes // len(CLASSES) % _CELLS, codes // (len(CLASSES) * _CELLS) * HEADING_STEP_DEG
    told = measure == "heading"
    return run.cells(
        measure,
        sums,
        named=[CLASSES[k] for k in codes % len(CLASSES)],
        low=heading.astype(float) if told else None,
        high=heading + float(HEADING_STEP_DEG) if told else None,
        column=place % HEAT_COLUMNS,
        row=place // HEAT_COLUMNS,
    )


def _cells_of(points: Floats, scene: Scene) -> tuple[Flags, Indices]:
    """Return which points (n, 2) lie in the picture, and the cell of each, row by row: int64 (n,)."""
    column = np.floor(points[:, 0] / scene.width * HEAT_COLUMNS)
    # Feet on the lower edge are in the picture: boxes end there.
    row = np.floor(np.minimum(points[:, 1], scene.height - 1e-6) / scene.height * HEAT_ROWS)
    inside = (column >= 0) & (column < HEAT_COLUMNS) & (row >= 0) & (row < HEAT_ROWS)
    return inside, np.where(inside, row * HEAT_COLUMNS + column, 0).astype(np.int64)


def _along(start: Floats, end: Floats, chosen: Flags, scene: Scene) -> tuple[Indices, Floats]:
    """Return points on the chosen steps, half a cell apart at most: the step of each, and where it is."""
    half = np.array([scene.width / HEAT_COLUMNS, scene.height / HEAT_ROWS]) / _PER_CELL
    counts = np.where(chosen, np.ceil((np.abs(end - start) / half).max(axis=1, initial=0)).clip(1), 0)
    of = np.repeat(np.arange(len(start)), counts.astype(np.int64))
    first = np.repeat(np.cumsum(counts) - counts, counts.astype(np.int64))
    share = ((np.arange(len(of)) - first + 0.5) / counts[of])[:, None]
    return of, start[of] + share * (end[of] - start[of])
