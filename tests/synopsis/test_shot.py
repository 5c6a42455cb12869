"""One original picture while objects are cut out of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from apercu.footage import Frame, Planes
from apercu.synopsis import MaskGrid, Tube
from apercu.synopsis.shot import Shot


def test_others_are_told_from_oneself(
    make_tube: Callable[..., Tube], grid: MaskGrid, scene: np.ndarray
) -> None:
    left, right = make_tube(begin=(5, 10)), make_tube(begin=(40, 10), track_id=2)
    frame, empty = Frame.from_bgr(scene), Planes.from_bgr(scene)
    shot = Shot(frame, 0.0, empty, [(left, 0, 0), (right, 1, 0)], grid)
    assert shot.others(0, (0, 0, 60, 90)) is None
    there = shot.others(1, (0, 0, 60, 90))
    assert there is not None and there.shape == (90, 60)
    assert there[20:36, 10:26].all() and not there[:16].any() and not there[:, 30:].any()
    assert Shot(frame, 0.0, empty, [(left, 0, 0)], grid).others(0, (0, 0, 160, 90)) is None
