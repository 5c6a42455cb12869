"""Reading a recording: its pictures in order of time, exactly placed, with damage told rather than hidden."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime, tzinfo
from math import ceil, floor
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self
from weakref import WeakSet

import av

from apercu.footage import packets
from apercu.footage.container import missing_bytes, open_video
from apercu.footage.damage import DamageReport
from apercu.footage.frame import Frame
from apercu.footage.groups import GroupReading
from apercu.footage.probe import FALLBACK_RATE, RecordingInfo, probe
from apercu.footage.timeline import Timeline, is_sound
from apercu.timecode import Timecode

Skip = Literal["none", "nonref", "nonkey"]

_SKIP: dict[Skip, Literal["DEFAULT", "NONREF", "NONKEY"]] = {
    "none": "DEFAULT",
    "nonref": "NONREF",
    "nonkey": "NONKEY",
}

_STEPS_BACK_S = (0, 2, 10, 60)
"""How far before the wanted moment to look for a key frame, in turn, before reading from the start."""


class Footage(Protocol):
    """What is analysed: a recording, or a camera while it films."""

    @property
    def info(self) -> RecordingInfo:
        """What it is."""
        ...

    @property
    def repaired(self) -> int:
        """Frames whose timestamps were missing or broken."""
        ...

    @property
    def damage(self) -> list[str]:
        """What could not be read, one line per place."""
        ...

    def frames(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> Generator[Frame]:
        """Return frames in order of time; see ``FootageReader.frames``."""
        ...

    def groups(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> GroupReading | None:
        """Return the same group by group; None where that cannot be had."""
        ...


class FootageReader:
    """A recording, opened for reading.

    Attributes:
        info: what the recording is.
        repaired: frames of the latest reading whose timestamps were missing or broken.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        start: datetime | None = None,
        zone: tzinfo | None = None,
        threads: int = 0,
        sound: bool | None = None,
    ) -> None:
        """Open ``path``, decoding one picture.

        Args:
            path: a file of footage.
            start: wall-clock time of its first frame, when the user knows it.
            zone: where times without a zone are read; None means this machine's local time.
            threads: decoder threads; 0 lets the decoder choose.
            sound: whether all timestamps can be trusted, where another reader of the same file has found out
                already; None finds out when it matters, see ``is_sound``.

        Raises:
            FootageNotFoundError: there is no such file.
            NotVideoError: it holds no video that can be read, or pictures too small to analyse.
            FootageError: it cannot be opened.
        """
        self.info = probe(path, start=start, zone=zone)
        self.repaired = 0
        self._threads = threads
        self._damage = DamageReport()
        self._sound = sound
        self._last_pts: int | None = None
        self._readings: WeakSet[Generator[Frame] | GroupReading] = WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every reading that is still going on, and close its file."""
        for reading in list(self._readings):
            reading.close()

    @property
    def damage(self) -> list[str]:
        """What the latest reading could not read, one line per place; empty when all was well so far."""
        return self._damage.lines()

    @property
    def is_sound(self) -> bool:
        """Whether all timestamps can be trusted, so that a frame is found by seeking.

        An MP4 tells from its index. Other formats are read through once, which costs much less than decoding.
        """
        return self._sound_origin() is not None

    @property
    def last(self) -> Timecode | None:
        """Timecode of the last frame that the file lists; None where this reader does not trust timestamps.

        For files whose header tells no length, such as those that are still being written.
        """
        origin = self._sound_origin()
        if origin is None or self._last_pts is None:
            return None
        return Timecode(self._last_pts - origin, self.info.time_base)

    def key_frames(self, wanted: Iterable[Timecode]) -> list[Timecode]:
        """Return for each timecode that of a key frame near it, mostly before; nothing is decoded.

        Those for which none is found, and all where timestamps cannot be trusted, are left out.
        """
        origin = self._sound_origin()
        if origin is None:
            return []
        found = []
        container, stream = open_video(self.info.path)
        with container:
            for timecode in wanted:
                pts = packets.key_near(container, stream, origin + timecode.rebase(self.info.time_base).pts)
                if pts is not None and pts >= origin:
                    found.append(Timecode(pts - origin, self.info.time_base))
        return found

    def frames(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> Generator[Frame]:
        """Return the frames from ``begin`` up to ``end`` (exclusive), in order of time.

        A frame has the same timecode whether it is reached by seeking or from the start: where timestamps are
        broken, or no key frame is found, reading begins at the start and frames before ``begin`` are dropped.
        Pictures that cannot be decoded are left out and noted in ``damage``, as is a recording cut short.
        When the picture size changes midway, frames have their own size, unlike ``info``.

        Args:
            begin: first timecode wanted; None means the start.
            end: first timecode not wanted; None means the end.
            skip: frames that need not be decoded: those no other frame refers to (``nonref``), or all but key
                frames (``nonkey``). A permission: with broken timestamps every frame counts, and all come.
        """
        self.repaired = 0
        self._damage = DamageReport()
        reading = self._read(begin, end, skip, self._damage)
        self._readings.add(reading)
        return reading

    def groups(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> GroupReading | None:
        """Return the same span group by group, to be decoded as far as wanted; counts as a reading.

        ``begin``, ``end`` and ``skip`` are as for ``frames``.

        None where broken timestamps allow no other reading than picture by picture.
        """
        origin = self._sound_origin()
        if origin is None:
            return None
        self.repaired = 0
        self._damage = DamageReport()
        reading = GroupReading(
            self.info,
            origin,
            self._damage,
            threads=self._threads,
            skip_frame=_SKIP[skip],
            begin=None if begin is None else self._pts(begin, origin),
            end=None if end is None else self._pts(end, origin),
            steps_back_s=_STEPS_BACK_S,
        )
        self._readings.add(reading)
        return reading

    def _pts(self, at: Timecode, origin: int) -> int:
        return origin + ceil(at.seconds / self.info.time_base)

    def _read(
        self, begin: Timecode | None, end: Timecode | None, skip: Skip, damage: DamageReport
    ) -> Generator[Frame]:
        tick = self.info.time_base
        origin = self._sound_origin() if skip != "none" or (begin is not None and begin.pts > 0) else None
        if origin is None:
            pictures = self._pictures(damage, "none")
        elif begin is None:
            pictures = self._pictures(damage, skip)
        else:
            pictures = self._pictures_by(origin + floor(begin.seconds / tick), damage, skip)
        timeline = Timeline(tick, self.info.average_rate or FALLBACK_RATE, origin)
        timecode = Timecode(0, tick)
        with closing(pictures):
            for picture in pictures:
                pts = None if self.info.first_pts is None else picture.pts
                if not timeline.fits(pts) and self._sound_origin() is not None:
                    damage.note("the picture comes out of order and is left out", timecode)
                    continue
                timecode = Timecode(timeline.place(pts), tick)
                self.repaired = timeline.repaired
                if end is not None and timecode >= end:
                    return
                if begin is not None and timecode < begin:
                    continue
                if picture.is_corrupt:
                    damage.note("the picture is damaged", timecode)
                yield Frame(picture, timecode, self.info.rotation, self.info.pixel_aspect)
        if missing := missing_bytes(self.info.path):
            damage.note(f"the recording is cut off, at least {missing} bytes are missing", timecode)

    def _sound_origin(self) -> int | None:
        """Return the first frame's timestamp if all timestamps can be trusted, else None."""
        if self.info.first_pts is None:
            return None
        if self._sound is None:
            container, stream = open_video(self.info.path)
            with container:
                self._sound = is_sound(
                    self._noted(packets.timestamps(container, stream)), self.info.time_base
                )
        return self.info.first_pts if self._sound else None

    def _noted(self, timestamps: Iterable[int | None]) -> Iterator[int | None]:
        """Pass timestamps on and keep the latest."""
        for pts in timestamps:
            if pts is not None:
                self._last_pts = pts if self._last_pts is None else max(self._last_pts, pts)
            yield pts

    def _pictures_by(self, target: int, damage: DamageReport, skip: Skip) -> Generator[av.VideoFrame]:
        """Decode from a key frame at or before the timestamp ``target``, else from the start."""
        for back_s in _STEPS_BACK_S:
            at = target - round(back_s / self.info.time_base)
            with closing(self._pictures(damage, skip, (at, target))) as pictures:
                first = next(pictures, None)
                if first is not None and first.pts is not None and first.pts <= target:
                    yield first
                    yield from pictures
                    return
            damage.clear()
        yield from self._pictures(damage, skip)

    def _pictures(
        self, damage: DamageReport, skip: Skip, seek: tuple[int, int] | None = None
    ) -> Generator[av.VideoFrame]:
        """Decode all that can be decoded, from the start or from a key frame between two timestamps."""
        container, stream = open_video(self.info.path, threads=self._threads)
        with container:
            stream.codec_context.skip_frame = _SKIP[skip]
            reached = Timecode(0, self.info.time_base)

            def on_error(reason: str) -> None:
                damage.note(f"a piece of the recording cannot be read ({reason})", reached)

            if seek is None:
                coded = packets.read(container, stream, on_error)
            else:
                coded = packets.read_from(container, stream, *seek, on_error)
            for packet in coded:
                if skip == "nonkey" and packet.size and not packet.is_keyframe:
                    continue  # some decoders know no skip_frame
                if packet.is_corrupt:
                    damage.note("a piece of the recording is torn", reached)
                try:
                    pictures = packet.decode()
                except av.error.FFmpegError as error:
                    damage.note(f"a piece of the recording cannot be decoded ({error.strerror})", reached)
                    continue
                for picture in pictures:
                    if picture.pts is not None and self.info.first_pts is not None:
                        reached = Timecode(picture.pts - self.info.first_pts, self.info.time_base)
                    yield picture
