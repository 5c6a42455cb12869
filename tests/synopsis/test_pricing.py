"""Sixty-four starts priced at once are what they are one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.synopsis.pricing import ANY_CROWD, ANY_PRICE, AT_ONCE, CROWDED, PLANES, price_of, words_for

CELLS, TICKS = 9, 200


def one_by_one(
    once: np.ndarray, crowd: np.ndarray, cells: np.ndarray, ticks: np.ndarray, own: np.ndarray, cap: int
) -> np.ndarray:
    """Return what each start shares, looked at alone."""
    starts = np.arange(TICKS - 40)
    shared = once[cells, ticks + starts[:, None]].sum(axis=1)
    over = crowd[starts[:, None] + np.arange(len(own))] > np.maximum(0, cap - own.astype(int))
    return shared + CROWDED * over.sum(axis=1)


@settings(max_examples=150)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 300),
    st.integers(0, TICKS - 40 - AT_ONCE),
    st.integers(1, AT_ONCE),
    st.sampled_from([0, 3, 40, CROWDED, ANY_PRICE]),
    st.sampled_from([1, 3, ANY_CROWD]),
)
def test_prices_are_those_of_each_start(
    seed: int, pairs: int, first: int, count: int, enough: int, cap: int
) -> None:
    rng = np.random.default_rng(seed)
    once = rng.random((CELLS, TICKS)) < rng.random()
    packed = np.zeros((CELLS, words_for(TICKS) * 64), np.bool_)
    packed[:, :TICKS] = once
    bits = np.packbits(packed, axis=1, bitorder="little").view(np.uint64)
    crowd = rng.integers(0, 4, TICKS, np.int32)
    cells = rng.integers(0, CELLS, pairs, np.int32)
    ticks = rng.integers(0, 40, pairs, np.int32)
    own = rng.integers(1, 3, 40, np.uint8)
    expected = one_by_one(once, crowd, cells, ticks, own, cap)[first : first + count]
    out = np.zeros(AT_ONCE, np.int64)
    planes = np.empty(PLANES, np.uint64)
    price_of(bits, crowd, cells, ticks, own, cap, first, count, enough, planes, out)
    if (out[:count] == expected).all():
        return
    # Left early: then all share more than was enough, and are told to.
    assert (expected > enough).all() and (out[:count] > enough).all()
