"""The doors to pictures from the footage: with people pixelated, or as filmed for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apercu.archive import Archive
from apercu.purposes import Capability


@contextmanager
def showing(archive: Archive, *, redact: bool, subject: str, reason: str | None) -> Iterator[Archive]:
    """Open the doors to pictures of tracks; yields the archive as it is seen from inside.

    Raises:
        RefusedError: the purpose has no ``show-images`` (``show-unredacted`` without ``redact``) or no
            ``read-tracks``, or not now, or not without a reason.
    """
    pictures = Capability.SHOW_IMAGES if redact else Capability.SHOW_UNREDACTED
    with (
        archive.gate.opens(pictures, subject=subject, reason=reason),
        archive.opens(Capability.READ_TRACKS, subject=subject, reason=reason) as inside,
    ):
        yield inside
