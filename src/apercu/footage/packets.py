"""Coded pictures as they lie in a file: read past damage, found by key frame, timed without decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

VideoPacket: TypeAlias = "Packet[VideoStream]"


def read(
    container: InputContainer, stream: VideoStream, on_error: Callable[[str], None]
) -> Iterator[VideoPacket]:
    """Yield the packets of ``stream``, then the empty packet that makes a decoder give up what it holds.

    After an error, reading goes on as long as every new try yields something; ``on_error`` hears the reason.
    """
    progress = True
    while progress:
        progress = False
        try:
            for packet in container.demux(stream):
                progress = True
                yield packet
        except av.error.FFmpegError as error:
            on_error(error.strerror or "unknown reason")
        else:
            return
    flush = Packet()
    flush.stream = stream
    yield cast(VideoPacket, flush)


def read_from(
    container: InputContainer, stream: VideoStream, at: int, latest: int, on_error: Callable[[str], None]
) -> Iterator[VideoPacket]:
    """Yield what ``read`` does, from the key frame on that seeking to ``at`` (ticks) finds.

    None where it finds none, or one that is shown after ``latest`` (ticks).
    """
    try:
        container.seek(at, stream=stream)
    except av.error.FFmpegError:
        return
    packets = read(container, stream, on_error)
    for packet in packets:
        if packet.pts is None or packet.pts > latest:
            return
        if packet.is_keyframe:
            yield packet
            yield from packets
            return


def key_near(container: InputContainer, stream: VideoStream, at: int) -> int | None:
    """Return the timestamp of the key frame that seeking to ``at`` (ticks) finds, None where it finds none.

    That is the one at or before it, in formats that have no index perhaps the one after.
    """
    try:
        container.seek(at, stream=stream)
    except av.error.FFmpegError:
        return None
    keys = (packet.pts for packet in read(container, stream, lambda _: None) if packet.is_keyframe)
    return next(keys, None)


def timestamps(container: InputContainer, stream: VideoStream) -> Iterator[int | None]:
    """Yield the timestamp of every frame in decoding order, from the index alone where it lists all."""
    index = stream.index_entries
    if "mov" in container.format.name and len(index) == stream.frames > 0:
        # An MP4 index holds decoding times; presentation times lie a bounded step after them.
        yield from (entry.timestamp for entry in index)
        return
    for packet in read(container, stream, lambda _: None):
        if packet.size:
            yield packet.pts
