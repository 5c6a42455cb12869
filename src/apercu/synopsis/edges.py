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
    wide = width + 2  # with a frame of nothing, beyond which no neighbour is looked for
    seen = np.zeros((height + 2) * wide, np.uint8)
    own, inside, one = whole.reshape(-1), core.reshape(-1), np.uintp(1)
    for r in range(height):
        to, at = np.uintp((r + 1) * wide + 1), np.uintp(2 * r * whole.shape[1])
        for c in range(np.uintp(width)):
            seen[to + c] = np.uint8(own[at + (c << one)] > _SEEN) << np.uint8(inside[at + (c << one)] > _DEEP)
    lone = deep = 0
    for i in range(len(seen)):
        lone += seen[i] == 1
        deep += seen[i] == 2
    if deep == 0 or lone == 0:
        return
    rim = np.empty(len(seen) - 2 * wide, np.uint8)
    up, middle, down = seen[: -2 * wide], seen[wide:-wide], seen[2 * wide :]
    left, right = seen[wide - 1 :], seen[wide + 1 :]
    for i in range(len(rim)):
        rim[i] = middle[i] & ((up[i] | down[i] | left[i] | right[i]) >> 1)
    waiting, count = np.empty(lone, np.int32), 0
    for i in range(len(rim)):
        if rim[i]:
            waiting[count] = i + wide
            count += 1
    for n in range(count):
        seen[waiting[n]] = 2
    lone -= count
    while count:
        count -= 1
        place = waiting[count]
        for step in (-wide, -1, 1, wide):
            if seen[place + step] == 1:
                seen[place + step] = 2
                waiting[count] = place + step
                count += 1
                lone -= 1
    if lone == 0:
        return
    for r in range(height):
        for c in range(width):
            kept = seen[(r + 1) * wide + c + 1] == 2
            for i in range(r, r + 3):
                for j in range(c, c + 3):
                    kept = kept or seen[i * wide + j] == 2
            if not kept:
                whole[2 * r : 2 * r + 2, 2 * c : 2 * c + 2] = 0


@compiled
def _soft(whole: Picture) -> Picture:
    """Take the outermost pixels off, which are half ground and would shine over anything else, and soften."""
    height, width = whole.shape
    least = np.empty((height, width), np.uint8)
    row = np.empty(width, np.uint8)
    for r in range(height):
        up, down = max(r - 1, 0), min(r + 1, height - 1)
        for c in range(width):
            row[c] = min(min(whole[up, c], whole[r, c]), whole[down, c])
        for c in range(1, width - 1):
            least[r, c] = min(min(row[c - 1], row[c]), row[c + 1])
        for c in (0, width - 1):
            least[r, c] = min(row[max(c - 1, 0)], min(row[c], row[min(c + 1, width - 1)]))
    soft = np.empty((height, width), np.uint8)
    total = np.empty(width, np.int16)
    for r in range(height):
        up, down = max(r - 1, 0), min(r + 1, height - 1)
        for c in range(width):
            total[c] = np.int16(least[up, c]) + least[r, c] + least[down, c]
        for c in range(1, width - 1):
            nine = np.uint32(total[c - 1] + total[c] + total[c + 1] + 4)
            soft[r, c] = np.uint8(np.uint32(nine * _NINTH) >> _WORD)
        for c in (0, width - 1):
            soft[r, c] = (total[max(c - 1, 0)] + total[c] + total[min(c + 1, width - 1)] + 4) // 9
    return soft
