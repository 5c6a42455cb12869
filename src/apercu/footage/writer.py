"""Writing a video that plays everywhere: H.264 in MP4 unless asked otherwise, whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from apercu.disk import Part
from apercu.errors import OutputError, UsageError
from apercu.footage.growing import Growing
from apercu.footage.planes import HD_LINES, Planes
from apercu.footage.priority import ordinary_priority

Codec = Literal["h264", "av1", "vp9"]
CODECS: tuple[Codec, ...] = get_args(Codec)
"""How pictures can be coded."""


@dataclass(frozen=True, slots=True)
class _Encoder:
    """One of FFmpeg's encoders, and how it is told the quality, 0 to 51 as x264 counts, and the haste.

    Attributes:
        name: FFmpeg's name of it. title: what people call the codec.
        preset: used when none is given.
        options: of a quality and a preset.
        besides: further options when no preset is given.
    """

    name: str
    title: str
    preset: str
    options: Callable[[int, str], dict[str, str]]
    besides: Mapping[str, str] = field(default_factory=dict)


_ENCODERS: dict[Codec, _Encoder] = {
    "h264": _Encoder(
        "libx264",
        "H.264",
        "superfast",
        lambda crf, preset: {"crf": str(crf), "preset": preset},
        # What stays is coded well for the sake of all the pictures that it stays in, which this preset leaves
        # out. Together with that, B-frames differ from run to run at some widths (390, 408, 960 ...) where
        # x264 uses AVX-512. Without them it takes a tenth less time, and 5 to 12 % more bytes.
        {"x264-params": "mbtree=1:rc-lookahead=8:bframes=0"},
    ),
    # AV1 and VP9 count to 63: 23 of x264 looks like 35 and 33 of theirs.
    "av1": _Encoder(
        "libsvtav1",
        "AV1",
        "9",
        lambda crf, preset: {"crf": str(min(63, round(crf * 1.5))), "preset": preset},
    ),
    "vp9": _Encoder(
        "libvpx-vp9",
        "VP9",
        "7",
        lambda crf, preset: {
            "crf": str(min(63, round(crf * 1.4))),
            "b": "0",
            "cpu-used": preset,
            "deadline": "realtime",
            "row-mt": "1",
            "threads": "4",
        },
    ),
}

_BT709 = (1, ColorPrimaries.BT709, ColorTrc.BT709)
_BT601 = (6, ColorPrimaries.SMPTE170M, ColorTrc.SMPTE170M)
"""Matrix, primaries and transfer as tagged in the stream (ITU-T H.273)."""

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space or choose another folder."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space or choose another folder."),
    errno.EFBIG: ("the file grew larger than allowed here", "Raise the limit or choose another folder."),
    errno.EACCES: ("no permission to write there", "Choose another folder."),
    errno.EPERM: ("no permission to write there", "Choose another folder."),
    errno.EROFS: ("the file system is read-only", "Choose another folder."),
    errno.ENOENT: ("the folder does not exist", "Create it first."),
    errno.ENOTDIR: ("the folder does not exist", "Create it first."),
}


def check_writable(path: str | Path) -> None:
    """Raise now what would otherwise be raised after hours of work.

    Raises:
        OutputError: ``path`` is a folder, or its folder is missing, read-only or full.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError("is a folder", where=path, next_step="Give the name of a file in it.")
    _part_for(path).discard()


def _part_for(path: Path) -> Part:
    try:
        return Part(path)
    except OSError as error:
        raise _output_error(path, error) from error


def _output_error(path: Path, error: OSError | av.error.FFmpegError) -> OutputError:
    reason, next_step = _REASONS.get(error.errno or 0, (f"{error.strerror}", "Choose another folder."))
    return OutputError(f"cannot be written: {reason}", where=path, next_step=next_step)


