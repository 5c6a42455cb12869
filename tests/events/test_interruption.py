"""What was told before a process was killed and goes on is not told again; what is new is told."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apercu.archive import Archive
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.interruption import Before, GoingOn
from apercu.events.register import Register
from apercu.events.rules import RulesFile
from apercu.events.settings import parse_settings
from apercu.events.silence import Silence
from apercu.events.watching.group import left_going_on
from apercu.events.watching.status import CameraStatus, GroupStatus, Heartbeats, read_status, write_status

from .drawn import SQUARE, START, Thing, moments, rules
from .making import make_event

ZONE = '[[rule]]\nname = "in"\nkind = "zone"\nzone = "yard"\n'
MANY = '[[rule]]\nname = "many"\nkind = "density"\nzone = "yard"\nabove = 1\n'
LOST = '[[rule]]\nname = "lost"\nkind = "view-lost"\nwhat = "lost"\nfor_s = 10\n'
AWAY_S = 5.0
STILL = GoingOn("in", "person", (1.0, 2.0, 3.0, 4.0), START.isoformat())


def stays(number: int, x: float = 300.0, came_s: float = 0.0, name: str = "person") -> Thing:
    """Return one who sways on the spot from a second on."""
    times = [came_s + 0.5 * n for n in range(80)]
    return Thing(number, times, [(x + 6 * (n % 2), 200) for n in range(80)], name)


def run(
    text: str, things: Iterable[Thing], until_s: float, start: datetime = START, before: Before | None = None
) -> tuple[list[Event], list[GoingOn]]:
    engine = Engine(rules(text), SQUARE, "gate", "run", start, before=before)
    return [event for each in moments(things, until_s) for event in engine.see(each)], engine.going_on()


def again(
    text: str, before: tuple[list[Event], list[GoingOn]], things: Iterable[Thing], away_s: float = AWAY_S
) -> list[Event]:
    """Return what is told after a restart, some seconds after a run of ten seconds."""
    start = START + timedelta(seconds=10.0 + away_s)
    met_at = {event.rule: event.met_at for event in before[0] if event.met_at is not None}
    return run(text, things, 20.0, start, Before(start, met_at, before[1]))[0]


def test_who_is_still_there_is_not_told_again_and_who_comes_is() -> None:
    first = run(ZONE, [stays(7)], 10.0)
    assert [event.rule for event in first[0]] == [each.rule for each in first[1]] == ["in"]
    assert first[1][0].subject == "person" and first[1][0].box is not None
    assert again(ZONE, first, [stays(1)]) == []
    (event,) = again(ZONE, first, [stays(1), stays(2, 340, came_s=12.0)])
    assert event.track_ids == (2,)
    assert len(again(ZONE, first, [stays(1), stays(2, 340)])) == 1  # one goes on as one


def test_who_left_before_is_not_taken_for_who_comes_after() -> None:
    gone = run(ZONE, [Thing(7, [0, 5, 6, 9.8], [(300, 200), (306, 200), (500, 200), (600, 200)])], 10.0)
    assert len(gone[0]) == 1 and gone[1] == []
    assert len(again(ZONE, gone, [stays(1)])) == 1


@pytest.mark.parametrize(
    ("other", "away_s"),
    [(stays(1, name="car"), 5.0), (stays(1, 390), 0.2), (stays(1), 100.0)],
    ids=["of another class", "too far off for the time", "after too long"],
)
def test_what_cannot_be_the_same_is_told(other: Thing, away_s: float) -> None:
    first = run(ZONE, [stays(7, 215)], 10.0)
    assert len(again(ZONE, first, [other], away_s)) == 1


def test_a_cool_down_goes_on_over_a_restart_and_is_not_made_longer() -> None:
    text = ZONE + "cooldown_s = 20"
    first = run(text, [stays(7)], 10.0)
    (met,) = first[0]
    (event,) = again(text, first, [stays(1), stays(2, 340, came_s=1.0)])
    assert event.met_at is not None and met.met_at is not None
    assert event.met_at - met.met_at == timedelta(seconds=20)


def test_a_situation_of_the_scene_goes_on() -> None:
    both = [stays(7), stays(8, 340)]
    first = run(MANY, both, 10.0)
    assert len(first[0]) == len(first[1]) == 1
    assert again(MANY, first, both) == []


def test_killed_twice_before_it_was_seen_again_it_is_still_known() -> None:
    first = run(ZONE, [stays(7)], 10.0)
    start = START + timedelta(seconds=15)
    second = run(ZONE, [], 1.0, start, Before(start, {}, first[1]))
    assert second == ([], first[1])


def test_what_was_told_after_the_last_status_goes_on_too(archive: Archive) -> None:
    register = Register(archive)
    register.add(make_event(0, rule="long over"))
    status = GroupStatus("cameras", cameras=[CameraStatus("gate", going_on=[STILL]), CameraStatus("yard")])
    write_status(archive.path, status)
    time.sleep(0.002)  # the status tells its time in milliseconds
    events = [make_event(1), make_event(2, camera="yard")]
    for event in events:
        register.add(event)
    (earlier,) = read_status(archive.path)
    found = left_going_on("gate", earlier, register)
    assert [each.rule for each in found] == ["in", events[0].rule]
    assert found[1] == GoingOn.of(events[0])
    assert left_going_on("gate", GroupStatus("cameras"), register) == []


def test_a_camera_that_is_silent_is_told_once_over_a_restart() -> None:
    listed = parse_settings(LOST, RulesFile, "rules.toml").settings.rule
    now = START.astimezone(ZoneInfo("Europe/Zurich"))
    silence = Silence(listed, "gate")
    assert silence.see(now, connected=False) == []
    (event,) = silence.see(now + timedelta(seconds=11), connected=False)
    going_on = silence.going_on(now + timedelta(seconds=11))
    assert [each.rule for each in going_on] == [event.rule] and event.met_at is not None
    later = [now + timedelta(seconds=second) for second in (20, 40, 60)]
    after = Silence(listed, "gate", {"lost": event.met_at}, going_on)
    assert [after.see(each, connected=False) for each in later] == [[], [], []]
    assert after.see(later[-1], connected=True) == [] and after.going_on(later[-1]) == []


def test_a_camera_that_is_still_silent_long_after_is_told_again() -> None:
    listed = parse_settings(LOST, RulesFile, "rules.toml").settings.rule
    now = START.astimezone(ZoneInfo("Europe/Zurich"))
    told = GoingOn("lost", "", None, now.isoformat())
    after = Silence(listed, "gate", {"lost": now}, [told])
    moments = [now + timedelta(hours=9, seconds=second) for second in range(0, 30, 5)]
    assert [len(after.see(each, connected=False)) for each in moments] == [0, 0, 1, 0, 0, 0]


def test_silence_counts_from_when_its_schedule_opens() -> None:
    text = LOST + '\nschedule = [{from = "22:00:00", until = "06:00:00"}]'
    listed = parse_settings(text, RulesFile, "rules.toml").settings.rule
    silence = Silence(listed, "gate")
    begin = datetime(2026, 3, 2, 20, 0, tzinfo=ZoneInfo("Europe/Zurich"))
    told = [
        event.met_at
        for second in range(0, 30 * 3600, 5)
        for event in silence.see(begin + timedelta(seconds=second), connected=False)
    ]
    # Each night once, after as long as the rule says.
    assert told == [begin + timedelta(hours=2, seconds=10), begin + timedelta(hours=26, seconds=10)]


def test_what_a_clock_told_that_was_ahead_holds_nothing_back() -> None:
    ahead = START + timedelta(hours=2)
    met_at = {"in": ahead, "lost": ahead}
    still = GoingOn("in", "person", (295.0, 160.0, 315.0, 200.0), ahead.isoformat())
    found, _ = run(ZONE, [stays(7, came_s=12.0)], 20.0, before=Before(START, met_at, [still]))
    assert len(found) == 1
    found, _ = run(ZONE + "cooldown_s = 15", [stays(7)], 20.0, before=Before(START, met_at))
    assert [event.met_s for event in found] == [15.0]
    listed = parse_settings(LOST + "cooldown_s = 60", RulesFile, "rules.toml").settings.rule
    silence = Silence(listed, "gate", met_at, [GoingOn("lost", "", None, ahead.isoformat())])
    told = [silence.see(START + timedelta(seconds=second), connected=False) for second in (0, 11)]
    assert [len(each) for each in told] == [0, 1]


def test_how_long_nothing_is_told_is_counted_by_no_clock_that_is_set(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([100.0, 130.0, 170.0, 171.0])
    monkeypatch.setattr("apercu.events.watching.status.time.monotonic", lambda: next(seconds))
    write_status(archive.path, GroupStatus("cameras", state="watching"))
    (path,) = (archive.path / "watching").glob("*.json")
    told = read_status(archive.path)[0].told_at
    path.write_text(path.read_text().replace(told, "2020-01-01T00:00:00+00:00"))
    beats = Heartbeats(archive.path)
    assert [beats.silent_s("cameras"), beats.silent_s("cameras")] == [0.0, 30.0]
    path.write_text(path.read_text().replace("2020-", "2039-"))
    assert [beats.silent_s("cameras"), beats.silent_s("others")] == [0.0, 0.0]


def test_a_status_that_goes_while_it_is_looked_for_is_not_there(archive: Archive) -> None:
    write_status(archive.path, GroupStatus("cameras"))
    (archive.path / "watching" / "gone.json").symlink_to("nowhere")
    assert [group.group for group in read_status(archive.path)] == ["cameras"]


def test_a_status_that_cannot_be_written_is_still_no_silence(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_status(archive.path, GroupStatus("cameras", state="watching"))
    (path,) = (archive.path / "watching").glob("*.json")
    old = path.read_text()
    (before,) = read_status(archive.path)

    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    time.sleep(1.2)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write_status(archive.path, GroupStatus("cameras", state="watching"))
    assert path.read_text() == old and list(path.parent.iterdir()) == [path]
    (after,) = read_status(archive.path)
    assert after.told_at > before.told_at and after.silent_s < 15
    path.write_bytes(b"{}")
    assert read_status(archive.path) == []
