from __future__ import annotations

import pytest

from apercu.disclosure.timelapse import moments_of


@pytest.mark.parametrize("count", [1, 7, 100])
def test_moments_are_even_over_all_pieces(count: int) -> None:
    lengths = [10.0, 30.0, 20.0]
    at = [sum(lengths[:piece]) + second for piece, second in moments_of(lengths, count)]
    assert at == pytest.approx([(i + 0.5) / count * 60 for i in range(count)])
    assert all(0 <= second <= lengths[piece] for piece, second in moments_of(lengths, count))
