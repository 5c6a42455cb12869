"""What everybody may see of an archive where its controller allows it: what was done, and how often.

Strangers may ask as often as they like. The ledger is read for them once an hour at most, which is recorded;
what others ask meanwhile is answered with the same figures. Reasons that people wrote may name somebody, so
they are for overseers, and only their number is public.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apercu.archive import Archive
from apercu.errors import NothingToShowError
from apercu.purposes import Ledger, Verification, verify
from apercu.web.oversight import Uses, uses_in

ACTOR = "public oversight page"
_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the ledger of an archive comes to.

    Attributes:
        made: when it was read, aware.
        uses: how often each capability was used.
        verification: whether the ledger is as it was written.
        checkpoint: a signed statement of its last entry, a line of JSON to be kept.
    """

    made: datetime
    uses: Uses
    verification: Verification
    checkpoint: str


class Publication:
    """The archives that are public in this sense; none unless the controller said so."""

    def __init__(self, archives: Mapping[str, Path]) -> None:
        """Publish the archives in these folders, by id."""
        self.archives = archives
        self._figures: dict[str, Figures] = {}
        self._lock = threading.Lock()

    def archive(self, archive_id: str) -> Archive:
        """Return an archive, to read its settings and counts.

        Raises:
            NothingToShowError: there is none, or it is not public.
            ArchiveError: it cannot be used.
        """
        if archive_id not in self.archives:
            raise NothingToShowError("there is no such page", next_step="Log in to see more.")
        return Archive.open(self.archives[archive_id], actor=ACTOR)

    def figures(self, archive_id: str) -> Figures:
        """Return what the ledger comes to, an hour old at most.

        Raises: as ``archive``, and LedgerDamagedError when it cannot be read.
        """
        archive = self.archive(archive_id)
        with self._lock:  # whoever comes while it is read waits, instead of reading it, too
            known = self._figures.get(archive_id)
            now = datetime.now(UTC)
            if known is None or now - known.made > _KEPT:
                uses = uses_in(archive.gate, "ledger, counted for everybody")
                verification = verify(Ledger(archive.path), fingerprint=archive.settings.ledger)
                checkpoint = archive.gate.ledger.export_checkpoint()
                known = self._figures[archive_id] = Figures(now, uses, verification, checkpoint)
        return known
