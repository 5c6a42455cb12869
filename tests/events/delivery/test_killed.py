"""Killed at every step, the sender loses nothing: what is sent twice has the same key, and order is kept."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.archive.outbox import Fate
from apercu.events.register import Register

from ..making import make_event, make_picture
from ..parts import Subscriber, broker, receiver, wait_until

pytest.importorskip("paho.mqtt.client")
DYING = Path(__file__).with_name("dying_sender.py")
STEPS = [step for step in runpy.run_path(str(DYING))["STEPS"] if step != "never"]


def test_killed_between_any_two_steps_nothing_is_lost_and_order_is_kept(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("secret")
    register = Register(archive, ["mqtt", "webhook-default"])
    keys: list[str] = []
    with broker(tmp_path) as there, receiver() as got:
        listener = Subscriber(there.port)
        words = [sys.executable, str(DYING), str(archive.path), str(there.port), str(got.port)]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:

            def run(step: str) -> int:
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write(f"{1 if 'it is a' in step or 'connected' in step else 2} {step}\n")
                process.stdin.flush()
                return int(process.stdout.readline())

            for number, step in enumerate(STEPS):
                for part in range(3):
                    event = make_event(10 * number + part, camera=("gate", "yard")[part % 2])
                    keys.append(register.add(event, picture=make_picture()).key)
                assert run(step) == 9, step
            assert run("never") == 0
        wait_until(lambda: len({json.loads(told)["key"] for told in listener.signals()}) == len(keys))
        listener.close()
    assert {letter.state for letter in archive.signals.outbox.letters()} == {Fate.DELIVERED}
    for arrived in (
        [json.loads(told) for told in listener.signals()],
        [json.loads(body) for _, _, body in got.requests],
    ):
        once = list({told["key"]: told for told in arrived}.values())
        assert len(arrived) > len(keys)  # some came twice: killed before they could be marked
        for camera in ("gate", "yard"):
            mine = [told["key"] for told in once if told["camera"] == camera]
            assert mine == [key for key in keys if key in mine]
        assert {told["key"] for told in once} == set(keys)
