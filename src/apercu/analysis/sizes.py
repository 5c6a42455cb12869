"""What the sizes of coded pictures tell before any is decoded: more bytes than usual, so something may move.

An encoder writes down what changed. On a still scene that is sensor noise, whose amount is learned here from
groups that were seen to be quiet: per place in the group, since encoders treat places differently. Spans of
a quarter, half and whole second are judged by their mean, their middle and their lower quarter: a flash of
bytes raises the mean, while the faint rise of something small shows in pictures that cost next to nothing.

A moving thing costs about half of what it costs in a key frame, measured on generated recordings of every
coding in ``benchmarks/quiet.py``. So the spread of the usual sizes tells how small a thing they can show at
all: in a stream full of noise, or at a constant bit rate, only large ones, and then sizes are not enough.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from apercu.footage.groups import Group

Floats = NDArray[np.float64]

_BIN_S = 0.24
_FEATURES = (
    (1, None),
    (1, 0.25),
    (2, None),
    (2, 0.25),
    (4, None),
    (4, 0.25),
    (4, 0.5),
)
"""Bins that a feature spans, and its quantile of their sizes; None for the mean."""
_LONGEST = 3
_REMEMBERED = 30
_LEAST_GROUPS, _LEAST_S = 4, 7.5
_LEAST_AT_PLACE = 4
_DEVIATIONS = 4.0
_MOVING_COST = 0.5
_LEAST_SHARE = 5e-4


class SizeFloor:
    """The usual sizes of quiet groups, by place.

    Args:
        rate: frames per second.
    """

    def __init__(self, rate: float) -> None:
        self._per_bin = max(1, round(_BIN_S * rate))
        self._quiet: deque[Floats] = deque(maxlen=_REMEMBERED)
        self._key_sizes: deque[float] = deque(maxlen=_REMEMBERED)
        self._seconds = 0.0
        self._stale = True
        self._usual = np.zeros((len(_FEATURES), 0))
        self._middle = np.zeros((len(_FEATURES), 1))
        self._counts = np.full((len(_FEATURES), 1), np.inf)
        self._smallest = np.inf

    @property
    def known(self) -> bool:
        """Whether enough quiet groups were seen to judge others by."""
        return len(self._quiet) >= _LEAST_GROUPS and self._seconds >= _LEAST_S

    @property
    def smallest(self) -> float:
        """The smallest thing that sizes can show when it moves for a second, as a share of the picture."""
        self._refresh()
        return self._smallest

    def learn(self, group: Group) -> None:
        """Take a group that was seen to be quiet for what is usual."""
        self._quiet.append(self._profile(group))
        self._key_sizes.append(float(group.sizes[group.keys].mean()) if group.keys.any() else np.nan)
        self._seconds += group.seconds
        self._stale = True

    def unusual(self, group: Group) -> int:
        """Return how many of the group's first pictures hold all that is unusual in it; 0 when nothing is."""
        rises = self._rises(group)
        ends = [
            (int(np.flatnonzero(row >= 1)[-1]) + span) * self._per_bin
            for row, (span, _) in zip(rises, _FEATURES, strict=True)
            if (row >= 1).any()
        ]
        others = np.flatnonzero(~group.keys)
        return int(others[min(max(ends), len(others)) - 1]) + 1 if ends else 0

    def _rises(self, group: Group) -> Floats:
        """Return rises above the usual (features, places), as shares of what counts; NaN where none is."""
        self._refresh()
        profile = self._profile(group)
        expected = np.repeat(self._middle, profile.shape[1], axis=1)
        n = min(profile.shape[1], self._usual.shape[1])
        expected[:, :n] = self._usual[:, :n]
        return np.asarray((profile - expected) / self._counts)

    def _profile(self, group: Group) -> Floats:
        """Return features of the pictures that refer to others (features, places); NaN past their end."""
        sizes = group.sizes[~group.keys]
        places = max(1, len(sizes) // self._per_bin)
        profile = np.full((len(_FEATURES), places), np.nan)
        for row, (span, quantile) in zip(profile, _FEATURES, strict=True):
            if len(sizes) >= (wide := span * self._per_bin):
                windows = np.lib.stride_tricks.sliding_window_view(sizes, wide)[:: self._per_bin]
                if quantile is None:
                    values = windows.mean(axis=1)
                else:
                    values = np.sort(windows, axis=1)[:, int(quantile * (wide - 1))]
                row[: len(values)] = values[:places]
        return profile

    def _refresh(self) -> None:
        """Work out what is usual, and from which rise on it is not."""
        if not self._stale or not self._quiet:
            return
        self._stale = False
        places = max(profile.shape[1] for profile in self._quiet)
        table = np.full((len(self._quiet), len(_FEATURES), places), np.nan)
        for row, profile in zip(table, self._quiet, strict=True):
            row[:, : profile.shape[1]] = profile
        flat = table.transpose(1, 0, 2).reshape(len(_FEATURES), -1)
        self._middle = _quantile(flat, 0.5)[:, None]
        often = np.count_nonzero(~np.isnan(table), axis=0) >= _LEAST_AT_PLACE
        self._usual = np.where(often, _quantile(table.transpose(1, 2, 0), 0.5), self._middle)
        apart = (table - self._usual).transpose(1, 0, 2).reshape(len(_FEATURES), -1)
        spread = np.maximum(1.4826 * _quantile(np.abs(apart), 0.5), _quantile(apart, 0.95) / 1.645)[:, None]
        moving = _MOVING_COST * float(np.nanmedian(self._key_sizes))
        self._counts = np.maximum(_DEVIATIONS * spread, max(1.0, _LEAST_SHARE * moving))
        self._counts[np.isnan(self._counts)] = np.inf
        left = moving - self._middle  # what moves replaces what was there
        shares = np.where(left > 0, self._counts / np.maximum(left, 1e-9), np.inf)
        longest = shares[-_LONGEST:]
        self._smallest = float(np.nanmin(longest, initial=np.inf))


def _quantile(values: Floats, q: float) -> Floats:
    """Return a quantile along the last axis, without the NaN; NaN where there is nothing else."""
    ordered = np.sort(values, axis=-1)  # NaN last
    known = np.count_nonzero(~np.isnan(ordered), axis=-1, keepdims=True)
    return np.take_along_axis(ordered, (q * np.maximum(known - 1, 0)).astype(np.intp), axis=-1)[..., 0]
