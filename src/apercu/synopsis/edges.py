"""How opaque each pixel of an object is, told from the empty scene of that moment.

Deep inside its silhouette the object hides everything. Along the rim, and a little around it, it does only
where it differs from the empty scene: feet and hands that the silhouette missed come along, and no seam of
old ground does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.footage.planes import Triple
from apercu.synopsis.compiled import compiled

Picture = NDArray[np.uint8]

_NOISE, _SURE = 12, 40
"""Grey levels of difference: up to here noise and drift of light, from here on surely something else."""
_LOW, _HIGH = np.int16(9 * _NOISE), np.int16(9 * _SURE)
_STEEP, _HALF, _BYTE = np.uint16(round(255 * 256 / (9 * (_SURE - _NOISE)))), np.uint16(128), np.uint16(8)
"""The same for nine pixels, and 255 shared out in between, times 256: all of it fits into two bytes."""
_NINTH, _WORD = np.uint32(2**16 // 9 + 1), np.uint32(16)
_SEEN, _DEEP = 96, 127
NOWHERE = np.zeros((0, 0), np.uint8)


@compiled
def opacity(
    above: Triple, scene: Triple, x: int, y: int, core: Picture, near: Picture, others: Picture
) -> Picture:
    """Return how opaque an object is, uint8 (h, w).

    Args:
        above: luma and chromas of a part of the picture, uint8 (h, w) of even sides and (h / 2, w / 2).
        scene: the empty scene, all of it, likewise.
        x, y: where the part's left top corner lies in it, even.
        core: uint8 (h, w), deep inside the silhouette.
        near: uint8 (h, w), within it or around it.
        others: uint8 (h, w), where the silhouettes of others are; ``NOWHERE`` for none.
    """
    whole = _whole(above, scene, x, y, core, near, others)
    _drop_loose(whole, core)
    return _soft(whole)


@compiled
def _whole(
    above: Triple, scene: Triple, x: int, y: int, core: Picture, near: Picture, others: Picture
) -> Picture:
    """Return the core, and of what is near as much as differs from the scene and is not others'."""
    height, width = core.shape
    around = _sums(_differences(above, scene, x, y), width)
    whole = np.empty(height * width, np.uint8)
    inside, rim = core.reshape(-1), near.reshape(-1)
    for i in range(len(whole)):
        over = np.uint16(min(max(around[i], _LOW), _HIGH) - _LOW)
        whole[i] = min(rim[i], np.uint8(np.uint16(over * _STEEP + _HALF) >> _BYTE))
    if others.size:
        beside = others.reshape(-1)
        for i in range(len(whole)):
            whole[i] -= min(whole[i], beside[i])
    for i in range(len(whole)):
        whole[i] = max(whole[i], inside[i])
    return whole.reshape(height, width)


