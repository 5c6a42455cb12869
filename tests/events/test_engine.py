from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.analysis.detections import CLASSES
from apercu.analysis.moment import Moment
from apercu.errors import UsageError
from apercu.events.rules import RulesFile, check_site
from apercu.events.settings import parse_settings
from apercu.events.site import Site
from apercu.events.telling import told

from .drawn import FLAT, SQUARE, Points, Thing, drawn, events, moments, rules

ZONE = '[[rule]]\nname = "in"\nkind = "zone"\nzone = "yard"\n'
LINE = '[[rule]]\nname = "over"\nkind = "line"\nline = "gate"\n'
WRONG = '[[rule]]\nname = "against"\nkind = "wrong-way"\n'
STANDS = '[[rule]]\nname = "stands"\nkind = "stationary"\nfor_s = 10\n'
SPEED = '[[rule]]\nname = "fast"\nkind = "speed"\nabove_px_s = 100\n'
MANY = '[[rule]]\nname = "many"\nkind = "density"\nzone = "yard"\nabove = 2\n'


def walk(points: Points, seconds: float = 10.0, number: int = 1, **other: object) -> Thing:
    times = np.linspace(0, seconds, len(points)).tolist()
    return Thing(number, times, points, **other)  # type: ignore[arg-type]


def test_who_walks_into_a_zone_is_told_once_with_where_when_and_how() -> None:
    (event,) = events(ZONE, moments([walk([(100, 200), (500, 200)])], 12))
    assert (event.camera, event.run, event.rule, event.kind, event.place) == (
        *("gate", "run", "in", "zone", "yard"),
    )
    assert 2.5 <= event.began_s <= 3.0
    assert event.met_s == pytest.approx(event.began_s + 1.0)
    assert (event.subject, event.track_ids, event.unit, event.threshold) == ("person", (1,), "s", 1.0)
    assert event.measured == pytest.approx(1.0)
    assert event.box is not None and event.box[3] == 200.0
    assert event.path[0] == (100.0, 200.0)
    assert event.path[-1] == ((event.box[0] + event.box[2]) / 2, 200.0)


def test_near_misses_of_a_zone() -> None:
    just_outside = walk([(100, 305), (500, 305)])
    assert not events(ZONE, moments([just_outside], 12))
    too_short = walk([(100, 200), (202, 200), (250, 200), (100, 200)], 6)
    assert not events(ZONE.replace('"yard"', '"yard"\nfor_s = 5'), moments([too_short], 8))
    on_the_edge = moments([walk([(300, 300), (300, 300)], 30)], 30, lambda n: 3.0 * (-1) ** n)
    assert len(events(ZONE, on_the_edge)) <= 1


def test_a_zone_is_met_by_the_classes_and_sizes_that_the_rule_wants() -> None:
    shown = moments([walk([(100, 200), (500, 200)], name="car", width=60)], 12)
    assert events(ZONE + 'classes = ["car"]', shown)
    assert not events(ZONE + 'classes = ["person"]', shown)
    assert not events(ZONE + "least_px = 60", shown)
    unnamed = moments([walk([(100, 200), (500, 200)], name="other")], 12)
    assert not events(ZONE, unnamed)
    assert events(ZONE + 'classes = ["other"]', unnamed)


@pytest.mark.parametrize(("to", "count"), [("right", 1), ("left", 0), ("both", 1)])
def test_a_line_is_crossed_in_a_direction(to: str, count: int) -> None:
    shown = moments([walk([(100, 200), (500, 200)])], 12)
    found = events(LINE + f'to = "{to}"', shown)
    assert len(found) == count
    assert all(5.4 <= event.met_s <= 6.0 for event in found)


@pytest.mark.parametrize(
    "points",
    [
        [(100, 200), (315, 200), (100, 200)],  # turns back before it
        [(100, 200), (322, 200), (100, 200)],  # sways over it
        [(100, 355), (500, 355)],  # passes its end
        [(330, 200), (500, 200)],  # begins behind it
    ],
)
def test_near_misses_of_a_line(points: Points) -> None:
    assert not events(LINE, moments([walk(points)], 12))


