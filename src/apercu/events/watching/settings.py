"""The one file of ``apercu watch``: which cameras, by which rules, for which archive."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from apercu.analysis.options import LIVE_RATE
from apercu.archive import check_camera
from apercu.errors import UsageError
from apercu.events.delivery.channels import DeliverySettings, LoginSettings, SecretSettings, beside
from apercu.events.kinds import AnyRule
from apercu.events.rules import read_rules
from apercu.events.settings import Key, SettingsFile, checked, distinct, read_settings
from apercu.footage import Source
from apercu.footage.source import Transport
from apercu.statistics.intervals import read_interval

Text = Annotated[str, StringConstraints(min_length=1)]
_LONGEST_NAME = 40
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,40}")


def _check_group(name: str) -> None:
    """Refuse a name that cannot be that of a process and of its file."""
    if not _GROUP.fullmatch(name):
        raise UsageError(
            f"cannot be {name!r}", next_step="Letters A to Z, digits, - and _ are possible, 1 to 40."
        )


class CameraSettings(LoginSettings):
    """One camera, ``[[camera]]``.

    Attributes:
        name: of the camera; its lines, zones and calibration in the archive are told by it.
        source: its address (``rtsp://``, ``rtmp://``, ``http://``), or a file, beside the settings.
        transport: how RTSP sends pictures, ``tcp`` or ``udp``.
        real_time: play a file at its own pace.
        rate: pictures analysed per second.
        group: cameras of a group share a process and a detector.
        count: whether what passes its lines and zones is counted, too.
        interval: length of the intervals of counting: ``15min``.
        rules: file of its rules, beside the settings.
        rule: or the rules themselves, ``[[camera.rule]]``.
        clips: whether signals have the ten seconds around them.
    """

    name: Annotated[str, StringConstraints(max_length=_LONGEST_NAME), checked(check_camera)]
    source: Annotated[Text, checked(Source)]
    transport: Transport = "tcp"
    real_time: bool = False
    rate: Annotated[float, Field(gt=0, le=30)] = LIVE_RATE
    group: Annotated[str, checked(_check_group)] = "cameras"
    count: bool = False
    interval: Annotated[str, checked(read_interval)] = "15min"
    rules: str = ""
    rule: Annotated[tuple[AnyRule, ...], distinct("rules")] = ()
    clips: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.rules and self.rule:
            raise ValueError("takes rules in a file or here, not both")
        if self.user and "@" in self.source.partition("://")[2].partition("/")[0]:
            raise ValueError("names a user here and in its source: keep one")
        if not (self.rules or self.rule or self.count):
            raise ValueError("has nothing to do: give it rules, or count = true")
        return self


class WatchSettings(DeliverySettings):
    """What the file of ``apercu watch`` says: also where signals go, see ``DeliverySettings``.

    Attributes:
        archive: the archive whose purpose allows it, and where signals and counts go; beside the settings.
        camera: the cameras.
    """

    archive: Text
    camera: Annotated[tuple[CameraSettings, ...], Field(min_length=1), distinct("cameras")]

    @property
    def groups(self) -> dict[str, list[CameraSettings]]:
        """The cameras by group, in the order in which they stand."""
        found: dict[str, list[CameraSettings]] = {}
        for camera in self.camera:
            found.setdefault(camera.group, []).append(camera)
        return found


def read_watch(path: Path) -> SettingsFile[WatchSettings]:
    """Read the settings of ``apercu watch``.

    Raises:
        UsageError: it is not as it should be; the message names file, line and key.
    """
    return read_settings(path, WatchSettings)


def archive_path(file: SettingsFile[WatchSettings]) -> Path:
    """Return where the archive lies."""
    return _beside(file, file.settings.archive)


def source_of(file: SettingsFile[WatchSettings], camera: CameraSettings) -> Source:
    """Return where a camera's pictures come from, with its password, which is kept out of sight.

    Raises:
        UsageError: the password cannot be had.
    """
    address = camera.source if "://" in camera.source else str(_beside(file, camera.source))
    password = _password(file, camera, ("camera", file.settings.camera.index(camera)))
    return Source(address, camera.real_time, camera.transport, camera.user or "", password or "")


def check_secrets(file: SettingsFile[WatchSettings]) -> None:
    """Refuse where the password of a channel cannot be had.

    Raises:
        UsageError: which one, with the line and key that names it.
    """
    told = file.settings
    single = [(told.mqtt, ("mqtt",)), (told.mail, ("mail",))]
    for channel, key in [*single, *((each, ("webhook", n)) for n, each in enumerate(told.webhook))]:
        if channel is not None:
            _password(file, channel, key)


def _password(file: SettingsFile[WatchSettings], holder: SecretSettings, key: Key) -> str | None:
    try:
        return holder.password(Path(file.where).parent)
    except UsageError as error:
        named = "password_env" if holder.password_file is None else "password_file"
        what = f"tells no password: {error.what}"
        raise file.error((*key, named), what, error.next_step or "") from None


def rules_of(
    file: SettingsFile[WatchSettings], camera: CameraSettings
) -> tuple[tuple[AnyRule, ...], SettingsFile[Any], Key]:
    """Return a camera's rules, the file in which they stand, and the key of their list in it.

    Raises:
        UsageError: their own file is not as it should be, or is another camera's.
    """
    if not camera.rules:
        return camera.rule, file, ("camera", file.settings.camera.index(camera), "rule")
    path = _beside(file, camera.rules)
    if not path.is_file():
        raise _error(
            file, camera, "rules", "names no file", "Check the path: it begins beside these settings."
        )
    own = read_rules(path)
    if own.settings.camera not in ("", camera.name):
        raise own.error(
            ("camera",), f"is not {camera.name}, whose rules they are to be", "Correct one of them."
        )
    return own.settings.rule, own, ("rule",)


def _error(
    file: SettingsFile[WatchSettings], camera: CameraSettings, key: str, what: str, next_step: str
) -> UsageError:
    return file.error(("camera", file.settings.camera.index(camera), key), what, next_step)


def _beside(file: SettingsFile[WatchSettings], path: str) -> Path:
    return beside(Path(file.where).parent, path)
