"""A camera watched for days: its stream breaks off, is opened again, and goes on where it can.

What is shown between two breaks is no recording of its own: as long as a break is short and the pictures keep
their size, the same scene goes on, with a gap in it. Whoever knows the scene need not learn it anew.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice
from math import inf

from apercu.errors import FootageError
from apercu.footage.frame import Frame
from apercu.footage.groups import GroupReading
from apercu.footage.live import REFUSED, LiveReader
from apercu.footage.probe import RecordingInfo
from apercu.footage.reader import Skip
from apercu.footage.source import Source
from apercu.timecode import Timecode

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""How long is waited before a lost stream is opened again: twice as long each time."""

_TICK = Fraction(1, 1000)
_STEADY_S = 10.0
_SAME_SCENE_S = 120.0
_TOLD_EVERY_S = 1.0
_SLACK_S = 1.0
_SET_S = 5.0
"""A clock that is so far off from where it was, against one that nobody sets, was set."""


@dataclass(slots=True)
class Connection:
    """How it goes with one camera.

    Attributes:
        connected: whether pictures come.
        breaks: how often the stream was lost.
        lost: why it was lost, or not opened, the last time; empty while it is there.
        frames: pictures that were taken. dropped: wanted ones that nobody had time for.
        damaged: packets that could not be decoded. jumps: of the camera's clock.
        age_s: how old the latest picture was when it was taken, seconds.
        latest: when that was.
        picture: size, codec and container of the stream, as a person reads it.
    """

    connected: bool = False
    breaks: int = 0
    lost: str = ""
    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    jumps: int = 0
    age_s: float = 0.0
    latest: datetime | None = None
    picture: str = ""


class Connections:
    """Opens a camera again and again until it is stopped.

    Args:
        source: the camera, or a file.
        rate: pictures per second that are wanted, at most; None means all.
        stop: ends it, from any thread.
        until_s: when it ends by itself, monotonic seconds; None means never.
        patient: whether a camera is waited for that cannot be opened the first time.
        told: told how it goes, from the thread that takes pictures, about once a second and at the end.

    Attributes:
        state: how it goes.
    """

    def __init__(
        self,
        source: Source,
        *,
        rate: float | None = None,
        stop: threading.Event | None = None,
        until_s: float | None = None,
        patient: bool = False,
        told: Callable[[Connection], None] | None = None,
    ) -> None:
        self.state = Connection()
        self._source, self._rate = source, rate
        self._stop, self._until_s = stop or threading.Event(), until_s
        self._patient, self._told = patient, told or (lambda state: None)
        self._told_s = 0.0
        self._wait_s = FIRST_WAIT_S

    @property
    def is_live(self) -> bool:
        """Whether it is a camera, and no file."""
        return self._source.is_live

    @property
    def over(self) -> bool:
        """Whether it was stopped, or its time has come."""
        return self._stop.is_set() or (self._until_s is not None and time.monotonic() >= self._until_s)

    def runs(self) -> Iterator[LiveRun]:
        """Yield what is to be analysed in one piece, one after another.

        Raises:
            FootageError: the camera cannot be opened the first time, and is not waited for.
        """
        reader = self.opened(first=True)
        while reader is not None:
            with LiveRun(self, reader, self._rate) as run:
                yield run
                reader = run.following
        self.tell(now=True)  # what came since it was told last, which may be all of a short file

    def opened(self, *, first: bool = False) -> LiveReader | None:
        """Return the stream, opened, however often that takes; None when it was stopped before."""
        while not self.over:
            try:
                reader = LiveReader(self._source, rate=self._rate, stop=self._stop)
            except FootageError as error:
                if first and not self._patient:
                    raise
                self.state.lost = error.what
                if REFUSED in error.what:  # some cameras lock out who tries often
                    self._wait_s = LONGEST_WAIT_S
                self.tell(now=True)
                self._pause()
                continue
            info = reader.info
            self.state.connected, self.state.lost = True, ""
            self.state.picture = f"{info.width}x{info.height} {info.codec} ({info.container})"
            self.tell(now=True)
            return reader
        return None

    def again(self, why: str, lasted_s: float = 0.0) -> LiveReader | None:
        """Return the stream, opened again after it was lost; None when it was stopped before."""
        self.state.connected, self.state.lost = False, why
        self.state.breaks += 1
        self.tell(now=True)
        if lasted_s > _STEADY_S:
            self._wait_s = FIRST_WAIT_S
        self._pause()
        return self.opened()

    def tell(self, *, now: bool = False) -> None:
        """Tell how it goes, now or when it is time again."""
        moment_s = time.monotonic()
        if now or moment_s - self._told_s >= _TOLD_EVERY_S:
            self._told_s = moment_s
            self._told(self.state)

    def _pause(self) -> None:
        left_s = (
            self._wait_s if self._until_s is None else min(self._wait_s, self._until_s - time.monotonic())
        )
        until_s = time.monotonic() + left_s
        while (left_s := until_s - time.monotonic()) > 0 and not self._stop.wait(min(left_s, _TOLD_EVERY_S)):
            self.tell()
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)


def _clock_s() -> float:
    """Return how far this machine's clock is ahead of one that nobody sets, seconds."""
    return time.time() - time.monotonic()


