from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apercu.events.situations import NO, PERHAPS, SCENE, YES, Claims, Situations

VERDICTS = st.lists(st.sampled_from([YES, PERHAPS, NO, None]), max_size=60)
LENGTHS = st.sampled_from([0.0, 1.0, 2.0, 5.0])


def run(
    verdicts: list[int | None], lasts_s: float = 0.0, gap_s: float = 3.0, cooldown_s: float = 0.0
) -> list[tuple[float, float]]:
    """Return when situations of one owner began and were met; None is not seen, a moment a second."""
    situations, found = Situations(lasts_s, gap_s, cooldown_s), []
    for now_s, verdict in enumerate(verdicts):
        owners = [] if verdict is None else [7]
        claims = Claims(np.array(owners, np.int64), np.array([verdict] * len(owners), np.int8))
        found += [(met.began_s, float(now_s)) for met in situations.update(float(now_s), claims)]
    return found


@given(VERDICTS, LENGTHS)
def test_a_situation_is_told_once(verdicts: list[int | None], lasts_s: float) -> None:
    found = run(verdicts, lasts_s)
    begins = [began for began, _ in found]
    assert len(set(begins)) == len(begins)
    for began, met in found:
        between = verdicts[int(began) : int(met) + 1]
        assert between[0] == YES and between[-1] in (YES, PERHAPS)
        assert NO not in between
        assert met - began >= lasts_s


@given(VERDICTS, LENGTHS)
def test_longer_durations_tell_nothing_more(verdicts: list[int | None], lasts_s: float) -> None:
    soon, late = run(verdicts, lasts_s), run(verdicts, lasts_s + 1)
    assert {began for began, _ in late} <= {began for began, _ in soon}
    assert all(met >= dict(soon)[began] for began, met in late)


@given(st.lists(st.sampled_from([YES, PERHAPS, NO]), max_size=60), st.integers(0, 59))
def test_within_the_margin_nothing_begins_or_ends(verdicts: list[int | None], where: int) -> None:
    longer = [*verdicts[:where], PERHAPS, *verdicts[where:]]
    assert len(run(longer)) == len(run(verdicts))


@given(VERDICTS, LENGTHS, st.sampled_from([0.0, 2.0, 7.0]))
def test_events_are_as_far_apart_as_the_cooldown(
    verdicts: list[int | None], lasts_s: float, cooldown_s: float
) -> None:
    found = run(verdicts, lasts_s, cooldown_s=cooldown_s)
    met = [at for _, at in found]
    assert all(after - before >= cooldown_s for before, after in pairwise(met))
    assert {began for began, _ in found} <= {began for began, _ in run(verdicts, lasts_s)}


def test_what_still_lasts_when_the_cooldown_is_over_is_told_then() -> None:
    assert run([YES, NO, YES, YES, YES, YES, YES], cooldown_s=5.0) == [(0.0, 0.0), (2.0, 5.0)]
    assert run([YES, NO, YES, NO, NO, NO, YES], cooldown_s=5.0) == [(0.0, 0.0), (6.0, 6.0)]


def test_a_short_gap_ends_nothing_and_a_long_one_does() -> None:
    assert run([YES, None, None, YES]) == [(0.0, 0.0)]
    assert run([YES, None, None, None, YES]) == [(0.0, 0.0), (4.0, 4.0)]
    assert run([YES, None, None, YES, YES], lasts_s=4.0) == [(0.0, 4.0)]
    assert run([YES, None, None, None, PERHAPS]) == [(0.0, 0.0)]


def test_owners_do_not_mix_and_nothing_stays_behind() -> None:
    situations = Situations(1.0, 2.0, 0.0)
    both = Claims(np.array([SCENE, 4]), np.array([YES, YES], np.int8))
    assert situations.update(0.0, both) == []
    assert [met.owner for met in situations.update(1.0, both)] == [SCENE, 4]
    assert len(situations) == 2
    nothing = Claims(np.zeros(0, np.int64), np.zeros(0, np.int8))
    assert situations.update(4.0, nothing) == []
    assert len(situations) == 0


def test_what_is_stopped_begins_anew() -> None:
    situations = Situations(1.0, 2.0, 0.0)
    claim = Claims(np.array([1]), np.array([YES], np.int8))
    situations.update(0.0, claim)
    situations.stop()
    assert situations.update(1.0, claim) == []
    assert [met.began_s for met in situations.update(2.0, claim)] == [1.0]


def test_what_is_known_long_after_is_told_once() -> None:
    """It stood there for long before anybody knew that it is an object: all of that comes at once."""
    situations = Situations(0.0, 10.0, 0.0)
    claims = Claims(np.array([7]), np.array([YES], np.int8))
    met = [met for at_s in range(5) for met in situations.update(float(at_s), claims, 30.0)]
    assert [each.began_s for each in met] == [0.0]
