"""The commands count check and camera place: what they write, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]
SPAN = ("--from", "2024-05-31 14:03", "--to", "2024-05-31 14:04")
HAND = ("--who", "M. Roux", "--how", "from the footage")
PLACES = "60,170=45.0,4.0; 260,170=45.0,4.0001; 200,90=45.0002,4.0001; 120,90=45.0002,4.0; 160,120=45.0001,4"


def test_a_sample_is_entered_listed_and_forgotten(cli: Cli, archive: Path) -> None:
    assert cli("count", "check", archive).code == 7
    assert cli("zone", "add", archive, "gate", "kerb", "0.5,0;0.5,1", "--line").code == 0
    sample = ("count", "check", archive, "gate", "kerb")
    assert cli(*sample, "2").code == 2
    assert cli(*sample, "2", "--from", "noon", "--to", "one", *HAND).code == 2
    assert cli(*sample, "2", *SPAN).code == 2
    key = cli(*sample, "2", *SPAN, *HAND, "--json").json["key"]
    told = cli("count", "check", archive, "--json").json
    assert [(each["key"], each["outcome"]) for each in told["samples"]] == [(key, "not covered throughout")]
    assert told["samples"][0]["by_hand"] is None and told["known_errors"] == []
    assert "not covered throughout" in cli("count", "check", archive).out
    recording = cli("info", archive, "--json").json["recordings"][0]["recording_id"]
    whole = ("--recording", recording, "--from", "0", "--to", "1")
    assert cli(*sample, "2", *whole, *HAND, "--direction", "right").code == 0
    assert cli("count", "check", archive, "--remove", key).code == 0
    assert len(cli("count", "check", archive, "--json").json["samples"]) == 1
    assert cli("count", "check", archive, "--remove", key).code == 7


def test_a_camera_is_placed_on_the_map(cli: Cli, archive: Path) -> None:
    made = cli("camera", "place", archive, "gate", "--points", PLACES, "--json").json
    assert (made["number"], made["calibrated"], len(made["misses_m"])) == (1, True, 5)
    assert max(made["misses_m"]) > 0.5
    shown = cli("camera", "show", archive, "gate")
    assert "on the map from 5 points" in shown.out
    assert len(cli("camera", "show", archive, "--json").json[0]["placements"]) == 1
    told = cli("camera", "place", archive, "gate", "--points", PLACES.rpartition(";")[0])
    assert "a fifth would tell" in told.out and "is calibrated by this" in told.out
    assert cli("camera", "place", archive, "gate", "--points", "1,2=3,4").code == 2
