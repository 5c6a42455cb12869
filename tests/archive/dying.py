"""Imported by the scripts beside it: a process that dies at a chosen step of its work."""

from __future__ import annotations

import os
import sys
from typing import Any

CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "sqlite3.connect"}


def die_before(step: int) -> None:
    """Let this process die, as if killed, before its ``step``-th change to the file system from here on."""
    passed = 0

    def die(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal passed
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        if event in CHANGES or writes:
            passed += 1
            if passed == step:
                os._exit(9)

    sys.addaudithook(die)
