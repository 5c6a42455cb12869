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
    # Three rows of differences are held at a time: they stay where the processor reads fastest.
    apart = np.zeros((3, width), np.int16)
    columns, around = np.empty(width, np.int16), np.empty(width, np.int16)
    whole = np.empty((height, width), np.uint8)
    done = -1
    left, right = x // 2, (x + width) // 2
    for r in range(height):
        while done < min(r + 1, height - 1):
            done += 1
            half, low = done // 2, (y + done) // 2
            _differences(
                (above[0][done], above[1][half], above[2][half]),
                (scene[0][y + done, x : x + width], scene[1][low, left:right], scene[2][low, left:right]),
                apart[done % 3],
            )
        _sums(apart[max(r - 1, 0) % 3], apart[r % 3], apart[min(r + 1, height - 1) % 3], columns, around)
        inside, rim, row = core[r], near[r], whole[r]
        for c in range(width):
            over = np.uint16(min(max(around[c], _LOW), _HIGH) - _LOW)
            row[c] = min(rim[c], np.uint8(np.uint16(over * _STEEP + _HALF) >> _BYTE))
        if others.size:
            beside = others[r]
            for c in range(width):
                row[c] -= min(row[c], beside[c])
        for c in range(width):
            row[c] = max(row[c], inside[c])
    return whole


@compiled
def _differences(one: Triple, other: Triple, apart: NDArray[np.int16]) -> None:
    """Find how many levels two rows are apart in blue, green or red: in that where it is most.

    Their luma is uint8 (w,), their chroma (w / 2,).
    """
    (light, blue, red), (scene_light, scene_blue, scene_red) = one, other
    second = np.uintp(1)
    for c in range(np.uintp(len(blue))):  # never negative, see ``_sums``
        u, v = np.int16(blue[c]) - np.int16(scene_blue[c]), np.int16(red[c]) - np.int16(scene_red[c])
        # What chroma takes the three apart, times 32; and what luma does, all alike.
        b, g, r = np.int16(66 * u), np.int16(-10 * u - 21 * v), np.int16(54 * v)
        most, least = max(b, max(g, r)), min(b, min(g, r))
        for place in (c << second, (c << second) + second):
            level = np.int16(37 * (np.int16(light[place]) - np.int16(scene_light[place])))
            apart[place] = max(np.int16(level + most), np.int16(-level - least)) >> 5


@compiled
def _sums(
    up: NDArray[np.int16],
    at: NDArray[np.int16],
    down: NDArray[np.int16],
    columns: NDArray[np.int16],
    around: NDArray[np.int16],
) -> None:
    """Add up three rows, and of these three neighbours; edges are repeated."""
    for i in range(len(columns)):
        columns[i] = up[i] + at[i] + down[i]
    # Views, since an index such as ``i - 1`` might count from the end, for all the compiler knows, and that
    # would be looked into for every single one.
    left, middle, right, inner = columns[:-2], columns[1:], columns[2:], around[1:]
    for i in range(len(left)):
        inner[i] = left[i] + middle[i] + right[i]
    around[0], around[-1] = columns[0] * 2 + columns[1], columns[-2] + columns[-1] * 2


@compiled
def _drop_loose(whole: Picture, core: Picture) -> None:
    """Remove what does not hang together with anything deep inside: a piece of something that passes by."""
    height, width = (whole.shape[0] + 1) // 2, (whole.shape[1] + 1) // 2
    wide = width + 2  # with a frame of nothing, beyond which no neighbour is looked for
    seen = np.zeros((height + 2) * wide, np.uint8)
    lone = deep = 0
    for r in range(height):
        own, inside = whole[2 * r, ::2], core[2 * r, ::2]
        row = seen[(r + 1) * wide + 1 : (r + 2) * wide - 1]
        for c in range(width):
            row[c] = np.uint8(own[c] > _SEEN) << np.uint8(inside[c] > _DEEP)
        for c in range(width):
            lone += row[c] == 1
            deep += row[c] == 2
    if deep == 0 or lone == 0:
        return
    waiting = np.empty(lone, np.int32)
    count, beside = 0, np.empty(width, np.uint8)
    for r in range(1, height + 1):
        at = r * wide + 1
        up, own, down = seen[at - wide :], seen[at:], seen[at + wide :]
        left, right = seen[at - 1 :], seen[at + 1 :]
        for c in range(width):
            beside[c] = own[c] & ((up[c] | down[c] | left[c] | right[c]) >> 1)
        for c in range(width):
            if beside[c]:
                waiting[count] = at + c
                count += 1
    for n in range(count):
        seen[waiting[n]] = 2
    lone -= count
    while count:
        count -= 1
        at = waiting[count]
        for step in (-wide, -1, 1, wide):
            if seen[at + step] == 1:
                seen[at + step] = 2
                waiting[count] = at + step
                count += 1
                lone -= 1
    if lone == 0:
        return
    for r in range(height):
        for c in range(width):
            kept = False
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
