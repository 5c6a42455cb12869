"""A video that can be read while it grows: the packets of another file again, in pieces of a second."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

_PIECE_US = 1_000_000
_OPTIONS = {
    # Each piece says where it lies without the ones before, and the index waits for the first of them: then
    # it knows which picture is shown first, as that of the complete file does.
    "movflags": "+delay_moov+default_base_moof",
    "frag_duration": str(_PIECE_US),
    "flush_packets": "1",
}


class Growing:
    """A fragmented MP4 (ISO/IEC 14496-12, movie fragments) of packets that were encoded for another file.

    Attributes:
        path: the file.
    """

    def __init__(self, path: str | Path, stream: VideoStream) -> None:
        """Begin the file for the packets of ``stream``, whose encoder is open.

        Raises:
            av.error.FFmpegError: it cannot be written.
        """
        self.path = Path(path)
        # "file:" keeps names with colons from being taken for a protocol.
        self._container = av.open(f"file:{self.path}", mode="w", format="mp4", options=_OPTIONS)
        self._stream = self._container.add_stream_from_template(stream)

    def add(self, packets: Sequence[Packet[VideoStream]]) -> None:
        """Append packets; they belong to the stream that they were encoded for again when this returns.

        Raises:
            av.error.FFmpegError: it cannot be written.
        """
        for packet in packets:
            stream = packet.stream
            packet.stream = self._stream
            self._container.mux(packet)
            packet.stream = stream

    def remove(self) -> None:
        """Erase the file; who has opened it can read it to its end. Harmless when done before."""
        with suppress(av.error.FFmpegError, OSError):  # the end of a file that goes anyway
            self._container.close()
        self.path.unlink(missing_ok=True)
