"""Filters that take more than columns: ways, company and speed, of those that columns have left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.tracks import OBSERVATION_SCHEMA, Tracks
from apercu.archive import RecordingRow
from apercu.archive.files import OBSERVATIONS, TRACKS
from apercu.archive.records import Wanted
from apercu.search import visits
from apercu.search.asking import ask
from apercu.search.candidates import Bools, Candidates, Floats, Indices
from apercu.search.company import most_at_once, those_near
from apercu.search.parts import Span
from apercu.search.places import in_pixels
from apercu.search.query import Query
from apercu.search.ways import against_the_flow, misses

if TYPE_CHECKING:  # metres are asked for now and then, and what measures them takes long to import
    from apercu.analysis.ground import GroundPlane

FILTERS = frozenset({*visits.FIELDS, "against_flow", "near", "path", "on_screen", "speed_m_s", "size_m"})
"""The filters that take more than columns."""

_SIZE = ("observation_count", "width_px", "height_px")
COLUMNS = {
    **dict.fromkeys(("regions", "routes", "path"), _SIZE[:1]),
    **dict.fromkeys(("crossed", "stopped", "parked", "turned_back"), _SIZE),
}
"""The columns that they take."""

Note = Callable[[str, int], None]


def narrowed(scene: Candidates, query: Query, among: Indices, note: Note) -> Indices:
    """Return those of ``among`` that a query finds by place, way and company, nested queries left out."""
    if not query.model_fields_set & FILTERS:
        return among
    for asked, field, keep in (
        (query.path is not None, "path", _along),
        (query.on_screen is not None, "on_screen", _on_screen),
        (query.against_flow, "against_flow", _against),
    ):
        if asked and len(among):
            among = keep(scene, query, among)
            note(field, len(among))
    among, left = visits.visiting(scene, query, among)
    for field, count in left.items():
        note(field, count)
    for asked, field, keep in (
        (query.near is not None, "near", _near),
        (query.speed_m_s is not None, "speed_m_s", _at_speed),
        (query.size_m is not None, "size_m", _of_size),
    ):
        if asked and len(among):
            among = keep(scene, query, among)
            note(field, len(among))
    return among


def _along(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those that went along the way that was drawn."""
    assert query.path is not None
    kept = [among[:0]]
    for picture, mine in scene.views(among):
        drawn = in_pixels(query.path.points, query.path.unit, picture.width, picture.height)
        for part in scene.batches(mine):
            owners, points = _paths(scene, part)
            off = misses(owners, points, drawn, len(part)) / float(np.hypot(picture.width, picture.height))
            kept.append(part[off <= query.path.tolerance])
    return np.sort(np.concatenate(kept))


def _paths(scene: Candidates, among: Indices) -> tuple[Indices, Floats]:
    """Return the simplified paths of tracks: owners (m,) and points (m, 2) in pixels."""
    table = scene.read(among, TRACKS, "o.path_x as x, o.path_y as y")
    x, y = table["x"].combine_chunks(), table["y"].combine_chunks()
    owners = np.repeat(table["n"].to_numpy(), pc.list_value_length(x).to_numpy(zero_copy_only=False))
    points = np.column_stack([pc.list_flatten(each).to_numpy().astype(float) for each in (x, y)])
    return owners.astype(np.int64), points


