from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from apercu.archive import Archive
from apercu.archive.files import OBSERVATIONS, TRACKS
from apercu.archive.settings import read_settings, write_settings
from apercu.errors import ArchiveDamagedError, RefusedError, UsageError
from apercu.purposes import Capability, Declaration, Outcome, built_in
from apercu.search import Query, find

from .conftest import Walk

Store = Callable[..., str]
MORNING = datetime(2024, 5, 31, 6, tzinfo=UTC)  # 8:00 in Paris
SQUARE = [[100, 100], [200, 100], [200, 200], [100, 200]]


def line(x1: float, y1: float, x2: float, y2: float, steps: int = 10) -> list[tuple[float, float]]:
    way = np.linspace(0, 1, steps)[:, None]
    return [tuple(point) for point in (np.array([x1, y1]) * (1 - way) + np.array([x2, y2]) * way).tolist()]


def found(archive: Archive, **values: Any) -> list[int]:
    """Return the numbers of the tracks found."""
    return find(archive, Query.of(**values)).keys["track_id"].to_pylist()


def test_no_filter_finds_everything_in_order(archive: Archive, store: Store) -> None:
    later = store(Walk(line(0, 50, 100, 50), 5), Walk(line(0, 50, 100, 50), 1), start=MORNING + timedelta(1))
    first = store(Walk(line(0, 50, 100, 50), 9), start=MORNING)
    assert find(archive, Query()).keys.to_pylist() == [
        {"recording_id": first, "track_id": 1},
        {"recording_id": later, "track_id": 2},
        {"recording_id": later, "track_id": 1},
    ]


def test_what_is_found_is_read_with_its_observations(archive: Archive, store: Store) -> None:
    store(Walk(line(0, 50, 100, 50)), Walk(line(0, 90, 100, 90), name="car"), Walk(line(0, 9, 100, 9)))
    held = find(archive, Query.of(classes=["car"]))
    ((row, tracks),) = held.read(archive)
    assert tracks.table["class"].to_pylist() == ["car"]
    assert set(tracks.observation_table["track_id"].to_pylist()) == {2}
    assert row.recording_id == held.recording_ids()[0]
    assert list(find(archive, Query.of(classes=["bus"])).read(archive)) == []


class TestColumns:
    """Filters that the tracks' own columns decide."""

    @pytest.fixture(autouse=True)
    def _tracks(self, store: Store) -> None:
        store(
            Walk(line(0, 50, 90, 50), 0, "car", ["white"]),  # 10 px/s to the right, 9 s
            Walk(line(100, 200, 100, 20, 19), 30, "person", ["red", "blue"]),  # 10 px/s up, 18 s
            Walk([(150, 150)] * 30, 60, "car", ["red"]),  # stands for 29 s
            Walk(line(300, 50, 0, 50, 6), 100, "truck"),  # 60 px/s to the left, 5 s
        )

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"classes": ["car"]}, [1, 3]),
            ({"classes": ["car", "person"]}, [1, 2, 3]),
            ({"colours": ["red"]}, [2, 3]),
            ({"colours": ["blue", "white"]}, [1, 2]),
            ({"classes": ["car"], "colours": ["red"]}, [3]),
            ({"duration_s": {"least": 9}}, [1, 2, 3]),
            ({"duration_s": {"most": 9}}, [1, 4]),
            ({"duration_s": {"least": 9, "most": 18}}, [1, 2]),
            ({"size_px": {"least": 20, "most": 20}}, [1, 2, 3, 4]),
            ({"size_px": {"least": 20.5}}, []),
            ({"speed_px_s": {"least": 30}}, [4]),
            ({"dwell_s": {"least": 10}}, [3]),
            ({"heading": {"degrees": 90}}, [1]),
            ({"heading": {"degrees": 350, "tolerance": 15}}, [2]),
            ({"heading": {"degrees": 0, "tolerance": 180}}, [1, 2, 4]),
        ],
    )
    def test_each_filter(self, archive: Archive, values: dict[str, Any], expected: list[int]) -> None:
        assert found(archive, **values) == expected

    def test_tracks_by_name(self, archive: Archive) -> None:
        (row,) = archive.recordings()
        wanted = [{"recording_id": row.recording_id, "track_id": number} for number in (4, 2, 99)]
        assert found(archive, tracks=wanted) == [2, 4]
        assert found(archive, tracks=[{"recording_id": "f" * 16, "track_id": 1}]) == []

    def test_values_are_never_part_of_the_sql(self, archive: Archive) -> None:
        assert found(archive, cameras=["gate'); drop table tracks; --"]) == []
        assert found(archive, cameras=["gate"]) == [1, 2, 3, 4]


