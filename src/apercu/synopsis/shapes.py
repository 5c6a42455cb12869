"""Silhouettes of many tubes in flat arrays, and the loops over their bits: sixty-four cells at a time.

Loops are compiled by Numba once and kept on disk; arrays in, arrays out, nothing of Python inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.compiled import compiled
from apercu.synopsis.tubes import MaskGrid, Tube

Board = NDArray[np.uint64]
"""A picture of cells, uint64 (height, words): bit 63 of the first word is the leftmost cell."""
_WORD = 64


@dataclass(frozen=True, slots=True)
class Shapes:
    """The masks that some tubes show, sample by sample.

    Attributes:
        data: uint64, packed silhouettes one after the other, with room to read beyond the last.
        offsets: int64 (m,), first byte of each silhouette.
        sizes: int32 (m, 2), width and height of each, cells.
        looks: int32 (samples, 3), silhouette, left and top cell at each sample of all tubes, one after the
        other. bounds: int64 (n + 1,), where each tube's samples begin.
        width, height: of the grid, cells.
    """

    data: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int32]
    looks: NDArray[np.int32]
    bounds: NDArray[np.int64]
    width: int
    height: int

    @classmethod
    def of(cls, tubes: Sequence[Tube], grid: MaskGrid) -> Shapes:
        """Return the silhouettes of tubes on their grid."""
        packed = [mask for tube in tubes for mask in tube.masks]
        offsets = _bounds(map(len, packed))
        first = _bounds(len(tube.masks) for tube in tubes)
        looks = [
            np.column_stack([tube.nearest + np.int32(begin), tube.corners])
            for tube, begin in zip(tubes, first[:-1].tolist(), strict=True)
        ]
        return cls(
            _words(packed, int(offsets[-1])),
            offsets[:-1],
            np.concatenate([np.zeros((0, 2), np.int32), *(tube.sizes for tube in tubes)]).astype(np.int32),
            np.concatenate([np.zeros((0, 3), np.int32), *looks]).astype(np.int32),
            _bounds(map(len, tubes)),
            grid.width,
            grid.height,
        )

    def board(self, spare: int = 0) -> Board:
        """Return an empty picture of cells, with some words to spare at the right."""
        return np.zeros((self.height, -(-self.width // _WORD) + spare), np.uint64)


def _words(packed: Sequence[bytes], length: int) -> NDArray[np.uint64]:
    """Return bytes as words, the first byte highest, and one word more."""
    joined = b"".join([*packed, bytes(16 - length % 8)])
    return np.frombuffer(joined, ">u8").astype(np.uint64)


def _bounds(lengths: Iterable[int]) -> NDArray[np.int64]:
    """Return where parts of these lengths begin, and the end of the last."""
    return np.concatenate([[0], np.cumsum(np.fromiter(lengths, np.int64))]).astype(np.int64)


@compiled
def ones(word: np.uint64) -> int:
    """Return how many bits are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def row_bits(data: NDArray[np.uint64], first: int, width: int, column: int) -> np.uint64:
    """Return 64 cells of a row of a silhouette, the leftmost in bit 63.

    Args:
        data: packed silhouettes.
        first: bit at which the row begins.
        width: cells of the row; nothing is set before its first and after its last.
        column: of the leftmost cell asked for, from -63 to ``width`` - 1.
    """
    at = first + max(column, 0)
    shift = at & 63
    word: np.uint64 = data[at >> 6]
    if shift:
        word = (word << np.uint64(shift)) | (data[(at >> 6) + 1] >> np.uint64(64 - shift))
    left = width - max(column, 0)
    if left < 64:
        word &= ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(left))
    if column < 0:
        word >>= np.uint64(-column)
    return word
