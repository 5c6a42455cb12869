"""``apercu watch``: checked, run, killed, ended; and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.cli import run
from apercu.events.interruption import GoingOn
from apercu.events.metrics import camera_states
from apercu.events.watching.settings import WatchSettings, archive_path, read_watch, source_of
from apercu.events.watching.status import CameraStatus, GroupStatus, read_status, write_status
from apercu.footage import SceneOptions, SyntheticScene
from apercu.purposes import Ledger

from ..events.parts import free_port, receiver
from .conftest import Result

Cli = Callable[..., Result]
RULE = """
[[camera.rule]]
name = "in the middle"
kind = "zone"
zone = "middle"
classes = ["person", "bicycle", "motorcycle", "car", "bus", "truck", "animal", "bag", "other"]
"""


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched")
    archive = Archive.create(folder / "town", name="T", purpose="research", purpose_fields={"licence": "own"})
    add_zone(archive, "gate", "middle", "zone", [(0.3, 0.0), (0.7, 0.0), (0.7, 1.0), (0.3, 1.0)])
    scene = SceneOptions(320, 180, Fraction(10), seconds=12.0, objects=4, seed=4)
    SyntheticScene(scene).write(folder / "film.mp4")
    return folder


@pytest.fixture
def site(_made: Path, tmp_path: Path) -> Path:
    """Return a folder of one's own with an archive and a film of its camera."""
    return shutil.copytree(_made, tmp_path, dirs_exist_ok=True)


def settings(site: Path, camera: str = 'source = "film.mp4"', rule: str = RULE) -> Path:
    path = site / "watch.toml"
    path.write_text(f'archive = "town"\n\n[[camera]]\nname = "gate"\n{camera}\n{rule}')
    return path


def test_check_draws_the_zones_of_each_camera(cli: Cli, site: Path) -> None:
    told = cli("watch", settings(site), "--check", "-o", site, "--json")
    assert told.code == 0, told.err
    (camera,) = told.json["cameras"]
    assert (camera["camera"], camera["rules"], camera["places"]) == ("gate", ["in the middle"], ["middle"])
    assert camera["stream"] == "320x180 h264 (mov), 10 pictures/s"
    assert cv2.imread(camera["picture"]).shape == (180, 320, 3)
    told = cli("watch", settings(site), "--check", "-o", site)
    assert "1 camera is ready to be watched" in told.out and "check-gate.png" in told.out


def test_check_tells_whether_signals_would_find_their_way(cli: Cli, site: Path) -> None:
    (site / "key").write_text("of the signature")

    def file(port: int) -> Path:
        hook = f"""
[[webhook]]
url = "http://127.0.0.1:{port}/in"
allow_http = true
allow_private = true
password_file = "key"
"""
        return settings(site, rule=RULE + hook)

    with receiver() as got:
        told = cli("watch", file(got.port), "--check", "-o", site)
        assert told.code == 0 and "webhook-default: can be reached; nothing was sent" in told.out
        assert cli("watch", file(got.port), "--check", "-o", site, "--json").json["channels"] == [
            "webhook-default"
        ]
    assert got.requests == []
    told = cli("watch", file(free_port()), "--check", "-o", site)
    assert told.code == 6 and "film.mp4" in told.out and "ready to be watched" not in told.out
    assert "webhook-default 127.0.0.1: cannot be reached (Connection refused)" in told.err
    told = cli("watch", file(free_port()), "--check", "-o", site, "--json")
    assert (told.code, told.json["channels"]) == (6, [])
    (error,) = told.json["errors"]
    assert error["kind"] == "DeliveryError" and len(told.json["cameras"]) == 1


