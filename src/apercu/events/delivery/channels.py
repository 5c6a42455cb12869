"""Over which channels signals go: sections of the one settings file that ``apercu watch`` reads."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from apercu.errors import DeliveryError, Fault, UsageError
from apercu.events.delivery.letters import Letter, Trial
from apercu.events.settings import Settings, distinct

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_TOPIC = re.compile(r"[^+#/\x00-\x1f]+(/[^+#/\x00-\x1f]+)*")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_LARGEST_SECRET = 4096

Port = Annotated[int, Field(ge=1, le=65535)]


def _is_host(host: str) -> str:
    if "/" in host or re.fullmatch(r"[^:]*:\d*", host):
        raise ValueError("must be a name or an address alone; the port has a key of its own")
    return host


Host = Annotated[str, Field(min_length=1), AfterValidator(_is_host)]
Failed = Callable[[str, Fault, str], DeliveryError]
"""What a channel makes an error with: what is wrong, whose fault it is, and the next step."""


class Channel(Protocol):
    """A way to people. An implementation is used by one thread at a time."""

    @property
    def name(self) -> str:
        """How letters name it."""

    def check(self) -> None:
        """Find out whether the other side is there and lets Aperçu in; nobody is told of anything.

        Raises:
            DeliveryError: it is not, or does not.
        """

    def begin(self) -> None:
        """Make sure that it works, as far as that can be known before a letter; called often.

        Raises:
            DeliveryError: it does not, now.
        """

    def send(self, letter: Letter) -> str:
        """Hand a letter over; when this returns, the other side has it.

        Returns what it said besides, for people; mostly nothing.

        Raises:
            DeliveryError: it could not be handed over.
        """

    def try_out(self, trial: Trial) -> str:
        """Hand a test over, apart from all letters; when this returns, the other side has it.

        Returns where it went, or what the other side said, for people.

        Raises:
            DeliveryError: it could not be handed over.
        """

    def close(self) -> None:
        """Let go of the connection, if there is one."""


@contextmanager
def guarded(channel: Channel) -> Iterator[None]:
    """Let a channel do something, and say as its own fault what it should not raise.

    Raises:
        DeliveryError: as the channel does, or instead of anything else.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        told = f"cannot be used ({type(error).__name__})"  # the text may hold what is secret
        raise DeliveryError(told, fault="channel", where=channel.name, next_step="Report this.") from error


def check_asked(letter: Letter, answers: bool, failed: Failed) -> None:
    """Refuse an answer where the settings ask for none any more; its signal came when they did.

    Raises:
        DeliveryError: what ``failed`` makes of that.
    """
    if letter.answer is not None and not answers:
        raise failed("the settings ask for no answers", "refused", "Where that is meant, leave it so.")


class SecretSettings(Settings):
    """Where a secret is: in a file or in an environment variable, and never in the settings themselves.

    Attributes:
        password_file: file that holds the secret, relative to the settings file.
        password_env: name of the environment variable that holds it; one of both at most.
    """

    password_file: Path | None = None
    password_env: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SecretSettings:
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("has both password_file and password_env: keep one")
        return self

    def password(self, folder: Path) -> str | None:
        """Return the secret; None where none is named. ``folder`` is that of the settings file.

        Raises:
            UsageError: the file cannot be read, the variable is not set, or the secret is empty.
        """
        if self.password_env is not None:
            return _not_empty(os.environ.get(self.password_env, ""), f"the variable {self.password_env}")
        if self.password_file is None:
            return None
        path = beside(folder, self.password_file)
        try:
            with path.open(encoding="utf-8") as file:
                content = file.read(_LARGEST_SECRET)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(
                f"the password cannot be read ({reason})", where=path, next_step="Check password_file."
            ) from None
        return _not_empty(content.strip("\r\n"), str(path))


class LoginSettings(SecretSettings):
    """Who logs in, and where the password is.

    Attributes:
        user: who logs in; None where nobody does.
    """

    user: str | None = None

    @model_validator(mode="after")
    def _has_user(self) -> LoginSettings:
        if not self.user and (self.password_file is not None or self.password_env is not None):
            raise ValueError("has a password and no user: name the user, too")
        return self


class MqttSettings(LoginSettings):
    """``[mqtt]``: a broker, and what Home Assistant is told.

    Attributes:
        host, port: of the broker; without a port, 8883 with TLS and 1883 without.
        tls: encrypt; without, a password is sent only to this machine or where ``plain_password`` allows it.
        plain_password: send the password unencrypted over the network all the same.
        ca_file: certificates to trust instead of the system's.
        topic: under which messages are published.
        discovery: prefix of Home Assistant's discovery; empty for none.
        pictures: publish the pixelated picture, too; it is not retained.
        answers: publish, too, what people answer to signals; counts for those that come from then on.
    """

    host: Host
    port: Port | None = None
    tls: bool = True
    plain_password: bool = False
    ca_file: Path | None = None
    topic: str = "apercu"
    discovery: str = "homeassistant"
    pictures: bool = False
    answers: bool = False

    @field_validator("topic")
    @classmethod
    def _is_topic(cls, topic: str) -> str:
        if not _TOPIC.fullmatch(topic):
            raise ValueError("must be a topic without + and #, like site/apercu")
        return topic

    @field_validator("discovery")
    @classmethod
    def _is_prefix(cls, prefix: str) -> str:
        return cls._is_topic(prefix) if prefix else prefix


