from __future__ import annotations

import numpy as np
import pytest
import synopsis_sets
from synopsis_references import References

from apercu.synopsis import ArrangeOptions, arrange

RATE = float(synopsis_sets.RATE)


@pytest.fixture(scope="module")
def references() -> References:
    return References(synopsis_sets.day(20), synopsis_sets.GRID, RATE)


def test_a_day_is_the_same_each_time() -> None:
    one, again = synopsis_sets.day(5), synopsis_sets.day(5)
    assert [tube.line_s for tube in one] == [tube.line_s for tube in again]
    assert all((a.corners == b.corners).all() for a, b in zip(one, again, strict=True))


@pytest.mark.parametrize("budget", [0.0, 0.01])
def test_the_greedy_keeps_the_budget_and_the_first_comes_first(references: References, budget: float) -> None:
    found = references.greedy(budget)
    assert references.overlap(found.starts) <= budget
    assert found.starts[0] == 0 and len(found.starts) == 20


def test_annealing_keeps_the_budget(references: References) -> None:
    found = references.annealed(0.05, 0.5, references.greedy(0.05).frames)
    assert found is None or references.overlap(found.starts) <= 0.05


def test_nobody_is_shorter(references: References) -> None:
    tubes = synopsis_sets.day(20)
    ours = arrange(tubes, synopsis_sets.GRID, synopsis_sets.RATE, ArrangeOptions(0.0, together=None))
    assert references.overlap(ours.starts) == 0
    assert ours.frame_count <= references.greedy(0.0).frames
    assert np.all(ours.starts >= 0)
