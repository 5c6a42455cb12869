"""Whether the camera itself moved: everything here rests on it standing still."""

from __future__ import annotations

import math
from collections import deque
from enum import Enum
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDTH = 320
_CORNERS = 80
_LEAST_CORNERS = 8
_LEAST_SHIFT = 2.4
_WITHIN_S = 2.0
_EVERY_S = 0.19
_AGREEING = 0.6
_LEAST_SPREAD = 0.35
_REFRESH_S = 3.0
_CALM, _CALM_LOOKS = 0.3, 3
_ELSEWHERE = 0.6
_ALL_NEW, _NEW_S = 0.5, 1.0
_PAUSE_S = 3.0
_SURE = 0.1
_TELLING, _LEAST_TELLING, _TILES = 6, 0.02, 5

Grey = NDArray[np.uint8]


class View(Enum):
    """What a picture shows, against the pictures before it."""

    STEADY = "steady"
    """The same scene, from the same place."""
    MOVING = "moving"
    """The camera moves."""
    NEW = "new"
    """The camera stands still, but what it sees is not what it saw: the scene has to be learned again."""


class _Look(NamedTuple):
    time_s: float
    offset: NDArray[np.float64]
    known: bool


class CameraWatch:
    """Follows corners of the scene from picture to picture (Lucas and Kanade's method).

    When most corners move together by more than two pixels of a 320 pixel wide picture within two seconds, it
    is the camera that moved (what sways less is followed by the background); objects carry few of the corners
    with them, not all one way, and not all over the picture. Two seconds, because a slow pan moves too little
    from one picture to the next to be told from noise. It has come to rest when the corners have for three
    looks, and sees a new view unless it is back where it was. A picture that differs from the background all
    over for a second is a new view, too: a jump too far to be followed, or another light.

    Attributes:
        spans: first and last second of each time it moved; pauses of less than three seconds belong to them.
    """

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self._previous: Grey | None = None
        self._corners: NDArray[np.float32] | None = None
        self._found_s = -_REFRESH_S
        self._moves = False
        self._offset = np.zeros(2)
        self._looks: deque[_Look] = deque()
        self._anchor = np.zeros(2)
        self._unlike_s: float | None = None

    def update(self, luma: Grey, time_s: float, moving_share: float = 0.0) -> View:
        """Take in one picture and return what it shows.

        Five pictures a second are looked at, and those in which much is suddenly new.

        Args:
            luma: uint8 (h, w), the grid.
            time_s: its second.
            moving_share: share of it that differs from the background.
        """
        unlike = moving_share > _ALL_NEW
        if self._looks and time_s - self._looks[-1].time_s < _EVERY_S and not unlike:
            return View.MOVING if self._moves else View.STEADY
        height = max(16, round(luma.shape[0] * _WIDTH / luma.shape[1]))
        small = np.asarray(cv2.resize(luma, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
        previous, self._previous = self._previous, small
        shift = None
        if previous is not None and previous.shape == small.shape:
            shift = self._shift(previous, small)
            self._offset = self._offset + (0.0 if shift is None else shift)
        self._looks.append(_Look(time_s, self._offset, shift is not None))
        while self._looks[0].time_s < time_s - _WITHIN_S:
            self._looks.popleft()
        view = self._judge(time_s, unlike)
        self._refresh(small, time_s)
        return view

    def _judge(self, time_s: float, unlike: bool) -> View:
        """Return what the picture shows, by the shifts of the last two seconds."""
        before_s = self._looks[max(0, len(self._looks) - 2)].time_s
        if not self._moves and np.hypot(*(self._offset - self._looks[0].offset)) > _LEAST_SHIFT:
            self._moves = True
            self._anchor = self._looks[0].offset
            if not self.spans or before_s - self.spans[-1][1] > _PAUSE_S:
                self.spans.append((before_s, time_s))
        if self._moves:
            self.spans[-1] = (self.spans[-1][0], time_s)
            lost = not any(look.known for look in self._looks)
            if not (self._calm() or lost):
                return View.MOVING
            self._moves, self._unlike_s = False, None
            self._looks = deque([_Look(time_s, self._offset, known=True)])
            back = not lost and np.hypot(*(self._offset - self._anchor)) < _ELSEWHERE
            return View.STEADY if back else View.NEW
        if not unlike:
            self._unlike_s = None
            return View.STEADY
        self._unlike_s = time_s if self._unlike_s is None else self._unlike_s
        if time_s - self._unlike_s < _NEW_S:
            return View.STEADY
        self.spans.append((self._unlike_s, time_s))
        self._unlike_s = None
        return View.NEW

    def _calm(self) -> bool:
        """Return whether nothing moved in the last looks, as far as one can tell."""
        lately = [*self._looks][-_CALM_LOOKS:]
        still = np.hypot(*np.ptp([look.offset for look in lately], axis=0)) <= _CALM
        return bool(len(lately) == _CALM_LOOKS and still and all(look.known for look in lately))

    def _refresh(self, small: Grey, time_s: float) -> None:
        """Choose new corners now and then, and when many were lost."""
        few = self._corners is None or len(self._corners) < _CORNERS // 2
        if few or time_s - self._found_s >= _REFRESH_S:
            found = cv2.goodFeaturesToTrack(small, _CORNERS, 0.02, 10)
            # None where there is no corner at all, whatever OpenCV's stubs say.
            self._corners = None if found is None else np.asarray(found, np.float32)
            self._found_s = time_s

    def _shift(self, previous: Grey, small: Grey) -> NDArray[np.float64] | None:
        """Return the shift (2,) that most corners share since the previous picture, None when they do not."""
        if self._corners is None or len(self._corners) < _LEAST_CORNERS:
            return None
        now = np.empty_like(self._corners)  # written by OpenCV
        _, status, _ = cv2.calcOpticalFlowPyrLK(
            previous, small, self._corners, now, winSize=(15, 15), maxLevel=3
        )
        good = np.asarray(status).ravel() == 1
        shifts = (now - self._corners).reshape(-1, 2)[good]
        self._corners = now[good]
        if len(shifts) < _LEAST_CORNERS:
            return None
        middle: NDArray[np.float64] = np.median(shifts, axis=0).astype(np.float64)
        agreeing = np.hypot(*(shifts - middle).T) < 0.4 + 0.25 * np.hypot(*middle)
        if agreeing.mean() <= _AGREEING:
            return None
        spread = cv2.contourArea(cv2.convexHull(now[good][agreeing]))
        if spread > _LEAST_SPREAD * small.size or np.hypot(*middle) < _CALM:
            return middle
        # Corners in one place alone may lie on one large thing: what does the rest of the picture do?
        ends = np.concatenate([now[good], now[good] - middle]).astype(np.float32)
        hull = np.asarray(cv2.convexHull(ends), np.float32)
        return middle if _shifts_too(previous, small, middle, hull) else np.zeros(2)


def _shifts_too(previous: Grey, small: Grey, shift: NDArray[np.float64], hull: NDArray[np.float32]) -> bool:
    """Return whether the picture outside a hull (k, 1, 2) fits the previous one better if that is shifted."""
    height, width = small.shape
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
    # Without what is smooth: the camera may have changed its exposure.
    before, now = (
        np.asarray(p - cv2.blur(p, (15, 15)), np.float32)
        for p in (previous.astype(np.float32), small.astype(np.float32))
    )
    shifted = cv2.warpAffine(before, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    tells = cv2.absdiff(shifted, before) > _TELLING
    inside = cv2.fillConvexPoly(np.zeros(small.shape, np.uint8), np.round(hull).astype(np.int32), 1)
    tells &= cv2.dilate(inside, np.ones((9, 9), np.uint8)) == 0
    better = tells & (cv2.absdiff(now, shifted) < cv2.absdiff(now, before))
    # Each part of the picture has one voice: one large thing fills few of them.
    tiles = (_TILES, _TILES)
    telling, fitting = (
        cv2.resize(cells.astype(np.float32), tiles, interpolation=cv2.INTER_AREA) for cells in (tells, better)
    )
    voices = telling > _LEAST_TELLING
    votes = fitting[voices] > _AGREEING * telling[voices]
    return bool(voices.mean() > _LEAST_SPREAD and votes.mean() > _AGREEING)


def _centred(picture: Grey) -> NDArray[np.float32]:
    """Return a picture (h, w) without its mean, fading towards its edges."""
    window = cv2.createHanningWindow(picture.shape[::-1], cv2.CV_32F)
    return np.asarray((picture - np.float32(picture.mean())) * window, np.float32)


def same_view(samples: Grey) -> NDArray[np.bool_]:
    """Return which pictures, uint8 (n, h, w), were taken from where the first one was, bool (n,).

    By phase correlation: what moves through the picture is not what most of it does.
    """
    first = _centred(samples[0])
    found = [cv2.phaseCorrelate(first, _centred(sample)) for sample in samples]
    most = _LEAST_SHIFT * samples.shape[2] / _WIDTH
    return np.array([math.hypot(*shift) <= most or sure < _SURE for shift, sure in found], np.bool_)
