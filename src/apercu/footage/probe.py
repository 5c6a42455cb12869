"""What a recording is, before any of it is analysed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from apercu.errors import NotVideoError
from apercu.footage.aspect import pixel_aspect, stretched
from apercu.footage.clock import RecordingStart, recording_start
from apercu.footage.container import open_video

SMALLEST_PX = 16
"""A picture narrower or lower than this shows nothing that could be analysed."""

FALLBACK_RATE = Fraction(25)

_HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """A recording, as its header and its first picture describe it.

    Attributes:
        path: the file.
        container: short name of the file format (``mp4``, ``matroska``, ``avi``, ``mpegts``).
        codec: short name of the video format (``h264``, ``hevc``, ``mpeg4``, ``mjpeg``, ``vp9``).
        stream: index of the video stream in the container.
        width: square pixels, after rotation.
        height: square pixels, after rotation.
        pixel_aspect: width / height of a pixel as stored, before rotation; pictures are stretched by it.
        rotation: degrees clockwise by which pictures are turned for display: 0, 90, 180 or 270.
        pixel_format: FFmpeg's name of it (``yuv420p``).
        time_base: seconds per tick of its timecodes.
        average_rate: frames per second that the header tells; None when it tells nothing credible.
        duration: seconds that the header tells; a damaged recording may hold less.
        frame_count: frames that the header tells; may be wrong, None when it tells nothing.
        has_audio: whether there is sound, which is never read.
        bit_rate: bits per second of the whole file; None when unknown.
        size_bytes: of the file.
        start: wall-clock time of the first frame, and how it is known.
        first_pts: the container's timestamp of the first frame, in ticks; None when it tells no such times.
    """

    path: Path
    container: str
    codec: str
    stream: int
    width: int
    height: int
    pixel_aspect: Fraction
    rotation: int
    pixel_format: str
    time_base: Fraction
    average_rate: Fraction | None
    duration: Fraction | None
    frame_count: int | None
    has_audio: bool
    bit_rate: int | None
    size_bytes: int
    start: RecordingStart
    first_pts: int | None

    @property
    def rate(self) -> float:
        """Frames per second: the header's, or 25 when it tells nothing."""
        return float(self.average_rate or FALLBACK_RATE)


def probe(path: str | Path, *, start: datetime | None = None, zone: tzinfo | None = None) -> RecordingInfo:
    """Describe the recording at ``path``; decodes one picture.

    Args:
        path: a file of footage.
        start: wall-clock time of its first frame, when the user knows it.
        zone: where times without a zone are read; None means this machine's local time.

    Raises:
        FootageNotFoundError: there is no such file.
        NotVideoError: it holds no video that can be read, or pictures too small to analyse.
        FootageError: it cannot be opened.
    """
    path = Path(path)
    container, stream = open_video(path, threads=1)
    with container:
        first = _first_picture(path, container, stream)
        # PyAV tells the counterclockwise angle of the display matrix; cameras stand in quarter turns.
        rotation = -round(first.rotation / 90) * 90 % 360
        aspect = pixel_aspect(stream)
        width, height = stretched(first.width, first.height, aspect)
        if rotation in (90, 270):
            width, height = height, width
        if min(width, height) < SMALLEST_PX:
            raise NotVideoError(
                f"its picture of {width}x{height} pixels is too small to analyse",
                path=path,
                stream=stream.index,
                next_step=f"Use a recording of at least {SMALLEST_PX}x{SMALLEST_PX} pixels.",
            )
        return RecordingInfo(
            path=path,
            container=_container_name(container, path),
            codec=stream.codec_context.codec.canonical_name,
            stream=stream.index,
            width=width,
            height=height,
            pixel_aspect=aspect,
            rotation=rotation,
            pixel_format=first.format.name,
            time_base=_time_base(stream),
            average_rate=_rate(stream),
            duration=_duration(container, stream),
            frame_count=stream.frames or None,
            has_audio=bool(container.streams.audio),
            bit_rate=container.bit_rate or None,
            size_bytes=path.stat().st_size,
            start=recording_start(path, {**stream.metadata, **container.metadata}, option=start, zone=zone),
            first_pts=None if _counts_only(container, stream) else first.pts,
        )


def content_hash(path: str | Path, size: int | None = None) -> str:
    """Return the SHA-256 of a file, or of its first ``size`` bytes, as hexadecimal digits; read in pieces."""
    with Path(path).open("rb") as file:
        if size is None:
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        while size > 0 and (piece := file.read(min(size, _HASHED_AT_ONCE))):
            digest.update(piece)
            size -= len(piece)
        return digest.hexdigest()


def _first_picture(path: Path, container: InputContainer, stream: VideoStream) -> av.VideoFrame:
    """Decode until something can be shown."""
    packets = container.demux(stream)
    damage: av.error.FFmpegError | None = None
    try:
        while (packet := next(packets, None)) is not None:
            try:
                pictures = packet.decode()
            except av.error.FFmpegError as error:
                damage = error
                continue
            if pictures:
                return pictures[0]
    except av.error.FFmpegError as error:
        damage = error
    raise NotVideoError(
        "holds a video stream of which no picture can be decoded",
        path=path,
        stream=stream.index,
        next_step="Copy it from the recorder again.",
    ) from damage


def _counts_only(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether timestamps only number the packets: AVI has no others, so pictures out of order get each
    other's."""
    return container.format.name == "avi" and stream.codec_context.has_b_frames


def _container_name(container: InputContainer, path: Path) -> str:
    """Return one name; libavformat lists all that a format goes by, and the suffix says which is meant."""
    names = container.format.name.split(",")
    suffix = path.suffix.removeprefix(".").lower()
    if suffix in names:
        return suffix
    return "mp4" if "mp4" in names else names[0]


def _time_base(stream: VideoStream) -> Fraction:
    return Fraction(stream.time_base) if stream.time_base else Fraction(1, 1000)


def _rate(stream: VideoStream) -> Fraction | None:
    """Return the first credible rate; broken headers tell 90000 or 0."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and Fraction(1, 3600) <= rate <= 1000:
            return Fraction(rate)
    return None


def _duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    return Fraction(container.duration, av.time_base) if container.duration else None
