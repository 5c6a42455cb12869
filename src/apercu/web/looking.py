"""What the review page shows of one question: tracks, counts and activity, from one search in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from apercu.analysis.detections import CLASSES
from apercu.errors import UsageError
from apercu.search import Found, Query, searching
from apercu.web.reading import LISTED, LONGEST_DAYS, Activity, count_minutes
from apercu.web.visit import Visit

_COLUMNS = ("class", "colours", "start_time", "end_time", "start_s", "end_s")
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """What one question gives to see.

    Attributes:
        tracks: columns ``LISTED`` of the first tracks, plain values.
        total: how many tracks the question finds.
        classes: how many of each class there would be if it did not ask for classes.
        colours: how many have each colour.
        activity: of all classes over the whole window, so that another time or class can be chosen from it.
    """

    tracks: Sequence[Mapping[str, Any]]
    total: int
    classes: Mapping[str, int]
    colours: Mapping[str, int]
    activity: Activity


def look(
    visit: Visit,
    query: Query,
    window: tuple[datetime, datetime] | None,
    *,
    most: int,
    reason: str | None = None,
) -> Look:
    """Ask a question, and what is beside it: other classes, and other times of its window.

    The ledger names what was looked through: the question without its classes, over the window.

    Args:
        visit: who asks, where.
        query: what.
        window: the time around the query's own that activity is shown of, aware; None for one recording
            without a clock, whose minutes count from its start.
        most: how many tracks are listed.
        reason: why.

    Raises:
        UsageError: the window is longer than ``LONGEST_DAYS`` days.
        As ``apercu.search.find``.
    """
    if window is not None and (window[1] - window[0]).days > LONGEST_DAYS:
        raise UsageError(
            f"this spans {(window[1] - window[0]).days} days",
            next_step=f"Ask for {LONGEST_DAYS} days or fewer.",
        )
    with searching(visit.archive, looked_through(query, window), reason=reason) as found:
        table = found.table(visit.archive, _COLUMNS)
        names = table["class"].to_numpy(zero_copy_only=False)
        begin, end = _spans(table, clock=window is not None)
        within = np.ones(len(names), bool)
        since, until = query.span(visit.archive.settings.zone)
        if window is not None and since is not None and until is not None:
            within = (end >= since.timestamp() * _US) & (begin < until.timestamp() * _US)
        asked = within & np.isin(names, query.classes) if query.classes else within
        kept = np.flatnonzero(asked)
        keys = found.keys.take(kept[:most])
        listed = Found(found.query, found.rows, keys, len(kept), found.looked_through)
        tracks = listed.table(visit.archive, LISTED).to_pylist()
    colours = Counter(colour for of in table["colours"].take(kept).to_pylist() for colour in of or ())
    return Look(
        tracks,
        len(kept),
        {name: count for name in CLASSES if (count := int((names[within] == name).sum()))},
        dict(colours.most_common()),
        _activity(names, begin, end, window),
    )


def looked_through(query: Query, window: tuple[datetime, datetime] | None) -> Query:
    """Return what ``look`` searches, and the ledger names: what somebody approves who approves a look."""
    changed: dict[str, Any] = {"classes": (), "limit": None, "cursor": None}
    if window is not None:
        changed |= {"from_time": window[0], "to_time": window[1]}
    return query.model_copy(update=changed)


def _spans(table: pa.Table, *, clock: bool) -> tuple[Any, Any]:
    """Return when tracks begin and end, microseconds of true time, or of the recording: int64 (n,) each."""
    if clock:
        begin, end = (table[name].cast(pa.int64()).to_numpy() for name in ("start_time", "end_time"))
    else:
        begin, end = ((table[name].to_numpy() * _US).astype(np.int64) for name in ("start_s", "end_s"))
    return begin, end


def _activity(names: Any, begin: Any, end: Any, window: tuple[datetime, datetime] | None) -> Activity:
    if window is not None:
        lowest = int(window[0].timestamp() // 60)
        minutes = int(-(-window[1].timestamp() // 60)) - lowest
    else:
        lowest, minutes = 0, int(end.max(initial=0)) // (60 * _US) + 1
    counts = count_minutes(names, begin, end, lowest, minutes)
    return Activity(None if window is None else window[0], minutes, counts)
