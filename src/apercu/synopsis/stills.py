"""Single moments of objects laid over the empty scene: people as blocks, whoever is near vehicles covered.

As in a synopsis, nothing of an original picture is used but what lies under an object's own silhouette.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.detections import SOMEONE
from apercu.analysis.detector import Detector
from apercu.analysis.people import People, usual_size
from apercu.footage import Frame
from apercu.footage.pixelation import Mosaic, Region, clipped, padded, pixelate
from apercu.synopsis.tubes import Tube

Picture = NDArray[np.uint8]

_ROOM_PEOPLE, _ROOM_LOOK = 0.2, 0.5


class Painter:
    """Lays objects over pictures.

    Args:
        cell_px: side of the masks' cells, pixels.
        people: where anyone may be, who is then covered; None shows people as they are.
        detector: looks at every vehicle for whoever has no track; None relies on tracks.
    """

    def __init__(self, cell_px: int, people: People | None, detector: Detector | None) -> None:
        self._cell_px, self._people, self._detector = cell_px, people, detector
        self._mosaics: dict[tuple[str, int], Mosaic] = {}

    def forget(self) -> None:
        """Forget the blocks of those painted so far: they will not be painted again."""
        self._mosaics.clear()

    def paint(self, picture: Picture, frame: Frame, tube: Tube, sample: int) -> None:
        """Lay a tube, as one of its samples, over a picture.

        Args:
            picture: BGR uint8 (H, W, 3), changed in place.
            frame: the original picture of that moment.
            tube, sample: what is shown.
        """
        if self._people is not None and self._people.may_be(tube.recording_id, tube.track_id):
            self._as_blocks(picture, frame, tube, sample)
        else:
            self._as_it_is(picture, frame, tube, sample)

    def _silhouette(self, tube: Tube, sample: int, region: Region) -> Picture:
        """Return the part of the silhouette in a region x1 y1 x2 y2, uint8 (h, w), 255 inside."""
        mask, cell = tube.mask(sample), self._cell_px
        x1, y1, x2, y2 = region
        size = (mask.width * cell, mask.height * cell)
        core = cv2.resize(mask.cells.view(np.uint8) * 255, size, interpolation=cv2.INTER_LINEAR)
        left, top = mask.x * cell, mask.y * cell
        found = np.zeros((y2 - y1, x2 - x1), np.uint8)
        a, b = max(x1, left), max(y1, top)
        c, d = min(x2, left + size[0]), min(y2, top + size[1])
        if a < c and b < d:
            found[b - y1 : d - y1, a - x1 : c - x1] = core[b - top : d - top, a - left : c - left]
        return found

    def _as_blocks(self, picture: Picture, frame: Frame, tube: Tube, sample: int) -> None:
        """Lay whoever may be a person over a picture in whole blocks: fine outlines tell of people too."""
        mosaic = self._mosaic(tube)
        x1, _, x2, y2 = tube.boxes[sample].tolist()
        anchor = (round((x1 + x2) / 2), round(y2))
        region = mosaic.whole(_bounds(tube, sample, self._cell_px), anchor)
        part = clipped(region, frame.width, frame.height)
        if part is None:
            return
        mask = self._silhouette(tube, sample, region)
        blocks = mosaic.touched(mask >= 128)
        shown = np.repeat(np.repeat(blocks, mosaic.block, axis=0), mosaic.block, axis=1)
        a, b, c, d = part
        shown = shown[b - region[1] : d - region[1], a - region[0] : c - region[0]]
        covered = mosaic.cover(frame.bgr(region=part), (anchor[0] - a, anchor[1] - b))
        picture[b:d, a:c][shown] = covered[shown]

    def _mosaic(self, tube: Tube) -> Mosaic:
        key = (tube.recording_id, tube.track_id)
        if key not in self._mosaics:
            self._mosaics[key] = Mosaic(usual_size(tube.boxes))
        return self._mosaics[key]

    def _as_it_is(self, picture: Picture, frame: Frame, tube: Tube, sample: int) -> None:
        part = clipped(_bounds(tube, sample, self._cell_px), frame.width, frame.height)
        if part is None:
            return
        x1, y1, x2, y2 = part
        opacity = self._silhouette(tube, sample, part)
        above = frame.bgr(region=part)
        if self._people is not None:
            # Outside its own box a silhouette may have swallowed someone walking past: there it is blocks.
            own = np.zeros(opacity.shape, np.bool_)
            a, b, c, d = (np.round(tube.boxes[sample]).astype(int) - [x1, y1, x1, y1]).clip(0).tolist()
            own[b:d, a:c] = True
            blocks = self._mosaic(tube).cover(above)
            above[~own] = blocks[~own]
            for region in self._others(frame, tube, sample):
                a, b, c, d = region
                pixelate(above, (a - x1, b - y1, c - x1, d - y1), Mosaic(max(c - a, d - b)))
        alpha = np.asarray(cv2.GaussianBlur(opacity, (0, 0), 0.5 * self._cell_px + 0.5), np.float32)
        if self._people is not None:
            alpha = np.minimum(alpha, opacity)  # nothing beyond the vehicle's own edge
        below = picture[y1:y2, x1:x2].astype(np.float32)
        picture[y1:y2, x1:x2] = (below + alpha[..., None] / 255 * (above - below) + 0.5).astype(np.uint8)

    def _others(self, frame: Frame, tube: Tube, sample: int) -> list[Region]:
        """Return where anyone may be beside the vehicle itself, x1 y1 x2 y2 in pixels."""
        assert self._people is not None, "asked only when people are covered"
        found = [place.region for place in self._people.at(tube.recording_id, float(frame.timecode))]
        around = clipped(padded(tube.boxes[sample], _ROOM_LOOK), frame.width, frame.height)
        if self._detector is not None and around is not None:
            seen = self._detector.detect(frame.bgr(region=around))
            boxes = seen.boxes[np.isin(seen.classes, list(SOMEONE))] + np.array(around[:2] * 2, np.float32)
            found += [padded(box, _ROOM_PEOPLE) for box in boxes]
        return found


def _bounds(tube: Tube, sample: int, cell_px: int) -> Region:
    """Return what a silhouette takes, with two cells to spare, x1 y1 x2 y2 in pixels."""
    mask = tube.mask(sample)
    return (
        (mask.x - 2) * cell_px,
        (mask.y - 2) * cell_px,
        (mask.x + mask.width + 2) * cell_px,
        (mask.y + mask.height + 2) * cell_px,
    )
