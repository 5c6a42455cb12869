"""Footage in, tracks out: the stages joined.

One thread decodes and shrinks pictures, a second finds what moves in the next picture while this one detects
and tracks in the last: both cores are busy, and no more than a handful of pictures is held. What the second
thread is told of tracks is always one picture old, so the result does not depend on which thread is faster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import datetime

from apercu.analysis.ahead import InLine, ahead
from apercu.analysis.detector import Detector
from apercu.analysis.motion import Motion
from apercu.analysis.options import AnalysisOptions
from apercu.analysis.pictures import Grid, Pictures
from apercu.analysis.results import Present, Sink
from apercu.analysis.stages import Stages
from apercu.analysis.summary import Summary
from apercu.footage import Footage, Frame
from apercu.timecode import Timecode

Progress = Callable[[float], None]


def analyze(
    reader: Footage,
    detector: Detector,
    sink: Sink,
    *,
    recording_id: str,
    camera: str,
    start: datetime | None = None,
    options: AnalysisOptions | None = None,
    begin: Timecode | None = None,
    end: Timecode | None = None,
    progress: Progress | None = None,
    threads: int = 2,
    watch: Callable[[Present], None] | None = None,
    backgrounds: bool = True,
) -> Summary:
    """Analyse one recording, or a span of it.

    Args:
        reader: the recording, or a camera.
        detector: names what moves.
        sink: takes tracks and backgrounds while the recording is still being read.
        recording_id, camera: written to every row.
        start: true time of the recording's start, aware; None when unknown.
        options: how.
        begin: first timecode wanted; None means the start.
        end: first timecode not wanted; None means the end.
        progress: told the seconds of footage done, now and then.
        threads: with 1 everything is done in line, in this thread (the reader and the detector may have
            threads of their own); with more, decoding and motion run beside the rest. The result is the same.
        watch: called after each picture, for what must not wait until tracks are whole.
        backgrounds: whether the empty scene is wanted; tracks are the same without.

    Raises:
        FootageError: the recording cannot be read at all.
        OutputError: the sink cannot be written.
    """
    options = options or AnalysisOptions()
    summary = Summary()
    told = progress or (lambda done_s: None)
    chosen = Pictures(reader, options, begin, end, threads=threads)
    stages = Stages(
        reader, chosen, detector, sink, options, summary, recording_id, camera, start, backgrounds
    )
    with (
        # Closed by name: where somebody holds on to an error, what reads ahead would not end by itself.
        closing(_timed(chosen, summary)) as decoded,
        closing(ahead(decoded) if threads > 1 else decoded) as pictures,
        ThreadPoolExecutor(1, "apercu-motion") if threads > 1 else InLine() as mover,
    ):
        moving: deque[tuple[Frame, Grid, Future[Motion]]] = deque()

        def follow_first() -> None:
            frame, luma, motion = moving.popleft()
            stages.follow(frame, luma, motion.result())
            told(stages.now_s)
            if watch is not None:
                watch(stages)

        for frame, luma in pictures:
            if not stages.due(frame):
                continue
            moving.append((frame, luma, mover.submit(stages.move, frame, luma, *stages.held)))
            if len(moving) > 1:
                follow_first()
            # Not by the latest picture, whose motion is still being found where that is done beside the rest.
            stages.plan()
            if threads == 1:  # a camera's next picture may take long to come
                follow_first()
        while moving:
            follow_first()
    stages.finish()
    told(summary.duration_s)
    return summary


def _timed(chosen: Pictures, summary: Summary) -> Generator[tuple[Frame, Grid]]:
    """Yield the pictures, counting the seconds that each takes to come: not those it waits to be wanted."""
    pictures = iter(chosen)
    while True:
        with summary.stage("decode"):
            picture = next(pictures, None)
        if picture is None:
            return
        yield picture
