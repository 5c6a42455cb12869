"""What the sizes of coded pictures tell before any is decoded: more bytes than usual, so something may move.

An encoder writes down what changed. On a still scene that is sensor noise, whose amount is learned here from
groups that were seen to be quiet: per place in the group, since encoders treat places differently, over
spans of about a quarter, a half and a whole second, so that a short flash of bytes shows as well as a long
faint rise.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from apercu.footage.groups import Group

Floats = NDArray[np.float64]

_BIN_S = 0.24
_SPANS = (1, 2, 4)
_REMEMBERED = 30
_LEAST_GROUPS, _LEAST_S = 4, 8.0


class SizeFloor:
    """The usual sizes of quiet groups, by place.

    Args:
        rate: frames per second.
        deviations: rise that counts, in deviations of the usual sizes.
    """

    def __init__(self, rate: float, deviations: float = 4.0) -> None:
        self._per_bin = max(1, round(_BIN_S * rate))
        self._deviations = deviations
        self._quiet: deque[list[Floats]] = deque(maxlen=_REMEMBERED)
        self._usual: list[tuple[Floats, float, float]] | None = None
        self._seconds = 0.0

    @property
    def known(self) -> bool:
        """Whether enough quiet groups were seen to judge others by."""
        return len(self._quiet) >= _LEAST_GROUPS and self._seconds >= _LEAST_S

    def learn(self, group: Group) -> None:
        """Take a group that was seen to be quiet for what is usual."""
        self._quiet.append(self._profile(group))
        self._seconds += group.seconds
        self._usual = None

    def rise(self, group: Group) -> float:
        """Return the largest rise above the usual, as a share of what counts: something may move from 1 on."""
        if self._usual is None:
            self._usual = [self._usual_of(span) for span in range(len(_SPANS))]
        highest = 0.0
        for means, (usual, middle, counts) in zip(self._profile(group), self._usual, strict=True):
            if len(means):
                expected = np.full(len(means), middle)
                n = min(len(means), len(usual))
                expected[:n] = usual[:n]
                highest = max(highest, float((means - expected).max()) / counts)
        return highest

    def _profile(self, group: Group) -> list[Floats]:
        """Return for each span the mean sizes (n,) of the pictures that refer to others, by place."""
        sizes = group.sizes[~group.keys]
        bins = len(sizes) // self._per_bin
        if bins == 0:
            return [np.array([sizes.mean()]) if len(sizes) else np.zeros(0)] * len(_SPANS)
        means = sizes[: bins * self._per_bin].reshape(bins, self._per_bin).mean(axis=1)
        return [np.convolve(means, np.ones(n) / n, "valid") if bins >= n else np.zeros(0) for n in _SPANS]

    def _usual_of(self, span: int) -> tuple[Floats, float, float]:
        """Return the usual means by place (n,), that of all places, and the rise that counts."""
        rows = [profile[span] for profile in self._quiet]
        width = max(len(row) for row in rows)
        if width == 0:
            return np.zeros(0), 0.0, np.inf
        # Groups may differ in length: places that few of them have are judged by those.
        table = np.full((len(rows), width), np.nan)
        for row, values in zip(table, rows, strict=True):
            row[: len(values)] = values
        whole = not np.isnan(table).any()
        usual = np.median(table, axis=0) if whole else np.nanmedian(table, axis=0)
        apart = table - usual
        apart = apart[~np.isnan(apart)]
        spread = max(1.4826 * float(np.median(np.abs(apart))), float(np.quantile(apart, 0.95)) / 1.645)
        middle = float(np.median(usual))
        return usual, middle, max(self._deviations * spread, 0.02 * middle, 4.0)
