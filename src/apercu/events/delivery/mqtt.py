"""Signals over MQTT, and the discovery that makes Home Assistant show them by itself.

Each rule of each camera is an *event* entity: a signal is a moment and no state, and nothing is retained that
is about people. Retained are only the discovery and whether Aperçu is there (last will).
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apercu import __version__
from apercu.errors import DeliveryError, Fault, UsageError
from apercu.events.delivery.channels import MqttSettings, check_asked, trusted
from apercu.events.delivery.letters import ANSWERED, Letter, Trial

_CONNECT_S = 10.0
_PUBLISH_S = 15.0
_KEEP_ALIVE_S = 30
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]+")
_ANSWER = "__answer"
"""Ends what Home Assistant knows answers by; no part of a topic ends so, see ``topic_part``."""
_PLAIN = re.compile("[a-zA-Z0-9-]+( [a-zA-Z0-9-]+)*")


@dataclass(slots=True)
class MqttChannel:
    """A broker. The connection is made when it is needed, and again after it was lost.

    Attributes:
        settings: where, and as whom.
        folder: of the settings file.
        archive, archive_id: name of the archive, and the first 16 digits of its ledger's fingerprint.
        rules: camera and name of each rule, to be announced before any signal; others when they signal.
    """

    settings: MqttSettings
    folder: Path
    archive: str
    archive_id: str
    rules: Iterable[tuple[str, str]] = ()
    name: str = "mqtt"
    _client: Any = None
    _announced: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Refuse what cannot work before the first signal.

        Raises:
            UsageError: paho-mqtt is not installed, or the password cannot be read or would travel in clear.
        """
        _paho()
        told = self.settings
        if self.settings.password(self.folder) is None or told.tls or told.host in _LOOPBACK:
            return
        if not told.plain_password:
            raise UsageError(
                f"the password for {self._where} would travel unencrypted",
                next_step="Set tls = true, or plain_password = true where nobody listens.",
            )

    def check(self) -> None:
        """Connect, and publish nothing; raises as ``Channel.check``."""
        self._connect()
        self._drop()

    def begin(self) -> None:
        """Connect, announce the rules, and say that Aperçu is there; raises as ``Channel.begin``."""
        self._connected()

    def send(self, letter: Letter) -> str:
        """Publish with QoS 1 and wait for the broker's word; raises as ``Channel.send``."""
        event = letter.signal.event
        check_asked(letter, self.settings.answers, self._failed)
        client = self._connected()
        try:
            if (event.camera, event.rule) not in self._announced:
                self._announce(client, event.camera, event.rule)
            base = f"{self.settings.topic}/{self.archive_id}/{topic_part(event.camera)}"
            kind = "signal" if letter.answer is None else "answer"
            content = letter.enclosed() if self.settings.pictures and letter.answer is None else None
            if content is not None:
                self._publish(client, f"{base}/picture", content)
            self._publish(client, f"{base}/{topic_part(event.rule)}/{kind}", letter.to_json())
        except DeliveryError:
            self._drop()
            raise
        return ""

    def try_out(self, trial: Trial) -> str:
        """Publish the test beside the status, under no camera and rule; raises as ``Channel.try_out``.

        It has a connection of its own, without a last will: whoever delivers keeps theirs.
        """
        topic = f"{self.settings.topic}/{self.archive_id}/test"
        client = self._connect()
        try:
            self._publish(client, topic, trial.to_json())
        finally:
            self._drop()
        return f"topic {topic}"

    def close(self) -> None:
        """Say goodbye: Home Assistant shows the rules as unavailable."""
        if self._client is not None and self._client.is_connected():
            status = self._client.publish(self._status, b"offline", qos=1, retain=True)
            status.wait_for_publish(_PUBLISH_S / 5)
        self._drop()

    @property
    def _where(self) -> str:
        return f"mqtt {self.settings.host}:{self._port}"

    @property
    def _port(self) -> int:
        return self.settings.port or (8883 if self.settings.tls else 1883)

    @property
    def _status(self) -> str:
        return status_topic(self.settings.topic, self.archive_id)

    def _connected(self) -> Any:
        if self._client is not None and self._client.is_connected():
            return self._client
        # Always by the same name: so the broker parts with the connection before, and tells its last will,
        # before this one says that it is there.
        client = self._connect(f"apercu-{self.archive_id}")
        self._publish(client, self._status, b"online", retain=True)
        self._announced.clear()
        for camera, rule in self.rules:
            self._announce(client, camera, rule)
        return client

    def _connect(self, name: str = "") -> Any:
        """Return a client that the broker has let in, by this name; without one it gets any."""
        # A new client each time: an old one could send what it kept long after its letter was given up.
        self._drop()
        client, answered, said = self._made(name)
        try:
            client.connect(self.settings.host, self._port, keepalive=_KEEP_ALIVE_S)
        except ssl.SSLCertVerificationError as error:
            told = f"the broker's certificate is not right ({error.verify_message})"
            raise self._unreachable(told, "Check host or ca_file.") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            told = f"the broker cannot be reached ({reason})"
            raise self._unreachable(told, "Check host, port and tls.") from error
        self._client = client
        client.loop_start()
        if not answered.wait(_CONNECT_S):
            self._drop()
            raise self._unreachable("the broker does not answer", "Check host, port and tls.")
        if said:
            self._drop()
            raise self._unreachable(f"the broker lets nobody in ({said[0]})", "Check user and password.")
        return client

    def _made(self, name: str) -> tuple[Any, threading.Event, list[str]]:
        """Return a client, what is set when the broker has answered, and what it said when it refused."""
        paho = _paho()
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, reconnect_on_failure=False)
        answered, said = threading.Event(), list[str]()

        def on_connect(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                said.append(str(reason))
            answered.set()

        client.on_connect = on_connect
        client.connect_timeout = _CONNECT_S
        if name:
            client.will_set(self._status, b"offline", qos=1, retain=True)
        password = self.settings.password(self.folder)
        if self.settings.user is not None:
            client.username_pw_set(self.settings.user, password)
        if self.settings.tls:
            client.tls_set_context(trusted(self.folder, self.settings.ca_file, self._failed))
        return client, answered, said

    def _publish(self, client: Any, topic: str, content: bytes, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        try:
            sent = client.publish(topic, content, qos=1, retain=retain)
            sent.wait_for_publish(_PUBLISH_S)
            done = sent.is_published()
        except (
            ValueError,
            RuntimeError,
        ) as error:  # the broker takes no such message; the connection is gone
            raise self._unreachable(f"the broker went away ({error})", "It is tried again.") from error
        if not done:
            raise self._unreachable("the broker does not say that it has it", "It is tried again.")

    def _announce(self, client: Any, camera: str, rule: str) -> None:
        """Tell Home Assistant of a rule of a camera, and of the camera's picture where that is sent."""
        is_new = all(camera != known for known, _ in self._announced)
        self._announced.add((camera, rule))
        if not self.settings.discovery:
            return
        of, node = (
            (self.settings.topic, self.archive_id, self.archive, camera),
            _device(self.archive_id, camera),
        )
        told = {f"event/{node}/{topic_part(rule)}": discovery(*of, rule)}
        if self.settings.answers:
            told[f"event/{node}/{topic_part(rule)}{_ANSWER}"] = answer_discovery(*of, rule)
        if self.settings.pictures and is_new:
            told[f"image/{node}/picture"] = picture_discovery(*of)
        for place, entity in told.items():
            content = json.dumps(entity, sort_keys=True).encode()
            self._publish(client, f"{self.settings.discovery}/{place}/config", content, retain=True)

    def _unreachable(self, what: str, next_step: str) -> DeliveryError:
        return self._failed(what, "channel", next_step)

    def _failed(self, what: str, fault: Fault, next_step: str) -> DeliveryError:
        return DeliveryError(what, fault=fault, where=self._where, next_step=next_step)

    def _drop(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None


def discovery(topic: str, archive_id: str, archive: str, camera: str, rule: str) -> dict[str, Any]:
    """Return the discovery message of a rule of a camera, an event entity of the camera's device.

    After https://www.home-assistant.io/integrations/event.mqtt and its page on discovery.
    """
    return {
        **_entity(topic, archive_id, archive, camera, rule),
        "event_types": ["signal"],
        "state_topic": f"{topic}/{archive_id}/{topic_part(camera)}/{topic_part(rule)}/signal",
    }


def answer_discovery(topic: str, archive_id: str, archive: str, camera: str, rule: str) -> dict[str, Any]:
    """Return the discovery message of answers to a rule's signals: an entity apart, as they are none."""
    entity = _entity(topic, archive_id, archive, camera, rule)
    return {
        **entity,
        "name": f"{rule} (answer)",
        "unique_id": f"{entity['unique_id']}{_ANSWER}",
        "event_types": list(ANSWERED.values()),
        "state_topic": f"{topic}/{archive_id}/{topic_part(camera)}/{topic_part(rule)}/answer",
    }


def picture_discovery(topic: str, archive_id: str, archive: str, camera: str) -> dict[str, Any]:
    """Return the discovery message of a camera's picture, an image entity of its device.

    After https://www.home-assistant.io/integrations/image.mqtt.
    """
    return {
        **_entity(topic, archive_id, archive, camera, "picture"),
        "image_topic": f"{topic}/{archive_id}/{topic_part(camera)}/picture",
        "content_type": "image/jpeg",
    }


def _entity(topic: str, archive_id: str, archive: str, camera: str, name: str) -> dict[str, Any]:
    """Return what every entity of a camera's device tells of itself."""
    device = _device(archive_id, camera)
    return {
        "name": name,
        "unique_id": f"{device}_{topic_part(name)}",
        "availability_topic": status_topic(topic, archive_id),
        "qos": 1,
        "icon": "mdi:cctv",
        "device": {"identifiers": [device], "name": f"{archive} {camera}", "manufacturer": "Aperçu"},
        "origin": {"name": "Aperçu", "sw_version": __version__},
    }


def _device(archive_id: str, camera: str) -> str:
    """Return what Home Assistant knows a camera by."""
    return f"apercu_{archive_id}_{topic_part(camera)}"


def status_topic(topic: str, archive_id: str) -> str:
    """Return where it is told whether Aperçu delivers from an archive: others may share the broker."""
    return f"{topic}/{archive_id}/status"


def topic_part(name: str) -> str:
    """Return a name as a part of a topic: a to z, digits, - and _, which is all that discovery takes.

    Two names have two parts. Of words of letters, digits and - only the blanks between are replaced; what has
    any other sign ends in two _ and a checksum, as no such words do.
    """
    part = _UNSAFE.sub("_", name)
    if _PLAIN.fullmatch(name):
        return part
    return f"{part.strip('_')}__{zlib.crc32(name.encode()):08x}"


def _paho() -> Any:
    try:
        from paho.mqtt import client
    except ImportError as error:
        raise UsageError(
            "MQTT needs paho-mqtt, which is not installed",
            next_step="Install it with: pip install 'apercu[events]'.",
        ) from error
    return client
