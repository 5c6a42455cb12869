"""Doors that are open now: so that one whose process is killed is recorded all the same.

Each open door has a small file ``ledger/open/<random>.json`` that its process keeps locked (flock). When the
door closes, the entry is written and the file goes. When the process dies, the lock goes with it: whoever
writes the next entry finds the file unlocked, and writes the entry for it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

from apercu.disk import try_lock
from apercu.purposes.canonical import canonical
from apercu.purposes.entries import Request

_OPEN, _UNFINISHED = ".json", ".new"


class OpenDoor:
    """The file of a door that this process holds open."""

    def __init__(self, folder: Path, request: Request) -> None:
        """Make the file.

        Raises:
            OSError: it cannot be written.
        """
        folder.mkdir(exist_ok=True)
        name = secrets.token_hex(8)
        hidden = folder / f"{name}{_UNFINISHED}"  # under this name nobody takes it for abandoned
        self._path = folder / f"{name}{_OPEN}"
        self._handle = _made(hidden)
        began = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        os.write(self._handle, canonical({**asdict(request), "began": began}))
        hidden.rename(self._path)

    def close(self) -> None:
        """Remove the file; the entry must have been written."""
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def abandoned(folder: Path) -> Iterator[Request]:
    """Yield what the doors asked for whose process died; each file goes when the caller comes back for more.

    Files of doors that were never open, since their process died before, go as well. Hold the ledger's lock
    meanwhile.
    """
    try:
        names = os.listdir(folder)  # noqa: PTH208 (each entry pays)
    except FileNotFoundError:
        return
    for name in sorted(names):
        if not name.endswith((_OPEN, _UNFINISHED)):
            continue
        try:
            handle = try_lock(folder / name, create=False)
        except FileNotFoundError:  # its owner has just closed the door
            continue
        if handle is None:  # its process lives
            continue
        try:
            if name.endswith(_OPEN) and os.fstat(handle).st_nlink:  # else its owner has just closed the door
                yield _read(os.read(handle, 1 << 20), name)
            (folder / name).unlink(missing_ok=True)
        finally:
            os.close(handle)


def _made(path: Path) -> int:
    """Return a handle of a new file that this process holds locked."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # between the two lines above someone took it for left over, and removed it


def _read(content: bytes, name: str) -> Request:
    """Return the request in a door's file; of one that was altered, that it was."""
    names = {field.name for field in fields(Request)}
    try:
        values = json.loads(content)
    except ValueError:
        values = None
    if not isinstance(values, dict) or values.keys() != names | {"began"}:
        return Request("unknown", "", "", "unknown", "unknown", note=f"the open door {name} cannot be read")
    began = values.pop("began")
    note = f"{values.pop('note')} began {began}; its process ended without a word".strip()
    return Request(**{key: str(value) for key, value in values.items()}, note=note)
