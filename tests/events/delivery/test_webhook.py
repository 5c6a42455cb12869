"""Signed requests to a real web server that takes them, refuses them, or leads elsewhere."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.archive import Archive
from apercu.archive.signal_records import AnswerRow, State
from apercu.errors import DeliveryError
from apercu.events.delivery.channels import WebhookSettings
from apercu.events.delivery.letters import Letter
from apercu.events.delivery.signing import HEADER, sign_webhook, verify_webhook
from apercu.events.delivery.webhook import WebhookChannel
from apercu.events.register import Register

from ..making import MET, make_event, make_picture
from ..parts import certificate, free_port, receiver

SECRET = "the key of the signature"


@pytest.fixture
def letter(archive: Archive) -> Letter:
    register = Register(archive)
    signal = register.add(make_event(), picture=make_picture(), rule_says="nobody in the yard")
    return Letter(signal, "Site", "0" * 16, register.picture(signal), "")


def channel(folder: Path, url: str, **other: Any) -> WebhookChannel:
    (folder / "key").write_text(SECRET)
    values = {"url": url, "allow_http": True, "allow_private": True, "password_file": Path("key")} | other
    return WebhookChannel(WebhookSettings(**values), folder)


def test_a_request_is_signed_and_can_be_verified(letter: Letter, tmp_path: Path) -> None:
    with receiver() as got:
        assert channel(tmp_path, f"http://127.0.0.1:{got.port}/in?a=b", pictures=True).send(letter) == ""
    ((path, headers, body),) = got.requests
    assert path == "/in?a=b"
    assert headers["Idempotency-Key"] == letter.key == json.loads(body)["key"]
    assert headers["Content-Type"] == "application/json"
    assert verify_webhook(SECRET, headers[HEADER], body)
    assert not verify_webhook("another", headers[HEADER], body)
    assert not verify_webhook(SECRET, headers[HEADER], body + b" ")
    assert not verify_webhook(SECRET, headers[HEADER], body, now=time.time() + 400)
    assert not verify_webhook(SECRET, headers[HEADER], body, now=time.time() - 400)
    assert SECRET.encode() not in body


def test_an_answer_is_known_by_a_key_of_its_own(letter: Letter, tmp_path: Path) -> None:
    given = AnswerRow(State.OPEN, "", "", "Tara", MET)
    told = replace(letter, answer=given, number=3)
    with receiver() as got:
        channel(tmp_path, f"http://127.0.0.1:{got.port}/in", pictures=True, answers=True).send(told)
        with pytest.raises(DeliveryError, match="ask for no answers") as raised:
            channel(tmp_path, f"http://127.0.0.1:{got.port}/in").send(told)
    assert raised.value.fault == "refused"
    ((_, headers, body),) = got.requests
    message = json.loads(body)
    assert headers["Idempotency-Key"] == message["key"] == f"{letter.key}-3"
    assert verify_webhook(SECRET, headers[HEADER], body)
    assert (message["event_type"], message["answered_at"]) == ("reopened", MET.isoformat())
    assert "picture" not in message and "Tara" not in body.decode()


def test_where_a_rule_says_nothing_the_message_tells_what_was_seen(archive: Archive) -> None:
    letter = Letter(Register(archive).add(make_event()), "Site", "0" * 16, None, "")
    told = letter.message(pictures=False)
    assert told["says"] == told["seen"] == "person in zone yard for 2.5 s; the rule says 2.0 s"


def test_where_a_rule_says_something_the_message_tells_what_was_seen_too(letter: Letter) -> None:
    told = letter.message(pictures=False)
    assert told["says"] == "nobody in the yard"
    assert told["seen"] == "person in zone yard for 2.5 s; the rule says 2.0 s"


@given(st.text(min_size=1), st.binary(), st.integers(0, 10**11), st.text())
def test_only_what_was_signed_is_verified(secret: str, body: bytes, at: int, other: str) -> None:
    header = sign_webhook(secret, body, at)
    assert verify_webhook(secret, header, body, now=at)
    assert verify_webhook(secret, header.replace("v1", "v2"), body, now=at) is False
    assert verify_webhook(secret, other, body, now=at) is False
    assert verify_webhook(secret + "x", header, body, now=at) is False


def test_over_https_with_its_own_certificate(letter: Letter, tmp_path: Path) -> None:
    public, context = certificate(tmp_path)
    with receiver(context) as got:
        url = f"https://localhost:{got.port}/"
        channel(tmp_path, url, allow_http=False, ca_file=public).send(letter)
        with pytest.raises(DeliveryError, match="the certificate is not right") as raised:
            channel(tmp_path, url, allow_http=False).send(letter)
    assert raised.value.fault == "channel"
    assert len(got.requests) == 1


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (500, "letter"),
        (409, "letter"),
        (503, "channel"),
        (429, "channel"),
        (404, "channel"),
        (401, "channel"),
        (422, "refused"),
    ],
)
def test_what_it_answers_decides_what_happens(
    letter: Letter, tmp_path: Path, status: int, fault: str
) -> None:
    with receiver() as got:
        got.answer = lambda _: (status, {})
        with pytest.raises(DeliveryError, match=f"the receiver answers {status}") as raised:
            channel(tmp_path, f"http://127.0.0.1:{got.port}/secret-path").send(letter)
    assert raised.value.fault == fault
    assert "secret-path" not in str(raised.value)


def test_no_redirect_is_followed(letter: Letter, tmp_path: Path) -> None:
    with receiver() as elsewhere, receiver() as got:
        got.answer = lambda _: (307, {"Location": f"http://127.0.0.1:{elsewhere.port}/"})
        with pytest.raises(DeliveryError, match=r"leads elsewhere and is not followed\. Correct url"):
            channel(tmp_path, f"http://127.0.0.1:{got.port}/").send(letter)
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "169.254.169.254", "0.0.0.0"]
)
def test_private_places_take_leave(letter: Letter, tmp_path: Path, host: str) -> None:
    with pytest.raises(DeliveryError, match=r"private network\. Where that is meant, set allow_private"):
        channel(tmp_path, f"http://{host}/", allow_private=False).send(letter)


def test_a_receiver_that_is_slow_is_left(letter: Letter, tmp_path: Path) -> None:
    with receiver() as got:
        got.wait_s = 0.6
        with pytest.raises(DeliveryError, match=r"did not answer within 0\.2 s") as raised:
            channel(tmp_path, f"http://127.0.0.1:{got.port}/", timeout_s=0.2).send(letter)
    assert raised.value.fault == "channel"


@pytest.mark.parametrize("url", ["http://host/\u00e9", "http://a..b/", "http://" + "a" * 70 + ".org/"])
def test_addresses_that_cannot_be_sent_are_refused_at_once(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        channel(tmp_path, url)


def test_a_missing_certificate_is_told_as_that(letter: Letter, tmp_path: Path) -> None:
    with receiver() as got:
        there = channel(tmp_path, f"https://127.0.0.1:{got.port}/", ca_file=Path("nowhere.pem"))
        with pytest.raises(DeliveryError, match="certificates cannot be read"):
            there.send(letter)


def test_checking_asks_for_nothing(tmp_path: Path) -> None:
    with receiver() as got:
        channel(tmp_path, f"http://127.0.0.1:{got.port}/in").check()
    assert got.requests == []
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel(tmp_path, f"http://127.0.0.1:{free_port()}/").check()
    with pytest.raises(DeliveryError, match="private network"):
        channel(tmp_path, "http://127.0.0.1/", allow_private=False).check()


def test_nobody_there_is_one_clear_message(letter: Letter, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as raised:
        channel(tmp_path, f"http://127.0.0.1:{free_port()}/").send(letter)
    assert str(raised.value) == (
        "webhook-default 127.0.0.1: cannot be reached (Connection refused). Check url and network."
    )
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel(tmp_path, "http://no-such-host.invalid/").send(letter)
