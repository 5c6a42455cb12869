"""The tracks found, in the order asked for: of many, only those that may be shown are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.errors import NothingToShowError
from apercu.search.query import Query

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Keys:
    """Where tracks come in the order asked for: by value, largest first, recording, start, number.

    Attributes:
        values: float64 (n,), what is sorted by; zeros where that is time.
        places: int64 (n,), the recording of each, by its place in the archive's order.
        starts: float64 (n,), seconds from its recording's start.
        ids: int64 (n,), number in its recording.
    """

    values: Floats
    places: Ints
    starts: Floats
    ids: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, which: NDArray[np.bool_] | Ints) -> Keys:
        """Return some of them."""
        return Keys(self.values[which], self.places[which], self.starts[which], self.ids[which])

    def beside(self, other: Keys) -> Keys:
        """Return these, then the others."""
        return Keys(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.starts, other.starts]),
            np.concatenate([self.ids, other.ids]),
        )

    def in_order(self) -> Keys:
        """Return them in the order asked for."""
        behind = np.zeros(max(len(self) - 1, 0), np.bool_)
        same = ~behind
        for column in self._rising:
            behind |= same & (column[1:] < column[:-1])
            same &= column[1:] == column[:-1]
        return self.at(np.lexsort(self._rising[::-1])) if behind.any() else self

    def foremost(self, count: int) -> Keys:
        """Return the first ``count``, in no order."""
        rest, chosen = np.arange(len(self)), []
        for column in self._rising:
            if len(rest) <= count:
                break
            own = column[rest]
            last = np.partition(own, count - 1)[count - 1]
            chosen.append(rest[own < last])
            count -= len(chosen[-1])
            rest = rest[own == last]
        return self.at(np.concatenate([*chosen, rest]))

    def behind(self, one: Keys) -> Keys:
        """Return those that come after one of them."""
        after = np.zeros(len(self), np.bool_)
        same = ~after
        for column, own in zip(self._rising, one._rising, strict=True):
            after |= same & (column > own)
            same &= column == own
        return self.at(after)

    @property
    def _rising(self) -> tuple[Floats, Ints, Floats, Ints]:
        return -self.values, self.places, self.starts, self.ids


class Page:
    """Takes in what was found, piece by piece, and gives out what is to be shown.

    Attributes:
        total: tracks taken in.
    """

    def __init__(self, query: Query) -> None:
        """Begin the page that a query asks for with its sort, limit and cursor."""
        self.total = 0
        self._query = query
        # What stands behind a cursor is known only when the cursor was found.
        self._enough = query.limit if query.cursor is None else None
        nothing = np.zeros(0, np.int64)
        self._kept = Keys(nothing.astype(float), nothing, nothing.astype(float), nothing)

    def worth(self, values: Floats) -> NDArray[np.bool_]:
        """Return which of tracks that are sorted by such values may be shown: bool (n,)."""
        if self._enough is None or len(values) <= self._enough:
            return np.ones(len(values), np.bool_)
        first = len(values) - self._enough
        return np.asarray(values >= np.partition(values, first)[first])

    def add(self, found: Keys, total: int) -> None:
        """Take in tracks: those that are worth it, of so many."""
        self.total += total
        if self._enough is not None:
            found = found.foremost(self._enough)
        self._kept = self._kept.beside(found)

    def shown(self, cursor_place: int | None) -> Keys:
        """Return those behind the cursor, as many as are asked for, in order.

        Args:
            cursor_place: of the cursor's recording; None when it is none that was looked through.

        Raises:
            NothingToShowError: the cursor is not among those taken in.
        """
        kept = self._kept
        if self._query.cursor is not None:
            (at,) = np.nonzero((kept.places == cursor_place) & (kept.ids == self._query.cursor.track_id))
            if not len(at):
                raise NothingToShowError(
                    f"track {self._query.cursor} is not among those found, so nothing comes behind it",
                    where="query",
                    next_step="Ask anew, without a cursor.",
                )
            kept = kept.behind(kept.at(at))
        if self._query.limit is None:
            return kept.in_order()
        return kept.foremost(self._query.limit).in_order()
