"""Run by the retention tests in a process of its own, whose children may be killed at any moment.

    python erasing.py TEMPLATE FOLDER random COUNT    COUNT times, on a copy of the archive: a child erases
                                                      what is due and is killed after a random time
    python erasing.py TEMPLATE FOLDER steps           a child dies before its n-th change to the file system,
                                                      for n = 1, 2, ... until it dies no more

The copies are ``FOLDER/1``, ``FOLDER/2`` and so on.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from dying import die_before

from apercu.archive import Archive, retention


def child(path: Path, step: int | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    if step is not None:
        die_before(step)
    retention.run(Archive.open(path))
    os._exit(0)


def main(template: Path, folder: Path, task: str, count: int) -> None:
    def copy(number: int) -> Path:
        return Path(shutil.copytree(template, folder / str(number)))

    begun = time.perf_counter()
    os.waitpid(child(copy(0), None), 0)
    whole_s = time.perf_counter() - begun
    for number in itertools.count(1) if task == "steps" else range(1, count + 1):
        path = copy(number)
        pid = child(path, number if task == "steps" else None)
        if task == "random":
            time.sleep(random.uniform(0, whole_s))
            os.kill(pid, signal.SIGKILL)
        if os.waitpid(pid, 0)[1] == 0 and task == "steps":
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 0)
