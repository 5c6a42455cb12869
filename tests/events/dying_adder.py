"""Adds signals, then their pictures, in children that die, as if killed, before each change to the disk.

Prints the step before which a child died and waits for a line; ends when a child comes to its end.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from apercu.archive import Archive
from apercu.events.register import Register

_HERE = Path(__file__).parent
making = runpy.run_path(str(_HERE / "making.py"))
dying = runpy.run_path(str(_HERE.parent / "archive" / "dying.py"))


def main(folder: str) -> None:
    step = 0
    while True:
        step += 1
        child = os.fork()
        if child == 0:
            register = Register(Archive.open(folder), ["mqtt"])
            dying["die_before"](step)
            signal = register.add(making["make_event"](step), picture_follows=True)
            register.complete(signal.key, picture=making["make_picture"]())
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(step, ended, flush=True)
        sys.stdin.readline()
        if ended == 0:
            return


main(sys.argv[1])
