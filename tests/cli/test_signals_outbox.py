"""What waits to be delivered, what is dead, and why: told so that one knows how to go on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apercu.archive import Archive
from apercu.events.delivery.signing import HEADER, verify_webhook
from apercu.events.precision import precisions
from apercu.events.register import Register
from apercu.purposes import Ledger

from ..events.making import make_event
from ..events.parts import Subscriber, broker, free_port, receiver, wait_until
from .conftest import Result


def test_it_is_told_why_letters_wait_and_how_to_send_dead_ones(
    new_archive: Path, tmp_path: Path, cli: Callable[..., Result]
) -> None:
    archive = Archive.open(shutil.copytree(new_archive, tmp_path / "town"))
    register, outbox = Register(archive, ["mqtt", "desk", "mail"]), archive.signals.outbox
    register.add(make_event())
    first, second, third = (letter.number for letter in outbox.letters())
    outbox.held_up("mqtt", "the broker lets nobody in")
    outbox.dead(second, "400 Bad Request")
    outbox.failed(third, "421 later", next_at=datetime.now(UTC) + timedelta(hours=1))
    told = cli("signals", "outbox", archive.path).out
    rows = {words[0]: words for words in map(str.split, told.splitlines()) if words and words[0].isdigit()}
    assert rows[str(first)][4:7] == ["waiting", "0", "due"] and "the broker lets nobody in" in told
    assert rows[str(second)][4:7] == ["dead", "1", "-"] and "400 Bad Request" in told
    assert rows[str(third)][4:6] == ["waiting", "1"] and "due" not in rows[str(third)]
    assert f"apercu signals retry {archive.path} --all" in told
    assert "1 letter to be tried again" in cli("signals", "retry", archive.path, "--all").out
    assert "retry" not in cli("signals", "outbox", archive.path).out
    told = cli("signals", "outbox", archive.path, "--last", 2).out
    shown = [int(words[0]) for words in map(str.split, told.splitlines()) if words and words[0].isdigit()]
    assert shown == [second, third] and "The newest 2 of 3; more with --last." in told
    assert len(cli("signals", "outbox", archive.path, "--json").json) == 3


def test_a_test_goes_over_each_channel_and_is_no_signal(
    new_archive: Path, tmp_path: Path, cli: Callable[..., Result]
) -> None:
    archive = Archive.open(shutil.copytree(new_archive, tmp_path / "town"))
    (tmp_path / "secret").write_text("hunter2 open sesame")
    config, named = tmp_path / "watch.toml", f"apercu/{archive.settings.ledger[:16]}"
    with broker(tmp_path) as there, receiver() as got:
        config.write_text(f"""
archive = "town"
camera = [{{name = "gate", source = "film.mp4", rule = [{{name = "r", kind = "density", above = 9}}]}}]
mqtt = {{host = "127.0.0.1", port = {there.port}, tls = false, pictures = true}}
[[webhook]]
url = "http://127.0.0.1:{got.port}/in?token=hidden"
allow_http = true
allow_private = true
password_file = "secret"
pictures = true
[mail]
host = "127.0.0.1"
port = {free_port()}
user = "me"
password_file = "secret"
sender = "a@example.org"
to = ["b@example.org"]
""")
        listener = Subscriber(there.port)
        told = cli("signals", "test", config)
        wait_until(lambda: listener.heard)
        listener.close()
        as_json = cli("signals", "test", config, "--json")
        only = cli("signals", "test", config, "--channel", "webhook-default")
        assert cli("signals", "test", config, "--channel", "fax").code == 2
    assert told.code == as_json.code == 6 and only.code == 0
    assert told.out.splitlines() == [
        f"mqtt: delivered, topic {named}/test",
        "webhook-default: delivered, the receiver answers 204 No Content",
    ]
    (line,) = told.err.splitlines()
    assert line.startswith("mail: not delivered; mail 127.0.0.1: the server cannot be reached (Connection")
    assert only.out.startswith("webhook-default: delivered") and len(only.out.splitlines()) == 1
    assert [each["delivered"] for each in as_json.json] == [True, True, False]
    assert as_json.json[2]["error"]["kind"] == "DeliveryError"
    # Nothing but the test was published: neither a state, nor anything that Home Assistant makes a rule of.
    ((topic, payload, retained),) = listener.heard
    message = json.loads(payload)
    assert (topic, retained) == (f"{named}/test", False)
    assert (message["schema"], message["event_type"]) == ("apercu.test/1", "test")
    assert not {"camera", "rule", "kind", "met_at", "picture"} & message.keys()
    keys = [headers["Idempotency-Key"] for _, headers, _ in got.requests]
    assert keys[0] == message["key"] and len(set(keys)) == 3  # each test is another one
    _, headers, body = got.requests[0]
    assert verify_webhook("hunter2 open sesame", headers[HEADER], body)
    assert json.loads(body)["event_type"] == "test" and "picture" in json.loads(body)
    assert archive.signals.outbox.letters() == [] and Register(archive).signals() == precisions(archive) == []
    noted = [entry for entry in Ledger(archive.path).entries() if "test of delivery" in entry.subject]
    assert noted[-1].note == "taken" and "not taken: mail" in [entry.note for entry in noted]
    shown = told.out + told.err + as_json.out + as_json.err + str(noted)
    assert "hunter2" not in shown and "hidden" not in shown
