"""Writing a video that plays everywhere: H.264 in MP4, whole or not at all."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from apercu.errors import OutputError, UsageError

_HD_LINES = 720
"""From this height on, players that ignore the colour tags take BT.709 for granted, below it BT.601."""

_BT709 = (Colorspace.ITU709, 1, ColorPrimaries.BT709, ColorTrc.BT709)
_BT601 = (Colorspace.ITU601, 6, ColorPrimaries.SMPTE170M, ColorTrc.SMPTE170M)
"""swscale's name of the matrix; matrix, primaries and transfer as tagged in the stream (ITU-T H.273)."""

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
    _temporary(path).unlink()


def _temporary(path: Path) -> Path:
    """Create a hidden file beside ``path``, on the same disk, so that it can be renamed into place."""
    part = path.with_name(f".{path.stem[:40]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(bytes(4096))  # a full disk may still have room for a name
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise _output_error(path, error) from error
    return part


def _output_error(path: Path, error: OSError | av.error.FFmpegError) -> OutputError:
    reason, next_step = _REASONS.get(error.errno or 0, (f"{error.strerror}", "Choose another folder."))
    return OutputError(f"cannot be written: {reason}", where=path, next_step=next_step)


class VideoWriter:
    """Writes pictures as an H.264 MP4 (yuv420p, index first) that browsers play.

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
        crf: int = 23,
        preset: str = "veryfast",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Begin a video of ``rate`` frames per second.

        Args:
            path: file to write, in a folder that exists.
            width: of the pictures, in pixels; an odd one gets one more column, as H.264 needs even sizes.
            height: of the pictures, in pixels; likewise one more row.
            rate: frames per second; kept exactly when its denominator is below 100 000.
            crf: quality, 0 (lossless) to 51; 23 is good, 6 more halves the size.
            preset: x264's trade of time against size, ``ultrafast`` to ``veryslow``.
            metadata: MP4 tags such as title, comment, description, date; MP4 knows no others.

        Raises:
            OutputError: the file cannot be written, or this FFmpeg has no H.264 encoder.
            UsageError: a size, rate, crf or preset that no video can have.
        """
        if width < 1 or height < 1 or rate <= 0:
            raise UsageError(f"a video of {width}x{height} pixels at {rate} frames per second cannot be made")
        self.path = Path(path)
        self.width = width
        self.height = height
        self.frames_written = 0
        self._done = False
        self._space = _BT709 if height >= _HD_LINES else _BT601
        check_writable(self.path)
        self._part = _temporary(self.path)
        try:
            # "file:" keeps names with colons from being taken for a protocol.
            self._container = av.open(
                f"file:{self._part}", mode="w", format="mp4", options={"movflags": "+faststart"}
            )
        except av.error.FFmpegError as error:
            self._part.unlink()
            raise _output_error(self.path, error) from error
        try:
            self._stream = self._begin(
                Fraction(rate).limit_denominator(100_000), {"crf": str(crf), "preset": preset}, metadata or {}
            )
        except BaseException:
            self.discard()
            raise

    def _begin(self, rate: Fraction, options: dict[str, str], metadata: Mapping[str, str]) -> VideoStream:
        try:
            stream = self._container.add_stream("libx264", rate=rate, options=options)
        except ValueError as error:  # PyAV's UnknownCodecError is one
            next_step = "Install PyAV from PyPI (`pip install av`), whose FFmpeg has one."
            raise OutputError(
                "this FFmpeg has no H.264 encoder", where=self.path, next_step=next_step
            ) from error
        self._container.metadata.update(metadata)
        stream.width = self.width + self.width % 2
        stream.height = self.height + self.height % 2
        stream.pix_fmt = "yuv420p"
        _, space, primaries, transfer = self._space
        context = stream.codec_context
        context.color_range = ColorRange.MPEG
        context.colorspace, context.color_primaries, context.color_trc = space, primaries, transfer
        try:
            self._container.start_encoding()
        except av.error.ArgumentError as error:
            given = ", ".join(f"{name} {value}" for name, value in options.items())
            raise UsageError(f"x264 does not accept {given}") from error
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

    def write(self, bgr: NDArray[np.uint8]) -> None:
        """Append a picture, uint8 (height, width, 3) as blue, green, red.

        Raises:
            OutputError: the disk is full, or another reason why writing failed; nothing is left behind.
            UsageError: the picture has another size or type.
        """
        if bgr.shape != (self.height, self.width, 3) or bgr.dtype != np.uint8:
            wanted = f"uint8 ({self.height}, {self.width}, 3)"
            raise UsageError(f"a picture of {bgr.dtype} {bgr.shape} does not fit a video of {wanted}")
        if self.width % 2 or self.height % 2:
            bottom, right = self.height % 2, self.width % 2
            bgr = np.asarray(cv2.copyMakeBorder(bgr, 0, bottom, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24").reformat(
            format="yuv420p",
            interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND,  # else grey turns greenish
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=self._space[0],
        )
        picture.pts = self.frames_written
        picture.time_base = 1 / Fraction(self._stream.codec_context.rate)
        self.frames_written += 1
        self._mux(picture)

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
            self._part.replace(self.path)
        except (av.error.FFmpegError, OSError) as error:
            self.discard()
            raise _output_error(self.path, error) from error
        self._done = True

    def discard(self) -> None:
        """Remove what was written; harmless when the file is complete."""
        if self._done:
            return
        self._done = True
        with suppress(av.error.FFmpegError, OSError):  # the index of a file that goes anyway
            self._container.close()
        self._part.unlink(missing_ok=True)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
        except (av.error.FFmpegError, OSError) as error:
            self.discard()
            raise _output_error(self.path, error) from error
