"""One pass over the footage, in order: everything that the synopsis shows is cut out and laid aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ahead import ahead
from apercu.footage import Frame
from apercu.footage.planes import HD_LINES
from apercu.synopsis import matte
from apercu.synopsis.cutouts import Cutout, Pixels, Shade
from apercu.synopsis.lookout import Sight
from apercu.synopsis.outlines import Outline, Placed, Region
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.sources import Sources
from apercu.synopsis.spool import Spool
from apercu.synopsis.tubes import MaskGrid, Tube
from apercu.synopsis.veil import Veil

Picture = NDArray[np.uint8]
Around = tuple[float, float, float, float]
_AHEAD = 3
"""Pictures that are decoded and looked at while others are cut up; memory holds so many."""

_SHADOW_ROOM, _SHADOW_BELOW = 0.35, 0.15
"""How far a shadow reaches beyond a silhouette's sides and its lower edge, shares of its longer side."""
_UPRIGHT = 0.35
"""The upper part of a silhouette beside which no shadow of it lies, share of its height."""
_GRAIN, _DARKEST = 4, 0.6
_DARKEST_VEILED = 0.45


@dataclass(slots=True)
class _State:
    """What is remembered of a tube while it is cut out."""

    outline: Outline
    shadow: matte.Shadow


@dataclass(slots=True)
class Gathering:
    """Cuts objects out of their original pictures.

    Attributes:
        tubes: what is shown.
        grid: their mask grid.
        sources: the recordings.
        scenery: their empty scenes.
        line_s: recording and seconds from its start -> seconds on the scenery's time line.
        veil: over everyone; None shows people as they are.
    """

    tubes: Sequence[Tube]
    grid: MaskGrid
    sources: Sources
    scenery: Scenery
    line_s: Callable[[str, float], float]
    veil: Veil | None
    _states: dict[int, _State] = field(default_factory=dict)

    def into(self, spool: Spool, progress: Callable[[float], None] = lambda _: None) -> None:
        """Lay a cutout of every sample of every tube aside; those out of sight are left out.

        Args:
            spool: where.
            progress: told the share done, 0 to 1.

        Raises:
            FootageError: an original moment cannot be read.
            OutputError: the disk is full.
        """
        total, done = sum(map(len, self.tubes)), 0
        progress(0.0)
        for recording_id in sorted({tube.recording_id for tube in self.tubes}):
            with closing(ahead(self._looked(recording_id), _AHEAD)) as looked:
                for frame, shown, sights in looked:
                    if self.veil is not None:
                        self.veil.learn(sights)
                    for i, sample, cutout in self._cut(recording_id, frame, shown):
                        if cutout is not None:
                            spool.put(i, sample, cutout.packed())
                    done += len(shown)
                    self._forget(shown)
                    progress(done / total)
            self.sources.close()

    def _forget(self, shown: list[tuple[int, int]]) -> None:
        """Forget the tubes that have shown their last sample."""
        for i, sample in shown:
            if sample == len(self.tubes[i]) - 1:
                self._states.pop(i, None)
                if self.veil is not None:
                    self.veil.forget(self.tubes[i])

    def _looked(self, recording_id: str) -> Iterator[tuple[Frame, list[tuple[int, int]], list[Sight]]]:
        """Yield moments and what a second look at their vehicles saw; it depends on nothing that is cut."""
        for frame, shown in self._moments(recording_id):
            sights: list[Sight] = []
            if self.veil is not None:
                sights = self.veil.look(frame, [(self.tubes[i], sample) for i, sample in shown])
            yield frame, shown, sights

    def _moments(self, recording_id: str) -> Iterator[tuple[Frame, list[tuple[int, int]]]]:
        """Yield each original picture that is shown and the (tube, sample) it shows, in order of time."""
        asked = (
            (self.sources.frame(recording_id, second), i, sample)
            for second, i, sample in self._in_order(recording_id)
        )
        for _, group in groupby(asked, key=lambda item: id(item[0])):
            items = list(group)
            yield items[0][0], [(i, sample) for _, i, sample in items]

    def _in_order(self, recording_id: str) -> Iterator[tuple[float, int, int]]:
        """Yield (original second, tube, sample) of a recording in order of time."""
        own = [i for i, tube in enumerate(self.tubes) if tube.recording_id == recording_id]
        waiting = sorted(((self.tubes[i].original_s(0), i) for i in own), reverse=True)
        going: list[tuple[float, int, int]] = []
        while waiting or going:
            while waiting and (not going or waiting[-1][0] <= going[0][0]):
                second, i = waiting.pop()
                heappush(going, (second, i, 0))
            second, i, sample = heappop(going)
            yield second, i, sample
            if sample + 1 < len(self.tubes[i]):
                heappush(going, (self.tubes[i].original_s(sample + 1), i, sample + 1))

    def _cut(
        self, recording_id: str, frame: Frame, shown: list[tuple[int, int]]
    ) -> Iterator[tuple[int, int, Cutout | None]]:
        scene = self.scenery.at(self.line_s(recording_id, float(frame.timecode)))
        hd = self.grid.frame_height >= HD_LINES
        claims = _claims([(self.tubes[i], i, sample) for i, sample in shown], self.grid)
        for i, sample in shown:
            tube = self.tubes[i]
            if self.veil is not None and self.veil.hides(tube):
                yield i, sample, self.veil.blocks(frame, tube, sample, self.grid.cell_px, hd=hd)
            else:
                yield i, sample, self._pixels(frame, scene, i, sample, claims, hd)

    def _pixels(
        self, frame: Frame, scene: Picture, i: int, sample: int, claims: NDArray[np.int32] | None, hd: bool
    ) -> Pixels | None:
        tube, veil = self.tubes[i], self.veil
        state = self._state(i)
        placed = state.outline.at(sample)
        around = state.outline.around(placed)
        width, height = min(frame.width, scene.shape[1]), min(frame.height, scene.shape[0])
        region = _within(around, width, height)
        if region is None:
            return None
        x1, y1, x2, y2 = region
        above, empty = frame.bgr(region=region), scene[y1:y2, x1:x2]
        own, core, near = state.outline.drawn(placed, region)
        shadow = self._shadow(state, frame, scene, i, sample, (placed, around), claims)
        rival = None if claims is None else _others(claims, i, region, self.grid.cell_px)
        if rival is not None:
            rival = _outside(rival, tube.boxes[sample], region)
        if veil is not None:
            # What differs beside a vehicle may be someone walking past whom nobody tracked.
            near, rival = own, None
            veil.cover_unknown(above, frame, tube, sample, region)
            veil.cover_others(above, frame, tube, region)
        opacity = matte.opacity(core, near, matte.differs(above, empty), rival)
        cv2.copyTo(empty, (opacity == 0).view(np.uint8), above)
        return Pixels.of(x1, y1, above, opacity, shadow, hd=hd)

    def _shadow(
        self,
        state: _State,
        frame: Frame,
        scene: Picture,
        i: int,
        sample: int,
        where: tuple[list[Placed], Around],
        claims: NDArray[np.int32] | None,
    ) -> Shade | None:
        """Return the shadow of a tube, looked for now and then in more room than the object takes."""
        tube, veil, (placed, around) = self.tubes[i], self.veil, where
        feet = (float(tube.boxes[sample, 0]) + float(tube.boxes[sample, 2])) / 2, float(tube.boxes[sample, 3])
        second = float(frame.timecode)
        region = _within(_roomy(around), min(frame.width, scene.shape[1]), min(frame.height, scene.shape[0]))
        if region is not None and state.shadow.due(second):
            x1, y1, x2, y2 = region
            barred = None if claims is None else _others(claims, i, region, self.grid.cell_px)
            if veil is not None:
                elsewhere = veil.elsewhere(frame, tube, sample, region)
                barred = elsewhere if barred is None else np.maximum(barred, elsewhere)
            own, _, _ = state.outline.drawn(placed, region)
            top = round(around[1] + _UPRIGHT * (around[3] - around[1])) - y1
            above = frame.bgr(region=region)
            state.shadow.measure(second, above, scene[y1:y2, x1:x2], own, barred, (x1, y1), feet, top)
        return state.shadow.placed(feet)

    def _state(self, i: int) -> _State:
        if i not in self._states:
            tube = self.tubes[i]
            if self.veil is None:
                shadow = matte.Shadow(_GRAIN, _DARKEST)
            else:
                shadow = matte.Shadow(self.veil.block_px(tube), _DARKEST_VEILED)
            self._states[i] = _State(Outline(tube, self.grid.cell_px), shadow)
        return self._states[i]


