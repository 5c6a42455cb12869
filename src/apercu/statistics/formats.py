"""Released numbers as files: CSV, Parquet, JSON and GeoJSON with their facts, and the CSV of OTAnalytics."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from apercu.archive.settings import find_zone
from apercu.errors import NothingToShowError
from apercu.statistics.derived import totals
from apercu.statistics.released import RELEASED_SCHEMA, Place, Released

METADATA_KEY = b"apercu"
"""The key of a Parquet file's metadata that holds the facts as JSON."""

OTANALYTICS_CLASSES: Mapping[str, str] = MappingProxyType(
    {"person": "pedestrian", "bicycle": "bicyclist", "motorcycle": "motorcyclist"}
)
"""Classes that OTAnalytics calls by another name."""

_OTANALYTICS = ("start time", "end time", "classification", "flow", "from section", "to section", "count")


def as_csv(released: Released) -> bytes:
    """Return the numbers as comma-separated values, after lines that begin with ``#`` and tell the facts.

    Times are by the archive's clock, with their distance from UTC.
    """
    sink = io.StringIO()
    for name, value in released.facts.as_dict().items():
        sink.write(f"# {name}: {json.dumps(value, ensure_ascii=False)}\n")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(RELEASED_SCHEMA.names)
    zone = find_zone(released.facts.timezone)
    for row in released.table.to_pylist():
        told = (row[name] for name in RELEASED_SCHEMA.names)
        writer.writerow(
            v.astimezone(zone).isoformat() if isinstance(v, datetime) else _short(v) for v in told
        )
    return sink.getvalue().encode()


def as_parquet(released: Released) -> bytes:
    """Return the numbers as Parquet; the facts stand as JSON in its metadata under ``apercu``."""
    facts = json.dumps(released.facts.as_dict(), ensure_ascii=False).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(released.table.replace_schema_metadata({METADATA_KEY: facts}), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def as_json(released: Released) -> bytes:
    """Return ``as_values`` as JSON."""
    return (json.dumps(as_values(released), indent=1, ensure_ascii=False) + "\n").encode()


def as_values(released: Released) -> dict[str, Any]:
    """Return facts and numbers as plain values; docs/counts-schema.json is the schema."""
    zone = find_zone(released.facts.timezone)
    rows = [
        {n: v.astimezone(zone).isoformat() if isinstance(v, datetime) else v for n, v in row.items()}
        for row in released.table.to_pylist()
    ]
    return {**released.facts.as_dict(), "numbers": rows}


def as_geojson(released: Released) -> bytes:
    """Return lines and zones as a GeoJSON FeatureCollection (RFC 7946) with their totals as properties.

    The geometry is null where the camera is on no map, as the RFC has it for features without a location.
    """
    sums = totals(released)
    features = [
        {
            "type": "Feature",
            "id": f"{place.camera}/{place.name}/{place.series}",
            "geometry": _geometry(place),
            "properties": {
                "camera": place.camera,
                "name": place.name,
                "kind": place.kind,
                "series": place.series,
                "area_m2": place.area_m2,
                "totals": [
                    {
                        "measure": one.measure,
                        "direction": one.direction,
                        "class": one.named,
                        "value": one.value,
                        "status": one.status,
                    }
                    for one in sums
                    if (one.camera, one.place, one.series) == (place.camera, place.name, place.series)
                ],
            },
        }
        for place in released.facts.places
    ]
    if not features:
        raise NothingToShowError(
            "no line or zone is named, so there is nothing to draw on a map",
            next_step="Name one with: apercu zone add.",
        )
    whole = {"type": "FeatureCollection", "apercu": released.facts.as_dict(), "features": features}
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def as_otanalytics(released: Released) -> bytes:
    """Return crossings and flows in the CSV that OTAnalytics (OpenTrafficCam) writes of counts.

    A line's two directions are flows of their own, and it is both sections of them. Numbers that are
    withheld are left out; zeros stand where an interval was observed as a whole. The format has no room for
    facts: keep another file beside it.
    """
    zone = find_zone(released.facts.timezone)
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(_OTANALYTICS)
    for row in with_zeros(released).to_pylist():
        if row["measure"] not in ("crossings", "flow") or row["value"] is None or row["begin"] is None:
            continue
        start, _, end = row["place"].partition(">")
        name = f"{start} --> {end}" if end else f"{start} {row['direction']}"
        times = (f"{row[at].astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in ("begin", "end"))
        kind = OTANALYTICS_CLASSES.get(row["class"], row["class"])
        writer.writerow([*times, kind, name, start, end or start, round(row["value"])])
    return sink.getvalue().encode()


WRITERS: Mapping[str, Callable[[Released], bytes]] = MappingProxyType(
    {".csv": as_csv, ".parquet": as_parquet, ".json": as_json, ".geojson": as_geojson}
)
"""What writes a file, by how its name ends."""


def with_zeros(released: Released) -> pa.Table:
    """Return the numbers with crossings, entries and exits of 0 where an interval was wholly observed.

    Of the places, directions and classes that there are numbers of.
    """
    rows = released.table.to_pylist()
    counted = [row for row in rows if row["measure"] in ("crossings", "entries", "exits")]
    what = ("camera", "run", "place", "series", "measure", "unit", "direction", "class")
    kinds = dict.fromkeys(tuple(row[name] for name in what) for row in counted)
    there = {(*(row[name] for name in what), row["begin_s"], row["length_s"]) for row in counted}
    added = [
        {**row, **dict(zip(what, kind, strict=True)), "value": 0.0, "status": "published"}
        for row in rows
        if row["measure"] == "observed" and row["complete"]
        for kind in kinds
        if kind[:2] == (row["camera"], row["run"]) and (*kind, row["begin_s"], row["length_s"]) not in there
    ]
    return pa.concat_tables([released.table, pa.Table.from_pylist(added, released.table.schema)])


def _geometry(place: Place) -> dict[str, Any] | None:
    points = place.longitude_latitude
    if points is None:
        return None
    listed = [[round(x, 7), round(y, 7)] for x, y in points]
    if place.kind == "line":
        return {"type": "LineString", "coordinates": listed}
    turned = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(listed, [*listed[1:], listed[0]], strict=True))
    ring = listed if turned > 0 else listed[::-1]  # RFC 7946: outer rings are counterclockwise
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _short(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
