"""What signals show, made by a thread of its own while cameras are watched: pictures first, then clips."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import Detector, Tracks
from apercu.archive.signals import CLIP
from apercu.archive.zones import Zone
from apercu.errors import ApercuError
from apercu.events.event import Event
from apercu.events.watching.portrayal import picture_of, write_clip
from apercu.events.watching.recent import Past
from apercu.footage import Frame

_MOST_CLIPS, _MOST = 8, 16
"""How many clips, and clips and pictures together, wait at most."""
_PICTURE, _CLIP, _END = range(3)


@dataclass(frozen=True, slots=True)
class PictureTask:
    """One picture to make: see ``picture_of``.

    Attributes:
        told: given the event and its picture, from the thread that makes it.
    """

    event: Event
    frame: Frame
    moving: NDArray[np.bool_] | None
    tracks: Tracks
    places: Sequence[Zone]
    told: Callable[[Event, bytes], None]


@dataclass(frozen=True, slots=True)
class ClipTask:
    """One clip to write: see ``write_clip``."""

    event: Event
    pictures: tuple[Past, ...]
    tracks: Tracks
    scale: float
    rate: float


class Completed(Protocol):
    """Where clips are made, and go: the register."""

    def making(self, key: str) -> AbstractContextManager[Path]:
        """Give a folder for the clip of a signal while it is made."""

    def complete(self, key: str, *, clip: Path) -> object:
        """Give a signal its clip, a file that is copied."""


class Portrayer:
    """Makes pictures and clips one after another, so that no camera waits for what its signals show.

    What cannot be made is told and left out: the signal itself is stored already. Its thread has no less
    right to the processor than those of cameras: held back, it would hold the detector, and the interpreter,
    while they wait for it.

    Args:
        signals: takes the clips.
        detector: looks for people; may be shared.
        told: told what went wrong, from the thread that works.

    Attributes:
        made: pictures and clips so far.
        left_out: those for which there was no time, or that could not be made.
    """

    def __init__(self, signals: Completed, detector: Detector, told: Callable[[str], None]) -> None:
        self.made = self.left_out = 0
        self._signals, self._detector, self._told = signals, detector, told
        self._numbers = itertools.count()
        self._tasks: queue.PriorityQueue[tuple[int, int, PictureTask | ClipTask | None]]
        self._tasks = queue.PriorityQueue()

    def draw(self, task: PictureTask) -> None:
        """Have a picture made, unless too much waits already."""
        self._put(_PICTURE, task, _MOST)

    def write(self, task: ClipTask) -> None:
        """Have a clip written, unless too much waits already."""
        self._put(_CLIP, task, _MOST_CLIPS)

    def close(self) -> None:
        """End ``run`` when what waits is done."""
        self._tasks.put((_END, next(self._numbers), None))

    def run(self) -> None:
        """Work, in the thread that calls it, until closed."""
        while (task := self._tasks.get()[-1]) is not None:
            try:
                self._make(task)
                self.made += 1
            except ApercuError as error:
                self.left_out += 1
                what = "clip" if isinstance(task, ClipTask) else "picture"
                self._told(f"warning: no {what} of signal {task.event.key[:8]}: {error}")

    def _put(self, rank: int, task: PictureTask | ClipTask, most: int) -> None:
        if self._tasks.qsize() < most:
            self._tasks.put((rank, next(self._numbers), task))
        else:
            self.left_out += 1

    def _make(self, task: PictureTask | ClipTask) -> None:
        event = task.event
        if isinstance(task, PictureTask):
            task.told(
                event, picture_of(event, task.frame, task.moving, task.tracks, self._detector, task.places)
            )
            return
        with self._signals.making(event.key) as folder:
            clip, detector = folder / CLIP, self._detector
            write_clip(clip, event, task.pictures, task.tracks, detector, scale=task.scale, rate=task.rate)
            self._signals.complete(event.key, clip=clip)
