from __future__ import annotations

import io
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from apercu.archive import Archive
from apercu.errors import NothingToShowError, UsageError
from apercu.search import Query, TrackId
from apercu.web.reading import activity, count_kinds, find_tracks, read_observations
from apercu.web.roles import Role

from .conftest import START, World


@pytest.fixture
def rita(world: World) -> TestClient:
    return world.client("Rita", Role.REVIEWER)


def test_tracks_come_in_pages_that_miss_and_repeat_none(world: World, rita: TestClient) -> None:
    table = Archive.open(world.folder).tracks().table
    query = {"limit": 1}
    seen = []
    for _ in range(len(table) + 1):
        answer = rita.post(f"{world.base}/tracks/search", json={"query": query, "kinds": bool(len(seen) % 2)})
        page = answer.json()
        assert page["total"] == len(table) and len(page["tracks"]) == 1
        seen += [track["track_id"] for track in page["tracks"]]
        if page["next_cursor"] is None:
            break
        query = {"limit": 1, "cursor": page["next_cursor"]}
    assert sorted(seen) == sorted(table["track_id"].to_pylist())
    assert page["tracks"][0]["class"] in set(table["class"].to_pylist())
    assert "path_x" not in page["tracks"][0]


def test_counts_agree_with_the_tracks(world: World) -> None:
    visit = world.visit("Rita", Role.REVIEWER)
    found = find_tracks(visit, Query(), kinds=True)
    assert found.kinds is not None and found.kinds == count_kinds(visit, Query())
    assert sum(found.kinds.classes.values()) == sum(found.kinds.hours) == found.total > 0
    assert found.kinds.cameras == {"gate": found.total}
    hour = START.astimezone(visit.archive.settings.zone).hour
    assert found.kinds.hours[hour] == found.total
    assert found.kinds.days == {"2026-05-04": found.total}
    none = count_kinds(visit, Query.of(speed_px_s={"least": 1e6}))
    assert not none.classes and sum(none.hours) == 0 and none.without_clock == 0


def test_activity_counts_who_was_there_in_each_minute(world: World) -> None:
    visit = world.visit("Rita", Role.REVIEWER)
    shown = activity(visit, Query())
    table = Archive.open(world.folder).tracks().table
    assert shown.begin is not None
    for name, counts in shown.classes.items():
        rows = [
            row
            for row in table.select(["class", "start_time", "end_time"]).to_pylist()
            if row["class"] == name
        ]
        for minute in range(shown.minutes):
            begin = shown.begin + timedelta(minutes=minute)
            there = [
                r for r in rows if r["start_time"] < begin + timedelta(minutes=1) and r["end_time"] >= begin
            ]
            assert counts[minute] == len(there)
    with pytest.raises(NothingToShowError):
        activity(visit, Query.of(speed_px_s={"least": 1e6}))


def test_one_track_is_told_in_full(world: World, rita: TestClient) -> None:
    tracks = Archive.open(world.folder).tracks()
    base = f"{world.base}/recordings/{world.recording_id}/tracks"
    told = rita.get(f"{base}/1").json()
    (expected,) = [row for row in tracks.table.to_pylist() if row["track_id"] == 1]
    assert told["path_x"] == expected["path_x"] and told["class"] == expected["class"]
    observed = rita.get(f"{base}/1/observations").json()
    wanted = [row for row in tracks.observation_table.to_pylist() if row["track_id"] == 1]
    assert observed["time_s"] == [row["time_s"] for row in wanted]
    assert not any(name.startswith("mask") for name in observed)
    assert world.entries()[-1].subject == f"track {world.recording_id}/1"
    assert rita.get(f"{base}/9999").status_code == 404
    visit = world.visit("Rita")
    with pytest.raises(NothingToShowError):
        read_observations(visit, TrackId(recording_id="0" * 16, track_id=1))


def test_what_is_exported_can_be_read_and_is_in_the_ledger(world: World, rita: TestClient) -> None:
    count = len(Archive.open(world.folder).tracks())
    answers = {
        kind: rita.post(f"{world.base}/tracks/export", json={"format": kind, "reason": "study: report"})
        for kind in ("csv", "json", "parquet", "arrow")
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    assert len(answers["json"].json()) == answers["csv"].text.count("\n") - 1 == count
    assert pq.read_table(io.BytesIO(answers["parquet"].content)).num_rows == count
    entry = next(e for e in reversed(world.entries()) if e.capability == "export-tracks")
    assert (entry.outcome, entry.reason) == ("done", "study: report")
    assert entry.note == f"{count} tracks as arrow"


def test_zones_and_searches_are_kept_and_asked_for(world: World, rita: TestClient) -> None:
    zone = {"kind": "zone", "points": [[0, 0], [1, 0], [1, 1], [0, 1]], "reason": "study"}
    made = rita.put(f"{world.base}/cameras/gate/zones/all", json=zone)
    assert made.status_code == 200, made.text
    assert rita.get(f"{world.base}/zones").json() == [made.json()]
    query = {"regions": [{"zone": "all"}]}
    saved = rita.put(f"{world.base}/searches/everything", json={"query": query})
    assert saved.json()["text"] == "in:all"
    again = rita.get(f"{world.base}/searches/everything").json()
    found = rita.post(f"{world.base}/tracks/search", json={"query": again["query"]}).json()
    assert found["total"] == len(Archive.open(world.folder).tracks())
    assert rita.delete(f"{world.base}/searches/everything").status_code == 204
    assert rita.get(f"{world.base}/searches/everything").status_code == 404
    assert rita.delete(f"{world.base}/cameras/gate/zones/all").status_code == 204
    assert rita.delete(f"{world.base}/cameras/gate/zones/all").status_code == 404
    assert rita.post(f"{world.base}/tracks/search", json={"query": query}).status_code == 404


def test_marks_are_each_persons_own(world: World, rita: TestClient) -> None:
    path = f"{world.base}/recordings/{world.recording_id}"
    assert rita.put(f"{path}/tracks/1/reviewed", json={"reviewed": True}).status_code == 204
    assert rita.get(f"{path}/reviewed").json() == {"reviewed": [1]}
    other = world.client("Otto", Role.OPERATOR)
    assert other.get(f"{path}/reviewed").json() == {"reviewed": []}
    rita.put(f"{path}/tracks/1/reviewed", json={"reviewed": False})
    assert rita.get(f"{path}/reviewed").json() == {"reviewed": []}


def test_the_empty_scene_is_a_picture(world: World, rita: TestClient) -> None:
    answer = rita.get(f"{world.base}/cameras/gate/scene")
    assert answer.headers["content-type"] == "image/webp" and answer.content[8:12] == b"WEBP"
    assert rita.get(f"{world.base}/cameras/other/scene").status_code == 404


def test_archives_and_recordings_are_told_without_the_machines_paths(world: World, rita: TestClient) -> None:
    told = [
        rita.get(f"/api/v1/archives{path}").text
        for path in ("", f"/{world.archive_id}", *(f"/{world.archive_id}/{each}" for each in PARTS))
    ]
    assert "gate film.mp4" in told[2]
    assert not [text for text in told if str(world.folder.parent) in text or "/tmp/" in text]


PARTS = ("recordings", "cameras", "zones", "searches", "purpose", "retention", "jobs", "approvals")


def test_a_page_is_of_bounded_size(world: World) -> None:
    with pytest.raises(UsageError):
        activity(world.visit("Rita", Role.REVIEWER), Query.of(from_time="2027-01-01", to_time="2026-01-01"))
