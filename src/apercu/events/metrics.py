"""What a watching process tells of itself: metrics for Prometheus, and whether it lives and is ready."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apercu.archive import Archive
from apercu.archive.outbox import Fate
from apercu.errors import ApercuError
from apercu.events.delivery.sender import Sender
from apercu.events.watching.status import read_status
from apercu.statistics.exposition import PREFIX, listening, prometheus

_LATE_S = 30.0


@dataclass(frozen=True, slots=True)
class CameraState:
    """How a camera does.

    Attributes:
        camera: its name.
        picture_s: seconds since its last picture; None before the first.
        pictures: looked at, since the process began.
        dropped: came too fast and were left out evenly.
        lost: how often the connection was lost.
        delay_s: how old its pictures were when all had been done with them, seconds; None before the first.
        unsaved: signals that wait in memory, as the archive cannot be written.
        damaged: packets that could not be decoded.
    """

    camera: str
    picture_s: float | None
    pictures: int
    dropped: int
    lost: int
    delay_s: float | None = None
    unsaved: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class WatchState:
    """What metrics and health are told from.

    Attributes:
        archive: where signals go.
        sender: what delivers them; None where another process does.
        cameras: returns how each camera does, now; called from another thread.
    """

    archive: Archive
    sender: Sender | None
    cameras: Callable[[], Sequence[CameraState]]

    def problems(self) -> list[str]:
        """Return why it is not ready, in sentences; none when it is."""
        cameras = self.cameras()
        told = [] if cameras else ["no camera has told how it does yet"]
        told += [
            f"camera {each.camera} has given no picture yet"
            if each.picture_s is None
            else f"camera {each.camera} has given no picture for {each.picture_s:.0f} s"
            for each in cameras
            if each.picture_s is None or each.picture_s > _LATE_S
        ]
        if self.sender is not None:
            told += [state.problem for state in self.sender.states.values() if state.problem]
            if not self.sender.works:
                told.append("delivery has ended")
        try:
            self.archive.signals.outbox.depths()
        except ApercuError as error:
            told.append(str(error))
        return told


def camera_states(archive: Path, *, since: datetime | None = None) -> list[CameraState]:
    """Return how each camera of an archive that is watched does, as its processes told it last.

    Args:
        archive: its folder.
        since: only what was told after this time (aware).
    """
    now = datetime.now(UTC)
    return [
        CameraState(
            each.camera,
            (now - datetime.fromisoformat(each.latest)).total_seconds() if each.latest else None,
            each.frames,
            each.dropped,
            each.breaks,
            each.delay_s if each.latest else None,
            each.unsaved,
            each.damaged,
        )
        for group in read_status(archive, since=since)
        for each in group.cameras
    ]


@contextmanager
def serve_metrics(address: str, state: WatchState) -> Iterator[str]:
    """Answer ``/metrics``, ``/live`` and ``/ready`` in the background while the block lasts; yield the URL.

    ``/live`` answers as long as the process does. ``/ready`` answers 200, or 503 with what is wrong, as JSON.

    Args:
        address: ``PORT`` or ``HOST:PORT``; this machine only without a host.
        state: what is told.

    Raises:
        UsageError: it is no address, or prometheus_client is not installed.
        OutputError: nobody can listen there.
    """
    prometheus()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        path, safe = environ["PATH_INFO"], environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if safe and path == "/live":
            start("200 OK", [("Content-Type", "application/json")])
            return [b'{"live": true}\n']
        if safe and path == "/ready":
            problems = state.problems()
            start("503 Service Unavailable" if problems else "200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"ready": not problems, "problems": problems}).encode() + b"\n"]
        if not safe or path != "/metrics":
            start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"See /metrics, /live and /ready.\n"]
        start("200 OK", [("Content-Type", prometheus().CONTENT_TYPE_PLAIN_0_0_4)])
        return [metrics(state)]

    with listening(address, answer) as url:
        yield url


def metrics(state: WatchState) -> bytes:
    """Return everything in Prometheus' text format; what the catalog tells only where it can be read.

    Raises:
        UsageError: prometheus_client is not installed.
    """
    return bytes(prometheus().generate_latest(_Once(state)))


class _Once:
    """A registry of one moment, as prometheus_client reads it."""

    def __init__(self, state: WatchState) -> None:
        self._state = state
        self._now = datetime.now(UTC)

    def collect(self) -> Iterator[Any]:
        readable = _gauge("catalog_readable", "whether signals and letters could be counted: 1, or 0", ())
        try:
            counted = [*self._signals(), *self._outbox()]
        except ApercuError:  # /ready says why; what is known without the catalog is wanted most just then
            counted = []
        readable.add_metric([], float(bool(counted)))
        yield readable
        yield from counted
        yield from self._sent()
        yield from self._cameras()

    def _signals(self) -> Iterator[Any]:
        catalog = self._state.archive.signals.catalog
        counts = _gauge("signals", "signals in the archive", ("camera", "rule", "state"))
        for tally in catalog.tallies():
            counts.add_metric([tally.camera, tally.rule, tally.state.value], tally.count)
        yield counts
        oldest = catalog.oldest_open()
        waiting = _gauge("signal_oldest_open_seconds", "how long the oldest has waited for an answer", ())
        waiting.add_metric([], 0.0 if oldest is None else (self._now - oldest).total_seconds())
        yield waiting

    def _outbox(self) -> Iterator[Any]:
        letters = _gauge("outbox_letters", "letters in the outbox", ("channel", "state"))
        oldest = _gauge("outbox_oldest_seconds", "how long the oldest letter has waited", ("channel",))
        for depth in self._state.archive.signals.outbox.depths():
            letters.add_metric([depth.channel, depth.state.value], depth.count)
            if depth.state is Fate.WAITING:
                oldest.add_metric([depth.channel], (self._now - depth.oldest).total_seconds())
        yield letters
        yield oldest

    def _sent(self) -> Iterator[Any]:
        sender = self._state.sender
        for name, about in (("delivered", "letters that were taken"), ("failures", "tries that failed")):
            family = _counter(f"delivery_{name}", about, ("channel",))
            for channel, each in {} if sender is None else sender.states.items():
                family.add_metric([channel], getattr(each, name))
            yield family

    def _cameras(self) -> Iterator[Any]:
        cameras = self._state.cameras()
        since = _gauge("camera_picture_seconds", "seconds since the last picture", ("camera",))
        for camera in cameras:
            if camera.picture_s is not None:
                since.add_metric([camera.camera], camera.picture_s)
        yield since
        delay = _gauge(
            "camera_delay_seconds", "how old pictures are when all was done with them", ("camera",)
        )
        for camera in cameras:
            if camera.delay_s is not None:
                delay.add_metric([camera.camera], camera.delay_s)
        yield delay
        unsaved = _gauge("camera_unsaved_signals", "signals that wait in memory to be stored", ("camera",))
        for camera in cameras:
            unsaved.add_metric([camera.camera], camera.unsaved)
        yield unsaved
        for name, about in (
            ("pictures", "pictures that were looked at"),
            ("dropped", "pictures that came too fast"),
            ("lost", "connections that were lost"),
            ("damaged", "packets that could not be decoded"),
        ):
            family = _counter(f"camera_{name}", about, ("camera",))
            for camera in cameras:
                family.add_metric([camera.camera], getattr(camera, name))
            yield family


def _gauge(name: str, about: str, labels: Sequence[str]) -> Any:
    return prometheus().core.GaugeMetricFamily(f"{PREFIX}{name}", about, labels=labels)


def _counter(name: str, about: str, labels: Sequence[str]) -> Any:
    return prometheus().core.CounterMetricFamily(f"{PREFIX}{name}", about, labels=labels)
