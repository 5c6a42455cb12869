from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import duckdb
import pyarrow.parquet as pq
import pytest

from apercu.archive import Archive
from apercu.errors import NothingToShowError, OutputError, UsageError
from apercu.statistics import charts, report
from apercu.statistics import exposition as exposition_module
from apercu.statistics.derived import busiest, percentiles, shares, stays, summed, totals, usual_directions
from apercu.statistics.exposition import exposition, served
from apercu.statistics.formats import METADATA_KEY, WRITERS, as_json, as_otanalytics
from apercu.statistics.latest import Latest
from apercu.statistics.noise import opendp
from apercu.statistics.release import release
from apercu.statistics.released import RELEASED_SCHEMA, STATUSES, Released
from apercu.statistics.report_content import Content
from apercu.statistics.report_words import WORDS, Speech

from .cell_maker import DAY_S, cell, observed, table
from .conftest import put, walk

Maker = Callable[[str], Archive]


@pytest.fixture
def released(archive_of: Maker) -> Released:
    """Return an hour of a street, of which the second quarter was half observed."""
    at = {"place": "line", "series": "s"}
    cells = observed("gate", 4)
    cells[1]["value"] = 450.0
    for quarter, (cars, bikes) in enumerate(((20, 7), (8, 3), (30, 0), (12, 6))):
        begin = {"begin_s": DAY_S + 900 * quarter, **at}
        cells.append(cell(measure="crossings", direction="left", value=cars, **begin, **{"class": "car"}))
        if bikes:
            more = {"class": "bicycle", "direction": "right"}
            cells.append(cell(measure="crossings", value=bikes, **begin, **more))
        for low, share in ((30.0, 0.25), (35.0, 0.5), (40.0, 0.25)):
            more = {"class": "car", "direction": "left", "low": low, "high": low + 5}
            cells.append(cell(measure="speed", value=round(cars * share), **begin, **more))
    zone = {"place": "a", "series": "z", "class": "person"}
    cells += [cell(measure=m, value=10, **zone) for m in ("entries", "exits")]
    cells += [cell(measure="presence", value=900.0, tracks=10, **zone)]
    cells += [cell(measure="flow", place="a>line", series="z>s", value=9, **{"class": "person"})]
    cells += [
        cell(measure="movement", column=x, row=9, value=8 + x, length_s=3600.0, **{"class": "car"})
        for x in range(20)
    ]
    made = release(archive_of("statistics"), table(cells))
    places = [replace(p, area_m2=50.0 if p.name == "a" else None) for p in made.facts.places]
    return replace(made, facts=replace(made.facts, places=tuple(places)))


def test_numbers_that_engineers_read_out(released: Released) -> None:
    sums = {(t.place, t.measure, t.direction, t.named): (t.value, t.status) for t in totals(released)}
    assert sums["line", "crossings", "left", "car"] == (70.0, "published")
    assert sums["line", "crossings", "right", "bicycle"] == (13.0, "at least")
    assert summed(totals(released, ("crossings",))) == (83.0, "at least")
    assert shares(released)["gate", "line"]["car"] == pytest.approx(70 / 83)
    assert usual_directions(released)["gate", "line"] == ("left", pytest.approx(70 / 83))
    ((hour, count),) = busiest(released, Content(released, "en").zone)
    assert (hour.hour, count) == (0, 83.0)
    (speed,) = percentiles(released, "speed")
    assert speed.values[1] == pytest.approx(37.5, abs=0.5) and 40 < speed.values[2] < 45
    (stay,) = stays(released)
    assert (stay.place, stay.mean) == ("a", pytest.approx(900 / 3150))
    assert stay.per_m2 == pytest.approx(900 / 3150 / 50)


