"""Signals as the archive stores them, as typed records; what an event is, the room ``events`` knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from apercu.archive.summary import StoredFile
from apercu.errors import ArchiveDamagedError, ArchiveVersionError

SIGNAL_FILE, ANSWERS_FILE = "signal.json", "answers.json"
SIGNAL_VERSION = 1
_RESTORE = "Put the file back from a backup, or erase the signal's folder."


class State(StrEnum):
    """What a person made of a signal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal.

    Attributes:
        key: the event's, 32 hexadecimal digits.
        camera, run, rule, kind, met_at: the event's own.
        added_at: when it was stored, aware.
        says: what the rule says, in a sentence.
        event: all of the event, as plain values.
        folder: where its files lie, relative to the archive.
        picture, clip: names of the files in it; empty without one.
        state: the last answer.
        number: order in which signals were added; 0 before.
    """

    key: str
    camera: str
    run: str
    rule: str
    kind: str
    met_at: datetime | None
    added_at: datetime
    says: str
    event: Mapping[str, Any] = field(repr=False)
    folder: str
    picture: str = ""
    clip: str = ""
    state: State = State.OPEN
    number: int = 0

    @property
    def at(self) -> datetime:
        """When it was met; of a recording without a clock, when it was added; aware."""
        return self.met_at or self.added_at


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What a person said to a signal: state, kind of reason, words, who, and when (aware)."""

    state: State
    reason: str
    words: str
    actor: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class SignalSummary:
    """What ``signal.json`` says: the signal, the channels it was to go over, and its files by name.

    ``answering`` are those channels over which answers to it go, too.
    """

    row: SignalRow
    channels: tuple[str, ...]
    files: Mapping[str, StoredFile]
    answering: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Return the file's content."""
        row = self.row
        values = {
            "version": SIGNAL_VERSION,
            "key": row.key,
            "added_at": row.added_at.isoformat(),
            "says": row.says,
            "event": dict(row.event),
            "picture": row.picture,
            "clip": row.clip,
            "channels": list(self.channels),
            "answering": list(self.answering),
            "files": {name: asdict(file) for name, file in self.files.items()},
        }
        return json.dumps(values, indent=2, ensure_ascii=False).encode() + b"\n"


def read_signal(archive: Path, folder: Path) -> SignalSummary:
    """Read ``signal.json`` of a signal's folder.

    Raises:
        ArchiveDamagedError: it is missing, torn or lacks something.
        ArchiveVersionError: a newer Aperçu wrote it.
    """
    path = folder / SIGNAL_FILE
    try:
        values = json.loads(path.read_bytes())
        if values["version"] > SIGNAL_VERSION:
            raise ArchiveVersionError(
                f"has version {values['version']}, this Aperçu reads up to {SIGNAL_VERSION}",
                where=path,
                next_step="Upgrade Aperçu: pip install --upgrade apercu.",
            )
        event, met_at = values["event"], values["event"]["met_at"]
        row = SignalRow(
            key=values["key"],
            camera=event["camera"],
            run=event["run"],
            rule=event["rule"],
            kind=event["kind"],
            met_at=None if met_at is None else datetime.fromisoformat(met_at),
            added_at=datetime.fromisoformat(values["added_at"]),
            says=values["says"],
            event=event,
            folder=folder.relative_to(archive).as_posix(),
            picture=values["picture"],
            clip=values["clip"],
        )
        files = {name: StoredFile(**told) for name, told in values["files"].items()}
        # Those from before answers were told name no channel for them.
        answering = tuple(values.get("answering", ()))
        return SignalSummary(row, tuple(values["channels"]), files, answering)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveDamagedError(f"cannot be read ({error})", where=path, next_step=_RESTORE) from error


def answers_to_json(answers: list[AnswerRow]) -> bytes:
    """Return the content of ``answers.json``, from which a lost catalog is rebuilt."""
    values = [asdict(answer) | {"answered_at": answer.answered_at.isoformat()} for answer in answers]
    return json.dumps({"version": SIGNAL_VERSION, "answers": values}, indent=2, ensure_ascii=False).encode()


def read_answers(folder: Path) -> list[AnswerRow]:
    """Read ``answers.json`` of a signal's folder; without one, nobody has answered.

    Raises:
        ArchiveDamagedError: it is torn or lacks something.
    """
    path = folder / ANSWERS_FILE
    try:
        values = json.loads(path.read_bytes())["answers"]
        return [
            AnswerRow(
                State(told["state"]),
                told["reason"],
                told["words"],
                told["actor"],
                datetime.fromisoformat(told["answered_at"]),
            )
            for told in values
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveDamagedError(f"cannot be read ({error})", where=path, next_step=_RESTORE) from error
