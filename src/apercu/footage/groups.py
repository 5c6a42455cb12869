"""A recording group by group: what is coded is seen first, and only what is asked for gets decoded.

A group begins with a key frame and can be decoded without anything before it. Its packets tell how much the
pictures differ from each other before one of them is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property

import av
import numpy as np
from numpy.typing import NDArray

from apercu.footage import packets
from apercu.footage.container import missing_bytes, open_video
from apercu.footage.damage import DamageReport
from apercu.footage.frame import Frame
from apercu.footage.packets import VideoPacket
from apercu.footage.probe import RecordingInfo
from apercu.timecode import Timecode

_LEAST_S = 1.9
_MOST_S = 21.0
_MOST_BYTES = 32 << 20


@dataclass(frozen=True)
class Group:
    """Coded pictures, in decoding order, from a key frame on; two seconds or more where key frames allow.

    Attributes:
        packets: the coded pictures.
        number: counted from 0.
        first_pts: the container's timestamp of the recording's first frame, in ticks.
        tick_s: seconds per tick.
        whole: false when no key frame came for so long that it was cut: the next group continues it.
    """

    packets: Sequence[VideoPacket]
    number: int
    first_pts: int
    tick_s: float
    whole: bool = True

    @cached_property
    def times_s(self) -> NDArray[np.float64]:
        """When each is shown, float64 (n,), seconds from the start of the recording."""
        pts = [packet.pts if packet.pts is not None else self.first_pts for packet in self.packets]
        return (np.array(pts, np.float64) - self.first_pts) * self.tick_s

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Bytes of each, float64 (n,)."""
        return np.array([packet.size for packet in self.packets], np.float64)

    @cached_property
    def keys(self) -> NDArray[np.bool_]:
        """Whether each is a key frame, bool (n,)."""
        return np.array([packet.is_keyframe for packet in self.packets], np.bool_)

    def first(self, count: int) -> Group:
        """Return its first pictures, in decoding order, as a group."""
        return replace(self, packets=self.packets[:count])

    @property
    def key_step_s(self) -> float:
        """Longest time from a key frame to the next, or to the end."""
        marks = np.append(self.times_s[self.keys], self.last_s)
        return float(np.diff(np.sort(marks)).max(initial=0.0))

    @property
    def last_s(self) -> float:
        """Second of the last picture shown."""
        return float(self.times_s.max())

    @property
    def seconds(self) -> float:
        """From the first picture shown to the last."""
        return float(np.ptp(self.times_s))