class TestTimes:
    """Filters on true time."""

    def test_a_span_takes_what_is_there_in_it(self, archive: Archive, store: Store) -> None:
        store(*(Walk(line(0, 50, 90, 50), 60 * i) for i in range(5)), start=MORNING)
        at = [(MORNING + timedelta(seconds=s)).isoformat() for s in (65, 180)]
        assert found(archive, from_time=at[0], to_time=at[1]) == [2, 3]
        assert found(archive, from_time="2024-05-31 08:03") == [4, 5]
        assert found(archive, from_time="2024-05-31", to_time="2024-05-31") == [1, 2, 3, 4, 5]
        assert found(archive, from_time="2024-06-01") == []

    def test_without_a_clock_nothing_has_a_true_time(self, archive: Archive, store: Store) -> None:
        store(Walk(line(0, 50, 90, 50)))
        assert found(archive, from_time="2000-01-01") == found(archive, time_of_day={"begin": "00:00"}) == []

    def test_recordings_of_other_days_are_not_even_read(self, archive: Archive, store: Store) -> None:
        store(Walk(line(0, 50, 90, 50)), start=MORNING)
        store(Walk(line(0, 50, 90, 50)), Walk(line(0, 50, 90, 50)), start=MORNING + timedelta(days=1))
        (archive.path / archive.recordings()[0].analysis.folder / TRACKS).unlink()
        assert found(archive, from_time="2024-06-01") == [1, 2]
        assert len(find(archive, Query.of(from_time="2024-06-01")).rows) == 1

    @pytest.mark.parametrize(
        ("begin", "end", "expected"),
        [
            ("08:00:30", "08:02", [1]),  # the second begins at 8:02, and the end is not part of it
            ("08:02:05", "08:02:06", [2]),
            ("08:00", "08:00", [1, 2, 3]),
            ("23:00", "08:00:30", [3]),
            ("07:59", "08:00:00.5", [3]),
        ],
    )
    def test_a_time_of_day_is_that_of_the_archive(
        self, archive: Archive, store: Store, begin: str, end: str, expected: list[int]
    ) -> None:
        store(*(Walk(line(0, 50, 90, 50), s) for s in (55, 120)), start=MORNING)
        winter = datetime(2024, 1, 10, 7, tzinfo=UTC)  # 8:00 in Paris, too
        store(*(Walk(line(0, 50, 90, 50, 2), 0.0) for _ in range(3)), start=winter, duration_s=1)
        summer = [n for n in expected if n < 3]
        got = find(archive, Query.of(time_of_day={"begin": begin, "end": end})).keys.to_pylist()
        assert [key["track_id"] for key in got[-len(summer) :] if summer] == summer
        assert len(got) - len(summer) == (3 if 3 in expected else 0)


