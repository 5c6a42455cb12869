from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from apercu.archive.settings import read_settings, write_settings
from apercu.purposes import Declaration, Ledger, built_in

from .conftest import Result

Cli = Callable[..., Result]
OTHER = ("--class", "other")  # generated figures are of no class that is counted unless asked for


@pytest.fixture
def crossing(archive: Path, cli: Cli) -> Path:
    """Return an archive for research with a line and a zone that fill the picture."""
    assert cli("zone", "add", archive, "gate", "middle", "0.5,0;0.5,1", "--line").code == 0
    assert cli("zone", "add", archive, "gate", "all", "0,0;1,0;1,1;0,1").code == 0
    return archive


@pytest.fixture
def city(crossing: Path) -> Path:
    """Return the same archive for statistics."""
    declaration = Declaration.parse(built_in()["statistics"], {"place": "Rue Haute", "information": "signs"})
    write_settings(crossing, replace(read_settings(crossing), declaration=declaration))
    return crossing


def test_a_table_is_printed_and_json_says_the_same(crossing: Path, cli: Cli) -> None:
    shown = cli("count", crossing, *OTHER)
    assert shown.code == 0 and "entries" in shown.out and "2024-05-31 14:00*" in shown.out
    assert "no minimum" in shown.out
    told = cli("count", crossing, *OTHER, "--json").json
    assert (told["schema"], told["method"], told["timezone"]) == ("apercu-counts", "exact", "Europe/Paris")
    entries = [row for row in told["numbers"] if row["measure"] == "entries"]
    assert entries and all(row["begin"] == "2024-05-31T14:00:00+02:00" for row in entries)
    assert cli("count", "archive", crossing, *OTHER, "--json").json["numbers"] == told["numbers"]


def test_only_what_is_asked_for_is_told(crossing: Path, cli: Cli) -> None:
    told = cli("count", crossing, "--line", "middle", "--json").json
    assert {row["place"] for row in told["numbers"]} <= {"middle", "middle>all", "all>middle", ""}
    assert cli("count", crossing, "--zone", "middle").code == 2  # it is a line
    assert cli("count", crossing, "--camera", "yard").code in (2, 7)
    late = cli("count", crossing, "--since", "2024-06-01")
    assert late.code == 7
    assert cli("count", crossing, "--until", "soon").code == 2
    assert cli("count", crossing, "--by", "7min").code == 2
    assert cli("count", crossing, "--language", "de").code == 2


def test_files_are_written_by_their_endings(crossing: Path, cli: Cli, tmp_path: Path) -> None:
    for suffix in ("csv", "parquet", "json", "geojson", "html", "pdf", "png"):
        path = tmp_path / f"n.{suffix}"
        done = cli("count", crossing, *OTHER, "--language", "fr", "-o", path)
        assert done.code == 0 and str(path) in done.out, done.err
        assert path.stat().st_size > 500
        assert ("on no map" in done.err) == (suffix == "geojson")
    assert b"apercu" in (pq.read_schema(tmp_path / "n.parquet").metadata or {})
    again = cli("count", crossing, "-o", tmp_path / "n.csv")
    assert again.code == 2 and "--force" in again.err
    assert cli("count", crossing, "-o", tmp_path / "n.xlsx").code == 2
    other = tmp_path / "ot.csv"
    assert cli("count", crossing, "--format", "otanalytics", "-o", other).code == 0
    with other.open() as file:
        assert "from section" in next(csv.reader(file))


def test_small_numbers_are_withheld_and_the_budget_is_shown(city: Path, cli: Cli) -> None:
    nothing = cli("count", "budget", city)
    assert nothing.code == 0 and "Nothing was kept" in nothing.out
    shown = cli("count", city, *OTHER)
    assert shown.code == 0 and "told by 15 min or multiples" in shown.err
    told = cli("count", city, *OTHER, "--json").json
    assert all(
        row["value"] is None or row["value"] >= 5 or row["unit"] != "objects" for row in told["numbers"]
    )
    assert told["withheld"] > 0
    assert cli("count", city, "--by", "5min").code == 2
    assert cli("count", city, "--by", "1min").code == 8
    noised = cli("count", city, "--by", "5min", "--noise", "--epsilon", 0.75, "--json").json
    assert (noised["method"], noised["epsilon"]) == ("noise", 0.75)
    budget = cli("count", "budget", city, "--json").json
    (day,) = budget["days"]
    assert (day["day"], day["epsilon_spent"], day["intervals_s"]) == ("2024-05-31", 0.75, [900.0])
    assert "1.25" in cli("count", "budget", city).out
    refused = cli("count", city, "--by", "15min", "--noise", "--epsilon", 1.5, "--json")
    assert refused.code == 8 and "one release may spend" in json.loads(refused.err)["error"]["what"]
    capabilities = [entry.capability for entry in Ledger(city).entries()]
    assert "count" in capabilities and "release-statistics" in capabilities


def test_an_archive_that_may_release_nothing_says_so(archive: Path, cli: Cli) -> None:
    fields = {"authority": "a", "reference": "b", "date": "2024-01-01", "expiry": "2099-01-01"}
    declaration = Declaration.parse(built_in()["judicial-inquiry"], fields)
    write_settings(archive, replace(read_settings(archive), declaration=declaration))
    assert "Nothing can be released" in cli("count", "budget", archive).out


def test_help_is_of_the_group_and_of_each_command(cli: Cli) -> None:
    assert "budget" in cli("count", "--help").out
    assert "--noise" in cli("count", "archive", "--help").out
