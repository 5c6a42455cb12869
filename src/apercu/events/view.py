"""What rules see at one moment: what is in view, how it moves, and how it came there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.analysis.detections import CLASSES
from apercu.analysis.moment import Moment, Sight
from apercu.analysis.tracklets import kin
from apercu.events.event import Path
from apercu.geometry import feet, iou, sizes
from apercu.statistics.scene import Area

Floats = NDArray[np.float64]

AGAIN_S = 10.0
"""An object that stood is the same when it is found again at the same place within so many seconds."""

_AGAIN_IOU = 0.3
_STOOD_SIZES = 0.3
_RECENT_S = 2.0
_MOTION_S = 1.0
_LEAST_MOTION_S, _LEAST_SIGHTINGS = 0.45, 3
_PATH_POINTS = 64


@dataclass(frozen=True, slots=True)
class View:
    """What a rule sees at one moment; all arrays are of the same n objects, those seen in this very picture.

    Attributes:
        time_s: seconds from the start of the run.
        steady: whether the camera stood still and saw; where not, nothing is in view.
        owners: int64 (n,), one number per object, kept also when it is lost and found again where it stood.
        classes: int64 (n,), indices into ``CLASSES``.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
        feet: float64 (n, 2), bottom centres, pixels.
        sizes: float64 (n,), square roots of the areas of the boxes, pixels.
        velocities: float64 (n, 2), of the feet over the last second, pixels per second; NaN before it is
            known.
        sight: the picture; None where only tracks are known.
        gone: numbers that will not come again: nothing needs to be remembered of them.
    """

    time_s: float
    steady: bool
    owners: NDArray[np.int64]
    classes: NDArray[np.int64]
    boxes: Floats
    feet: Floats
    sizes: Floats
    velocities: Floats
    sight: Sight | None = None
    gone: tuple[int, ...] = ()

    def of(self, rows: NDArray[np.bool_]) -> View:
        """Return it with some objects only: bool (n,)."""
        arrays = ("owners", "classes", "boxes", "feet", "sizes", "velocities")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})

    def within(self, area: Area | None) -> View:
        """Return it with the objects only whose feet are in a zone; all of them without one."""
        if area is None:
            return self
        return self.of(shapely.intersects_xy(area.shape, self.feet[:, 0], self.feet[:, 1]))


@dataclass(slots=True)
class _Trail:
    """How one object came: its last seconds in full, and all of its path in few points."""

    class_index: int
    box: Floats
    last_s: float
    recent: deque[tuple[float, float, float]] = field(default_factory=deque)
    path: list[tuple[float, float]] = field(default_factory=list)
    every: int = 1
    count: int = 0

    def add(self, time_s: float, x: float, y: float, box: Floats, class_index: int) -> None:
        self.box, self.class_index, self.last_s = box, class_index, time_s
        self.recent.append((time_s, x, y))
        while time_s - self.recent[0][0] > _RECENT_S:
            self.recent.popleft()
        if self.count % self.every == 0:
            self.path.append((x, y))
            if len(self.path) > _PATH_POINTS:
                self.path, self.every = self.path[::2], 2 * self.every
        self.count += 1

    def velocity(self) -> tuple[float, float]:
        """Return the velocity of its feet over the last second, by least squares; NaN before it is known."""
        rows = np.array(self.recent)
        rows = rows[rows[:, 0] >= rows[-1, 0] - _MOTION_S]
        if len(rows) < _LEAST_SIGHTINGS or rows[-1, 0] - rows[0, 0] < _LEAST_MOTION_S:
            return np.nan, np.nan
        offsets = rows[:, 0] - rows[:, 0].mean()
        x, y = offsets @ rows[:, 1:] / (offsets @ offsets)
        return float(x), float(y)

    @property
    def stood(self) -> bool:
        """Whether it stood in its last seconds."""
        way = np.ptp(np.array(self.recent)[:, 1:], axis=0)
        size = sizes(self.box)
        return bool(np.hypot(*way) <= _STOOD_SIZES * size)


class Trails:
    """What is remembered of objects in view and of those lost lately; no more, however long it goes on."""

    def __init__(self) -> None:
        self._trails: dict[int, _Trail] = {}
        self._owner_of: dict[int, int] = {}

    def see(self, moment: Moment) -> list[View]:
        """Take in one moment, later than those before, and return what rules see: now, last of all.

        Before it comes what was seen of objects that nobody knew to be some then, each by itself.
        """
        owners = self._owners(moment)
        earlier = [
            self._view(replace(moment, time_s=time_s, sight=None), [row], [owner], box[None])
            for row, owner in enumerate(owners)
            for time_s, *box_sides in moment.came.get(int(moment.ids[row]), np.zeros((0, 5))).tolist()
            for box in [np.array(box_sides)]
        ]
        for row in np.flatnonzero(~moment.seen).tolist():
            if owners[row] in self._trails:
                self._trails[owners[row]].last_s = moment.time_s
        # Where something should be is a guess: where it turned round, a wrong one.
        rows = np.flatnonzero(moment.seen)
        here = [owners[row] for row in rows]
        now = self._view(moment, rows.tolist(), here, moment.boxes[rows])
        gone = tuple(o for o, trail in self._trails.items() if moment.time_s - trail.last_s > AGAIN_S)
        for owner in gone:
            del self._trails[owner]
        if gone:
            self._owner_of = {one: owner for one, owner in self._owner_of.items() if owner in self._trails}
        return [*earlier, replace(now, gone=gone)]

    def _view(self, moment: Moment, rows: Sequence[int], owners: Sequence[int], boxes: Floats) -> View:
        """Add to the trails where some objects are at a moment, and return it."""
        places, classes = feet(boxes), moment.classes[list(rows)]
        for owner, (x, y), box, named in zip(owners, places.tolist(), boxes, classes.tolist(), strict=True):
            trail = self._trails.get(owner)
            if trail is None:
                trail = self._trails[owner] = _Trail(named, box, moment.time_s)
            trail.add(moment.time_s, x, y, box, named)
        return View(
            moment.time_s,
            moment.steady,
            np.array(owners, np.int64),
            classes,
            boxes,
            np.asarray(places, np.float64),
            np.asarray(sizes(boxes), np.float64),
            np.array([self._trails[owner].velocity() for owner in owners], np.float64).reshape(-1, 2),
            moment.sight,
        )

    def __contains__(self, owner: int) -> bool:
        """Return whether an object is remembered."""
        return owner in self._trails

    def last(self, owner: int) -> tuple[str, Floats]:
        """Return what an object is, and the box (4,) where it was seen last."""
        trail = self._trails[owner]
        return CLASSES[trail.class_index], trail.box

    def path(self, owner: int) -> Path:
        """Return how an object came: x and y of its feet, pixels, oldest first, now last."""
        trail = self._trails[owner]
        _, x, y = trail.recent[-1]
        told = [*trail.path, *([] if trail.path[-1] == (x, y) else [(x, y)])]
        return tuple((round(x, 1), round(y, 1)) for x, y in told)

    def _owners(self, moment: Moment) -> list[int]:
        """Return whose the objects in view are: their own numbers, or those found again where they stood."""
        fresh = [row for row, one in enumerate(moment.ids.tolist()) if one not in self._owner_of]
        lost = self._lost(moment) if fresh else []
        if lost:
            trails = [self._trails[owner] for owner in lost]
            alike = iou(np.array([trail.box for trail in trails]), moment.boxes[fresh])
            mine = np.array([trail.class_index for trail in trails])
            alike = np.where(kin(mine[:, None], moment.classes[fresh][None, :]), alike, 0.0)
            while alike.size and alike.max() >= _AGAIN_IOU:
                old, new = np.unravel_index(alike.argmax(), alike.shape)
                self._owner_of[int(moment.ids[fresh[new]])] = lost[old]
                alike[old], alike[:, new] = 0.0, 0.0
        owners: list[int] = []
        for one in moment.ids.tolist():
            owner = self._owner_of.setdefault(one, one)
            # The one that was thought lost came back elsewhere: then they are two.
            if owner in owners:
                owner = self._owner_of[one] = -one
            owners.append(owner)
        return owners

    def _lost(self, moment: Moment) -> list[int]:
        """Return who stood and is not in view, and was lately."""
        here: Iterable[int] = {self._owner_of.get(one, one) for one in moment.ids.tolist()}
        return [
            owner
            for owner, trail in self._trails.items()
            if owner not in here and moment.time_s - trail.last_s <= AGAIN_S and trail.stood
        ]