@pytest.mark.parametrize(
    ("camera", "rule", "code", "message"),
    [
        ('source = "film.mp4"', RULE.replace("middle", "nowhere"), 2, "watch.toml, line 10"),
        ('source = "film.mp4"', RULE.replace('kind = "zone"', 'kind = "zonne"'), 2, "line 9"),
        ('source = "film.mp4"\nratte = 3', RULE, 2, "line 6"),
        ('source = "film.mp4"', "", 2, "has nothing to do"),
        (
            'source = "film.mp4"\ninterval = "soon"\ncount = true',
            "",
            2,
            "line 6: 'camera[1].interval' 'soon' is",
        ),
        ('source = "film.mp4"\ninterval = "7min"\ncount = true', "", 2, "choose 1 min to 1 day"),
        ('source = "film.mp4"', RULE.replace("in the middle", "in\\nthe middle"), 2, "line 8"),
        ('source = "film.mp4"', RULE + "schedule = [{days = []}]", 2, "days"),
        ('source = "rtsp://h/x"\npassword_env = "X"', RULE, 2, "has a password and no user"),
        ('source = "rtsp://a@h/x"\nuser = "b"', RULE, 2, "names a user here and in its source"),
        ('source = "nowhere.mp4"', RULE, 3, "no such file"),
        ('source = "ftp://127.0.0.1/live"', RULE, 2, "line 5: 'camera[1].source' no camera is"),
        ('source = "ftp://127.0.0.1/live"', RULE, 2, "choose one of: rtsp, rtsps"),
        ('source = "rtsp://"', RULE, 2, "names no host"),
        ('source = "rtsp://h:70000/live"', RULE, 2, "line 5: 'camera[1].source' names no port"),
        ('source = "film.mp4"\nrules = "nowhere.toml"', "", 2, "line 6: 'camera[1].rules' names no file"),
        (
            'source = "film.mp4"',
            '[[camera.rule]]\nname = "l"\nkind = "view-lost"\nwhat = "lost"\nbelow = 0.5\n',
            2,
            "leave below out",
        ),
        ('source = "rtsp://me:hunter2@no-such-host.invalid/live"', RULE, 3, "there is no host of that name"),
        (
            'source = "film.mp4"',
            RULE + '[mqtt]\nhost = "h"\nuser = "u"\npassword_file = "pw"',
            2,
            "'mqtt.password_file' tells no password: the password cannot be read",
        ),
        ('source = "rtsp://127.0.0.1:9/live"\nuser = "me"\npassword_file = "pw"', RULE, 2, "line 7"),
        (
            'source = "film.mp4"\nuser = "me"\npassword_env = "NOT_SET_AT_ALL"',
            RULE,
            2,
            "line 7: 'camera[1].password_env' tells no password: there is no password in the variable",
        ),
    ],
)
def test_what_is_wrong_gets_one_clear_message(
    cli: Cli, site: Path, camera: str, rule: str, code: int, message: str
) -> None:
    told = cli("watch", settings(site, camera, rule), "--check", "-o", site)
    assert told.code == code
    assert (site / "check-gate.png").exists() == ("nowhere" in rule)  # where the zone can be drawn
    assert message in told.err.lower() and "hunter2" not in told.err and "Traceback" not in told.err
    assert len([line for line in told.err.splitlines() if "error: " in line or "gate: " in line]) == 1


def test_a_zone_that_is_not_there_is_refused_before_watching(cli: Cli, site: Path) -> None:
    told = cli(
        "watch", settings(site, 'source = "rtsp://127.0.0.1:9/x"', RULE.replace('"middle"', '"nowhere"'))
    )
    assert told.code == 2 and "watch.toml, line 10" in told.err and "nowhere" in told.err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--status", "--check"], "--check means nothing beside --status"),
        (["--status", "--for", "nonsense"], "--for means nothing beside --status"),
        (["--check", "--metrics", "9101"], "--metrics means nothing beside --check"),
        (["-o", "."], "--output is where --check puts its pictures"),
    ],
)
def test_options_that_would_not_be_heard_are_refused(
    cli: Cli, site: Path, given: list[str], told: str
) -> None:
    refused = cli("watch", settings(site), *given)
    assert refused.code == 2 and told in refused.err


def test_settings_behind_a_link_mean_what_is_beside_the_link(cli: Cli, site: Path) -> None:
    elsewhere = site / "elsewhere"
    elsewhere.mkdir()
    linked = settings(site)
    linked.rename(elsewhere / "real.toml")
    linked.symlink_to(elsewhere / "real.toml")
    told = cli("watch", linked, "--for", "60s", "--json")
    assert told.code == 0, told.err
    (group,) = told.json["groups"]
    assert group["cameras"][0]["frames"] > 10