def test_every_file_carries_method_place_and_time(released: Released, tmp_path: Path) -> None:
    for suffix, write in WRITERS.items():
        (tmp_path / f"n{suffix}").write_bytes(write(released))
    wanted = {"method": "threshold", "minimum": 5, "controller": "City of Lyon", "timezone": "UTC"}
    lines = (tmp_path / "n.csv").read_text().splitlines()
    told = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    found = [
        {name: json.loads(value) for name, value in told.items()},
        json.loads((tmp_path / "n.json").read_text()),
        json.loads((tmp_path / "n.geojson").read_text())["apercu"],
        json.loads(pq.read_schema(tmp_path / "n.parquet").metadata[METADATA_KEY]),
    ]
    for facts in found:
        assert wanted.items() <= facts.items()
        assert (facts["schema"], facts["schema_version"]) == ("apercu-counts", 1)
        assert facts["withheld"] == 1 and facts["observed_share"] == 0.875
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert list(rows[0]) == RELEASED_SCHEMA.names
    assert [row["value"] for row in rows if row["status"] == "withheld"] == [""]
    assert {row["complete"] for row in rows if row["begin"].startswith("2026") and "00:15" in row["begin"]}
    query = f"select sum(value) from '{tmp_path / 'n.parquet'}' where measure = 'crossings'"
    assert duckdb.sql(query).fetchall() == [(83.0,)]


def test_places_without_a_map_have_no_geometry_and_others_turn_the_right_way(released: Released) -> None:
    features = json.loads(WRITERS[".geojson"](released))["features"]
    assert {f["geometry"] for f in features if f["properties"]["name"] == "line"} == {None}
    on_map = [
        replace(place, longitude_latitude=tuple((4.8 + x / 100, 45.7 - y / 100) for x, y in place.points))
        for place in released.facts.places
    ]
    placed = replace(released, facts=replace(released.facts, places=tuple(on_map)))
    kinds = {}
    for feature in json.loads(WRITERS[".geojson"](placed))["features"]:
        kinds[feature["properties"]["name"]] = feature["geometry"]
    assert kinds["line"]["type"] == "LineString"
    (ring,) = kinds["a"]["coordinates"]
    assert ring[0] == ring[-1]
    assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0
    without = replace(released, facts=replace(released.facts, places=()))
    with pytest.raises(NothingToShowError, match="zone add"):
        WRITERS[".geojson"](without)


def test_the_columns_of_otanalytics(released: Released) -> None:
    rows = list(csv.DictReader(io.StringIO(as_otanalytics(released).decode())))
    wanted = ["start time", "end time", "classification", "flow", "from section", "to section", "count"]
    assert list(rows[0]) == wanted
    bikes = [row for row in rows if row["flow"] == "line right"]
    assert {row["classification"] for row in bikes} == {"bicyclist"}
    # Withheld numbers are left out, and what was observed as a whole has its zeros.
    assert sorted((row["start time"][-8:], row["count"]) for row in bikes) == [
        ("00:00:00", "7"),
        ("00:30:00", "0"),
        ("00:45:00", "6"),
    ]
    (flow,) = [row for row in rows if row["flow"] == "a --> line"]
    assert (flow["from section"], flow["to section"], flow["count"]) == ("a", "line", "9")


@pytest.mark.parametrize(("language", "said"), [("en", "Traffic count"), ("fr", "Comptage de trafic")])
def test_reports_are_whole_in_both_languages(
    archive_of: Maker, released: Released, language: Any, said: str
) -> None:
    archive = archive_of("research")
    page = report.write(archive, released, ".html", language, None).decode()
    assert said in page and f'lang="{language}"' in page
    assert not re.search(r'(?:src|href)="?http', page)  # nothing is fetched
    assert "City of Lyon" in page and "≥" in page
    facts = re.search(r'id="apercu-facts">(.*?)</script>', page)
    assert facts is not None and json.loads(facts[1])["method"] == "threshold"
    pdf = report.write(archive, released, ".pdf", language, None)
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", pdf)) == 1


def test_a_report_of_nothing_says_so(archive_of: Maker) -> None:
    archive = archive_of("statistics")
    empty = release(archive, table(observed("gate", 2)))
    assert "Nothing was published" in report.write(archive, empty, ".html", "en", None).decode()
    assert report.write(archive, empty, ".pdf", "fr", None).startswith(b"%PDF")


def test_a_map_is_a_picture_of_one_camera(archive_of: Maker, released: Released) -> None:
    archive = Archive.open(archive_of("research").path)
    assert report.write(archive, released, ".png", "fr", None).startswith(b"\x89PNG")
    without = release(archive, table(observed("gate", 2)))
    with pytest.raises(NothingToShowError, match="maps of 0 cameras"):
        report.write(archive, without, ".png", "en", None)


