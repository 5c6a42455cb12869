"""What hides people in a synopsis: tubes of blocks, and blocks over whoever is near a vehicle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detector import Detector
from apercu.analysis.people import People, Place, steady_feet, usual_size
from apercu.footage import Frame
from apercu.footage.pixelation import Mosaic, Point, Region, clipped
from apercu.synopsis.cutouts import Layer, blocks, lay
from apercu.synopsis.lookout import BEFORE_S, NOBODY, Key, Lookout, Sight, Vehicle
from apercu.synopsis.looks import Looks
from apercu.synopsis.shot import Shot
from apercu.synopsis.tiles import Doubt, colours
from apercu.synopsis.tubes import Tube

_ROOM_CELLS = 2


@dataclass(frozen=True, slots=True)
class _Cover:
    """What is remembered of a tube.

    Attributes:
        mosaic: colours of its blocks.
        feet: float64 (n, 2), a point that moves as it does. anchors: int64 (n, 2), the same in whole pixels.
        boxes: int64 (n, 4), its own, in whole pixels.
    """

    mosaic: Mosaic
    feet: NDArray[np.float64]
    anchors: NDArray[np.int64]
    boxes: NDArray[np.int64]


class Veil:
    """Pixelates every tube that may be a person, and whoever is seen beside the others.

    Args:
        people: where anyone may be in the recordings.
        detector: makes ready what takes a second look at every vehicle, for whoever has no track; None relies
            on tracks.
        looks: second looks that were taken before; None for none.
    """

    def __init__(
        self, people: People, detector: Callable[[], Detector] | None = None, looks: Looks | None = None
    ) -> None:
        self._people = people
        self._lookout = None if detector is None else Lookout(detector, looks or Looks())
        self._covers: dict[Key, _Cover] = {}
        self._others: dict[int, Mosaic] = {}
        self._there: tuple[str, float, list[Place]] | None = None

    @property
    def ahead_s(self) -> float:
        """How far looking should be ahead of cutting, seconds."""
        return 0.0 if self._lookout is None else BEFORE_S

    def hides(self, tube: Tube) -> bool:
        """Return whether the tube may be a person."""
        return self._people.may_be(tube.recording_id, tube.track_id)

    def forget(self, tube: Tube) -> None:
        """Forget a tube that is done with."""
        self._covers.pop(_key(tube), None)
        if self._lookout is not None:
            self._lookout.forget(_key(tube))

    def look(self, frame: Frame, shown: Sequence[tuple[Tube, int]]) -> list[Sight]:
        """Look at the vehicles among the tubes and samples that an original picture shows.

        It is done ahead, in a thread of its own, for pictures in order of time; what was seen is to be
        learned ``ahead_s`` before anything is cut out of that picture.
        """
        if self._lookout is None:
            return []
        vehicles = [self._vehicle(tube, sample) for tube, sample in shown if not self.hides(tube)]
        return self._lookout.look(frame, vehicles)

    def learn(self, sights: Sequence[Sight]) -> None:
        """Take note of what was seen, ``ahead_s`` before the picture that was looked at is cut up."""
        if self._lookout is not None:
            self._lookout.learn(sights)

    def blocks(self, shot: Shot, tube: Tube, sample: int, cell_px: int) -> bytes | None:
        """Return a tube as whole blocks, so that its outline is as coarse as they are; None out of sight.

        Args:
            shot: the original picture.
            tube, sample: what is shown.
            cell_px: side of the mask's cells, pixels.
        """
        cover = self._cover(tube)
        mosaic, (ax, ay) = cover.mosaic, cover.anchors[sample].tolist()
        mask = tube.mask(sample)
        cells = np.zeros((mask.height + 2 * _ROOM_CELLS, mask.width + 2 * _ROOM_CELLS), np.uint8)
        cells[_ROOM_CELLS:-_ROOM_CELLS, _ROOM_CELLS:-_ROOM_CELLS] = mask.cells
        left, top = (mask.x - _ROOM_CELLS) * cell_px, (mask.y - _ROOM_CELLS) * cell_px
        right, bottom = left + cells.shape[1] * cell_px, top + cells.shape[0] * cell_px
        region = mosaic.whole((left, top, right, bottom), (ax, ay))
        mask_px = np.zeros((region[3] - region[1], region[2] - region[0]), np.uint8)
        mask_px[top - region[1] : bottom - region[1], left - region[0] : right - region[0]] = cv2.resize(
            cells, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST
        )
        touched = mosaic.touched(mask_px.view(np.bool_), (ax - region[0], ay - region[1]))
        return _blocks(shot, mosaic, region, (ax, ay), touched)

    def block_px(self, tube: Tube) -> int:
        """Return the side of the blocks over a tube, pixels."""
        return self._cover(tube).mosaic.block

    def elsewhere(self, shot: Shot, tube: Tube, sample: int, region: Region) -> NDArray[np.uint8]:
        """Return where in a region anyone but the tube may be, uint8 (h, w), 255 there."""
        x1, y1, x2, y2 = region
        mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
        places = [place.region for place in self._places(shot.second, tube.recording_id)]
        if self._lookout is not None:
            places += self._lookout.people(shot.second, self._vehicle(tube, sample)).tolist()
        for place in places:
            if _near(place, region):
                a, b, c, d = place
                mask[max(0, b - y1) : d - y1, max(0, a - x1) : c - x1] = 255
        return mask

    def cover(self, shot: Shot, recording_id: str, regions: Sequence[Region]) -> None:
        """Pixelate, in a picture, whoever has a track of their own and may be in some regions.

        Args:
            shot: the original picture, drawn on.
            recording_id: its recording.
            regions: x1 y1 x2 y2 in pixels.
        """
        covers = []
        for place in self._places(shot.second, recording_id):
            if any(_near(place.region, region) for region in regions):
                if place.track_id not in self._others:
                    self._others[place.track_id] = Mosaic(place.size_px)
                mosaic = self._others[place.track_id]
                whole = mosaic.whole(place.region, place.anchor)
                found = _blocks(shot, mosaic, whole, place.anchor, None)
                covers += [Layer(found)] if found is not None else []
        lay(shot.planes, covers)

    def doubt(self, shot: Shot, tube: Tube, sample: int) -> Doubt:
        """Return what of a vehicle is hidden: all that is not surely it.

        That is what lies outside its own box, where its silhouette may have swallowed someone walking past
        whom nobody tracked; and inside it whoever a second look finds.
        """
        cover = self._cover(tube)
        mosaic, (x, y) = cover.mosaic, cover.anchors[sample].tolist()
        x1, y1, x2, y2 = cover.boxes[sample].tolist()
        suspected = NOBODY
        if self._lookout is not None:
            suspected = self._lookout.people(shot.second, self._vehicle(tube, sample))
        hd, box = shot.planes.hd, (x1, y1, x2, y2)
        return Doubt(box, suspected, mosaic.block, (x, y), mosaic.noise, mosaic.held, hd)

    def _places(self, second: float, recording_id: str) -> list[Place]:
        """Return where anyone may be in a picture; asked for once for each."""
        if self._there is None or self._there[:2] != (recording_id, second):
            if self._there is not None and self._there[0] != recording_id:
                self._others.clear()
            places = self._people.at(recording_id, second)
            self._there = recording_id, second, places
            present = {place.track_id for place in places}
            self._others = {number: kept for number, kept in self._others.items() if number in present}
        return self._there[2]

    def _vehicle(self, tube: Tube, sample: int) -> Vehicle:
        return Vehicle(_key(tube), tube.boxes[sample], self._cover(tube).feet[sample])

    def _cover(self, tube: Tube) -> _Cover:
        key = _key(tube)
        cover = self._covers.get(key)
        if cover is None:
            feet = steady_feet(tube.boxes, float(tube.rate))
            whole = (np.round(places).astype(np.int64) for places in (feet, tube.boxes))
            # Looking and cutting are two threads: whoever is first has made the colours that both keep.
            cover = self._covers.setdefault(key, _Cover(Mosaic(usual_size(tube.boxes)), feet, *whole))
        return cover


def _blocks(
    shot: Shot, mosaic: Mosaic, region: Region, anchor: Point, touched: NDArray[np.bool_] | None
) -> bytes | None:
    """Return the blocks of a region that are touched, bool (rows, columns), or all; None out of sight."""
    part = clipped(region, shot.width, shot.height)
    if part is None:
        return None
    seen = colours(shot.planes, part, anchor, mosaic)
    row, missing_y = divmod(part[1] - region[1], mosaic.block)
    column, missing_x = divmod(part[0] - region[0], mosaic.block)
    rows, columns = seen.shape[:2]
    shown = np.ones((rows, columns), np.bool_)
    if touched is not None:
        shown = np.ascontiguousarray(touched[row : row + rows, column : column + columns])
    return blocks(part, (missing_x, missing_y), mosaic.block, seen, shown)


def _near(place: Region, region: Region) -> bool:
    """Return whether a place shares pixels with a region."""
    (a, b, c, d), (x1, y1, x2, y2) = place, region
    return a < x2 and x1 < c and b < y2 and y1 < d


def _key(tube: Tube) -> Key:
    return tube.recording_id, tube.track_id
