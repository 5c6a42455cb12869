"""One line of the ledger."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from apercu.errors import UsageError
from apercu.purposes.canonical import canonical, digest, encode

MAX_TEXT = 20_000
"""Characters that one field of an entry may have."""


class Outcome(StrEnum):
    """How a request ended."""

    GRANTED = "granted"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def meaning(self) -> str:
        """What it says, in a sentence."""
        return {
            Outcome.GRANTED: "It was allowed; what came of it is not recorded.",
            Outcome.REFUSED: "It was not allowed, and nothing was done.",
            Outcome.DONE: "It was allowed and ended well.",
            Outcome.FAILED: "It was allowed and ended with an error, or was stopped; part of it may be done.",
            Outcome.INTERRUPTED: "It was allowed and its process died; written later, by whoever came next.",
        }[self]


@dataclass(frozen=True, slots=True)
class Request:
    """What an entry says about one deed, before it has its place in the ledger.

    Attributes:
        actor: who asked: the account's name, or the name given with the account behind it.
        purpose: the archive's purpose at that moment.
        declaration: digest of purpose and stated fields at that moment, 16 digits.
        capability: what was asked for.
        subject: on what: ``archive``, ``recording 3f9a…``, ``query class:car``.
        reason: why, as stated; may be empty.
        note: what else must be known; mostly empty.
    """

    actor: str
    purpose: str
    declaration: str
    capability: str
    subject: str
    reason: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse texts that would bloat the ledger; keep file names that are no UTF-8 readable.

        Raises:
            UsageError: a text is longer than ``MAX_TEXT``.
        """
        for field in fields(self):
            text = str(getattr(self, field.name))
            if len(text) > MAX_TEXT:
                raise UsageError(f"{field.name} has {len(text)} characters; {MAX_TEXT} are possible")
            object.__setattr__(self, field.name, text.encode("utf-8", "backslashreplace").decode())


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger; the fields of ``Request``, and its place.

    Attributes:
        number: from 1, without gaps.
        time: UTC, ISO 8601 with microseconds: ``2026-05-31T14:03:27.000000Z``.
        outcome: how it ended, one word; see the outcomes below.
        previous: hash of the entry before; of the first, the fingerprint of the ledger's public key.
        hash: SHA-256 over the canonical JSON of all other fields.
    """

    number: int
    time: str
    actor: str
    purpose: str
    declaration: str
    capability: str
    subject: str
    reason: str
    outcome: str
    note: str
    previous: str
    hash: str

    @classmethod
    def following(
        cls, number: int, previous: str, request: Request, outcome: Outcome, time: datetime
    ) -> Entry:
        """Return the entry for ``request`` at a place in the ledger."""
        values = {
            **asdict(request),
            "number": number,
            "time": time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "outcome": outcome.value,
            "previous": previous,
        }
        return cls(**values, hash=digest(values))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return {name: getattr(self, name) for name in _KINDS}

    def line(self) -> bytes:
        """Return it as it stands in the file, with its end of line."""
        return canonical(self.as_dict()) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Entry | None:
        """Return the entry that ``line`` (without end of line) holds, or None when it is no entry.

        Only the form is looked at, not whether the hash is right.
        """
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):  # a hostile line may be nested deeply
            return None
        if not isinstance(values, dict) or values.keys() != _KINDS.keys():
            return None
        if any(type(values[name]) is not kind for name, kind in _KINDS.items()):
            return None
        return cls(**values)

    def is_whole(self, line: bytes) -> bool:
        """Return whether the hash is right, and ``line`` is this entry in canonical form, byte for byte."""
        try:
            whole = encode(self.as_dict())
        except UsageError:
            return False
        # Within a text the quotes would be escaped: what is cut out here can only be the hash itself.
        hashed = whole.replace(b'"hash":"%s",' % self.hash.encode(), b"", 1)
        return whole == line and hashlib.sha256(hashed).hexdigest() == self.hash


_KINDS = {field.name: int if field.name == "number" else str for field in fields(Entry)}