class WebhookSettings(SecretSettings):
    """``[[webhook]]``: a receiver of signed requests; the password is the key of the signature.

    Attributes:
        name: how letters name it.
        url: where to; https.
        allow_http: allow an address without encryption.
        allow_private: allow a host on this machine or in a private network.
        ca_file: certificates to trust instead of the system's.
        pictures: send the pixelated picture, too, in the body.
        answers: send, too, what people answer to signals; counts for those that come from then on.
        timeout_s: how long the receiver may take.
    """

    name: str = "default"
    url: str
    allow_http: bool = False
    allow_private: bool = False
    ca_file: Path | None = None
    pictures: bool = False
    answers: bool = False
    timeout_s: float = Field(default=10.0, gt=0, le=60)

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("must be a name of small letters, digits and -")
        return name

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            (parts.hostname or "").encode("idna")
        except ValueError:  # such as a host with an empty part
            whole = False
        if not whole or any(letter <= " " for letter in url):
            raise ValueError("must be an address like https://host/path")
        if not f"{parts.path}{parts.query}".isascii():
            raise ValueError("must be written in ASCII after the host: %C3%A9 for é")
        if parts.username or parts.password:
            raise ValueError("must hold no user or password: requests are signed instead")
        return url

    @model_validator(mode="after")
    def _is_safe(self) -> WebhookSettings:
        if self.url.startswith("http:") and not self.allow_http:
            raise ValueError("has an url without encryption: write https, or set allow_http = true")
        if self.password_file is None and self.password_env is None:
            raise ValueError("needs password_file or password_env: the key of the signature")
        return self


class MailSettings(LoginSettings):
    """``[mail]``: a mail server (SMTP).

    Attributes:
        host, port: of the server; without a port 587, 465 or 25, by ``security``.
        security: ``starttls``, ``tls`` from the first byte, or ``none`` (then nobody logs in).
        ca_file: certificates to trust instead of the system's.
        sender: the address in From.
        to: who receives it.
        pictures: attach the pixelated picture.
        timeout_s: how long the server may take for each step.
    """

    host: Host
    port: Port | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    pictures: bool = True
    timeout_s: float = Field(default=30.0, gt=0, le=300)

    @field_validator("sender", "to")
    @classmethod
    def _are_addresses(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (given,) if isinstance(given, str) else given:
            if not _ADDRESS.fullmatch(address):
                raise ValueError("must be an address like guard@example.org")
        return given

    @model_validator(mode="after")
    def _is_safe(self) -> MailSettings:
        if self.security == "none" and self.user is not None:
            raise ValueError("has a user and no encryption: set security, or take the user away")
        return self


class TrySettings(Settings):
    """``[delivery]``: how long and how often delivery is tried.

    Attributes:
        tries: how often a letter is offered to a receiver that is there and does not take it.
        first_wait_s, longest_wait_s: seconds between tries; they double from the first to the longest, and
            each is shortened by up to half at random, so that not all come at once.
        give_up_h: hours after which a letter is dead, whatever the reason.
        page: address of the page with signals, which messages then lead to; empty for none.
    """

    tries: int = Field(default=20, ge=1, le=1000)
    first_wait_s: float = Field(default=1.0, gt=0, le=3600)
    longest_wait_s: float = Field(default=120.0, gt=0, le=86400)
    give_up_h: float = Field(default=24.0, gt=0, le=24 * 30)
    page: str = ""

    @field_validator("page")
    @classmethod
    def _is_page(cls, page: str) -> str:
        parts = urlsplit(page)
        if page and (
            parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment
        ):
            raise ValueError("must be an address like https://host/signals, without ? and #")
        return page


class DeliverySettings(Settings):
    """The sections of a settings file that say where signals go; a file's own model may extend this one."""

    mqtt: MqttSettings | None = None
    webhook: Annotated[tuple[WebhookSettings, ...], distinct("webhooks")] = ()
    mail: MailSettings | None = None
    delivery: TrySettings = TrySettings()

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of all channels, as letters have them."""
        named = [f"webhook-{webhook.name}" for webhook in self.webhook]
        return (
            *(["mqtt"] if self.mqtt is not None else []),
            *named,
            *(["mail"] if self.mail is not None else []),
        )

    @property
    def showing(self) -> tuple[str, ...]:
        """The names of those channels that carry pictures."""
        named = [(f"webhook-{webhook.name}", webhook.pictures) for webhook in self.webhook]
        carry = [
            ("mqtt", self.mqtt is not None and self.mqtt.pictures),
            *named,
            ("mail", self.mail is not None and self.mail.pictures),
        ]
        return tuple(name for name, shows in carry if shows)

    @property
    def answering(self) -> tuple[str, ...]:
        """The names of those channels that are told answers, too."""
        named = [f"webhook-{webhook.name}" for webhook in self.webhook if webhook.answers]
        return (*(["mqtt"] if self.mqtt is not None and self.mqtt.answers else []), *named)


def beside(folder: Path, path: Path | str) -> Path:
    """Return where a file lies that settings in ``folder`` name."""
    return folder / Path(path).expanduser()


def trusted(folder: Path, ca_file: Path | None, failed: Failed) -> ssl.SSLContext:
    """Return what checks the other side's certificate: by ``ca_file``, or by those that the system trusts.

    Raises:
        DeliveryError: what ``failed`` makes of certificates that cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else beside(folder, ca_file))
    except OSError as error:
        told = f"the certificates cannot be read ({error.strerror or error})"
        raise failed(told, "channel", "Check ca_file.") from error


def _not_empty(secret: str, where: str) -> str:
    if not secret.strip():
        raise UsageError(f"there is no password in {where}", next_step="Put it there.")
    return secret
