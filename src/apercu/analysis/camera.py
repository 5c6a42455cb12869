"""Whether the camera itself moved: everything here rests on it standing still."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDTH = 320
_CORNERS = 80
_LEAST_CORNERS = 8
_LEAST_SHIFT = 1.2
_WITHIN_S = 2.0
_EVERY_S = 0.19
_AGREEING = 0.6
_LEAST_SPREAD = 0.35
_REFRESH_S = 3.0


class CameraWatch:
    """Follows corners of the scene from picture to picture (Lucas and Kanade's method).

    When most corners move together by more than a pixel of a 320 pixel wide picture within two seconds, it is
    the camera that moved; objects carry few of the corners with them, not all one way, and not all over the
    picture. Two seconds, because a slow pan moves too little from one picture to the next to be told from
    noise.
    """

    def __init__(self) -> None:
        self._previous: NDArray[np.uint8] | None = None
        self._corners: NDArray[np.float32] | None = None
        self._found_s = -_REFRESH_S
        self._moving_s = 0.0
        self._total_s = 0.0
        self._span: tuple[float, float] | None = None
        self._moves = False
        self._offset = np.zeros(2)
        self._offsets: deque[tuple[float, NDArray[np.float64]]] = deque()

    def update(self, luma: NDArray[np.uint8], time_s: float, elapsed_s: float) -> bool:
        """Take in one picture (luma grid, uint8 (h, w)); return whether the camera moves.

        Five pictures a second are looked at, the others only counted.
        """
        if self._offsets and time_s - self._offsets[-1][0] < _EVERY_S:
            self._total_s += elapsed_s
            self._moving_s += elapsed_s * self._moves
            return self._moves
        height = max(16, round(luma.shape[0] * _WIDTH / luma.shape[1]))
        small = np.asarray(cv2.resize(luma, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
        previous, self._previous = self._previous, small
        self._total_s += elapsed_s
        if previous is not None and previous.shape == small.shape:
            self._offset = self._offset + self._shift(previous, small)
        self._offsets.append((time_s, self._offset))
        while self._offsets[0][0] < time_s - _WITHIN_S:
            self._offsets.popleft()
        moved = bool(np.hypot(*(self._offset - self._offsets[0][1])) > _LEAST_SHIFT)
        if moved:
            self._moving_s += elapsed_s
            self._span = (time_s if self._span is None else self._span[0], time_s)
        if (
            self._corners is None
            or len(self._corners) < _CORNERS // 2
            or time_s - self._found_s >= _REFRESH_S
        ):
            found = cv2.goodFeaturesToTrack(small, _CORNERS, 0.02, 10)
            # None where there is no corner at all, whatever OpenCV's stubs say.
            self._corners = None if found is None else np.asarray(found, np.float32)
            self._found_s = time_s
        self._moves = moved
        return moved

    def _shift(self, previous: NDArray[np.uint8], small: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the shift (2,) that most corners share since the previous picture, zero when they do not."""
        still = np.zeros(2)
        if self._corners is None or len(self._corners) < _LEAST_CORNERS:
            return still
        now = np.empty_like(self._corners)  # written by OpenCV
        _, status, _ = cv2.calcOpticalFlowPyrLK(
            previous, small, self._corners, now, winSize=(15, 15), maxLevel=3
        )
        good = np.asarray(status).ravel() == 1
        shifts = (now - self._corners).reshape(-1, 2)[good]
        self._corners = now[good]
        if len(shifts) < _LEAST_CORNERS:
            return still
        middle = np.median(shifts, axis=0)
        agreeing = np.hypot(*(shifts - middle).T) < 0.4 + 0.25 * np.hypot(*middle)
        spread = cv2.contourArea(cv2.convexHull(now[good][agreeing])) if agreeing.any() else 0.0
        together = agreeing.mean() > _AGREEING and spread > _LEAST_SPREAD * small.size
        return middle.astype(np.float64) if together else still

    @property
    def moving_share(self) -> float:
        """Share of the time watched in which the camera moved, 0 to 1."""
        return self._moving_s / self._total_s if self._total_s else 0.0

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last second at which it moved; None when it stood still."""
        return self._span