def test_trembling_on_a_line_is_no_crossing_and_one_after_that_is_one() -> None:
    trembling = [(320 + 4 * (-1) ** n, 200.0) for n in range(20)]
    shown = moments([walk([(100, 200), *trembling, (500, 200)], 30)], 32)
    assert len(events(LINE, shown)) == 1


@pytest.mark.parametrize("allowed", ["direction = 90", 'line = "gate"', 'line = "gate"\nto = "right"'])
def test_wrong_way(allowed: str) -> None:
    right, left = walk([(100, 200), (500, 200)]), walk([(500, 200), (100, 200)])
    assert not events(WRONG + allowed, moments([right], 12))
    (event,) = events(WRONG + allowed, moments([left], 12))
    assert (event.measured, event.threshold, event.unit) == (180.0, 120.0, "deg")
    up = walk([(300, 350), (300, 50)])
    assert not events(WRONG + allowed, moments([up], 12))
    back_a_step = walk([(100, 200), (300, 200), (280, 200), (500, 200)], 20)
    assert not events(WRONG + allowed, moments([back_a_step], 22))
    assert not events(WRONG + 'direction = 90\nzone = "yard"', moments([walk([(160, 200), (20, 200)])], 12))


def test_the_usual_way_is_learned() -> None:
    with_it = [Thing(n, [10.0 * n, 10.0 * n + 8], [(20, 200), (620, 200)]) for n in range(1, 12)]
    against = Thing(99, [125, 133], [(620, 200), (20, 200)])
    elsewhere = Thing(98, [135, 143], [(620, 340), (20, 340)])
    found = events(WRONG + "usual = true", moments([*with_it, against, elsewhere], 145))
    assert [event.track_ids for event in found] == [(99,)]
    mixed = [Thing(n, [10.0 * n, 10.0 * n + 8], [(20, 200), (620, 200)][:: (-1) ** n]) for n in range(1, 20)]
    assert not events(WRONG + "usual = true", moments(mixed, 200))


def test_standing() -> None:
    comes_and_stands = Thing(1, [0, 5, 40], [(100, 200), (300, 200), (300, 200)])
    (event,) = events(STANDS, moments([comes_and_stands], 40, lambda n: 1.5 * (-1) ** n))
    assert 4.4 <= event.began_s <= 5.2
    assert event.measured == pytest.approx(10.0)
    assert not events(
        STANDS, moments([Thing(1, [0, 5, 14, 20], [(100, 200), (300, 200), (300, 200), (500, 200)])], 25)
    )
    assert not events(STANDS, moments([walk([(100, 200), (500, 200)], 60)], 60))
    assert not events(
        STANDS + 'zone = "yard"', moments([Thing(1, [0, 5, 40], [(0, 50), (100, 50), (100, 50)])], 40)
    )


def test_standing_is_seen_wherever_the_last_step_ends() -> None:
    for last in range(285, 316, 3):
        comes = Thing(1, [0, 5, 18], [(100, 200), (last, 200), (last, 200)])
        assert len(events(STANDS, moments([comes], 18))) == 1


def test_what_stood_and_is_found_again_is_the_same() -> None:
    """Lost for a while and found again under another number: one situation, not two."""
    first = Thing(1, [0, 5, 20], [(100, 200), (300, 200), (300, 200)])
    again = Thing(2, [26, 60], [(301, 201), (300, 200)])
    (event,) = events(STANDS, moments([first, again], 60))
    assert event.track_ids == (1,)
    assert len(events(ZONE, moments([first, again], 60))) == 1
    late = Thing(2, [32, 60], [(301, 201), (300, 200)])
    assert len(events(STANDS, moments([first, late], 60))) == 2
    elsewhere = Thing(2, [26, 60], [(360, 200), (360, 200)])
    assert len(events(STANDS, moments([first, elsewhere], 60))) == 2


def test_who_follows_through_the_same_door_is_another() -> None:
    """Nobody stood there: the one who comes next is not the one who went."""
    first = Thing(1, [0, 6], [(210, 290), (390, 110)])
    second = Thing(2, [7, 13], [(390, 110), (210, 290)])
    assert len(events(ZONE, moments([first, second], 15))) == 2


