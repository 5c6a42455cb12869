"""Parts of pictures as runs of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.footage import Planes
from apercu.footage.planes import from_bgr, halves
from apercu.synopsis.runs import Runs, shade


def picture(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def runs_of(bgr: np.ndarray, opacity: np.ndarray) -> Runs:
    return Runs.of(halves(bgr, hd=False), opacity)


def rings(height: int, width: int) -> np.ndarray:
    """Return opacities with holes, soft edges and opaque pixels."""
    ys, xs = np.mgrid[:height, :width]
    return np.clip(300 * np.sin(np.hypot(ys - height / 2, xs - width / 2) / 3), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sides", [(24, 30), (22, 32), (2, 2)])
@pytest.mark.parametrize("presence", [1.0, 0.4])
def test_laid_runs_are_a_blend(sides: tuple[int, int], presence: float) -> None:
    above, opacity = picture(1, *sides), rings(*sides)
    laid = Planes.from_bgr(picture(2, 60, 80))
    luma = laid.y.astype(float)
    runs_of(above, opacity).lay(laid, 10, 20, presence)
    over = np.zeros((60, 80))
    over[20 : 20 + sides[0], 10 : 10 + sides[1]] = presence * opacity / 255
    top = np.zeros((60, 80))
    coloured = np.concatenate([above.astype(float), np.ones((*sides, 1))], axis=2)
    top[20 : 20 + sides[0], 10 : 10 + sides[1]] = coloured @ from_bgr(laid.hd)[0].astype(float)
    # Opacities next to none and to all are taken for those.
    assert np.abs(laid.y - (over * top + (1 - over) * luma)).max() <= 6


def test_nothing_is_lost_on_the_way_through_bytes() -> None:
    runs = runs_of(picture(3, 24, 30), rings(24, 30))
    back = Runs.unpacked(np.frombuffer(runs.packed(), np.uint8))
    for name in ("luma", "chroma", "levels"):
        assert np.array_equal(getattr(back, name), getattr(runs, name))


def test_bytes_hold_nothing_of_what_is_not_seen() -> None:
    opacity = rings(24, 30)
    above = picture(4, 24, 30)
    hidden = np.repeat(np.repeat(opacity.reshape(12, 2, 15, 2).max(axis=(1, 3)) == 0, 2, 0), 2, 1)
    assert hidden.any()
    other = np.where(hidden[..., None], picture(5, 24, 30), above)
    assert runs_of(above, opacity).packed() == runs_of(other, opacity).packed()


@pytest.mark.parametrize(("x", "y"), [(-18, -10), (70, 50), (-200, 0), (300, 300)])
def test_what_reaches_over_the_edge_is_cut(x: int, y: int) -> None:
    small, large = Planes.from_bgr(picture(6, 60, 80)), Planes(1280, 800)
    large.y[400:460, 400:480], large.u[200:230, 200:240] = small.y, small.u
    runs = runs_of(picture(7, 24, 30), rings(24, 30))
    runs.lay(small, x, y)
    runs.lay(large, 400 + x, 400 + y)
    assert np.array_equal(small.y, large.y[400:460, 400:480])
    assert np.array_equal(small.u, large.u[200:230, 200:240])


def test_opaque_parts_hide_and_clear_ones_do_not() -> None:
    grey = Planes.from_bgr(np.full((20, 20, 3), 90, np.uint8))
    before, patch = grey.data.copy(), np.full((8, 8, 3), 200, np.uint8)
    runs_of(patch, np.zeros((8, 8), np.uint8)).lay(grey, 4, 4)
    assert (grey.data == before).all()
    runs_of(patch, np.full((8, 8), 255, np.uint8)).lay(grey, -4, 14)
    assert np.abs(grey.bgr()[14:, :4].astype(int) - 200).max() <= 2
    assert np.abs(grey.bgr()[:14].astype(int) - 90).max() <= 2


def test_darkness_is_soft_between_cells_and_cut_at_the_edge() -> None:
    shaded = Planes.from_bgr(np.full((60, 80, 3), 200, np.uint8))
    dark = np.zeros((5, 6), np.uint8)
    dark[2, 2:4] = 128
    shade(shaded, 20, 10, dark, 4)
    grey = shaded.bgr().astype(int)[..., 1]
    assert abs(grey[20, 32] - 100) <= 12 and (np.diff(grey[20, 20:30]) <= 0).all()
    assert (grey[:10] == grey[0, 0]).all() and (grey[:, :20] == grey[0, 0]).all()
    shade(shaded, 70, 50, np.full((9, 9), 255, np.uint8), 4)
    assert shaded.bgr()[55:, 75:].max() <= 2
