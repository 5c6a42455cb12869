"""What moves: a background model of the small luma plane that survives light changes and shadows.

The model is a running Gaussian per cell (mean and deviation of the luma), learned only where nothing is held
by a track, under a smooth gain that follows the light. It differs from the textbook mixture models in three
ways:

* the light is taken out first (a gain map fitted where the background's own texture is still visible), so a
  cloud does not turn the picture into foreground;
* a cell that got darker or brighter but kept its texture is shadow or light, not an object (normalised
  cross-correlation test, Jacques, Jung, Musse, "Background subtraction and shadow detection in grayscale
  video sequences", SIBGRAPI 2005);
* foreground whose outline is drawn in the background but not in the picture is a ghost, the place that
  something left, and is learned at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.options import MotionOptions
from apercu.analysis.shadows import cast_shadows, only_light, shows_scene

Luma = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_ROWS = 32
_UNKNOWN = 3.0
"""Noise of a cell that was seen once, grey levels."""
_TILE = 16
_FAINT = 0.5
_GROW = 2
_LEARN_EVERY_S = 0.4
_CLOSE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
_OPEN = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_EDGE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
_AROUND = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves in one picture.

    Attributes:
        mask: bool (h, w), cells that belong to moving objects.
        boxes: float32 (n, 4), blobs as x1 y1 x2 y2 in cells.
        areas: int32 (n,), cells of each blob.
        labels: int32 (h, w), blob of each cell: 0 for none, i + 1 for ``boxes[i]``.
        picture, expected: float32 (h, w), luma as it is, and as it would be if nothing moved.
        gain: median brightness of the picture against the background's.
        left: places that something has left, and that were learned just now.
        steady: whether the camera stood still; while it moves, nothing else can be told.
    """

    mask: Mask
    boxes: NDArray[np.float32]
    areas: NDArray[np.int32]
    labels: NDArray[np.int32]
    picture: NDArray[np.float32]
    expected: NDArray[np.float32]
    gain: float
    left: int = 0
    steady: bool = True

    @classmethod
    def unsteady(cls, shape: tuple[int, ...]) -> Motion:
        """Return what can be said of a picture (h, w) that a moving camera took: nothing."""
        boxes, areas = np.zeros((0, 4), np.float32), np.zeros(0, np.int32)
        labels, nothing = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
        return cls(labels > 0, boxes, areas, labels, nothing, nothing, 1.0, steady=False)

    def shows_scene(self, boxes: NDArray[np.floating]) -> Mask:
        """Return in which boxes (n, 4), in cells, the scene itself is seen, nothing before it: bool (n,)."""
        return shows_scene(self.picture, self.expected, boxes)


def grid_reduction(width: int, height: int, grid_px: int) -> int:
    """Return the whole number of pixels per cell side that brings the longer side nearest to ``grid_px``."""
    return max(1, round(max(width, height) / grid_px))


