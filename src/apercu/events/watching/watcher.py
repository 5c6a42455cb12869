"""One camera, watched: it is analysed, its rules look at it, and what they meet becomes a signal."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import AnalysisOptions, Detector, Tracks, analyze
from apercu.analysis.results import Present, Sink
from apercu.archive import Archive
from apercu.archive.records import ID_DIGITS
from apercu.archive.zones import Zone, read_zones
from apercu.errors import ApercuError, NothingToShowError, OutputError
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.flow import UsualFlow
from apercu.events.interruption import Before, GoingOn
from apercu.events.kinds import AnyRule
from apercu.events.running import live_options
from apercu.events.silence import Silence
from apercu.events.watching.portrayer import ClipTask, PictureTask, Portrayer
from apercu.events.watching.recent import AROUND_S, Recent, Tapped
from apercu.events.watching.status import CameraStatus
from apercu.footage import Connection, Connections, LiveRun, Source
from apercu.statistics.direct import scene_of
from apercu.statistics.live import RunCounter

_AGAIN_S = 30.0
_SAVE_AGAIN_S = 5.0
_MOST_UNSAVED = 1000
_WORST_OF_S = 10.0


class Signals(Protocol):
    """Where events become signals: the register."""

    def add(
        self,
        event: Event,
        *,
        picture: bytes | None = None,
        rule_says: str = "",
        picture_follows: bool = False,
    ) -> object:
        """Store an event and queue it for delivery; adding it twice changes nothing.

        Raises:
            OutputError: it cannot be stored.
        """

    def complete(self, key: str, *, picture: bytes | None = None) -> object:
        """Give a signal its picture.

        Raises:
            OutputError: it cannot be stored.
        """

    def last_met(self, camera: str, rules: Iterable[str]) -> dict[str, datetime]:
        """Return when rules of a camera were last met (aware), by their names."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with one camera.

    Attributes:
        camera: its name.
        source: where its pictures come from.
        rules: those that look at it.
        options: how it is analysed.
        count_s: length of the intervals in which it is counted, seconds; None where it is not.
        pictures: whether signals have a picture. clips: whether they have the seconds around.
    """

    camera: str
    source: Source
    rules: Sequence[AnyRule] = ()
    options: AnalysisOptions = field(default_factory=AnalysisOptions)
    count_s: int | None = None
    pictures: bool = False
    clips: bool = False


@dataclass(slots=True)
class _Unsaved:
    """An event that is not stored yet, and its picture, if that is made already."""

    event: Event
    picture_follows: bool
    picture: bytes | None = None


class Watcher:
    """Watches one camera, in the thread that calls ``run``, until it is stopped.

    Args:
        archive: whose purpose allows it; its zones are looked at, and its cells counted.
        task: what is to be done.
        detector: names what moves; may be shared between cameras.
        signals: where events become signals.
        portrayer: makes pictures of signals, and clips of the seconds around them.
        stop: ends it, from any thread.
        going_on: what was told before and was not over when this process began.

    Attributes:
        status: how it goes.
        beat_s: when it was last known to work, monotonic seconds.
        met_at: when its rules were last met (aware), by their names; those never met are not in it.
    """

    def __init__(
        self,
        archive: Archive,
        task: Task,
        detector: Detector,
        *,
        signals: Signals,
        portrayer: Portrayer,
        stop: threading.Event,
        going_on: Sequence[GoingOn] = (),
    ) -> None:
        self.status = CameraStatus(
            task.camera, task.source.shown, rules=len(task.rules), going_on=list(going_on)
        )
        self.beat_s = time.monotonic()
        self.archive, self.task, self.detector = archive, task, detector
        self.signals, self.portrayer = signals, portrayer
        self.flow = UsualFlow()
        self._stop = stop
        self._unsaved: deque[_Unsaved] = deque(maxlen=_MOST_UNSAVED)
        self._saving = threading.Lock()
        self._saved_s = 0.0
        self._says = {rule.name: rule.text for rule in task.rules}
        # Asked for once: the catalog of a disk that is full later cannot be read, and that ends no watching.
        self.met_at = dict(signals.last_met(task.camera, [rule.name for rule in task.rules]))
        self._silence = Silence(task.rules, task.camera, self.met_at, going_on)

    def run(self) -> None:
        """Watch until the source has ended or it is stopped; what goes wrong is told, and tried again."""
        while not self._stop.is_set():
            connections = Connections(
                self.task.source,
                rate=self.task.options.rate,
                stop=self._stop,
                patient=True,
                told=self._note,
            )
            try:
                for live in connections.runs():
                    _Run(self, live).go()
            except ApercuError as error:
                # The other cameras of the process go on.
                self.status.connected, self.status.lost = False, str(error)
                self.beat_s = time.monotonic()
                self._listen(connected=False)
                self._stop.wait(_AGAIN_S)
            else:
                break
        self.save(again=True)

    def keep(self, event: Event, *, picture_follows: bool = False) -> None:
        """Make a signal of an event, now or as soon as the archive can be written."""
        self.status.signals += 1
        if event.met_at is not None:
            self.met_at[event.rule] = event.met_at
        with self._saving:
            self._unsaved.append(_Unsaved(event, picture_follows))
        self.save()

    def portray(self, event: Event, picture: bytes) -> None:
        """Give the signal of an event its picture, from any thread.

        As long as the signal is not stored, the picture is kept with it.
        """
        with self._saving:
            for each in self._unsaved:
                if each.event is event:
                    each.picture = picture
                    return
        try:
            self.signals.complete(event.key, picture=picture)
        except NothingToShowError:
            pass  # it was erased meanwhile
        except OutputError as error:
            self.status.unsaved_why = str(error)

    def save(self, *, again: bool = False) -> None:
        """Store what is not stored yet; after a failure not at once, unless ``again``."""
        now_s = time.monotonic()
        if not again and len(self._unsaved) > 1 and now_s - self._saved_s < _SAVE_AGAIN_S:
            return
        self._saved_s = now_s
        try:
            while self._unsaved:
                self._save_first()
                self.status.unsaved_why = ""
        except OutputError as error:
            self.status.unsaved_why = str(error)
        self.status.unsaved = len(self._unsaved)

    def _save_first(self) -> None:
        """Store the event that waits longest. It is not given its picture meanwhile."""
        with self._saving:
            each = self._unsaved[0]
            self.signals.add(
                each.event,
                picture=each.picture,
                rule_says=self._says.get(each.event.rule, ""),
                picture_follows=each.picture_follows and each.picture is None,
            )
            self._unsaved.popleft()

    def _note(self, connection: Connection) -> None:
        """Take over how the connection goes."""
        self.beat_s = time.monotonic()
        told = asdict(connection)
        latest = told.pop("latest")
        for name, value in told.items():  # all else is called the same in both
            setattr(self.status, name, value)
        if latest is not None:
            self.status.latest = latest.isoformat(timespec="milliseconds")
        self._listen(connected=connection.connected)

    def _listen(self, *, connected: bool) -> None:
        """Look at rules about cameras that send nothing."""
        now = datetime.now(self.archive.settings.zone)
        events = self._silence.see(now, connected=connected)
        if not connected:
            silent = self._silence.going_on(now)
            names = {each.rule for each in silent}
            others = [each for each in self.status.going_on if each.rule not in names]
            self.status.going_on = [*others, *silent]
        for event in events:
            self.keep(event)


class _Run:
    """One run of a camera."""

    def __init__(self, watcher: Watcher, live: LiveRun) -> None:
        self._watcher, self._live = watcher, live
        self._task, self._info = watcher.task, live.info
        self._name = f"live-{secrets.token_hex(ID_DIGITS // 2)}"
        self._options = live_options(self._task.options)
        self._recent = Recent(live.info.width, keeps=self._task.clips)
        self._engine: Engine | None = None
        self._places: dict[str, Zone] = {}
        self._due: deque[Event] = deque()
        self._worst: deque[tuple[float, float]] = deque()
        self._start = live.start
        self._counter: RunCounter | None = None
        if self._task.count_s is not None:
            self._counter = RunCounter(
                watcher.archive,
                live,
                watcher.detector,
                camera=self._task.camera,
                options=self._options,
                length_s=self._task.count_s,
            )
            self._name = self._counter.name

    def go(self) -> None:
        """Analyse until the run is over."""
        before_s = self._watcher.status.counted_s
        sinks: list[Sink] = [self._recent, *([] if self._counter is None else [self._counter.sink])]
        summary = analyze(
            Tapped(self._live, self._recent),
            self._watcher.detector,
            _Sinks(sinks),
            recording_id=self._name,
            camera=self._task.camera,
            start=self._start,
            options=self._options,
            threads=1,  # other cameras keep the cores busy
            watch=lambda present: self._watch(present, before_s),
            backgrounds=False,
        )
        if self._counter is not None:
            self._counter.finish(summary)
        while self._due:  # the stream broke off: what there is of the seconds around
            self._clip(self._due.popleft(), Tracks.empty())

    def _watch(self, present: Present, before_s: float) -> None:
        """Look at the latest picture."""
        status = self._watcher.status
        if self._task.rules:
            self._look(present)
        if self._counter is not None:
            self._counter.watch(present)
            status.counted_s = before_s + self._counter.counted_s
        self._watcher.save()
        self._tell_delay(present.now_s)
        status.held_bytes = self._recent.held_bytes

    def _look(self, present: Present) -> None:
        """Let the rules look."""
        moment = present.moment()
        moving = None if moment.sight is None else moment.sight.moving
        self._recent.note(moment.time_s, moving)
        if self._engine is None:
            self._engine = self._begun()
        events = self._engine.see(moment)
        self._watcher.status.going_on = self._engine.going_on()
        frame = self._recent.whole(moment.time_s) if self._task.pictures else None
        for event in events:
            self._watcher.keep(event, picture_follows=frame is not None)
        if events and frame is not None:
            tracks = self._recent.tracks(present.unfinished())
            for event in events:
                places = [self._places[event.place]] if event.place in self._places else []
                task = PictureTask(event, frame, moving, tracks, places, self._watcher.portray)
                self._watcher.portrayer.draw(task)
        if self._task.clips:
            self._due.extend(events)
        while self._due and moment.time_s >= self._due[0].met_s + AROUND_S:
            self._clip(self._due.popleft(), present.unfinished())

    def _begun(self) -> Engine:
        """Return the rules at work; only now is it known when the run began."""
        archive, camera = self._watcher.archive, self._task.camera
        self._start = self._live.start
        self._places = dict(read_zones(archive).get(camera, {}))
        return Engine(
            self._task.rules,
            scene_of(archive, camera, self._start, self._info.width, self._info.height),
            camera,
            self._name,
            self._start,
            zone=archive.settings.zone,
            flow=self._watcher.flow,
            before=Before(self._start, self._watcher.met_at, self._watcher.status.going_on),
        )

    def _clip(self, event: Event, going_on: Tracks) -> None:
        pictures = self._recent.between(event.met_s - AROUND_S, event.met_s + AROUND_S)
        if pictures:
            tracks = self._recent.tracks(going_on)
            scale, rate = self._recent.scale, self._options.rate
            self._watcher.portrayer.write(ClipTask(event, tuple(pictures), tracks, scale, rate))

    def _tell_delay(self, at_s: float) -> None:
        """Tell the worst of the last seconds: how long after a picture was taken all was done with it."""
        now = datetime.now(UTC)
        delay_s = (now - self._start - timedelta(seconds=at_s)).total_seconds()
        self._worst.append((time.monotonic(), delay_s))
        while self._worst[0][0] < time.monotonic() - _WORST_OF_S:
            self._worst.popleft()
        # A file that is not played in real time is ahead of what it shows.
        self._watcher.status.delay_s = max(0.0, *(delay for _, delay in self._worst))


class _Sinks:
    """Gives tracks to several sinks."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks

    def add_tracks(self, tracks: Tracks) -> None:
        for sink in self._sinks:
            sink.add_tracks(tracks)

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        pass
