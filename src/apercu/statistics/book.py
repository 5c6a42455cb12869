"""What an archive has released, kept in it: so that the same question has the same answer for ever.

``released/day=2026-05-31.parquet`` holds the numbers about one filmed day that have left (none that is
withheld has a value there), and ``released/spent.jsonl`` what noise has cost, a line for each release.

A number that has left once is told again as it was, also when more footage has come in since: the difference
would be about few. With noise, another draw would wear the noise away.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from apercu.disk import replace_file
from apercu.errors import ArchiveDamagedError
from apercu.statistics.joining import numbers
from apercu.statistics.released import RELEASED_SCHEMA

FOLDER = "released"
SPENT = "spent.jsonl"
UNKNOWN_DAY = "unknown"
"""The day of what was filmed without a clock."""

EPSILON = pa.field("epsilon", pa.float64(), nullable=True)
BOOK_SCHEMA = RELEASED_SCHEMA.append(EPSILON)
"""Columns of the kept numbers: those released, and for noise the epsilon that they were drawn with."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What one release with noise cost.

    Attributes:
        time: UTC, ISO 8601.
        actor: who asked.
        epsilon: spent on each of the days.
        scale: of the noise.
        interval_s: seconds.
        cameras, places, classes: what was noised.
        days: the filmed days, 2026-05-31, or ``unknown``.
    """

    time: str
    actor: str
    epsilon: float
    scale: float
    interval_s: float
    cameras: tuple[str, ...]
    places: tuple[str, ...]
    classes: tuple[str, ...]
    days: tuple[str, ...]


def days_of(table: pa.Table, zone: tzinfo) -> list[str]:
    """Return the filmed day of each row's interval by the archive's clock, by ``begin_s`` and ``begin``."""
    clocked = table["begin"].is_valid().to_numpy(zero_copy_only=False)
    begins = numbers(table, "begin_s")
    unique, which = np.unique(np.where(clocked, begins, math.nan), return_inverse=True)
    told = [
        UNKNOWN_DAY if math.isnan(at) else datetime.fromtimestamp(at, UTC).astimezone(zone).date().isoformat()
        for at in unique.tolist()
    ]
    return [told[i] for i in which.tolist()]


class Book:
    """The kept numbers and spendings of one archive. Hold the archive's lock while writing."""

    def __init__(self, archive: Path, zone: tzinfo) -> None:
        """Use the book in the archive's folder; days are those of ``zone``."""
        self.folder = archive / FOLDER
        self._zone = zone

    def numbers(self, days: Iterable[str]) -> pa.Table:
        """Return the kept numbers about some days: ``BOOK_SCHEMA``.

        Raises:
            ArchiveDamagedError: a file is torn.
        """
        parts = [BOOK_SCHEMA.empty_table()]
        for day in sorted(set(days)):
            path = self._file(day)
            if not path.exists():
                continue
            try:
                parts.append(pq.read_table(path, partitioning=None).cast(BOOK_SCHEMA))
            except (OSError, pa.ArrowInvalid, ValueError) as error:
                raise _damaged(path, error) from error
        return pa.concat_tables(parts)

    def days(self) -> list[str]:
        """Return the days that numbers are kept about."""
        return sorted(path.stem.removeprefix("day=") for path in self.folder.glob("day=*.parquet"))

    def keep(self, table: pa.Table) -> None:
        """Add numbers of ``BOOK_SCHEMA``, day by day; what is kept already stays.

        Raises:
            OSError: they cannot be written.
        """
        days = np.array(days_of(table, self._zone), np.str_)
        self.folder.mkdir(exist_ok=True)
        for day in np.unique(days).tolist():
            sink = pa.BufferOutputStream()
            new = table.filter(pa.array(days == day))
            pq.write_table(pa.concat_tables([self.numbers([day]), new]), sink, compression="zstd")
            replace_file(self._file(day), sink.getvalue().to_pybytes())

    def spendings(self) -> list[Spending]:
        """Return what noise has cost, in order of time.

        Raises:
            ArchiveDamagedError: the file is torn.
        """
        path = self.folder / SPENT
        if not path.exists():
            return []
        try:
            found = [_spending(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _damaged(path, error) from error
        return found

    def spent(self, days: Collection[str]) -> dict[str, float]:
        """Return the epsilon spent on each of these days so far."""
        return {
            day: math.fsum(one.epsilon for one in self.spendings() if day in one.days) for day in sorted(days)
        }

    def spend(self, spending: Spending) -> None:
        """Write down a spending and make the disk keep it: before any noise is drawn.

        Raises:
            OSError: it cannot be written.
        """
        self.folder.mkdir(exist_ok=True)
        lines = [json.dumps(asdict(one), sort_keys=True) for one in [*self.spendings(), spending]]
        replace_file(self.folder / SPENT, ("\n".join(lines) + "\n").encode())

    def _file(self, day: str) -> Path:
        if day != UNKNOWN_DAY:
            date.fromisoformat(day)
        return self.folder / f"day={day}.parquet"


def _spending(told: dict[str, Any]) -> Spending:
    epsilon = float(told["epsilon"])
    if not 0 <= epsilon < math.inf:
        raise ValueError(f"{epsilon} is no epsilon")
    return Spending(
        time=str(told["time"]),
        actor=str(told["actor"]),
        epsilon=epsilon,
        scale=float(told["scale"]),
        interval_s=float(told["interval_s"]),
        cameras=tuple(told["cameras"]),
        places=tuple(told["places"]),
        classes=tuple(told["classes"]),
        days=tuple(told["days"]),
    )


def _damaged(path: Path, error: Exception) -> ArchiveDamagedError:
    return ArchiveDamagedError(
        f"cannot be read ({error})",
        where=path,
        next_step="Put it back from a backup: without it, nothing can be released safely.",
    )
