"""Run by the crash tests in a process of its own, which forks children that may be killed at any moment.

    python adding.py ARCHIVE race COUNT    COUNT children add four recordings each, one of them shared
    python adding.py ARCHIVE full BYTES    add a recording on a "disk" that takes files of BYTES at most
    python adding.py ARCHIVE loop COUNT    COUNT times: a child adds in a loop until killed
    python adding.py ARCHIVE steps         a child replaces a recording and dies before its n-th change to
                                           the file system, for n = 1, 2, ... until it dies no more

``loop`` and ``steps`` print a line after each death and go on when they read one. What is slow the first time
is done once, before forking, so that the killing hits the work.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import runpy
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from dying import die_before

from apercu.archive import Archive, Background, RecordingAnalysis
from apercu.errors import OutputError

make_whole = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["make_analysis"]


def make(*arguments: Any, **options: Any) -> RecordingAnalysis:
    """Return an analysis with a background so small that encoding it takes no time."""
    scene = np.full((9, 16, 3), 128, np.uint8)
    return replace(make_whole(*arguments, **options), backgrounds=[Background(0.0, scene)])


def fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def report(line: object) -> None:
    print(line, flush=True)
    sys.stdin.readline()


def race(path: Path, count: int) -> None:
    def add(me: int) -> None:
        archive = Archive.open(path)
        for name in (f"{me}-a", "shared", f"{me}-b", f"{me}-c"):
            archive.add(make(name, seed=me, settings={"by": me}))

    children = [fork(lambda me=me: add(me)) for me in range(count)]
    for child in children:
        assert os.waitpid(child, 0)[1] == 0


def full(path: Path, size: int) -> None:
    archive = Archive.open(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        archive.add(make("too-large", count=200, length=200))
    except OutputError as error:
        print(error)


def loop(path: Path, count: int) -> None:
    def once() -> None:
        Archive.open(path).add(make("0"))

    def add() -> None:
        archive = Archive.open(path)
        os.write(begun, b"!")
        for number in itertools.count():
            archive.add(make(f"{number % 7}", settings={"at": time.time()}, count=1 + number % 3))

    begin = time.perf_counter()
    os.waitpid(fork(once), 0)
    whole_s = time.perf_counter() - begin  # on a busy machine everything takes longer
    waiting, begun = os.pipe()
    for _ in range(count):
        child = fork(add)
        os.read(waiting, 1)
        time.sleep(random.uniform(0, 3 * whole_s))
        os.kill(child, signal.SIGKILL)
        report(os.waitpid(child, 0)[1])


def steps(path: Path) -> None:
    def replace(step: int) -> None:
        archive = Archive.open(path)
        new = make(settings={"step": step}, camera=("gate", "yard")[step % 2])
        die_before(step)
        archive.add(new)

    for step in itertools.count(1):
        child = fork(lambda step=step: replace(step))
        died = os.waitpid(child, 0)[1] != 0
        report(step if died else "done")
        if not died:
            return


if __name__ == "__main__":
    place, task, *numbers = sys.argv[1:]
    make("warm-up")
    {"race": race, "full": full, "loop": loop, "steps": steps}[task](Path(place), *map(int, numbers))
