"""A camera while it films: pictures as they come, never older than what can be kept up with."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Generator
from fractions import Fraction
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from apercu.errors import FootageError, NotVideoError
from apercu.footage.aspect import pixel_aspect, stretched
from apercu.footage.clock import RecordingStart
from apercu.footage.frame import Frame
from apercu.footage.groups import GroupReading
from apercu.footage.live_clock import LiveClock
from apercu.footage.live_line import LiveLine, Waiting
from apercu.footage.pace import Pace
from apercu.footage.probe import RecordingInfo
from apercu.footage.reader import Skip
from apercu.footage.source import Source
from apercu.timecode import Timecode

_TICK = Fraction(1, 90_000)
_OPEN_S, _READ_S = 10.0, 10.0
_READ_PIECES_S = 30.0
_WAITING_S, _LEAST_WAITING = 1.0, 4
_FALLBACK_RATE = Fraction(25)
_UNTIMED = {"mpjpeg", "mjpeg", "image2pipe"}
"""Streams that tell no times: libavformat makes some up."""
_BEHIND_S, _FAR_BEHIND_S, _CAUGHT_UP_S = 1.0, 2.0, 0.5
_LATE_S, _LATE_FOR_S = 3.0, 10.0
_UNREADABLE_S = 10.0
_LONGEST_PIECE_S = 30.0
_AGAIN_S = 0.2
"""So often whoever waits looks whether they should stop."""
_ONE_THREAD_PX = 1920 * 1088
"""Up to here one thread decodes fast enough; several for one picture take a third more of the processor."""
REFUSED = "the camera refused user and password"
"""Why a stream cannot be opened that asks for others."""


class LiveReader:
    """One connection to a camera, or a file played as if it were one; see ``Footage``.

    Another thread decodes. Where pictures come faster than they are taken, those that have waited for a
    second are left out for those that come: as many are taken as there is time for, evenly, so that what
    moves is seen to move. Where even decoding takes too long, pictures that no other refers to are left
    out, then all but key frames. Timecodes are seconds since the first picture.

    Attributes:
        info: what the stream is.
        repaired: frames without a timestamp of their own: they have the time of their arrival.
        dropped: wanted frames that nobody had time for.
        damaged: packets that could not be decoded.
        jumps: how often the camera's clock jumped or was put right.
        age_s: how old the frame was that was yielded last, seconds after the earliest that it could come.
        began_s: when the first picture came, monotonic seconds.
        ended: whether a file came to its end.
        lost: why the stream broke off; empty while it goes on, or when it was stopped.
    """

    def __init__(
        self, source: Source | str, *, rate: float | None = None, stop: threading.Event | None = None
    ) -> None:
        """Open a stream and wait for its first picture.

        Args:
            source: a camera, or a file.
            rate: pictures per second that are wanted, at most; None means all.
            stop: ends reading, from any thread.

        Raises:
            FootageError: it cannot be opened; the message holds no password.
            NotVideoError: it sends no video.
        """
        self.repaired = self.dropped = self.damaged = 0
        self.age_s = self.began_s = 0.0
        self.ended, self.lost = False, ""
        self._source = Source(source) if isinstance(source, str) else source
        self._rate, self._stop = rate, stop or threading.Event()
        self._pace = None if rate is None else Pace(rate)
        self._closed = threading.Event()
        most = max(_LEAST_WAITING, ceil(_WAITING_S * (rate or 0)))
        self._line = LiveLine(most, _WAITING_S)
        self._clock = LiveClock()
        self._last, self._late_since = Fraction(-1), 0.0
        self._paced = self._source.real_time
        opened = threading.Event()
        self._error: FootageError | None = None
        self._info: RecordingInfo | None = None
        self._thread = threading.Thread(target=self._run, args=(opened,), name="apercu-live", daemon=True)
        self._thread.start()
        opened.wait()
        if self._error is not None:
            raise self._error
        assert self._info is not None, "either it was opened, or there is an error"
        self.info: RecordingInfo = self._info

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading."""
        self._closed.set()
        self._thread.join()

    @property
    def damage(self) -> list[str]:
        """Nothing: what a camera did not send cannot be had again."""
        return []

    @property
    def jumps(self) -> int:
        """As above."""
        return self._clock.jumps

    @property
    def waits(self) -> bool:
        """Whether a picture is there that will not wait for long, as the one thread that takes them asks."""
        return self._hastens and bool(self._line)

    @property
    def _hastens(self) -> bool:
        # A file at any pace waits as long as it must.
        return self._paced or self._source.is_live

    @property
    def ahead_s(self) -> float:
        """How much of what was sent at first had been kept by the server, seconds."""
        return 0.0 if self._paced else self._clock.ahead_s

    def frames(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> Generator[Frame]:
        """Yield frames as they come, until ``end``, the end of the stream, or when it is stopped.

        What was yielded before, to another caller, does not come again. ``begin`` and ``skip`` do nothing.
        """
        while not self._stopped and not self._line.over:
            waiting = self._line.take(_AGAIN_S)
            if waiting is None:
                continue
            self.age_s = waiting.late_s + time.monotonic() - waiting.arrived_s
            yield waiting.frame
            if end is not None and waiting.frame.timecode >= end:
                return

    def groups(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> GroupReading | None:
        """Return None: nothing can be read ahead of the camera."""
        return None

    @property
    def _stopped(self) -> bool:
        return self._stop.is_set() or self._closed.is_set()

    def _run(self, opened: threading.Event) -> None:
        """Decode in a thread of its own until the stream ends or is stopped."""
        try:
            container, stream = self._open()
            with container:
                self._decode(container, stream, opened)
        except av.error.HTTPUnauthorizedError:
            self._fail(REFUSED)
        except av.error.FFmpegError as error:
            # Its text names the address with the password: only the reason is told.
            unknown = error.errno == errno.EIO and not self._source.has_known_host
            self._fail("there is no host of that name" if unknown else _reason(error))
        except FootageError as error:
            self._error = error
        finally:
            if self._info is None and self._error is None:
                self._error = NotVideoError(
                    "sends no picture", path=self._source.shown, next_step="Check the camera."
                )
            opened.set()
            self._line.end()

    def _open(self) -> tuple[InputContainer, VideoStream]:
        # The list of an HLS stream is asked for again only when a piece of it, some seconds long, is over.
        timeout = _OPEN_S, _READ_PIECES_S if self._source.in_pieces else _READ_S
        container = av.open(self._source.opened, options=self._source.options, timeout=timeout)
        if not container.streams.video:
            container.close()
            raise NotVideoError("sends no video", path=self._source.shown, next_step="Check the camera.")
        stream = container.streams.video[0]
        # Threads that each decode a picture of their own give it out late, and take a third more of the
        # processor: that is for files that are to be over soon.
        at_pace = self._source.is_live or self._paced
        stream.thread_type = "SLICE" if at_pace else "AUTO"
        if at_pace and stream.width * stream.height <= _ONE_THREAD_PX:
            stream.thread_count = 1
        self._paced = self._paced or self._source.in_pieces
        return container, stream

    def _fail(self, reason: str) -> None:
        if self._info is not None:
            self.lost = reason
            return
        self._error = FootageError(
            f"cannot be opened: {reason}",
            path=self._source.shown,
            next_step="Check user and password."
            if reason == REFUSED
            else "Check the address and the network.",
        )

    def _decode(self, container: InputContainer, stream: VideoStream, opened: threading.Event) -> None:
        tick = Fraction(stream.time_base) if stream.time_base else _TICK
        timed = not self._source.is_live or container.format.name not in _UNTIMED
        # Nothing refers to another picture: what is not wanted need not be decoded.
        alone = Pace(self._rate) if self._rate and not timed and stream.codec.intra_only else None
        decoded_s = time.monotonic()
        for packet in container.demux(stream):
            if self._stopped or self.lost:
                return
            now_s = time.monotonic()
            if alone is not None and packet.size and not alone.takes(now_s):
                continue
            try:
                pictures = packet.decode()
            except av.error.InvalidDataError:
                self.damaged += 1
                if now_s - decoded_s > _UNREADABLE_S:
                    self.lost = "what it sends cannot be decoded"
                continue
            for picture in pictures:
                decoded_s = time.monotonic()
                if self._info is None:
                    self.began_s = decoded_s
                    self._info = self._described(container, stream, picture)
                    opened.set()
                aspect = self._info.pixel_aspect
                size = stretched(picture.width, picture.height, aspect)
                if size != (self._info.width, self._info.height):
                    self.lost = f"its pictures changed to {size[0]}x{size[1]}"
                    return
                self._take(picture, aspect, decoded_s - self.began_s, tick if timed else None)
                if self._stopped or self.lost:
                    return
            self._hurry(stream)
        if self._source.is_live:
            self.lost = "the stream ended"
        else:
            self.ended = True

    def _take(
        self, picture: av.VideoFrame, aspect: Fraction, arrived_s: float, tick: Fraction | None
    ) -> None:
        """Place a picture in time, and put it where it can be taken, if it is wanted."""
        if picture.pts is None or tick is None:
            self.repaired += 1
            tick = _TICK
            at = Fraction(round(arrived_s / tick)) * tick
        else:
            told = picture.pts * tick
            # A file tells its times as it likes; only a camera's clock can be wrong.
            at = self._clock.place(
                told, arrived_s if self._source.is_live and not self._paced else float(told)
            )
        if self._paced:
            early_s = float(at) - arrived_s
            if self._source.is_live and not -_LONGEST_PIECE_S < early_s < _LONGEST_PIECE_S:
                self.lost = "its clock jumped"
                return
            self._wait(early_s)
            arrived_s = time.monotonic() - self.began_s
        if self._source.is_live:
            self._clock.note(at, arrived_s)
            self._give_up_late(arrived_s)
        if at <= self._last:
            return
        self._last = at
        if self._pace is not None and not self._pace.takes(float(at)):
            return
        frame = Frame(picture, Timecode.from_seconds(at, tick), 0, aspect)
        waiting = Waiting(frame, arrived_s + self.began_s, self._clock.late_s)
        if self._hastens:
            self.dropped += self._line.leave_out(waiting.arrived_s)
        while not self._stopped and not self._line.put(waiting, _AGAIN_S):
            pass

    def _give_up_late(self, arrived_s: float) -> None:
        """End a stream that stays behind: opened again, it begins with what is now."""
        if self._clock.late_s < _LATE_S:
            self._late_since = arrived_s
        elif arrived_s - self._late_since > _LATE_FOR_S:
            self.lost = f"its pictures came {self._clock.late_s:.0f} s late"

    def _hurry(self, stream: VideoStream) -> None:
        """Leave out what need not be decoded, the more the later it is."""
        late_s = self._clock.late_s
        often = self._rate is not None and self._info is not None and self._info.rate >= 2 * self._rate
        # Pictures that no other refers to are at most every second one: without them enough are left.
        context = stream.codec_context
        if not self._source.is_live or self._paced or late_s < _CAUGHT_UP_S:
            context.skip_frame = "NONREF" if often else "DEFAULT"
        elif late_s > _FAR_BEHIND_S:
            context.skip_frame = "NONKEY"
        elif late_s > _BEHIND_S:
            context.skip_frame = "NONREF"

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopped and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _AGAIN_S))

    def _described(
        self, container: InputContainer, stream: VideoStream, picture: av.VideoFrame
    ) -> RecordingInfo:
        rates = (stream.average_rate, stream.guessed_rate, stream.base_rate)
        rate = next((Fraction(r) for r in rates if r is not None and 0 < r <= 1000), _FALLBACK_RATE)
        aspect = pixel_aspect(stream)
        width, height = stretched(picture.width, picture.height, aspect)
        return RecordingInfo(
            path=Path(self._source.shown),
            container=container.format.name.split(",")[0],
            codec=stream.codec_context.codec.canonical_name,
            stream=stream.index,
            width=width,
            height=height,
            pixel_aspect=aspect,
            rotation=0,
            pixel_format=picture.format.name,
            time_base=_TICK,
            average_rate=rate,
            duration=None,
            frame_count=None,
            has_audio=bool(container.streams.audio),
            bit_rate=None,
            size_bytes=0,
            start=RecordingStart(None, "unknown"),
            first_pts=picture.pts,
        )


def _reason(error: av.error.FFmpegError) -> str:
    """Return what went wrong, in words that hold no address."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return "nothing came for too long"
    if isinstance(error, av.error.HTTPNotFoundError):
        return "there is no such stream at that address"
    return (error.strerror or "unknown reason").rstrip(".").lower()
