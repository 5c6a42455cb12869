from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from apercu.synopsis import Arrangement, MaskGrid, Tube, measure
from apercu.synopsis.metrics import ORDER_SLACK_S, disorder

RATE = Fraction(10)


def arranged(tubes: list[Tube], starts: list[int], grid: MaskGrid) -> Arrangement:
    count = max((start + len(tube) for tube, start in zip(tubes, starts, strict=True)), default=0)
    return Arrangement(tubes, np.array(starts, np.int64), count, RATE, grid, 0.5)


def test_figures_of_two_tubes_that_overlap_by_half(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    # 10 frames of 10 x 9 cells each; the second begins five cells to the right and five frames later.
    tubes = [make_tube(t, 10, begin=(x, 0), size=(10, 9)) for t, x in ((0.0, 0), (50.0, 5))]
    figures = measure(arranged(tubes, [0, 5], grid), 60.0, np.array([0.0, 50.0]), 3)
    volume = 80 * 45 * 15
    together = 5 * 5 * 9  # frames x columns x rows
    assert figures.fr == pytest.approx(1.5 / 60)
    assert figures.cr == pytest.approx((2 * 10 * 90 - together) / volume)  # the union, not the sum
    assert figures.or_ == pytest.approx(together / volume)
    assert figures.nor == pytest.approx((2 * 10 * 90 - 2 * together) / (2 * 10 * 90 - together))
    assert figures.cdr == 0
    assert (figures.tubes, figures.tubes_given) == (2, 3)
    assert (figures.input_s, figures.output_s, figures.runtime_s) == (60.0, 1.5, 0.5)


def test_a_full_picture_has_compact_ratio_one(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    tubes = [make_tube(0.0, 5, begin=(-3, -3), size=(90, 60)) for _ in range(3)]
    figures = measure(arranged(tubes, [0, 0, 0], grid), 5.0, np.zeros(3), 3)
    assert (figures.cr, figures.or_, figures.nor) == (1.0, 1.0, 0.0)


def test_nothing_shown_has_figures_too(grid: MaskGrid) -> None:
    figures = measure(arranged([], [], grid), 0.0, np.zeros(0), 0)
    assert (figures.fr, figures.cr, figures.or_, figures.nor, figures.cdr) == (0, 0, 0, 1, 0)


def test_their_names_in_reports(make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
    figures = measure(arranged([make_tube()], [0], grid), 60.0, np.zeros(1), 1).as_dict()
    assert {"FR", "CR", "OR", "NOR", "CDR", "tubes_kept", "tubes_given"} <= set(figures)


@pytest.mark.parametrize(
    ("original", "shown", "share"),
    [
        ([0, 10, 20], [0, 5, 10], 0),
        ([0, 10, 20], [10, 5, 0], 1),
        ([0, 10, 20], [0, 10, 5], 1 / 3),
        ([0, 10], [ORDER_SLACK_S, 0], 0),  # within the slack
        ([0, 10], [ORDER_SLACK_S + 0.1, 0], 1),
        ([5, 5], [30, 0], 0),  # began together: there is no order to invert
        ([3], [0], 0),
        ([], [], 0),
    ],
)
def test_disorder_is_the_share_of_inverted_pairs(original: list, shown: list, share: float) -> None:
    assert disorder(np.array(original, float), np.array(shown, float)) == pytest.approx(share)
