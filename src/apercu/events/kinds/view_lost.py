"""The camera does not see what it should: it is covered, was moved, or sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from apercu.events.rule import Rule
from apercu.events.site import Problem, Site, Watch
from apercu.events.situations import NO, PERHAPS, YES, Claims
from apercu.events.view import View

Floats = NDArray[np.float32]

_WIDTH = 160
_EVERY_S = 0.38
_LEAST_TEXTURE = 2.0
"""Of any scene in daylight, grey levels."""
_FOLLOW_S, _LIKE_USUAL = 120.0, 0.6
_BELOW: dict[str, float] = {"covered": 0.3, "moved": 0.5}
_OVER = 1.3
_NEW_VIEW_S = 60.0


class ViewLostRule(Rule):
    """The camera does not see what it should.

    ``covered``: little is left of the texture that the picture usually has, because something hangs before
    the camera, it is dark at once, out of focus, or sends one colour only. Dusk and fog come slowly, and are
    followed.

    ``moved``: the camera moved, and what it sees is not like what it saw. Who shakes the pole and lets go
    gives nothing. After a minute the new view is the usual one.

    ``lost``: no picture came. Only a camera that is watched can tell. A black picture is one, too: that is
    ``covered``.

    Attributes:
        what: which of these.
        below: share of the usual texture (``covered``; 0.3 without), or how like the picture is to what it
            was, 1 for the same (``moved``; 0.5 without).
        for_s: how long it must last, seconds.
    """

    needs_picture: ClassVar[bool] = True

    kind: Literal["view-lost"]
    what: Literal["covered", "moved", "lost"]
    below: Annotated[float, Field(gt=0, lt=1)] | None = None
    for_s: Annotated[float, Field(ge=0)] = 10.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.what == "lost" and self.below is not None:
            raise ValueError("compares nothing where what is 'lost': leave below out")
        return self

    @property
    def needs_camera(self) -> bool:
        """As in ``Rule``."""
        return self.what == "lost"

    @property
    def lasts_s(self) -> float:
        """How long its condition must hold before it is met, seconds."""
        return self.for_s

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site: it can look at all."""
        yield from ()

    def watch(self, site: Site) -> Watch:
        """Return it at work."""
        if self.what == "lost":
            return _Connection(self.for_s)
        limit = self.below if self.below is not None else _BELOW[self.what]
        return _Covered(limit) if self.what == "covered" else _Moved(limit)


class _Connection:
    """Nothing can be said while pictures come; ``apercu.events.silence`` tells when none do."""

    place, unit, of_objects, even_unsteady = "", "s", False, True

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def look(self, view: View) -> Claims:
        return Claims.of_scene(NO, 0.0)


class _Covered:
    place, unit, of_objects, even_unsteady = "", "share", False, True

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._usual = _Usual()

    def look(self, view: View) -> Claims:
        if view.sight is None:
            return Claims.of_scene(PERHAPS, 1.0)
        share = self._usual.share(_small(view.sight.luma), view.time_s)
        verdict = YES if share < self.threshold else NO if share > _OVER * self.threshold else PERHAPS
        return Claims.of_scene(verdict, share)


class _Moved:
    place, unit, of_objects, even_unsteady = "", "share", False, True

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._usual = _Usual()
        self._view: Floats | None = None
        self._moved_s: float | None = None
        self._last_s = -np.inf

    def look(self, view: View) -> Claims:
        if view.sight is None:
            return Claims.of_scene(PERHAPS, 1.0)
        small = _small(view.sight.luma)
        seen = self._usual.share(small, view.time_s) >= _BELOW["covered"]
        edges = _edges(small)
        if self._view is None or self._view.shape != edges.shape:
            self._view, self._last_s = edges, view.time_s
        alike = float(cv2.matchTemplate(edges, self._view, cv2.TM_CCOEFF_NORMED)[0, 0])
        if not view.steady and self._moved_s is None:
            self._moved_s = view.time_s
        if alike > min(_OVER * self.threshold, 0.9):
            verdict = NO
            if view.steady:
                self._moved_s = None
        else:
            elsewhere = self._moved_s is not None and seen and alike < self.threshold
            verdict = YES if elsewhere else PERHAPS
        self._follow(edges, view, alike)
        return Claims.of_scene(verdict, alike)

    def _follow(self, edges: Floats, view: View, alike: float) -> None:
        """Let the usual view follow what it sees: slowly, and at once where it moved for good."""
        step_s, self._last_s = view.time_s - self._last_s, view.time_s
        assert self._view is not None, "begun"
        if self._moved_s is None and view.steady and alike > self.threshold:
            self._view += np.float32(min(step_s / _FOLLOW_S, 1.0)) * (edges - self._view)
        elif self._moved_s is not None and view.time_s - self._moved_s > _NEW_VIEW_S and view.steady:
            self._view, self._moved_s = edges, None


class _Usual:
    """How much texture a camera's picture usually has."""

    def __init__(self) -> None:
        self._usual, self._last_s, self._share = 0.0, -np.inf, 1.0

    def share(self, small: Floats, time_s: float) -> float:
        """Return how much of it a picture has."""
        step_s = time_s - self._last_s
        if step_s < _EVERY_S:
            return self._share
        texture = float(_edges(small).mean())
        if not self._usual:
            self._usual = texture
        self._last_s = time_s
        self._share = texture / max(self._usual, _LEAST_TEXTURE)
        if self._share > _LIKE_USUAL:
            self._usual += min(step_s / _FOLLOW_S, 1.0) * (texture - self._usual)
        return self._share


def _small(luma: NDArray[np.uint8]) -> Floats:
    """Return a picture 160 wide, smoothed: noise is no texture."""
    height = max(16, round(luma.shape[0] * _WIDTH / luma.shape[1]))
    small = cv2.resize(luma, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0), np.float32)


def _edges(small: Floats) -> Floats:
    """Return how steep a picture is everywhere, grey levels per cell."""
    across, down = (cv2.Sobel(small, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(across, down), np.float32)
