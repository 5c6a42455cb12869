"""Where a camera's pictures come from: its address, and the password that is nowhere shown."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from typing import Literal, cast, get_args
from urllib.parse import quote, urlsplit

from apercu.errors import UsageError

Transport = Literal["tcp", "udp"]
_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "srt", "rtp", "udp")


def shown_source(source: str) -> str:
    """Return the address of a camera as it may be shown: without the password, or what may hold one.

    Some cameras take it in front of their name, some in the query, and some within the path.
    """
    return re.sub(r"^([a-z][a-z0-9+.-]*://)(?:.*@)?([^?#&;=]*).*$", r"\1\2", source, flags=re.I | re.S)


def read_transport(name: str) -> Transport:
    """Return the transport of this name.

    Raises:
        UsageError: there is none.
    """
    for transport in get_args(Transport):
        if name == transport:
            return cast(Transport, transport)
    raise UsageError(f"there is no transport {name!r}", next_step="Choose tcp or udp.")


@dataclass(frozen=True, slots=True)
class Source:
    """A camera, or a file that is played as one.

    Attributes:
        address: what PyAV opens: ``rtsp://...``, ``rtmp://...``, ``http://...`` (HLS, MJPEG), or a file.
        real_time: play it at its own pace, as a camera would send it; for files.
        transport: how RTSP sends pictures. By UDP a lost packet spoils a picture, by TCP it delays them.
        user, password: where the camera asks for them, and the address does not hold them.
    """

    address: str = field(repr=False)
    real_time: bool = False
    transport: Transport = "tcp"
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse an address that leads nowhere.

        Raises:
            UsageError: no camera is asked like that, or it names no host, or a port that cannot be.
        """
        if not self.is_live:
            return
        parts = urlsplit(self.shown)
        if parts.scheme not in _SCHEMES:
            raise UsageError(
                f"no camera is asked by {parts.scheme!r}",
                where=self.shown,
                next_step=f"Choose one of: {', '.join(_SCHEMES)}.",
            )
        if not parts.hostname:
            raise UsageError("names no host", where=self.shown, next_step="Write rtsp://HOST/PATH, say.")
        try:
            known = parts.port != 0
        except ValueError:  # no number, or above 65535
            known = False
        if not known:
            raise UsageError("names no port", where=self.shown, next_step="Write a port of 1 to 65535.")

    @property
    def shown(self) -> str:
        """The address as it may be shown."""
        return shown_source(self.address)

    @property
    def is_live(self) -> bool:
        """Whether it is a stream, and no file."""
        return "://" in self.address and not self.address.startswith("file:")

    @property
    def has_known_host(self) -> bool:
        """Whether the name of its host leads to an address."""
        try:
            return bool(socket.getaddrinfo(urlsplit(self.shown).hostname, None))
        except OSError:
            return False

    @property
    def opened(self) -> str:
        """The address with user and password, as it is opened and nowhere shown."""
        if not self.is_live:
            return self.address
        scheme, _, rest = self.address.partition("://")
        scheme = scheme.lower()  # FFmpeg knows no RTSP://
        if not self.user:
            return f"{scheme}://{rest}"
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{rest}"

    @property
    def in_pieces(self) -> bool:
        """Whether it comes in pieces of some seconds (HLS)."""
        return ".m3u8" in self.address.lower()

    @property
    def options(self) -> dict[str, str]:
        """What the opener is told besides."""
        if not self.is_live or self.in_pieces:
            return {}
        # What a stream is shows in its first second; longer, and each break would last that much longer.
        quick = {"analyzeduration": "1000000", "fflags": "nobuffer"}
        if self.address.lower().startswith("rtsp"):
            # Who waits long for late packets is late himself.
            quick |= {"rtsp_transport": self.transport, "max_delay": "200000"}
        return quick