def _roomy(around: Around) -> Around:
    """Return where an object and its shadow may be."""
    left, top, right, bottom = around
    longer = max(right - left, bottom - top)
    aside, below = _SHADOW_ROOM * longer, _SHADOW_BELOW * longer
    return left - aside, top, right + aside, bottom + below


def _within(around: Around, width: int, height: int) -> Region | None:
    """Return the pixels of a picture in a box, from even ones on; None out of the picture."""
    x1, y1 = max(0, int(around[0])), max(0, int(around[1]))
    x2, y2 = min(width, int(around[2]) + 1), min(height, int(around[3]) + 1)
    x1, y1 = x1 - x1 % 2, y1 - y1 % 2
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _outside(others: Picture, box: NDArray[np.float32], region: Region) -> Picture:
    """Return where others are (h, w) outside a box: where boxes cross, silhouettes are cut straight."""
    x1, y1, x2, y2 = (np.round(box).astype(int) - np.array(region[:2] * 2)).clip(0).tolist()
    outside = others.copy()
    outside[y1:y2, x1:x2] = 0
    return outside


def _claims(shown: list[tuple[Tube, int, int]], grid: MaskGrid) -> NDArray[np.int32] | None:
    """Return which tube, by number + 1, each cell (h, w) of a picture belongs to; None for a single tube."""
    if len(shown) < 2:
        return None
    claims = np.zeros((grid.height, grid.width), np.int32)
    for tube, i, sample in shown:
        mask = tube.mask(sample)
        left, top = max(0, mask.x), max(0, mask.y)
        part = claims[top : max(top, mask.y + mask.height), left : max(left, mask.x + mask.width)]
        cells = mask.cells[top - mask.y :, left - mask.x :][: part.shape[0], : part.shape[1]]
        part[cells] = i + 1
    return claims


def _others(claims: NDArray[np.int32], i: int, region: Region, cell_px: int) -> Picture | None:
    """Return where in a region of pixels others have a claim, uint8 (h, w), 255 there; None for nowhere."""
    x1, y1, x2, y2 = region
    a, b = x1 // cell_px, y1 // cell_px
    part = claims[b : -(-y2 // cell_px), a : -(-x2 // cell_px)]
    taken = (part > 0) & (part != i + 1)
    if not taken.any():
        return None
    cells = cv2.dilate(taken.view(np.uint8) * np.uint8(255), np.ones((3, 3), np.uint8))
    size = (cells.shape[1] * cell_px, cells.shape[0] * cell_px)
    large = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    left, top = x1 - a * cell_px, y1 - b * cell_px
    whole = np.zeros((y2 - y1, x2 - x1), np.uint8)
    cut = large[top : top + y2 - y1, left : left + x2 - x1]
    whole[: cut.shape[0], : cut.shape[1]] = cut
    return whole
