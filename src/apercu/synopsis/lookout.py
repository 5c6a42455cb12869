"""A second look at what shows a vehicle, for whoever stands before it or sits in it and has no track."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import SOMEONE
from apercu.analysis.detector import Detector
from apercu.footage import Frame
from apercu.geometry import expand, intersection, sides
from apercu.synopsis.closeups import SIDE_PX, closeups
from apercu.synopsis.compiled import compiled
from apercu.synopsis.looks import Looks

_EVERY_S = 0.4
_TOGETHER = 0.5
"""When one vehicle is due, those that are due after this share of the time are looked at as well."""
BEFORE_S = 0.4
"""How long before they are seen someone is taken to be there already: since the last look, about."""
_REMEMBERED_S = 1.6
_PAD, _PAD_PER_S = 0.2, 0.5
_ROOM_PX = 24

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle in one picture: which, its box float32 (4,), a point (2,) that moves as it does, pixels."""

    key: Key
    box: NDArray[np.float32]
    feet: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sight:
    """Who was seen around a vehicle: which, when in seconds, their boxes (n, 4), and its feet (2,) then."""

    key: Key
    second: float
    boxes: NDArray[np.float32]
    feet: NDArray[np.float64]


NOBODY = np.zeros((0, 4), np.int64)


class Lookout:
    """Looks, a few times a second, at every vehicle in pictures given in order of time.

    Even a weak suspicion counts, and counts for two seconds, from shortly before it was seen: for that long
    whoever was seen is taken to stand where they stood, and to ride along. So any moment is covered by what
    five looks saw, and whoever steps into sight between two looks by the second of them.

    Looking is ahead of asking, in a thread of its own: what was seen counts from when it is learned, which
    should be ``BEFORE_S`` ahead of asking.

    What was looked at before is not looked at again; between two looks lies never more than without those.

    Args:
        detector: makes ready what looks; called once: at once where nothing was looked at before, else when
            that is needed.
        looks: those taken before; those taken now are added.
    """

    def __init__(self, detector: Callable[[], Detector], looks: Looks) -> None:
        self._detector = cache(detector)
        if not looks.any_known:
            self._detector()
        self._looks = looks
        self._looked_s: dict[Key, float] = {}
        self._sights: dict[Key, list[Sight]] = {}
        self._seen_at: dict[Key, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]] = {}
        self._there: dict[Key, tuple[tuple[float, ...], NDArray[np.int64]]] = {}

    def look(self, frame: Frame, vehicles: Sequence[Vehicle]) -> list[Sight]:
        """Look at the vehicles of a picture, all of one recording, that are due.

        Returns:
            What was seen, now or when it was looked at before, for ``learn``.
        """
        if not vehicles:
            return []
        now_s = float(frame.timecode)
        known = self._looks.at(vehicles[0].key[0], now_s)
        sights = [Sight(v.key, now_s, known[v.key[1]], v.feet) for v in vehicles if v.key[1] in known]
        self._looked_s.update({sight.key: now_s for sight in sights})
        waited = [now_s - self._looked_s.get(vehicle.key, -np.inf) for vehicle in vehicles]
        if max(waited) >= _EVERY_S:
            due = [v for v, s in zip(vehicles, waited, strict=True) if s >= _TOGETHER * _EVERY_S]
            sights += self._look(frame, due)
        return [sight for sight in sights if len(sight.boxes)]

    def learn(self, sights: Sequence[Sight]) -> None:
        """Remember what was seen in a picture."""
        for sight in sights:
            known = self._sights.get(sight.key, [])
            recent = [one for one in known if sight.second - one.second <= _REMEMBERED_S + BEFORE_S]
            recent.append(sight)
            counts = [len(one.boxes) for one in recent]
            self._seen_at[sight.key] = (
                np.repeat([one.second for one in recent], counts),
                np.repeat([one.feet for one in recent], counts, axis=0),
                np.concatenate([one.boxes for one in recent]),
            )
            self._sights[sight.key] = recent
            self._there.pop(sight.key, None)

    def forget(self, key: Key) -> None:
        """Forget a vehicle."""
        self._looked_s.pop(key, None)
        self._sights.pop(key, None)
        self._seen_at.pop(key, None)
        self._there.pop(key, None)

    def people(self, now_s: float, vehicle: Vehicle) -> NDArray[np.int64]:
        """Return where someone may be, with room, (n, 4) as x1 y1 x2 y2 in pixels, also out of sight."""
        if vehicle.key not in self._seen_at:
            return NOBODY
        asked = (now_s, *vehicle.feet.tolist())
        last, found = self._there.get(vehicle.key, ((), NOBODY))
        if last != asked:
            found = _places(now_s, vehicle.feet, *self._seen_at[vehicle.key])
            self._there[vehicle.key] = asked, found
        return found

    def _look(self, frame: Frame, vehicles: Sequence[Vehicle]) -> list[Sight]:
        """Look at vehicles of a picture, and take note of it."""
        now_s = float(frame.timecode)
        inside = np.clip([vehicle.box for vehicle in vehicles], 0, [frame.width, frame.height] * 2)
        there = sides(inside).min(axis=1) >= 1
        seen = self._seen(frame, inside[there].astype(np.float32))
        sights = []
        for vehicle in vehicles:
            near = intersection(_with_room(vehicle.box, frame)[None], seen)[0] > 0
            sights.append(Sight(vehicle.key, now_s, seen[near], vehicle.feet))
            self._looked_s[vehicle.key] = now_s
            self._looks.add(*vehicle.key, now_s, seen[near])
        return sights

    def _seen(self, frame: Frame, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the boxes (n, 4) of whoever is seen in and around boxes (m, 4)."""
        found = [np.zeros((0, 4), np.float32)]
        for canvas in closeups(boxes, frame.width, frame.height):
            seen, _ = canvas.back(self._detector().detect(canvas.paint(frame)))
            found.append(seen.boxes[np.isin(seen.classes, list(SOMEONE))])
        return np.concatenate(found)


def _with_room(box: NDArray[np.float32], frame: Frame) -> NDArray[np.float32]:
    """Return a box grown to all that is looked at around it: whoever stands there may come before it."""
    room = 0.5 * float((box[2:] - box[:2]).max()) + _ROOM_PX * max(frame.width, frame.height) / SIDE_PX
    return np.asarray(expand(box[None], np.array([room]))[0], np.float32)


@compiled
def _places(
    now_s: float,
    feet: NDArray[np.float64],
    seconds: NDArray[np.float64],
    feet_then: NDArray[np.float64],
    boxes: NDArray[np.float32],
) -> NDArray[np.int64]:
    """Return where people may be who were seen in boxes (n, 4): there, or as far on as the vehicle is."""
    places = np.empty((2 * len(boxes), 4), np.int64)
    count = 0
    for n in range(len(boxes)):
        away_s = now_s - seconds[n]
        if not -BEFORE_S <= away_s <= _REMEMBERED_S:
            continue
        x1, y1, x2, y2 = boxes[n]
        room = (_PAD + _PAD_PER_S * abs(away_s)) * max(x2 - x1, y2 - y1)
        for moved in range(2):
            x, y = moved * (feet[0] - feet_then[n, 0]), moved * (feet[1] - feet_then[n, 1])
            places[count, 0], places[count, 1] = floor(x1 + x - room), floor(y1 + y - room)
            places[count, 2], places[count, 3] = ceil(x2 + x + room), ceil(y2 + y + room)
            count += 1
    return places[:count].copy()
