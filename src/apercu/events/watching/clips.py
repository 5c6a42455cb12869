"""The seconds around signals, written by a thread of their own while cameras are watched."""

from __future__ import annotations

import os
import queue
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from apercu.analysis import Detector, Tracks
from apercu.errors import ApercuError
from apercu.events.event import Event
from apercu.events.watching.portrayal import write_clip
from apercu.events.watching.recent import Past

_WAITING = 8
_NICE = 10


@dataclass(frozen=True, slots=True)
class ClipTask:
    """One clip to write: see ``write_clip``."""

    event: Event
    pictures: tuple[Past, ...]
    tracks: Tracks
    scale: float
    rate: float


class Completed(Protocol):
    """Where clips go: the register."""

    def complete(self, key: str, *, clip: Path) -> object:
        """Give a signal its clip, a file that is copied."""


class ClipWriter:
    """Writes clips one after another, with less right to the processor than watching has.

    What cannot be written is told and left out: the signal itself is stored already.

    Args:
        signals: takes the clips.
        detector: looks for people; may be shared.
        told: told what went wrong, from the thread that writes.

    Attributes:
        written: clips so far. left_out: those for which there was no time, or that could not be written.
    """

    def __init__(self, signals: Completed, detector: Detector, told: Callable[[str], None]) -> None:
        self.written = self.left_out = 0
        self._signals, self._detector, self._told = signals, detector, told
        self._tasks: queue.Queue[ClipTask | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="apercu-clips", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tasks.put(None)
        self._thread.join()

    def write(self, task: ClipTask) -> None:
        """Have a clip written, unless too many wait already."""
        try:
            self._tasks.put_nowait(task)
        except queue.Full:
            self.left_out += 1

    def _run(self) -> None:
        with suppress(OSError):  # where the system does not know it, all are alike
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        with tempfile.TemporaryDirectory(prefix="apercu-clips-") as folder:
            path = Path(folder) / "clip.mp4"
            while (task := self._tasks.get()) is not None:
                try:
                    write_clip(
                        path,
                        task.event,
                        task.pictures,
                        task.tracks,
                        self._detector,
                        scale=task.scale,
                        rate=task.rate,
                    )
                    self._signals.complete(task.event.key, clip=path)
                    self.written += 1
                except ApercuError as error:
                    self.left_out += 1
                    self._told(f"warning: no clip of signal {task.event.key[:8]}: {error}")
