"""Cutting a piece out of a recording without decoding it: its coded pictures, copied into an MP4."""

from __future__ import annotations

from math import ceil
from pathlib import Path

import av

from apercu.disk import Part, writing
from apercu.errors import NotVideoError
from apercu.footage import packets
from apercu.footage.container import open_video
from apercu.footage.probe import probe
from apercu.footage.reader import FootageReader
from apercu.timecode import Timecode

_FITTING = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4"})
"""Codecs that an MP4 holds and players know in it."""


def copy_span(
    path: Path, output: Path, begin: Timecode, end: Timecode, *, farthest_s: float = 10.0
) -> Timecode | None:
    """Copy the pictures from the last key frame at or before ``begin`` up to ``end`` into an MP4.

    Returns the timecode of the first picture copied. None, and nothing written, where copying is not
    possible: a codec that MP4 does not hold, a picture that has to be turned, timestamps that cannot be
    trusted, or no key frame within ``farthest_s`` seconds before.

    Raises:
        FootageError: the recording cannot be opened.
        OutputError: the file cannot be written; an older one of that name stays.
    """
    with FootageReader(path) as reader:
        info = reader.info
        if info.codec not in _FITTING or info.rotation or info.first_pts is None or not reader.is_sound:
            return None
        keys = reader.key_frames([begin])
    if not keys or keys[0] > begin or begin - keys[0] > farthest_s:
        return None
    origin = info.first_pts
    first_pts = origin + keys[0].pts
    last_pts = origin + ceil(end.seconds / info.time_base)
    with writing(output), Part(output) as part:
        _copy(path, part.path, first_pts, last_pts)
        if not _plays(part.path):
            return None
        part.put()
    return keys[0]


def _copy(path: Path, part: Path, first_pts: int, last_pts: int) -> None:
    container, stream = open_video(path)
    with container, av.open(f"file:{part}", mode="w", format="mp4", options={"movflags": "+faststart"}) as to:
        copied = to.add_stream_from_template(stream)
        shift: int | None = None
        for packet in packets.read_from(container, stream, first_pts, first_pts, lambda _: None):
            if packet.size == 0 or packet.pts is None:
                continue
            at = packet.pts if packet.dts is None else packet.dts
            if at >= last_pts:
                break
            if shift is None:
                shift = packet.pts
            elif packet.pts < first_pts:
                continue  # shown before the key frame, and made from pictures that are not copied
            packet.pts -= shift
            if packet.dts is not None:
                packet.dts -= shift
            packet.stream = copied
            to.mux(packet)


def _plays(path: Path) -> bool:
    try:
        probe(path)
    except NotVideoError:
        return False
    return True
