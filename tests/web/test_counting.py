"""Numbers for people: through the archive's door, in every form, for whoever may have them."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.errors import NothingToShowError, RightError, UsageError
from apercu.web import counting
from apercu.web.counting import (
    FILES,
    NumbersAsked,
    as_file,
    cameras_counted,
    intervals_of,
    numbers_for,
    read_numbers,
    start_numbers,
)
from apercu.web.jobs import JobState
from apercu.web.making import cancel_job, find_job
from apercu.web.roles import Role

from ..statistics.conftest import put, walk
from .conftest import START, World, declare

BEGINNINGS = {".parquet": b"PAR1", ".pdf": b"%PDF", ".png": b"\x89PNG", ".html": b"<!doctype", ".json": b"{"}


@pytest.fixture
def place(place: Path) -> Path:
    """Return the folder of an archive in which two people crossed the middle on the second day."""
    archive = Archive.open(place)
    put(archive, walk((20, 120), (300, 120)), walk((300, 99), (20, 99)), start=START + timedelta(days=1))
    add_zone(archive, "gate", "middle", "line", [(0.5, 1.0), (0.5, 0.0)])
    return place


def test_numbers_are_counted_and_written_in_every_form(world: World) -> None:
    visit = world.visit("Tara", Role.OPERATOR)
    assert cameras_counted(visit) == ["gate"]
    shares: list[float] = []
    asked = NumbersAsked("gate", 60, since=START.date(), until=START.date() + timedelta(days=1), heat=True)
    released = numbers_for(visit, asked, shares.append)
    assert shares[-1] == 1.0
    assert {"crossings", "movement"} <= set(released.table["measure"].to_pylist())
    for kind in FILES:
        written = as_file(visit, released, kind, "fr")
        assert written.startswith(BEGINNINGS.get(kind, b""))
    with pytest.raises(UsageError, match="not written"):
        as_file(visit, released, ".exe", "en")
    told = {(entry.capability, entry.actor) for entry in world.entries()}
    assert ("release-statistics", "Tara (web)") in told


def test_small_numbers_stay_where_the_purpose_has_a_minimum(world: World, place: Path) -> None:
    declare(place, "private-premises", place="a yard", information="signs")
    visit = world.visit("Tara", Role.OPERATOR)
    released = numbers_for(visit, NumbersAsked("gate", intervals_of(visit)[0]))
    crossings = [row for row in released.table.to_pylist() if row["measure"] == "crossings"]
    assert crossings
    assert released.facts.withheld >= len(crossings)
    assert all(row["value"] is None for row in crossings)


def test_an_overseer_counts_nothing(world: World) -> None:
    with pytest.raises(RightError):
        numbers_for(world.visit("Olga", Role.OVERSEER), NumbersAsked("gate", 60))


def test_numbers_that_are_not_wanted_any_more_do_not_leave(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = world.visit("Tara", Role.OPERATOR)
    begun, go_on = threading.Event(), threading.Event()
    count = counting.count

    def slowly(*args: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return count(*args)

    monkeypatch.setattr(counting, "count", slowly)
    job = start_numbers(visit, NumbersAsked("gate", 60), ".json", "en")
    assert begun.wait(60)
    cancel_job(visit, job.job_id)
    go_on.set()
    world.service.jobs.wait(job.job_id, 60)
    assert find_job(visit, job.job_id).state is JobState.CANCELLED
    assert "release-statistics" not in {entry.capability for entry in world.entries()}
    with pytest.raises(NothingToShowError):
        read_numbers(visit, job.job_id)
