"""Processes that analyse segments side by side: one per processor core, and no memory that grows with time.

Each lane of the crew is a thread with a process of its own (``ProcessPoolExecutor``), which is ended and made
anew after some segments: whatever libraries keep for themselves goes with it. Recordings share the lanes, in
the order in which their segments were handed in.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2

from apercu.analysis import Detector, ModelCard, load_detector
from apercu.analysis.detector import load_card
from apercu.archive.analyst import Progress, SegmentTask, analyse_segment
from apercu.errors import ApercuError

_REPORT_EVERY_S = 0.2
_SEGMENTS_PER_PROCESS = 8


class Crew:
    """An analyst with ``workers`` processor cores; see ``Analyst``. Use it from any number of threads.

    While there are fewer segments than cores, each is given several threads.
    """

    def __init__(self, card_path: Path | None, workers: int, *, here: bool = False) -> None:
        """Get ready; processes are started when there is work for them.

        Args:
            card_path: the detector's card; None for the one inside.
            workers: processor cores to use.
            here: a recording in one segment is analysed by this process, which spares starting another: for
                when there is no other recording.

        Raises:
            ModelError: the card cannot be used.
        """
        self.card: ModelCard = load_card(card_path)
        self._card_path, self._workers, self._here = card_path, workers, here
        # Spawned, not forked: decoders and OpenVINO have threads, which do not survive a fork.
        self._context = multiprocessing.get_context("spawn")
        self._stop = self._context.Event()
        self._reports: Any = self._context.Queue()
        self._lanes = ThreadPoolExecutor(workers, "apercu-lane", initializer=_deaf)
        self._lane = threading.local()
        self._open: list[_Lane] = []
        self._lock = threading.Lock()
        self._listeners: dict[int, Callable[[float], None]] = {}
        self._waiting = 0
        self._count = 0

    def __enter__(self) -> Self:
        self._listener = threading.Thread(target=self._listen, name="apercu-reports", daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._lanes.shutdown(wait=True, cancel_futures=True)
        for lane in self._open:
            lane.close()
        self._reports.put(None)
        self._listener.join()

    def stop(self) -> None:
        """Let everything end soon: workers look at this between two pictures."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Let time pass; raises KeyboardInterrupt when all is to stop."""
        if self._stop.wait(seconds):
            raise KeyboardInterrupt

    def analyse(self, tasks: Sequence[SegmentTask], progress: Progress) -> None:
        """Analyse all of these; see ``Analyst``.

        Raises:
            KeyboardInterrupt: all is being stopped.
            ApercuError: of the first task that failed; ``FootageError``, ``OutputError`` and so on.
        """
        if self._here and len(tasks) == 1:
            self._analyse_here(tasks[0], progress)
            return
        with self._lock:
            self._waiting += len(tasks)
        given_up = threading.Event()
        futures = [self._lanes.submit(self._run, task, progress, given_up) for task in tasks]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            given_up.set()
            wait(futures)
        for future in futures:
            future.result()
        if self._stop.is_set():
            raise KeyboardInterrupt

    def _analyse_here(self, task: SegmentTask, progress: Progress) -> None:
        """Analyse one segment with all cores, in this thread."""

        def told(second: float) -> None:
            self.wait(0)
            progress(task.segment.number, second)

        cv2.setNumThreads(self._workers)
        detector = load_detector(self._card_path, threads=self._workers)
        analyse_segment(task, detector, told, threads=self._workers)

    def _run(self, task: SegmentTask, progress: Progress, given_up: threading.Event) -> None:
        """Have one segment analysed by the process of this lane."""
        try:
            if given_up.is_set() or self._stop.is_set():
                return
            with self._lock:
                self._count += 1
                number, threads = self._count, max(1, self._workers // max(1, self._waiting))
                self._listeners[number] = lambda second: progress(task.segment.number, second)
            try:
                self._own_lane().run(number, task, threads)
            finally:
                self._listeners.pop(number)
        finally:
            with self._lock:
                self._waiting -= 1

    def _own_lane(self) -> _Lane:
        """Return the lane of this thread, with a process that may be used."""
        lane: _Lane | None = getattr(self._lane, "lane", None)
        if lane is None:
            lane = _Lane(self._context, (self._card_path, self._reports, self._stop))
            self._lane.lane = lane
            with self._lock:
                self._open.append(lane)
        return lane

    def _listen(self) -> None:
        """Hand on what workers report, in a thread of its own."""
        while (report := self._reports.get()) is not None:
            number, second = report
            listener = self._listeners.get(number)
            if listener is not None:
                listener(second)


class _Lane:
    """A process that is renewed after some segments."""

    def __init__(self, context: Any, given: tuple[Any, ...]) -> None:
        self._context, self._given = context, given
        self._pool: ProcessPoolExecutor | None = None
        self._segments = 0

    def run(self, number: int, task: SegmentTask, threads: int) -> None:
        """Have a segment analysed, and wait for it.

        Raises:
            ApercuError: it failed, or the process died.
        """
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, self._context, initializer=_begin, initargs=self._given)
        try:
            self._pool.submit(_work, number, task, threads).result()
        except BrokenProcessPool as error:
            self.close()
            raise ApercuError(
                "a worker process was ended by the system, probably for want of memory",
                where=task.path,
                next_step="Use fewer --workers; what is finished is kept.",
            ) from error
        self._segments += 1
        if self._segments >= _SEGMENTS_PER_PROCESS:
            self.close()

    def close(self) -> None:
        """End the process, when what it does is done."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        self._pool, self._segments = None, 0


@dataclass(slots=True)
class _Worker:
    """What a worker process keeps from one segment to the next."""

    card_path: Path | None
    reports: Any
    stop: Any
    threads: int = 0
    detector: Detector | None = None

    def detector_of(self, threads: int) -> Detector:
        """Return the detector, made ready anew when it is to use another number of threads."""
        if self.detector is None or self.threads != threads:
            cv2.setNumThreads(threads)
            self.detector, self.threads = load_detector(self.card_path, threads=threads), threads
        return self.detector


_worker: list[_Worker] = []


def _begin(card_path: Path | None, reports: Any, stop: Any) -> None:
    """Set up a worker process."""
    threading.Thread(target=_end_with_parent, name="apercu-parent", daemon=True).start()
    reports.cancel_join_thread()  # nobody reads the last reports when all is being stopped
    _worker[:] = [_Worker(card_path, reports, stop)]


def _end_with_parent() -> None:
    """End this process when the one that leads is killed: else it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _deaf() -> None:
    """Let processes started by this thread be deaf to Ctrl-C: the one that leads decides when to stop."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _work(number: int, task: SegmentTask, threads: int) -> None:
    """Analyse one segment in a worker process."""
    (worker,) = _worker
    told_s = 0.0

    def progress(second: float) -> None:
        nonlocal told_s
        if worker.stop.is_set():
            raise KeyboardInterrupt
        if time.monotonic() - told_s >= _REPORT_EVERY_S:
            told_s = time.monotonic()
            worker.reports.put((number, second))

    analyse_segment(task, worker.detector_of(threads), progress, threads=threads)
