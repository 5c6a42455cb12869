"""One pass over the footage, in order: everything that the synopsis shows is cut out and laid aside."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ahead import ahead
from apercu.footage import Frame
from apercu.synopsis.cutting import cut
from apercu.synopsis.edges import NOWHERE
from apercu.synopsis.lookout import Sight
from apercu.synopsis.outlines import Outline, Region, Silhouette, drawn
from apercu.synopsis.scenery import Scenery
from apercu.synopsis.shadows import Shadow
from apercu.synopsis.shot import Shot
from apercu.synopsis.sources import Sources
from apercu.synopsis.spool import Spool
from apercu.synopsis.tubes import MaskGrid, Tube
from apercu.synopsis.veil import Veil

Picture = NDArray[np.uint8]
Around = tuple[float, float, float, float]
_AHEAD = 12
"""Pictures that are decoded and looked at while others are cut up: about those between two looks."""

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
    shadow: Shadow


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
                for frame, shown in self._learned(looked):
                    for i, sample, cutout in self._cut(recording_id, frame, shown):
                        spool.put(i, sample, cutout)
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

    def _learned(
        self, looked: Iterable[tuple[Frame, list[tuple[int, int]], list[Sight]]]
    ) -> Iterator[tuple[Frame, list[tuple[int, int]]]]:
        """Yield moments when what was seen a little later is known, too; memory holds those in between."""
        waiting: deque[tuple[Frame, list[tuple[int, int]]]] = deque()
        ahead_s = 0.0 if self.veil is None else self.veil.ahead_s
        for frame, shown, sights in looked:
            if self.veil is not None:
                self.veil.learn(sights)
            waiting.append((frame, shown))
            while waiting and float(frame.timecode) - float(waiting[0][0].timecode) >= ahead_s:
                yield waiting.popleft()
        yield from waiting

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
    ) -> Iterator[tuple[int, int, bytes]]:
        """Yield tube, sample and cutout of all that can be seen of what a picture shows."""
        second, veil = float(frame.timecode), self.veil
        scene = self.scenery.planes(self.scenery.at(self.line_s(recording_id, second)))
        shot = Shot(frame, second, scene, [(self.tubes[i], i, sample) for i, sample in shown], self.grid)
        parts: list[tuple[int, int, Silhouette, Region]] = []
        for i, sample in shown:
            if veil is not None and veil.hides(self.tubes[i]):
                blocks = veil.blocks(shot, self.tubes[i], sample, self.grid.cell_px)
                if blocks is not None:
                    yield i, sample, blocks
            else:
                silhouette = self._state(i).outline.at(sample)
                # What differs beside a vehicle may be someone walking past whom nobody tracked.
                region = shot.within(silhouette.around if veil is None else silhouette.close)
                if region is not None:
                    self._look_for_shadow(shot, i, sample, silhouette)
                    parts.append((i, sample, silhouette, region))
        if veil is not None:
            # Not before: shadows are looked for in the picture as it was.
            veil.cover(shot, recording_id, [region for *_, region in parts])
        for i, sample, silhouette, region in parts:
            yield i, sample, self._pixels(shot, i, sample, silhouette, region)

    def _pixels(self, shot: Shot, i: int, sample: int, silhouette: Silhouette, region: Region) -> bytes:
        tube, veil = self.tubes[i], self.veil
        doubt = None if veil is None else veil.doubt(shot, tube, sample)
        others = shot.others(i, region) if veil is None else None
        rival = NOWHERE if others is None else _outside(others, tube.boxes[sample], region)
        dark = self._state(i).shadow.placed(_feet(tube, sample))
        return cut(shot.planes, shot.scene, region, silhouette, doubt, rival, dark)

    def _look_for_shadow(self, shot: Shot, i: int, sample: int, silhouette: Silhouette) -> None:
        """Look for the shadow of a tube where that is due, in more room than the object takes."""
        tube, veil, shadow = self.tubes[i], self.veil, self._state(i).shadow
        region = shot.within(_roomy(silhouette.around)) if shadow.due(shot.second) else None
        if region is None:
            return
        x1, y1, x2, y2 = region
        # Whole cells, which are averaged several times as fast as cut ones.
        if min(x2 - x1, y2 - y1) >= shadow.grain:
            x2, y2 = x2 - (x2 - x1) % shadow.grain, y2 - (y2 - y1) % shadow.grain
            region = x1, y1, x2, y2
        barred = shot.others(i, region)
        if veil is not None:
            elsewhere = veil.elsewhere(shot, tube, sample, region)
            barred = elsewhere if barred is None else np.maximum(barred, elsewhere)
        _, high, _, low = silhouette.around
        top = round(high + _UPRIGHT * (low - high)) - y1
        own, feet = drawn(silhouette, region)[0], _feet(tube, sample)
        shadow.measure(shot.second, shot.planes, shot.scene, own, barred, (x1, y1), feet, top)

    def _state(self, i: int) -> _State:
        if i not in self._states:
            tube = self.tubes[i]
            if self.veil is None:
                shadow = Shadow(_GRAIN, _DARKEST)
            else:
                shadow = Shadow(self.veil.block_px(tube), _DARKEST_VEILED)
            self._states[i] = _State(Outline(tube, self.grid.cell_px, near=self.veil is None), shadow)
        return self._states[i]


def _feet(tube: Tube, sample: int) -> tuple[float, float]:
    """Return the middle of a box's lower edge, pixels."""
    x1, _, x2, y2 = tube.boxes[sample].tolist()
    return (x1 + x2) / 2, y2


def _roomy(around: Around) -> Around:
    """Return where an object and its shadow may be."""
    left, top, right, bottom = around
    longer = max(right - left, bottom - top)
    aside, below = _SHADOW_ROOM * longer, _SHADOW_BELOW * longer
    return left - aside, top, right + aside, bottom + below


def _outside(others: Picture, box: NDArray[np.float32], region: Region) -> Picture:
    """Return where others are (h, w) outside a box: where boxes cross, silhouettes are cut straight."""
    x1, y1, x2, y2 = (np.round(box).astype(int) - np.array(region[:2] * 2)).clip(0).tolist()
    outside = others.copy()
    outside[y1:y2, x1:x2] = 0
    return outside
