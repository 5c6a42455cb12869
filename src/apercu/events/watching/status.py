"""How watching goes: one small file for each process, in the archive, which whoever wants to know reads.

``watching/<group>.json`` is replaced every two seconds. A process that is killed leaves its last one behind:
how old it is tells.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from apercu.events.interruption import GoingOn

FOLDER = "watching"
SILENT_S = 15.0
"""A process that has told nothing for so long is taken to be gone, seconds."""
_TOUCHED = timedelta(seconds=1)
"""A file that is so much younger than what it says was touched in place of being written."""

GroupState = Literal["starting", "watching", "ended", "failed"]


@dataclass(slots=True)
class CameraStatus:
    """How it goes with one camera.

    Attributes:
        camera: its name.
        source: its address, without password.
        connected: whether pictures come.
        picture: size, codec and container of the stream.
        lost: why it was lost, or not opened, the last time; empty while it is there.
        breaks: how often it was lost.
        frames: pictures taken. dropped: wanted ones that nobody had time for.
        damaged: packets that could not be decoded. jumps: of the camera's clock.
        age_s: how old the latest picture was when it was taken, seconds.
        delay_s: how old it was when all had been done with it, seconds; the worst of the last seconds.
        latest: when it was taken, ISO 8601; empty before the first.
        rules: how many are at work.
        signals: how many came of it. unsaved: of these, not yet stored, as the archive cannot be written.
        unsaved_why: why the archive could not be written the last time; empty since it can.
        counted_s: seconds counted.
        held_bytes: memory for the seconds around a signal.
        going_on: situations that were told and are not over: a process that is started again knows them.
    """

    camera: str
    source: str = ""
    connected: bool = False
    picture: str = ""
    lost: str = ""
    breaks: int = 0
    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    jumps: int = 0
    age_s: float = 0.0
    delay_s: float = 0.0
    latest: str = ""
    rules: int = 0
    signals: int = 0
    unsaved: int = 0
    unsaved_why: str = ""
    counted_s: float = 0.0
    held_bytes: int = 0
    going_on: list[GoingOn] = field(default_factory=list)


@dataclass(slots=True)
class GroupStatus:
    """How it goes with the process of a group of cameras.

    Attributes:
        group: its name.
        pid: of the process.
        state: what it does.
        why: why it ended or failed; empty otherwise.
        starts: how often it was started: more than once after a crash.
        told_at: when it told this, ISO 8601.
        memory_mb: memory of the process, MiB.
        cameras: its cameras.
    """

    group: str
    pid: int = 0
    state: GroupState = "starting"
    why: str = ""
    starts: int = 1
    told_at: str = ""
    memory_mb: float = 0.0
    cameras: list[CameraStatus] = field(default_factory=list)

    @property
    def silent_s(self) -> float:
        """How long it has told nothing, seconds."""
        if not self.told_at:
            return float("inf")
        return (datetime.now(UTC) - datetime.fromisoformat(self.told_at)).total_seconds()

    @property
    def alive(self) -> bool:
        """Whether it watches, and told so lately."""
        return self.state in ("starting", "watching") and self.silent_s < SILENT_S


def write_status(archive: Path, status: GroupStatus) -> None:
    """Replace the status of a group.

    Raises:
        OSError: it cannot be written.
    """
    folder = archive / FOLDER
    folder.mkdir(exist_ok=True)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    told = replace(status, pid=os.getpid(), told_at=now, memory_mb=round(_memory_mb(), 1))
    beside, target = folder / f".{status.group}.{os.getpid()}", folder / f"{status.group}.json"
    try:
        # Not flushed to the disk: after a power cut nothing watches.
        beside.write_text(json.dumps(asdict(told), indent=1), encoding="utf-8")
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        with suppress(OSError):
            os.utime(target)  # takes no room: whoever looks sees that it goes on, though not how
        raise


def read_status(archive: Path, *, since: datetime | None = None) -> list[GroupStatus]:
    """Return how it goes with each group, by name; empty where nothing was ever watched.

    Args:
        archive: its folder.
        since: only what was told after this time (aware): not what a run before told.
    """
    found = []
    for path in sorted((archive / FOLDER).glob("*.json")):
        try:
            found.append(_read(json.loads(path.read_text(encoding="utf-8")), path.stat().st_mtime))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            # Removed meanwhile, written by another version, or by hand: it is as if not there.
            continue
    if since is None:
        return found
    return [each for each in found if each.told_at and datetime.fromisoformat(each.told_at) >= since]


class Heartbeats:
    """How long the groups of an archive have told nothing, by a clock that nobody sets."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._heard: dict[str, tuple[str, float]] = {}

    def silent_s(self, group: str) -> float:
        """Return the seconds since a group told anything new, as far as it was looked; 0 for never."""
        now_s = time.monotonic()
        for each in read_status(self._archive):
            if self._heard.get(each.group, ("", 0.0))[0] != each.told_at:
                self._heard[each.group] = each.told_at, now_s
        return now_s - self._heard.get(group, ("", now_s))[1]


def forget_status(archive: Path, groups: Iterable[str]) -> None:
    """Remove the status of groups that are no longer among these."""
    kept = set(groups)
    for path in (archive / FOLDER).glob("*.json"):
        if path.stem not in kept:
            path.unlink(missing_ok=True)


def _read(values: dict[str, Any], written_s: float) -> GroupStatus:
    cameras = [CameraStatus(**each) for each in values.pop("cameras")]
    for camera in cameras:
        # They came as plain values.
        told: list[Any] = list(camera.going_on)
        camera.going_on = [GoingOn(**each) for each in told]
    status = GroupStatus(**values, cameras=cameras)
    written = datetime.fromtimestamp(written_s, UTC)
    if status.told_at and written - datetime.fromisoformat(status.told_at) > _TOUCHED:
        status.told_at = written.isoformat(timespec="milliseconds")  # it could write no more than that
    return status


def _memory_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 (no file on a disk)
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
