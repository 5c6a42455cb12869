"""Whole original pictures in which nobody can be recognised.

Whoever a track follows is covered through gaps and a second before and after it. A second look at the very
picture finds who has no track, and whatever moves without a vehicle to explain it is covered too: too much
rather than too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu import geometry
from apercu.analysis.detections import VEHICLES, Detections
from apercu.analysis.detector import Detector
from apercu.analysis.people import People, Place
from apercu.analysis.thorough import look_everywhere
from apercu.footage import Frame
from apercu.footage.pixelation import Mosaic, Region, clipped, padded

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_WEAKLY, _CLEARLY = 0.1, 0.3
_ROOM, _ROOM_BLOB = 0.15, 0.1
_OWN = 0.3
_COARSER = 1.5
_DOUBLING = 4


@dataclass(frozen=True, slots=True)
class Redacted:
    """A picture that may be shown.

    Attributes:
        picture: BGR uint8 (H, W, 3).
        covered: bool (H, W), pixels of it that are pixelated.
    """

    picture: Picture
    covered: Mask


class Redactor:
    """Pixelates people in pictures of one recording, given in order of time.

    Args:
        people: where anyone may be.
        recording_id: the recording.
        detector: takes a second look at every picture, at scores from 0.1; None relies on tracks, and on what
            moves where that is given.
        side_px: longer side that the picture, and each quarter of it, is brought to for the detector, pixels.
    """

    def __init__(
        self, people: People, recording_id: str, detector: Detector | None = None, side_px: int = 640
    ) -> None:
        self._people, self._recording_id = people, recording_id
        self._detector, self._side_px = detector, side_px
        self._of_tracks: dict[int, Mosaic] = {}
        self._of_sizes: dict[int, Mosaic] = {}

    def redact(self, frame: Frame, moving: Mask | None = None, around: Detections | None = None) -> Redacted:
        """Return a picture with everyone in it pixelated.

        Args:
            frame: the picture, its timecode that of the recording.
            moving: bool (h, w), what moves, on a grid over the whole picture; None when nobody looked.
            around: what pictures shortly before and after show, in pixels of this one: people found there are
                covered here, too.
        """
        second = float(frame.timecode)
        original = frame.bgr()
        places = self._people.at(self._recording_id, second)
        vehicles = [place.region for place in self._people.vehicles_at(self._recording_id, second)]
        rest: list[Region] = [] if around is None else _sorted_out(around)[0]
        if self._detector is not None:
            seen = look_everywhere(self._detector, original, self._side_px)
            people, cars = _sorted_out(seen)
            rest += people
            vehicles += cars
        if moving is not None:
            rest += _unexplained(moving, vehicles, frame.width, frame.height)
        regions, loose = _given_to(places, rest)
        result = Redacted(original.copy(), np.zeros(original.shape[:2], np.bool_))
        for region in loose:
            _cover(result, original, self._mosaic_of_size(region), region, (0, 0))
        for place, region in zip(places, regions, strict=True):
            if place.track_id not in self._of_tracks:
                self._of_tracks[place.track_id] = Mosaic(place.size_px)
            _cover(result, original, self._of_tracks[place.track_id], region, place.anchor)
        here = {place.track_id for place in places}
        self._of_tracks = {track: mosaic for track, mosaic in self._of_tracks.items() if track in here}
        return result

    def _mosaic_of_size(self, region: Region) -> Mosaic:
        """Return the mosaic for what no track follows: its blocks stay in place, so they are coarser."""
        longer = max(region[2] - region[0], region[3] - region[1])
        step = ceil(_DOUBLING * log2(longer))
        if step not in self._of_sizes:
            self._of_sizes[step] = Mosaic(_COARSER * 2 ** (step / _DOUBLING))
        return self._of_sizes[step]


def _sorted_out(seen: Detections) -> tuple[list[Region], list[Region]]:
    """Return where people may be, with room, and where vehicles clearly are."""
    vehicle = np.isin(seen.classes, list(VEHICLES))
    people = seen.boxes[~vehicle & (seen.scores >= _WEAKLY)]
    cars = seen.boxes[vehicle & (seen.scores >= _CLEARLY)]
    return [padded(box, _ROOM) for box in people], [padded(box, 0) for box in cars]


def _unexplained(moving: Mask, vehicles: list[Region], width: int, height: int) -> list[Region]:
    """Return where something moves that belongs to no vehicle, with room."""
    rows, columns = moving.shape
    scale = np.array([columns / width, rows / height] * 2)
    rest = moving.copy()
    for vehicle in vehicles:
        x1, y1, x2, y2 = np.round(np.array(vehicle) * scale).astype(int).clip(0).tolist()
        rest[y1:y2, x1:x2] = False
    _, _, stats, _ = cv2.connectedComponentsWithStats(rest.view(np.uint8), connectivity=8)
    boxes = stats[1:, :4].astype(float)
    boxes[:, 2:] += boxes[:, :2]
    return [padded(box, _ROOM_BLOB) for box in boxes / scale]


def _given_to(places: list[Place], rest: list[Region]) -> tuple[list[Region], list[Region]]:
    """Return the regions of the places, grown by what lies on them for a good part, and what lies on none."""
    regions = [place.region for place in places]
    if not places or not rest:
        return regions, rest
    shares = geometry.coverage(np.array(rest, float), np.array(regions, float))
    loose = []
    for region, own in zip(rest, shares, strict=True):
        i = int(own.argmax())
        if own[i] >= _OWN:
            a, b = regions[i], region
            regions[i] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        else:
            loose.append(region)
    return regions, loose


def _cover(
    result: Redacted, original: Picture, mosaic: Mosaic, region: Region, anchor: tuple[int, int]
) -> None:
    part = clipped(mosaic.whole(region, anchor), original.shape[1], original.shape[0])
    if part is not None:
        x1, y1, x2, y2 = part
        shown = np.s_[y1:y2, x1:x2]
        result.picture[shown] = mosaic.cover(original[shown], (anchor[0] - x1, anchor[1] - y1))
        result.covered[shown] = True
