"""A camera while it films: pictures as they come, never older than what can be kept up with."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from apercu.errors import FootageError, NotVideoError
from apercu.footage.clock import RecordingStart
from apercu.footage.frame import Frame
from apercu.footage.groups import GroupReading
from apercu.footage.probe import RecordingInfo
from apercu.footage.reader import Skip
from apercu.timecode import Timecode

_TICK = Fraction(1, 90_000)
_OPEN_S, _READ_S = 10.0, 10.0
_WAITING = 4
_CALM_S = 3.0
_MOST_APART = 8
_DRIFT_S = 5.0
_FALLBACK_RATE = Fraction(25)
_UNTIMED = {"mpjpeg", "mjpeg", "image2pipe"}
"""Streams that tell no times: libavformat makes some up."""


def shown_source(source: str) -> str:
    """Return the address of a camera as it may be shown: without the password, or what may hold one.

    Some cameras take it in front of their name, some in the query, and some within the path.
    """
    return re.sub(r"^([a-z][a-z0-9+.-]*://)(?:.*@)?([^?#&;=]*).*$", r"\1\2", source, flags=re.I | re.S)


class LiveReader:
    """A camera's stream, or a file played as if it were one; see ``Footage``.

    Another thread decodes. Where pictures come faster than they are taken, every second one is left out, then
    three of four, and so on: evenly, so that what moves is still seen to move. Timecodes are seconds since
    the first picture.

    Attributes:
        info: what the stream is.
        repaired: frames without a timestamp of their own: they have the time of their arrival.
        dropped: frames that nobody had time for.
        ended: whether a file came to its end.
        lost: why the stream broke off; empty while it goes on, or when it was stopped.
    """

    def __init__(self, source: str, *, real_time: bool = False, stop: threading.Event | None = None) -> None:
        """Open a stream and wait for its first picture.

        Args:
            source: what PyAV opens: ``rtsp://...``, ``http://...``, or a file.
            real_time: play it at its own pace, as a camera would send it; for files.
            stop: ends reading, from any thread.

        Raises:
            FootageError: it cannot be opened; the message holds no password.
            NotVideoError: it sends no video.
        """
        self.repaired = self.dropped = 0
        self.ended, self.lost = False, ""
        self._source, self._shown = source, shown_source(source)
        self._real_time, self._stop = real_time, stop or threading.Event()
        self._closed = threading.Event()
        self._frames: queue.Queue[Frame | None] = queue.Queue(_WAITING)
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

    def end(self) -> None:
        """Let reading come to its end, from any thread."""
        self._closed.set()

    @property
    def damage(self) -> list[str]:
        """Nothing: what a camera did not send cannot be had again."""
        return []

    def frames(
        self, begin: Timecode | None = None, end: Timecode | None = None, *, skip: Skip = "none"
    ) -> Generator[Frame]:
        """Yield frames as they come, until ``end``, the end of the stream, or when it is stopped.

        What was yielded before, to another caller, does not come again. ``begin`` and ``skip`` do nothing.
        """
        while not self._stopped:
            try:
                frame = self._frames.get(timeout=0.2)
            except queue.Empty:
                continue
            if frame is None:
                self._frames.put(None)  # for whoever asks next
                return
            yield frame
            if end is not None and frame.timecode >= end:
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
        except av.error.FFmpegError as error:
            # Its text names the address with the password: only the reason is told.
            self._fail(error.strerror or "unknown reason")
        except FootageError as error:
            self._error = error
        finally:
            if self._info is None and self._error is None:
                self._error = NotVideoError(
                    "sends no picture", path=self._shown, next_step="Check the camera."
                )
            opened.set()
            self._put_last()

    def _open(self) -> tuple[InputContainer, VideoStream]:
        options = {"rtsp_transport": "tcp"} if self._source.lower().startswith("rtsp") else {}
        container = av.open(self._source, options=options, timeout=(_OPEN_S, _READ_S))
        if not container.streams.video:
            container.close()
            raise NotVideoError("sends no video", path=self._shown, next_step="Check the camera.")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return container, stream

    def _fail(self, reason: str) -> None:
        if self._info is not None:
            self.lost = reason
            return
        self._error = FootageError(
            f"cannot be opened ({reason})",
            path=self._shown,
            next_step="Check the address, the password and the network.",
        )

    def _decode(self, container: InputContainer, stream: VideoStream, opened: threading.Event) -> None:
        tick = Fraction(stream.time_base) if stream.time_base else _TICK
        timed = not self._is_live or container.format.name not in _UNTIMED
        first_pts: int | None = None
        began, last, number = 0.0, Fraction(-1), 0
        thinner = _Thinner()
        for picture in container.decode(stream):
            if self._stopped:
                return
            arrived = time.monotonic()
            if self._info is None:
                first_pts, began = picture.pts, arrived
                self._info = self._described(container, stream, picture)
                opened.set()
            if picture.pts is None or first_pts is None or not timed:
                self.repaired += 1
                at = Fraction(arrived - began)
            else:
                at = (picture.pts - first_pts) * tick
            if self._real_time:
                self._stop_wait(float(at) - (arrived - began))
            elif self._is_live and abs(float(at) - (arrived - began)) > _DRIFT_S:
                self.lost = "its clock jumped"
                return
            if at <= last:
                continue
            last = at
            number += 1
            if not thinner.takes(number):
                self.dropped += 1
                continue
            full = not self._put(Frame(picture, Timecode.from_seconds(at, _TICK), 0))
            self.dropped += full
            thinner.note(full=full, now_s=time.monotonic())
        if self._is_live:
            self.lost = "the stream ended"
        else:
            self.ended = True

    @property
    def _is_live(self) -> bool:
        return "://" in self._source and not self._source.startswith("file:")

    def _put(self, frame: Frame) -> bool:
        if not self._real_time and not self._is_live:  # a file at any pace: nothing is too late
            while not self._stopped:
                try:
                    self._frames.put(frame, timeout=0.2)
                except queue.Full:
                    continue
                return True
            return True
        try:
            self._frames.put_nowait(frame)
        except queue.Full:
            return False
        return True

    def _put_last(self) -> None:
        while not self._stopped:
            try:
                self._frames.put(None, timeout=0.2)
            except queue.Full:
                continue
            return

    def _stop_wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopped and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def _described(
        self, container: InputContainer, stream: VideoStream, picture: av.VideoFrame
    ) -> RecordingInfo:
        rates = (stream.average_rate, stream.guessed_rate, stream.base_rate)
        rate = next((Fraction(r) for r in rates if r is not None and 0 < r <= 1000), _FALLBACK_RATE)
        return RecordingInfo(
            path=Path(self._shown),
            container=container.format.name.split(",")[0],
            codec=stream.codec_context.codec.canonical_name,
            stream=stream.index,
            width=picture.width,
            height=picture.height,
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


class _Thinner:
    """Leaves out frames evenly: one of so many is taken, as many as there is time for."""

    def __init__(self) -> None:
        self._apart = 1
        self._full_s = 0.0

    def takes(self, number: int) -> bool:
        """Return whether the frame of this number is taken."""
        return number % self._apart == 0

    def note(self, *, full: bool, now_s: float) -> None:
        """Take note of whether there was no room for a frame."""
        if full:
            self._apart, self._full_s = min(2 * self._apart, _MOST_APART), now_s
        elif self._apart > 1 and now_s - self._full_s > _CALM_S:
            self._apart, self._full_s = self._apart // 2, now_s
