"""Many recordings into an archive, side by side on all cores, whatever becomes of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import filterfalse
from pathlib import Path
from typing import Protocol

from apercu.analysis import AnalysisOptions
from apercu.archive import Archive
from apercu.archive.analyst import cores
from apercu.archive.crew import Crew
from apercu.archive.intake import Intake, take_in_with
from apercu.archive.shelf import RECORDINGS
from apercu.archive.unfinished import FOLDER as UNFINISHED
from apercu.errors import ApercuError, ArchiveError, ModelError, OutputError, RefusedError
from apercu.footage import RecordingInfo
from apercu.purposes import Capability

_LOOK_EVERY_S = 0.2


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
    """Shows how far one recording is; told from any thread."""

    def move(self, second: float) -> None:
        """Take note of the seconds of footage done."""
        ...

    def end(self) -> None:
        """Take note that the work on it is over."""
        ...


Watch = Callable[[Path, float | None], Bar]
"""Told a recording that is begun and its seconds, None when unknown."""


def take_all(job: Job, paths: Sequence[Path], workers: int | None, watch: Watch) -> Iterator[Taken]:
    """Take recordings in; yield what became of each as soon as it is known.

    An error in one recording does not stop the others, but one that ``spares_none`` does, and is told once.
    Closing the iterator, and Ctrl-C, stop the work too; recordings and segments that are finished stay in the
    archive. Of recordings that were not finished, nothing is told.

    Args:
        job: what to do with each.
        paths: the recordings.
        workers: processor cores to use; None for all of this machine.
        watch: told what is begun.
    """
    if not paths:
        return
    workers = workers or cores()
    archive = Archive.open(job.archive)
    if not archive.gate.allows(Capability.KEEP_TRACKS):
        paths = paths[:1]  # the archive refuses, whatever the recording: once is enough, in the ledger too

    def hopeless(taken: Taken) -> bool:
        return taken.error is not None and spares_none(taken.error, archive.path)

    # One more than there are cores: while one is read for its hash or put together, no core waits for it.
    at_once = min(len(paths), workers + 1 if workers > 1 else 1)
    with (
        Crew(job.card, workers, here=len(paths) == 1) as crew,
        ThreadPoolExecutor(at_once, "apercu-recording") as recordings,
    ):
        try:
            pending = {recordings.submit(_take, job, archive, crew, path, watch) for path in paths}
            while pending:
                done, pending = wait(pending, timeout=_LOOK_EVERY_S, return_when=FIRST_COMPLETED)
                told = [future.result() for future in done]
                last = next(filter(hopeless, told), None)
                yield from filterfalse(hopeless, told)
                if last is not None:
                    yield last
                    crew.stop()
                    yield from filterfalse(hopeless, _ended(pending))
                    return
        finally:
            crew.stop()
            recordings.shutdown(wait=True, cancel_futures=True)


def spares_none(error: ApercuError, archive: Path) -> bool:
    """Return whether an error comes with every recording: the archive's or the model's, not that one's.

    What is torn in the folder of one recording is that one's, and so is what cannot be stored anywhere.
    """
    if isinstance(error, RefusedError | ModelError):
        return True
    if error.where is None or not isinstance(error, ArchiveError | OutputError):
        return False
    own = any(Path(error.where).is_relative_to(archive / part) for part in (RECORDINGS, UNFINISHED))
    return isinstance(error, OutputError) or not own


def _ended(futures: Iterable[Future[Taken]]) -> Iterator[Taken]:
    """Yield what became of those that come to an end of their own while all is being stopped."""
    for future in wait([future for future in futures if not future.cancel()]).done:
        if not isinstance(future.exception(), KeyboardInterrupt):
            yield future.result()


def _take(job: Job, archive: Archive, crew: Crew, path: Path, watch: Watch) -> Taken:
    begin = time.monotonic()
    bars: list[Bar] = []

    def begun(info: RecordingInfo) -> None:
        bars.append(watch(path, None if info.duration is None else float(info.duration)))

    def progress(second: float) -> None:
        bars[0].move(second)

    intake: Intake | None = None
    problem: ApercuError | None = None
    try:
        intake = take_in_with(
            crew,
            archive,
            path,
            camera=job.camera,
            start=job.start,
            options=job.options,
            begun=begun,
            progress=progress,
        )
    except ApercuError as error:
        problem = error
    finally:
        for bar in bars:
            bar.end()
    return Taken(path, intake, problem, time.monotonic() - begin)