def test_a_short_break_of_a_track_ends_nothing() -> None:
    broken = Thing(1, [0, 20], [(210, 200), (390, 200)], unseen=(8.0, 13.0))
    assert len(events(ZONE, moments([broken], 22))) == 1


def test_speed() -> None:
    fast, slow = walk([(30, 200), (610, 200)], 4), walk([(30, 200), (610, 200)], 8)
    (event,) = events(SPEED, moments([fast], 5))
    assert event.unit == "px/s"
    assert event.measured == pytest.approx(145, abs=1)
    assert not events(SPEED, moments([slow], 9))
    for limit in ("above_km_h = 27", "above_m_s = 7.5"):  # 7.25 m/s are 26.1 km/h
        assert not events(SPEED.replace("above_px_s = 100", limit), moments([fast], 5), drawn(FLAT))


@pytest.mark.parametrize(
    ("limit", "threshold", "unit", "said"),
    [
        ("above_km_h = 7.1", 7.1, "km/h", "went at 26.1 km/h; the rule says more than 7.1 km/h"),
        ("above_m_s = 7.1", 7.1, "m/s", "went at 7.25 m/s; the rule says more than 7.1 m/s"),
        ("above_px_s = 0.5", 0.5, "px/s", "went at 145 px/s; the rule says more than 0.5 px/s"),
    ],
)
def test_speed_is_told_in_the_unit_of_its_rule(limit: str, threshold: float, unit: str, said: str) -> None:
    shown = moments([walk([(30, 200), (610, 200)], 4)], 5)
    (event,) = events(SPEED.replace("above_px_s = 100", limit), shown, drawn(FLAT))
    assert (event.threshold, event.unit, told(event)) == (threshold, unit, f"person {said}")


def test_an_event_is_as_severe_as_its_rule_says_and_the_same_event() -> None:
    shown = moments([walk([(30, 200), (610, 200)], 4)], 5)
    usual, high = (events(SPEED + more, shown)[0] for more in ("", 'severity = "high"\n'))
    assert (usual.severity, high.severity) == ("medium", "high")
    assert usual.key == high.key and replace(high, severity="medium") == usual


def test_density_counts_with_a_margin() -> None:
    def crowd(*numbers: int, begin: float, end: float) -> list[Thing]:
        return [Thing(n, [begin, end], [(220 + 30 * n, 200)] * 2) for n in numbers]

    shown = moments(
        [*crowd(1, 2, begin=0, end=60), *crowd(3, begin=10, end=20), *crowd(4, begin=21, end=30)], 60
    )
    (event,) = events(MANY, shown)
    assert (event.began_s, event.met_s, event.measured, event.unit) == (11.0, 14.0, 3.0, "objects")
    assert event.track_ids == (1, 2, 3)
    assert event.subject == "" and event.path == ()
    assert event.box == (240.0, 160.0, 320.0, 200.0)
    assert not events(MANY, moments(crowd(1, 2, 3, begin=0, end=2), 10))
    # Nearly as many may stay: but until it is met, too many are to be there for all of its duration.
    shortly = moments([*crowd(1, 2, begin=0, end=60), *crowd(3, begin=10, end=12.5)], 60)
    assert not events(MANY.replace("above = 2", "above = 2\nover = 0.8"), shortly)
    again = moments([*crowd(1, 2, begin=0, end=9), *crowd(3, begin=1, end=3), *crowd(4, begin=5, end=7)], 9)
    assert not events(MANY, again)
    per_m2 = MANY.replace("above = 2", "above_m2 = 0.05")  # the yard is 10 m by 10 m
    scene = drawn(FLAT, yard=("zone", [(200, 100), (400, 100), (400, 300), (200, 300)]))
    assert not events(per_m2, moments(crowd(1, 2, 3, 4, 5, begin=0, end=10), 10), scene)
    (event,) = events(per_m2, moments(crowd(1, 2, 3, 4, 5, 6, begin=0, end=10), 10), scene)
    assert (event.measured, event.threshold, event.unit) == (0.06, 0.05, "objects/m2")


