"""A recording group by group: what is coded is seen first, and only what is asked for gets decoded.

A group begins with a key frame and can be decoded without anything before it. Its packets tell how much the
pictures differ from each other before one of them is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import av
import numpy as np
from av.video.stream import VideoStream
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


@dataclass(frozen=True, slots=True)
class _Place:
    """What is read of which recording: from ``begin`` up to ``end``, container timestamps in ticks."""

    info: RecordingInfo
    damage: DamageReport
    first_pts: int
    begin: int | None
    end: int | None


class _Decoder:
    """A decoder and where it stands.

    Attributes:
        decoded: coded pictures given to it so far.
        follows: the number of the group that it can go on with; None when it must begin anew.
    """

    def __init__(self, stream: VideoStream, place: _Place) -> None:
        self.decoded = 0
        self.follows: int | None = None
        self._stream, self._place = stream, place
        self._dirty = False  # in the midst of something
        self._last_pts: int | None = None
        self._reached = Timecode(0, place.info.time_base)

    def reset(self) -> None:
        """Forget what came before."""
        if self._dirty:
            self._stream.codec_context.flush_buffers()
        self._dirty, self._last_pts, self.follows = False, None, None

    def feed(self, packet: VideoPacket | None, earliest: int | None = None) -> Iterator[Frame]:
        """Give it a packet (None: the end), and yield what comes out, not before ``earliest`` (ticks)."""
        place = self._place
        if packet is None and not self._dirty:
            return
        self._dirty = True
        self.decoded += packet is not None
        try:
            pictures = self._stream.codec_context.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            reason = f"a piece of the recording cannot be decoded ({error.strerror})"
            place.damage.note(reason, self._reached)
            return
        for picture in pictures:
            pts = picture.pts
            if pts is None or (self._last_pts is not None and pts <= self._last_pts):
                place.damage.note("the picture comes out of order and is left out", self._reached)
                continue
            self._last_pts = pts
            if earliest is not None and pts < earliest:
                continue  # it refers to pictures before the key frame
            self._reached = Timecode(pts - place.first_pts, place.info.time_base)
            if picture.is_corrupt:
                place.damage.note("the picture is damaged", self._reached)
            if place.begin is not None and pts < place.begin:
                continue
            if place.end is not None and pts >= place.end:
                continue
            yield Frame(picture, self._reached, place.info.rotation, place.info.pixel_aspect)

    def alone(self, group: Group, wanted: Callable[[float], bool]) -> Iterator[Frame]:
        """Yield those key frames of a group whose time (seconds) is wanted, each decoded by itself."""
        for packet, at, key in zip(group.packets, group.times_s.tolist(), group.keys.tolist(), strict=True):
            if key and wanted(at):
                self.reset()
                yield from self.feed(packet, packet.pts)
                yield from self.feed(None, packet.pts)
        self.reset()


class GroupReading:
    """One pass over a recording whose timestamps can be trusted. ``FootageReader.groups`` begins it.

    ``groups`` and ``keys`` may be asked by one thread while another asks for the rest. What one decoder is
    asked for has to be taken in turn.
    """

    def __init__(
        self,
        info: RecordingInfo,
        first_pts: int,
        damage: DamageReport,
        *,
        threads: int,
        skip_frame: Literal["DEFAULT", "NONREF", "NONKEY"],
        begin: int | None,
        end: int | None,
        steps_back_s: Sequence[int],
    ) -> None:
        """Open the recording; ``begin`` and ``end`` (exclusive) are container timestamps, in ticks."""
        self._place = _Place(info, damage, first_pts, begin, end)
        self._steps = steps_back_s
        self._container, self._stream = open_video(info.path, threads=threads)
        self._stream.codec_context.skip_frame = skip_frame
        self._second, second = open_video(info.path, threads=1)
        self._main, self._solo = _Decoder(self._stream, self._place), _Decoder(second, self._place)
        self._read = Timecode(0, info.time_base)
        self._count = 0

    @property
    def until_s(self) -> float:
        """Second at which reading ends; infinity when at the end of the recording."""
        place = self._place
        return np.inf if place.end is None else float((place.end - place.first_pts) * place.info.time_base)

    @property
    def decoded(self) -> int:
        """Coded pictures given to a decoder so far."""
        return self._main.decoded + self._solo.decoded

    def close(self) -> None:
        """Close the file."""
        self._container.close()
        self._second.close()

    def groups(self) -> Generator[Group]:
        """Yield the groups that hold pictures from ``begin`` up to ``end``."""
        place = self._place
        held: list[VideoPacket] = []
        held_bytes, since = 0, 0.0
        for packet in self._coded():
            if not packet.size or packet.pts is None:
                continue
            if packet.is_corrupt:
                place.damage.note("a piece of the recording is torn", self._read)
            self._read = Timecode(packet.pts - place.first_pts, place.info.time_base)
            at = float(self._read)
            decoded_at = packet.pts if packet.dts is None else packet.dts
            if place.end is not None and decoded_at >= place.end:
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
            if missing := missing_bytes(place.info.path):
                cut = f"the recording is cut off, at least {missing} bytes are missing"
                place.damage.note(cut, self._read)
        if held:
            yield self._group(held, whole=True)

    def keys(self, group: Group, wanted: Callable[[float], bool]) -> list[Frame]:
        """Return what ``alone`` yields, by a decoder of its own."""
        return list(self._solo.alone(group, wanted))

    def alone(self, group: Group, wanted: Callable[[float], bool]) -> Iterator[Frame]:
        """Yield those key frames of a group whose time (seconds) is wanted, each decoded by itself."""
        return self._main.alone(group, wanted)

    def frames(self, group: Group) -> Iterator[Frame]:
        """Yield the frames of a group; a few of the last may come only with the next group, or ``rest``."""
        follows = self._main.follows == group.number
        if not follows:
            self._main.reset()
        self._main.follows = None
        earliest = None if follows or not group.packets else group.packets[0].pts
        for packet in group.packets:
            yield from self._main.feed(packet, earliest)
        self._main.follows = group.number + 1

    def rest(self) -> Iterator[Frame]:
        """Yield what the decoder still holds."""
        yield from self._main.feed(None)
        self._main.reset()

    def _group(self, held: list[VideoPacket], *, whole: bool) -> Group:
        self._count += 1
        place = self._place
        return Group(tuple(held), self._count - 1, place.first_pts, float(place.info.time_base), whole)

    def _coded(self) -> Iterator[VideoPacket]:
        """Yield packets from a key frame at or before ``begin``, else from the start."""
        place = self._place

        def on_error(reason: str) -> None:
            place.damage.note(f"a piece of the recording cannot be read ({reason})", self._read)

        begin = place.begin
        if begin is not None and begin > place.first_pts:
            for back_s in self._steps:
                at = begin - round(back_s / place.info.time_base)
                coded = packets.read_from(self._container, self._stream, at, begin, on_error)
                first = next(coded, None)
                if first is not None:
                    yield first
                    yield from coded
                    return
            place.damage.clear()
            self._container.close()
            self._container, self._stream = open_video(place.info.path)
        yield from packets.read(self._container, self._stream, on_error)
