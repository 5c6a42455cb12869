"""Long work as resources: it waits, runs, tells how far it is, can be cancelled, keeps its result a while.

What a job made shows footage. It lies in the service's home, belongs to the person who asked for it, goes
after a while, and goes at once when the service ends.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from apercu.disk import writing
from apercu.errors import ApercuError, NothingToShowError, TooManyTriesError

log = logging.getLogger(__name__)

_MOST_KEPT = 500
_NICE = 10
"""By how much work gives way: about a tenth is left to it where all processors are busy with answers."""


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Cancelled(BaseException):
    """Ends the work of a job that was cancelled; no error, so that nothing catches it by chance."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a job made, or what there is of it already while it runs.

    Attributes:
        files: its files in the job's folder, by what they are: ``video``, ``index`` ...
        facts: what is to be told of it, plain values.
        recording_ids: whose footage it shows.
        as_filmed: how the ledger, and so an approval, names what it shows as it was filmed; empty where
            people are pixelated.
    """

    files: dict[str, Path]
    facts: dict[str, Any]
    recording_ids: frozenset[str]
    as_filmed: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is now.

    Attributes:
        job_id: 32 hexadecimal digits.
        kind: ``synopsis``, ``clip``, ``sheet``, ``analysis``, ``count`` or ``numbers``.
        archive_id: of which archive.
        person_id: who asked for it.
        state: how far it has come.
        stage: what it does now, one word.
        share: how much of that is done, 0 to 1.
        created_at: when it was asked for, aware.
        ended_at: when it ended, aware; None before.
        error: why it failed.
        begun: what can be looked at already while it runs; None before, and after.
        made: what it made, when it is done.
    """

    job_id: str
    kind: str
    archive_id: str
    person_id: int
    state: JobState
    created_at: datetime
    stage: str = ""
    share: float = 0.0
    ended_at: datetime | None = None
    error: ApercuError | None = None
    begun: Made | None = None
    made: Made | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in (JobState.WAITING, JobState.RUNNING)


class Report(Protocol):
    """Is told how far the work is; ends it where the job was cancelled."""

    def __call__(self, stage: str, share: float, begun: Made | None = None) -> None:
        """Take the stage, the share of it done, and what can be looked at already."""


Work = Callable[[Path, Report], Made]
"""Does it: given an empty folder for the result."""


@dataclass(slots=True)
class _Entry:
    job: Job
    cancelled: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    future: Future[Made] | None = None


