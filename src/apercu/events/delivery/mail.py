"""Signals by e-mail: a few lines and the pixelated picture."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from apercu.errors import DeliveryError, Fault
from apercu.events.delivery.channels import MailSettings, trusted
from apercu.events.delivery.letters import Letter, Trial
from apercu.events.event import Severity
from apercu.events.register import PICTURE_TYPES

_URGENT: Mapping[Severity, str] = {"low": "5 (lowest)", "high": "1 (highest)"}
"""What a mail says of its priority, where it is not an ordinary one."""
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LETS_NOBODY_IN = frozenset({421, 454, 530, 534, 535, 538})
"""Replies that are about the server or the login, whatever is sent (RFC 5321, RFC 4954)."""
_TOO_LARGE = frozenset({452, 552})
"""Replies to a sender that are about the size of what is to follow (RFC 1870)."""


@dataclass(slots=True)
class MailChannel:
    """A mail server.

    Attributes:
        settings: where, as whom, to whom.
        folder: of the settings file.
    """

    settings: MailSettings
    folder: Path
    name: str = "mail"

    def __post_init__(self) -> None:
        """Refuse what cannot work before the first signal; raises UsageError."""
        self.settings.password(self.folder)

    def check(self) -> None:
        """Connect, log in and name the sender; raises as ``Channel.check``."""
        with self._server() as server:
            server.ehlo_or_helo_if_needed()
            code, said = server.mail(self.settings.sender)
            if code != 250:
                raise self._not_taken(code, said, "channel")
            server.rset()

    def begin(self) -> None:
        """Nothing is known before the first letter."""

    def send(self, letter: Letter) -> str:
        """Send one mail to all; return whom the server refused, if it took others. Raises as ``Channel``."""
        return self._handed_over(written(letter, self.settings))

    def try_out(self, trial: Trial) -> str:
        """Send a mail that says it is a test; raises as ``Channel``, also where one of ``to`` is left out."""
        left_out = self._handed_over(written_trial(trial, self.settings))
        if left_out:
            raise self._failed(left_out, "refused", "Check to.")
        return f"to {', '.join(self.settings.to)}"

    def close(self) -> None:
        """Each mail has its own connection."""

    def _handed_over(self, message: EmailMessage) -> str:
        with self._server() as server:
            try:
                refused = server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                codes = {code for code, _ in error.recipients.values()}
                fault: Fault = "letter" if any(code < 500 for code in codes) else "refused"
                fault = "channel" if codes & _LETS_NOBODY_IN else fault
                told = f"the server takes none of the addresses ({min(codes)})"
                raise self._failed(told, fault, "Check to and sender.") from error
            except smtplib.SMTPResponseException as error:
                code = error.smtp_code
                fault = "letter" if code < 500 else "refused"
                of_all = isinstance(error, smtplib.SMTPSenderRefused) and code not in _TOO_LARGE
                fault = "channel" if of_all or code in _LETS_NOBODY_IN else fault
                raise self._not_taken(code, error.smtp_error, fault) from error
        return f"not taken for {', '.join(sorted(refused))}" if refused else ""

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        told = self.settings
        port = told.port or _PORTS[told.security]
        context = trusted(self.folder, told.ca_file, self._failed)
        try:
            if told.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    told.host, port, timeout=told.timeout_s, context=context
                )
            else:
                server = smtplib.SMTP(told.host, port, timeout=told.timeout_s)
            with server:
                if told.security == "starttls":
                    server.starttls(context=context)
                password = told.password(self.folder)
                if told.user is not None:
                    server.login(told.user, password or "")
                yield server
        except smtplib.SMTPAuthenticationError as error:
            what = f"the server does not take user and password ({error.smtp_code})"
            raise self._failed(what, "channel", "Check user and password.") from None
        except ssl.SSLCertVerificationError as error:
            what = f"the certificate is not right ({error.verify_message})"
            raise self._failed(what, "channel", "Check host or ca_file.") from error
        except smtplib.SMTPException as error:
            raise self._failed(
                f"the server refuses ({_text(error)})", "channel", "Check security, sender and to."
            ) from error
        except OSError as error:
            what = f"the server cannot be reached ({error.strerror or error})"
            raise self._failed(what, "channel", "Check host, port and security.") from error
        except UnicodeError:  # says which letters, and they may be of the password
            what = "the name of the host, the user or the password cannot be sent to a mail server"
            raise self._failed(what, "channel", "Check host, user and password: ASCII is safe.") from None

    def _not_taken(self, code: int, said: object, fault: Fault) -> DeliveryError:
        told = f"the server does not take it ({code} {_text(said)})"
        step = "Check sender, user and password." if fault == "channel" else "See what the server wants."
        return self._failed(told, fault, step)

    def _failed(self, what: str, fault: Fault, next_step: str) -> DeliveryError:
        where = f"mail {self.settings.host}"
        return DeliveryError(what, fault=fault, where=where, next_step=next_step)


def written(letter: Letter, settings: MailSettings) -> EmailMessage:
    """Return the mail of a letter; the same letter has the same Message-ID."""
    event, message = letter.signal.event, EmailMessage()
    urgency = f"({event.severity}) " if event.severity in _URGENT else ""
    message["Subject"] = " ".join(f"[{letter.archive}] {urgency}{letter.title}".split())
    message["From"], message["To"] = settings.sender, ", ".join(settings.to)
    message["Date"] = format_datetime(letter.signal.added_at)
    message["Message-ID"] = f"<{letter.key}@apercu>"
    message["Apercu-Key"] = letter.key
    message["Auto-Submitted"] = "auto-generated"
    if event.severity in _URGENT:
        message["Importance"], message["X-Priority"] = event.severity, _URGENT[event.severity]
    if event.met_at is None:
        when = f"{event.met_s:.1f} s into {event.run}"
    else:
        when = event.met_at.astimezone(letter.zone).isoformat(" ", "seconds")
    lines = [
        f"{letter.signal.says.rstrip('.')}.",
        "",
        f"Rule: {event.rule} ({event.kind})",
        f"Severity: {event.severity}",
        f"Camera: {event.camera}{f', {event.place}' if event.place else ''}",
        f"When: {when}",
        f"What: {event.subject or 'the whole picture'}",
        f"Measured: {event.measured:g} {event.unit} against {event.threshold:g} {event.unit}",
        f"Signal: {letter.key}",
        "",
        f"A person decides: {letter.page or f'apercu signals show ARCHIVE {letter.key[:8]}'}",
    ]
    message.set_content("\n".join(lines) + "\n")
    content = letter.enclosed() if settings.pictures else None
    if letter.picture is not None and content is not None:
        kind = PICTURE_TYPES[letter.picture.suffix].partition("/")[2]
        name = f"{letter.key[:8]}{letter.picture.suffix}"
        message.add_attachment(content, maintype="image", subtype=kind, filename=name)
    return message


def written_trial(trial: Trial, settings: MailSettings) -> EmailMessage:
    """Return the mail of a test. It has no ``Apercu-Key``: whoever sorts by that finds signals only."""
    message = EmailMessage()
    message["Subject"] = " ".join(f"[{trial.archive}] Test: nothing has happened".split())
    message["From"], message["To"] = settings.sender, ", ".join(settings.to)
    message["Date"] = format_datetime(trial.sent_at)
    message["Message-ID"] = f"<{trial.key}@apercu>"
    message["Apercu-Test"] = trial.key
    message["Auto-Submitted"] = "auto-generated"
    lines = [trial.says, *(["", f"Signals are answered here: {trial.page}"] if trial.page else [])]
    message.set_content("\n".join(lines) + "\n")
    if settings.pictures:
        message.add_attachment(trial.picture, maintype="image", subtype="jpeg", filename="test.jpg")
    return message


def _text(said: object) -> str:
    """Return what a server said, in one line that is not too long."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:200]
