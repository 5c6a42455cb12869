"""Which tubes belonged together when they were filmed, so that they are shown together.

Two kinds: company (people walking or standing side by side, someone and their bicycle, dog or bag), near each
other for most of the shorter one's time; and boarding (someone steps out of a vehicle, or into it), near a
standing vehicle where their own track begins or ends. Vehicles in a lane are near each other all day without
having to do with each other: they are never company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apercu.geometry import feet, sides, sizes
from apercu.synopsis.options import TOGETHER
from apercu.synopsis.tubes import Tube

_EVERY_S = 0.5
_LEAST_S = 1.0
_ASIDE = 0.8
_DEPTH = 0.4
_STANDS = 0.2
_VEHICLES = ("car", "bus", "truck", "other")
_LONGER = 1.5
"""Others join only while all together last no longer than this many times the longest of them: in a crowd
everyone is near someone, and the day must not become one piece."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Tubes that belong together.

    Attributes:
        tubes: int64 (n, 2), positions of both among the tubes, the smaller first.
        offsets: int64 (n,), frames from the start of the first to the start of the second, so that what was
            seen at the same time is shown at the same time.
        strength: float64 (n,), share of the shorter one's time near the other; 1 for boarding.
    """

    tubes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    strength: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Moments:
    """What is seen every half second, rows in order of time: time bin, tube, sample, place and size."""

    bins: NDArray[np.int64]
    tubes: NDArray[np.int64]
    samples: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    width: NDArray[np.float64]
    height: NDArray[np.float64]
    stands: NDArray[np.bool_]


def interacting(tubes: Sequence[Tube], together: float = TOGETHER) -> Pairs:
    """Return the pairs of tubes that belong together.

    Args:
        tubes: all on one time line.
        together: least share of the shorter one's time for which company must last, 0 to 1.
    """
    seen = _moments(tubes)
    first, second = _near(seen)
    count = len(tubes)
    keys = np.minimum(seen.tubes[first], seen.tubes[second]) * count + np.maximum(
        seen.tubes[first], seen.tubes[second]
    )
    swapped = seen.tubes[first] > seen.tubes[second]
    first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    pairs, begin, near = np.unique(keys, return_index=True, return_counts=True)
    a, b = pairs // max(1, count), pairs % max(1, count)
    vehicle = np.array([tube.class_name in _VEHICLES for tube in tubes], np.bool_)
    looks = np.bincount(seen.tubes, minlength=count)
    share = near / np.minimum(looks[a], looks[b]) if len(a) else np.zeros(0)
    company = ~(vehicle[a] | vehicle[b]) & (share >= together) & (near * _EVERY_S >= _LEAST_S)
    # Boarding: near the vehicle within a second of where the other's track begins or ends.
    at_vehicle = vehicle[seen.tubes[first]] != vehicle[seen.tubes[second]]
    walker = np.where(vehicle[seen.tubes[first]], second, first)
    rider = np.where(vehicle[seen.tubes[first]], first, second)
    lengths = np.array([len(tube) for tube in tubes], np.int64)
    slack = np.array([2 * _EVERY_S * float(tube.rate) for tube in tubes])
    at_end = (seen.samples[walker] <= slack[seen.tubes[walker]]) | (
        seen.samples[walker] >= lengths[seen.tubes[walker]] - 1 - slack[seen.tubes[walker]]
    )
    boards = np.isin(pairs, keys[at_vehicle & at_end & seen.stands[rider]])
    kept = company | boards
    offsets = seen.samples[first[begin]] - seen.samples[second[begin]]
    return Pairs(
        np.column_stack([a, b])[kept], offsets[kept], np.where(boards, 1.0, np.minimum(share, 1.0))[kept]
    )


def composites(tubes: Sequence[Tube], pairs: Pairs) -> tuple[list[list[int]], NDArray[np.int64]]:
    """Return which tubes move together, and when each begins within its composite.

    Args:
        tubes: all of them.
        pairs: those that belong together.

    Returns:
        Lists of positions among the tubes, in the order of their first; and int64 (n,), frames from the start
        of the composite that a tube belongs to.
    """
    group = [[i] for i in range(len(tubes))]
    start = np.zeros(len(tubes), np.int64)
    lengths = np.array([len(tube) for tube in tubes], np.int64)
    belongs = np.arange(len(tubes))
    for k in np.argsort(-pairs.strength, kind="stable").tolist():
        i, j = pairs.tubes[k].tolist()
        one, other = group[belongs[i]], group[belongs[j]]
        if one is other:
            continue
        shift = start[i] + pairs.offsets[k] - start[j]
        moved = start[other] + shift
        begin, end = min(start[one].min(), moved.min()), (moved + lengths[other]).max()
        end = max(end, (start[one] + lengths[one]).max())
        if end - begin > _LONGER * max(lengths[one].max(), lengths[other].max()):
            continue
        start[other] = moved
        belongs[other] = belongs[i]
        one += other
    parts = [sorted(group[i]) for i in range(len(tubes)) if belongs[i] == i]
    for part in parts:
        start[part] -= start[part].min()
    return sorted(parts), start


def _moments(tubes: Sequence[Tube]) -> _Moments:
    rows: list[tuple[NDArray[Any], ...]] = []
    for number, tube in enumerate(tubes):
        bins = np.floor((tube.line_s - tube.start_s + tube.seconds) / _EVERY_S).astype(np.int64)
        samples = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
        boxes = tube.boxes[samples].astype(float)
        places = feet(boxes)
        nearby = np.clip(np.arange(len(samples))[:, None] + [-1, 1], 0, len(samples) - 1)
        moved = np.hypot(*(places[nearby[:, 1]] - places[nearby[:, 0]]).T)
        stands = moved <= _STANDS * sizes(boxes)
        who = np.full(len(samples), number)
        rows.append((bins[samples], who, samples, *places.T, *sides(boxes).T, stands))
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 8
    order = np.lexsort((columns[1], columns[0]))
    bins, numbers, samples = (column[order].astype(np.int64) for column in columns[:3])
    x, y, width, height = (column[order] for column in columns[3:7])
    return _Moments(bins, numbers, samples, x, y, width, height, columns[7][order].astype(np.bool_))


def _near(seen: _Moments) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of the same time, in pairs, whose feet stand side by side."""
    found = []
    for lag in range(1, len(seen.bins)):
        first = np.flatnonzero(seen.bins[lag:] == seen.bins[:-lag])
        if not len(first):
            break
        second = first + lag
        tall = (seen.height[first] + seen.height[second]) / 2
        gap = np.abs(seen.x[first] - seen.x[second]) - (seen.width[first] + seen.width[second]) / 2
        deep = np.abs(seen.y[first] - seen.y[second])
        near = (gap <= _ASIDE * tall) & (deep <= _DEPTH * tall)
        found.append(np.stack([first[near], second[near]]))
    first, second = np.concatenate([np.zeros((2, 0), np.int64), *found], axis=1)
    return first, second
