"""Signals as signed requests to a web address.

No redirect is followed: the receiver is who is written in the settings, and nobody else. The address is
looked up once for each request and checked before it is connected to, so that no name leads into a private
network unless that is allowed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from apercu import __version__
from apercu.errors import DeliveryError, Fault, UsageError
from apercu.events.delivery.channels import WebhookSettings, check_asked, trusted
from apercu.events.delivery.letters import Letter, Trial
from apercu.events.delivery.signing import HEADER, sign_webhook

_NOT_NOW = {408, 409, 423, 425}
"""Answers to one request that may be another one later, though they look like a refusal."""
_FOR_ALL = {401, 403, 404, 405, 410, 421, 429, 502, 503, 504}
"""Answers that are about the receiver, whatever it is sent."""


@dataclass(slots=True)
class WebhookChannel:
    """A receiver of signed requests.

    Attributes:
        settings: where, and what is allowed.
        folder: of the settings file.
    """

    settings: WebhookSettings
    folder: Path

    def __post_init__(self) -> None:
        """Refuse what cannot work before the first signal; raises UsageError."""
        self._secret()

    @property
    def name(self) -> str:
        """How letters name it."""
        return f"webhook-{self.settings.name}"

    def check(self) -> None:
        """Connect, without a request; whether it takes any is known with the first. Raises as ``Channel``."""
        with self._connection():
            pass

    def begin(self) -> None:
        """Nothing is known before the first letter."""

    def send(self, letter: Letter) -> str:
        """Post the message; an answer of 200 to 299 says that the receiver has it. Raises as ``Channel``."""
        check_asked(letter, self.settings.answers, self._failed)
        self._post(letter.key, letter.to_json(pictures=self.settings.pictures))
        return ""

    def try_out(self, trial: Trial) -> str:
        """Post the test, signed as any message; return what it was answered. Raises as ``Channel``."""
        return self._post(trial.key, trial.to_json(pictures=self.settings.pictures))

    def close(self) -> None:
        """Each request has its own connection."""

    def _post(self, key: str, body: bytes) -> str:
        """Post a message that is known by a key; return the answer, where that says that it was taken."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"apercu/{__version__}",
            "Idempotency-Key": key,
            HEADER: sign_webhook(self._secret(), body, int(time.time())),
        }
        parts = urlsplit(self.settings.url)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        with self._connection() as connection:
            connection.request("POST", path, body, headers)
            with connection.getresponse() as answer:
                status, reason = answer.status, answer.reason
        told = f"the receiver answers {status} {reason}"[:200]
        if 200 <= status < 300:
            return told
        if 300 <= status < 400:
            raise self._failed(
                f"{told}, which leads elsewhere and is not followed", "channel", "Correct url."
            )
        if status in _FOR_ALL:
            raise self._failed(told, "channel", "Check url and password on both sides.")
        if 400 <= status < 500 and status not in _NOT_NOW:
            raise self._failed(told, "refused", "See what the receiver wants.")
        raise self._failed(told, "letter", "It is tried again.")

    def _secret(self) -> str:
        secret = self.settings.password(self.folder)
        if secret is None:
            raise UsageError(f"{self.name} has no password to sign with", next_step="Set password_file.")
        return secret

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        """Connect to an allowed address, and cut the connection when its time is over."""
        parts = urlsplit(self.settings.url)
        host, encrypted = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if encrypted else 80)
        limit = self.settings.timeout_s
        connection = http.client.HTTPConnection(host, port, timeout=limit)
        over = threading.Event()
        try:
            raw = socket.create_connection((self._address(host, port), port), timeout=limit)
            # Each step may take as long as the limit, and so may all of them together.
            timer = threading.Timer(limit, _cut, [raw, over])
            timer.daemon = True
            timer.start()
            try:
                connection.sock = raw
                if encrypted:
                    # The handshake comes later, when it can be cleaned up after.
                    connection.sock = trusted(self.folder, self.settings.ca_file, self._failed).wrap_socket(
                        raw, server_hostname=host, do_handshake_on_connect=False
                    )
                    connection.sock.do_handshake()
                yield connection
            finally:
                timer.cancel()
                connection.close()
                raw.close()
        except ssl.SSLCertVerificationError as error:
            told = f"the certificate is not right ({error.verify_message})"
            raise self._failed(told, "channel", "Check url or ca_file.") from error
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            if over.is_set() or isinstance(error, TimeoutError):
                raise self._failed(
                    f"did not answer within {limit:g} s", "channel", "See why, or raise timeout_s."
                ) from error
            told = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise self._failed(f"cannot be reached ({told})", "channel", "Check url and network.") from error

    def _address(self, host: str, port: int) -> str:
        """Return an address of the host that may be connected to."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self.settings.allow_private and not all(map(_is_public, addresses)):
            raise self._failed(
                "the host is on this machine or in a private network",
                "channel",
                "Where that is meant, set allow_private = true.",
            )
        return addresses[0]

    def _failed(self, what: str, fault: Fault, next_step: str) -> DeliveryError:
        # The path and the question of an address may be secret; the host tells people enough.
        where = f"{self.name} {urlsplit(self.settings.url).hostname}"
        return DeliveryError(what, fault=fault, where=where, next_step=next_step)


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _cut(raw: socket.socket, over: threading.Event) -> None:
    over.set()
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has just ended by itself
        return