class VideoWriter:
    """Writes pictures as an MP4 (yuv420p, index first) that browsers play, H.264 where nothing else is asked.

    The file takes its name only when it is complete: leaving the ``with`` block by an exception removes it,
    and an older file of that name stays.

    Attributes:
        path: file to write.
        width: of the pictures given, in pixels.
        height: of the pictures given, in pixels.
        frames_written: pictures taken so far.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        rate: Fraction,
        *,
        codec: Codec = "h264",
        crf: int = 23,
        preset: str | None = None,
        metadata: Mapping[str, str] | None = None,
        growing: str | Path | None = None,
    ) -> None:
        """Begin a video of ``rate`` frames per second.

        Args:
            path: file to write, in a folder that exists.
            width: of the pictures, in pixels; an odd one gets one more column, as chroma has half of them.
            height: of the pictures, in pixels; likewise one more row.
            rate: frames per second; kept exactly when its denominator is below 100 000.
            codec: ``h264`` plays everywhere; ``av1`` and ``vp9`` are smaller, and play in browsers.
            crf: quality, 0 (best) to 51; 23 is good, 6 more halves the size. Other codecs than H.264 are told
                what looks about the same on their own scale.
            preset: the encoder's own trade of time against size; None for a quick one. ``ultrafast`` to
                ``veryslow`` for H.264, 13 to 0 for AV1, 8 to 0 for VP9.
            metadata: MP4 tags such as title, comment, description, date; MP4 knows no others.
            growing: a second file of the same pictures that can be read while it grows, in pieces of a second
                (fragmented MP4); it goes as soon as ``path`` is there. None for none.

        Raises:
            OutputError: the file cannot be written, or this FFmpeg has no encoder for the codec.
            UsageError: a size, rate, codec, crf or preset that no video can have.
        """
        if codec not in _ENCODERS:
            raise UsageError(f"there is no codec {codec!r}", next_step=f"Choose one of {', '.join(CODECS)}.")
        if width < 1 or height < 1 or rate <= 0:
            raise UsageError(f"a video of {width}x{height} pixels at {rate} frames per second cannot be made")
        self.path = Path(path)
        self.width = width
        self.height = height
        self.frames_written = 0
        self._done = False
        self._growing: Growing | None = None
        encoder = _ENCODERS[codec]
        check_writable(self.path)
        self._part = _part_for(self.path)
        try:
            # "file:" keeps names with colons from being taken for a protocol.
            self._container = av.open(
                f"file:{self._part.path}", mode="w", format="mp4", options={"movflags": "+faststart"}
            )
        except av.error.FFmpegError as error:
            self._part.discard()
            raise _output_error(self.path, error) from error
        try:
            self._stream = self._begin(
                encoder,
                Fraction(rate).limit_denominator(100_000),
                encoder.options(crf, preset or encoder.preset) | ({} if preset else {**encoder.besides}),
                metadata or {},
            )
            self._growing = None if growing is None else Growing(growing, self._stream)
        except BaseException:
            self.discard()
            raise

    def _begin(
        self, encoder: _Encoder, rate: Fraction, options: dict[str, str], metadata: Mapping[str, str]
    ) -> VideoStream:
        os.environ.setdefault("SVT_LOG", "1")  # else the AV1 encoder writes about itself to the terminal
        try:
            stream = self._container.add_stream(encoder.name, rate=rate, options=options)
        except ValueError as error:  # PyAV's UnknownCodecError is one
            next_step = "Install PyAV from PyPI (`pip install av`), whose FFmpeg has one."
            raise OutputError(
                f"this FFmpeg has no {encoder.title} encoder", where=self.path, next_step=next_step
            ) from error
        if not isinstance(stream, VideoStream):
            raise OutputError(f"{encoder.name} is no encoder of pictures", where=self.path)
        self._container.metadata.update(metadata)
        stream.width = self.width + self.width % 2
        stream.height = self.height + self.height % 2
        stream.pix_fmt = "yuv420p"
        space, primaries, transfer = _BT709 if self.height >= HD_LINES else _BT601
        context = stream.codec_context
        context.color_range = ColorRange.MPEG
        context.colorspace, context.color_primaries, context.color_trc = space, primaries, transfer
        try:
            with ordinary_priority():
                self._container.start_encoding()
        except av.error.ArgumentError as error:
            given = ", ".join(f"{name} {value}" for name, value in options.items())
            raise UsageError(f"{encoder.name} does not accept {given}") from error
        except av.error.FFmpegError as error:
            raise _output_error(self.path, error) from error
        return stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def write(self, picture: NDArray[np.uint8] | Planes) -> None:
        """Append a picture, uint8 (height, width, 3) as blue, green, red, or one in planes.

        Raises:
            OutputError: the disk is full, or another reason why writing failed; nothing is left behind.
            UsageError: the picture has another size or type.
        """
        if isinstance(picture, Planes):
            planes = picture
            if (planes.width, planes.height) != (self.width, self.height):
                given = f"{planes.width}x{planes.height} pixels"
                raise UsageError(f"a picture of {given} does not fit a video of {self.width}x{self.height}")
        else:
            if picture.shape != (self.height, self.width, 3) or picture.dtype != np.uint8:
                wanted = f"uint8 ({self.height}, {self.width}, 3)"
                raise UsageError(
                    f"a picture of {picture.dtype} {picture.shape} does not fit a video of {wanted}"
                )
            planes = Planes.from_bgr(picture)
        # Encoders copy what they are given, so that PyAV need not; but it counts the rows of all planes in
        # sixes, and would leave out those beyond.
        whole = planes.data.shape[0] % 6 == 0
        made = av.VideoFrame.from_numpy_buffer if whole else av.VideoFrame.from_ndarray
        coded = made(planes.data, format="yuv420p")
        coded.pts = self.frames_written
        coded.time_base = 1 / Fraction(self._stream.codec_context.rate)
        self.frames_written += 1
        self._mux(coded)

    def close(self) -> None:
        """Complete the file and give it its name; harmless when done before.

        Raises:
            OutputError: the disk is full, or another reason why writing failed; nothing is left behind.
        """
        if self._done:
            return
        self._mux(None)
        try:
            self._container.close()
            self._part.put()
        except (av.error.FFmpegError, OSError) as error:
            self.discard()
            raise _output_error(self.path, error) from error
        self._done = True
        if self._growing is not None:
            self._growing.remove()

    def discard(self) -> None:
        """Remove what was written; harmless when the file is complete."""
        if self._done:
            return
        self._done = True
        with suppress(av.error.FFmpegError, OSError):  # the index of a file that goes anyway
            self._container.close()
        self._part.discard()
        if self._growing is not None:
            self._growing.remove()

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            packets = self._stream.encode(picture)
            if self._growing is not None:  # first: the container changes the times of what it is given
                self._growing.add(packets)
            self._container.mux(packets)
        except (av.error.FFmpegError, OSError) as error:
            self.discard()
            raise _output_error(self.path, error) from error
