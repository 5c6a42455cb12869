"""Processes are started again when they crash, end when asked, and do not outlive who leads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apercu.events.watching import supervision
from apercu.events.watching.supervision import Supervisor

WORK = """
import os, sys, time

def go(folder, starts, stop):
    with open(f"{folder}/{starts}", "w") as file:
        file.write(str(os.getpid()))
    if starts == 1:
        sys.exit(3)
    stop.wait(60)

def end(folder, starts, stop):
    with open(f"{folder}/ended", "w") as file:
        file.write(os.environ["MALLOC_ARENA_MAX"])
"""

LEAD = """
import sys, threading
sys.path.insert(0, sys.argv[1])
import some_work
from apercu.events.watching.supervision import Supervisor
if __name__ == "__main__":
    Supervisor(some_work.go, {"one": sys.argv[1]}).run(threading.Event())
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "some_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(supervision, "FIRST_WAIT_S", 0.05)
    import some_work  # type: ignore[import-not-found]

    yield some_work
    del sys.modules["some_work"]


def wait(until: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not until():
        assert time.monotonic() < limit
        time.sleep(0.05)


def pid_of(path: Path) -> int:
    wait(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_who_crashes_or_is_killed_is_started_again_and_ends_when_asked(work: Any, tmp_path: Path) -> None:
    told: list[str] = []
    stop = threading.Event()
    supervisor = Supervisor(work.go, {"one": str(tmp_path)}, told=told.append)
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    try:
        os.kill(pid_of(tmp_path / "2"), signal.SIGKILL)
        third = pid_of(tmp_path / "3")
        assert supervisor.pids == {"one": third}
    finally:
        stop.set()
        thread.join()
    assert gone(third)
    assert "ended with code 3" in told[0] and "killed by signal 9" in told[1]


def test_who_ends_by_itself_is_not_started_again(work: Any, tmp_path: Path) -> None:
    Supervisor(work.end, {"one": str(tmp_path), "two": str(tmp_path)}).run(threading.Event())
    # What is freed in one thread is there for the next: else memory would grow with each connection.
    assert (tmp_path / "ended").read_text() == "2"


def test_nobody_outlives_who_leads(work: Any, tmp_path: Path) -> None:
    lead = tmp_path / "lead.py"
    lead.write_text(LEAD)
    with subprocess.Popen([sys.executable, str(lead), str(tmp_path)], stderr=subprocess.DEVNULL) as leading:
        second = pid_of(tmp_path / "2")
        leading.kill()
    wait(lambda: gone(second))
