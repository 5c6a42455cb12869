"""The loops of the stage, compiled: looking at starts, placing, taking away.

Beside the room and the footprints they speak of ``cap``, most tubes on screen at once, and ``starts``, where
each unit is, -1 for nowhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled
from apercu.synopsis.pricing import ANY_CROWD, ANY_PRICE, AT_ONCE, CROWDED, PLANES, Bits, price_of, words_for


class Room(NamedTuple):
    """Output time and space as it is filled.

    Attributes:
        counts: uint16 (cells, ticks), how many units are at a cell and tick.
        once: as bits, whether it is exactly one (see ``pricing``).
        crowd: int32 (ticks,), tubes on screen.
    """

    counts: NDArray[np.uint16]
    once: Bits
    crowd: NDArray[np.int32]

    @classmethod
    def empty(cls, cells: int, ticks: int = 0) -> Room:
        """Return so much room with nothing in it."""
        once = np.zeros((cells, words_for(ticks)), np.uint64)
        return cls(np.zeros((cells, ticks), np.uint16), once, np.zeros(ticks, np.int32))


class Prints(NamedTuple):
    """The units' footprints, see ``Footprints``.

    Attributes:
        cells, ticks: int32 (m,), what they cover, unit by unit.
        bounds: int64 (n + 1,), where those of each begin.
        own: uint8 (t,), tubes on screen within each, tick by tick.
        lived: int64 (n + 1,), where those of each begin.
    """

    cells: NDArray[np.int32]
    ticks: NDArray[np.int32]
    bounds: NDArray[np.int64]
    own: NDArray[np.uint8]
    lived: NDArray[np.int64]


@compiled
def place(
    room: Room,
    prints: Prints,
    unit: int,
    start: int,
) -> int:
    """Put one unit; return how many cells became shared."""
    counts, once, crowd = room
    cells, ticks, bounds, own, lived = prints
    shared = 0
    for pair in range(bounds[unit], bounds[unit + 1]):
        cell, tick = cells[pair], start + ticks[pair]
        now = counts[cell, tick] + 1
        counts[cell, tick] = now
        if now == 1:
            once[cell, tick >> 6] |= np.uint64(1) << np.uint64(tick & 63)
        elif now == 2:
            once[cell, tick >> 6] &= ~(np.uint64(1) << np.uint64(tick & 63))
            shared += 1
    for k in range(lived[unit], lived[unit + 1]):
        crowd[start + k - lived[unit]] += own[k]
    return shared


@compiled
def take(
    room: Room,
    prints: Prints,
    unit: int,
    start: int,
) -> int:
    """Take one unit away; return how many cells are shared no more."""
    counts, once, crowd = room
    cells, ticks, bounds, own, lived = prints
    shared = 0
    for pair in range(bounds[unit], bounds[unit + 1]):
        cell, tick = cells[pair], start + ticks[pair]
        now = counts[cell, tick] - 1
        counts[cell, tick] = now
        if now == 1:
            once[cell, tick >> 6] |= np.uint64(1) << np.uint64(tick & 63)
            shared += 1
        elif now == 0:
            once[cell, tick >> 6] &= ~(np.uint64(1) << np.uint64(tick & 63))
    for k in range(lived[unit], lived[unit + 1]):
        crowd[start + k - lived[unit]] -= own[k]
    return shared


@compiled
def vacate(
    room: Room,
    prints: Prints,
    starts: NDArray[np.int64],
    units: NDArray[np.int64],
) -> int:
    """Take units away; return how many cells are shared no more."""
    shared = 0
    for unit in units:
        shared += take(room, prints, unit, starts[unit])
        starts[unit] = -1
    return shared


@compiled
def _enough(shared: float) -> int:
    """Return a number of shared cells that ``price_of`` understands."""
    return int(min(shared, float(ANY_PRICE)))


@compiled
def seat(
    room: Room,
    prints: Prints,
    cap: int,
    starts: NDArray[np.int64],
    units: NDArray[np.int64],
    lows: NDArray[np.int64],
    highs: NDArray[np.int64],
    wanted: NDArray[np.int64],
    price: float,
    keep: bool,
) -> tuple[int, int]:
    """Move units one by one, see ``Stage.seat``; return how much more is shared, and cells looked at."""
    _, once, crowd = room
    cells, ticks, bounds, own, lived = prints
    shared = work = 0
    planes, out = np.empty(PLANES, np.uint64), np.empty(AT_ONCE, np.int64)
    for k in range(len(units)):
        unit, low, high = units[k], lows[k], highs[k]
        limit, at, was, had = np.inf, low, starts[unit], 0
        if starts[unit] >= 0:
            had = take(room, prints, unit, starts[unit])
            shared -= had
            at = starts[unit]
            if keep:
                limit = had
        mine = slice(bounds[unit], bounds[unit + 1])
        own_ticks = own[lived[unit] : lived[unit + 1]]
        target = min(max(wanted[k], low), high)
        best = np.inf
        away = 0
        if low >= high:
            at = low
        elif was >= 0 and had == 0 and was == target and cap == ANY_CROWD:
            low = high  # nothing is better than nothing shared where it is wanted
        elif low <= was <= high and cap == ANY_CROWD:
            best = abs(was - target) + price * had  # to stay
        while low < high and away <= best and (target + away <= high or target - away >= low):
            for side in range(2):
                if side == 0:
                    first, last = target + away, min(high + 1, target + away + AT_ONCE)
                else:
                    first, last = max(low, target - away - AT_ONCE + 1), target - away + 1
                    if away == 0:
                        last -= 1  # the target itself was looked at
                if last <= first:
                    continue
                enough = _enough(min(limit, (best - away) / price + 1) if price > 0 else limit)
                work += price_of(
                    once,
                    crowd,
                    cells[mine],
                    ticks[mine],
                    own_ticks,
                    cap,
                    first,
                    last - first,
                    enough,
                    planes,
                    out,
                )
                for s in range(first, last):
                    if out[s - first] <= limit:
                        score = abs(s - target) + price * out[s - first]
                        if score < best or (score == best and s < at):
                            best, at = score, s
            away += AT_ONCE
        starts[unit] = at
        shared += place(room, prints, unit, at)
    return shared, work


@compiled
def _meet(
    regions: NDArray[np.uint64],
    lived: NDArray[np.int64],
    unit: int,
    start: int,
    other: int,
    begin: int,
) -> bool:
    """Return whether two units, beginning at these ticks, are ever in the same region at the same time."""
    first = max(start, begin)
    last = min(start + lived[unit + 1] - lived[unit], begin + lived[other + 1] - lived[other])
    mine, theirs = lived[unit] - start, lived[other] - begin
    met = np.uint64(0)
    for tick in range(first, last):
        met |= regions[mine + tick] & regions[theirs + tick]
    return bool(met != 0)


@compiled
def _room_from(
    crowd: NDArray[np.int32],
    own: NDArray[np.uint8],
    lived: NDArray[np.int64],
    cap: int,
    unit: int,
    start: int,
) -> int:
    """Return the first start, from one on, at which there are never too many tubes while a unit is there."""
    mine = own[lived[unit] : lived[unit + 1]]
    tick = len(mine) - 1
    while tick >= 0:
        full = crowd[start + tick]
        met = tick
        while tick >= 0 and full > max(0, cap - np.int64(mine[tick])):  # beginning later, it still meets it
            tick -= 1
            start += 1
        tick = len(mine) - 1 if tick < met else tick - 1
    return start


@compiled
def serve(
    room: Room,
    prints: Prints,
    cap: int,
    starts: NDArray[np.int64],
    units: NDArray[np.int64],
    floor: int,
    reach: int,
    handicap: NDArray[np.float64],
    price: float,
    regions: NDArray[np.uint64],
    pool: NDArray[np.int64],
    score: NDArray[np.float64],
    order: NDArray[np.int64],
    now: NDArray[np.int64],
) -> tuple[int, int]:
    """Place units in the order in which there is room, see ``Stage.serve``; return as ``seat`` does.

    Those among whom the next is chosen are in ``pool``: the unit's place among ``units``, its best start, and
    how many had been placed when it was looked for, -1 for never; and in ``score``. ``order`` is what was
    placed, ``now`` how many are in the pool, came into it, and were placed, the end, and the latest start.
    Where the arrays are too short it stops there, and goes on when it is called again.
    """
    _, once, crowd = room
    cells, ticks, bounds, own, lived = prints
    shared = work = 0
    size, following, placed, end, latest = now
    planes, out = np.empty(PLANES, np.uint64), np.empty(AT_ONCE, np.int64)
    who, at, asked = pool
    while placed < len(units):
        while size < len(score) and following < len(units):
            who[size], at[size], asked[size] = following, max(floor, latest - reach), -1
            score[size] = at[size] + handicap[following]
            size += 1
            following += 1
        i = np.argmin(score[:size])
        unit = units[who[i]]
        length = lived[unit + 1] - lived[unit]
        if end + length + AT_ONCE > len(crowd):
            break
        if 0 <= asked[i] < placed:
            # Where what was placed since is elsewhere, the answer still holds.
            while asked[i] < placed and not _meet(
                regions, lived, unit, at[i], order[asked[i]], starts[order[asked[i]]]
            ):
                asked[i] += 1
        if cap < ANY_CROWD and price > 0:
            start = _room_from(crowd, own, lived, cap, unit, at[i])
            if start > at[i]:
                at[i], asked[i] = start, -1
                if start + handicap[who[i]] > score[i]:
                    score[i] = start + handicap[who[i]]
                    continue
        if asked[i] == placed:
            starts[unit] = at[i]
            order[placed] = unit
            shared += place(room, prints, unit, at[i])
            end, latest = max(end, at[i] + length), max(latest, at[i])
            placed += 1
            size -= 1
            for j in range(i, size):  # the pool stays in order of arrival
                who[j], at[j], asked[j], score[j] = who[j + 1], at[j + 1], asked[j + 1], score[j + 1]
            continue
        # What was the best start only gets worse as others take room: looking goes on from there.
        mine = slice(bounds[unit], bounds[unit + 1])
        own_ticks = own[lived[unit] : lived[unit + 1]]
        best, first = np.inf, at[i]
        while first <= end and first < best:
            count = min(AT_ONCE, end - first + 1)
            enough = _enough((best - first) / price + 1 if price > 0 else np.inf)
            if cap < ANY_CROWD:
                enough = min(enough, CROWDED - 1)  # at the end there is always room
            work += price_of(
                once, crowd, cells[mine], ticks[mine], own_ticks, cap, first, count, enough, planes, out
            )
            for k in range(count):
                if first + k + price * out[k] < best:
                    best, at[i] = first + k + price * out[k], first + k
            first += count
        score[i] = best + handicap[who[i]]
        asked[i] = placed
    # One by one: all at once takes three seconds to compile.
    now[0], now[1], now[2], now[3], now[4] = size, following, placed, end, latest
    return shared, work
