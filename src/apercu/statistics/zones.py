"""What zones saw: entries, exits, presence, lengths of stays, and most at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa

from apercu.analysis.detections import CLASSES
from apercu.statistics.intervals import Intervals, Micros
from apercu.statistics.paths import Indices, Paths, to_micros
from apercu.statistics.rows import Flags, Marked, Run, bins, summed
from apercu.statistics.scene import Scene
from apercu.statistics.stays import Stays

DWELLS_S = (0.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Lower edges of the lengths of stays, seconds; the last is open."""


def zone_cells(
    paths: Paths, number: int, found: Stays, scene: Scene, intervals: Intervals, run: Run
) -> list[pa.Table]:
    """Return what the stays in zone ``number`` come to, but for how many there were at the same time."""
    enter, leave = to_micros(found.enter), to_micros(found.leave)
    ended = found.ended
    of, begin, end, inside = intervals.split(enter, leave)
    low, _ = bins((found.leave - found.enter)[ended], DWELLS_S)
    zone = scene.zones[number]

    def told(
        measure: str,
        owners: Indices,
        at: tuple[Micros, Micros],
        values: Indices,
        kinds: Indices | None = None,
    ) -> pa.Table:
        named = paths.classes[owners]
        codes = named if kinds is None else named + len(CLASSES) * kinds
        chosen, sums = summed(Marked.by_owner(owners, codes, *at, values))
        edges = np.array([*DWELLS_S, np.nan])
        of_bin = chosen // len(CLASSES)
        return run.cells(
            measure,
            sums,
            place=zone.name,
            series=zone.series,
            named=[CLASSES[k] for k in chosen % len(CLASSES)],
            low=None if kinds is None else edges[of_bin],
            high=None if kinds is None else edges[of_bin + 1],
        )

    ones = np.ones(len(enter), np.int64)
    lengths = np.searchsorted(DWELLS_S, low)
    return [
        told("entries", found.owners, intervals.around(enter), ones),
        told("exits", found.owners[ended], intervals.around(leave[ended]), ones[ended]),
        told("presence", found.owners[of], (begin, end), inside),
        told("dwell", found.owners[ended], intervals.around(leave[ended]), ones[ended], lengths),
    ]


@dataclass(frozen=True, slots=True)
class Presences:
    """Stays kept until their intervals are over, without whose they were.

    Attributes:
        zone: int64 (n,), index into the scene's zones.
        named: int64 (n,), index into ``CLASSES``.
        enter_us, leave_us: int64 (n,), microseconds of the run.
    """

    zone: Indices
    named: Indices
    enter_us: Micros
    leave_us: Micros

    @classmethod
    def none(cls) -> Self:
        """Return no stays."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, nothing)

    @classmethod
    def of(cls, paths: Paths, number: int, found: Stays) -> Self:
        """Return the stays of tracks in zone ``number``."""
        zone = np.full(len(found.owners), number, np.int64)
        return cls(zone, paths.classes[found.owners], to_micros(found.enter), to_micros(found.leave))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several as one."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def settled(self, before_us: int) -> Presences:
        """Return those that are not over before a moment, microseconds of the run."""
        kept: Flags = self.leave_us >= before_us
        return Presences(*(getattr(self, f.name)[kept] for f in fields(self)))

    def cells(self, scene: Scene, intervals: Intervals, run: Run) -> pa.Table:
        """Return how many were in each zone at the same time, at most."""
        codes = np.tile(self.zone * len(CLASSES) + self.named, 2)
        count = len(self.zone)
        step = np.repeat(np.array([1, -1], np.int64), count)
        at = np.concatenate([self.enter_us, self.leave_us])
        # Who leaves at the moment another comes was not there with it.
        order = np.lexsort((step, at, codes))
        codes, at, there = codes[order], at[order], np.cumsum(step[order])
        lasting = np.flatnonzero((there[:-1] > 0) & (codes[1:] == codes[:-1]))
        of, begin, end, _ = intervals.split(at[lasting], at[lasting + 1])
        marked = Marked.by_owner(of, codes[lasting][of], begin, end, there[lasting][of])
        order = np.lexsort((marked.begin_us, marked.codes))
        first = np.ones(len(order), np.bool_)
        first[1:] = (np.diff(marked.codes[order]) != 0) | (np.diff(marked.begin_us[order]) != 0)
        edges = np.flatnonzero(first)
        most = np.maximum.reduceat(marked.values[order], edges) if len(edges) else marked.values
        chosen = marked.codes[order][edges]
        sums = {
            "begin_us": marked.begin_us[order][edges],
            "end_us": marked.end_us[order][edges],
            "values": most,
            # So many at least were there, and were new.
            "tracks": most,
            "new_tracks": np.zeros_like(most),
        }
        zones = [scene.zones[k] for k in chosen // len(CLASSES)]
        return run.cells(
            "occupancy",
            sums,
            place=[zone.name for zone in zones],
            series=[zone.series for zone in zones],
            named=[CLASSES[k] for k in chosen % len(CLASSES)],
        )
