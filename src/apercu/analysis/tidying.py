"""What a detector says twice about one thing, said once.

Two habits of detectors make two tracks of one object: a second, smaller box inside the first (the legs of a
walker), and a rider told apart from the bicycle underneath. Here a cyclist is one moving thing: a bicycle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES, Detections
from apercu.analysis.tracklets import kin
from apercu.geometry import area, intersection

_PERSON = CLASSES.index("person")
_CYCLES = [CLASSES.index(name) for name in ("bicycle", "motorcycle")]
_NESTED = 0.8


def tidy(found: Detections) -> tuple[Detections, NDArray[np.intp]]:
    """Return detections with riders joined to their cycles and nested doubles left out.

    The second value (n,) tells for each one returned which of those given it was.
    """
    joined, kept = _with_riders(found)
    alone = _not_nested(joined)
    return joined[alone], kept[alone]


def _with_riders(found: Detections) -> tuple[Detections, NDArray[np.intp]]:
    """Return detections where a cycle's box holds its rider too, and the rider is no person of its own."""
    cycles = np.flatnonzero(np.isin(found.classes, _CYCLES))
    people = np.flatnonzero(found.classes == _PERSON)
    everything = np.arange(len(found))
    if len(cycles) == 0 or len(people) == 0:
        return found, everything
    cycle, person = found.boxes[cycles][:, None], found.boxes[people][None]
    middle = (person[..., 0] + person[..., 2]) / 2
    height = cycle[..., 3] - cycle[..., 1]
    # A rider sits between the wheels, feet near the pedals, and is higher than the cycle.
    rides = (
        (middle > cycle[..., 0]) & (middle < cycle[..., 2]) & (person[..., 1] < cycle[..., 1] + 0.3 * height)
    )
    rides &= (person[..., 3] > cycle[..., 1] + 0.25 * height) & (
        person[..., 3] < cycle[..., 3] + 0.15 * height
    )
    boxes = found.boxes.copy()
    gone = np.zeros(len(found), np.bool_)
    for row, column in zip(*np.nonzero(rides), strict=True):
        if not gone[people[column]]:
            mine, rider = boxes[cycles[row]], found.boxes[people[column]]
            boxes[cycles[row]] = np.concatenate(
                [np.minimum(mine[:2], rider[:2]), np.maximum(mine[2:], rider[2:])]
            )
            gone[people[column]] = True
    return Detections(boxes, found.scores, found.classes)[~gone], everything[~gone]


def _not_nested(found: Detections) -> NDArray[np.intp]:
    """Return the indices (m,) of detections that do not lie within a better one of the same kind."""
    areas = area(found.boxes)
    inside = intersection(found.boxes, found.boxes) / np.maximum(areas, 1)[:, None]
    worse = found.scores[:, None] < found.scores[None, :]
    related = kin(found.classes[:, None], found.classes[None, :])
    nested = (inside > _NESTED) | (inside.T > _NESTED)
    return np.flatnonzero(~(nested & worse & related).any(axis=1))
