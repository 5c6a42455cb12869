"""Crossings kept until their interval is over, without whose they were: what takes more than one to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import pyarrow as pa

from apercu.analysis.detections import CLASSES
from apercu.statistics.intervals import SECOND_US, Intervals, Micros
from apercu.statistics.lines import LEFT, RIGHT, Crossings, covers_s, speeds_kmh
from apercu.statistics.paths import Floats, Indices, Paths, to_micros
from apercu.statistics.rows import Flags, Marked, Run, bins, summed
from apercu.statistics.scene import Scene

SPEED_STEP_KMH, _FASTEST_KMH = 5, 200
HEADWAYS_S = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Lower edges of the seconds between two that cross a line one after the other; the last is open."""

_WAYS = {RIGHT: "right", LEFT: "left"}
_STREAMS = np.array([{"person": 1, "bicycle": 2}.get(name, 0) for name in CLASSES])
"""What follows what: vehicles follow vehicles, bicycles bicycles, people people."""


@dataclass(frozen=True, slots=True)
class Passages:
    """Crossings of the lines of a scene, one row each.

    Attributes:
        line: int64 (n,), index into the scene's lines.
        to: int64 (n,), ``RIGHT`` or ``LEFT``.
        named: int64 (n,), index into ``CLASSES``.
        at_us: int64 (n,), microseconds of the run.
        speed: float64 (n,), km/h; NaN where it is not known.
        cover_us: int64 (n,), for how long it covered the line.
        tracks, new: bool (n,), as in ``Marked``.
        told: bool (n,), whether it is in a cell already: it is kept for the one that follows it.
        opens: int64 (n,), ``Loose.serial`` of the beginning that it follows, else -1.
    """

    line: Indices
    to: Indices
    named: Indices
    at_us: Micros
    speed: Floats
    cover_us: Micros
    tracks: Flags
    new: Flags
    told: Flags
    opens: Indices

    @classmethod
    def none(cls) -> Self:
        """Return no passages."""
        whole, yes = np.zeros(0, np.int64), np.zeros(0, np.bool_)
        return cls(whole, whole, whole, whole, np.zeros(0), whole, yes, yes, yes, whole)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several as one."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    @classmethod
    def of(
        cls,
        paths: Paths,
        number: int,
        found: Crossings,
        opens: Indices,
        scene: Scene,
        intervals: Intervals,
    ) -> Self:
        """Return the crossings of line ``number``."""
        at_us = to_micros(found.times)
        begin_us, end_us = intervals.around(at_us)
        ones = np.ones(len(at_us), np.int64)
        marked = Marked.by_owner(found.owners, found.to, begin_us, end_us, ones)
        return cls(
            np.full(len(at_us), number, np.int64),
            found.to,
            paths.classes[found.owners],
            at_us,
            speeds_kmh(paths, found.owners, found.times, scene.plane),
            to_micros(covers_s(paths, found.owners, found.times)),
            marked.tracks,
            marked.new,
            np.zeros(len(at_us), np.bool_),
            opens,
        )

    def __len__(self) -> int:
        return len(self.at_us)

    def __getitem__(self, chosen: Flags | Indices) -> Passages:
        return Passages(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def last(self, before_us: int) -> Passages:
        """Return the last one of each stream before a moment (microseconds of the run), as told already.

        The next will follow it.
        """
        told = self[self.at_us < before_us]
        ordered = told[np.lexsort((told.at_us, *told._stream()))]
        last = np.ones(len(ordered), np.bool_)
        last[:-1] = (np.diff(np.stack(ordered._stream()), axis=1) != 0).any(axis=0)
        return replace(ordered[last], told=np.ones(int(last.sum()), np.bool_))

    def since(self, begin_us: int) -> Passages:
        """Return those from a moment (microseconds of the run) on."""
        return self[self.at_us >= begin_us]

    def _stream(self) -> tuple[Indices, Indices, Indices]:
        return _STREAMS[self.named], self.to, self.line

    def cells(self, scene: Scene, intervals: Intervals, run: Run) -> list[pa.Table]:
        """Return what they come to: crossings, speeds, headways and gaps."""
        fresh = self[~self.told]
        measured = fresh[~np.isnan(fresh.speed)]
        speed = np.minimum(measured.speed // SPEED_STEP_KMH, _FASTEST_KMH // SPEED_STEP_KMH)
        low = speed * SPEED_STEP_KMH
        high = np.where(low < _FASTEST_KMH, low + SPEED_STEP_KMH, np.nan)
        headway, gap, after = self._pairs()
        return [
            fresh._told("crossings", scene, intervals, run),
            measured._told("speed", scene, intervals, run, low, high),
            after._told("headway", scene, intervals, run, *bins(headway, HEADWAYS_S)),
            after._told("gap", scene, intervals, run, *bins(gap, HEADWAYS_S)),
        ]

    def _pairs(self) -> tuple[Floats, Floats, Passages]:
        """Return seconds from each to the next, seconds without cover between them, and the next ones."""
        ordered = self[np.lexsort((self.at_us, *self._stream()))]
        stream = np.stack(ordered._stream())
        follows = (np.diff(stream, axis=1) == 0).all(axis=0) & ~ordered.told[1:]
        lead, after = np.flatnonzero(follows), np.flatnonzero(follows) + 1
        headway = ordered.at_us[after] - ordered.at_us[lead]
        gap = headway - (ordered.cover_us[after] + ordered.cover_us[lead]) // 2
        return headway / SECOND_US, gap.clip(0) / SECOND_US, ordered[after]

    def _told(
        self,
        measure: str,
        scene: Scene,
        intervals: Intervals,
        run: Run,
        low: Floats | None = None,
        high: Floats | None = None,
    ) -> pa.Table:
        """Return cells that count the passages, by ``low`` and ``high`` (n,) where they are given."""
        begin_us, end_us = intervals.around(self.at_us)
        bins = np.zeros(len(self), np.int64)
        edges = np.zeros((1, 2))
        if low is not None and high is not None and len(self):
            edges, bins = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
        kinds = np.column_stack([self.line, self.to, self.named, bins.reshape(-1)])
        kinds, codes = np.unique(kinds, axis=0, return_inverse=True)
        ones = np.ones(len(self), np.int64)
        chosen, sums = summed(Marked(codes.reshape(-1), begin_us, end_us, ones, self.tracks, self.new))
        line, to, named, of = kinds[chosen].T
        return run.cells(
            measure,
            sums,
            place=[scene.lines[k].name for k in line],
            series=[scene.lines[k].series for k in line],
            direction=[_WAYS[k] for k in to],
            named=[CLASSES[k] for k in named],
            low=None if low is None else edges[of, 0],
            high=None if high is None else edges[of, 1],
        )
