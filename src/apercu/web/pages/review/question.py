"""The question that the review page asks: a query of one camera and one stretch of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from apercu.archive import RecordingRow
from apercu.search import Query


@dataclass(frozen=True, slots=True)
class Footage:
    """What there is to look at.

    Attributes:
        cameras: names of the cameras, in order.
        days: by camera, the days on which it has recordings with a clock, in order.
        clockless: by camera, its recordings without a clock: id and what the file is called.
        zone: the archive's.
    """

    cameras: tuple[str, ...]
    days: dict[str, list[date]]
    clockless: dict[str, list[tuple[str, str]]]
    zone: tzinfo

    @classmethod
    def of(cls, rows: Iterable[RecordingRow], zone: tzinfo) -> Footage:
        """Return what recordings there are, by camera and day."""
        days: dict[str, set[date]] = {}
        clockless: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            held, without = days.setdefault(row.camera, set()), clockless.setdefault(row.camera, [])
            if row.start_time is None or row.end_time is None:
                without.append((row.recording_id, row.facts.file_name))
                continue
            first, last = (moment.astimezone(zone).date() for moment in (row.start_time, row.end_time))
            held.update(first + timedelta(days=n) for n in range((last - first).days + 1))
        return cls(tuple(sorted(days)), {name: sorted(of) for name, of in days.items()}, clockless, zone)

    def settled(self, query: Query) -> Query:
        """Return a query of one camera and some time; left open, the first camera and its last day."""
        named = query.cameras[:1] or self._cameras_of(query) or self.cameras[:1]
        camera = named[0]
        changed: dict[str, object] = {"cameras": (camera,)}
        timed = query.from_time is not None or query.to_time is not None
        if not timed and not query.recordings and not query.tracks:
            if self.days.get(camera):
                changed["from_time"] = changed["to_time"] = self.days[camera][-1]
            elif self.clockless.get(camera):
                changed["recordings"] = (self.clockless[camera][0][0],)
        elif timed and query.to_time is None:
            changed["to_time"] = max([*self.days.get(camera, []), _day(query.from_time)])
        elif timed and query.from_time is None:
            changed["from_time"] = min([*self.days.get(camera, []), _day(query.to_time)])
        return query.model_copy(update=changed)

    def _cameras_of(self, query: Query) -> tuple[str, ...]:
        named = {*query.recordings, *(track.recording_id for track in query.tracks)}
        return tuple(c for c, of in self.clockless.items() if named & {key for key, _ in of})

    def window(self, query: Query) -> tuple[datetime, datetime] | None:
        """Return the whole days around the times of a query, aware; None when it names no time."""
        begin, end = query.span(self.zone)
        if begin is None or end is None:
            return None
        first = begin.astimezone(self.zone).date()
        last = (end - timedelta(microseconds=1)).astimezone(self.zone).date()
        return _midnight(first, self.zone), _midnight(last + timedelta(days=1), self.zone)


def _day(moment: date | datetime | None) -> date:
    assert moment is not None, "looked at above"
    return moment.date() if isinstance(moment, datetime) else moment


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def on_day(query: Query, day: date) -> Query:
    """Return the query on one whole day."""
    return query.model_copy(update={"from_time": day, "to_time": day, "recordings": ()})


def of_recording(query: Query, recording_id: str) -> Query:
    """Return the query within one recording, whatever its clock."""
    return query.model_copy(update={"from_time": None, "to_time": None, "recordings": (recording_id,)})


def within(query: Query, begin: datetime, end: datetime, zone: tzinfo) -> Query:
    """Return the query between two moments, told by the archive's clocks."""
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (begin, end))
    return query.model_copy(update={"from_time": first, "to_time": last})


def toggled(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return names with one put in, or taken out."""
    return tuple(each for each in names if each != name) if name in names else (*names, name)


def plain(query: Query) -> Query:
    """Return a query that keeps camera and time, and nothing else."""
    kept = {name: getattr(query, name) for name in ("cameras", "recordings", "from_time", "to_time")}
    return Query().model_copy(update=kept)
