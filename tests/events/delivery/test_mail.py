"""Signals to a real mail server, which asks for a password, refuses, or is not there."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apercu.archive import Archive
from apercu.errors import DeliveryError
from apercu.events.delivery.channels import MailSettings
from apercu.events.delivery.letters import Letter, Trial
from apercu.events.delivery.mail import MailChannel, written
from apercu.events.register import Register

from ..making import MET, make_event, make_picture
from ..parts import certificate, free_port

controller = pytest.importorskip("aiosmtpd.controller")
smtp = pytest.importorskip("aiosmtpd.smtp")
PASSWORD = "open sesame"
FROM, TO = "apercu@example.org", ("guard@example.org", "office@example.org")
TRIAL = Trial("1" * 32, "Site", "0" * 16, MET, make_picture(), "https://host/signals")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
"""Fourteen hours before UTC, all year."""


class Sink:
    """Keeps what comes; ``refuse`` returns what is said against sender, recipient or mail, or None."""

    def __init__(self, refuse: Callable[[str], str | None]) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = refuse

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        said = self.refuse(address)
        if said is None:
            envelope.mail_from = address
        return said or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        said = self.refuse(address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = self.refuse("data")
        if said is None:
            made = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(made, EmailMessage)
            self.mails.append(made)
        return said or "250 OK"


@contextmanager
def mail_server(
    folder: Path, refuse: Callable[[str], str | None] = lambda _: None, **other: Any
) -> Iterator[tuple[Sink, int]]:
    sink = Sink(refuse)
    made = controller.Controller(sink, hostname="127.0.0.1", port=free_port(), **other)
    made.start()
    try:
        yield sink, made.port
    finally:
        made.stop()


@pytest.fixture
def letter(archive: Archive) -> Letter:
    register = Register(archive)
    signal = register.add(make_event(), picture=make_picture(), rule_says="nobody in the yard at night")
    page = "https://host/signals?signal=1"
    return Letter(signal, "Site", "0" * 16, register.picture(signal), page, KIRITIMATI)


def channel(folder: Path, port: int, **other: Any) -> MailChannel:
    values = {
        "host": "127.0.0.1", "port": port, "security": "none", "sender": FROM, "to": TO
    }  # fmt: skip
    return MailChannel(MailSettings(**values | other), folder)


def test_a_mail_says_it_all_and_has_the_picture(letter: Letter, tmp_path: Path) -> None:
    with mail_server(tmp_path) as (sink, port):
        assert channel(tmp_path, port).send(letter) == ""
        channel(tmp_path, port, pictures=False).send(letter)
    first, second = sink.mails
    assert first["Subject"] == "[Site] no entry: gate, yard"
    assert first["Message-ID"] == second["Message-ID"] == f"<{letter.key}@apercu>"
    text = first.get_body().get_content()  # type: ignore[union-attr]
    assert "nobody in the yard at night." in text
    assert "Measured: 2.5 s against 2 s" in text
    assert f"When: {MET:%Y-%m-%d} 14:00:00+14:00" in text  # by the archive's clock
    assert "A person decides: https://host/signals?signal=1" in text
    (picture,) = first.iter_attachments()
    assert (picture.get_content_type(), picture.get_content()) == ("image/jpeg", make_picture())
    assert not list(second.iter_attachments())


@pytest.mark.parametrize(
    ("severity", "subject", "importance", "priority"),
    [
        ("high", "[Site] (high) no entry: gate, yard", "high", "1 (highest)"),
        ("medium", "[Site] no entry: gate, yard", None, None),
        ("low", "[Site] (low) no entry: gate, yard", "low", "5 (lowest)"),
    ],
)
def test_a_mail_is_as_urgent_as_its_rule_says(
    archive: Archive, severity: str, subject: str, importance: str | None, priority: str | None
) -> None:
    letter = Letter(Register(archive).add(make_event(severity=severity)), "Site", "0" * 16, None, "")
    mail = written(letter, MailSettings(host="h", sender="a@example.org", to=("b@example.org",)))
    assert (mail["Subject"], mail["Importance"], mail["X-Priority"]) == (subject, importance, priority)
    assert f"\nSeverity: {severity}\n" in mail.get_content()


@pytest.mark.parametrize("password", [PASSWORD, "hunter2"])
def test_encrypted_and_logged_in(letter: Letter, tmp_path: Path, password: str) -> None:
    public, context = certificate(tmp_path)
    (tmp_path / "password").write_text(password)

    def check(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> Any:
        return smtp.AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    server = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": check}
    secure = {"security": "starttls", "user": "apercu", "password_file": Path("password"), "ca_file": public}
    with mail_server(tmp_path, **server) as (sink, port):
        made = channel(tmp_path, port, **secure)
        if password == PASSWORD:
            made.send(letter)
            with pytest.raises(DeliveryError, match="the certificate is not right"):
                channel(tmp_path, port, **secure | {"ca_file": None}).send(letter)
        else:
            with pytest.raises(DeliveryError) as raised:
                made.send(letter)
            told = "the server does not take user and password (535). Check user and password."
            assert str(raised.value) == f"mail 127.0.0.1: {told}"
            assert raised.value.fault == "channel"
    assert len(sink.mails) == (password == PASSWORD)


@pytest.mark.parametrize(
    ("refuse", "fault", "told"),
    [
        (lambda at: "550 no such" if at in TO else None, "refused", "takes none of the addresses (550)"),
        (lambda at: "450 later" if at in TO else None, "letter", "takes none of the addresses (450)"),
        (lambda at: "530 log in" if at in TO else None, "channel", "takes none of the addresses (530)"),
        (lambda at: "421 closing" if at == "data" else None, "channel", "does not take it (421 closing)"),
        (lambda at: "552 too large" if at == FROM else None, "refused", "does not take it (552 too large)"),
        (lambda at: "554 spam" if at == "data" else None, "refused", "does not take it (554 spam)"),
        (lambda at: "451 later" if at == "data" else None, "letter", "does not take it (451 later)"),
    ],
)
def test_what_it_says_decides_what_happens(
    letter: Letter, tmp_path: Path, refuse: Callable[[str], str | None], fault: str, told: str
) -> None:
    with mail_server(tmp_path, refuse) as (sink, port), pytest.raises(DeliveryError) as raised:
        channel(tmp_path, port).send(letter)
    assert raised.value.fault == fault and told in str(raised.value)
    assert sink.mails == []


@pytest.mark.parametrize("said", ["530 5.7.0 Authentication required", "550 5.7.1 sender not allowed"])
def test_who_takes_no_mail_of_the_sender_is_found_before_the_first_and_all_wait(
    letter: Letter, tmp_path: Path, said: str
) -> None:
    with mail_server(tmp_path, {FROM: said}.get) as (sink, port):
        made = channel(tmp_path, port)
        for act in (made.check, lambda: made.send(letter)):
            with pytest.raises(DeliveryError, match=r"does not take it \(5[35]0") as raised:
                act()
            assert raised.value.fault == "channel"
    assert sink.mails == []


def test_whom_it_does_not_take_is_told_when_others_are(letter: Letter, tmp_path: Path) -> None:
    refuse = {"office@example.org": "550 no such"}.get
    with mail_server(tmp_path, refuse) as (sink, port):
        assert channel(tmp_path, port).send(letter) == "not taken for office@example.org"
        with pytest.raises(DeliveryError, match="not taken for office@"):
            channel(tmp_path, port).try_out(TRIAL)
    assert len(sink.mails) == 2


def test_a_test_is_no_mail_of_a_signal(tmp_path: Path) -> None:
    with mail_server(tmp_path) as (sink, port):
        assert channel(tmp_path, port).try_out(TRIAL) == f"to {', '.join(TO)}"
        channel(tmp_path, port, pictures=False).try_out(TRIAL)
    first, second = sink.mails
    assert first["Subject"] == "[Site] Test: nothing has happened" and first["Apercu-Key"] is None
    assert first["Apercu-Test"] == TRIAL.key
    assert TRIAL.says in first.get_body().get_content()  # type: ignore[union-attr]
    (picture,) = first.iter_attachments()
    assert (picture.get_content_type(), picture.get_content()) == ("image/jpeg", make_picture())
    assert not list(second.iter_attachments())


def test_checking_sends_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path) as (sink, port):
        channel(tmp_path, port).check()
    assert sink.mails == []
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel(tmp_path, free_port()).check()


def test_what_cannot_be_sent_is_said_without_it(letter: Letter, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("geh\u00e4im")
    given = {"security": "tls", "user": "me", "password_file": Path("pw")}
    with pytest.raises(DeliveryError, match="cannot be reached"):
        channel(tmp_path, free_port(), **given).send(letter)
    with pytest.raises(DeliveryError, match="cannot be sent to a mail server") as raised:
        channel(tmp_path, 25, host="a..b").send(letter)
    assert raised.value.fault == "channel"
    with pytest.raises(DeliveryError, match="certificates cannot be read"):
        channel(tmp_path, 25, ca_file=Path("nowhere.pem")).send(letter)


def test_nobody_there_is_one_clear_message(letter: Letter, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"cannot be reached \(Connection refused\)\. Check host, port"):
        channel(tmp_path, free_port()).send(letter)
