"""What the review page shows of one question: other classes and times beside it, from one entry."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apercu.errors import UsageError
from apercu.search import Query
from apercu.web.looking import look
from apercu.web.pages.review.question import Footage
from apercu.web.reading import activity
from apercu.web.roles import Role

from .conftest import START, World


def _footage(world: World) -> Footage:
    archive = world.visit("Anna", Role.REVIEWER).archive
    return Footage.of(archive.recordings(), archive.settings.zone)


def test_counts_of_classes_do_not_depend_on_the_classes_asked_for(world: World) -> None:
    visit, footage = world.visit("Anna", Role.REVIEWER), _footage(world)
    query = footage.settled(Query())
    whole = look(visit, query, footage.window(query), most=10)
    other = next(iter(whole.classes))
    before = len(world.entries())
    none = look(visit, query.model_copy(update={"classes": ("bus",)}), footage.window(query), most=10)
    assert len(world.entries()) == before + 1
    assert none.classes == whole.classes and none.total == 0 and not none.tracks
    assert none.activity == whole.activity
    assert whole.total == sum(whole.classes.values()) == len(whole.tracks) == 2
    assert whole.classes[other] >= 1


def test_activity_spans_the_day_whatever_time_is_asked_for(world: World) -> None:
    visit, footage = world.visit("Anna", Role.REVIEWER), _footage(world)
    query = footage.settled(Query())
    window = footage.window(query)
    assert window is not None
    whole = look(visit, query, window, most=10)
    assert (whole.activity.begin, whole.activity.minutes) == (window[0], 24 * 60)
    minute = int((START - window[0]).total_seconds() // 60)
    assert sum(counts[minute] for counts in whole.activity.classes.values()) == 2
    narrow = activity(visit, query)
    assert {name: max(counts) for name, counts in whole.activity.classes.items()} == {
        name: max(counts) for name, counts in narrow.classes.items()
    }
    later = query.model_copy(update={"from_time": START + timedelta(hours=1), "to_time": window[1]})
    assert footage.window(later) == window
    found = look(visit, later, window, most=10)
    assert found.total == 0 and not found.classes and found.activity == whole.activity


def test_the_list_is_cut_and_its_total_is_not(world: World) -> None:
    visit, footage = world.visit("Anna", Role.REVIEWER), _footage(world)
    query = footage.settled(Query())
    found = look(visit, query, footage.window(query), most=1)
    assert (len(found.tracks), found.total) == (1, 2)
    assert sum(found.colours.values()) >= 2


def test_a_window_is_no_longer_than_a_month(world: World) -> None:
    visit = world.visit("Anna", Role.REVIEWER)
    window = (START, START + timedelta(days=40))
    with pytest.raises(UsageError, match="40 days"):
        look(visit, Query(), window, most=1)


def test_what_a_question_leaves_open_is_settled(world: World) -> None:
    footage = _footage(world)
    settled = footage.settled(Query())
    assert settled.cameras == ("gate",)
    assert settled.from_time == settled.to_time == START.date()
    only_from = footage.settled(Query(from_time=datetime(2026, 5, 4, 13, 30)))
    assert only_from.to_time == START.date()
    by_name = footage.settled(Query(recordings=(world.recording_id,)))
    assert by_name.from_time is None and footage.window(by_name) is None
    without_clock = look(world.visit("Anna"), by_name, None, most=5)
    assert without_clock.activity.begin is None and without_clock.activity.minutes == 1
