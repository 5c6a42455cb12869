"""Every error that Aperçu raises on purpose, and the exit code each branch maps to.

::

    ApercuError                      1   anything below, when no branch fits better
    ├── UsageError                   2   the command or call itself cannot be right
    │   ├── UnknownNameError         2   a name that is not on the list it should be on
    │   ├── TooLargeError            2   more was sent than is taken
    │   └── ConflictError            2   what it is about is not, or no longer, as it would have to be
    ├── FootageError                 3   a recording cannot be read as it should
    │   ├── FootageNotFoundError     3   there is no such file
    │   ├── NotVideoError            3   the file holds no video that can be read
    │   └── DamagedFootageError      3   the video stops being readable part of the way
    ├── ModelError                   4   a model file or its card cannot be used
    ├── ArchiveError                 5   an archive cannot be used
    │   ├── ArchiveNotFoundError     5   there is no archive at that place
    │   ├── ArchiveVersionError      5   the archive was written by a newer Aperçu
    │   └── ArchiveDamagedError      5   a file of the archive is missing or torn
    │       └── LedgerDamagedError   5   the ledger is missing, or cannot be gone on with
    ├── OutputError                  6   a result cannot be written where it was asked for
    │   └── DeliveryError            6   a signal cannot be handed over, or not now
    ├── NothingToShowError           7   the question was right and the answer is empty
    ├── RefusedError                 8   the archive's purpose does not allow it, or not now, or not like this
    └── AccessError                  8   this person may not, though the purpose would allow it
        ├── LoginError               8   nobody is logged in, or name and password do not fit
        ├── RightError               8   no role for it, or no right in the archive, or no longer
        ├── ApprovalError            8   another person has to approve it first
        └── TooManyTriesError        8   too many tries; wait a while

Every message says what was wrong and where; ``next_step`` says what to do about it.
Interrupted runs (Ctrl-C) exit with 130, as shells expect.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

Fault = Literal["channel", "letter", "refused"]


class ApercuError(Exception):
    """Root of the tree. ``str(error)`` is one line: what, where, then the next step."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | Path | None = None, next_step: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return one line: ``where: what. Next step``."""
        line = f"{self.where}: {self.what}" if self.where else self.what
        line = line.rstrip(".")
        return f"{line}. {self.next_step}" if self.next_step else line

    def __reduce__(self) -> tuple[Any, ...]:
        """Let errors travel between processes, whatever arguments their class takes."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[ApercuError], args: tuple[Any, ...], facts: dict[str, Any]) -> ApercuError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class UsageError(ApercuError):
    """The command or call itself cannot be right."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that is not on the list it should be on; the message shows the list."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        close = get_close_matches(name, names, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        super().__init__(f"unknown {kind} {name!r}", next_step=f"{hint}Choose one of: {', '.join(names)}.")


class TooLargeError(UsageError):
    """More was sent than is taken."""


class ConflictError(UsageError):
    """What it is about is not, or no longer, as it would have to be."""


class FootageError(ApercuError):
    """A recording cannot be read as it should.

    Carries the system's own facts where they are known: ``path``, ``stream`` (index in the container) and
    ``timecode`` (how far reading came, as printed).
    """

    exit_code = 3

    def __init__(
        self,
        what: str,
        *,
        path: str | Path,
        stream: int | None = None,
        timecode: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.stream = stream
        self.timecode = timecode
        super().__init__(what, where=path, next_step=next_step)


class FootageNotFoundError(FootageError):
    """There is no such file."""


class NotVideoError(FootageError):
    """The file holds no video that can be read."""


class DamagedFootageError(FootageError):
    """The video stops being readable part of the way."""


class ModelError(ApercuError):
    """A model file or its card cannot be used."""

    exit_code = 4


class ArchiveError(ApercuError):
    """An archive cannot be used."""

    exit_code = 5


class ArchiveNotFoundError(ArchiveError):
    """There is no archive at that place."""


class ArchiveVersionError(ArchiveError):
    """The archive was written by a newer Aperçu."""


class ArchiveDamagedError(ArchiveError):
    """A file of the archive is missing or torn."""


class LedgerDamagedError(ArchiveDamagedError):
    """The ledger is missing, or its end cannot be read, so that no entry can follow."""


class OutputError(ApercuError):
    """A result cannot be written where it was asked for (folder, permission, space)."""

    exit_code = 6


class DeliveryError(OutputError):
    """A signal cannot be handed over, or not now. The message holds no secret: it is stored, and shown.

    Carries ``fault``: ``channel`` (nobody is there, or lets nobody in: all letters wait), ``letter`` (this
    one was not taken this time: its tries are counted) or ``refused`` (this one will never be taken).
    """

    def __init__(
        self,
        what: str,
        *,
        fault: Fault,
        where: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.fault = fault
        super().__init__(what, where=where, next_step=next_step)


class NothingToShowError(ApercuError):
    """The question was right and the answer is empty."""

    exit_code = 7


class RefusedError(ApercuError):
    """The archive's purpose does not allow it, or not now, or not like this.

    Carries the ``capability`` that was asked for and the ``purpose`` that refused it, by name.
    """

    exit_code = 8

    def __init__(
        self, what: str, *, capability: str, purpose: str, where: str | Path | None = None, next_step: str
    ) -> None:
        self.capability = capability
        self.purpose = purpose
        super().__init__(what, where=where, next_step=next_step)


class AccessError(ApercuError):
    """This person may not, though the archive's purpose would allow it."""

    exit_code = 8


class LoginError(AccessError):
    """Nobody is logged in, or name and password do not fit."""


class RightError(AccessError):
    """The person has no role for it, or no right in the archive, or no longer."""


class ApprovalError(AccessError):
    """Another person has to approve it first."""


class TooManyTriesError(AccessError):
    """There were too many tries; ``wait_s`` is after how many seconds another is looked at."""

    def __init__(self, what: str, *, wait_s: int, next_step: str) -> None:
        self.wait_s = wait_s
        super().__init__(what, next_step=next_step)