def test_passwords_come_from_elsewhere_and_are_not_shown(
    cli: Cli, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = 'source = "rtsp://127.0.0.1:9/live"\nuser = "me"\n'
    monkeypatch.setenv("GATE_PASSWORD", "very:secret")
    (site / "pw").write_text("very:secret\n")
    for where in ('password_env = "GATE_PASSWORD"', 'password_file = "pw"'):
        file = read_watch(settings(site, camera + where))
        source = source_of(file, file.settings.camera[0])
        assert source.opened == "rtsp://me:very%3Asecret@127.0.0.1:9/live"
        assert "secret" not in repr(source) + repr(file)
        told = cli("watch", settings(site, camera + where), "--check", "-o", site)
        assert told.code == 3 and "connection refused" in told.err
        assert "secret" not in told.out + told.err
    assert archive_path(file) == site / "town" and isinstance(file.settings, WatchSettings)


def start(site: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "apercu", "watch", str(site / "watch.toml"), *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait(archive: Path, until: Callable[[GroupStatus], Any]) -> GroupStatus:
    limit = time.monotonic() + 90
    while True:
        assert time.monotonic() < limit, read_status(archive)
        for group in read_status(archive):
            if until(group):
                return group
        time.sleep(0.1)


def test_a_killed_process_is_started_again_and_ctrl_c_ends_all(cli: Cli, site: Path) -> None:
    settings(site, 'source = "film.mp4"\nreal_time = true')
    with start(site) as watching:
        try:
            first = wait(site / "town", lambda group: group.alive and group.cameras[0].frames)
            os.kill(first.pid, signal.SIGKILL)
            second = wait(site / "town", lambda group: group.starts == 2 and group.cameras)
            assert second.pid != first.pid
            assert run(["watch", str(site / "watch.toml")]) == 2  # it is being watched already
        finally:
            watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0
    assert not Path(f"/proc/{second.pid}").exists()
    told = cli("watch", site / "watch.toml", "--status", "--json").json["groups"][0]
    assert (told["state"], told["starts"], told["alive"]) == ("ended", 2, False)
    ended = [entry for entry in Ledger(site / "town").entries() if entry.capability == "analyze-live"]
    assert {str(entry.outcome) for entry in ended} == {"granted", "interrupted", "done"}


def test_signals_are_in_the_archive_when_the_film_is_over(cli: Cli, site: Path) -> None:
    settings(site)
    with start(site) as watching:
        assert watching.wait(90) == 0
    (group,) = read_status(site / "town")
    assert group.state == "ended" and group.cameras[0].signals > 0
    assert len(list((site / "town").rglob("picture.jpg"))) == group.cameras[0].signals
    assert list((site / "town").rglob("clip.mp4"))
    told = cli("watch", site / "watch.toml", "--status")
    assert "gate" in told.out and "ended" in told.out and "not watched" in told.out


def test_watching_ends_with_the_period_of_the_purpose(cli: Cli, tmp_path: Path) -> None:
    yesterday = date.today() - timedelta(days=1)
    fields: dict[str, Any] = dict.fromkeys(("authority", "reference", "place", "information"), "x")
    fields |= {"valid_from": yesterday, "valid_until": yesterday}
    Archive.create(tmp_path / "town", name="T", purpose="event-safety", purpose_fields=fields)
    rule = '[[camera.rule]]\nname = "many"\nkind = "density"\nabove = 3\n'
    told = cli("watch", settings(tmp_path, 'source = "rtsp://127.0.0.1:9/live"', rule))
    assert told.code == 8 and yesterday.isoformat() in told.err


def test_the_example_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "watching.md").read_text()
    path = tmp_path / "watch.toml"
    path.write_text(text.partition("```toml\n")[2].partition("```")[0])
    found = read_watch(path).settings
    assert list(found.groups) == ["cameras", "outside"] and found.camera[1].transport == "udp"


def test_status_of_another_version_is_as_if_not_there(cli: Cli, site: Path) -> None:
    path = settings(site)
    assert "nothing was watched yet" in cli("watch", path, "--status").out
    going_on = [GoingOn("in", "person", (1.0, 2.0, 3.0, 4.0), "2026-01-01T00:00:00+00:00")]
    write_status(site / "town", GroupStatus("cameras", cameras=[CameraStatus("gate", going_on=going_on)]))
    (status,) = read_status(site / "town")
    (told,) = status.cameras[0].going_on
    assert told.rule == "in" and told.box is not None and tuple(told.box) == going_on[0].box
    assert status.pid == os.getpid() and status.silent_s < 10 and not GroupStatus("x").alive
    # What a run before told is not told as of this one.
    later = datetime.now(UTC)
    assert read_status(site / "town", since=later) == camera_states(site / "town", since=later) == []
    assert read_status(site / "town", since=later - timedelta(minutes=1)) == [status]
    (site / "town" / "catalog.sqlite").write_bytes(b"torn, or on a full disk")
    assert "starting" in cli("watch", path, "--status").out
    (site / "town" / "watching" / "cameras.json").write_text(json.dumps(asdict(status) | {"new": 1}))
    assert read_status(site / "town") == []
