"""What a unit would share at sixty-four starts at once: bits of neighbouring ticks, added like numbers.

Which cells hold exactly one unit is kept as a bit for each tick. The bits that a unit would meet at the ticks
after each of its own are added plane by plane: bit k of plane p is bit p of the sum for the k-th start.
Source: Harley and Seal's way of counting bits, in Warren, "Hacker's Delight", 2nd edition, 5-1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled

Bits = NDArray[np.uint64]
"""Ticks of cells, uint64 (cells, words): bit 0 of the first word is the first tick, and one word more."""
AT_ONCE = 64
"""Starts looked at in one go."""
PLANES = 32
"""Sums are below 2**32."""
ANY_CROWD = 1 << 30
"""No cap."""
CROWDED = 1 << 20
"""What a tick with too many tubes counts, in shared cells: more than a unit shares."""
ANY_PRICE = 1 << (PLANES - 1)
"""More than anything shares."""
_A_WHILE = 128
"""Cells after which it is asked whether it is enough."""


def words_for(ticks: int) -> int:
    """Return how many words hold so many ticks, with one more to read beyond the last."""
    return -(-ticks // AT_ONCE) + 1


@compiled
def _met(
    flat: NDArray[np.uint64],
    words: np.uint64,
    cells: NDArray[np.int32],
    ticks: NDArray[np.int32],
    start: np.uint64,
    pair: np.uint64,
    on: int,
) -> np.uint64:
    """Return the bits that a unit's cell, ``on`` after a pair, meets at a start and the 63 after it."""
    pair += np.uint64(on)  # unsigned throughout: nothing is counted from the end
    tick = start + np.uint64(ticks[pair])
    at = np.uint64(cells[pair]) * words + (tick >> np.uint64(6))
    shift = tick & np.uint64(63)
    bits: np.uint64 = (flat[at + np.uint64(1)] << np.uint64(1)) << (np.uint64(63) - shift)
    bits |= flat[at] >> shift
    return bits


@compiled
def _add(a: np.uint64, b: np.uint64, c: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the sums of three bits, and what is carried."""
    either = a ^ b
    return either ^ c, (a & b) | (either & c)


@compiled
def _add_four(
    flat: NDArray[np.uint64],
    words: np.uint64,
    cells: NDArray[np.int32],
    ticks: NDArray[np.int32],
    start: np.uint64,
    pair: np.uint64,
    ones: np.uint64,
    twos: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Add what the four cells from a pair on meet; return the planes, and what is carried to the fours."""
    first = _met(flat, words, cells, ticks, start, pair, 0)
    second = _met(flat, words, cells, ticks, start, pair, 1)
    third = _met(flat, words, cells, ticks, start, pair, 2)
    fourth = _met(flat, words, cells, ticks, start, pair, 3)
    ones, a = _add(ones, first, second)
    ones, b = _add(ones, third, fourth)
    twos, carried = _add(twos, a, b)
    return ones, twos, carried


@compiled
def _carry(planes: NDArray[np.uint64], plane: int, bits: np.uint64) -> None:
    while bits:
        carried = planes[plane] & bits
        planes[plane] ^= bits
        bits = carried
        plane += 1


@compiled
def _above(planes: NDArray[np.uint64], enough: int) -> np.uint64:
    """Return in which of the sums is more than ``enough``."""
    above, equal = np.uint64(0), ~np.uint64(0)
    for plane in range(PLANES - 1, -1, -1):
        if (enough >> plane) & 1:
            equal &= planes[plane]
        else:
            above |= equal & planes[plane]
            equal &= ~planes[plane]
    return above


@compiled
def _crowd_out(
    crowd: NDArray[np.int32],
    own: NDArray[np.uint8],
    cap: int,
    first: int,
    count: int,
    out: NDArray[np.int64],
) -> None:
    """Add ``CROWDED`` to each start for each of the unit's ticks at which there would be too many tubes.

    While a unit has as many tubes on screen, the next start has one tick more and one less: a window slides.
    """
    begin = 0
    while begin < len(own):
        end = begin + 1
        while end < len(own) and own[end] == own[begin]:
            end += 1
        room = max(0, cap - np.int64(own[begin]))
        full = 0
        for tick in range(first + begin, first + end):
            full += crowd[tick] > room
        for k in range(count):
            out[k] += full * CROWDED
            if k + 1 < count:
                full += (crowd[first + end + k] > room) - (crowd[first + begin + k] > room)
        begin = end


@compiled
def price_of(
    once: Bits,
    crowd: NDArray[np.int32],
    cells: NDArray[np.int32],
    ticks: NDArray[np.int32],
    own: NDArray[np.uint8],
    cap: int,
    first: int,
    count: int,
    enough: int,
    planes: NDArray[np.uint64],
    out: NDArray[np.int64],
) -> int:
    """Write how many cells one unit would share when it began at ``first`` and the ticks after it.

    Args:
        once: where exactly one unit is.
        crowd: int32, tubes on screen at each tick.
        cells, ticks: int32, the unit's footprint.
        own: uint8, its tubes on screen at each of its ticks.
        cap: most tubes on screen at once.
        first: earliest start looked at.
        count: of starts, at most ``AT_ONCE``.
        enough: where all starts share more, it is left at that: ``out`` is more than that, and no more known.
        planes: uint64 (PLANES,), to count in.
        out: int64 (AT_ONCE,), for the answer.

    Returns:
        Cells and ticks looked at.
    """
    lanes = ~np.uint64(0) >> np.uint64(AT_ONCE - count)
    out[:count] = 0
    if cap < ANY_CROWD:
        _crowd_out(crowd, own, cap, first, count, out)
        for k in range(count):
            if out[k] > enough:
                lanes &= ~(np.uint64(1) << np.uint64(k))
    flat = once.reshape(once.size)
    words = np.uint64(once.shape[1])
    start = np.uint64(first)
    planes[:] = 0
    ones = twos = fours = np.uint64(0)
    stop = len(cells) - len(cells) % 8
    pair = 0
    while pair < stop and lanes:
        until = min(stop, pair + _A_WHILE)
        at = np.uint64(pair)
        while at < np.uint64(until):
            ones, twos, c = _add_four(flat, words, cells, ticks, start, at, ones, twos)
            ones, twos, d = _add_four(flat, words, cells, ticks, start, at + np.uint64(4), ones, twos)
            fours, eights = _add(fours, c, d)
            _carry(planes, 3, eights)
            at += np.uint64(8)
        pair = until
        planes[0], planes[1], planes[2] = ones, twos, fours
        if enough < ANY_PRICE:
            lanes &= ~_above(planes, enough)
    looked = pair * count
    if not lanes:
        out[:count] = enough + 1
        return looked
    for rest in range(stop, len(cells)):
        _carry(planes, 0, _met(flat, words, cells, ticks, start, np.uint64(rest), 0))
    for plane in range(PLANES):
        bits = planes[plane]
        if bits:
            for k in range(count):
                out[k] += np.int64((bits >> np.uint64(k)) & np.uint64(1)) << plane
    return looked
