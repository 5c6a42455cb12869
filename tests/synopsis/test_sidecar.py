from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apercu.synopsis import Arrangement, MaskGrid, Tube, measure
from apercu.synopsis.index import VERSION
from apercu.synopsis.render import Clock
from apercu.synopsis.sidecar import Sidecar, as_json
from apercu.synopsis.sources import Source

RATE = Fraction(10)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sidecar.md"
START = datetime(2026, 3, 1, 23, 59, 58, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def sidecar(make_tube: Callable[..., Tube], grid: MaskGrid) -> Sidecar:
    tubes = [
        make_tube(1.0, 23, begin=(5, 5), end=(30, 5), track_id=7, recording_id="a"),
        make_tube(61.5, 4, begin=(40, 5), track_id=2, recording_id="b", start_s=1.5),
    ]
    arrangement = Arrangement(tubes, np.array([2, 0], np.int64), 25, RATE, grid, 0.1)
    metrics = measure(arrangement, 120.0, np.array([1.0, 61.5]), 2)
    sources = {
        "a": Source("a", Path("/footage/a.mp4"), Fraction(1, 12800), START),
        "b": Source("b", Path("/footage/b.mp4"), Fraction(1, 90000)),
        "unused": Source("unused", Path("/footage/c.mp4"), Fraction(1, 90000)),
    }
    clock = Clock(lambda _, second: second, lambda key, second: f"{key} at {second:.1f}")
    return Sidecar("out.mp4", True, arrangement, metrics, sources, clock)


def told_by(sidecar: Sidecar) -> dict[str, Any]:
    """Return the index as whoever reads the file finds it."""
    return json.loads(sidecar.index().model_dump_json(by_alias=True))


def test_it_tells_the_video_and_its_figures(sidecar: Sidecar) -> None:
    told = told_by(sidecar)
    assert (told["version"], told["video"], told["frame_rate"], told["frame_count"]) == (
        VERSION,
        "out.mp4",
        "10",
        25,
    )
    assert (told["width"], told["height"]) == (160, 90)
    assert told["metrics"] == sidecar.metrics.as_dict()
    assert "not evidence" in told["notice"]


def test_it_names_the_recordings_shown(sidecar: Sidecar) -> None:
    first, second = told_by(sidecar)["recordings"]
    assert first == {
        "recording_id": "a",
        "path": "/footage/a.mp4",
        "time_base": "1/12800",
        "start_time": "2026-03-01T22:59:58.000+00:00",
    }
    assert (second["recording_id"], second["start_time"]) == ("b", None)


def test_each_tube_leads_back_to_its_original_moment(sidecar: Sidecar) -> None:
    first, second = told_by(sidecar)["tubes"]
    assert (first["recording_id"], first["track_id"], first["class"]) == ("a", 7, "person")
    assert (first["output_start_s"], first["output_end_s"]) == (0.2, 2.4)
    assert (first["original_start_s"], first["original_end_s"]) == (1.0, 3.2)
    assert first["original_start_time"] == "2026-03-01T22:59:59.000+00:00"
    assert datetime.fromisoformat(first["original_end_time"]) == (START + timedelta(seconds=3.2)).astimezone(
        UTC
    )
    assert (first["label_start"], first["label_end"]) == ("a at 1.0", "a at 3.2")
    assert (second["original_start_s"], second["original_start_time"]) == (1.5, None)


def test_its_places_agree_with_the_arrangement(sidecar: Sidecar) -> None:
    arrangement = sidecar.arrangement
    for number, told in enumerate(told_by(sidecar)["tubes"]):
        tube, start = arrangement.tubes[number], int(arrangement.starts[number])
        times = [place["output_s"] for place in told["places"]]
        assert times[0] == told["output_start_s"] and times[-1] == told["output_end_s"]
        assert times == sorted(set(times)) and max(np.diff(times)) < 0.501
        for place in told["places"]:
            frame = round(place["output_s"] * float(RATE))
            assert (number, frame - start) in arrangement.shown(frame)
            assert place["original_s"] == pytest.approx(tube.original_s(frame - start), abs=1e-3)
            assert place["box"] == pytest.approx(tube.boxes[frame - start].tolist(), abs=0.06)


def test_boxes_lie_in_the_picture(sidecar: Sidecar, make_tube: Callable[..., Tube]) -> None:
    """Whoever cuts by them gets what is seen, also of what comes in and goes out."""
    ways = [((-6, 10), (76, 10)), ((30, -5), (30, 41)), ((-4, 40), (78, -5)), ((90, 10), (100, 10))]
    tubes = [make_tube(begin=begin, end=end, track_id=i) for i, (begin, end) in enumerate(ways, 1)]
    arrangement = replace(sidecar.arrangement, tubes=tubes, starts=np.zeros(len(tubes), np.int64))
    assert min(tube.boxes.min() for tube in tubes) < 0 and max(tube.boxes.max() for tube in tubes) > 160
    index = replace(sidecar, arrangement=arrangement, sources=sidecar.sources | {"r": sidecar.sources["a"]})
    for tube in index.index().tubes:
        for place in tube.places:
            x1, y1, x2, y2 = place.box
            assert 0 <= x1 <= x2 <= 160 and 0 <= y1 <= y2 <= 90
    first = index.index().tubes[0].places[0].box
    assert first == (0.0, 20.0, 4.0, 36.0)


def test_it_is_written_as_plain_json(sidecar: Sidecar) -> None:
    assert json.loads(as_json(sidecar.index())) == told_by(sidecar)


def test_the_size_is_that_of_the_video(sidecar: Sidecar) -> None:
    odd = replace(
        sidecar.arrangement, grid=replace(sidecar.arrangement.grid, frame_width=161, frame_height=91)
    )
    told = replace(sidecar, arrangement=odd).index()
    assert (told.width, told.height) == (162, 92)


def keys(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else []:
        yield from keys(item)
    for key, item in value.items() if isinstance(value, dict) else []:
        yield key
        yield from keys(item)


def test_every_key_is_documented_and_no_other(sidecar: Sidecar) -> None:
    documented = set(re.findall(r"^\| `(\w+)`", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == set(keys(told_by(sidecar)))
