"""Questions that mean no good, or nothing: refused clearly, or answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.errors import UsageError
from apercu.search import Query, candidates, find, read_query, running, scenes
from apercu.search.asking import ask, numbers

from .conftest import Walk

Store = Callable[..., str]
EVIL = "x'); drop table tracks; --"
SQUARE = [[100, 50], [200, 50], [200, 150], [100, 150]]


@pytest.fixture
def small(archive: Archive, store: Store) -> Archive:
    store(Walk([(50.0 + 20 * i, 100.0) for i in range(10)], 0, "car", ["white"]))
    store(Walk([(250.0 - 20 * i, 100.0) for i in range(10)], 5, "person"), camera="yard")
    add_zone(archive, "gate", "apron", "zone", [(0.3, 0.2), (0.6, 0.2), (0.6, 0.7)])
    return archive


def found(archive: Archive, **values: Any) -> int:
    return len(find(archive, Query.of(**values)))


def test_sql_stays_what_it_is_a_name(small: Archive) -> None:
    assert found(small, cameras=[EVIL]) == 0
    assert len(find(small, read_query(f'camera:"{EVIL}"'))) == 0
    assert found(small, cameras=[EVIL, "gate"]) == 1
    for values in (
        {"recordings": [EVIL]},
        {"classes": [EVIL]},
        {"colours": [EVIL]},
        {"sort": EVIL},
        {"regions": [{"zone": EVIL}]},
        {"crossed": [{"line": EVIL}]},
        {"tracks": [{"recording_id": EVIL, "track_id": 1}]},
        {"near": {"distance": 5, "classes": [EVIL]}},
    ):
        with pytest.raises(UsageError):
            Query.of(**values)
    assert found(small) == 2


def test_nothing_of_a_question_becomes_part_of_the_sql(
    small: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two questions that differ in their values alone are the same SQL."""
    told: list[str] = []

    def listening(asked: Callable[..., Any]) -> Callable[..., Any]:
        def listen(opened: Any, sql: str, values: list[Any]) -> Any:
            told.append(sql)
            return asked(opened, sql, values)

        return listen

    for module in (running, candidates, scenes):
        monkeypatch.setattr(module, "ask", listening(ask))
    monkeypatch.setattr(running, "numbers", listening(numbers))
    said = []
    for camera, name, number, zone in (
        ("gate", "car", 7, SQUARE),
        ("yard", "bus", 9, [[1, 1], [9, 1], [9, 9]]),
    ):
        told.clear()
        inner: dict[str, Any] = {
            "cameras": [camera],
            "classes": [name],
            "duration_s": {"least": number / 10},
            "speed_px_s": {"most": 1000 * number},
            "heading": {"degrees": number, "tolerance": 180},
            "regions": [{"corners": zone, "unit": "pixels"}],
            "near": {"distance": 1000 + number, "classes": [name], "within_s": 3600},
            "on_screen": {"most": number},
            "from_time": "2024-05-31" if number == 7 else "2025-01-01",
        }
        find(small, Query.of(none_of=[inner], any_of=[inner, {"dwell_s": {"least": 0}}]), explain=True)
        said.append(sorted(set(told)))
    assert said[0] and said[0][0] == said[1][0]
    assert not any(
        word in sql for sql in said[0] + said[1] for word in ("gate", "yard", "'car'", "2024", "1007")
    )


def test_huge_polygons(small: Archive) -> None:
    around = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = (1e6 * np.column_stack([np.cos(around), np.sin(around)])).tolist()
    assert found(small, regions=[{"corners": circle, "unit": "pixels"}]) == 2
    assert found(small, regions=[{"corners": SQUARE, "unit": "pixels"}] * 20) == 2
    far = [[1e5, 1e5], [2e5, 1e5], [2e5, 2e5]]
    assert found(small, regions=[{"corners": far, "unit": "pixels"}]) == 0
    thin = [[0.5, 0], [0.5 + 1e-9, 0], [0.5, 1]]
    assert found(small, regions=[{"corners": thin}]) == 2


def test_polygons_that_cross_themselves_over_and_over_open_no_door(small: Archive) -> None:
    random = np.random.default_rng(1)
    count = len(list(small.gate.ledger.entries()))
    star = random.uniform(0, 1, (1000, 2)).tolist()
    with pytest.raises(UsageError, match="crosses itself"):
        found(small, none_of=[{"regions": [{"corners": star}]}])
    add_zone(small, "yard", "apron", "zone", [tuple(point) for point in star])
    with pytest.raises(UsageError, match="crosses itself"):
        found(small, regions=[{"zone": "apron"}])
    assert len(list(small.gate.ledger.entries())) == count + 1  # the zone's own
    assert found(small, regions=[{"corners": random.uniform(0, 1, (50, 2)).tolist()}]) <= 2


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e300])
def test_numbers_that_are_none(bad: float) -> None:
    for values in (
        {"duration_s": {"least": bad}} if bad != 1e300 else {"near": {"distance": bad}},
        {"regions": [{"corners": [[0, 0], [bad, 1], [1, 1]], "unit": "pixels"}]},
        {"path": {"points": [[0, 0], [1, bad]], "unit": "pixels"}},
        {"crossed": [{"points": [[0, 0], [bad, 1]], "unit": "pixels"}]},
    ):
        with pytest.raises(UsageError):
            Query.of(**values)


def test_much_text_is_refused(small: Archive) -> None:
    for text in ("x" * 10_000_000, "(" * 10_000_000, "class:car " * 1_000_000, "not " * 200):
        with pytest.raises(UsageError):
            read_query(text)
    with pytest.raises(UsageError):
        Query.of(cameras=["x" * 10_000_000])


def test_what_cannot_be_is_not_found(small: Archive) -> None:
    car = {"classes": ["car"]}
    assert found(small, all_of=[car], none_of=[car]) == 0
    assert found(small, any_of=[{"classes": ["bus"]}, {"all_of": [car], "classes": ["person"]}]) == 0
    assert found(small, on_screen={"least": 1000}) == 0
    with pytest.raises(UsageError):
        Query.of(duration_s={"least": 2, "most": 1})
    with pytest.raises(UsageError):
        found(small, from_time="2024-06-02", to_time="2024-06-01")


def test_very_many_names(small: Archive) -> None:
    tracks = [{"recording_id": f"{n:016x}", "track_id": 1} for n in range(50_000)]
    (mine, _) = (row.recording_id for row in small.recordings())
    assert found(small, tracks=[*tracks, {"recording_id": mine, "track_id": 1}]) == 1
    assert found(small, cameras=[f"c{n}" for n in range(1000)]) == 0


def test_an_empty_archive_answers(archive: Archive) -> None:
    assert (
        found(archive)
        == found(archive, classes=["car"], regions=[{"corners": SQUARE, "unit": "pixels"}])
        == 0
    )
    assert len(find(archive, Query.of(sort="size", limit=3), explain=True)) == 0


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("in:gate,nowhere", "a letter first"),
        (f"in:{'x' * 65}", "of 64 letters"),
        ("recording:f00", "16 hexadecimal digits"),
        (f"recording:{'F' * 16}", "0 to 9 and a to f"),
    ],
)
def test_names_that_cannot_be_are_told_in_words(text: str, rule: str) -> None:
    with pytest.raises(UsageError, match=rule):
        read_query(text)
