"""The process of a group of cameras: a thread for each, one detector for all, a status that others read."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis import AnalysisOptions, Detections, Detector, ModelCard, load_detector
from apercu.archive import Archive
from apercu.archive.analyst import cores
from apercu.archive.signal_catalog import WantedSignals
from apercu.errors import ApercuError, RefusedError
from apercu.events.interruption import GoingOn
from apercu.events.register import Register
from apercu.events.settings import SettingsFile
from apercu.events.watching.portrayer import Portrayer
from apercu.events.watching.settings import (
    CameraSettings,
    WatchSettings,
    archive_path,
    read_watch,
    rules_of,
    source_of,
)
from apercu.events.watching.status import GroupStatus, read_status, write_status
from apercu.events.watching.watcher import Task, Watcher
from apercu.purposes import Capability
from apercu.statistics.intervals import check_interval, read_interval

_TELL_EVERY_S = 2.0
_ASK_EVERY_S = 10.0
_STUCK_S = 180.0
_LAST = 50


@dataclass(frozen=True, slots=True)
class GroupTask:
    """What one process does; no password is in it.

    Attributes:
        path: of the settings.
        group: whose cameras it watches.
    """

    path: Path
    group: str


class SharedDetector:
    """One detector for several threads: each waits for its turn."""

    def __init__(self, detector: Detector) -> None:
        self._detector, self._turn = detector, threading.Lock()

    @property
    def card(self) -> ModelCard:
        """As in ``Detector``."""
        return self._detector.card

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """As in ``Detector``."""
        with self._turn:
            return self._detector.detect(image)


def wanted(cameras: Sequence[CameraSettings]) -> list[Capability]:
    """Return what the purpose must allow for these cameras to be watched."""
    found = [Capability.ANALYZE_LIVE]
    if any(camera.rules or camera.rule for camera in cameras):
        found.append(Capability.SIGNAL_EVENTS)
    if any(camera.count for camera in cameras):
        found.append(Capability.COUNT)
    return found


def subject_of(cameras: Sequence[CameraSettings]) -> str:
    """Return what the ledger calls watching these cameras."""
    return f"cameras {', '.join(camera.name for camera in cameras)} live"


def task_of(file: SettingsFile[WatchSettings], camera: CameraSettings, archive: Archive) -> Task:
    """Return what is to be done with a camera.

    Raises:
        UsageError: its settings cannot be used.
    """
    rules, _, _ = rules_of(file, camera)
    shows = bool(rules) and archive.gate.allows(Capability.SHOW_IMAGES)
    return Task(
        camera.name,
        source_of(file, camera),
        rules,
        AnalysisOptions(rate=camera.rate),
        check_interval(read_interval(camera.interval)) if camera.count else None,
        pictures=shows,
        clips=shows and camera.clips,
    )


def left_going_on(camera: str, earlier: GroupStatus, register: Register) -> list[GoingOn]:
    """Return what was told of a camera and was not over when the process before this one ended.

    Args:
        camera: its name.
        earlier: the last that process told of itself.
        register: knows what it told after that: for all that is known, that goes on.
    """
    told = [one for each in earlier.cameras if each.camera == camera for one in each.going_on]
    if earlier.told_at:
        since = datetime.fromisoformat(earlier.told_at)
        last = register.signals(WantedSignals(cameras=(camera,), limit=_LAST))
        told += [GoingOn.of(each.event) for each in last if each.event.met_at and each.added_at > since]
    return told


def watch_group(given: GroupTask, starts: int, stop: threading.Event) -> None:
    """Watch the cameras of a group until told to stop, or until the purpose no longer allows it.

    Args:
        given: which.
        starts: how often this was started.
        stop: ends it.
    """
    try:
        file = read_watch(given.path)
        archive = Archive.open(archive_path(file))
        cameras = file.settings.groups.get(given.group, [])
    except ApercuError as error:  # changed since it began to be watched, or the disk is full
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    status = GroupStatus(given.group, starts=starts)
    earlier = next((each for each in read_status(archive.path) if each.group == given.group), status)
    try:
        with ExitStack() as doors:
            subject = subject_of(cameras)
            for capability in wanted(cameras):
                inside = doors.enter_context(archive.opens(capability, subject=subject))
            _Group(file, cameras, inside, status, stop).watch(earlier)
    except RefusedError as error:
        status.state, status.why = "ended", str(error)
        _say(str(error))
    except ApercuError as error:
        status.state, status.why = "failed", str(error)
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    finally:
        with suppress(OSError):  # the archive's disk may be the reason
            write_status(archive.path, status)


class _Group:
    """The cameras of one process, while they are watched."""

    def __init__(
        self,
        file: SettingsFile[WatchSettings],
        cameras: Sequence[CameraSettings],
        archive: Archive,
        status: GroupStatus,
        stop: threading.Event,
    ) -> None:
        self._archive, self._status, self._stop = archive, status, stop
        self._needs = wanted(cameras)
        self._tasks = [task_of(file, camera, archive) for camera in cameras]
        ways = file.settings
        self._register = Register(archive, ways.channels, ways.showing, ways.answering)
        self._failed: list[BaseException] = []
        threads = cores() if len(cameras) == 1 else 1
        cv2.setNumThreads(threads)
        self._detector = SharedDetector(load_detector(threads=threads))

    def watch(self, earlier: GroupStatus) -> None:
        """Watch until stopped, all sources have ended, or the purpose no longer allows it.

        What the process before this one told ``earlier`` and was not over is not told again.
        """
        portrayer = Portrayer(self._register, self._detector, _say)
        watchers = [
            Watcher(
                self._archive,
                task,
                self._detector,
                signals=self._register,
                portrayer=portrayer,
                stop=self._stop,
                going_on=left_going_on(task.camera, earlier, self._register),
            )
            for task in self._tasks
        ]
        self._status.cameras = [watcher.status for watcher in watchers]
        threads = [self._thread(watcher.run, watcher.task.camera) for watcher in watchers]
        portraying = self._thread(portrayer.run, "portrayer")
        try:
            self._tell_until_over(watchers, threads)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
            portrayer.close()
            portraying.join()
        if self._failed:
            raise self._failed[0]
        if self._status.state != "ended":
            self._status.state, self._status.why = "ended", "it was stopped, or its sources have ended"

    def _tell_until_over(self, watchers: Sequence[Watcher], threads: Sequence[threading.Thread]) -> None:
        self._status.state = "watching"
        asked_s = -_ASK_EVERY_S
        while not self._stop.is_set() and any(thread.is_alive() for thread in threads):
            now_s = time.monotonic()
            if now_s - asked_s >= _ASK_EVERY_S:
                asked_s = now_s
                if not all(self._archive.gate.allows(capability) for capability in self._needs):
                    self._status.state, self._status.why = "ended", "the purpose no longer allows it"
                    _say("the purpose no longer allows it: watching has ended")
                    return
            # Whoever reads the status takes a process that tells nothing for stuck, and it is started anew.
            if all(now_s - watcher.beat_s < _STUCK_S for watcher in watchers):
                with suppress(OSError):  # a full disk ends no watching
                    write_status(self._archive.path, self._status)
            self._stop.wait(_TELL_EVERY_S)

    def _thread(self, work: Callable[[], None], name: str) -> threading.Thread:
        """Return a thread that has begun to work."""
        thread = threading.Thread(target=self._guarded, args=(work,), name=f"apercu-{name}")
        thread.start()
        return thread

    def _guarded(self, work: Callable[[], None]) -> None:
        """Work in a thread; what goes wrong there ends the process, which is then started again."""
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (it is raised again in the main thread)
            self._failed.append(error)
            self._stop.set()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (a process of its own, started by the command)
