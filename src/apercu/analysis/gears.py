"""The quiet gear: where nothing happens, one picture of a group is decoded instead of all.

A group of coded pictures (from a key frame on, about two seconds) counts as quiet when its key frames look
like the background and its other pictures are coded in no more bytes than usual. Bytes alone never wake the
rest: a group that has more of them is decoded and looked at, so that the usual follows rain, night and wind.
Where something is seen, the group before, this one and those up to the first quiet one are decoded whole.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.ahead import ahead
from apercu.analysis.motion import BackgroundModel, reduce_luma
from apercu.analysis.options import MotionOptions
from apercu.analysis.sizes import SizeFloor
from apercu.footage import Frame
from apercu.footage.groups import Group, GroupReading
from apercu.footage.pace import Pace

Grid = NDArray[np.uint8]

_LOOKS = 3.5
_AHEAD = 2
_SHOW_EVERY_S = 3.9
_FINER = 0.7
_SHARE_SECONDS = 0.02


@dataclass(slots=True)
class Effort:
    """How much of the footage was decoded.

    Attributes:
        pictures: in the footage. decoded: of these.
        last_s: second of the last picture.
        quiet_s: seconds of footage of which only single pictures were analysed.
        why_all: why the quiet gear was not used, one sentence; empty when it was.
    """

    pictures: int = 0
    decoded: int = 0
    last_s: float = 0.0
    quiet_s: float = 0.0
    why_all: str = ""

    def add(self, later: Effort) -> None:
        """Take in that of the next segment."""
        self.pictures += later.pictures
        self.decoded += later.decoded
        self.last_s = max(self.last_s, later.last_s)
        self.quiet_s += later.quiet_s
        self.why_all = "" if self.quiet_s else self.why_all or later.why_all


class _Sentry:
    """The same model that finds motion, set finer: what the one sees, the other must not have missed."""

    def __init__(self, samples: Grid, options: MotionOptions) -> None:
        finer = replace(options, threshold=_FINER * options.threshold, min_area=_FINER * options.min_area)
        self._model = BackgroundModel(samples, finer)
        self._looked_s: float | None = None

    def sees(self, grid: Grid, at: float) -> bool:
        """Return whether a picture shows what is not in the background, or a place that was left."""
        if grid.shape != self._model.mean.shape:
            return True
        elapsed_s = 1.0 if self._looked_s is None else max(at - self._looked_s, 1e-3)
        self._looked_s = at
        motion = self._model.apply(grid, elapsed_s)
        return len(motion.areas) > 0 or motion.left > 0


class QuietGear:
    """Yields the wanted frames of a recording: all where something may move, else one of each group.

    Args:
        reading: the recording, group by group.
        pace: which frames are wanted.
        samples: pictures of the scene, uint8 (n, h, w), whose median is the background to begin with.
        reduction: pixels per cell side of their grid.
        options: how the motion is found that must not be missed.
        picture_rate: pictures in a second of footage.
        threads: with more than 1, key frames are decoded by another thread.

    Attributes:
        effort: what was decoded so far.
    """

    def __init__(
        self,
        reading: GroupReading,
        pace: Pace,
        samples: Grid,
        reduction: int,
        options: MotionOptions,
        picture_rate: float,
        *,
        threads: int = 2,
    ) -> None:
        self.effort = Effort()
        self._reading, self._pace, self._reduction = reading, pace, reduction
        self._sentry = _Sentry(samples, options)
        self._floor = SizeFloor(picture_rate)
        self._beside = threads > 1
        self._shown_s = -np.inf
        self._blind_s = 0.0
        self._cut = False
        self._awake = False  # what the other thread may know; the result does not depend on it

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames in order of time."""
        awake = False
        last: tuple[Group, Frame] | None = None  # quiet, but what comes after it may wake it
        glanced = self._glanced()
        with (
            closing(self._reading),
            closing(ahead(glanced, _AHEAD) if self._beside else glanced) as groups,
        ):
            for group, keys in groups:
                self.effort.pictures += len(group.packets)
                self.effort.last_s = min(group.last_s, self._reading.until_s)
                self._cut = self._cut or not group.whole
                if awake:
                    awake = self._awake = yield from self._whole(group, seen=False)
                    continue
                quiet = self._quiet(group, keys)
                if last is not None:
                    yield from self._one(*last) if quiet else self._whole(last[0], seen=True)
                if quiet is None:
                    self._awake = True
                    awake, last = (yield from self._whole(group, seen=True)), None
                else:
                    last = group, quiet
            if last is not None:
                yield from self._one(*last)
            yield from self._wanted(self._reading.rest())
            self.effort.decoded = self._reading.decoded
            self.effort.why_all = self._why_all()

    def _glanced(self) -> Generator[tuple[Group, list[Frame] | None]]:
        """Yield groups with their key frames; without, while all is decoded anyway."""
        for group in self._reading.groups():
            asleep = group.whole and not self._awake
            yield group, self._reading.keys(group, Pace(_LOOKS).takes) if asleep else None

    def _why_all(self) -> str:
        """Return why little or nothing was spared, if so."""
        if self._cut:
            return "its key frames are too far apart"
        if 2 * self._blind_s > self.effort.quiet_s > 0:
            return "the sizes of its packets tell too little: they are full of noise, or evened out"
        if not self._floor.known:
            return "it is short, or something moves in it all the time"
        return ""

    def _one(self, group: Group, frame: Frame) -> Iterator[Frame]:
        """Yield a frame of a quiet group now and then, so that what follows knows the light of the day."""
        self.effort.quiet_s += group.seconds
        if float(frame.timecode) - self._shown_s >= _SHOW_EVERY_S:
            self._shown_s = float(frame.timecode)
            yield from self._wanted([frame])

    def _whole(self, group: Group, *, seen: bool) -> Generator[Frame, None, bool]:
        """Yield the wanted frames of a group; return whether the next one has to be decoded whole, too.

        ``seen`` tells that something is known to be in it, so that nothing needs to be looked at.
        """
        looks = Pace(_LOOKS)
        if group.keys.all():  # every picture stands alone: only what is wanted is decoded
            frames = self._reading.alone(group, self._pace.takes)
        else:
            frames = self._wanted(self._reading.frames(group))
        for frame in frames:
            if not seen and looks.takes(float(frame.timecode)):
                seen = self._sees(frame)
            yield frame
        if seen or not group.whole:
            return True
        for frame in self._wanted(self._reading.rest()):
            seen = seen or self._sees(frame)
            yield frame
        if not seen:
            self._learn(group)
        return seen

    def _quiet(self, group: Group, keys: list[Frame] | None) -> Frame | None:
        """Return a frame of the group when nothing moves in any, else None; ``keys`` if decoded."""
        if not group.whole:
            return None
        first = None
        for frame in self._reading.alone(group, Pace(_LOOKS).takes) if keys is None else keys:
            if self._sees(frame):
                return None
            first = first or frame
        if first is None:
            return None
        if not group.keys.all():
            doubtful = len(group.packets) if self._blind(group) else self._floor.unusual(group)
            looks = Pace(_LOOKS)
            for frame in chain(self._reading.frames(group.first(doubtful)), self._reading.rest()):
                if looks.takes(float(frame.timecode)) and self._sees(frame):
                    return None
        self._learn(group)
        return first

    def _learn(self, group: Group) -> None:
        if group.number:  # encoders begin with pictures unlike all that follow
            self._floor.learn(group)

    def _blind(self, group: Group) -> bool:
        """Return whether something could come and go between two key frames without a trace in the sizes.

        What is nearer to the camera is larger and faster: the longer nobody looks, the smaller it may be.
        """
        if not self._floor.known:
            return True
        blind = self._floor.smallest > _SHARE_SECONDS / max(group.key_step_s, 1e-3)
        self._blind_s += blind * group.seconds
        return blind

    def _sees(self, frame: Frame) -> bool:
        return self._sentry.sees(reduce_luma(frame.luma(), self._reduction), float(frame.timecode))

    def _wanted(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            if self._pace.takes(float(frame.timecode)):
                yield frame
