"""Many recordings into an archive, one after the other or in several processes, whatever becomes of each."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self

from apercu.analysis import AnalysisOptions, Detector, load_detector
from apercu.archive import Archive
from apercu.archive.intake import Intake, take_in
from apercu.errors import ApercuError
from apercu.footage import RecordingInfo

_REPORT_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with every recording.

    Attributes:
        archive: folder it goes into.
        camera, start: as the user said; None where they did not.
        card: model card; None for the detector inside.
        options: how to analyse.
    """

    archive: Path
    camera: str | None = None
    start: datetime | None = None
    card: Path | None = None
    options: AnalysisOptions = field(default_factory=AnalysisOptions)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one recording: an intake or an error, and the seconds it took."""

    path: Path
    intake: Intake | None
    error: ApercuError | None
    seconds: float


class Bar(Protocol):
    """Shows how far one recording is."""

    def move(self, second: float) -> None:
        """Take note of the seconds of footage done."""
        ...

    def end(self) -> None:
        """Take note that the work on it is over."""
        ...


Watch = Callable[[str, float | None], Bar]
"""Told the name of a recording that is begun and its seconds, None when unknown."""


def take_all(job: Job, paths: Sequence[Path], workers: int, watch: Watch) -> Iterator[Taken]:
    """Take recordings in; yield what became of each as soon as it is known.

    An error in one recording does not stop the others. Closing the iterator, and Ctrl-C, stop the work;
    recordings that are finished stay in the archive.
    """
    workers = min(workers, len(paths))
    if workers <= 1:
        yield from _one_by_one(job, paths, watch)
    else:
        yield from _side_by_side(job, paths, workers, watch)


def _one_by_one(job: Job, paths: Sequence[Path], watch: Watch) -> Iterator[Taken]:
    if not paths:
        return
    archive = Archive.open(job.archive)
    detector = load_detector(job.card, threads=_cores())
    for path in paths:
        with _Board(watch) as board:
            begun, move = partial(board.begin, 0), partial(board.move, 0)
            taken = _take(job, archive, detector, path, begun=begun, progress=move)
        yield taken


def _side_by_side(job: Job, paths: Sequence[Path], workers: int, watch: Watch) -> Iterator[Taken]:
    # Spawned, not forked: decoders and OpenVINO have threads, which do not survive a fork.
    context = multiprocessing.get_context("spawn")
    reports: Any = context.Queue()
    stop = context.Event()
    threads = max(1, _cores() // workers)
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(job, threads, reports, stop))
    try:
        with _ctrl_c_is_ours():
            numbers = {pool.submit(_work, number, path): number for number, path in enumerate(paths)}
        pending = set(numbers)
        with _Board(watch) as board:
            while pending:
                done, pending = wait(pending, timeout=_REPORT_EVERY_S, return_when=FIRST_COMPLETED)
                board.take_reports(reports)
                for future in done:
                    board.end(numbers[future])
                    yield _result(future)
    finally:
        # Workers look at this between two pictures; what they have not finished leaves no trace.
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ctrl_c_is_ours() -> Iterator[None]:
    """Let processes started in the block be born deaf to Ctrl-C: only this process decides when to stop."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _result(future: Future[Taken]) -> Taken:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise ApercuError(
            "a worker process was ended by the system, probably for want of memory",
            next_step="Use fewer --workers; finished recordings are kept.",
        ) from error


class _Board:
    """The bars of the recordings in work, by number."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._bars: dict[int, Bar] = {}
        self._ended: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self._bars):
            self.end(number)

    def begin(self, number: int, info: RecordingInfo) -> None:
        self._begin(number, info.path.name, _seconds(info))

    def move(self, number: int, second: float) -> None:
        if number in self._bars:
            self._bars[number].move(second)

    def end(self, number: int) -> None:
        self._ended.add(number)
        if number in self._bars:
            self._bars.pop(number).end()

    def take_reports(self, reports: Any) -> None:
        """Show what workers have reported since the last time."""
        while True:
            try:
                number, name, value = reports.get_nowait()
            except queue.Empty:
                return
            if name is None:
                self.move(number, value)
            elif number not in self._ended:  # a report may come later than the result
                self._begin(number, name, value)

    def _begin(self, number: int, name: str, footage_s: float | None) -> None:
        self._bars[number] = self._watch(name, footage_s)


@dataclass(slots=True)
class _Worker:
    """What a worker process keeps from one recording to the next."""

    job: Job
    archive: Archive
    detector: Detector
    reports: Any
    stop: Any


_worker: list[_Worker] = []


def _begin(job: Job, threads: int, reports: Any, stop: Any) -> None:
    """Set up a worker process."""
    reports.cancel_join_thread()  # nobody reads the last reports when all is being stopped
    _worker[:] = [
        _Worker(job, Archive.open(job.archive), load_detector(job.card, threads=threads), reports, stop)
    ]


def _work(number: int, path: Path) -> Taken:
    """Take in one recording in a worker process."""
    (worker,) = _worker
    told_s = time.monotonic()

    def progress(second: float) -> None:
        nonlocal told_s
        if worker.stop.is_set():
            raise KeyboardInterrupt
        if time.monotonic() - told_s >= _REPORT_EVERY_S:
            told_s = time.monotonic()
            worker.reports.put((number, None, second))

    def begun(info: RecordingInfo) -> None:
        worker.reports.put((number, info.path.name, _seconds(info)))

    return _take(worker.job, worker.archive, worker.detector, path, begun=begun, progress=progress)


def _take(
    job: Job,
    archive: Archive,
    detector: Detector,
    path: Path,
    *,
    begun: Callable[[RecordingInfo], None],
    progress: Callable[[float], None],
) -> Taken:
    begin = time.monotonic()
    intake: Intake | None = None
    problem: ApercuError | None = None
    try:
        intake = take_in(
            archive,
            path,
            detector,
            camera=job.camera,
            start=job.start,
            options=job.options,
            begun=begun,
            progress=progress,
        )
    except ApercuError as error:
        problem = error
    return Taken(path, intake, problem, time.monotonic() - begin)


def _seconds(info: RecordingInfo) -> float | None:
    return None if info.duration is None else float(info.duration)


def _cores() -> int:
    return len(os.sched_getaffinity(0))
