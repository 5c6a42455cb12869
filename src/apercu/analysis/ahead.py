"""Work done by another thread, a little ahead of who needs it; or in line, where there is but one core."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

_DEPTH = 6

Item = TypeVar("Item")


def ahead(items: Iterable[Item], depth: int = _DEPTH) -> Generator[Item]:
    """Yield items that another thread produces, up to ``depth`` ahead; its error is raised here."""
    waiting: queue.Queue[tuple[Item] | None] = queue.Queue(depth)  # None after the last
    stopped = threading.Event()

    def put(what: tuple[Item] | None) -> None:
        while not stopped.is_set():
            with suppress(queue.Full):
                waiting.put(what, timeout=0.1)
                return

    def produce() -> None:
        try:
            for item in items:
                put((item,))
                if stopped.is_set():
                    return
        finally:
            put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="apercu-decode") as pool:
        producing = pool.submit(produce)
        try:
            while (what := waiting.get()) is not None:
                yield what[0]
            producing.result()
        finally:
            stopped.set()
            with suppress(queue.Empty):  # whoever waits for room need not wait any longer
                while True:
                    waiting.get_nowait()


class InLine(Executor):
    """An executor that does everything at once, in the thread that asks for it."""

    def submit(self, work: Callable[..., Item], /, *given: Any, **named: Any) -> Future[Item]:
        """Do the work and return what came of it; an error is raised right here."""
        done: Future[Item] = Future()
        done.set_result(work(*given, **named))
        return done
