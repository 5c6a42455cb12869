"""Like with like: tubes in groups by class, by direction or by hour, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES
from apercu.geometry import feet, sizes
from apercu.synopsis.options import GroupBy
from apercu.synopsis.tubes import Tube

_DIRECTIONS = ("up", "right", "down", "left")
_STAYS = "stays"
_STAYS_SIZES = 0.5
"""A way shorter than this share of its own size is none."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each tube is in.

    Attributes:
        names: of the groups, in the order in which they are shown; each has a tube.
        of: int64 (n,), the group of each tube.
    """

    names: tuple[str, ...]
    of: NDArray[np.int64]


def group(tubes: Sequence[Tube], by: GroupBy, moment: Callable[[Tube], datetime | None]) -> Groups:
    """Return the groups of tubes.

    Args:
        tubes: what is shown, in the order of their original start.
        by: ``class``; ``direction`` in the picture from first to last place, to the nearest quarter; ``hour``
            of the day that a tube begins in, or of its recording where that has no clock.
        moment: the true time of a tube's beginning, local; None where nobody knows.
    """
    if by == "class":
        return _named([tube.class_name for tube in tubes], CLASSES)
    if by == "direction":
        return _named([_direction(tube) for tube in tubes], (*_DIRECTIONS, _STAYS))
    told = [_hour(tube, moment(tube)) for tube in tubes]
    return _named(told, list(dict.fromkeys(told)))  # by their names, hour 10 would come before hour 2


def _named(of: Sequence[str], order: Sequence[str]) -> Groups:
    names = tuple(name for name in order if name in set(of))
    numbers = {name: number for number, name in enumerate(names)}
    return Groups(names, np.array([numbers[name] for name in of], np.int64))


def _direction(tube: Tube) -> str:
    first, last = feet(tube.boxes[[0, -1]].astype(float))
    size = float(np.median(sizes(tube.boxes)))
    right, up = (last - first) * [1, -1]
    if np.hypot(right, up) < _STAYS_SIZES * size:
        return _STAYS
    return _DIRECTIONS[round(float(np.degrees(np.arctan2(right, up))) / 90) % 4]


def _hour(tube: Tube, moment: datetime | None) -> str:
    if moment is None:
        return f"hour {int(tube.start_s // 3600) + 1}"
    return moment.strftime("%Y-%m-%d %H:00") + (" again" if moment.fold else "")  # clocks were put back
