from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from apercu.analysis import MEASURE_SCHEMA

from .conftest import Result

Cli = Callable[..., Result]
POINTS = "60,170=0,0; 260,170=4,0; 200,90=4,12; 120,90=0,12"


def test_speed_is_in_metres_once_the_camera_is_calibrated(cli: Cli, archive: Path) -> None:
    before = cli("tracks", archive)
    assert "speed px/s" in before.out
    assert "m/s" not in before.out
    assert all(row["speed_mean_m_s"] is None for row in cli("tracks", archive, "--json").json)
    done = cli("camera", "calibrate", archive, "gate", "--points", POINTS)
    assert (done.code, done.err) == (0, "")
    assert "four points always fit exactly" in done.out
    after = cli("tracks", archive)
    assert "speed m/s" in after.out
    assert "height m" in after.out
    rows = cli("tracks", archive, "--json").json
    assert any(row["speed_mean_m_s"] for row in rows)
    assert all(row["speed_mean_px_s"] is not None for row in rows)
    table = list(csv.DictReader(io.StringIO(cli("tracks", archive, "--csv").out)))
    assert [*table[0]][-5:] == MEASURE_SCHEMA.names[2:]


def test_the_margin_of_the_class_is_shown(cli: Cli, archive: Path) -> None:
    assert "margin" in cli("tracks", archive).out.splitlines()[0]


def test_cameras_are_shown_with_what_can_be_checked(cli: Cli, archive: Path) -> None:
    assert "not calibrated" in cli("camera", "show", archive).out
    more = f"{POINTS}; 160,170=2.1,0"
    made = cli("camera", "calibrate", archive, "gate", "--points", more, "--reason", "survey", "--json").json
    assert made["number"] == 1
    assert len(made["misses_m"]) == 5
    assert 0 < max(made["misses_m"]) < 0.2
    assert made["viewpoint"]["height_m"] > 0
    shown = cli("camera", "show", archive, "gate")
    assert "from 5 measured points for pictures of 320x180" in shown.out
    assert "the worst is number" in shown.out
    (told,) = cli("camera", "show", archive, "--json").json
    assert (told["camera"], told["recordings"]) == ("gate", 1)
    assert [{"camera": "gate", **calibration} for calibration in told["calibrations"]] == [made]


def test_a_homography_from_a_file(cli: Cli, archive: Path, tmp_path: Path) -> None:
    made = cli("camera", "calibrate", archive, "gate", "--points", POINTS, "--json").json
    first, second, third = made["homography"]
    larger = [[100 * value for value in row] for row in (first, second)]
    ways = {
        "same": ([first, second, third], []),
        "centimetres": ([*larger, third], ["--metres-per-unit", "0.01"]),
    }
    for name, (rows, options) in ways.items():
        file = tmp_path / f"{name}.txt"
        file.write_text("\n".join(" ".join(map(repr, row)) for row in rows))
        again = cli("camera", "calibrate", archive, "gate", "--homography", file, *options, "--json").json
        assert again["homography"][0] == pytest.approx(made["homography"][0])
        assert again["points"] == []


def test_metres_are_drawn_onto_the_empty_scene(cli: Cli, archive: Path, tmp_path: Path) -> None:
    picture = tmp_path / "grid.png"
    assert cli("camera", "show", archive, "gate", "--grid", picture).code == 7
    cli("camera", "calibrate", archive, "gate", "--points", POINTS)
    done = cli("camera", "show", archive, "gate", "--grid", picture)
    assert done.code == 0
    assert "m apart" in done.err
    assert cv2.imread(str(picture)).shape == (180, 320, 3)
    assert cli("camera", "show", archive, "gate", "--grid", picture).code == 2
    assert cli("camera", "show", archive, "--grid", tmp_path / "b.png").code == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "--points or --homography is needed"),
        (["--points", POINTS, "--homography", "h"], "not both"),
        (["--points", POINTS, "--inverse"], "--inverse belongs to --homography"),
        (["--points", "1,2=3,4"], "1 measured points"),
        (["--points", "1,1=1,1; 2,2=2,2; 3,3=3,3; 9,4=9,4"], "leave open"),
        (["--points", "nonsense"], "no measured point"),
        (["--points", POINTS, "--size", "big"], "no size"),
        (["--points", POINTS, "--since", "then"], "--since 'then' is not a date"),
        (["--points", POINTS, "--metres-per-unit", "0"], "no length"),
        (["--homography", "missing.txt"], "cannot be read"),
    ],
)
def test_mistakes_are_told_and_store_nothing(cli: Cli, archive: Path, options: list[str], told: str) -> None:
    tried = cli("camera", "calibrate", archive, "gate", *options)
    assert tried.code == 2
    assert told in tried.err
    assert not (archive / "cameras.toml").exists()


def test_a_camera_without_recordings_needs_the_size(cli: Cli, archive: Path) -> None:
    assert "Say with --size" in cli("camera", "calibrate", archive, "yard", "--points", POINTS).err
    done = cli("camera", "calibrate", archive, "yard", "--points", POINTS, "--size", "320x180")
    assert done.code == 0
    assert "no recording of yard yet" in done.err
    assert cli("camera", "show", archive, "street").code == 2


def test_a_stretched_plan_is_doubted(cli: Cli, archive: Path) -> None:
    turned = "60,170=0,0; 260,170=3.2,2.4; 200,90=-4,12; 120,90=-7.2,9.6"
    assert cli("camera", "calibrate", archive, "gate", "--points", turned).err == ""
    done = cli("camera", "calibrate", archive, "gate", "--points", turned, "--metres-per-unit", "1,1.6")
    assert done.code == 0
    assert "no camera with square pixels sees it so" in done.err
    assert all(row["height_m"] is None for row in cli("tracks", archive, "--json").json)


def test_what_a_camera_is_for_is_said_and_shown(cli: Cli, archive: Path) -> None:
    assert cli("camera", "describe", archive, "gate").code == 2
    said = cli("camera", "describe", archive, "gate", "--for", "who comes in", "--at", "south gate")
    assert said.code == 0 and "for: who comes in; at: south gate" in said.out
    assert cli("camera", "describe", archive, "gate", "--for", "lorries").code == 0
    assert "for: lorries; at: south gate" in cli("camera", "show", archive, "gate").out
    assert cli("camera", "describe", archive, "gate", "--for", "two\nlines").code == 2
    (shown,) = cli("camera", "show", archive, "gate", "--json").json
    assert (shown["use"], shown["place"]) == ("lorries", "south gate")
