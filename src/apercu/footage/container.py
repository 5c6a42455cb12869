"""Opening a file of footage: only as a recording, only from this machine, with errors a person can act on."""

from __future__ import annotations

import errno
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from apercu.errors import FootageError, FootageNotFoundError, NotVideoError

_RECORDINGS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,ivf,obu,mjpeg,mjpeg_2000,"
    "mpjpeg,flv,asf,dhav,ifv,lvf,wtv,mxf,ogg,nut,dv,gif,vc1,yuv4mpegpipe"
)
"""Containers that hold recordings. Playlists stay out: they can name other files and hosts to fetch. So do
still pictures and text, which libavformat would show as video."""

_SENSELESS = (av.error.InvalidDataError, av.error.ArgumentError, av.error.EOFError)
"""What libavformat raises for a file that makes no sense to it; also EIO, when a header is cut short."""

_NEXT = "Check with `apercu info` or a video player that it is a recording; copy it from the recorder again."


def open_video(path: Path, *, threads: int = 0) -> tuple[InputContainer, VideoStream]:
    """Open ``path`` and return its container and its video stream, ready for threaded decoding.

    Args:
        path: a file on this machine.
        threads: decoder threads; 0 lets the decoder choose.

    Raises:
        FootageNotFoundError: there is no such file.
        NotVideoError: it is empty, a folder, no recording, cut off before its index, or holds no video.
        FootageError: it cannot be opened (permission, a failing disk).
    """
    _check_file(path)
    try:
        # "file:" keeps names such as 14:03.mp4 from being taken for a protocol.
        container = av.open(
            f"file:{path}",
            mode="r",
            metadata_errors="replace",
            container_options={"format_whitelist": _RECORDINGS, "protocol_whitelist": "file"},
        )
    except av.error.FFmpegError as error:
        if isinstance(error, _SENSELESS) or error.errno == errno.EIO:
            raise _unreadable(path) from error
        reason = error.strerror or "unknown reason"
        raise FootageError(f"cannot be opened ({reason})", path=path, next_step=_NEXT) from error
    try:
        stream = _video_stream(path, container)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
    except BaseException:
        container.close()
        raise
    return container, stream


def _check_file(path: Path) -> None:
    """Refuse what can be refused before libav is asked."""
    if path.is_dir():
        raise NotVideoError("is a folder", path=path, next_step="Name a video file inside it.")
    if not path.exists():
        raise FootageNotFoundError("no such file", path=path, next_step="Check the path.")
    if path.is_file() and path.stat().st_size == 0:
        raise NotVideoError("is an empty file", path=path, next_step="Copy it from the recorder again.")


def _unreadable(path: Path) -> NotVideoError:
    """Return the error for a file that libav cannot read, telling a cut recording from a stranger."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in (b"ftyp", b"moov", b"mdat") or head[:4] in (b"RIFF", b"\x1a\x45\xdf\xa3"):
        what = "is truncated, or still being written: the part needed to read it is missing"
        next_step = "If a recorder is at work on it, wait until it is complete; else copy it again."
        return NotVideoError(what, path=path, next_step=next_step)
    return NotVideoError("is not a video that can be read", path=path, next_step=_NEXT)


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the best video stream; the cover picture of a sound file is not one."""
    covers = av.stream.Disposition.attached_pic
    streams = [s for s in container.streams.video if not s.disposition & covers]
    best = container.streams.best("video")
    if not streams:
        what = "holds only sound" if container.streams.audio else "holds no video"
        raise NotVideoError(what, path=path, next_step="Name a file with a video stream.")
    stream = best if isinstance(best, VideoStream) and best in streams else streams[0]
    if stream.codec_context is None:
        what = "holds video in a format that this build of FFmpeg cannot decode"
        next_step = "Convert it to H.264 with a video tool."
        raise NotVideoError(what, path=path, stream=stream.index, next_step=next_step)
    return stream


def missing_bytes(path: Path) -> int:
    """Return how many bytes the file announces in its own structure and does not have; 0 when it is whole.

    A copy that was interrupted or a recorder that lost power leaves such files. Read from the outermost
    structure alone: MP4 boxes (ISO/IEC 14496-12, 4.2), the Matroska segment (RFC 8794), the RIFF chunk of AVI
    and the 188-byte packets of MPEG-TS (ISO/IEC 13818-1). Other formats announce nothing: 0 is returned.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
        if head[:4] == b"\x1a\x45\xdf\xa3":
            return _beyond_segment(head, size)
        if head[:4] == b"RIFF":
            return max(0, 8 + int.from_bytes(head[4:8], "little") - size)
        if head[:1] == b"\x47":
            file.seek(188)
            return -size % 188 if file.read(1) == b"\x47" else 0
        if head[4:8] not in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
            return 0
        end = 0
        while end < size:
            file.seek(end)
            box = file.read(16)
            length = int.from_bytes(box[:4], "big")
            if length == 1:
                length = int.from_bytes(box[8:16], "big")
            if length < 8:  # 0: the last box reaches to the end; anything else is no box
                return 0
            end += length
    return end - size


def _beyond_segment(head: bytes, size: int) -> int:
    """Return the bytes that the Matroska segment announced in ``head`` has beyond ``size``."""
    length, begin = _vint(head, 4)
    begin += length
    if head[begin : begin + 4] != b"\x18\x53\x80\x67" or len(head) < begin + 12:
        return 0
    length, begin = _vint(head, begin + 4)
    live = length == (1 << 56) - 1  # all ones: the writer did not know
    return 0 if live else max(0, begin + length - size)


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Read an EBML variable-size integer; return it and where it ends."""
    width = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1), at + width
