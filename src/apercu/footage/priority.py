"""Encoders do not take the machine for themselves.

SVT-AV1, run by root, gives the highest real-time priority (SCHED_FIFO 99) to the thread that begins it and to
all of its own. Whatever that thread does later, and every process that it starts, then runs before anything
else on the machine: a service that has once made an AV1 video would no longer answer while it works.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def ordinary_priority() -> Iterator[None]:
    """Keep the calling thread's priority, and give it to all threads that begin meanwhile with another.

    Where there are no such priorities, or threads cannot be listed, there is nothing to be done for them.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, parameters, before = os.sched_getscheduler(0), os.sched_getparam(0), _threads()
    try:
        yield
    finally:
        for thread in {0} | (_threads() - before):
            with suppress(ProcessLookupError):  # it has just ended
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, parameters)


def _threads() -> set[int]:
    """Return the numbers of the threads of this process."""
    return {int(entry.name) for entry in _THREADS.iterdir()} if _THREADS.exists() else set()
