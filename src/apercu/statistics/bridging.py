"""One object, one crossing: also where its track broke near the line."""

from __future__ import annotations

import numpy as np

from apercu.analysis.detections import OTHER
from apercu.analysis.tracklets import kin
from apercu.statistics.intervals import SECOND_US
from apercu.statistics.lines import KMH
from apercu.statistics.loose import BRIDGED_S, NOTHING_US, Loose
from apercu.statistics.passages import Passages
from apercu.statistics.paths import Floats, Indices
from apercu.statistics.scene import Scene

_OVERLAP_S = 0.6
_SMALLEST, _LARGEST = 0.55, 1.8


def bridged(passages: Passages, loose: Loose, scene: Scene) -> Passages:
    """Return the crossings of objects, given those of tracks.

    A track that ended near a line and one of a kindred class that begins shortly after where the first was
    going are one object: it crossed when it was clearly on one side before and on the other after, and what
    both crossed, one after the other, the same way, it crossed once. An end on the line that nothing follows
    counts as a crossing when its velocity says so.

    Beginnings take their ends in order of time, so what comes later changes nothing before.
    """
    ends, begins = _pairs(loose)
    left = np.ones(len(loose), np.bool_)
    left[ends] = left[begins] = False
    beyond = np.flatnonzero(left & (loose.passed_us != NOTHING_US))
    across, doubled = _joined(loose, ends, begins, scene)
    kept = ~np.isin(passages.opens, loose.serial[begins[doubled]])
    return Passages.joined(
        [
            passages[kept],
            _crossing(loose, ends[across], begins[across], scene),
            _extrapolated(loose, beyond),
        ]
    )


def _pairs(loose: Loose) -> tuple[Indices, Indices]:
    """Return rows of ends (m,) and of the beginnings (m,) that go on from them."""
    ends = np.flatnonzero(~loose.begins & ~loose.at_edge)
    begins = np.flatnonzero(loose.begins & ~loose.at_edge)
    begins = begins[np.lexsort((*loose.place[begins].T, loose.at_us[begins]))]
    ends = ends[np.lexsort((*loose.place[ends].T, loose.at_us[ends]))]
    free = np.ones(len(ends), np.bool_)
    found: list[tuple[int, int]] = []
    at = loose.at_us[ends]
    for begin in begins.tolist():
        low, high = np.searchsorted(
            at,
            [
                loose.at_us[begin] - round(BRIDGED_S * SECOND_US),
                loose.at_us[begin] + round(_OVERLAP_S * SECOND_US),
            ],
        )
        near = np.arange(low, high)[free[low:high]]
        near = near[loose.line[ends[near]] == loose.line[begin]]
        if not len(near):
            continue
        cost = _costs(loose, ends[near], begin)
        best = int(cost.argmin())
        if cost[best] < 1:
            free[near[best]] = False
            found.append((int(ends[near[best]]), begin))
    pairs = np.array(found, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _costs(loose: Loose, ends: Indices, begin: int) -> Floats:
    """Return for each end how unlike it is that the beginning goes on from it: below 1 it does."""
    gap_s = (loose.at_us[begin] - loose.at_us[ends]) / SECOND_US
    velocity = (loose.velocity[ends] + loose.velocity[begin]) / 2
    apart = loose.place[ends] + velocity * gap_s[:, None] - loose.place[begin]
    size = (loose.size[ends] + loose.size[begin]) / 2
    speed = np.hypot(*velocity.T)
    allowed = size * (1 + 0.1 * gap_s.clip(0)) + speed * gap_s.clip(0) / 2
    ratio = loose.size[ends] / loose.size[begin]
    # A short track is not its own successor.
    possible = loose.serial[ends] != loose.serial[begin]
    possible &= (ratio > _SMALLEST) & (ratio < _LARGEST) & kin(loose.named[ends], loose.named[begin])
    return np.where(possible, np.hypot(*apart.T) / allowed + 0.07 * np.abs(gap_s), np.inf)


def _joined(loose: Loose, ends: Indices, begins: Indices, scene: Scene) -> tuple[Indices, Indices]:
    """Return which pairs crossed between end and beginning, and of which both crossed the same way."""
    before, after = loose.side[ends], loose.side[begins]
    changed = (before * after < 0) & (loose.clear_us[begins] > loose.clear_us[ends])
    across, doubled = [], []
    for row in np.flatnonzero(changed).tolist():
        end, begin, to = int(ends[row]), int(begins[row]), int(after[row])
        line = scene.lines[int(loose.line[end])].ends
        way = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
        normal = np.array([-way[1], way[0]])
        onward = [float(loose.velocity[k] @ normal) * to for k in (end, begin)]
        if max(onward) > 0:
            share = _share(loose, end, begin, line)
            place = loose.clear[end] + share * (loose.clear[begin] - loose.clear[end])
            along = float((place - line[0]) @ way)
            if 0 <= along <= np.hypot(*(line[1] - line[0])):
                across.append(row)
        elif loose.crossed[end] == loose.crossed[begin] == -to and _lately(loose, end, begin):
            doubled.append(row)
    return np.array(across, np.int64), np.array(doubled, np.int64)


def _lately(loose: Loose, end: int, begin: int) -> bool:
    """Return whether both crossed within the time that is bridged from their ends."""
    since = max(
        loose.at_us[end] - loose.crossed_us[end],
        loose.crossed_us[begin] - loose.at_us[begin],
    )
    return bool(since <= BRIDGED_S * SECOND_US)


def _share(loose: Loose, end: int, begin: int, line: Floats) -> float:
    """Return what part of the way from where it was clear last to where it was clear first is at the line."""
    way = line[1] - line[0]
    normal = np.array([-way[1], way[0]])
    before, after = ((loose.clear[k] - line[0]) @ normal for k in (end, begin))
    return float(before / (before - after))


def _crossing(loose: Loose, ends: Indices, begins: Indices, scene: Scene) -> Passages:
    """Return the crossings of pairs between end and beginning."""
    shares = [
        _share(loose, end, begin, scene.lines[int(loose.line[end])].ends)
        for end, begin in zip(ends.tolist(), begins.tolist(), strict=True)
    ]
    lasted = loose.clear_us[begins] - loose.clear_us[ends]
    at_us = loose.clear_us[ends] + np.rint(np.array(shares, np.float64) * lasted).astype(np.int64)
    speed = np.full(len(ends), np.nan)
    if scene.plane is not None and len(ends):
        way = scene.plane.to_metres(loose.clear[begins]) - scene.plane.to_metres(loose.clear[ends])
        speed = KMH * np.hypot(*way.T) / (lasted / SECOND_US)
    named = np.where(loose.named[ends] == OTHER, loose.named[begins], loose.named[ends])
    return _passages(loose.line[ends], loose.side[begins], named, at_us, speed)


def _extrapolated(loose: Loose, rows: Indices) -> Passages:
    """Return the crossings of ends that were on the line, and on their way over it."""
    to = np.where(loose.begins[rows], loose.side[rows], -loose.side[rows])
    unknown = np.full(len(rows), np.nan)
    return _passages(loose.line[rows], to, loose.named[rows], loose.passed_us[rows], unknown)


def _passages(line: Indices, to: Indices, named: Indices, at_us: Indices, speed: Floats) -> Passages:
    yes = np.ones(len(line), np.bool_)
    none = np.zeros(len(line), np.int64)
    return Passages(line, to, named, at_us, speed, none, yes, yes, ~yes, none - 1)
