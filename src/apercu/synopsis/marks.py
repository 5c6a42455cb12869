"""What can be drawn beside the objects: colours with a meaning, boxes, trails, and the bar of times."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.footage import Planes
from apercu.geometry import feet
from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.cutouts import Layer, lay, pixels
from apercu.synopsis.options import ColourBy
from apercu.synopsis.recorded import RecordedBefore, Times, as_they_are
from apercu.synopsis.tubes import Tube

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
_OF_CLASS: dict[str, Colour] = {  # BGR, told apart by most who cannot tell red from green (Okabe, Ito 2008)
    "person": (0, 159, 230),
    "bicycle": (115, 158, 0),
    "motorcycle": (66, 228, 240),
    "car": (233, 180, 86),
    "bus": (0, 94, 213),
    "truck": (178, 114, 0),
    "animal": (167, 121, 204),
}
_ELSE: Colour = (200, 200, 200)
_TRAIL_S = 2.5
_TRAIL_PIECES = 12


def colour_of_class(name: str) -> Colour:
    """Return the colour of a class, blue, green, red."""
    return _OF_CLASS.get(name, _ELSE)


def colours_of_time(shares: NDArray[np.float64]) -> Picture:
    """Return colours, BGR uint8 (n, 3), for shares (n,) of the whole time, 0 to 1: from violet to yellow."""
    levels = np.round(np.clip(shares, 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels.reshape(-1, 1), cv2.COLORMAP_PLASMA)[:, 0], np.uint8)


def times_of(arrangement: Arrangement, recorded_s: RecordedBefore = as_they_are) -> Times:
    """Return the span of original time that a synopsis shows."""
    begins = [tube.line_s for tube in arrangement.tubes]
    ends = [_line_s(tube, len(tube) - 1) for tube in arrangement.tubes]
    return Times(min(begins, default=0.0), max(ends, default=0.0), recorded_s)


def colour_of(tube: Tube, by: ColourBy | None, times: Times) -> Colour:
    """Return a tube's colour, blue, green, red: that of its class, of the time it began, or white."""
    if by == "class":
        return colour_of_class(tube.class_name)
    if by == "time":
        blue, green, red = colours_of_time(times.shares([tube.line_s]))[0].tolist()
        return blue, green, red
    return WHITE


def draw_box(picture: Planes, box: NDArray[np.float32], colour: Colour) -> None:
    """Draw a thin frame around a box x1 y1 x2 y2 in pixels."""
    x1, y1, x2, y2 = np.round(box).astype(int).tolist()
    thick = max(1, picture.height // 400)
    luma, blue, red = picture.colour(colour)
    cv2.rectangle(picture.y, (x1, y1), (x2, y2), luma, thick, cv2.LINE_AA)
    for plane, level in ((picture.u, blue), (picture.v, red)):
        cv2.rectangle(plane, (x1 // 2, y1 // 2), (x2 // 2, y2 // 2), level, thick, cv2.LINE_AA)


def draw_trail(picture: Planes, tube: Tube, sample: int, colour: Colour, presence: float) -> None:
    """Draw the way that a tube came over the last seconds, fainter the longer ago."""
    count = min(sample + 1, round(_TRAIL_S * float(tube.rate)))
    if count < 2:
        return
    picked = np.linspace(sample + 1 - count, sample, min(count, _TRAIL_PIECES)).astype(int)
    way = feet(tube.boxes[picked])
    thick = max(1, picture.height // 240)
    low = np.floor(way.min(axis=0)).astype(int) - 2 * thick
    low -= low % 2
    high = np.ceil(way.max(axis=0)).astype(int) + 2 * thick
    low = np.maximum(low, [-2, -2])
    high = np.minimum(high, [picture.width + 2, picture.height + 2])
    width, height = ((high - low) // 2 * 2 + 2).tolist()
    if width <= 2 or height <= 2:
        return
    opacity = np.zeros((height, width), np.uint8)
    points = np.round((way - low) * 8).astype(int)
    for k in range(1, len(points)):
        level = round(200 * presence * k / (len(points) - 1))
        cv2.line(opacity, points[k - 1].tolist(), points[k].tolist(), level, thick, cv2.LINE_AA, 3)
    luma, blue, red = picture.colour(colour)
    patch = (
        np.full((height, width), luma, np.uint8),
        np.full((height // 2, width // 2), blue, np.uint8),
        np.full((height // 2, width // 2), red, np.uint8),
    )
    lay(picture, [Layer(pixels(int(low[0]), int(low[1]), patch, opacity))])


class Bar:
    """A thin bar along the bottom: above, the output with a mark at now; below, the original time.

    The upper half shows for each moment of the output, left to right, from when its objects are, in the
    colours of the lower half, which is the original time from first to last, as far as it was recorded;
    there, marks show from when the objects are that are on screen now.

    Args:
        arrangement: what is shown when.
        times: the span of original time.

    Attributes:
        height: rows, even.
    """

    def __init__(self, arrangement: Arrangement, times: Times) -> None:
        grid = arrangement.grid
        self._times, self._count = times, arrangement.frame_count
        self.height = max(6, round(grid.frame_height / 60 / 2) * 2)
        width = grid.frame_width
        half = self.height // 2
        shares = np.zeros(width)
        for x, frame in enumerate(np.linspace(0, max(0, self._count - 1), width).astype(int).tolist()):
            seen = [_line_s(arrangement.tubes[i], sample) for i, sample in arrangement.shown(frame)]
            shares[x] = times.shares(seen).mean() if seen else (shares[x - 1] if x else 0.0)
        upper, lower = colours_of_time(shares), colours_of_time(np.linspace(0, 1, width))
        rows = np.concatenate([np.tile(upper, (half, 1, 1)), np.tile(lower, (half, 1, 1))])
        rows[half - 1] = 0
        self._strip = rows.astype(np.uint8)
        self._planes: Planes | None = None

    def draw(self, picture: Planes, frame: int, shown: Sequence[tuple[Tube, int]]) -> None:
        """Draw the bar for an output frame that shows tubes at samples."""
        if self._planes is None:
            whole = np.zeros((picture.height + picture.height % 2, picture.width, 3), np.uint8)
            whole[-self.height :] = self._strip
            self._planes = Planes.from_bgr(whole)
        rows, half = self.height, self.height // 2
        picture.y[-rows:] = self._planes.y[-rows:]
        picture.u[-half:], picture.v[-half:] = self._planes.u[-half:], self._planes.v[-half:]
        last, thick = picture.width - 1, max(1, picture.width // 640)
        now = round(frame / max(1, self._count - 1) * last)
        marks = [(now, slice(-rows, -half))]
        seen = self._times.shares([_line_s(tube, sample) for tube, sample in shown])
        marks += [(round(share * last), slice(-half, None)) for share in seen.tolist()]
        for x, span in marks:
            picture.y[span, max(0, x - thick) : x + thick + 1] = 235
            chroma = slice(max(0, x - thick) // 2, (x + thick) // 2 + 1)
            part = slice(-half, -half // 2) if span.start == -rows else slice(-(half // 2), None)
            picture.u[part, chroma] = picture.v[part, chroma] = 128


def _line_s(tube: Tube, sample: int) -> float:
    return tube.line_s + tube.original_s(sample) - tube.start_s
