"""Where the results of an analysis go: once they are whole, or as far as it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.moment import Moment
from apercu.analysis.tracks import Tracks


class Sink(Protocol):
    """Where results go as soon as they are whole; an archive's draft is one."""

    def add_tracks(self, tracks: Tracks) -> None:
        """Take finished tracks with all of their observations."""
        ...

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        """Take the empty scene at a time, BGR uint8 (H, W, 3); whoever stands in it is pixelated."""
        ...


class Present(Protocol):
    """An analysis that goes on, as far as it has come."""

    @property
    def now_s(self) -> float:
        """Second of the picture that was analysed last."""
        ...

    @property
    def begun_s(self) -> float:
        """When the earliest begins of the tracks that are not whole yet, or now: none will begin earlier."""
        ...

    @property
    def moved(self) -> Sequence[tuple[float, float]]:
        """First and last second of each time that the camera moved so far."""
        ...

    def unfinished(self) -> Tracks:
        """Return the tracks that are not whole yet as they would be if they ended now."""
        ...

    def moment(self) -> Moment:
        """Return what is in view now; asked after each picture, or never. It costs little."""
        ...
