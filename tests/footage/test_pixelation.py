"""What a mosaic lets through: one colour per block, always the same, and no more over a whole video."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from apercu.footage.pixelation import Mosaic, clipped, padded, pixelate

PATCH = 90


def texture(seed: int, side: int = PATCH, sigma: float = 1.6) -> np.ndarray:
    """Return features as fine as those of a face a few blocks wide, uint8 (side, side, 3), full contrast."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (side, side, 3)), (0, 0), sigma)
    return np.clip(128 + 55 * noise / noise.std(), 0, 255).astype(np.uint8)


def detail(picture: np.ndarray, block: int) -> np.ndarray:
    """Return what is finer than blocks: the picture less the mean of every block."""
    size = (picture.shape[1] // block, picture.shape[0] // block)
    means = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return picture - cv2.resize(means, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_a_block_is_one_colour_of_few() -> None:
    mosaic = Mosaic(PATCH)
    assert mosaic.block == PATCH / 9
    shown = mosaic.cover(texture(1))
    blocks = shown.reshape(9, 10, 9, 10, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    assert len(np.unique(shown)) <= 8


def test_enlarging_the_blocks_brings_no_detail_back() -> None:
    original, mosaic = texture(2), Mosaic(PATCH)
    small = cv2.resize(mosaic.cover(original), (9, 9), interpolation=cv2.INTER_AREA)
    wanted = detail(original, mosaic.block)
    for way in (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4):
        guess = cv2.resize(small, (PATCH, PATCH), interpolation=way).astype(np.float32)
        assert abs(likeness(guess, wanted)) < 0.2


def walked(mosaic: Mosaic | None, seed: int, *, follows: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return someone's texture, and the mean of 200 redacted pictures of them in their own coordinates.

    They cross the picture; the anchor trembles by a pixel. It stays put when it does not follow.
    """
    generator, someone = np.random.default_rng(seed), texture(seed)
    mean = np.zeros((PATCH, PATCH, 3))
    for number in range(200):
        x, y = 30 + 2 * number + int(generator.integers(0, 2)), 40 + number // 7
        noisy = np.full((PATCH + 120, 600, 3), 90, np.uint8)
        grain = generator.normal(0, 4, someone.shape)
        noisy[y : y + PATCH, x : x + PATCH] = np.clip(someone + grain, 0, 255)
        if mosaic is not None:
            tremble = generator.integers(-1, 2, 2).tolist()
            anchor = (x + tremble[0], y + tremble[1]) if follows else (0, 0)
            pixelate(noisy, (x - 9, y - 9, x + PATCH + 9, y + PATCH + 9), mosaic, anchor)
        mean += noisy[y : y + PATCH, x : x + PATCH]
    return someone.astype(np.float32), mean / 200


def test_the_mean_of_a_video_shows_no_more_than_its_blocks() -> None:
    block = Mosaic(PATCH).block
    plain, seen = walked(None, 5, follows=True)
    assert likeness(detail(seen.astype(np.float32), block), detail(plain, block)) > 0.95
    someone, mean = walked(Mosaic(PATCH), 5, follows=True)
    follows = likeness(detail(mean.astype(np.float32), block), detail(someone, block))
    someone, mean = walked(Mosaic(PATCH), 5, follows=False)
    stays = likeness(detail(mean.astype(np.float32), block), detail(someone, block))
    assert follows < 0.25
    # Blocks that stay in place while someone walks behind them tell more: why they follow.
    assert follows < stays


def test_the_noise_does_not_average_out_and_is_never_the_same_again() -> None:
    flat = np.full((PATCH, PATCH, 3), 120, np.uint8)
    mosaics = [Mosaic(PATCH) for _ in range(2)]
    means = []
    for mosaic in mosaics:
        shown = [mosaic.cover(flat).astype(int) for _ in range(50)]
        assert all((picture == shown[0]).all() for picture in shown)
        means.append(np.mean(shown, axis=0))
    assert (means[0] != means[1]).any()
    assert len(np.unique(means[0])) > 1  # a flat surface does not look flat


def test_blocks_do_not_flicker_with_the_noise_of_the_camera() -> None:
    someone, generator, mosaic = texture(7), np.random.default_rng(7), Mosaic(PATCH)
    pictures = [
        mosaic.cover(np.clip(someone + generator.normal(0, 6, someone.shape), 0, 255).astype(np.uint8))
        for _ in range(60)
    ]
    changes = [(a != b).any(axis=2).mean() for a, b in pairwise(pictures)]
    assert np.mean(changes) < 0.01


def test_blocks_travel_with_their_anchor() -> None:
    someone, mosaic = texture(9, 180), Mosaic(PATCH)
    at = {}
    for shift in (0, 3, 8, 17):
        scene = np.zeros((240, 240, 3), np.uint8)
        scene[shift : shift + 180, shift : shift + 180] = someone
        shown = mosaic.cover(scene, (shift + 50 * mosaic.block, shift))
        at[shift] = shown[shift : shift + 180, shift : shift + 180]
    assert all((picture == at[0]).all() for picture in at.values())


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3), (6, 6), (101, 37), (250, 2)])
@pytest.mark.parametrize("anchor", [(0, 0), (-7, 3), (1000, -1000)])
def test_any_size_at_any_anchor(shape: tuple[int, int], anchor: tuple[int, int]) -> None:
    for size_px in (0.0, 10.0, 61.0, 900.0):
        mosaic = Mosaic(size_px)
        picture = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
        shown = mosaic.cover(picture, anchor)
        assert (shown.shape, shown.dtype) == (picture.shape, np.uint8)
        blocks = (-(-shape[0] // mosaic.block) + 1) * (-(-shape[1] // mosaic.block) + 1)
        assert len(np.unique(shown.reshape(-1, 3), axis=0)) <= blocks


def test_regions_grow_to_whole_blocks() -> None:
    mosaic = Mosaic(90)
    for region in ((3, 4, 17, 18), (-13, -5, 0, 1), (10, 10, 20, 20)):
        for anchor in ((0, 0), (7, -3), (-101, 55)):
            x1, y1, x2, y2 = mosaic.whole(region, anchor)
            assert x1 <= region[0] < x1 + 10 and y1 <= region[1] < y1 + 10
            assert x2 - 10 < region[2] <= x2 and y2 - 10 < region[3] <= y2
            assert {(side - anchor[i % 2]) % 10 for i, side in enumerate((x1, y1, x2, y2))} == {0}


def test_outlines_are_as_coarse_as_blocks_and_nothing_small_vanishes() -> None:
    mosaic = Mosaic(90)
    mask = np.zeros((60, 60), np.bool_)
    assert not mosaic.touched(mask).any()
    mask[31, 31] = True
    touched = mosaic.touched(mask)
    assert touched.shape == (6, 6) and touched[3, 3] and touched.sum() == 1


def test_only_the_region_changes_and_all_of_it() -> None:
    picture = texture(4, 120)
    shown = picture.copy()
    pixelate(shown, (33, 41, 60, 70), Mosaic(60), (0, 0))
    changed = (shown != picture).any(axis=2)
    assert changed[41:70, 33:60].mean() > 0.99
    inside = np.zeros_like(changed)
    inside[34:77, 26:67] = True
    assert not changed[~inside].any()
    pixelate(shown, (200, 200, 300, 300), Mosaic(60))  # nothing of it is in the picture


def test_boxes_get_room_and_are_cut_to_the_picture() -> None:
    assert padded(np.array([10.0, 20.0, 30.0, 60.0])) == (4, 14, 36, 66)
    assert clipped((-5, -5, 20, 20), 10, 12) == (0, 0, 10, 12)
    assert clipped((10, 0, 20, 5), 10, 10) is None