@compiled
def _differences(above: Triple, scene: Triple, x: int, y: int) -> NDArray[np.int16]:
    """Return by how many levels a part and the scene differ most, in blue, green or red: (h * w,)."""
    height, width = above[0].shape
    most, least = _tints(above[1], above[2], scene[1], scene[2], x // 2, y // 2)
    apart, light, empty = np.empty(height * width, np.int16), above[0].reshape(-1), scene[0].reshape(-1)
    # No slices, each of which takes as long as a row, and no index that can be negative.
    for r in range(height):
        row, half = np.uintp(r * width), np.uintp(r // 2 * width)
        there = np.uintp((y + r) * scene[0].shape[1] + x)
        for c in range(np.uintp(width)):
            level = np.int16(37 * (np.int16(light[row + c]) - np.int16(empty[there + c])))  # all three alike
            apart[row + c] = max(np.int16(level + most[half + c]), np.int16(-level - least[half + c])) >> 5
    return apart


@compiled
def _tints(
    blue: Picture, red: Picture, scene_blue: Picture, scene_red: Picture, x: int, y: int
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return how far chroma takes blue, green and red apart at most and at least, times 32: each twice."""
    height, width = blue.shape
    most, least = np.empty(2 * blue.size, np.int16), np.empty(2 * blue.size, np.int16)
    blues, bare_blues = blue.reshape(-1), scene_blue.reshape(-1)
    reds, bare_reds, one = red.reshape(-1), scene_red.reshape(-1), np.uintp(1)
    for r in range(height):
        row, there = np.uintp(r * width), np.uintp((y + r) * scene_blue.shape[1] + x)
        for c in range(np.uintp(width)):
            u = np.int16(blues[row + c]) - np.int16(bare_blues[there + c])
            v = np.int16(reds[row + c]) - np.int16(bare_reds[there + c])
            b, g, d = np.int16(66 * u), np.int16(-10 * u - 21 * v), np.int16(54 * v)
            high, low, at = max(b, max(g, d)), min(b, min(g, d)), (row + c) << one
            most[at], most[at + one], least[at], least[at + one] = high, high, low, low
    return most, least


@compiled
def _sums(apart: NDArray[np.int16], width: int) -> NDArray[np.int16]:
    """Add up nine neighbours of each of some rows, one after the other; edges are repeated."""
    columns, around = np.empty(len(apart), np.int16), np.empty(len(apart), np.int16)
    last = len(apart) - width
    # Views, since an index such as ``i - 1`` might count from the end, for all the compiler knows, and that
    # would be looked into for every single one.
    up, at, down, inner = apart[: last - width], apart[width:last], apart[2 * width :], columns[width:last]
    for i in range(len(inner)):
        inner[i] = up[i] + at[i] + down[i]
    for i in range(width):
        columns[i] = 2 * apart[i] + apart[width + i]
        columns[last + i] = apart[last - width + i] + 2 * apart[last + i]
    left, middle, right, within = columns[:-2], columns[1:-1], columns[2:], around[1:-1]
    for i in range(len(within)):
        within[i] = left[i] + middle[i] + right[i]
    for i in range(0, len(apart), width):
        around[i] = 2 * columns[i] + columns[i + 1]
        around[i + width - 1] = columns[i + width - 2] + 2 * columns[i + width - 1]
    return around


@compiled
def _drop_loose(whole: Picture, core: Picture) -> None:
    """Remove what does not hang together with anything deep inside: a piece of something that passes by."""
    height, width = (whole.shape[0] + 1) // 2, (whole.shape[1] + 1) // 2
    begins, ends, rows, kept = _pieces(whole, core)
    if kept.all() or not kept.any():
        return
    wide = width + 2  # with a frame of nothing, beyond which no neighbour is looked for
    near = np.zeros((height + 2) * wide, np.uint8)
    for n in range(len(kept)):
        if kept[n]:
            first = np.uintp((rows[n] + 1) * wide + 1)
            for c in range(np.uintp(begins[n]), np.uintp(ends[n])):
                near[first + c] = 255
    line, mask, own = np.empty(wide, np.uint8), np.empty(2 * width, np.uint8), whole.reshape(-1)
    one, two = np.uintp(1), np.uintp(2)
    for r in range(height):
        at, below, last = np.uintp(r * wide), np.uintp((r + 1) * wide), np.uintp((r + 2) * wide)
        for c in range(np.uintp(wide)):
            line[c] = near[at + c] | near[below + c] | near[last + c]
        for c in range(np.uintp(width)):
            some = line[c] | line[c + one] | line[c + two]
            mask[c << one] = mask[(c << one) + one] = some
        for k in range(2 * r, min(2 * r + 2, whole.shape[0])):
            row = np.uintp(k * whole.shape[1])
            for c in range(np.uintp(whole.shape[1])):
                own[row + c] &= mask[c]


@compiled
def _pieces(
    whole: Picture, core: Picture
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Return the runs of what is seen, of every second pixel of every second row.

    Each is its first column, the one after its last, its row, and whether it hangs together with anything
    deep inside.
    """
    height, width = (whole.shape[0] + 1) // 2, (whole.shape[1] + 1) // 2
    most = height * ((width + 1) // 2)
    begins, ends, rows = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    # The run that each is joined to: itself or an earlier one.
    joined, deep = np.empty(most, np.int32), np.empty(most, np.bool_)
    own, inside, one = whole.reshape(-1), core.reshape(-1), np.uintp(1)
    count = above = 0
    for r in range(height):
        first, at, c, end = count, np.uintp(2 * r * whole.shape[1]), np.uintp(0), np.uintp(width)
        while c < end:
            if own[at + (c << one)] <= _SEEN:
                c += one
                continue
            begin, some = c, False
            while c < end and own[at + (c << one)] > _SEEN:
                some |= inside[at + (c << one)] > _DEEP
                c += one
            begins[count], ends[count], rows[count] = begin, c, r
            joined[count], deep[count] = count, some
            while above < first and ends[above] <= begins[count]:
                above += 1
            touching = above
            while touching < first and begins[touching] < ends[count]:
                a, b = _root(joined, touching), _root(joined, count)
                joined[max(a, b)] = min(a, b)
                touching += 1
            count += 1
        above = first
    for n in range(count - 1, -1, -1):
        deep[joined[n]] |= deep[n]
    for n in range(count):
        deep[n] = deep[joined[n]]
    return begins[:count], ends[:count], rows[:count], deep[:count]


@compiled
def _root(joined: NDArray[np.int32], n: int) -> int:
    """Return the first of the runs that one is joined to."""
    while joined[n] != n:
        n = joined[n]
    return n


@compiled
def _soft(whole: Picture) -> Picture:
    """Take the outermost pixels off, which are half ground and would shine over anything else, and soften."""
    height, width = whole.shape
    levels, least, soft = whole.reshape(-1), np.empty(whole.size, np.uint8), np.empty(whole.size, np.uint8)
    # With one more at both ends, so that every pixel of a row is worked out alike.
    row, total, wide = np.empty(width + 2, np.uint8), np.empty(width + 2, np.int16), np.uintp(width)
    one, two = np.uintp(1), np.uintp(2)
    for r in range(height):
        up, at, down = _beside(r, height, width)
        for c in range(wide):
            row[c + one] = min(min(levels[up + c], levels[at + c]), levels[down + c])
        row[0], row[width + 1] = row[1], row[width]
        for c in range(wide):
            least[at + c] = min(min(row[c], row[c + one]), row[c + two])
    for r in range(height):
        up, at, down = _beside(r, height, width)
        for c in range(wide):
            total[c + one] = np.int16(np.int16(least[up + c]) + least[at + c]) + least[down + c]
        total[0], total[width + 1] = total[1], total[width]
        for c in range(wide):
            nine = np.uint32(total[c] + total[c + one] + total[c + two] + 4)
            soft[at + c] = np.uint8(np.uint32(nine * _NINTH) >> _WORD)
    return soft.reshape(height, width)


@compiled
def _beside(row: int, height: int, width: int) -> tuple[np.uintp, np.uintp, np.uintp]:
    """Return where the rows above, at and below one begin; beyond the edges the last one counts again."""
    up, down = max(row - 1, 0), min(row + 1, height - 1)
    return np.uintp(up * width), np.uintp(row * width), np.uintp(down * width)
