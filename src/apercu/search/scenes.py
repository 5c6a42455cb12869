"""Filters that take more than columns: ways, company and speed, of those that columns have left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apercu.analysis.ground import GroundPlane
from apercu.analysis.tracks import OBSERVATION_SCHEMA, Tracks
from apercu.archive import RecordingRow
from apercu.archive.cameras import calibration_of, measures, read_calibrations
from apercu.archive.files import OBSERVATIONS, TRACKS
from apercu.search import visits
from apercu.search.asking import ask
from apercu.search.candidates import Bools, Candidates, Floats, Indices
from apercu.search.company import most_at_once, those_near
from apercu.search.parts import Span
from apercu.search.places import in_pixels
from apercu.search.query import Query
from apercu.search.ways import against_the_flow, misses

FILTERS = frozenset({*visits.FIELDS, "against_flow", "near", "path", "on_screen", "speed_m_s", "size_m"})
"""The filters that take more than columns."""

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
    for row, mine in scene.views(among):
        width, height = row.facts.width, row.facts.height
        drawn = in_pixels(query.path.points, query.path.unit, width, height)
        for part in scene.batches(mine):
            owners, points = _paths(scene, part)
            off = misses(owners, points, drawn, len(part)) / float(np.hypot(width, height))
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
    kept = [among[:0]]
    starts, ids = scene.column("start_s"), scene.column("track_id")
    for row, mine in scene.recordings(among):
        file = str(scene.archive.path / row.analysis.folder / TRACKS)
        table = ask(
            scene.opened,
            "select track_id, start_s, end_s from read_parquet(?, hive_partitioning=false) order by track_id",
            [file],
        )
        all_ids, begins, ends = (table[name].to_numpy() for name in ("track_id", "start_s", "end_s"))
        at = np.searchsorted(all_ids, ids[mine])
        assert np.array_equal(begins[at], starts[mine])
        kept.append(mine[_within(query.on_screen, most_at_once(begins, ends)[at])])
    return np.sort(np.concatenate(kept))


def _within(span: Span, values: NDArray[Any]) -> Bools:
    low = -np.inf if span.least is None else span.least
    high = np.inf if span.most is None else span.most
    return np.asarray((values >= low) & (values <= high))


def _against(scene: Candidates, query: Query, among: Indices) -> Indices:
    """Keep those that went against the usual way of their camera."""
    kept = [among[:0]]
    going = among[~np.isnan(scene.column("heading_deg").astype(float)[among])]
    for row, mine in scene.views(going):
        files = [
            str(scene.archive.path / other.analysis.folder / TRACKS)
            for other in scene.archive.recordings()
            if (other.camera, other.facts.width, other.facts.height)
            == (row.camera, row.facts.width, row.facts.height)
        ]
        table = ask(
            scene.opened,
            "select recording_id::varchar as r, track_id, path_x as x, path_y as y "
            "from read_parquet(?, hive_partitioning=false) where heading_deg is not null",
            [files],
        )
        x, y = table["x"].combine_chunks(), table["y"].combine_chunks()
        lengths = pc.list_value_length(x).to_numpy(zero_copy_only=False)
        owners = np.repeat(np.arange(table.num_rows), lengths)
        size = [row.facts.width, row.facts.height]
        points = np.column_stack([pc.list_flatten(each).to_numpy() for each in (x, y)]) / size
        wrong = against_the_flow(owners, points, table.num_rows)
        keys = set(
            zip(*(table.filter(pa.array(wrong))[n].to_pylist() for n in ("r", "track_id")), strict=True)
        )
        mine_keys = scene.table.select(["recording_id", "track_id"]).take(mine).to_pylist()
        kept.append(mine[np.array([tuple(key.values()) in keys for key in mine_keys], bool)])
    return np.sort(np.concatenate(kept))


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
    found = [np.full(len(among), np.nan) for _ in names]
    calibrations = read_calibrations(scene.archive)
    for row, mine in scene.recordings(among):
        if calibration_of(calibrations, row) is None:
            continue
        columns = [name for name in OBSERVATION_SCHEMA.names if not name.startswith("mask")]
        seen = scene.read(mine, OBSERVATIONS, ", ".join(f"o.{name}" for name in columns), order=", o.pts")
        ids = scene.table.select(["recording_id", "track_id"]).take(mine)
        table = pa.table({name: ids[name].combine_chunks() for name in ids.column_names})
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
    found = calibration_of(read_calibrations(scene.archive), row)
    return None if found is None else found.plane.for_size(row.facts.width, row.facts.height)
