from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.errors import NothingToShowError, RefusedError, UsageError
from apercu.purposes import Capability, Gate
from apercu.search import Query
from apercu.synopsis import SynopsisOptions, make_synopsis
from apercu.synopsis.choosing import choose
from apercu.synopsis.index import Index

Walk = Callable[..., tuple]
Store = Callable[..., str]
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def days(store: Store, filmed: Callable[..., Path], walk: Walk) -> list[str]:
    """Store two days of one camera, a car and a person each, and another camera; return the days' ids."""
    paths = ((*walk(0.5, 2.0), "car"), (*walk(1.0, 2.0, x=80), "person"))
    ids = [
        store(filmed(4.0, name=name), *paths, start=MONDAY.replace(day=2 + number))
        for number, name in enumerate("ab")
    ]
    store(filmed(4.0, name="c"), (*walk(0.5, 2.0), "car"), camera="yard", start=MONDAY)
    return ids


def test_a_synopsis_of_what_a_query_asks_for_over_days(
    archive: Archive, days: list[str], tmp_path: Path
) -> None:
    query = Query.of(classes=["car"], cameras=["gate"], from_time="2026-03-02", to_time="2026-03-03")
    made = make_synopsis(archive, tmp_path / "out.mp4", SynopsisOptions(query=query))
    assert [(tube.recording_id, tube.class_name) for tube in made.arrangement.tubes] == [
        (days[0], "car"),
        (days[1], "car"),
    ]
    index = Index.read(made.sidecar)
    assert index.query == "camera:gate from:2026-03-02 to:2026-03-03 class:car"
    assert made.metrics.input_s == pytest.approx(8.0)
    searched, made_entry = list(archive.gate.ledger.entries())[-2:]
    assert (searched.capability, made_entry.capability) == (Capability.SEARCH, Capability.MAKE_SYNOPSIS)
    assert made_entry.subject == f"query {index.query}"


def test_groups_are_told(archive: Archive, days: list[str], tmp_path: Path) -> None:
    options = SynopsisOptions(camera="gate", group_by="class")
    told = json.loads(make_synopsis(archive, tmp_path / "out.mp4", options).sidecar.read_text())
    assert {(tube["class"], tube["group"]) for tube in told["tubes"]} == {
        ("car", "car"),
        ("person", "person"),
    }
    assert len(told["chapters"]) >= 1 and told["chapters"][-1]["end_s"] == pytest.approx(
        told["frame_count"] / 10
    )


def test_a_day_is_written_one_way_in_a_chapter(archive: Archive, days: list[str], tmp_path: Path) -> None:
    made = make_synopsis(archive, tmp_path / "out.mp4", SynopsisOptions(camera="gate", group_by="hour"))
    index = Index.read(made.sidecar)
    assert [chapter.title for chapter in index.chapters] == [
        f"2026-03-{day} 10:00, 2026-03-{day} 10:00:00 to 2026-03-{day} 10:00:01, 2 objects"
        for day in ("02", "03")
    ]
    assert index.tubes[0].label_start == "02.03. 10:00:00"  # in the picture there is less room


def test_whoever_is_near_is_known_though_nobody_asked_for_them(archive: Archive, days: list[str]) -> None:
    choice = choose(archive, Query.of(classes=["car"], recordings=[days[0]]))
    assert choice.chosen.table["class"].to_pylist() == ["car"]
    assert sorted(choice.everyone.table["class"].to_pylist()) == ["car", "person"]
    assert choice.everyone.observation_table.num_rows == 2 * choice.chosen.observation_table.num_rows


def test_what_a_query_leaves_out_need_not_be_there(archive: Archive, days: list[str], tmp_path: Path) -> None:
    """Only recordings that something is shown of are looked at."""
    monday = Query.of(cameras=["gate"], to_time="2026-03-02")
    choice = choose(archive, monday)
    assert [row.recording_id for row in choice.rows] == days[:1]


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        ({}, UsageError, "several cameras: gate, yard"),
        ({"cameras": ["roof"]}, UsageError, "unknown camera 'roof'"),
        ({"cameras": ["gate"], "classes": ["bus"]}, NothingToShowError, "no track is like that"),
        ({"cameras": ["gate"], "from_time": "2027-01-01"}, NothingToShowError, "no track is like that"),
        ({"recordings": ["f" * 16]}, NothingToShowError, "no recording f"),
        ({"tracks": [{"recording_id": "f" * 16, "track_id": 1}]}, NothingToShowError, "no recording f"),
    ],
)
def test_what_cannot_be_chosen_is_said(
    archive: Archive, days: list[str], values: dict, kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        choose(archive, Query.of(**values))


def test_colours_are_asked_for(
    archive: Archive, days: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Capability] = []

    def refuse(self: Gate, capability: Capability, **_: object) -> None:
        asked.append(capability)
        if capability == Capability.SEARCH_BY_COLOUR:
            raise RefusedError("refused", capability=capability, purpose="test", next_step="None.")

    monkeypatch.setattr(Gate, "require", refuse)
    options = SynopsisOptions(query=Query.of(cameras=["gate"], colours=["red"]))
    with pytest.raises(RefusedError):
        make_synopsis(archive, tmp_path / "out.mp4", options)
    assert asked[-1] == Capability.SEARCH_BY_COLOUR
    assert not list(tmp_path.glob("out.*"))
