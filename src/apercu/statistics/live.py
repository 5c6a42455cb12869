"""Counting while a camera films: like footage, but nothing can be read twice."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from apercu.analysis import AnalysisOptions, Detector, analyze
from apercu.analysis.pipeline import Present
from apercu.archive import Archive, check_camera
from apercu.archive.records import ID_DIGITS
from apercu.errors import FootageError
from apercu.footage import LiveReader
from apercu.footage.live import shown_source
from apercu.purposes import Capability
from apercu.statistics.direct import counter_of, key_of, scene_of
from apercu.statistics.intervals import check_interval
from apercu.statistics.store import CountedRun

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0


@dataclass(slots=True)
class LiveState:
    """How live counting goes; updated after each picture.

    Attributes:
        runs: names of the runs counted so far, the present one last: each connection is one.
        counted_s: seconds counted so far, over all runs.
        dropped: pictures that came too fast.
        lost: why the stream broke off the last time; empty while it is there.
    """

    runs: list[str] = field(default_factory=list)
    counted_s: float = 0.0
    dropped: int = 0
    lost: str = ""


def count_live(
    archive: Archive,
    source: str,
    detector: Detector,
    *,
    camera: str,
    real_time: bool = False,
    options: AnalysisOptions | None = None,
    interval_s: float = 900.0,
    for_s: float | None = None,
    stop: threading.Event | None = None,
    told: Callable[[LiveState], None] | None = None,
) -> LiveState:
    """Count what a camera shows until it is stopped; a stream that is lost is opened again.

    Pictures that come faster than they can be looked at are left out evenly. The first seconds of each
    connection show the detector what the scene looks like, and are not counted.

    Args:
        archive: where the cells go.
        source: what PyAV opens: ``rtsp://...``, ``http://...``, or a file.
        detector: names what moves.
        camera: name of the camera.
        real_time: play a file at its own pace; its pictures count as taken now.
        options: how to analyse.
        interval_s: length of the intervals, seconds: a minute to a day.
        for_s: seconds after which it ends; None means never.
        stop: ends it, from any thread.
        told: told how it goes, from this thread.

    Raises:
        RefusedError: the archive's purpose has no ``count`` or no ``analyze-live``, or not now.
        UsageError: the interval is none that is possible, or the name cannot be a camera's.
        FootageError: the source cannot be opened the first time.
        OutputError: the archive cannot be written.
    """
    check_camera(camera)
    live = _Live(
        archive,
        source,
        detector,
        camera,
        real_time,
        # Nothing can be looked at twice.
        replace(options or AnalysisOptions(), thorough=True),
        check_interval(interval_s),
        None if for_s is None else time.monotonic() + for_s,
        stop or threading.Event(),
        told or (lambda state: None),
    )
    subject = f"camera {camera} live, {shown_source(source)}, by {interval_s:g} s"
    with (
        archive.gate.opens(Capability.COUNT, subject=subject) as counting,
        archive.gate.opens(Capability.ANALYZE_LIVE, subject=subject) as analysing,
    ):
        try:
            live.go_on()
        finally:
            counting.note = analysing.note = f"{live.state.counted_s:.0f} s in {len(live.state.runs)} runs"
    return live.state


@dataclass(slots=True)
class _Live:
    """One session; see ``count_live``."""

    archive: Archive
    source: str
    detector: Detector
    camera: str
    real_time: bool
    options: AnalysisOptions
    length_s: int
    until_s: float | None
    stop: threading.Event
    told: Callable[[LiveState], None]
    state: LiveState = field(default_factory=LiveState)

    def go_on(self) -> None:
        """Count, connection after connection."""
        wait_s = _FIRST_WAIT_S
        while not self._over:
            try:
                with LiveReader(self.source, real_time=self.real_time, stop=self.stop) as reader:
                    before_s = self.state.counted_s
                    self.state.lost = ""
                    self._run(reader)
                    if reader.ended:
                        return
                    self.state.lost = reader.lost
                    if self.state.counted_s > before_s:
                        wait_s = _FIRST_WAIT_S
            except FootageError as error:
                if not self.state.runs:
                    raise
                self.state.lost = error.what
            self.told(self.state)
            left_s = wait_s if self.until_s is None else min(wait_s, self.until_s - time.monotonic())
            self.stop.wait(max(left_s, 0.0))
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    @property
    def _over(self) -> bool:
        return self.stop.is_set() or (self.until_s is not None and time.monotonic() >= self.until_s)

    def _run(self, reader: LiveReader) -> None:
        """Count one connection."""
        start = datetime.now(UTC)
        name = f"live-{secrets.token_hex(ID_DIGITS // 2)}"
        info = reader.info
        scene = scene_of(self.archive, self.camera, start, info.width, info.height)
        about = CountedRun(
            run=name,
            camera=self.camera,
            key=key_of(self.options, self.detector, scene, self.length_s, self.camera, start),
            interval_s=self.length_s,
            start=start,
        )
        counter = counter_of(self.archive, scene, about)
        self.state.runs.append(name)
        before_s, dropped = self.state.counted_s, self.state.dropped
        begun_s: float | None = None

        def watch(present: Present) -> None:
            nonlocal begun_s
            if begun_s is None:
                begun_s = counter.begun_s = present.now_s
            counter.watch(present)
            self.state.counted_s = before_s + present.now_s - begun_s
            self.state.dropped = dropped + reader.dropped
            self.told(self.state)
            if self._over:
                reader.end()

        summary = analyze(
            reader,
            self.detector,
            counter,
            recording_id=name,
            camera=self.camera,
            start=start,
            options=self.options,
            watch=watch,
            backgrounds=False,
        )
        counter.end_piece(None, summary)
        if begun_s is not None:
            counter.finish(max(summary.duration_s, begun_s))
