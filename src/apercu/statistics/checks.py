"""How wrong the counts of a camera are known to be: samples counted by hand, beside what was counted.

Nothing leaves here that has not left before. Under a purpose with a minimum, a sample is compared with the
numbers that were released for its span (``book``), and with nothing else: where one of them is withheld, or
none was released, nothing is told. Where all numbers may leave, it is compared with the counts themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.archive import Archive
from apercu.errors import NothingToShowError
from apercu.statistics.book import UNKNOWN_DAY, Book
from apercu.statistics.counting import COUNTED, CountOptions, count
from apercu.statistics.joining import numbers, texts
from apercu.statistics.samples import Sample, read_samples

Texts = NDArray[np.str_]
Outcome = Literal["compared", "too few to say", "not released yet", "not covered throughout"]

_WATCHED = 0.95
"""Less of its time watched than this, and a sample is not compared."""
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86_400.0
_EPS_S = 1e-3


@dataclass(frozen=True, slots=True)
class Check:
    """One sample beside what was counted in the same span.

    Attributes:
        sample: counted by hand.
        outcome: whether it could be compared, or why not: numbers that are not known, small or not there, or
            whose intervals do not cover the span.
        counted: what was counted; None where it was not compared.
    """

    sample: Sample
    outcome: Outcome
    counted: int | None = None

    @property
    def error(self) -> float | None:
        """(counted - by hand) / by hand; None where it was not compared, or none passed."""
        if self.counted is None or not self.sample.by_hand:
            return None
        return (self.counted - self.sample.by_hand) / self.sample.by_hand


@dataclass(frozen=True, slots=True)
class KnownError:
    """The error of the counts at one place, direction and class, from all of its samples.

    Attributes:
        camera, place, series, direction, class_name: what they are of, see ``Sample``.
        samples: how many were compared.
        hours: their length together.
        by_hand, counted: sums over them.
        signed: (counted - by hand) / by hand, over the sums: what too many and too few come to; None where
            nothing passed.
        absolute: the sum of the samples' differences, without their signs, / by hand; None likewise.
    """

    camera: str
    place: str
    series: str
    direction: str
    class_name: str
    samples: int
    hours: float
    by_hand: int
    counted: int
    signed: float | None
    absolute: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def checks(archive: Archive) -> list[Check]:
    """Return every sample beside what was counted.

    Raises:
        RefusedError: where all numbers may leave: the purpose has no ``count``, or not now.
        ArchiveDamagedError: ``checks.toml``, what was released or what was counted cannot be read.
    """
    samples = read_samples(archive)
    rules = archive.settings.declaration.purpose.release
    if rules is None:
        return [Check(sample, "not released yet") for sample in samples]
    if rules.minimum > 1:
        book = Book(archive.path, archive.settings.zone)
        return [_checked(sample, _released(archive, book, sample), rules.minimum) for sample in samples]
    return [_checked(sample, _counted(archive, sample), 1) for sample in samples]


def known_errors(archive: Archive) -> list[KnownError]:
    """Return the known error of each camera, place, direction and class that has samples.

    Only places as they are drawn in the samples: compare ``series`` with that of the numbers.

    Raises: as ``checks``.
    """
    groups: dict[tuple[str, str, str, str, str], list[Check]] = {}
    for check in checks(archive):
        s = check.sample
        if check.counted is not None:
            key = (s.camera, s.place, s.series, s.direction, s.class_name)
            groups.setdefault(key, []).append(check)
    return [_summed(key, found) for key, found in sorted(groups.items())]


def _summed(key: tuple[str, str, str, str, str], found: Sequence[Check]) -> KnownError:
    by_hand = sum(check.sample.by_hand for check in found)
    off = [(check.counted or 0) - check.sample.by_hand for check in found]
    seconds = sum(check.sample.end_s - check.sample.begin_s for check in found)
    return KnownError(
        *key,
        samples=len(found),
        hours=round(seconds / _HOUR_S, 3),
        by_hand=by_hand,
        counted=by_hand + sum(off),
        signed=sum(off) / by_hand if by_hand else None,
        absolute=sum(abs(each) for each in off) / by_hand if by_hand else None,
    )


def _released(archive: Archive, book: Book, sample: Sample) -> pa.Table:
    """Return what was released of a sample's camera about its days, without noise."""
    days: Iterable[str] = (UNKNOWN_DAY,)
    if not sample.recording:
        moments = np.arange(sample.begin_s, sample.end_s + _DAY_S, _DAY_S).clip(max=sample.end_s - _EPS_S)
        zone = archive.settings.zone
        days = {
            datetime.fromtimestamp(at, UTC).astimezone(zone).date().isoformat() for at in moments.tolist()
        }
    kept = book.numbers(days)
    return kept.filter(pc.field("epsilon").is_null() & (pc.field("camera") == sample.camera))


def _counted(archive: Archive, sample: Sample) -> pa.Table:
    """Return the counts of a sample's camera, minute by minute, as if released."""
    clock = not sample.recording
    since, until = (datetime.fromtimestamp(at, UTC) for at in (sample.begin_s, sample.end_s))
    options = CountOptions(
        interval_s=_MINUTE_S,
        cameras=(sample.camera,),
        classes=(sample.class_name,) if sample.class_name else COUNTED,
        since=since if clock else None,
        until=until if clock else None,
    )
    try:
        cells = count(archive, options)
    except NothingToShowError:
        return pa.table({})
    # Recordings that overlap in time are told apart no more.
    run = pc.if_else(cells["clocked"], pa.scalar(""), cells["run"])
    cells = cells.set_column(cells.column_names.index("run"), "run", run)
    return cells.append_column("status", pa.array(["published"] * len(cells)))


def _checked(sample: Sample, told: pa.Table, minimum: int) -> Check:
    """Compare a sample with numbers of its camera, taking the longest intervals that fit into its span."""
    if not told.num_rows:
        return Check(sample, "not released yet" if minimum > 1 else "not covered throughout")
    begin, length = numbers(told, "begin_s"), numbers(told, "length_s")
    inside = (begin >= sample.begin_s - _EPS_S) & (begin + length <= sample.end_s + _EPS_S)
    inside &= texts(told, "run") == sample.recording
    measure, value, span = texts(told, "measure"), numbers(told, "value"), sample.end_s - sample.begin_s
    watched = inside & (measure == "observed")
    lasting = {each: float(value[watched & (length == each)].sum()) for each in np.unique(length[watched])}
    whole = [each for each, seconds in lasting.items() if seconds >= _WATCHED * span]
    if not whole:
        released = minimum <= 1 or bool(lasting)
        return Check(sample, "not covered throughout" if released else "not released yet")
    rows = inside & (length == max(whole)) & (texts(told, "place") == sample.place)
    rows &= (texts(told, "series") == sample.series) & np.isin(texts(told, "class"), _classes(sample))
    rows &= _wanted(sample, measure, texts(told, "direction"))
    counted = round(float(np.nansum(value[rows])))
    few = minimum > 1 and min(counted, sample.by_hand) < minimum
    if few or (texts(told, "status")[rows] != "published").any():
        return Check(sample, "too few to say")
    return Check(sample, "compared", counted)


def _classes(sample: Sample) -> tuple[str, ...]:
    return (sample.class_name,) if sample.class_name else COUNTED


def _wanted(sample: Sample, measure: Texts, direction: Texts) -> NDArray[np.bool_]:
    if sample.kind == "zone":
        return np.asarray(measure == ("exits" if sample.direction == "left" else "entries"))
    sides = ("right", "left") if not sample.direction else (sample.direction,)
    return np.asarray((measure == "crossings") & np.isin(direction, sides))
