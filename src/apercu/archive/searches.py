"""Questions that are asked again: ``searches.toml``, each a name and the text of a query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from apercu.archive.archive import Archive
from apercu.archive.shelf import SEARCHES
from apercu.archive.toml_files import moment_of, read_tables, write_tables
from apercu.errors import UnknownNameError, UsageError
from apercu.purposes import Capability

_HEADER = "# Saved searches. Changed with: apercu search ARCHIVE ... --save NAME, apercu saved remove.\n\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question with a name.

    Attributes:
        name: what people call it.
        text: of the query, as ``apercu.search.read_query`` reads it.
        recorded: when it was saved, aware.
        actor: who saved it.
        reason: why, as stated; may be empty.
    """

    name: str
    text: str
    recorded: datetime
    actor: str
    reason: str


def read_searches(archive: Archive) -> Mapping[str, SavedSearch]:
    """Return the saved searches of an archive, by name.

    Raises:
        ArchiveDamagedError: ``searches.toml`` is not as it should be.
    """
    return read_tables(
        archive.path / SEARCHES,
        lambda name, told: SavedSearch(
            name, str(told["text"]), moment_of(told, "recorded"), str(told["actor"]), str(told["reason"])
        ),
    )


def saved_search(archive: Archive, name: str) -> SavedSearch:
    """Return one saved search.

    Raises:
        UnknownNameError: there is none of this name.
        ArchiveDamagedError: as ``read_searches``.
    """
    known = read_searches(archive)
    if name not in known:
        raise UnknownNameError("saved search", name, known or ["(none is saved: --save NAME)"])
    return known[name]


def save_search(archive: Archive, name: str, text: str, *, reason: str = "") -> SavedSearch:
    """Save a question; one of the same name is replaced.

    Raises:
        RefusedError: the purpose has no ``manage``, or not now, or not without a reason.
        UsageError: this cannot be a name.
        OutputError: the archive cannot be written.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} cannot name a search",
            next_step="Use a letter, then up to 63 letters, digits, '-', '_' or '.'.",
        )
    with archive.changes(Capability.MANAGE, subject=f"search {name}", reason=reason):
        now = datetime.now(UTC).replace(microsecond=0)
        made = SavedSearch(name, text, now, archive.gate.actor, reason.strip())
        _write(archive, {**read_searches(archive), name: made})
    return made


def remove_search(archive: Archive, name: str, *, reason: str = "") -> None:
    """Forget a saved search.

    Raises:
        RefusedError: as ``save_search``.
        UnknownNameError: there is none of this name.
        OutputError: the archive cannot be written.
    """
    with archive.changes(Capability.MANAGE, subject=f"search {name}", reason=reason) as door:
        saved_search(archive, name)
        door.note = "removed"
        _write(archive, {other: each for other, each in read_searches(archive).items() if other != name})


def _write(archive: Archive, known: Mapping[str, SavedSearch]) -> None:
    told = {
        each.name: {
            "text": each.text,
            "recorded": each.recorded,
            "actor": each.actor,
            "reason": each.reason,
        }
        for each in (known[name] for name in sorted(known))
    }
    write_tables(archive.path / SEARCHES, _HEADER, told)
