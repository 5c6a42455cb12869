"""The archive that can be asked: storing lies above searching, so the two meet here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apercu import archive

if TYPE_CHECKING:  # what answers can become takes long to import
    from apercu.disclosure.answers import Answer
    from apercu.search import Query


class Archive(archive.Archive):
    """``apercu.archive.Archive``, and it can be asked: what the package hands out as ``apercu.Archive``."""

    def search(self, query: Query, *, reason: str | None = None, explain: bool = False) -> Answer:
        """Find tracks; the ledger keeps the text of the query.

        Args:
            query: what is asked.
            reason: why, for the ledger.
            explain: count what each filter leaves, too.

        Raises: as ``apercu.search.find``.
        """
        from apercu.disclosure.answers import Answer
        from apercu.search import find

        return Answer(self, find(self, query, reason=reason, explain=explain), reason)
