"""Signals over a real broker, which goes away, refuses, and comes back."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.archive import Archive
from apercu.archive.outbox import Fate
from apercu.archive.signal_records import State
from apercu.errors import DeliveryError
from apercu.events.answers import answer
from apercu.events.delivery.channels import DeliverySettings, MqttSettings, TrySettings
from apercu.events.delivery.mqtt import discovery, picture_discovery, topic_part
from apercu.events.delivery.sender import Sender, open_channels
from apercu.events.register import Register

from ..making import make_event, make_picture
from ..parts import PUBLIC, Subscriber, broker, certificate, free_port, wait_until

pytest.importorskip("paho.mqtt.client")

QUICK = TrySettings(first_wait_s=0.05, longest_wait_s=0.3)
Told = list[tuple[str, str]]


def sender(
    archive: Archive, folder: Path, told: Callable[[str, str], None] = lambda *_: None, **settings: Any
) -> Sender:
    mqtt = MqttSettings(**{"host": "127.0.0.1", "tls": False} | settings)
    channels = open_channels(archive, DeliverySettings(mqtt=mqtt), folder, [("gate", "no entry")])
    return Sender(archive, channels, QUICK, told=told)


def test_signals_arrive_and_home_assistant_is_told(archive: Archive, tmp_path: Path) -> None:
    register, identity = Register(archive, ["mqtt"]), archive.settings.ledger[:16]
    status = f"apercu/{identity}/status"
    with broker(tmp_path) as there:
        listener = Subscriber(there.port)
        with sender(archive, tmp_path, port=there.port, pictures=True):
            wait_until(lambda: listener.heard)  # announced before anything is signalled
            keys = [register.add(make_event(n), picture=make_picture()).key for n in range(5)]
            keys.append(register.add(make_event(9, rule="queue / left", camera="yard")).key)
            wait_until(lambda: len(listener.signals()) == 6)
        wait_until(lambda: listener.heard[-1][:2] == (status, b"offline"))
        listener.close()
        late = Subscriber(there.port)  # retained are the discovery and the status, and nothing of people
        wait_until(lambda: len(late.heard) >= 3)
        late.close()
    assert [json.loads(told)["key"] for told in listener.signals()] == keys
    topics = [topic for topic, _, _ in listener.heard]
    assert topics[:2] == [status, f"homeassistant/event/apercu_{identity}_gate/no_entry/config"]
    assert f"apercu/{identity}/yard/{topic_part('queue / left')}/signal" in topics
    for camera in ("gate", "yard"):
        assert topics.count(f"homeassistant/image/apercu_{identity}_{camera}/picture/config") == 1
    pictures = [payload for topic, payload, _ in listener.heard if topic.endswith("/gate/picture")]
    assert pictures == [make_picture()] * 5
    assert not [
        topic for topic, _, retained in late.heard if retained and not topic.endswith(("config", "status"))
    ]


def test_answers_are_told_apart_from_signals_where_they_are_asked_for(
    archive: Archive, tmp_path: Path
) -> None:
    register, identity = Register(archive, ["mqtt"], answering=["mqtt"]), archive.settings.ledger[:16]
    with broker(tmp_path) as there:
        listener = Subscriber(there.port)
        signal = register.add(make_event(), picture=make_picture())
        answered = answer(archive, signal, State.DISMISSED, "light", "of the lorry of Mr Smith")
        with sender(archive, tmp_path, port=there.port, pictures=True, answers=True):
            wait_until(lambda: [topic for topic, _, _ in listener.heard if topic.endswith("/answer")])
        answer(archive, answered, State.OPEN)
        with sender(archive, tmp_path, port=there.port) as refusing:  # it was asked for, and no more is
            refusing.drain()
        listener.close()
    base = f"apercu/{identity}/gate/no_entry"
    mine = [(topic, payload, retain) for topic, payload, retain in listener.heard if topic.startswith(base)]
    assert [(topic, retain) for topic, _, retain in mine] == [
        (f"{base}/signal", False),
        (f"{base}/answer", False),
    ]
    told = json.loads(mine[1][1])
    assert (told["schema"], told["event_type"], told["reason"]) == ("apercu.answer/1", "dismissed", "light")
    assert (told["signal"], told["key"], told["number"]) == (signal.key, f"{signal.key}-1", 1)
    assert b"Smith" not in mine[1][1] and archive.gate.actor.encode() not in mine[1][1]
    assert len([topic for topic, _, _ in listener.heard if topic.endswith("/picture")]) == 1
    place = f"homeassistant/event/apercu_{identity}_gate/no_entry__answer/config"
    entity = json.loads(next(payload for topic, payload, _ in listener.heard if topic == place))
    assert entity["event_types"] == ["confirmed", "dismissed", "reopened"]
    assert entity["state_topic"] == f"{base}/answer"
    of_signals = discovery("apercu", identity, "Site", "gate", "no entry")
    assert entity["unique_id"] != of_signals["unique_id"] and of_signals["event_types"] == ["signal"]
    (dead,) = archive.signals.outbox.letters(Fate.DEAD)
    assert dead.answer == 2 and "the settings ask for no answers" in dead.problem


def test_the_last_will_of_a_lost_connection_is_told_before_the_next_one_is_there(
    archive: Archive, tmp_path: Path
) -> None:
    with broker(tmp_path) as there:
        settings = DeliverySettings(mqtt=MqttSettings(host="127.0.0.1", tls=False, port=there.port))
        lost, again = (open_channels(archive, settings, tmp_path)[0] for _ in range(2))
        listener = Subscriber(there.port)
        for channel in (lost, again):  # the broker has not noticed that the first one is gone
            channel.begin()
        wait_until(lambda: len(listener.heard) == 3)
        status = f"apercu/{archive.settings.ledger[:16]}/status"
        told = [(status, b"online"), (status, b"offline"), (status, b"online")]
        assert [heard[:2] for heard in listener.heard] == told
        for client in (again, lost, listener):
            client.close()


def test_the_discovery_is_what_home_assistant_reads() -> None:
    told = discovery("apercu", "0" * 16, "Site", "gate", "no entry")
    assert told["unique_id"] == f"apercu_{'0' * 16}_gate_no_entry"
    assert told["event_types"] == ["signal"]
    assert told["state_topic"] == f"apercu/{'0' * 16}/gate/no_entry/signal"
    assert told["device"]["identifiers"] and told["origin"]["name"] == "Aperçu"
    picture = picture_discovery("apercu", "0" * 16, "Site", "gate")
    assert picture["image_topic"] == f"apercu/{'0' * 16}/gate/picture"
    assert picture["content_type"] == "image/jpeg" and "image_encoding" not in picture
    assert picture["device"] == told["device"] and picture["unique_id"] != told["unique_id"]
    assert topic_part("été/#+").startswith("t__") and topic_part("+").startswith("__")


def test_names_of_words_are_read_in_their_topics_and_all_others_have_topics_of_their_own() -> None:
    plain = {"T r auf": "T_r_auf", "no entry": "no_entry", "gate-1": "gate-1", "in - out": "in_-_out"}
    assert {name: topic_part(name) for name in plain} == plain
    others = [
        *("Вход", "Выход", "Tür auf", "in -> out", "in <- out", "speed > 30", "speed < 30", "!!", "??", "+"),
        *("a.b", "a_b", "a  b", "gate.1", "gate_1", "_", "__", topic_part("in -> out")),
    ]
    parts = [topic_part(name) for name in (*plain, *others, "a b", "speed 30", "gate 1")]
    assert len({*parts}) == len(parts)
    assert all(re.fullmatch("[a-zA-Z0-9_-]+", part) for part in parts)


NAMES = st.text(min_size=1, max_size=80) | st.text("ab_ .-<>é", min_size=1, max_size=8)


@given(NAMES, NAMES)
def test_two_names_never_share_a_topic(one: str, other: str) -> None:
    # What one became could be another's name.
    named = dict.fromkeys([one, other, topic_part(one), topic_part(other), one.replace("_", " ")])
    parts = {topic_part(name) for name in named if name.isprintable()}
    assert len(parts) == sum(name.isprintable() for name in named)
    assert all(re.fullmatch("[a-zA-Z0-9_-]+", part) for part in parts)


def test_rules_whose_names_differ_in_signs_only_are_entities_of_their_own(
    archive: Archive, tmp_path: Path
) -> None:
    register = Register(archive, ["mqtt"])
    with broker(tmp_path) as there:
        listener = Subscriber(there.port)
        with sender(archive, tmp_path, port=there.port):
            for number, rule in enumerate(("in -> out", "in <- out")):
                register.add(make_event(number, rule=rule))
            wait_until(lambda: len(listener.signals()) == 2)
        listener.close()
    told = [(topic, json.loads(text)) for topic, text, _ in listener.heard if topic.endswith("/config")]
    by_name = {entity["name"]: (topic, entity["unique_id"], entity["state_topic"]) for topic, entity in told}
    assert all(len({*column}) == 3 for column in zip(*by_name.values(), strict=True))
    heard = [(topic, json.loads(text)) for topic, text, _ in listener.heard if topic.endswith("/signal")]
    assert [topic for topic, _ in heard] == [by_name[message["rule"]][2] for _, message in heard]


def test_a_broker_that_comes_back_gets_all_in_order(archive: Archive, tmp_path: Path) -> None:
    register = Register(archive, ["mqtt"])
    told: Told = []
    with broker(tmp_path) as there:
        listener = Subscriber(there.port)
        with sender(archive, tmp_path, lambda *words: told.append(words), port=there.port):
            keys = []
            for step in range(3):
                keys.append(register.add(make_event(step)).key)
                wait_until(lambda: any(keys[-1].encode() in told for told in listener.signals()))
                listener.there.clear()
                there.stop()
                keys.append(register.add(make_event(10 + step)).key)
                wait_until(lambda: told and told[-1][1])
                there.start()
                assert listener.there.wait(30)
                wait_until(lambda: told[-1] == ("mqtt", ""))
            wait_until(lambda: archive.signals.outbox.depths()[0].count == 6)
            wait_until(lambda: len(archive.signals.outbox.depths()) == 1)
        listener.close()
    arrived = dict.fromkeys(json.loads(signal)["key"] for signal in listener.signals())
    # What came while nobody listened was lost on the way to the listener, and not in the outbox.
    assert [key for key in keys if key in arrived] == list(arrived)
    assert set(keys[::2]) <= set(arrived)
    assert any("cannot be reached" in problem for _, problem in told)


def test_a_wrong_password_is_one_clear_message_without_it(archive: Archive, tmp_path: Path) -> None:
    told: Told = []
    (tmp_path / "wrong").write_text("hunter2\n")
    (tmp_path / "right").write_text("open sesame\n")
    Register(archive, ["mqtt"]).add(make_event())
    with broker(tmp_path, password="open sesame") as there:
        listener = Subscriber(there.port, "apercu", "open sesame")
        common = {"port": there.port, "user": "apercu"}
        with sender(archive, tmp_path, lambda *w: told.append(w), password_file=Path("wrong"), **common):
            wait_until(lambda: told)
        (letter,) = archive.signals.outbox.letters()
        with sender(archive, tmp_path, password_file=Path("right"), **common):
            wait_until(lambda: listener.signals())
        listener.close()
    said = (
        f"mqtt 127.0.0.1:{there.port}: the broker lets nobody in (Not authorized). Check user and password."
    )
    assert told == [("mqtt", said)]
    assert "hunter2" not in str(letter)
    assert (letter.tries, letter.state, letter.problem) == (0, "waiting", said)


def test_checking_says_nothing_to_anybody(archive: Archive, tmp_path: Path) -> None:
    def checked(**settings: Any) -> str:
        mqtt = MqttSettings(host="127.0.0.1", tls=False, user="apercu", **settings)
        (channel,) = open_channels(archive, DeliverySettings(mqtt=mqtt), tmp_path, [("gate", "no entry")])
        try:
            channel.check()
        except DeliveryError as error:
            return str(error)
        return ""

    (tmp_path / "wrong").write_text("hunter2\n")
    (tmp_path / "right").write_text("open sesame\n")
    with broker(tmp_path, password="open sesame") as there:
        assert "lets nobody in" in checked(port=there.port, password_file=Path("wrong"))
        assert checked(port=there.port, password_file=Path("right")) == ""
        late = Subscriber(there.port, "apercu", "open sesame")
        late.close()
    assert late.heard == []  # neither discovery nor status: what watches meanwhile stays as it is
    assert "cannot be reached" in checked(port=free_port())


def test_nobody_there_is_one_clear_message(archive: Archive, tmp_path: Path) -> None:
    told: Told = []
    port = free_port()
    with sender(archive, tmp_path, lambda *words: told.append(words), port=port) as sending:
        wait_until(lambda: sending.states["mqtt"].failures > 2)
    assert len(told) == 1
    assert told[0][1] == (
        f"mqtt 127.0.0.1:{port}: the broker cannot be reached (Connection refused). Check host, port and tls."
    )


# paho-mqtt leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_with_a_certificate_is_trusted_by_it_and_by_its_name(
    archive: Archive, tmp_path: Path
) -> None:
    Register(archive, ["mqtt"]).add(make_event())
    for name in ("other", "elsewhere"):
        (tmp_path / name).mkdir()
    certificate(tmp_path / "other")
    trusted = Path("other", PUBLIC), None, Path("nowhere.pem")
    with broker(tmp_path, names=["localhost"]) as there:
        said = [said_first(archive, tmp_path, port=there.port, ca_file=each) for each in trusted]
        assert all("the broker's certificate is not right (self-signed" in one for one in said[:2])
        assert all(one.endswith(". Check host or ca_file.") for one in said[:2])
        assert said[2].endswith("the certificates cannot be read (No such file or directory). Check ca_file.")
        with sender(archive, tmp_path, port=there.port, tls=True, ca_file=Path(PUBLIC)) as sending:
            wait_until(lambda: sending.states["mqtt"].delivered == 1)
    elsewhere = tmp_path / "elsewhere"
    with broker(elsewhere, names=["broker.example.org"]) as there:
        said = [said_first(archive, elsewhere, port=there.port, ca_file=Path(PUBLIC))]
    assert "the broker's certificate is not right (" in said[0] and "127.0.0.1" in said[0].partition("(")[2]
    assert {letter.state for letter in archive.signals.outbox.letters()} == {Fate.DELIVERED}
    gc.collect()


def said_first(archive: Archive, folder: Path, **settings: Any) -> str:
    """Return what is told first of a broker that should encrypt."""
    told: Told = []
    with sender(archive, folder, lambda *words: told.append(words), tls=True, **settings):
        wait_until(lambda: told)
    assert len(told) == 1
    return told[0][1]


# paho-mqtt leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_without_encryption_is_told_from_one_with(archive: Archive, tmp_path: Path) -> None:
    told: Told = []
    with (
        broker(tmp_path) as there,
        sender(archive, tmp_path, lambda *words: told.append(words), port=there.port, tls=True),
    ):
        wait_until(lambda: told)
    assert "Check host, port and tls" in told[0][1]
    gc.collect()
