"""Delivers what is in an outbox and dies, as if killed, at a chosen step of a chosen letter's way.

    python dying_sender.py ARCHIVE BROKER_PORT RECEIVER_PORT

Reads lines "LETTER STEP", LETTER from 1 and STEP one of STEPS. For each, a child delivers and dies there, or
ends by itself when everything is delivered; how it ended is printed. What is slow the first time is done
once, before forking.
"""

from __future__ import annotations

import os
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

from apercu.archive import Archive
from apercu.archive.outbox import Fate, Outbox
from apercu.events.delivery import mqtt, webhook
from apercu.events.delivery.channels import DeliverySettings, MqttSettings, TrySettings, WebhookSettings
from apercu.events.delivery.sender import Sender, open_channels

STEPS = {
    "before it is connected": (mqtt.MqttChannel, "_connected", "before"),
    "before it is announced": (mqtt.MqttChannel, "_announce", "before"),
    "before it is published": (mqtt.MqttChannel, "send", "before"),
    "after it is published": (mqtt.MqttChannel, "send", "after"),
    "before it is posted": (webhook.WebhookChannel, "send", "before"),
    "after it is posted": (webhook.WebhookChannel, "send", "after"),
    "before it is marked": (Outbox, "delivered", "before"),
    "after it is marked": (Outbox, "delivered", "after"),
    "never": (Outbox, "letters", "after"),
}


def die_at(step: str, letter: int) -> None:
    kind, name, when = STEPS[step]
    original, numbers = getattr(kind, name), count(1)

    def counted(*args: Any, **named: Any) -> Any:
        number = next(numbers)  # each channel has a thread: a number read later may be another's
        if when == "before" and number == letter:
            os._exit(9)
        result = original(*args, **named)
        if when == "after" and number == letter:
            os._exit(9)
        return result

    if step != "never":
        setattr(kind, name, counted)


def deliver(folder: str, broker: str, receiver: str, step: str, letter: int) -> None:
    archive = Archive.open(folder)
    key = Path(folder).with_name("key")
    settings = DeliverySettings(
        mqtt=MqttSettings(host="127.0.0.1", port=int(broker), tls=False),
        webhook=(
            WebhookSettings(
                url=f"http://127.0.0.1:{receiver}/", allow_http=True, allow_private=True, password_file=key
            ),
        ),
    )
    die_at(step, letter)
    channels = open_channels(archive, settings, Path(folder), [("gate", "no entry")])
    with Sender(archive, channels, TrySettings(first_wait_s=0.05, longest_wait_s=0.2)):
        while any(depth.state is Fate.WAITING for depth in archive.signals.outbox.depths()):
            time.sleep(0.02)


def main(folder: str, broker: str, receiver: str) -> None:
    for line in sys.stdin:
        letter, _, step = line.strip().partition(" ")
        child = os.fork()
        if child == 0:
            deliver(folder, broker, receiver, step, int(letter))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
