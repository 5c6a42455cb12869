"""What was seen once is followed to the nearest blob like it."""

from __future__ import annotations

import numpy as np

from apercu.analysis.first_steps import first_steps


def boxes(*corners: tuple[float, float], width: float = 10, height: float = 30) -> np.ndarray:
    return np.array([(x, y, x + width, y + height) for x, y in corners], float).reshape(-1, 4)


def test_a_narrow_thing_is_followed_further_than_its_width() -> None:
    rows, went = first_steps(boxes((0, 0)), boxes((21, 2)))

    assert rows.tolist() == [0]
    assert went.tolist() == [0]


def test_each_takes_the_one_nearest_to_it() -> None:
    rows, went = first_steps(boxes((0, 0), (0, 100)), boxes((15, 100), (15, 0)))

    assert dict(zip(rows.tolist(), went.tolist(), strict=True)) == {0: 1, 1: 0}


def test_one_blob_is_not_taken_twice() -> None:
    rows, went = first_steps(boxes((0, 0), (18, 0)), boxes((11, 0)))

    assert rows.tolist() == [1]
    assert went.tolist() == [0]


def test_what_is_far_or_of_another_size_is_not_taken() -> None:
    assert len(first_steps(boxes((0, 0)), boxes((200, 0)))[0]) == 0
    assert len(first_steps(boxes((0, 0)), boxes((12, 0), width=40, height=60))[0]) == 0


def test_nothing_goes_nowhere() -> None:
    assert len(first_steps(boxes(), boxes((0, 0)))[0]) == 0
    assert len(first_steps(boxes((0, 0)), boxes())[0]) == 0
