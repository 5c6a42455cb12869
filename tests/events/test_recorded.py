from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from apercu.analysis import Detector, load_detector
from apercu.analysis.moment import Moment
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.archive.zones import add_zone
from apercu.cli import run
from apercu.cli.progress import Bars
from apercu.errors import RefusedError, UsageError
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.recorded import events_of
from apercu.events.rules import RulesFile
from apercu.events.running import live_options, replay, run_rules
from apercu.events.settings import SettingsFile, parse_settings
from apercu.footage import Actor, SceneOptions, SyntheticScene, travel
from apercu.footage.actors import eased
from apercu.footage.backdrop import street_backdrop
from apercu.footage.connections import Connections
from apercu.footage.figures import Outfit, walker
from apercu.footage.source import Source
from apercu.footage.sprites import Sprite, Still, lay, place
from apercu.footage.vehicles import CARS, car
from apercu.statistics.direct import scene_of

START = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
TEXT = """
[[rule]]
name = "yard"
kind = "zone"
zone = "yard"

[[rule]]
name = "gate"
kind = "line"
line = "gate"
to = "right"

[[rule]]
name = "wrong"
kind = "wrong-way"
direction = 90

[[rule]]
name = "stands"
kind = "stationary"
for_s = 3
"""


def rules_file(text: str = TEXT) -> SettingsFile[RulesFile]:
    return parse_settings(text, RulesFile, "rules.toml")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One goes through from left to right, another comes from the right, stands for a while and goes back."""
    red, blue = (walker(Outfit(colour, (70, 60, 50)), 45.0) for colour in ((50, 50, 190), (170, 90, 40)))
    through = travel([(-30.0, 210.0), (420.0, 210.0)], 100.0, start=0.5)
    comes = travel([(420.0, 190.0), (240.0, 190.0), (430.0, 190.0)], 65.0, start=3.0, stops={1: 4.5})
    actors = [Actor("person", red, *through), Actor("person", blue, *eased(*comes, 0.5))]
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    options = SceneOptions(384, 240, Fraction(10), seconds=13.0, seed=5)
    SyntheticScene(options, actors=actors).write(path)
    return path


@pytest.fixture(scope="module")
def filled(film: Path, detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("events") / "archive"
    archive = Archive.create(
        folder, name="Town", purpose="research", purpose_fields={"licence": "own"}, timezone="Europe/Paris"
    )
    take_in(archive, film, detector, camera="gate", start=START)
    add_zone(archive, "gate", "yard", "zone", [(0.4, 0.5), (0.9, 0.5), (0.9, 0.99), (0.4, 0.99)])
    add_zone(archive, "gate", "gate", "line", [(0.3, 0.99), (0.3, 0.3)])
    return folder


@pytest.fixture(scope="module")
def replayed(filled: Path, detector: Detector) -> list[Event]:
    ((_, events),) = events_of(Archive.open(filled), rules_file(), detector=detector)
    return events


def engine_of(archive: Archive, run: str = "run") -> Engine:
    scene = scene_of(archive, "gate", START, 384, 240)
    return Engine(rules_file().settings.rule, scene, "gate", run, START, zone=archive.settings.zone)


def test_tracks_and_footage_give_the_same_situations(filled: Path, replayed: list[Event]) -> None:
    archive = Archive.open(filled)
    ((row, stored),) = events_of(archive, rules_file())
    assert sorted(event.rule for event in stored) == ["gate", "stands", "wrong", "yard", "yard"]
    assert sorted(event.rule for event in replayed) == sorted(event.rule for event in stored)
    for one, other in zip(
        *(sorted(events, key=lambda event: (event.rule, event.met_s)) for events in (stored, replayed)),
        strict=True,
    ):
        assert (one.rule, one.subject, one.camera, one.run) == (
            other.rule,
            "person",
            "gate",
            row.recording_id,
        )
        assert abs(one.met_s - other.met_s) < 1.5


def test_the_same_footage_gives_the_same_events(
    filled: Path, film: Path, replayed: list[Event], detector: Detector
) -> None:
    run = replayed[0].run
    again = replay(film, detector, engine_of(Archive.open(filled), run), camera="gate", run=run, start=START)
    assert again == replayed
    assert len({event.key for event in again}) == len(again) > 0


def test_a_camera_and_its_recording_give_the_same_events(
    filled: Path, tmp_path: Path, detector: Detector
) -> None:
    """A film is played in real time, as a camera would send it, and read again: the keys are the same."""
    archive = Archive.open(filled)
    short = tmp_path / "short.mp4"
    red = walker(Outfit((50, 50, 190), (70, 60, 50)), 45.0)
    walks = travel([(-10.0, 210.0), (400.0, 210.0)], 100.0, start=0.2)
    options = SceneOptions(384, 240, Fraction(5), seconds=4.0, seed=5)
    SyntheticScene(options, actors=[Actor("person", red, *walks)]).write(short)
    live: list[Event] = []

    def note(moment: Moment, events: list[Event]) -> None:
        live.extend(events)

    connections = Connections(Source(str(short), real_time=True), rate=live_options().rate)
    for reader in connections.runs():
        run_rules(reader, detector, engine_of(archive), note, camera="gate", run="live", start=START)
    if connections.state.dropped:
        pytest.skip("this machine is too busy to take every picture in real time")
    recorded = replay(short, detector, engine_of(archive), camera="gate", run="run", start=START)
    assert recorded
    assert [event.key for event in live] == [event.key for event in recorded]
    assert [event.path for event in live] == [event.path for event in recorded]


def test_shadows_light_and_wind_meet_no_rule(filled: Path, tmp_path: Path, detector: Detector) -> None:
    """Nobody is there but parked cars: what is out of view casts its shadow on them, a cloud comes."""
    size = (384, 240)
    street = np.asarray(cv2.GaussianBlur(street_backdrop(*size, 3), (0, 0), 0.6), np.uint8)
    for body, paint, x in zip(CARS, ((44, 40, 178), (206, 206, 204)), (120.0, 270.0), strict=False):
        parked = place(car(body, paint, 30.0).sprite(0.0, 1, False), x, 205.0, 1.0, size)
        assert parked is not None
        lay(street, parked, 0.35)
    shade = np.zeros((60, 110), np.uint8)
    cv2.ellipse(shade, (55, 30), (40, 16), 0, 0, 360, 255, -1)
    soft = np.asarray(cv2.GaussianBlur(shade, (0, 0), 3), np.uint8)
    look = Sprite(np.zeros((60, 110, 4), np.uint8), soft, (55.0, 30.0))
    way = travel([(-60.0, 190.0), (230.0, 190.0), (450.0, 200.0)], 110.0, stops={1: 4.0})
    options = SceneOptions(
        *size, Fraction(5), 8.0, seed=3, light_drift=0.1, light_period_s=9.0, cloud_at_s=4.0, sway_px=3.0
    )
    path = tmp_path / "light.mp4"
    shadow = Actor("other", Still(look, look), *way)
    SyntheticScene(options, actors=[shadow], background=street).write(path)
    engine = engine_of(Archive.open(filled))
    assert replay(path, detector, engine, camera="gate", run="run", start=START) == []


def test_what_a_purpose_does_not_have_is_refused_and_recorded(tmp_path: Path) -> None:
    stricter = tmp_path / "mine.toml"
    stricter.write_text(
        'format = 1\nid = "mine"\nextends = "research"\n[signals]\nsituations = ["zone"]\n'
        'because.en = "The council agreed to no more."\nbecause.fr = "Le conseil s\'y est limité."\n'
    )
    folder = tmp_path / "archive"
    assert run(["init", str(folder), "--purpose", str(stricter), "--field", "licence=own"]) == 0
    archive = Archive.open(folder)
    with pytest.raises(RefusedError, match="no line: The council agreed to no more"):
        list(events_of(archive, rules_file()))
    entries = list(archive.gate.ledger.entries())
    assert any(entry.note.startswith("this archive is for mine") for entry in entries)


def test_a_zone_that_a_camera_has_not_is_shown_in_the_file(filled: Path) -> None:
    wrong = TEXT.replace('zone = "yard"', 'zone = "yrad"')
    with pytest.raises(UsageError, match=r"rules\.toml, line 5: 'rule\[1\]\.zone' is 'yrad'"):
        list(events_of(Archive.open(filled), rules_file(wrong)))


def test_the_command_tells_events(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(TEXT)
    assert run(["events", str(filled), "--rules", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "crossed line gate" in shown and "gate: 1, stands: 1, wrong: 1, yard: 2" in shown
    assert run(["events", str(filled), "--rules", str(path), "--json"]) == 0
    told = capsys.readouterr().out
    assert '"kind": "line"' in told and '"severity": "medium"' in told
    assert run(["events", str(filled), "--rules", str(path), "--csv"]) == 0
    assert capsys.readouterr().out.startswith("key,file,camera,run,rule,kind,place,began_s,met_s")
    path.write_text(TEXT.replace("for_s = 3", "for_s = 400").split("[[rule]]")[4].join(["[[rule]]", ""]))
    assert run(["events", str(filled), "--rules", str(path)]) == 7
    assert run(["events", str(filled), "--rules", str(tmp_path / "none.toml")]) == 2


def test_replaying_shows_one_bar_for_each_recording_and_takes_it_away(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[str] = []
    ended: list[str] = []

    class Counted:
        def __init__(self, name: str) -> None:
            self.name = name
            began.append(name)

        def move(self, second: float) -> None: ...

        def end(self) -> None:
            ended.append(self.name)

    monkeypatch.setattr(Bars, "add", lambda bars, name, footage_s: Counted(name))
    path = tmp_path / "rules.toml"
    path.write_text(TEXT)
    assert run(["events", str(filled), "--rules", str(path), "--replay"]) == 0
    names = [row.facts.file_name for row in Archive.open(filled).recordings()]
    assert began == ended == names


def test_what_only_a_replay_takes_is_refused_without(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(TEXT)
    for option, value in (("--rate", "3"), ("--detector-size", "320"), ("--model", "a.toml")):
        assert run(["events", str(filled), "--rules", str(path), option, value]) == 2
        assert f"{option} means nothing for stored tracks" in capsys.readouterr().err
