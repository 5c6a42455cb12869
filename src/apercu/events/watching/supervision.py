"""Processes that are kept alive: one that crashes or is killed is started again, later each time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
_STEADY_S = 60.0
_CHECK_EVERY_S = 0.25
_GRACE_S = 20.0
_ARENAS = ("MALLOC_ARENA_MAX", "2")
"""The GNU C library keeps what is freed apart for each of many threads, and each connection to a camera is a
new one: a process would hold more than it needs, and grow for hours. It is read when a process begins.
"""

Work = Callable[[Any, int, threading.Event], None]
"""What a process does: given what it is to work on, how often it was started, and what tells it to stop."""


@dataclass(slots=True)
class _Post:
    """One process, and what is known of those before."""

    name: str
    given: Any
    process: BaseProcess | None = None
    starts: int = 0
    started_s: float = 0.0
    wait_s: float = FIRST_WAIT_S
    due_s: float = 0.0
    done: bool = False


class Supervisor:
    """Runs work in processes, and starts them again until they end by themselves or are stopped.

    A process whose work returns has ended by itself. Where this process dies, however it dies, they end too.

    Args:
        work: importable by name; it must return soon after it is told to stop.
        given: what each process works on, by name; must be picklable, and hold no secret.
        hung: asked now and then whether a process, by name, has stopped working without ending: it is killed.
        told: told what happens, a line at a time.
    """

    def __init__(
        self,
        work: Work,
        given: Mapping[str, Any],
        *,
        hung: Callable[[str], bool] | None = None,
        told: Callable[[str], None] | None = None,
    ) -> None:
        # Spawned, not forked: decoders and OpenVINO have threads, which do not survive a fork.
        self._context = multiprocessing.get_context("spawn")
        self._work = work
        self._posts = [_Post(name, each) for name, each in given.items()]
        self._hung, self._told = hung or (lambda name: False), told or (lambda line: None)

    def run(self, stop: threading.Event) -> None:
        """Keep the processes alive until all have ended by themselves, or ``stop`` is set."""
        try:
            while not stop.is_set() and not all(post.done for post in self._posts):
                for post in self._posts:
                    self._look_after(post)
                stop.wait(_CHECK_EVERY_S)
        finally:
            self._end()

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        running = {post.name: post.process for post in self._posts if post.process is not None}
        return {name: process.pid for name, process in running.items() if process.pid is not None}

    def _look_after(self, post: _Post) -> None:
        now_s = time.monotonic()
        if post.done:
            return
        if post.process is None:
            if now_s >= post.due_s:
                self._start(post)
            return
        if post.process.is_alive():
            if now_s - post.started_s > _STEADY_S and self._hung(post.name):
                self._told(f"warning: {post.name} does not answer and is killed")
                post.process.kill()
            return
        code = post.process.exitcode
        post.process.close()
        post.process = None
        if code == 0:
            post.done = True
            return
        if now_s - post.started_s > _STEADY_S:
            post.wait_s = FIRST_WAIT_S
        post.due_s = now_s + post.wait_s
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        self._told(f"warning: {post.name} {how}; it is started again in {post.wait_s:g} s")
        post.wait_s = min(2 * post.wait_s, LONGEST_WAIT_S)

    def _start(self, post: _Post) -> None:
        os.environ.setdefault(*_ARENAS)
        post.starts += 1
        post.started_s = time.monotonic()
        post.process = self._context.Process(
            target=_entered, args=(self._work, post.given, post.starts), name=f"apercu-{post.name}"
        )
        post.process.start()

    def _end(self) -> None:
        """Tell all to stop, and wait; who does not is killed."""
        running = [post for post in self._posts if post.process is not None]
        for post in running:
            assert post.process is not None
            if post.process.is_alive():
                post.process.terminate()
        limit_s = time.monotonic() + _GRACE_S
        for post in running:
            assert post.process is not None
            post.process.join(max(limit_s - time.monotonic(), 0.1))
            if post.process.is_alive():
                self._told(f"warning: {post.name} does not end and is killed")
                post.process.kill()
                post.process.join()
            post.process.close()
            post.process = None


def _entered(work: Work, given: Any, starts: int) -> None:
    """Do the work in the process that was made for it."""
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    # Ctrl-C reaches all processes of a terminal; the one that leads decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(stop,), name="apercu-parent", daemon=True).start()
    work(given, starts, stop)


def _end_with_parent(stop: threading.Event) -> None:
    """Stop when the process that leads has died: nobody else would ever end this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        stop.set()
        time.sleep(_GRACE_S)
        os._exit(1)
