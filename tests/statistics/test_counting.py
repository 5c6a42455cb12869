"""Counting from the tracks of an archive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.errors import NothingToShowError, UnknownNameError, UsageError
from apercu.statistics.cells import CELL_SCHEMA
from apercu.statistics.counting import CountOptions, count

from .conftest import WIDTH, Path, put, walk

NOON = datetime(2024, 5, 31, 10, 0, tzinfo=UTC)  # 12:00 in Paris


def values(cells: pa.Table, measure: str, *columns: str) -> dict[Any, float]:
    """Return the values of a measure, added up by columns."""
    found: dict[Any, float] = {}
    for row in cells.to_pylist():
        if row["measure"] == measure:
            key = tuple(row[name] for name in columns)
            key = key[0] if len(columns) == 1 else key
            found[key] = found.get(key, 0.0) + row["value"]
    return found


@pytest.fixture
def drawn(archive: Archive) -> Archive:
    """Return an archive with a line from top to bottom, and a zone in the left half of the picture."""
    add_zone(archive, "gate", "door", "line", [(0.5, 0.0), (0.5, 1.0)])
    add_zone(archive, "gate", "yard", "zone", [(0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0)])
    return archive


def right(**told: Any) -> Path:
    return walk((20, 120), (300, 120), **told)


def left(**told: Any) -> Path:
    return walk((300, 120), (20, 120), **told)


def test_crossings_are_counted_by_class_direction_and_interval(drawn: Archive) -> None:
    put(
        drawn,
        right(name="car"),
        right(name="car", start_s=20),
        left(name="person", start_s=100),
        right(name="car", start_s=910),
        start=NOON,
        duration_s=1000.0,
    )
    cells = count(drawn, CountOptions(interval_s=900))
    assert cells.schema.equals(CELL_SCHEMA)
    begin = NOON.timestamp()
    # As one looks down the line, what goes right in the picture goes to the left.
    assert values(cells, "crossings", "place", "direction", "class", "begin_s") == {
        ("door", "left", "car", begin): 2,
        ("door", "left", "car", begin + 900): 1,
        ("door", "right", "person", begin): 1,
    }
    assert values(cells, "observed", "begin_s") == {begin: 900, begin + 900: 100}


def test_zones_tell_entries_exits_presence_stays_and_most_at_once(drawn: Archive) -> None:
    put(drawn, right(), right(start_s=1), left(start_s=60), duration_s=100.0)
    cells = count(drawn, CountOptions(interval_s=60))
    assert values(cells, "entries", "begin_s") == {0.0: 2, 60.0: 1}
    assert values(cells, "exits", "begin_s") == {0.0: 2, 60.0: 1}
    assert values(cells, "occupancy", "begin_s") == {0.0: 2, 60.0: 1}
    inside_s = (0.4 * WIDTH - 20) / 280 * 4
    presence = values(cells, "presence", "begin_s")
    assert presence[0.0] == pytest.approx(2 * inside_s, abs=1e-5)
    assert presence[60.0] == pytest.approx(inside_s, abs=1e-5)
    assert values(cells, "dwell", "low", "high") == {(0.0, 2.0): 3}


def test_what_is_not_asked_for_is_left_out(drawn: Archive) -> None:
    add_zone(drawn, "lane", "door", "line", [(0.5, 0.0), (0.5, 1.0)])
    put(drawn, right(name="car"), right(name="animal", start_s=10), start=NOON)
    put(drawn, right(), camera="lane", start=NOON)
    cells = count(drawn, CountOptions(cameras=("gate",), places=("door",)))
    assert set(cells["camera"].to_pylist()) == {"gate"}
    assert set(cells["place"].to_pylist()) == {"", "door"}
    assert values(cells, "crossings", "class") == {"car": 1}
    asked = count(drawn, CountOptions(classes=("animal",)))
    assert values(asked, "crossings", "class") == {"animal": 1}
    later = datetime(2024, 5, 31, 10, 15, tzinfo=UTC)
    with pytest.raises(NothingToShowError):
        count(drawn, CountOptions(since=later))


def test_names_that_nobody_knows_are_told(drawn: Archive) -> None:
    put(drawn, right())
    with pytest.raises(UnknownNameError, match="door"):
        count(drawn, CountOptions(places=("dor",)))
    with pytest.raises(UnknownNameError, match="person"):
        count(drawn, CountOptions(classes=("persons",)))
    with pytest.raises(UsageError, match="7 s"):
        count(drawn, CountOptions(interval_s=7))


def test_counting_leaves_one_entry_that_says_what_was_counted(drawn: Archive) -> None:
    put(drawn, right())
    put(drawn, right())
    before = sum(1 for _ in drawn.gate.ledger.entries())
    count(drawn, CountOptions(interval_s=3600, places=("door",)))
    entries = list(drawn.gate.ledger.entries())[before:]
    assert [(entry.capability, entry.outcome) for entry in entries] == [("count", "done")]
    assert "door" in entries[0].subject and "3600" in entries[0].subject


def test_seconds_in_which_the_camera_moved_are_not_observed(drawn: Archive) -> None:
    put(drawn, right(), duration_s=100.0, moved=[(10.0, 15.0), (90.0, 100.0)])
    assert values(count(drawn, CountOptions(interval_s=60)), "observed", "begin_s") == {0.0: 55, 60.0: 30}


def test_flows_lead_from_what_was_left_to_what_was_reached_and_tell_the_turn(archive: Archive) -> None:
    for name, x, y in (("west", 0.0, 0.4), ("east", 0.8, 0.4), ("south", 0.4, 0.8), ("north", 0.4, 0.0)):
        add_zone(archive, "gate", name, "zone", [(x, y), (x + 0.2, y), (x + 0.2, y + 0.2), (x, y + 0.2)])
    middle, west, east, south = (160, 120), (10, 120), (310, 120), (160, 235)
    put(
        archive,
        walk(west, middle, east, name="car"),
        walk(west, middle, south, name="car", start_s=20),
        walk(south, middle, west, name="car", start_s=40),
        walk(south, middle, east, name="car", start_s=60),
        walk(west, middle, west, name="car", start_s=80),
    )
    cells = count(archive)
    ways = ("west>east", "west>south", "south>west", "south>east")
    assert values(cells, "flow", "place") == dict.fromkeys(ways, 1)
    assert values(cells, "turning", "place", "direction") == {
        ("west>east", "straight"): 1,
        ("west>south", "right"): 1,
        ("south>west", "left"): 1,
        ("south>east", "right"): 1,
    }


def test_heat_maps_tell_where_things_move_which_way_and_where_they_stand(archive: Archive) -> None:
    put(archive, right(name="car"), Path([(165.0, 125.0)] * 100, 30.0, "car"))
    cells = count(archive, CountOptions(heat=True))
    row, columns = int(120 / 240 * 18), range(2, 30)
    assert values(cells, "movement", "column", "row") == {(column, row): 1 for column in columns}
    assert values(cells, "heading", "low", "high") == {(90.0, 135.0): 28}
    assert values(cells, "standing", "column", "row") == {(16, 9): pytest.approx(19.8)}
    assert set(cells["length_s"].to_pylist()) == {900.0, 3600.0}
    assert not values(count(archive), "movement", "class")
