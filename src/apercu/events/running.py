"""Rules at work while footage is analysed: a camera, or a recording read as if it came from one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import AnalysisOptions, Detector, Summary, Tracks, analyze
from apercu.analysis.moment import Moment
from apercu.analysis.results import Present
from apercu.errors import DamagedFootageError
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.footage import Connections, Footage, Source
from apercu.footage.connections import Connection

Told = Callable[[Moment, list[Event]], None]


class _Nothing:
    """A sink that keeps nothing: tracks live in memory until they are over."""

    def add_tracks(self, tracks: Tracks) -> None:
        pass

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        pass


def live_options(options: AnalysisOptions | None = None) -> AnalysisOptions:
    """Return options as a camera takes them: nothing of it can be looked at twice."""
    return replace(options or AnalysisOptions(), thorough=True)


def run_rules(
    reader: Footage,
    detector: Detector,
    engine: Engine,
    told: Told,
    *,
    camera: str,
    run: str,
    start: datetime | None,
    options: AnalysisOptions | None = None,
    threads: int = 2,
) -> Summary:
    """Analyse footage, and show the engine every picture; nothing of it is kept.

    Args:
        reader: a camera, or a recording read as if it came from one.
        detector: names what moves.
        engine: the rules.
        told: given each moment with the events that it made, mostly none, from this thread.
        camera, run, start: as the engine has them.
        options: how to analyse.
        threads: as in ``analyze``.

    Raises:
        FootageError: it cannot be read at all.
    """

    def watch(present: Present) -> None:
        moment = present.moment()
        told(moment, engine.see(moment))

    return analyze(
        reader,
        detector,
        _Nothing(),
        recording_id=run,
        camera=camera,
        start=start,
        options=live_options(options),
        threads=threads,
        watch=watch,
        backgrounds=False,
    )


def replay(
    path: Path,
    detector: Detector,
    engine: Engine,
    *,
    camera: str,
    run: str,
    start: datetime | None,
    options: AnalysisOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Event]:
    """Read a recording as if it came from a camera, as fast as it goes, and return its events.

    Args:
        path: the recording.
        detector, engine, camera, run, start, options: as in ``run_rules``.
        progress: told the second of the recording.

    Raises:
        FootageError: it cannot be read at all.
        DamagedFootageError: it cannot be read to its end like this.
    """
    found: list[Event] = []

    def told(moment: Moment, events: list[Event]) -> None:
        found.extend(events)
        if progress is not None:
            progress(moment.time_s)

    rate = (options or AnalysisOptions()).rate
    stop = threading.Event()
    lost: list[str] = []

    def note(state: Connection) -> None:
        if state.lost:  # a file is not opened again, as a camera is
            lost.append(state.lost)
            stop.set()

    connections = Connections(Source(str(path)), rate=rate, stop=stop, told=note)
    for reader in connections.runs():
        run_rules(reader, detector, engine, told, camera=camera, run=run, start=start, options=options)
        break
    if lost:
        raise DamagedFootageError(
            f"cannot be read on as if it came from a camera: {lost[0]}",
            path=path,
            next_step="Use its tracks instead: leave --replay out.",
        )
    return found
