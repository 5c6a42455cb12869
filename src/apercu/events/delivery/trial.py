"""A test of the ways to people: one harmless message over each, which is no signal and in no outbox."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np

from apercu.archive import Archive
from apercu.archive.records import ID_DIGITS
from apercu.errors import ApercuError
from apercu.events.delivery.channels import Channel, guarded
from apercu.events.delivery.letters import Trial
from apercu.purposes import Capability

_WIDTH, _HEIGHT = 320, 180


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test went over one channel.

    Attributes:
        channel: its name.
        said: where the test went, or what the other side said; empty where it was not taken.
        error: why it was not; None where it was.
    """

    channel: str
    said: str = ""
    error: ApercuError | None = None


def try_channels(archive: Archive, channels: Sequence[Channel], page: str = "") -> list[Tried]:
    """Send one test over each channel, once, and return how it went; one that fails keeps no other back.

    Args:
        archive: which signals would come from; its ledger tells that there was a test.
        channels: over which.
        page: where signals are answered; empty for none.

    Raises:
        RefusedError: the purpose has no ``signal-events``, or not now.
    """
    names = ", ".join(channel.name for channel in channels)
    with archive.gate.opens(Capability.SIGNAL_EVENTS, subject=f"test of delivery over {names}") as door:
        fingerprint, now = archive.settings.ledger[:ID_DIGITS], datetime.now(UTC)
        trial = Trial(secrets.token_hex(16), archive.settings.name, fingerprint, now, _picture(), page)
        tried = [_try(channel, trial) for channel in channels]
        missed = ", ".join(each.channel for each in tried if each.error is not None)
        door.note = f"not taken: {missed}" if missed else "taken"
    return tried


def _try(channel: Channel, trial: Trial) -> Tried:
    try:
        with guarded(channel):
            return Tried(channel.name, channel.try_out(trial))
    except ApercuError as error:
        return Tried(channel.name, error=error)
    finally:
        channel.close()


def _picture() -> bytes:
    """Return a JPEG that says what it is, of the size of a small picture of a signal."""
    drawn = np.full((_HEIGHT, _WIDTH, 3), 90, np.uint8)
    cv2.putText(drawn, "TEST", (60, 115), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (255, 255, 255), 6, cv2.LINE_AA)
    return cv2.imencode(".jpg", drawn)[1].tobytes()