def test_nothing_is_told_while_the_camera_moves_and_nothing_twice_after() -> None:
    standing = moments([Thing(1, [0, 60], [(300, 200), (300, 200)])], 60)
    shaken = [
        Moment.blank(each.time_s, steady=False) if 20 <= each.time_s < 25 else each for each in standing
    ]
    assert len(events(ZONE + "for_s = 30", shaken)) == 1


@settings(max_examples=12)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 640), st.integers(50, 360)), min_size=2, max_size=6),
        min_size=1,
        max_size=4,
    )
)
def test_the_same_moments_give_the_same_events_one_for_each_situation(
    paths: list[list[tuple[float, float]]],
) -> None:
    things = [walk(points, 20.0, number) for number, points in enumerate(paths, 1)]
    text = ZONE + LINE + WRONG + "direction = 90\n" + STANDS + SPEED + MANY
    found, again = (events(text, moments(things, 20)) for _ in range(2))
    assert found == again
    assert [event.key for event in found] == [event.key for event in again]
    assert len({event.key for event in found}) == len(found)
    standing = [event for event in found if event.kind in ("zone", "stationary")]
    assert len({(event.rule, event.track_ids, event.began_s) for event in standing}) == len(standing)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (ZONE.replace('"yard"', '"yrad"'), 4, "'rule[1].zone' is 'yrad', and camera gate has no such zone"),
        (LINE.replace('"gate"', '"yard"'), 4, "'rule[1].line' is 'yard', and camera gate has no such line"),
        (SPEED.replace("above_px_s", "above_m_s"), 4, "'rule[1].above_m_s' is about metres"),
        (MANY.replace("above", "above_m2"), 5, "'rule[1].above_m2' is about metres"),
        (WRONG + 'usual = true\nzone = "gate"', 5, "'rule[1].zone' is 'gate'"),
    ],
)
def test_a_rule_that_cannot_look_there_is_refused_at_its_line(text: str, line: int, what: str) -> None:
    file = parse_settings(text, RulesFile, "rules.toml")
    site = Site("gate", SQUARE)
    with pytest.raises(UsageError) as caught:
        check_site(file.settings.rule, site, file)
    assert caught.value.where == f"rules.toml, line {line}"
    assert caught.value.what.startswith(what)
    with pytest.raises(UsageError, match="rule '"):
        check_site(file.settings.rule, site)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (ZONE + ZONE, "two rules are called 'in'"),
        ("", "'rule' is missing"),
        (ZONE.replace("zone =", "zoen ="), r"'rule\[1\].zoen' is not known. Did you mean 'zone'"),
        (ZONE.replace('"zone"', '"zones"'), r"'rule\[1\].kind' cannot be 'zones'. Did you mean 'zone'"),
        (WRONG, "takes one of: direction, line, usual = true"),
        (SPEED + "above_m_s = 3", "takes one of: above_px_s, above_m_s, above_km_h"),
        (MANY.replace("above = 2", ""), "takes one of: above, above_m2"),
        ('[[rule]]\nname = "m"\nkind = "density"\nabove_m2 = 1', "takes a zone"),
        (STANDS.replace("10", "0"), "must be greater than or equal to 1"),
        (ZONE + 'classes = ["persons"]', "must be 'person'"),
        (ZONE + "classes = []", "must name at least one"),
    ],
)
def test_rules_that_cannot_be_right_are_refused(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        rules(text)


def test_what_is_known_from_before_may_be_met_in_a_picture_that_does_not_show_it() -> None:
    """It crossed while nobody knew that it is an object, and is hidden when that is known."""
    crossed = Thing(1, (0, 4), [(280, 200), (360, 200)])
    blank = Moment.blank(4.0, steady=True)
    came = np.array([(at, *(crossed.box(at) or ())) for at in np.arange(0, 4, 0.2).tolist()])
    hidden = replace(
        blank,
        ids=np.array([1]),
        classes=np.array([CLASSES.index("person")]),
        boxes=np.array([[350.0, 160.0, 370.0, 200.0]]),
        begun_s=np.zeros(1),
        seen=np.zeros(1, np.bool_),
        came={1: came},
    )
    (event,) = events(LINE, [hidden])
    assert (event.subject, event.box, event.met_s) == ("person", tuple(came[-1, 1:].round(1)), 4.0)
