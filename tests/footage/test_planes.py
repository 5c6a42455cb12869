from __future__ import annotations

import numpy as np
import pytest

from apercu.errors import UsageError
from apercu.footage import Planes


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (1, 1), (1280, 720)], ids=str)
def test_colours_come_back(size: tuple[int, int]) -> None:
    width, height = size
    for colour in [(200, 60, 40), (40, 180, 60), (30, 40, 200), (0, 0, 0), (255, 255, 255)]:
        planes = Planes.from_bgr(np.tile(np.array(colour, np.uint8), (height, width, 1)))
        assert planes.hd is (height >= 720)
        assert planes.data.shape == ((height + height % 2) * 3 // 2, width + width % 2)
        back = planes.bgr()
        assert back.shape == (height, width, 3)
        assert np.abs(back.astype(int) - colour).max() <= 3


def test_the_planes_are_views_of_what_is_encoded() -> None:
    planes = Planes(8, 6)
    planes.y[:], planes.u[:], planes.v[:] = 1, 2, 3
    assert [int((planes.data == level).sum()) for level in (1, 2, 3)] == [48, 12, 12]
    other = planes.copy()
    other.y[:] = 9
    assert (planes.y == 1).all()


def test_a_size_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="cannot be made"):
        Planes(0, 4)


def test_a_part_is_reduced_to_its_averages() -> None:
    planes = Planes.from_bgr(
        np.kron(np.arange(0, 240, 2).reshape(10, 12, 1), np.ones((8, 8, 3), int)).astype(np.uint8)
    )
    small = planes.reduced((16, 8, 80, 72), (8, 8)).astype(int)
    assert np.abs(small - planes.bgr()[8:72:8, 16:80:8]).max() <= 1
