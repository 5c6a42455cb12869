"""Counting while a camera films: like footage, but nothing can be read twice."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from apercu.analysis import AnalysisOptions, Detector, Summary, analyze
from apercu.analysis.results import Present
from apercu.archive import Archive, check_camera
from apercu.archive.records import ID_DIGITS
from apercu.footage import Connection, Connections, LiveRun, Source
from apercu.purposes import Capability
from apercu.statistics.direct import Counter, counter_of, key_of, scene_of
from apercu.statistics.intervals import check_interval
from apercu.statistics.store import CountedRun


@dataclass(slots=True)
class LiveState:
    """How live counting goes; updated after each picture.

    Attributes:
        runs: names of the runs counted so far, the present one last. One goes on over short breaks of the
            stream; what was not seen then counts as not watched.
        counted_s: seconds counted so far, over all runs.
        dropped: pictures that came too fast.
        lost: why the stream broke off the last time; empty while it is there.
        breaks: how often it did.
    """

    runs: list[str] = field(default_factory=list)
    counted_s: float = 0.0
    dropped: int = 0
    lost: str = ""
    breaks: int = 0


class RunCounter:
    """Counts one run of a camera while it is analysed; its ``sink`` and ``watch`` are those of ``analyze``.

    Args:
        archive: where the cells go.
        run: what the camera shows.
        detector: names what moves.
        camera: name of the camera.
        options: how it is analysed.
        length_s: length of the intervals, seconds.

    Attributes:
        name: of the run.
        counted_s: seconds counted so far.
        sink: takes tracks.
    """

    def __init__(
        self,
        archive: Archive,
        run: LiveRun,
        detector: Detector,
        *,
        camera: str,
        options: AnalysisOptions,
        length_s: int,
    ) -> None:
        self.name = f"live-{secrets.token_hex(ID_DIGITS // 2)}"
        self.counted_s = 0.0
        self._run = run
        scene = scene_of(archive, camera, run.start, run.info.width, run.info.height)
        about = CountedRun(
            run=self.name,
            camera=camera,
            key=key_of(options, detector, scene, length_s, camera, run.start),
            interval_s=length_s,
            start=run.start,
        )
        self.sink: Counter = counter_of(archive, scene, about)
        self.sink.missed = run.gaps
        self._begun_s: float | None = None

    def watch(self, present: Present) -> None:
        """Count what the latest picture shows."""
        if self._begun_s is None:
            self._begun_s = self.sink.begun_s = present.now_s
        self.sink.watch(present)
        missed_s = sum(end - begin for begin, end in self._run.gaps)
        self.counted_s = present.now_s - self._begun_s - missed_s

    def finish(self, summary: Summary) -> None:
        """Write what was counted until the end."""
        self.sink.end_piece(None, summary)
        if self._begun_s is not None:
            self.sink.finish(max(summary.duration_s, self._begun_s))


def count_live(
    archive: Archive,
    source: Source | str,
    detector: Detector,
    *,
    camera: str,
    options: AnalysisOptions | None = None,
    interval_s: float = 900.0,
    for_s: float | None = None,
    stop: threading.Event | None = None,
    told: Callable[[LiveState], None] | None = None,
) -> LiveState:
    """Count what a camera shows until it is stopped; a stream that is lost is opened again.

    Pictures that come faster than they can be looked at are left out evenly.

    Args:
        archive: where the cells go.
        source: the camera, or a file; a text is its address.
        detector: names what moves.
        camera: name of the camera.
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
    told, state = told or (lambda state: None), LiveState()
    source = Source(source) if isinstance(source, str) else source
    length_s = check_interval(interval_s)
    # Nothing can be looked at twice.
    options = replace(options or AnalysisOptions(), thorough=True)

    def note(connection: Connection) -> None:
        state.dropped, state.lost, state.breaks = connection.dropped, connection.lost, connection.breaks
        told(state)

    connections = Connections(
        source,
        rate=options.rate,
        stop=stop,
        until_s=None if for_s is None else time.monotonic() + for_s,
        told=note,
    )
    subject = f"camera {camera} live, {source.shown}, by {interval_s:g} s"
    with (
        archive.gate.opens(Capability.COUNT, subject=subject) as counting,
        archive.gate.opens(Capability.ANALYZE_LIVE, subject=subject) as analysing,
    ):
        try:
            for run in connections.runs():
                counter = RunCounter(
                    archive, run, detector, camera=camera, options=options, length_s=length_s
                )
                state.runs.append(counter.name)
                summary = analyze(
                    run,
                    detector,
                    counter.sink,
                    recording_id=counter.name,
                    camera=camera,
                    start=run.start,
                    options=options,
                    watch=partial(_count, counter, state, state.counted_s),
                    backgrounds=False,
                )
                counter.finish(summary)
        finally:
            counting.note = analysing.note = f"{state.counted_s:.0f} s in {len(state.runs)} runs"
    return state


def _count(counter: RunCounter, state: LiveState, before_s: float, present: Present) -> None:
    counter.watch(present)
    state.counted_s = before_s + counter.counted_s