class GroupReading:
    """One pass over a recording whose timestamps can be trusted. ``FootageReader.groups`` begins it.

    There is one decoder: what it is asked for has to be taken in turn.

    Attributes:
        decoded: coded pictures given to the decoder so far.
    """

    def __init__(
        self,
        info: RecordingInfo,
        first_pts: int,
        damage: DamageReport,
        *,
        threads: int,
        begin: int | None,
        end: int | None,
        steps_back_s: Sequence[int],
    ) -> None:
        """Open the recording; ``begin`` and ``end`` (exclusive) are container timestamps, in ticks."""
        self._info, self._first_pts, self._damage = info, first_pts, damage
        self._begin, self._end, self._steps = begin, end, steps_back_s
        self.decoded = 0
        self._threads = threads
        self._container, self._stream = open_video(info.path, threads=threads)
        self._dirty = False  # whether the decoder is in the midst of something
        self._last_pts: int | None = None  # of what it gave since then
        self._next: int | None = None  # the group that the decoder can go on with
        self._reached = Timecode(0, info.time_base)
        self._count = 0

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def groups(self) -> Generator[Group]:
        """Yield the groups that hold pictures from ``begin`` up to ``end``; closing it closes the file."""
        with closing(self):
            held: list[VideoPacket] = []
            held_bytes, since = 0, 0.0
            for packet in self._coded():
                if not packet.size or packet.pts is None:
                    continue
                if packet.is_corrupt:
                    self._damage.note("a piece of the recording is torn", self._reached)
                at = float((packet.pts - self._first_pts) * self._info.time_base)
                decoded_at = packet.pts if packet.dts is None else packet.dts
                if self._end is not None and decoded_at >= self._end:
                    break  # nothing shown earlier comes after it
                if held and packet.is_keyframe and at - since >= _LEAST_S:
                    yield self._group(held, whole=True)
                    held = []
                elif held and (at - since > _MOST_S or held_bytes > _MOST_BYTES):
                    yield self._group(held, whole=False)
                    held = []
                if not held:
                    held_bytes, since = 0, at
                held.append(packet)
                held_bytes += packet.size
            else:
                if missing := missing_bytes(self._info.path):
                    cut = f"the recording is cut off, at least {missing} bytes are missing"
                    self._damage.note(cut, self._reached)
            if held:
                yield self._group(held, whole=True)

    def alone(self, group: Group, wanted: Callable[[float], bool]) -> Iterator[Frame]:
        """Yield those key frames of a group whose time (seconds) is wanted, each decoded by itself."""
        for packet, at, key in zip(group.packets, group.times_s.tolist(), group.keys.tolist(), strict=True):
            if key and wanted(at):
                self._reset()
                yield from self._decoded(packet, packet.pts)
                yield from self._decoded(None, packet.pts)
        self._reset()

    def frames(self, group: Group) -> Iterator[Frame]:
        """Yield the frames of a group; a few of the last may come only with the next group, or ``rest``."""
        follows = self._next == group.number
        if not follows:
            self._reset()
        self._next = None
        earliest = None if follows or not group.packets else group.packets[0].pts
        for packet in group.packets:
            yield from self._decoded(packet, earliest)
        self._next = group.number + 1

    def rest(self) -> Iterator[Frame]:
        """Yield what the decoder still holds."""
        yield from self._decoded(None, None)
        self._reset()

    def _reset(self) -> None:
        if self._dirty:
            self._stream.codec_context.flush_buffers()
        self._dirty, self._last_pts, self._next = False, None, None

    def _decoded(self, packet: VideoPacket | None, earliest: int | None) -> Iterator[Frame]:
        """Give the decoder a packet (None: the end), and yield what comes out, not before ``earliest``."""
        if packet is None and not self._dirty:
            return
        self._dirty = True
        self.decoded += packet is not None
        try:
            pictures = self._stream.codec_context.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            self._damage.note(f"a piece of the recording cannot be decoded ({error.strerror})", self._reached)
            return
        for picture in pictures:
            pts = picture.pts
            if pts is None or (self._last_pts is not None and pts <= self._last_pts):
                self._damage.note("the picture comes out of order and is left out", self._reached)
                continue
            self._last_pts = pts
            if earliest is not None and pts < earliest:
                continue  # it refers to pictures before the key frame
            self._reached = Timecode(pts - self._first_pts, self._info.time_base)
            if picture.is_corrupt:
                self._damage.note("the picture is damaged", self._reached)
            if self._begin is not None and pts < self._begin:
                continue
            if self._end is not None and pts >= self._end:
                continue
            yield Frame(picture, self._reached, self._info.rotation)

    def _group(self, held: list[VideoPacket], *, whole: bool) -> Group:
        self._count += 1
        return Group(tuple(held), self._count - 1, self._first_pts, float(self._info.time_base), whole)

    def _coded(self) -> Iterator[VideoPacket]:
        """Yield packets from a key frame at or before ``begin``, else from the start."""

        def on_error(reason: str) -> None:
            self._damage.note(f"a piece of the recording cannot be read ({reason})", self._reached)

        if self._begin is not None and self._begin > self._first_pts:
            for back_s in self._steps:
                at = self._begin - round(back_s / self._info.time_base)
                try:
                    self._container.seek(at, stream=self._stream)
                except av.error.FFmpegError:
                    continue
                coded = packets.from_key(packets.read(self._container, self._stream, on_error), self._begin)
                first = next(coded, None)
                if first is not None:
                    yield first
                    yield from coded
                    return
            self._damage.clear()
            self._container.close()
            self._container, self._stream = open_video(self._info.path, threads=self._threads)
        yield from packets.read(self._container, self._stream, on_error)
