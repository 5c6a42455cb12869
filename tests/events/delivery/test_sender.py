"""The outbox is emptied in order, at least once, whatever the other side does; what fails is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.archive.outbox import Fate
from apercu.errors import DeliveryError, Fault, UsageError
from apercu.events.delivery.channels import DeliverySettings, TrySettings
from apercu.events.delivery.letters import Letter, Trial
from apercu.events.delivery.sender import Sender, open_channels
from apercu.events.delivery.trial import try_channels
from apercu.events.register import Register
from apercu.events.settings import parse_settings
from apercu.purposes import Ledger

from ..making import make_event, make_picture
from ..parts import wait_until

QUICK = TrySettings(tries=3, first_wait_s=0.01, longest_wait_s=0.02)
Answer = Callable[[Letter], Fault | None]


@dataclass
class Fake:
    """Takes letters, or fails as it is told."""

    answer: Answer = lambda letter: None
    name: str = "fake"
    took: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    closed: bool = False

    def check(self) -> None:
        return

    def begin(self) -> None:
        return

    def send(self, letter: Letter) -> str:
        self.tried.append(letter.key)
        fault = self.answer(letter)
        if fault is not None:
            raise DeliveryError(f"it fails ({fault})", fault=fault, where="fake")
        self.took.append(letter.key)
        return ""

    def try_out(self, trial: Trial) -> str:
        raise ValueError("the password is hunter2")

    def close(self) -> None:
        self.closed = True


def fill(archive: Archive, count: int, cameras: tuple[str, ...] = ("gate",)) -> list[str]:
    register = Register(archive, ["fake"])
    return [
        register.add(make_event(number, camera=cameras[number % len(cameras)]), picture=make_picture()).key
        for number in range(count)
    ]


def fates(archive: Archive) -> list[Fate]:
    return [letter.state for letter in archive.signals.outbox.letters()]


def test_a_fault_of_its_own_ends_no_channel_and_is_told(archive: Archive) -> None:
    def broken(letter: Letter) -> Fault | None:
        raise ValueError("the password is hunter2")

    channel = Fake(broken)
    with Sender(archive, [channel], QUICK) as sender:
        fill(archive, 1)
        wait_until(lambda: sender.states["fake"].failures > 2)
        assert sender.works
        channel.answer = lambda letter: None
        wait_until(lambda: fates(archive) == [Fate.DELIVERED])
    assert len(channel.tried) > 2


def test_a_fault_of_its_own_in_a_test_is_told_without_its_words(archive: Archive) -> None:
    channel = Fake()
    (tried,) = try_channels(archive, [channel])
    assert str(tried.error) == "fake: cannot be used (ValueError). Report this." and channel.closed
    assert list(Ledger(archive.path).entries())[-1].note == "not taken: fake"


def test_a_channel_that_is_away_for_days_is_still_tried(archive: Archive) -> None:
    fill(archive, 1)
    channel = Fake(lambda letter: "channel")
    with Sender(archive, [channel], TrySettings(first_wait_s=1e-6, longest_wait_s=1e-6)) as sender:
        sender.states["fake"].in_a_row = 5000
        wait_until(lambda: sender.states["fake"].in_a_row > 5002)
        assert sender.works


def test_letters_of_a_channel_that_is_no_more_say_so_and_are_given_up_in_time(archive: Archive) -> None:
    register = Register(archive, ["mail", "fake"])
    register.add(make_event(1))
    with Sender(archive, [Fake()], QUICK):
        wait_until(lambda: Fate.DELIVERED in fates(archive))
    (waiting,) = archive.signals.outbox.letters(Fate.WAITING)
    assert (waiting.channel, waiting.problem) == ("mail", "the settings name no channel of this name")
    with Sender(archive, [Fake()], TrySettings(give_up_h=1e-9)):
        pass
    (dead,) = archive.signals.outbox.letters(Fate.DEAD)
    assert dead.problem == "given up after 1e-09 h: the settings name no channel of this name"


def test_a_picture_that_cannot_be_read_keeps_no_signal_back(archive: Archive, tmp_path: Path) -> None:
    signal = Register(archive).add(make_event())
    for gone in (tmp_path / "gone.jpg", tmp_path):
        letter = Letter(signal, "Site", "0" * 16, gone, "")
        assert letter.enclosed() is None and "picture" not in letter.message(pictures=True)


def test_letters_arrive_once_and_in_order(archive: Archive) -> None:
    channel = Fake()
    with Sender(archive, [channel], QUICK) as sender:
        keys = fill(archive, 6, ("gate", "yard"))
        wait_until(lambda: len(channel.took) == 6)
        wait_until(lambda: fates(archive) == [Fate.DELIVERED] * 6)
        assert sender.works
    assert channel.took == keys and channel.closed
    assert sender.states["fake"].delivered == 6


def test_what_a_receiver_does_not_take_waits_and_holds_back_only_its_camera(archive: Archive) -> None:
    keys = fill(archive, 4, ("gate", "yard"))
    failures = iter(["letter", "letter"])
    channel = Fake(lambda letter: next(failures, None) if letter.key == keys[0] else None)
    told: list[str] = []
    with Sender(archive, [channel], QUICK, told=lambda _, problem: told.append(problem)):
        wait_until(lambda: len(channel.took) == 4)
    assert channel.took == [keys[1], keys[3], keys[0], keys[2]]
    assert told[0].startswith("fake: it fails") and told[-1] == ""


def test_after_its_tries_a_letter_is_dead_and_can_be_revived(archive: Archive) -> None:
    keys = fill(archive, 2)
    channel = Fake(lambda letter: "letter" if letter.key == keys[0] else None)
    with Sender(archive, [channel], QUICK):
        wait_until(lambda: keys[1] in channel.took)
        first, second = archive.signals.outbox.letters()
        assert (first.state, first.problem) == (
            Fate.DEAD, "given up after 3 tries: fake: it fails (letter)"
        )  # fmt: skip
        assert channel.tried == [keys[0]] * 3 + [keys[1]]
        channel.answer = lambda letter: None
        assert archive.signals.outbox.revive(datetime.now(UTC)) == 1
        wait_until(lambda: keys[0] in channel.took)
    assert second.key == keys[1]


def test_what_is_refused_is_given_up_at_once(archive: Archive) -> None:
    keys = fill(archive, 2)
    channel = Fake(lambda letter: "refused" if letter.key == keys[0] else None)
    with Sender(archive, [channel], QUICK):
        wait_until(lambda: channel.took == [keys[1]])
    assert channel.tried == keys
    (dead,) = archive.signals.outbox.letters(Fate.DEAD)
    assert (dead.problem, dead.tries) == ("fake: it fails (refused)", 1)


def test_while_a_channel_is_away_nothing_counts_against_letters(archive: Archive) -> None:
    keys = fill(archive, 3)
    away = True
    channel = Fake(lambda letter: "channel" if away else None)
    told: list[str] = []
    with Sender(archive, [channel], QUICK, told=lambda _, problem: told.append(problem)):
        wait_until(lambda: len(channel.tried) > 10)
        waiting = archive.signals.outbox.letters()
        assert {(letter.tries, letter.problem) for letter in waiting} == {(0, "fake: it fails (channel)")}
        away = False
        wait_until(lambda: channel.took == keys)
    # The same problem is told once, however often it is met.
    assert told == ["fake: it fails (channel)", ""]
    assert set(channel.tried) == set(keys)


def test_what_is_too_old_is_given_up(archive: Archive) -> None:
    fill(archive, 2)
    archive.signals.outbox.expire("fake", datetime.now(UTC) + timedelta(1), "given up after 24 h")
    assert fates(archive) == [Fate.DEAD] * 2
    channel = Fake()
    with Sender(archive, [channel], TrySettings(give_up_h=1e-9)):
        key = Register(archive, ["fake"]).add(make_event(9)).key
        wait_until(lambda: fates(archive) == [Fate.DEAD] * 3)
    assert key not in channel.took
    assert archive.signals.outbox.letters()[-1].problem == "given up after 1e-09 h"


def test_only_one_delivers_and_another_takes_over(archive: Archive) -> None:
    first, second = Fake(), Fake()
    with Sender(archive, [first], QUICK):
        fill(archive, 1)
        wait_until(lambda: len(first.took) == 1)
        other = Sender(Archive.open(archive.path), [second], QUICK)
        other.__enter__()
        Register(archive, ["fake"]).add(make_event(5))
        wait_until(lambda: len(first.took) == 2)
        assert second.tried == []
    Register(archive, ["fake"]).add(make_event(6))
    wait_until(lambda: len(second.took) == 1)
    other.__exit__()


def test_a_message_tells_the_signal_and_no_track(archive: Archive) -> None:
    channel = Fake()
    seen: list[Letter] = []
    channel.answer = lambda letter: seen.append(letter)
    with Sender(archive, [channel], TrySettings(page="https://host/signals")):
        (key,) = fill(archive, 1)
        wait_until(lambda: seen)
    told = json.loads(seen[0].to_json(pictures=True))
    assert told["key"] == key and told["schema"] == "apercu.signal/1"
    assert told["page"] == f"https://host/signals?signal={key}"
    assert told["picture"]["type"] == "image/jpeg"
    assert not {"path", "track_ids"} & told.keys()
    assert "picture" not in json.loads(seen[0].to_json())
    assert seen[0].to_json() == seen[0].to_json()


SETTINGS = """
[mqtt]
host = "broker"
user = "apercu"
password_env = "MQTT_PASSWORD"

