"""What a query should find, track by track and observation by observation in plain Python.

Written from what the fields of ``Query`` promise, not from how searches run: no columns, cells or arrays, and
places in whole numbers, which are never rounded. Speed and size in metres are those of ``measure``, whose
own tests hold its truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import dist, hypot, sqrt
from typing import Any
from zoneinfo import ZoneInfo

from apercu.analysis import GroundPlane
from apercu.analysis.ground import COARSEST_M
from apercu.analysis.measures import measure
from apercu.archive import Archive, RecordingRow
from apercu.archive.cameras import calibration_of, read_calibrations
from apercu.archive.zones import Zones, read_zones
from apercu.search import Crossing, Near, Place, Query

from . import exact
from .exact import Exact

ZONE = ZoneInfo("Europe/Paris")
VEHICLES = ("car", "bus", "truck")

Point = tuple[float, float]


@dataclass(eq=False)
class Seen:
    """One track: its row, where its feet were when, and the ground that its camera sees."""

    place: int
    row: RecordingRow
    values: dict[str, Any]
    plane: GroundPlane | None
    feet: list[Point] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, int]:
        return self.row.recording_id, self.values["track_id"]

    @property
    def metres(self) -> list[Point | None]:
        """Where its feet were on the ground; None where nobody can tell."""
        return [None if self.plane is None else _on_ground(point, self.plane) for point in self.feet]

    @property
    def size(self) -> float:
        return sqrt(max(self.values["width_px"] * self.values["height_px"], 1.0))


class Oracle:
    """Everything in an archive, as plain values."""

    def __init__(self, archive: Archive) -> None:
        self.zones: Zones = read_zones(archive)
        self.tracks: list[Seen] = []
        calibrations = read_calibrations(archive)
        for place, (row, tracks) in enumerate(archive.iter_tracks()):
            found = calibration_of(calibrations, row)
            plane = None if found is None else found.plane.for_size(row.facts.width, row.facts.height)
            told = zip(tracks.table.to_pylist(), measure(tracks, plane).to_pylist(), strict=True)
            mine = {v["track_id"]: Seen(place, row, v | metres, plane) for v, metres in told}
            for seen in tracks.observation_table.select(["track_id", "time_s", "x1", "x2", "y2"]).to_pylist():
                track = mine[seen["track_id"]]
                track.feet.append(((seen["x1"] + seen["x2"]) / 2, seen["y2"]))
                track.times.append(seen["time_s"])
            self.tracks.extend(mine.values())
        self.wrong_ways: set[tuple[str, int]] = set()
        kinds = {(t.row.camera, t.row.facts.width) for t in self.tracks}
        for kind in kinds:
            self.wrong_ways |= against_flow(
                [t for t in self.tracks if (t.row.camera, t.row.facts.width) == kind]
            )

    def answer(self, query: Query) -> list[tuple[str, int]]:
        """Return all that a query finds in its order, without regard to limit and cursor."""
        found = [track for track in self.tracks if self.holds(query, track)]
        found.sort(key=lambda t: (-_sorted_by(query, t.values), t.place, t.values["start_s"], t.key[1]))
        return [track.key for track in found]

    def holds(self, query: Query, track: Seen) -> bool:
        """Return whether a query finds a track."""
        return (
            _columns_hold(query, track)
            and _times_hold(query, track.values)
            and self._places_hold(query, track)
            and self._company_holds(query, track)
            and all(self.holds(inner, track) for inner in query.all_of)
            and (not query.any_of or any(self.holds(inner, track) for inner in query.any_of))
            and not any(self.holds(inner, track) for inner in query.none_of)
        )

    def _places_hold(self, query: Query, track: Seen) -> bool:
        return (
            all(self._there(region, region.way, track) for region in query.regions)
            and all(self._crossed(crossing, track) for crossing in query.crossed)
            and all(self._went(route.start, route.end, track) for route in query.routes)
            and (
                query.stopped is None
                or self._stay_s(query.stopped.place, track) >= query.stopped.least_s - 1e-6
            )
            and (
                query.parked is None
                or (
                    track.values["class"] in VEHICLES
                    and self._stay_s(query.parked.place, track) >= query.parked.least_s - 1e-6
                )
            )
            and (not query.turned_back or _turned_back(track))
            and (not query.against_flow or track.key in self.wrong_ways)
            and (query.path is None or _along(query, track))
        )

    def _company_holds(self, query: Query, track: Seen) -> bool:
        beside = [other for other in self.tracks if other.place == track.place]
        if query.on_screen is not None and not _within(query.on_screen, _at_once(track, beside)):
            return False
        return query.near is None or any(
            _met(track, other, query.near)
            for other in beside
            if other is not track and (not query.near.classes or other.values["class"] in query.near.classes)
        )

    def _corners(self, place: Place, row: RecordingRow) -> list[Exact] | None:
        if place.zone is not None:
            zone = self.zones.get(row.camera, {}).get(place.zone)
            return None if zone is None or zone.kind != "zone" else _pixels(zone.points, row, "normalised")
        return _pixels(place.corners or (), row, place.unit)

    def _there(self, place: Place, way: str, track: Seen) -> bool:
        corners = self._corners(place, track.row)
        if corners is None:
            return False
        points = [exact.whole(*point) for point in track.feet]
        inside = [exact.inside(point, corners) for point in points]
        steps = [exact.touches(a, b, corners) for a, b in pairwise(points)]
        if way == "in":
            return any(inside) or any(steps)
        outside = [not each for each in (inside[:-1] if way == "entered" else inside[1:])]
        return any(a and b for a, b in zip(outside, steps, strict=True))

    def _visits(self, place: Place, track: Seen) -> list[float]:
        """Return when feet were in a place: whole at observations, halves between two that are outside."""
        corners = self._corners(place, track.row)
        if corners is None:
            return []
        points = [exact.whole(*point) for point in track.feet]
        inside = [exact.inside(point, corners) for point in points]
        steps = [
            number + 0.5
            for number, (a, b) in enumerate(pairwise(points))
            if not inside[number] and not inside[number + 1] and exact.touches(a, b, corners)
        ]
        return [float(number) for number, there in enumerate(inside) if there] + steps

    def _went(self, start: Place, end: Place, track: Seen) -> bool:
        first, last = self._visits(start, track), self._visits(end, track)
        return bool(first) and bool(last) and min(first) < max(last)

    def _crossed(self, crossing: Crossing, track: Seen) -> bool:
        """Return whether feet went from clearly on one side to clearly on the other, between the ends."""
        zone = None if crossing.line is None else self.zones.get(track.row.camera, {}).get(crossing.line)
        if crossing.line is not None and (zone is None or zone.kind != "line"):
            return False
        points = crossing.points if zone is None else zone.points
        unit = crossing.unit if zone is None else "normalised"
        facts = track.row.facts
        scale = (facts.width, facts.height) if unit == "normalised" else (1, 1)
        (ax, ay), (bx, by) = ((x * scale[0], y * scale[1]) for x, y in points or ())
        length = hypot(bx - ax, by - ay)
        ux, uy = (bx - ax) / length, (by - ay) / length
        side, net, before = 0, 0, None
        for x, y in track.feet:
            right, along = (x - ax) * -uy + (y - ay) * ux, (x - ax) * ux + (y - ay) * uy
            if before is not None and (before[0] > 0) != (right > 0):
                share = before[0] / (before[0] - right)
                if 0 <= before[1] + share * (along - before[1]) <= length:
                    net += 1 if right > 0 else -1
            before = right, along
            if abs(right) >= 0.2 * track.size:
                now = 1 if right > 0 else -1
                wanted = {"either": net != 0, "right": net > 0, "left": net < 0}[crossing.to]
                if side and now != side and wanted:
                    return True
                side, net = now, 0
        return False

    def _stay_s(self, place: Place | None, track: Seen) -> float:
        """Return the longest stay: of steps that belong to a second in which feet hardly moved."""
        times, count = track.times, len(track.times)
        resting = [False] * max(count - 1, 0)
        for i in range(count - 1):
            j = max(i + 1, max(k for k in range(i, count) if times[k] <= times[i] + 1.001))
            span = times[j] - times[i]
            gone = max(dist(track.feet[i], track.feet[k]) for k in (j, (i + j) // 2))
            if span >= 0.75 and gone < 0.2 * track.size * span:
                resting[i:j] = [True] * (j - i)
        if place is not None:
            corners = self._corners(place, track.row)
            if corners is None:
                return -1.0
            inside = [exact.inside(exact.whole(*point), corners) for point in track.feet]
            resting = [r and a and b for r, (a, b) in zip(resting, pairwise(inside), strict=True)]
        longest = now = 0.0
        for rests, (a, b) in zip(resting, pairwise(times), strict=True):
            now = now + b - a if rests else 0.0
            longest = max(longest, now)
        return longest


def _sorted_by(query: Query, values: dict[str, Any]) -> float:
    match query.sort:
        case "time":
            return 0.0
        case "size":
            return float(max(values["width_px"], values["height_px"]))
        case name:
            column = {"duration": "duration_s", "speed": "speed_mean_px_s", "dwell": "dwell_s"}[name]
            return float(values[column])


def _within(span: Any, value: float | None) -> bool:
    if span is None:
        return True
    return (
        value is not None
        and (span.least is None or value >= span.least)
        and (span.most is None or value <= span.most)
    )


def _larger(*sides: float | None) -> float | None:
    return max((side for side in sides if side is not None), default=None)


def _columns_hold(query: Query, track: Seen) -> bool:
    values = track.values
    worn = {*values["colours_upper"], *values["colours_lower"]}
    turned = None
    if query.heading is not None and values["heading_deg"] is not None:
        turned = abs((values["heading_deg"] - query.heading.degrees + 180) % 360 - 180)
    return (
        (not query.recordings or track.row.recording_id in query.recordings)
        and (not query.cameras or track.row.camera in query.cameras)
        and (not query.tracks or track.key in {(t.recording_id, t.track_id) for t in query.tracks})
        and (not query.classes or values["class"] in query.classes)
        and (not query.colours or bool(set(query.colours) & {*values["colours"], *worn}))
        and (not query.upper_colours or bool(set(query.upper_colours) & set(values["colours_upper"])))
        and (not query.lower_colours or bool(set(query.lower_colours) & set(values["colours_lower"])))
        and _within(query.duration_s, values["duration_s"])
        and _within(query.size_px, max(values["width_px"], values["height_px"]))
        and _within(query.size_m, _larger(values["width_m"], values["height_m"]))
        and _within(query.speed_px_s, values["speed_mean_px_s"])
        and _within(query.speed_m_s, values["speed_mean_m_s"])
        and _within(query.dwell_s, values["dwell_s"])
        and (query.heading is None or (turned is not None and turned <= query.heading.tolerance))
    )


def _times_hold(query: Query, values: dict[str, Any]) -> bool:
    begin, end = query.span(ZONE)
    first, last = values["start_time"], values["end_time"]
    if first is None:
        return begin is None and end is None and query.time_of_day is None
    return (
        (begin is None or last >= begin)
        and (end is None or first < end)
        and (query.time_of_day is None or _at_time_of_day(first, last, query.time_of_day))
    )


def _at_time_of_day(first: datetime, last: datetime, span: Any) -> bool:
    first, last = first.astimezone(ZONE), last.astimezone(ZONE)
    for day in range(-1, 2):
        date = first.date() + timedelta(days=day)
        begin, end = datetime.combine(date, span.begin, ZONE), datetime.combine(date, span.end, ZONE)
        if span.end <= span.begin:
            end += timedelta(days=1)
        if first < end and last >= begin:
            return True
    return False


def _pixels(points: Sequence[Point], row: RecordingRow, unit: str) -> list[Exact]:
    width, height = (row.facts.width, row.facts.height) if unit == "normalised" else (1, 1)
    return [exact.whole(x * width, y * height) for x, y in points]


def _turned_back(track: Seen) -> bool:
    away = [dist(point, track.feet[0]) for point in track.feet]
    return max(away) > 0 and max(away) >= 2 * track.size and away[-1] <= max(away) / 2


def _at_once(track: Seen, beside: Sequence[Seen]) -> int:
    begin, end = track.values["start_s"], track.values["end_s"]
    moments = [t.values["start_s"] for t in beside if begin <= t.values["start_s"] <= end]
    return max(sum(t.values["start_s"] <= moment <= t.values["end_s"] for t in beside) for moment in moments)


def _met(track: Seen, other: Seen, near: Near) -> bool:
    facts = track.row.facts
    scale = hypot(facts.width, facts.height) if near.unit == "normalised" else 1.0
    mine, theirs = ((t.metres if near.unit == "metres" else t.feet) for t in (track, other))
    return any(
        abs(t - s) <= max(near.within_s, 1e-3) * (1 + 1e-6) and dist(a, b) <= near.distance * scale
        for a, t in zip(mine, track.times, strict=True)
        for b, s in zip(theirs, other.times, strict=True)
        if a is not None and b is not None
    )


def _on_ground(point: Point, plane: GroundPlane) -> Point | None:
    """Return where a pixel stands, unless it is above the horizon or spans half a metre of ground."""
    (a, b, c), (d, e, f), (g, h, i) = plane.homography.tolist()
    depth = g * point[0] + h * point[1] + i
    if depth <= 0:
        return None
    x, y = ((m * point[0] + n * point[1] + o) / depth for m, n, o in ((a, b, c), (d, e, f)))
    # How far a step of one pixel leads on the ground, at most: the larger singular value of the derivative.
    right = (a - x * g) / depth, (d - y * g) / depth
    down = (b - x * h) / depth, (e - y * h) / depth
    turned = sqrt((right[0] + down[1]) ** 2 + (right[1] - down[0]) ** 2)
    mirrored = sqrt((right[0] - down[1]) ** 2 + (right[1] + down[0]) ** 2)
    return (x, y) if (turned + mirrored) / 2 <= COARSEST_M else None


def _along(query: Query, track: Seen) -> bool:
    assert query.path is not None
    facts = track.row.facts
    width, height = (facts.width, facts.height) if query.path.unit == "normalised" else (1, 1)
    drawn = _cut([(x * width, y * height) for x, y in query.path.points])
    went = _cut(list(zip(track.values["path_x"], track.values["path_y"], strict=True)))
    off = sum(dist(a, b) for a, b in zip(drawn, went, strict=True)) / len(drawn)
    return off / hypot(facts.width, facts.height) <= query.path.tolerance


def _cut(points: Sequence[Point], pieces: int = 16) -> list[Point]:
    """Return the ends of so many pieces of equal length of a way."""
    lengths = [dist(a, b) for a, b in pairwise(points)]
    whole = sum(lengths)
    found = []
    for number in range(pieces + 1):
        left = whole * number / pieces
        for (a, b), length in zip(pairwise(points), lengths, strict=True):
            if length and left <= length * (1 + 1e-12):
                share = left / length
                found.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
                break
            left -= length
        else:
            found.append(points[-1] if whole else points[0])
    return found


def against_flow(tracks: Sequence[Seen]) -> set[tuple[str, int]]:
    """Return those of one camera and picture size that go against the usual way, cell by cell."""
    ways: dict[tuple[int, int], dict[tuple[str, int], Point]] = {}
    for track in tracks:
        facts, values = track.row.facts, track.values
        if values["heading_deg"] is None:
            continue
        path = [
            (x / facts.width, y / facts.height)
            for x, y in zip(values["path_x"], values["path_y"], strict=True)
        ]
        for (ax, ay), (bx, by) in pairwise(path):
            middle = min(max((ax + bx) / 2, 0), 0.999999), min(max((ay + by) / 2, 0), 0.999999)
            held = ways.setdefault((int(middle[0] * 16), int(middle[1] * 9)), {})
            dx, dy = held.get(track.key, (0.0, 0.0))
            held[track.key] = dx + bx - ax, dy + by - ay
    wrong: dict[tuple[str, int], float] = {}
    total: dict[tuple[str, int], float] = {}
    for held in ways.values():
        for key, (dx, dy) in held.items():
            length = hypot(dx, dy)
            total[key] = total.get(key, 0.0) + length
            others = [
                (x / hypot(x, y), y / hypot(x, y)) for k, (x, y) in held.items() if k != key and (x or y)
            ]
            usual = sum(x for x, _ in others), sum(y for _, y in others)
            agreed = hypot(*usual)
            known = len(others) >= 5 and agreed >= 0.7 * len(others) and length > 0
            if known and (usual[0] * dx + usual[1] * dy) / agreed / length < -0.5:
                wrong[key] = wrong.get(key, 0.0) + length
    return {key for key, way in wrong.items() if way > 0.5 * total[key]}
