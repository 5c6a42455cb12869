"""The command zone: drawings and their history, and the picture to draw on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

Cli = Callable[..., Any]


@pytest.fixture
def counts(cli: Cli, tmp_path: Path) -> Path:
    """Return an archive that may only count."""
    path = tmp_path / "counts"
    stated = ("--field", "place=Main street", "--field", "information=signs")
    assert cli("init", path, "--purpose", "statistics", *stated, "--timezone", "UTC").code == 0
    return path


def test_earlier_drawings_are_listed_when_asked(cli: Cli, counts: Path) -> None:
    assert cli("zone", "add", counts, "north", "kerb", "0,0.5;1,0.5", "--line").code == 0
    assert cli("zone", "add", counts, "north", "kerb", "0,0.6;1,0.6", "--line").code == 0
    assert cli("zone", "add", counts, "north", "yard", "0,0;1,0;1,1").code == 0
    assert cli("zone", "remove", counts, "north", "yard").code == 0
    listed = cli("zone", "list", counts, "--json").json
    assert [(each["name"], each["until"]) for each in listed] == [("kerb", None)]
    every = cli("zone", "list", counts, "--all", "--json").json
    assert [each["name"] for each in every] == ["kerb", "kerb", "yard"]
    assert every[0]["until"] is not None and every[0]["series"] != every[1]["series"]
    assert every[1]["series"] in cli("zone", "list", counts).out
    assert every[0]["series"] in cli("zone", "list", counts, "--all").out


def test_the_scene_of_a_file_is_drawn_on_where_none_is_kept(
    cli: Cli, counts: Path, street: Path, tmp_path: Path
) -> None:
    assert cli("zone", "show", counts, "north").code == 7
    assert cli("zone", "add", counts, "north", "kerb", "0.2,0.5;0.8,0.5", "--line").code == 0
    plain, ruled = tmp_path / "plain.png", tmp_path / "ruled.png"
    before = {path for path in counts.rglob("*") if "ledger" not in path.as_posix()}
    assert cli("zone", "show", counts, "north", "--video", street, "-o", plain).code == 0
    made = cli("zone", "show", counts, "north", "--video", street, "--grid", "-o", ruled, "--json")
    assert made.json["zones"] == 1
    assert {path for path in counts.rglob("*") if "ledger" not in path.as_posix()} == before
    first, second = cv2.imread(str(plain)), cv2.imread(str(ruled))
    assert first.shape == second.shape == (180, 320, 3)
    tenth = np.abs(first.astype(int) - second)[:, 32].mean()
    assert tenth > 2 * np.abs(first.astype(int) - second)[:, 48].mean()


def test_a_video_is_not_written_over(cli: Cli, counts: Path, street: Path) -> None:
    assert cli("zone", "show", counts, "north", "--video", street, "-o", street, "--force").code == 2