def _on_screen(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those that were there with so many others."""
    assert query.on_screen is not None
    held = np.unique(scene.places[among])
    table = ask(
        scene.opened,
        "select file_index::bigint as place, track_id, start_s, end_s "
        "from read_parquet(?, hive_partitioning=false) order by place, track_id",
        [scene.files(held, TRACKS)],
    )
    places, ids, begins, ends = (table[name].to_numpy() for name in ("place", "track_id", "start_s", "end_s"))
    edges = np.searchsorted(places, np.arange(len(held) + 1))
    kept = [among[:0]]
    for number, (_, mine) in enumerate(scene.recordings(among)):
        its = slice(edges[number], edges[number + 1])
        counts = most_at_once(begins[its], ends[its])
        at = np.searchsorted(ids[its], scene.column("track_id")[mine])
        kept.append(mine[_within(query.on_screen, counts[at])])
    return np.sort(np.concatenate(kept))


def _within(span: Span, values: NDArray[Any]) -> Bools:
    low = -np.inf if span.least is None else span.least
    high = np.inf if span.most is None else span.most
    return np.asarray((values >= low) & (values <= high))


def _against(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those that went against the usual way of their camera."""
    kept = [among[:0]]
    ids = scene.column("track_id")
    for row, mine in scene.recordings(among):
        if row.recording_id not in scene.wrong_ways:
            scene.wrong_ways.update(_wrong_ways(scene, row))
        kept.append(mine[np.isin(ids[mine], scene.wrong_ways[row.recording_id])])
    return np.concatenate(kept)


def _wrong_ways(scene: Candidates, row: RecordingRow) -> dict[str, Indices]:
    """Return the tracks that go against the usual way by recording: of its camera and picture size."""
    kind = row.facts.width, row.facts.height
    rows = [
        other
        for other in scene.archive.recordings(Wanted(cameras=[row.camera]))
        if (other.facts.width, other.facts.height) == kind
    ]
    table = ask(
        scene.opened,
        "select file_index::bigint as place, track_id, path_x as x, path_y as y "
        "from read_parquet(?, hive_partitioning=false) where heading_deg is not null",
        [[str(scene.archive.path / other.analysis.folder / TRACKS) for other in rows]],
    )
    x, y = table["x"].combine_chunks(), table["y"].combine_chunks()
    owners = np.repeat(np.arange(table.num_rows), pc.list_value_length(x).to_numpy(zero_copy_only=False))
    size = [row.facts.width, row.facts.height]
    points = np.column_stack([pc.list_flatten(each).to_numpy() for each in (x, y)]) / size
    wrong = against_the_flow(owners, points, table.num_rows)
    places, ids = table["place"].to_numpy()[wrong], table["track_id"].to_numpy()[wrong]
    return {other.recording_id: ids[places == place] for place, other in enumerate(rows)}


def _near(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those that another track came close to."""
    near = query.near
    assert near is not None
    kept = [among[:0]]
    ids = scene.column("track_id")
    for row, mine in scene.recordings(among):
        folder = scene.archive.path / row.analysis.folder
        table = ask(
            scene.opened,
            "select o.track_id as n, (o.x1::double + o.x2::double) / 2 as x, o.y2::double as y, time_s "
            "from read_parquet(?, hive_partitioning=false) o"
            + (
                " where o.track_id in (select track_id from read_parquet(?, hive_partitioning=false) "
                "where list_contains(?, class)) or list_contains(?, o.track_id)"
                if near.classes
                else ""
            ),
            [str(folder / OBSERVATIONS)]
            + ([str(folder / TRACKS), list(near.classes), ids[mine].tolist()] if near.classes else []),
        )
        owners = table["n"].to_numpy().astype(np.int64)
        places = np.column_stack([table["x"].to_numpy(), table["y"].to_numpy()])
        times = table["time_s"].to_numpy()
        if near.unit == "metres":
            plane = _plane_of(scene, row)
            if plane is None:
                continue
            places = plane.to_metres(places)
        known = ~np.isnan(places[:, 0])
        asked = known & np.isin(owners, ids[mine])
        others = known & np.isin(owners, _of_classes(scene, row, near.classes))
        met = those_near(
            owners[asked],
            places[asked],
            times[asked],
            owners[others],
            places[others],
            times[others],
            near.distance * _diagonal(row) if near.unit == "normalised" else near.distance,
            near.within_s,
        )
        kept.append(mine[np.isin(ids[mine], met)])
    return np.sort(np.concatenate(kept))


def _of_classes(scene: Candidates, row: RecordingRow, classes: Sequence[str]) -> NDArray[Any]:
    """Return the numbers of a recording's tracks of these classes, or of all."""
    file = str(scene.archive.path / row.analysis.folder / TRACKS)
    where = " where list_contains(?, class)" if classes else ""
    sql = f"select track_id from read_parquet(?, hive_partitioning=false){where}"
    table = ask(scene.opened, sql, [file, *([list(classes)] if classes else [])])
    return np.asarray(table["track_id"].to_numpy())


def _at_speed(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those of a speed on the ground."""
    assert query.speed_m_s is not None
    (speeds,) = _measured(scene, among, ["speed_mean_m_s"])
    return np.asarray(among[_within(query.speed_m_s, speeds)])


def _of_size(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those of a size in metres: the larger side, of those that are known."""
    assert query.size_m is not None
    return np.asarray(
        among[_within(query.size_m, np.fmax(*_measured(scene, among, ["width_m", "height_m"])))]
    )


def _measured(scene: Candidates, among: Indices, names: Sequence[str]) -> list[Floats]:
    """Return measures of tracks in metres, float64 (n,) each; NaN where the ground is not known."""
    from apercu.archive.cameras import calibration_of, measures, read_calibrations

    found = [np.full(len(among), np.nan) for _ in names]
    calibrations = read_calibrations(scene.archive)
    for row, mine in scene.recordings(among):
        if calibration_of(calibrations, row) is None:
            continue
        columns = [name for name in OBSERVATION_SCHEMA.names if not name.startswith("mask")]
        seen = scene.read(mine, OBSERVATIONS, ", ".join(f"o.{name}" for name in columns))
        ids = pa.array(scene.column("track_id")[mine])
        table = pa.table({"recording_id": pa.array([row.recording_id] * len(ids)), "track_id": ids})
        measured = measures(calibrations, row, Tracks(table, _by_id(seen)))
        for values, name in zip(found, names, strict=True):
            told = measured[name].to_numpy(zero_copy_only=False).astype(float)
            values[np.searchsorted(among, mine)] = told
    return found


def _by_id(seen: pa.Table) -> pa.Table:
    """Return observations in order of track and time."""
    return seen.sort_by([("track_id", "ascending"), ("pts", "ascending")])


def _diagonal(row: RecordingRow) -> float:
    return float(np.hypot(row.facts.width, row.facts.height))


def _plane_of(scene: Candidates, row: RecordingRow) -> GroundPlane | None:
    """Return the ground as a recording shows it; None where nobody measured it."""
    from apercu.archive.cameras import calibration_of, read_calibrations

    found = calibration_of(read_calibrations(scene.archive), row)
    return None if found is None else found.plane.for_size(row.facts.width, row.facts.height)