[[webhook]]
name = "desk"
url = "https://desk.example.org/in"
password_file = "desk.key"

[mail]
host = "mail.example.org"
sender = "apercu@example.org"
to = ["guard@example.org"]
"""


def test_settings_become_channels(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("paho.mqtt.client")
    settings = parse_settings(SETTINGS, DeliverySettings, "watch.toml").settings
    with pytest.raises(UsageError, match="no password in the variable MQTT_PASSWORD"):
        open_channels(archive, settings, tmp_path)
    monkeypatch.setenv("MQTT_PASSWORD", "open sesame")
    with pytest.raises(UsageError, match=r"desk\.key: the password cannot be read"):
        open_channels(archive, settings, tmp_path)
    (tmp_path / "desk.key").write_text("key\n")
    names = tuple(channel.name for channel in open_channels(archive, settings, tmp_path))
    assert names == settings.channels == ("mqtt", "webhook-desk", "mail")
    assert "open sesame" not in repr(settings)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('password_env = "MQTT_PASSWORD"', 'password = "secret"', "line 5: 'mqtt.password' is not known"),
        ("https://desk", "http://desk", "an url without encryption"),
        (
            "https://desk.example.org/in",
            "desk.example.org",
            "line 9: 'webhook\\[1\\].url' must be an address",
        ),
        ("https://desk", "https://me:secret@desk", "must hold no user"),
        ('password_file = "desk.key"', "", "needs password_file"),
        ("guard@example.org", "guard", "must be an address like"),
        (
            'host = "mail.example.org"',
            'host = "m"\nsecurity = "none"\nuser = "u"',
            "has a user and no encryption",
        ),
        ('host = "broker"', 'host = "broker"\ntopic = "a/#"', "without \\+ and #"),
        ('host = "broker"', 'host = "mqtt://broker"', "'mqtt.host' must be a name or an address alone"),
        ('host = "broker"', 'host = "broker:1883"', "the port has a key of its own"),
        ("[mqtt]", '[delivery]\npage = "desk"\n[mqtt]', "'delivery.page' must be an address"),
        ("[mqtt]", '[delivery]\npage = "https://desk/?a=b"\n[mqtt]', r"without \? and #"),
        ('name = "desk"', 'name = "Desk 1"', "must be a name of small letters"),
    ],
)
def test_settings_that_are_not_right_are_one_line_that_says_where(old: str, new: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        parse_settings(SETTINGS.replace(old, new), DeliverySettings, "watch.toml")
    assert "watch.toml, line" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_password_does_not_travel_in_clear(archive: Archive, tmp_path: Path) -> None:
    pytest.importorskip("paho.mqtt.client")
    (tmp_path / "p").write_text("secret")
    text = '[mqtt]\nhost = "10.0.0.9"\ntls = false\nuser = "u"\npassword_file = "p"\n'
    with pytest.raises(UsageError, match="would travel unencrypted"):
        open_channels(archive, parse_settings(text, DeliverySettings, "w").settings, tmp_path)
    allowed = parse_settings(text + "plain_password = true\n", DeliverySettings, "w").settings
    assert len(open_channels(archive, allowed, tmp_path)) == 1
