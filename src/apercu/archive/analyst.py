"""Who analyses segments: the seam between what is to be done and which processes do it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from apercu.analysis import AnalysisOptions, Detector, ModelCard, analyze
from apercu.analysis.segments import Segment
from apercu.archive.segment_draft import SegmentDraft
from apercu.footage import FootageReader

Progress = Callable[[int, float], None]
"""Told the number of a segment, and how far in the recording its analysis is, seconds."""


@dataclass(frozen=True, slots=True)
class SegmentTask:
    """One segment to analyse: all that a process needs to know.

    Attributes:
        path: the recording.
        segment: which part of it.
        folder: the recording's folder of unfinished segments; the result appears in there.
        recording_id, camera, start: written to every row.
        options: how.
        sound: whether the recording's timestamps can be trusted; None where nobody has looked yet.
    """

    path: Path
    segment: Segment
    folder: Path
    recording_id: str
    camera: str
    start: datetime | None
    options: AnalysisOptions
    sound: bool | None


class Analyst(Protocol):
    """Analyses segments; where, and how many at once, is its own business."""

    @property
    def card(self) -> ModelCard:
        """The detector it works with."""
        ...

    def analyse(self, tasks: Sequence[SegmentTask], progress: Progress) -> None:
        """Analyse all of these; return when every one is finished on the disk.

        An error of one ends all that are not finished, and is raised. ``progress`` may be called from another
        thread.
        """
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass; raises KeyboardInterrupt when all is to stop."""
        ...


def analyse_segment(
    task: SegmentTask, detector: Detector, progress: Callable[[float], None], *, threads: int
) -> None:
    """Analyse one segment here, and put what was found onto the disk.

    Args:
        task: the segment.
        detector: names what moves.
        progress: told how far in the recording it is, seconds.
        threads: for decoding; with 1, everything is done by this thread alone.

    Raises:
        FootageError: the recording cannot be read.
        OutputError: the result cannot be written.
    """
    with (
        FootageReader(task.path, threads=threads, sound=task.sound) as reader,
        closing(SegmentDraft(task.folder, task.segment.number)) as draft,
    ):
        summary = analyze(
            reader,
            detector,
            draft,
            recording_id=task.recording_id,
            camera=task.camera,
            start=task.start,
            options=task.options,
            begin=task.segment.begin,
            end=task.segment.end,
            progress=progress,
            threads=threads,
        )
        draft.seal(summary)


class Here:
    """Analyses segments in this process, one after the other; see ``Analyst``."""

    def __init__(self, detector: Detector) -> None:
        """Analyse with a detector that is ready to run."""
        self._detector = detector

    @property
    def card(self) -> ModelCard:
        """The detector it works with."""
        return self._detector.card

    def analyse(self, tasks: Sequence[SegmentTask], progress: Progress) -> None:
        """Analyse all of these."""
        for task in tasks:
            analyse_segment(task, self._detector, partial(progress, task.segment.number), threads=cores())

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0))