def test_numbers_and_days_are_written_as_each_language_does() -> None:
    en, fr = Speech("en"), Speech("fr")
    assert (en.number(1234.5, 1), fr.number(1234.5, 1)) == ("1,234.5", "1\u202f234,5")
    assert (en.percent(0.12), fr.percent(0.12), en.percent(0.001, least=True)) == ("12%", "12\u202f%", "<1%")
    assert (en.interval(900), fr.interval(86_400), fr.interval(3600)) == ("15 min", "1 jour", "1 h")
    assert all(word.en and word.fr for word in WORDS.values())
    assert set(charts.STYLES) >= {"person", "bicycle", "car", "bus", "truck"}


def test_metrics_are_of_the_last_interval_and_hold_nothing_withheld(released: Released) -> None:
    lines = exposition(released).decode().splitlines()
    assert 'apercu_crossings{camera="gate",class="car",direction="left",place="line"} 12.0' in lines
    assert not any('class="person"' in line for line in lines)  # those were in the first
    assert 'apercu_release_minimum{method="threshold"} 5.0' in lines
    assert not any(line.startswith("# TYPE") and line.endswith("counter") for line in lines)


def test_metrics_that_cannot_be_released_are_not_served() -> None:
    def refuse() -> Released | None:
        raise UsageError("not like this")

    with served("0", refuse) as url, pytest.raises(HTTPError, match="503") as refused:
        urlopen(url)
    assert b"not like this" in refused.value.read()
    refused.value.close()


def test_live_numbers_are_released_once_for_each_interval_that_is_over(archive_of: Maker) -> None:
    archive = archive_of("research")
    began = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)
    paths = [walk((40.0, 60.0 + i), (280.0, 60.0 + i), start_s=5.0 * i) for i in range(8)]
    put(archive, *paths, start=began, duration_s=300.0)
    now = [began + timedelta(minutes=4)]
    latest = Latest(archive.path, "gate", 300, lambda: now[0])
    assert latest() is None
    now[0] += timedelta(minutes=2)
    first = latest()
    assert first is not None and first.facts.begin == began
    entries = len(list(archive.gate.ledger.entries()))
    assert latest() is first
    assert entries == len(list(archive.gate.ledger.entries()))


def test_metrics_are_served_on_this_machine_alone_unless_told(released: Released) -> None:
    told: list[Released | None] = [None]
    with served("0", lambda: told[0]) as url:
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url) as answer:
            assert answer.read() == b""
        told[0] = released
        with urlopen(url) as answer:
            assert answer.read() == exposition(released)
        with pytest.raises(HTTPError) as missing:
            urlopen(url.replace("metrics", "other"))
        missing.value.close()
        with pytest.raises(OutputError, match="cannot listen"), served(url.split("/")[2], lambda: None):
            pass
    with pytest.raises(UsageError, match="no address"), served("here:port", lambda: None):
        pass


def test_the_schema_in_the_documents_is_that_of_the_files(released: Released) -> None:
    path = Path(__file__).resolve().parents[2] / "docs" / "counts-schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    values = json.loads(as_json(released))
    assert schema["properties"].keys() == values.keys() == set(schema["required"])
    row = schema["$defs"]["number"]
    assert list(row["properties"]) == RELEASED_SCHEMA.names
    assert row["properties"]["status"]["enum"] == list(STATUSES)
    for told in values["numbers"]:
        for name, value in told.items():
            kinds = row["properties"][name].get("type", "string")
            kinds = [kinds] if isinstance(kinds, str) else kinds
            kind = "null" if value is None else {str: "string", bool: "boolean"}.get(type(value), "number")
            assert kind in kinds or (kind == "number" and "integer" in kinds), name


@pytest.mark.parametrize(
    ("module", "ask"),
    [
        ("matplotlib", charts.matplotlib),
        ("opendp.prelude", opendp),
        ("prometheus_client", exposition_module.prometheus),
    ],
)
def test_what_is_not_installed_is_said_with_the_name_of_the_extra(
    monkeypatch: pytest.MonkeyPatch, module: str, ask: Callable[[], object]
) -> None:
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"not installed.*apercu\[statistics\]"):
        ask()
