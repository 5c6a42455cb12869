"""One measured run in a process of its own: seconds, processor time and peak memory of it and its workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULT = "result.json"
"""What a measured script writes into the folder it is given: plain values."""

_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """What one process cost.

    Attributes:
        result: what it wrote itself, its seconds among it.
        cpu_s: processor seconds of all threads and of all processes that it started and waited for.
        peak_mb: the largest sum of resident memory of the process and all that come from it, in 10^6 bytes,
            looked at 20 times a second; pages that they share count in each.
    """

    result: dict[str, Any]
    cpu_s: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Seconds by the clock of what was measured, without the start of the process."""
        return float(self.result["seconds"])


def measured(script: Path, arguments: Sequence[str], folder: Path) -> Run:
    """Run ``script ARGUMENTS FOLDER`` and return what it cost.

    Args:
        script: Python; writes ``RESULT`` into the folder, with ``keep_result``.
        arguments: of it.
        folder: an empty one.
    """
    command = [sys.executable, str(script), *arguments, str(folder)]
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        peak, ended = 0.0, 0
        while not ended:
            time.sleep(_EVERY_S)
            peak = max(peak, sum(_resident(pid) for pid in family(child.pid)))
            ended, status, usage = os.wait4(child.pid, os.WNOHANG)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            raise SystemExit(f"{script.name} {' '.join(arguments)} failed:\n{errors.read()}")
    result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    return Run(result, usage.ru_utime + usage.ru_stime, max(peak, result["own_peak"]) / 1e6)


def keep_result(result: dict[str, Any], folder: Path) -> None:
    """Write what a measured script found, with its own peak memory, which a look from outside may miss."""
    written = {**result, "own_peak": _status(os.getpid(), "VmHWM")}
    (folder / RESULT).write_text(json.dumps(written, default=str), encoding="utf-8")


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that come from it."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return
    for child in children:
        yield from family(int(child))


def _resident(pid: int) -> int:
    """Return the bytes of memory that a process holds; 0 when it has just ended."""
    try:
        return _status(pid, "VmRSS")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _status(pid: int, name: str) -> int:
    """Return a size in bytes from a process's status; 0 for one that holds nothing any more."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