class LiveRun:
    """A camera's pictures over one or more connections, see ``Footage``; timecodes count from the first one.

    When the clock of this machine is set, it ends: all true times count from its start.

    Attributes:
        info: what the stream is, at the rate at which pictures are wanted.
        gaps: first and last second of each time that nothing came.
        following: the stream in which the next run begins: its pictures are others, the gap was long, or the
            clock was set.
    """

    def __init__(self, connections: Connections, reader: LiveReader, rate: float | None) -> None:
        self._connections, self._reader = connections, reader
        self._began_s, self._opened_s = reader.began_s, reader.began_s
        self._first = datetime.now(UTC) - timedelta(seconds=time.monotonic() - reader.began_s)
        self._clock_s = _clock_s()
        self.gaps: list[tuple[float, float]] = []
        self.following: LiveReader | None = None
        self._counted = 0, 0, 0
        self._kept: deque[Frame] = deque()
        self._coming = self._come()
        info = reader.info
        slower = rate is not None and rate < info.rate
        self.info: RecordingInfo = replace(info, average_rate=Fraction(rate or 0)) if slower else info

    def __enter__(self) -> LiveRun:
        return self

    def __exit__(self, *_: object) -> None:
        self._coming.close()
        self._reader.close()

    @property
    def start(self) -> datetime:
        """When the first picture was taken, aware; better known after some seconds of pictures."""
        return self._first - timedelta(seconds=self._reader.ahead_s if not self.gaps else 0.0)

    @property
    def repaired(self) -> int:
        """Pictures without a time of their own."""
        return self._reader.repaired

    @property
    def damage(self) -> list[str]:
        """Nothing: what a camera did not send cannot be had again."""
        return []

    def frames(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> Generator[Frame]:
        """Yield frames as they come. Those yielded to whoever gave an ``end`` come again to who asks next.

        So the first seconds can be looked at to learn the scene, and then be analysed. ``begin`` and ``skip``
        do nothing.
        """
        if end is None:
            yield from self._catch_up()
            for frame in self._coming:  # not "yield from", which would close it with this generator
                yield frame
            return
        for frame in self._kept:
            if frame.timecode >= end:
                return
            yield frame
        for frame in self._coming:
            self._kept.append(frame)
            if frame.timecode >= end:
                return
            yield frame

    def groups(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> GroupReading | None:
        """Return None: nothing can be read ahead of the camera."""
        return None

    def _catch_up(self) -> Generator[Frame]:
        """Yield the frames that were kept, and what comes meanwhile, until none waits.

        Where that takes so long that the delay grows, every second one is left out.
        """
        least_s = inf
        while self._kept:
            frame = self._kept.popleft()
            yield frame
            while self._reader.waits:
                came = next(self._coming, None)
                if came is None:  # it was stopped
                    return
                self._kept.append(came)
            behind_s = float(self._kept[-1].timecode) - float(frame.timecode) if self._kept else 0.0
            least_s = min(least_s, behind_s)
            if behind_s > least_s + _SLACK_S:
                left = deque(islice(self._kept, 1, None, 2))
                state = self._connections.state
                state.dropped += len(self._kept) - len(left)
                state.frames -= len(self._kept) - len(left)
                self._kept = left

    def _come(self) -> Generator[Frame]:
        """Yield frames, over all connections that show the same scene."""
        shift, last = Fraction(0), Fraction(0)
        while True:
            was_set = False
            with closing(self._reader.frames()) as frames:
                for frame in frames:
                    if shift:
                        frame.timecode = frame.timecode + shift
                    last = frame.timecode.seconds
                    self._note()
                    yield frame
                    if self._connections.over:
                        return
                    if was_set := self._was_set():
                        break
            if self._reader.ended or self._connections.over:
                return
            why = "the clock of this machine was set" if was_set else self._reader.lost
            lasted_s = time.monotonic() - self._opened_s
            self._reader.close()
            reader = self._connections.again(why, lasted_s)
            if reader is None:
                return
            size = self.info.width, self.info.height
            gap_s = reader.began_s - self._began_s - float(last)
            if was_set or (reader.info.width, reader.info.height) != size or gap_s > _SAME_SCENE_S:
                self.following = reader
                return
            self._reader, self._opened_s, self._counted = reader, reader.began_s, (0, 0, 0)
            since = Fraction(round((reader.began_s - self._began_s) / _TICK)) * _TICK
            shift = max(since, last + _TICK)
            self.gaps.append((float(last), float(shift)))

    def _was_set(self) -> bool:
        """Return whether the clock was set since this began; a file is not begun anew for that."""
        return self._connections.is_live and abs(_clock_s() - self._clock_s) > _SET_S

    def _note(self) -> None:
        """Take note of how the present connection goes."""
        state, reader = self._connections.state, self._reader
        now = reader.dropped, reader.damaged, reader.jumps
        state.dropped += now[0] - self._counted[0]
        state.damaged += now[1] - self._counted[1]
        state.jumps += now[2] - self._counted[2]
        self._counted = now
        state.frames += 1
        state.age_s, state.latest = reader.age_s, datetime.now(UTC)
        self._connections.tell()