class TestRegions:
    """Where feet were: exactly, by every observation."""

    def regions(self, way: str = "in", corners: list[list[float]] = SQUARE) -> list[dict[str, Any]]:
        return [{"corners": corners, "unit": "pixels", "way": way}]

    @pytest.fixture(autouse=True)
    def _tracks(self, store: Store) -> None:
        store(
            Walk(line(50, 150, 250, 150)),  # 1 passes
            Walk(line(50, 150, 150, 150)),  # 2 ends inside
            Walk(line(150, 150, 250, 150)),  # 3 begins inside
            Walk(line(110, 110, 190, 190)),  # 4 stays inside
            Walk(line(50, 90, 250, 90)),  # 5 above, though its bounds come near
            Walk(line(90, 60, 250, 220)),  # 6 cuts through
            Walk(line(50, 150, 250, 150, 2)),  # 7 passes between two observations
            Walk([(150, 150)]),  # 8 one observation inside
            Walk(line(50, 215, 250, 215)),  # 9 its head is inside, its feet are not
        )

    @pytest.mark.parametrize(
        ("way", "expected"),
        [("in", [1, 2, 3, 4, 6, 7, 8]), ("entered", [1, 2, 6, 7]), ("left", [1, 3, 6, 7])],
    )
    def test_what_they_did_there(self, archive: Archive, way: str, expected: list[int]) -> None:
        assert found(archive, regions=self.regions(way)) == expected

    def test_shares_of_the_picture_are_the_same_as_pixels(self, archive: Archive) -> None:
        shares = [[x / 320, y / 240] for x, y in SQUARE]
        assert found(archive, regions=[{"corners": shares, "way": "left"}]) == [1, 3, 6, 7]

    def test_all_regions_must_hold(self, archive: Archive) -> None:
        right = [[220, 0], [320, 0], [320, 240], [220, 240]]
        assert found(archive, regions=[*self.regions(), *self.regions("in", right)]) == [1, 3, 6, 7]

    def test_a_region_that_crosses_itself_is_what_it_encloses(self, archive: Archive) -> None:
        bow_tie = [[100, 100], [200, 200], [200, 100], [100, 201]]
        assert 1 in found(archive, regions=self.regions("in", bow_tie))

    def test_a_size_of_its_own_for_every_recording(self, archive: Archive, store: Store) -> None:
        large = store(Walk(line(100, 300, 500, 300)), Walk(line(100, 100, 500, 100)), size=(640, 480))
        shares = [[x / 320, y / 240] for x, y in SQUARE]
        keys = find(archive, Query.of(regions=[{"corners": shares}], recordings=[large])).keys.to_pylist()
        assert [key["track_id"] for key in keys] == [1]


class TestDoors:
    """What asking leaves behind, and who may not ask."""

    def become(self, archive: Archive, purpose: str, **stated: str) -> Archive:
        declaration = Declaration.parse(built_in()[purpose], stated)
        write_settings(archive.path, replace(read_settings(archive.path), declaration=declaration))
        return Archive.open(archive.path)

    def test_the_ledger_keeps_the_query(self, archive: Archive, store: Store) -> None:
        store(Walk(line(0, 50, 90, 50)))
        find(archive, Query.of(classes=["person"], colours=["red"]), reason="claim 17")
        *_, colour, search = archive.gate.ledger.entries()
        assert (colour.capability, search.capability) == (Capability.SEARCH_BY_COLOUR, Capability.SEARCH)
        assert search.subject == colour.subject == "query class:person colour:red"
        assert (search.outcome, search.note, search.reason) == (Outcome.DONE, "0 tracks", "claim 17")

    def test_a_purpose_without_search_refuses(self, archive: Archive) -> None:
        statistics = self.become(archive, "statistics", place="a", information="b")
        with pytest.raises(RefusedError, match="search"):
            find(statistics, Query())
        with pytest.raises(RefusedError, match="search-by-colour"):
            find(statistics, Query.of(colours=["red"]))

    def test_what_contradicts_itself_opens_no_door(self, archive: Archive) -> None:
        count = len(list(archive.gate.ledger.entries()))
        with pytest.raises(UsageError):
            find(archive, Query.of(from_time="2024-06-02", to_time="2024-06-01"))
        assert len(list(archive.gate.ledger.entries())) == count


@pytest.mark.parametrize("name", [TRACKS, OBSERVATIONS])
@pytest.mark.parametrize("how", ["missing", "torn", "another"])
def test_a_damaged_file_is_said(archive: Archive, store: Store, name: str, how: str) -> None:
    store(Walk(line(50, 150, 250, 150)))
    folder = archive.path / archive.recordings()[0].analysis.folder
    path = folder / name
    match how:
        case "missing":
            path.unlink()
        case "torn":
            path.write_bytes(path.read_bytes()[:-40])
        case "another":
            path.write_bytes(b"no such file" * 100)
    with pytest.raises(ArchiveDamagedError, match="analyse its recording again"):
        find(archive, Query.of(regions=[{"corners": SQUARE, "unit": "pixels"}]))