class Jobs:
    """The jobs of a service."""

    def __init__(self, folder: Path, *, at_once: int, waiting: int, waiting_each: int, kept_s: float) -> None:
        """Use a folder for results; what another run left there is erased.

        Args:
            folder: which.
            at_once: jobs that run at once.
            waiting: jobs that may wait besides.
            waiting_each: jobs of one person that may wait, so that nobody keeps all others out.
            kept_s: how long results stay, seconds.

        Raises:
            OutputError: the folder cannot be written.
        """
        self._folder, self._kept = folder, timedelta(seconds=kept_s)
        self._waiting, self._waiting_each = waiting, waiting_each
        with writing(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)
        self._lock = threading.RLock()
        self._entries: dict[str, _Entry] = {}
        self._executor = ThreadPoolExecutor(at_once, "apercu-job", _let_answers_go_first)

    def start(self, kind: str, archive_id: str, person_id: int, work: Work) -> Job:
        """Begin a job, or let it wait for its turn.

        Raises:
            TooManyTriesError: too many wait already, of all or of this person.
        """
        self.sweep()
        job_id = secrets.token_hex(16)
        with self._lock:
            jobs = [entry.job for entry in self._entries.values()]
            waiting = [job.person_id for job in jobs if job.state is JobState.WAITING]
            if waiting.count(person_id) >= self._waiting_each:
                raise TooManyTriesError(
                    f"{self._waiting_each} of your jobs wait already",
                    wait_s=60,
                    next_step="Wait until one has its turn, or cancel one.",
                )
            if len(waiting) >= self._waiting:
                raise TooManyTriesError("too many jobs wait already", wait_s=60, next_step="Try again later.")
            job = Job(job_id, kind, archive_id, person_id, JobState.WAITING, datetime.now(UTC))
            entry = self._entries[job_id] = _Entry(job)
            entry.future = self._executor.submit(self._do, entry, work)
        entry.future.add_done_callback(lambda future: self._ended(entry, future))
        return entry.job

    def of(self, archive_id: str, person_id: int) -> list[Job]:
        """Return a person's jobs in an archive, the newest first."""
        self.sweep()
        with self._lock:
            jobs = [entry.job for entry in self._entries.values()]
        mine = [job for job in jobs if (job.archive_id, job.person_id) == (archive_id, person_id)]
        return sorted(mine, key=lambda job: job.created_at, reverse=True)

    def find(self, archive_id: str, person_id: int, job_id: str) -> Job:
        """Return one of a person's jobs.

        Raises:
            NothingToShowError: the person has none of this id there, or no longer.
        """
        self.sweep()
        with self._lock:
            entry = self._entries.get(job_id)
        if entry is None or (entry.job.archive_id, entry.job.person_id) != (archive_id, person_id):
            raise NothingToShowError(f"no job {job_id}", next_step="List them; results are kept for a while.")
        return entry.job

    def cancel(self, archive_id: str, person_id: int, job_id: str) -> None:
        """Cancel one of a person's jobs; of one that is over, erase the result.

        Raises: as ``find``.
        """
        self.find(archive_id, person_id, job_id)
        with self._lock:
            entry = self._entries.get(job_id)
            if entry is None:
                return
            entry.cancelled.set()
            if entry.future is not None and entry.future.cancel():
                return
            is_over = entry.job.is_over
        if is_over:
            self.erase([job_id])

    def wait(self, job_id: str, timeout_s: float) -> None:
        """Wait until a job is over; for tests, and for programs in the same process."""
        with self._lock:
            over = self._entries[job_id].over
        over.wait(timeout_s)

    def showing(self, archive_id: str) -> Collection[Job]:
        """Return the jobs that show footage of an archive: their results go with its recordings."""
        with self._lock:
            return [e.job for e in self._entries.values() if e.job.archive_id == archive_id and e.job.made]

    def erase(self, job_ids: Collection[str]) -> None:
        """Erase jobs that are over, with their results."""
        with self._lock:
            for job_id in job_ids:
                self._entries.pop(job_id, None)
        for job_id in job_ids:
            shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def sweep(self, now: datetime | None = None) -> None:
        """Erase what is over its time, and the oldest where there are too many."""
        moment = now or datetime.now(UTC)
        with self._lock:
            over = [entry.job for entry in self._entries.values() if entry.job.is_over]
        over.sort(key=lambda job: job.created_at)
        many = len(over) - _MOST_KEPT
        late = [job for job in over if job.ended_at is not None and job.ended_at + self._kept <= moment]
        self.erase({job.job_id for job in [*late, *over[: max(0, many)]]})

    def close(self) -> None:
        """Cancel everything and erase all results."""
        with self._lock:
            for entry in self._entries.values():
                entry.cancelled.set()
        self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            self._entries.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _do(self, entry: _Entry, work: Work) -> Made:
        def report(stage: str, share: float, begun: Made | None = None) -> None:
            if entry.cancelled.is_set():
                raise Cancelled
            self._change(entry, stage=stage, share=min(1.0, max(0.0, share)), begun=begun)

        self._change(entry, state=JobState.RUNNING)
        report("begin", 0.0)
        folder = self._folder / entry.job.job_id
        with writing(folder):
            folder.mkdir(mode=0o700)
        return work(folder, report)

    def _ended(self, entry: _Entry, future: Future[Made]) -> None:
        ended: dict[str, Any] = {"ended_at": datetime.now(UTC), "stage": "", "begun": None}
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or isinstance(error, Cancelled) or (error is None and entry.cancelled.is_set()):
            ended["state"] = JobState.CANCELLED
        elif error is None:
            ended.update(state=JobState.DONE, share=1.0, made=future.result())
        else:
            if not isinstance(error, ApercuError):
                log.error("a job broke", exc_info=error)
                error = ApercuError("the job broke", next_step="See the service's log.")
            ended.update(state=JobState.FAILED, error=error)
        if "made" not in ended:
            shutil.rmtree(self._folder / entry.job.job_id, ignore_errors=True)
        self._change(entry, **ended)
        entry.over.set()

    def _change(self, entry: _Entry, **values: Any) -> None:
        with self._lock:
            entry.job = replace(entry.job, **values)


def _let_answers_go_first() -> None:
    """Have this thread, and the threads and processes that it starts, work where nobody waits for an answer.

    A detector takes all processors there are. Only Linux knows of priorities of single threads.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICE)
