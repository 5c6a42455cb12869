"""Rules about how the scene looks, and about how people move and lie."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from apercu.analysis.moment import Moment, Sight
from apercu.events.event import Event
from apercu.events.kinds import KINDS
from apercu.events.recorded import unjudged
from apercu.events.silence import Silence
from apercu.events.telling import told

from .drawn import HEIGHT, START, WIDTH, Points, Thing, events, moments, rules

LEFT = '[[rule]]\nname = "left"\nkind = "abandoned-object"\nfor_s = 8\n'
TAKEN = '[[rule]]\nname = "taken"\nkind = "removed-object"\nfor_s = 4\n'
RUN = '[[rule]]\nname = "run"\nkind = "crowd-movement"\n'
LIES = '[[rule]]\nname = "lies"\nkind = "person-on-ground"\nfor_s = 4\n'
VIEW = '[[rule]]\nname = "view"\nkind = "view-lost"\nfor_s = 4\nwhat = "{}"\n'
Picture = NDArray[np.uint8]


def ground(seed: int = 1) -> Picture:
    grain = np.random.default_rng(seed).uniform(80, 160, (HEIGHT // 8, WIDTH // 8)).astype(np.float32)
    return np.asarray(cv2.resize(grain, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_CUBIC), np.uint8)


def with_bag(picture: Picture) -> Picture:
    changed = picture.copy()
    changed[92:100, 156:165] = 25
    changed[94:96, 156:165] = 70
    return changed


def filmed(shown: list[Moment], pictures: list[tuple[float, Picture]]) -> list[Moment]:
    """Give moments their pictures: each until its second."""
    made = []
    for moment in shown:
        picture = next(picture for until_s, picture in pictures if moment.time_s <= until_s)
        made.append(replace(moment, sight=Sight(picture, np.zeros(picture.shape, np.bool_), 2)))
    return made


def passer(begin_s: float = 12.0, wait_s: float = 2.0, name: str = "person", number: int = 1) -> Thing:
    there = begin_s + 4
    times = [begin_s, there, there + wait_s, there + wait_s + 4]
    return Thing(number, times, [(20, 200), (320, 200), (320, 200), (620, 200)], name, 28.0, 70.0)


def scene(things: list[Thing], begin_s: float = 16.0, end_s: float = 99.0) -> list[Moment]:
    empty, bag = ground(), with_bag(ground())
    return filmed(moments(things, 40), [(begin_s, empty), (end_s, bag), (99.0, empty)])


def test_what_somebody_left_is_told_once_with_where_and_by_whom() -> None:
    (event,) = events(LEFT + TAKEN, scene([passer()]))
    assert (event.kind, event.unit, event.threshold, event.track_ids) == ("abandoned-object", "s", 8.0, (1,))
    assert 26 <= event.met_s <= 30 and event.measured == pytest.approx(8.0, abs=0.5)
    assert event.box is not None and np.allclose(event.box, (312, 184, 330, 200), atol=8)
    assert told(event) == "left behind 8.0 s ago; the rule says 8.0 s"


def test_near_misses_of_something_left() -> None:
    assert not events(LEFT, scene([]))  # nobody was there
    assert not events(LEFT, scene([passer(name="car")]))
    assert not events(LEFT, scene([passer(wait_s=30.0)]))  # they are still there
    assert not events(LEFT, scene([passer()], end_s=24.0))  # it was taken along
    assert not events(LEFT + "most = 0.1", scene([passer()]))
    assert events(LEFT + 'classes = ["car"]', scene([passer(name="car")]))


def test_who_comes_by_again_changes_nothing_and_who_stays_with_it_does() -> None:
    again = [passer(), passer(24.0, 0.5, number=2)]
    assert len(events(LEFT, scene(again))) == 1
    back = Thing(
        1,
        [12, 16, 18, 20, 22, 40],
        [(20, 200), (320, 200), (320, 200), (500, 200), (330, 200), (330, 200)],
        width=28.0,
        height=70.0,
    )
    assert not events(LEFT, scene([back]))


def test_who_left_it_is_neither_the_thing_itself_nor_a_car_that_drove_past() -> None:
    bag = Thing(2, [18.5, 40], [(320, 200), (320, 200)], "other", 22.0, 20.0)
    car = Thing(3, [18, 19, 20], [(20, 210), (320, 210), (620, 210)], "car", 90.0, 40.0)
    for other in (bag, car):
        (event,) = events(LEFT, scene([passer(), other]))
        assert event.track_ids == (1,)


def test_who_is_known_only_later_left_it_all_the_same() -> None:
    shown = scene([passer()])
    late = [moment for moment in shown if moment.time_s >= 20.0]
    early = [moment for moment in shown if moment.time_s < 20.0]
    came = np.array([(moment.time_s, *box) for moment in early for box in moment.boxes])
    nobody = [Moment.blank(moment.time_s, steady=True, sight=moment.sight) for moment in early]
    (event,) = events(LEFT, [*nobody, replace(late[0], came={1: came}), *late[1:]])
    assert event.track_ids == (1,)


@pytest.mark.parametrize(("x", "told_of"), [(385, 1), (500, 0)])
def test_who_is_first_seen_as_near_as_one_walks_since_left_it(x: float, told_of: int) -> None:
    walker = Thing(1, [17.8, 22], [(x, 200), (620, 200)], width=28.0, height=70.0)
    assert len(events(LEFT, scene([walker]))) == told_of


@pytest.mark.parametrize(("y", "told_of"), [(200, 1), (230, 0)])
def test_who_is_lost_where_they_stood_is_not_what_they_left(y: float, told_of: int) -> None:
    lost = Thing(1, [12, 16, 18], [(20, y), (320, y), (320, y)], width=28.0, height=70.0)
    assert len(events(LEFT, scene([lost]))) == told_of


def test_who_is_lost_where_they_stood_has_left_nothing_while_a_piece_of_them_is_there() -> None:
    shadowed = with_bag(ground())
    shadowed[110:116, 169:185] = 25
    lost = Thing(1, [12, 16, 18], [(20, 230), (320, 230), (320, 230)], width=28.0, height=70.0)
    pictures = [(16.0, ground()), (99.0, shadowed)]
    assert not events(LEFT, filmed(moments([lost], 40), pictures))


def test_a_thing_that_is_taken_for_somebody_hides_nothing() -> None:
    bag = Thing(2, [20.5, 40], [(321, 200), (321, 200)], "person", 18.0, 16.0)
    (event,) = events(LEFT, scene([passer(), bag]))
    assert event.track_ids == (1,)


def test_who_has_no_name_yet_may_have_brought_it() -> None:
    car = Thing(3, [18, 19, 20], [(20, 210), (320, 210), (620, 210)], "car", 90.0, 40.0)
    began_there = Thing(1, [15.6, 18, 22], [(320, 200), (320, 200), (620, 200)], "other", 28.0, 70.0)
    for who in (passer(name="other"), began_there):
        (event,) = events(LEFT, scene([who, car]))
        assert event.track_ids == (1,)


def test_a_track_that_goes_on_with_what_was_left_is_not_who_left_it() -> None:
    shown = []
    for moment in scene([passer(wait_s=40.0)]):
        boxes = np.where(moment.time_s > 18.0, [[312.0, 184.0, 330.0, 200.0]], moment.boxes)
        shown.append(replace(moment, boxes=boxes if len(moment.boxes) else moment.boxes))
    (event,) = events(LEFT, shown)
    assert event.track_ids == (1,)


def test_who_is_not_seen_for_a_while_has_not_left() -> None:
    stays = Thing(1, [12, 16, 60], [(20, 200), (320, 200), (320, 200)], width=28.0, height=70.0)
    flickering = [
        replace(moment, seen=moment.seen & (moment.time_s % 9 < 1)) for moment in scene([stays], end_s=60.0)
    ]
    assert not events(LEFT, flickering)


def test_what_somebody_took_is_told() -> None:
    shown = filmed(moments([passer()], 40), [(16.0, with_bag(ground())), (99.0, ground())])
    (event,) = events(LEFT + TAKEN, shown)
    assert (event.kind, event.track_ids, event.threshold) == ("removed-object", (1,), 4.0)
    stood_there = Thing(1, [0, 16, 20], [(320, 200), (320, 200), (620, 200)], width=28.0, height=70.0)
    shown = filmed(moments([stood_there], 40), [(16.0, with_bag(ground())), (99.0, ground())])
    assert not events(TAKEN, shown)  # it was themselves who stood there


def test_stored_tracks_tell_nothing_of_the_scene_and_that_is_said() -> None:
    every = rules(LEFT + TAKEN + VIEW.format("covered") + RUN + LIES)
    lines = unjudged(every)
    assert [line.split("'")[1] for line in lines] == ["left", "taken", "view"]
    assert all("--replay" in line for line in lines)
    (line,) = unjudged([*every, *rules(VIEW.format("lost"))], replayed=True)
    assert "'view' (view-lost) is about a camera that sends nothing" in line and "--replay" not in line
    assert {kind.__name__ for kind in KINDS if kind.needs_picture} == {
        "AbandonedObjectRule",
        "RemovedObjectRule",
        "ViewLostRule",
    }
    assert not events(LEFT + TAKEN + VIEW.format("moved"), moments([passer()], 40))


def crowd(
    ends: list[Points], turn_s: float = 8.0, count: int = 8, lost_s: float | None = None
) -> list[Moment]:
    """Return people who walk to the right until they turn, and then go elsewhere within two seconds.

    With ``lost_s`` nobody is followed through the turn: so much later another is found there.
    """
    made = []
    for number in range(count):
        x, y = 150 + 25.0 * (number % 4), 150 + 60.0 * (number // 4)
        here = x + 30 * turn_s / 8
        way = ends[number % len(ends)][0]
        times, there = [0, turn_s, turn_s + 2], (here + way[0], y + way[1])
        if lost_s is None:
            made.append(Thing(number + 1, times, [(x, y), (here, y), there], width=16.0, height=40.0))
            continue
        made.append(Thing(number + 1, times[:2], [(x, y), (here, y)], width=16.0, height=40.0))
        found = here + way[0] * lost_s / 2, y + way[1] * lost_s / 2
        times = [turn_s + lost_s, turn_s + 2]
        made.append(Thing(count + number + 1, times, [found, there], width=16.0, height=40.0))
    return moments(made, turn_s + 2)


def test_a_crowd_that_runs_apart_is_told_with_its_share() -> None:
    (event,) = events(RUN, crowd([[(240.0, 0.0)], [(-240.0, 0.0)]]))
    assert (event.unit, event.threshold) == ("share", 0.5)
    assert 8 <= event.met_s <= 10 and event.measured > 0.5 and len(event.track_ids) > 4
    assert told(event).endswith("the rule says more than 50%")


def test_a_crowd_is_told_where_nobody_is_followed_through_the_turn() -> None:
    (event,) = events(RUN, crowd([[(240.0, 0.0)], [(-240.0, 0.0)]], lost_s=0.4))
    assert 8 <= event.met_s <= 10 and event.measured > 0.5
    assert not events(RUN, crowd([[(7.5, 0.0)]], lost_s=0.4))  # all are lost, and walk on


def test_near_misses_of_a_crowd() -> None:
    on = [(8.0, 0.0)]
    assert not events(RUN, crowd([on]))
    assert not events(RUN, crowd([[(240.0, 0.0)], on, on, on]))  # a quarter of them
    assert not events(RUN, crowd([[(240.0, 0.0)]], count=4))  # no crowd
    assert not events(RUN, crowd([[(20.0, 30.0)]]))  # a turn at walking pace


def lying(times: list[float], shapes: list[tuple[float, float]], at: float = 300.0) -> list[Moment]:
    """Return somebody who walks in and then has other shapes (width, height) from each time on."""
    walked = moments([Thing(1, [0, 6, 40], [(60, 250), (at, 250), (at, 250)], width=22.0, height=60.0)], 30)
    made = []
    for moment in walked:
        now = [shape for begin_s, shape in zip(times, shapes, strict=True) if moment.time_s >= begin_s]
        if now and len(moment.boxes):
            (w, h), boxes = now[-1], moment.boxes.copy()
            middle = (boxes[0, 0] + boxes[0, 2]) / 2
            boxes[0] = middle - w / 2, 250 - h, middle + w / 2, 250
            made.append(replace(moment, boxes=boxes))
        else:
            made.append(moment)
    return made


def test_who_lies_is_told_with_how_low() -> None:
    (event,) = events(LIES, lying([8.0], [(58.0, 20.0)]))
    assert (event.unit, event.threshold, event.subject) == ("share", 0.6, "person")
    assert event.met_s == pytest.approx(12.0, abs=0.3) and event.measured == pytest.approx(1 / 3, abs=0.02)
    assert told(event) == "person lies: 33% of the height upright; the rule says less than 60%"


def test_near_misses_of_somebody_on_the_ground() -> None:
    upright = (22.0, 60.0)
    assert not events(LIES, lying([8.0, 10.0], [(58.0, 20.0), upright]))  # gets up at once
    assert not events(LIES, lying([8.0], [(30.0, 34.0)]))  # crouches
    assert not events(LIES, lying([8.0], [(80.0, 58.0)]))  # two beside each other
    assert not events(LIES, lying([8.0], [(58.0, 20.0)], at=630.0))  # cut by the edge


def test_who_was_never_upright_is_held_against_the_others() -> None:
    walkers = [
        Thing(n, [3 * n, 3 * n + 6], [(40, 240 + n), (600, 240 + n)], width=22.0, height=60.0)
        for n in range(1, 7)
    ]
    crawls = Thing(9, [26, 40], [(300, 245), (310, 245)], width=58.0, height=20.0)
    (event,) = events(LIES, moments([*walkers, crawls], 36))
    assert event.track_ids == (9,) and event.measured == pytest.approx(1 / 3, abs=0.02)
    assert not events(LIES, moments([crawls], 36))  # nobody knows how high people are there


def watched(pictures: list[tuple[float, Picture]], unsteady: tuple[float, float] = (99, 99)) -> list[Moment]:
    shown = filmed(moments([], 30), pictures)
    return [
        Moment.blank(m.time_s, steady=False, sight=m.sight) if unsteady[0] <= m.time_s <= unsteady[1] else m
        for m in shown
    ]


def test_a_covered_camera_is_told_and_a_short_one_or_dusk_is_not() -> None:
    hidden = np.full((HEIGHT // 2, WIDTH // 2), 20, np.uint8)
    (event,) = events(VIEW.format("covered"), watched([(10, ground()), (99, hidden)]))
    assert (event.unit, event.threshold, event.box) == ("share", 0.3, None)
    assert event.met_s == pytest.approx(14.2, abs=0.6) and event.measured < 0.1
    assert "less than 30%" in told(event)
    assert not events(VIEW.format("covered"), watched([(10, ground()), (13, hidden), (99, ground())]))
    dusk = [(t, (ground() * max(0.3, 1 - t / 40)).astype(np.uint8)) for t in np.arange(0.2, 31, 0.2)]
    assert not events(VIEW.format("covered"), watched([*dusk, (99.0, dusk[-1][1])]))


def test_a_camera_that_was_moved_is_told_and_one_that_shook_is_not() -> None:
    aside = np.roll(ground(), 40, axis=1)
    (event,) = events(VIEW.format("moved"), watched([(10, ground()), (99, aside)], (10.2, 11.4)))
    assert event.unit == "share" and event.measured < event.threshold == 0.5
    assert 14 <= event.met_s <= 15
    shook = [(10.0, ground()), (12.0, aside), (99.0, ground())]
    assert not events(VIEW.format("moved"), watched(shook, (10.2, 12.4)))
    hidden = np.full((HEIGHT // 2, WIDTH // 2), 20, np.uint8)
    assert not events(VIEW.format("moved"), watched([(10, ground()), (99, hidden)], (11.0, 11.2)))


def silent(text: str, spells: list[tuple[float, bool]]) -> list[Event]:
    silence, found, at_s = Silence(rules(text), "gate"), [], 0.0
    for until_s, connected in spells:
        while at_s < until_s:
            found += silence.see(START + timedelta(seconds=at_s), connected=connected)
            at_s += 1.0
    return found


def test_a_camera_that_sends_nothing_is_told_once_each_time() -> None:
    text = VIEW.format("lost")
    first, second = silent(text, [(10, True), (30, False), (40, True), (43, False), (50, True), (60, False)])
    assert (first.measured, first.unit, first.threshold) == (4.0, "s", 4.0)
    assert first.met_at == START + timedelta(seconds=14) and first.key != second.key
    assert first.severity == "medium"
    assert silent(text + 'severity = "high"\n', [(10, False)])[0].severity == "high"
    assert second.met_at == START + timedelta(seconds=54)
    assert len(silent(text + "cooldown_s = 60\n", [(30, False), (40, True), (60, False)])) == 1
    night = text + "schedule = [{ from = 22:00:00, until = 06:00:00 }]\n"
    assert not silent(night, [(30, False)])
    assert not events(text, watched([(99, ground())]))
    assert datetime(2024, 5, 31, 12, tzinfo=UTC) == START


def test_a_recording_seen_again_gives_the_same() -> None:
    shown = scene([passer()])
    keys = [[event.key for event in events(LEFT + TAKEN, shown)] for _ in range(2)]
    assert keys[0] == keys[1] != []
