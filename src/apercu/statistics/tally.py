"""Tracks in, cells out: each track is looked at once and forgotten.

What one track alone decides goes into cells at once. What takes more than one, the time between two crossings
or how many were in a zone together, waits as crossings and stays without whose they were, until the interval
can change no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from apercu.analysis.tracks import Tracks
from apercu.statistics.bridging import bridged
from apercu.statistics.cells import CELL_SCHEMA
from apercu.statistics.flows import Visits, flow_cells
from apercu.statistics.heat import heat_cells
from apercu.statistics.intervals import HOUR_S, SECOND_US, Intervals
from apercu.statistics.lines import Passes, Sides, crossings
from apercu.statistics.loose import Loose
from apercu.statistics.passages import Passages
from apercu.statistics.paths import Paths, to_micros
from apercu.statistics.rows import Marked, Run, added, summed
from apercu.statistics.scene import Scene
from apercu.statistics.stays import stays
from apercu.statistics.zones import Presences, zone_cells

Spans = Sequence[tuple[float, float]]
"""Begin and end of each, seconds of the run, in order."""

_LOOSE_TABLES = 64
_TICK_S = 1e-3


class Tally:
    """Counts the tracks of one run, in any order and in any batches: the cells are the same."""

    def __init__(self, scene: Scene, intervals: Intervals, run: Run, *, heat: bool = True) -> None:
        """Count in a scene, by intervals; heat maps too, by an hour at least."""
        longer = replace(intervals, length_s=max(intervals.length_s, HOUR_S))
        self._heat = longer if heat else None
        self._scene, self._intervals, self._run = scene, intervals, run
        self._cells: list[pa.Table] = []
        self._passages = Passages.none()
        self._presences = Presences.none()
        self._loose: Loose | None = None
        self._serial = 0
        self._settled_us: int | None = None

    def add(self, tracks: Tracks, *, going_on: bool = False) -> None:
        """Count tracks with all of their observations.

        Args:
            tracks: of this run.
            going_on: whether they are still in view: then their ends are none.

        Raises:
            UsageError: an observation belongs to no track.
        """
        if not len(tracks):
            return
        paths = Paths.of(tracks, going_on=going_on)
        scene, intervals, run = self._scene, self._intervals, self._run
        visits: list[Visits] = []
        picture = scene.width, scene.height
        for number, line in enumerate(scene.lines):
            sides = Sides.of(paths, line.ends, picture)
            passes = Passes.of(paths, sides)
            crossed = crossings(paths, sides, passes)
            ends, opens = Loose.of(paths, number, sides, passes, crossed, picture, self._serial)
            self._serial += paths.count
            self._loose = ends if self._loose is None else Loose.joined([self._loose, ends])
            passed = Passages.of(paths, number, crossed, opens, scene, intervals)
            self._passages = Passages.joined([self._passages, passed])
            visits.append(Visits.at(number, crossed.owners, crossed.times, crossed.times))
        for number, zone in enumerate(scene.zones):
            found = stays(paths, zone)
            self._cells += zone_cells(paths, number, found, scene, intervals, run)
            self._presences = Presences.joined([self._presences, Presences.of(paths, number, found)])
            visits.append(Visits.at(len(scene.lines) + number, found.owners, found.enter, found.leave))
        self._cells += flow_cells(paths, Visits.joined(visits), scene, intervals, run)
        if self._heat is not None:
            self._cells += heat_cells(paths, scene, self._heat, run)
        if len(self._cells) > _LOOSE_TABLES:
            self._cells = [added(self._cells)]

    @property
    def passages(self) -> Passages:
        """The crossings so far, one row each, also those where a track broke; not those long settled."""
        return self._passages if self._loose is None else bridged(self._passages, self._loose, self._scene)

    def cells(self, watched: Spans = ()) -> pa.Table:
        """Return all that was counted and not yet taken by ``settle``: a table of ``CELL_SCHEMA``.

        Args:
            watched: spans of the run that were watched from its start on, seconds.
        """
        told = self.passages.cells(self._scene, self._intervals, self._run)
        told.append(self._presences.cells(self._scene, self._intervals, self._run))
        everything = added([*self._cells, *told, self._observed(watched)])
        if self._settled_us is None:
            return everything
        return everything.filter(pc.invert(_over(everything, self._settled_us)))

    def so_far(self, going_on: Tracks, watched: Spans = ()) -> pa.Table:
        """Return the cells as they would be if tracks that are still in view were counted, too."""
        other = copy(self)
        other._cells = list(self._cells)
        other.add(going_on, going_on=True)
        return other.cells(watched)

    def settle(self, until_s: float, watched: Spans = ()) -> pa.Table:
        """Return the cells of intervals that are over, and forget them.

        Args:
            until_s: seconds of the run; no track that begins earlier will be added any more.
            watched: as in ``cells``.
        """
        begin, _ = self._intervals.around(to_micros(np.array([max(until_s, 0.0)])))
        edge = int(begin[0])
        if self._settled_us is not None and edge <= self._settled_us:
            return CELL_SCHEMA.empty_table()
        everything = self.cells(watched)
        waiting = added(self._cells)
        self._cells = [waiting.filter(pc.invert(_over(waiting, edge)))]
        # The last before the edge may be one that no single track crossed: its pieces are soon forgotten.
        before, after = self.passages.last(self._of_run(edge)), self._passages.since(self._of_run(edge))
        self._passages = Passages.joined([before, after])
        self._presences = self._presences.settled(self._of_run(edge))
        if self._loose is not None:
            self._loose = self._loose.settled(self._of_run(edge))
        self._settled_us = edge
        return everything.filter(_over(everything, edge)).cast(CELL_SCHEMA)

    def _of_run(self, at_us: int) -> int:
        return at_us - (self._intervals.start_us or 0)

    def _observed(self, spans: Spans) -> pa.Table:
        """Return the cells that say what was watched, as far as they are not settled."""
        begins, ends = to_micros(np.array(spans, np.float64).reshape(-1, 2).T)
        if self._settled_us is not None:
            begins = np.maximum(begins, self._of_run(self._settled_us))
        kept = ends > begins
        _, begin, end, inside = self._intervals.split(begins[kept], ends[kept])
        nobody = np.zeros(len(begin), np.bool_)
        codes = np.zeros(len(begin), np.int64)
        _, sums = summed(Marked(codes, begin, end, inside, nobody, nobody))
        return self._run.cells("observed", sums)


def _over(cells: pa.Table, at_us: int) -> Any:
    """Return which cells are of intervals that have ended at a moment, absolute."""
    ends = pc.add(cells["begin_s"], cells["length_s"])
    return pc.less_equal(ends, pa.scalar(at_us / SECOND_US + _TICK_S))