def reduce_luma(luma: Luma, reduction: int) -> Luma:
    """Return the luma plane (H, W) averaged over cells of ``reduction`` pixels: uint8 (H // r, W // r)."""
    height, width = luma.shape[0] // reduction, luma.shape[1] // reduction
    if reduction == 1:
        return luma
    whole = luma[: height * reduction, : width * reduction]
    # Halving is many times faster than any other step, and rounds by one grey level at most.
    while reduction % 2 == 0 and reduction > 2:
        reduction //= 2
        half = (whole.shape[1] // 2, whole.shape[0] // 2)
        whole = np.asarray(cv2.resize(whole, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


class BackgroundModel:
    """Running Gaussian background of the luma grid, one per recording.

    Args:
        samples: some pictures, uint8 (n, h, w), spread over time: their median starts the model, so that what
            moves through them leaves no ghost.
        options: thresholds and time constants.
    """

    def __init__(self, samples: NDArray[np.uint8], options: MotionOptions) -> None:
        self.options = options
        # Brought to one brightness first: else a change of light between them would pass for noise. Picture
        # by picture and some rows at a time: all at once would be most of the memory an analysis takes.
        middle = np.median(samples, axis=0) + np.float32(4)
        gains = np.array([np.median((sample + np.float32(4)) / middle) for sample in samples], np.float32)
        self.mean = np.empty(middle.shape, np.float32)
        self.deviation = np.empty(middle.shape, np.float32)
        for top in range(0, len(middle), _ROWS):
            rows = np.s_[top : top + _ROWS]
            even = samples[:, rows] / gains[:, None, None]
            self.mean[rows] = np.median(even, axis=0)
            spread = np.median(np.abs(even - self.mean[rows]), axis=0) * 1.4826
            self.deviation[rows] = np.clip(spread, 1.5, 12.0)
        self._age_s = np.zeros(middle.shape, np.float32)
        self._waited_s = 0.0
        self._set_threshold()

    def restart(self, luma: Luma) -> None:
        """Take a picture (uint8 (h, w)) for the background: the camera sees another view than before."""
        self.mean = luma.astype(np.float32)
        self.deviation = np.full(luma.shape, _UNKNOWN, np.float32)
        self._age_s = np.zeros(luma.shape, np.float32)
        self._waited_s = 0.0
        self._set_threshold()

    @property
    def image(self) -> Luma:
        """The background as it stands, uint8 (h, w)."""
        return np.asarray(np.clip(self.mean, 0, 255), np.uint8)

    def apply(self, luma: Luma, elapsed_s: float, held: Mask | None = None) -> Motion:
        """Return what moves in ``luma`` (uint8 (h, w)) and learn from it.

        Args:
            luma: the picture on the grid.
            elapsed_s: seconds since the last picture given.
            held: cells (h, w) that tracks stand on: there nothing is learned.
        """
        picture = luma.astype(np.float32)
        gain, gain_map = self._light(picture)
        expected = np.asarray(cv2.multiply(self.mean, gain_map), np.float32)
        magnitude = np.asarray(cv2.absdiff(picture, expected), np.float32)
        raw = magnitude > self._threshold
        faint = magnitude > _FAINT * self._threshold
        mask = self._clean(*self._without_shadow(raw, faint, picture, expected))
        labels, boxes, areas = self._blobs(mask)
        tongues = cast_shadows(labels, boxes, picture, expected)
        if tongues.any():
            labels, boxes, areas = self._without(tongues, labels, boxes)
        self._waited_s += elapsed_s
        seen = len(areas)
        if self._waited_s >= _LEARN_EVERY_S:
            labels, boxes, areas = self._without_ghosts(picture, expected, labels, boxes, areas)
            lit = np.asarray(cv2.divide(picture, gain_map), np.float32)
            self._learn(lit, magnitude, labels > 0, self._waited_s, held)
            self._waited_s = 0.0
        return Motion(labels > 0, boxes, areas, labels, picture, expected, gain, left=seen - len(areas))

    def _light(self, picture: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
        """Return the overall gain and that of every cell: smooth, and fitted where the background shows."""
        h, w = picture.shape
        quarter = (max(1, w // 4), max(1, h // 4))
        seen_fine, known_fine = _averaged(picture, quarter), _averaged(self.mean, quarter)
        small = (max(1, w // _TILE), max(1, h // _TILE))

        def tiles(image: NDArray[np.float32]) -> NDArray[np.float32]:
            return _averaged(image, small)

        seen, known = tiles(seen_fine), tiles(known_fine)
        ratio = (seen + 4) / (known + 4)
        gain = float(np.median(ratio))
        # A tile is trusted when picture and background vary together inside it.
        covariance = tiles(seen_fine * known_fine) - seen * known
        var_seen = np.maximum(tiles(seen_fine * seen_fine) - seen * seen, 0)
        var_known = np.maximum(tiles(known_fine * known_fine) - known * known, 0)
        trust = np.clip(covariance / np.sqrt(var_seen * var_known + 16.0) - 0.6, 0, 0.4) * 2.5
        weighted = cv2.GaussianBlur(ratio * trust + gain * 0.02, (0, 0), 1.5)
        smooth = weighted / cv2.GaussianBlur(trust + 0.02, (0, 0), 1.5)
        smooth = np.clip(smooth, gain * 0.6, gain * 1.6).astype(np.float32)
        return gain, np.asarray(cv2.resize(smooth, (w, h), interpolation=cv2.INTER_LINEAR))

    @staticmethod
    def _without_shadow(
        raw: Mask, faint: Mask, picture: NDArray[np.float32], expected: NDArray[np.float32]
    ) -> tuple[Mask, Mask]:
        """Return ``raw`` and ``faint`` without light and shadow; away from raw, faint is false."""
        clear, near = raw.copy(), np.zeros_like(faint)
        for x1, y1, x2, y2 in _busy_parts(raw):
            part = np.s_[y1:y2, x1:x2]
            own = ~only_light(picture[part], expected[part])
            clear[part] &= own
            near[part] = faint[part] & own
        return clear, near

    @staticmethod
    def _clean(mask: Mask, faint: Mask) -> Mask:
        """Return the mask without specks, grown into faint cells beside it, and closed."""
        image = cv2.medianBlur(mask.view(np.uint8), 3)
        image = cv2.morphologyEx(image, cv2.MORPH_OPEN, _OPEN)
        for _ in range(_GROW):
            image = image | (cv2.dilate(image, _CLOSE) & faint.view(np.uint8))
        image = cv2.morphologyEx(image, cv2.MORPH_CLOSE, _CLOSE)
        return np.asarray(image, np.uint8).view(np.bool_)

    def _blobs(self, mask: Mask) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """Return labels, boxes and areas of the connected parts that are large enough."""
        if not mask.any():
            return np.zeros(mask.shape, np.int32), np.zeros((0, 4), np.float32), np.zeros(0, np.int32)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
        return self._large(np.asarray(labels, np.int32), np.asarray(stats, np.int32))

    def _without(
        self, shadow: Mask, labels: NDArray[np.int32], boxes: NDArray[np.float32]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """Return labels, boxes and areas of blobs less their shadows; of those with little left, none."""
        labels = labels * ~shadow
        stats = np.zeros((len(boxes) + 1, 5), np.int32)
        for i, (x1, y1, x2, y2) in enumerate(boxes.astype(int).tolist(), start=1):
            own = (labels[y1:y2, x1:x2] == i).view(np.uint8)
            x, y, width, height = cv2.boundingRect(own)
            stats[i] = x1 + x, y1 + y, width, height, np.count_nonzero(own)
        return self._large(labels, stats)

    def _large(
        self, labels: NDArray[np.int32], stats: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        keep = stats[:, cv2.CC_STAT_AREA] >= max(6.0, self.options.min_area * labels.size)
        keep[0] = False
        return _relabel(labels, stats, keep)

    def _without_ghosts(
        self,
        picture: NDArray[np.float32],
        expected: NDArray[np.float32],
        labels: NDArray[np.int32],
        boxes: NDArray[np.float32],
        areas: NDArray[np.int32],
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """Learn the blobs that something left behind, and return the others."""
        if len(areas) == 0:
            return labels, boxes, areas
        edge = cv2.morphologyEx((labels > 0).view(np.uint8), cv2.MORPH_GRADIENT, _EDGE) > 0
        inside, outline = labels[labels > 0], labels[edge]

        def of_each(
            rows: NDArray[np.int32], values: NDArray[np.float32] | None = None
        ) -> NDArray[np.floating]:
            return np.bincount(rows, values, len(areas) + 1)[1:].astype(np.float64)

        lengths = of_each(outline)
        now, before = (of_each(outline, _edges(image)[edge]) for image in (picture, expected))
        still = of_each(inside, self._age_s[labels > 0]) / np.maximum(areas, 1)
        ghost = (before > 1.3 * now) & (before > 8.0 * np.maximum(lengths, 1)) & (still > 1.0)
        if not ghost.any():
            return labels, boxes, areas
        left = np.concatenate([[False], ghost])[labels]
        self.mean[left] = picture[left]
        self._age_s[left] = 0
        remap = np.concatenate([[0], np.where(ghost, 0, np.cumsum(~ghost))]).astype(np.int32)
        return remap[labels], boxes[~ghost], areas[~ghost]

    def _set_threshold(self) -> None:
        self._threshold = np.maximum(self.options.threshold, self.options.deviations * self.deviation)

    def _learn(
        self,
        picture: NDArray[np.float32],
        magnitude: NDArray[np.float32],
        mask: Mask,
        elapsed_s: float,
        held: Mask | None,
    ) -> None:
        """Follow the background where it is seen; absorb what has stood unheld for long."""
        free = ~mask if held is None else ~(mask | held)
        rate = 1 - np.exp(-elapsed_s / self.options.learn_s)
        step = np.where(free, np.float32(rate), np.float32(0))
        self.mean += step * (picture - self.mean)
        self.deviation += step * (np.clip(1.25 * magnitude, 1.5, 24.0) - self.deviation)
        unheld = mask if held is None else mask & ~held
        self._age_s += np.where(mask, np.float32(elapsed_s), np.float32(-2 * elapsed_s))
        np.clip(self._age_s, 0, None, out=self._age_s)
        # What flickers without being held (leaves, water) raises its own threshold.
        noisy = np.where(unheld, np.float32(rate), np.float32(0))
        self.deviation += noisy * (np.clip(magnitude / 2, 1.5, 24.0) - self.deviation)
        absorbed = unheld & (self._age_s > self.options.absorb_s)
        self.mean[absorbed] = picture[absorbed]
        self._age_s[absorbed] = 0
        self._set_threshold()


def _busy_parts(raw: Mask) -> list[tuple[int, int, int, int]]:
    """Return rectangles x1 y1 x2 y2 that together hold every true cell with some room around it."""
    h, w = raw.shape
    coarse = (-(-w // 8), -(-h // 8))
    padded = np.zeros((coarse[1] * 8, coarse[0] * 8), np.uint8)
    padded[:h, :w] = raw
    touched = np.asarray(cv2.resize(padded * 255, coarse, interpolation=cv2.INTER_AREA)) > 0
    busy = cv2.dilate(touched.view(np.uint8), _AROUND)
    _, _, stats, _ = cv2.connectedComponentsWithStats(busy, connectivity=8)
    left, top = stats[1:, cv2.CC_STAT_LEFT] * 8, stats[1:, cv2.CC_STAT_TOP] * 8
    right = np.minimum(left + stats[1:, cv2.CC_STAT_WIDTH] * 8, w)
    bottom = np.minimum(top + stats[1:, cv2.CC_STAT_HEIGHT] * 8, h)
    return list(zip(left.tolist(), top.tolist(), right.tolist(), bottom.tolist(), strict=True))


def _averaged(image: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def _edges(image: NDArray[np.float32]) -> NDArray[np.float32]:
    dx = cv2.Sobel(image, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(image, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(dx, dy))


def _relabel(
    labels: NDArray[np.int32], stats: NDArray[np.int32], keep: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
    lookup = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    chosen = stats[keep]
    x, y = chosen[:, cv2.CC_STAT_LEFT], chosen[:, cv2.CC_STAT_TOP]
    w, h = chosen[:, cv2.CC_STAT_WIDTH], chosen[:, cv2.CC_STAT_HEIGHT]
    boxes = np.stack([x, y, x + w, y + h], axis=1).astype(np.float32)
    return lookup.take(labels), boxes, chosen[:, cv2.CC_STAT_AREA].astype(np.int32)
