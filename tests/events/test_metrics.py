"""A watching process tells how it does."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.archive.signal_records import State
from apercu.events.answers import answer
from apercu.events.delivery.sender import Sender
from apercu.events.metrics import CameraState, WatchState, camera_states, metrics, serve_metrics
from apercu.events.register import Register
from apercu.events.watching.status import CameraStatus, GroupStatus, write_status

from .making import make_event

pytest.importorskip("prometheus_client")


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as answered:
            return answered.status, answered.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_metrics_tell_signals_outbox_and_cameras(archive: Archive) -> None:
    register = Register(archive, ["mqtt", "mail"])
    first, _ = (register.add(make_event(number)) for number in range(2))
    answer(archive, first, State.CONFIRMED, "as-said")
    archive.signals.outbox.delivered(1, datetime.now(UTC))
    archive.signals.outbox.dead(2, "refused")
    cameras = [CameraState("gate", 0.25, 100, 3, 1, 0.5, 2, 7), CameraState("yard", None, 0, 0, 0)]
    told = metrics(WatchState(archive, None, lambda: cameras)).decode()
    for line in (
        'apercu_signals{camera="gate",rule="no entry",state="confirmed"} 1.0',
        'apercu_signals{camera="gate",rule="no entry",state="open"} 1.0',
        'apercu_outbox_letters{channel="mqtt",state="delivered"} 1.0',
        'apercu_outbox_letters{channel="mail",state="dead"} 1.0',
        'apercu_outbox_letters{channel="mail",state="waiting"} 1.0',
        'apercu_camera_picture_seconds{camera="gate"} 0.25',
        'apercu_camera_dropped_total{camera="gate"} 3.0',
        'apercu_camera_lost_total{camera="gate"} 1.0',
        'apercu_camera_delay_seconds{camera="gate"} 0.5',
        'apercu_camera_unsaved_signals{camera="gate"} 2.0',
        'apercu_camera_unsaved_signals{camera="yard"} 0.0',
        'apercu_camera_damaged_total{camera="gate"} 7.0',
    ):
        assert line in told
    assert "apercu_signal_oldest_open_seconds 0." in told
    for name in ("picture", "delay"):
        assert f'apercu_camera_{name}_seconds{{camera="yard"}}' not in told
    documented = (Path(__file__).resolve().parents[2] / "docs" / "signals.md").read_text(encoding="utf-8")
    for name in re.findall(r"^# HELP apercu_(?:camera)?(\w+)", told, re.MULTILINE):
        assert name in documented


def test_cameras_are_told_from_what_watching_says_of_itself(archive: Archive) -> None:
    now = datetime.now(UTC).isoformat()
    done = {"frames": 9, "dropped": 2, "breaks": 1, "delay_s": 0.4, "unsaved": 3, "damaged": 5}
    cameras = [CameraStatus("gate", latest=now, **done), CameraStatus("yard")]
    write_status(archive.path, GroupStatus("cameras", cameras=cameras))
    gate, yard = camera_states(archive.path)
    assert (gate.camera, gate.pictures, gate.dropped, gate.lost) == ("gate", 9, 2, 1)
    assert (gate.delay_s, gate.unsaved, gate.damaged) == (0.4, 3, 5)
    assert gate.picture_s is not None and gate.picture_s >= 0
    assert yard == CameraState("yard", None, 0, 0, 0)


def test_where_the_catalog_cannot_be_read_the_rest_is_told(archive: Archive) -> None:
    state = WatchState(archive, None, lambda: [CameraState("gate", 0.25, 100, 3, 1, 0.5, unsaved=2)])
    assert "apercu_catalog_readable 1.0" in metrics(state).decode()
    (archive.path / "catalog.sqlite").write_bytes(b"torn, or on a full disk" * 100)
    told = metrics(state).decode()
    assert "apercu_catalog_readable 0.0" in told and "apercu_signals" not in told
    assert 'apercu_camera_unsaved_signals{camera="gate"} 2.0' in told


def test_it_lives_and_is_ready_or_says_why_not(archive: Archive) -> None:
    cameras = [CameraState("gate", 0.2, 1, 0, 0)]
    with (
        Sender(archive, []) as sender,
        serve_metrics("0", WatchState(archive, sender, lambda: cameras)) as url,
    ):
        assert get(f"{url}/live") == (200, b'{"live": true}\n')
        assert get(f"{url}/ready") == (200, b'{"ready": true, "problems": []}\n')
        assert b"apercu_signals" in get(f"{url}/metrics")[1]
        assert get(f"{url}/else")[0] == 404
        cameras.clear()
        assert get(f"{url}/ready")[0] == 503  # it has just begun
        cameras[:] = [CameraState("gate", 61.0, 1, 0, 0), CameraState("yard", None, 0, 0, 0)]
        status, body = get(f"{url}/ready")
    assert status == 503
    assert json.loads(body)["problems"] == [
        "camera gate has given no picture for 61 s",
        "camera yard has given no picture yet",
    ]
