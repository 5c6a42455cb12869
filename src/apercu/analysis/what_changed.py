"""What happened to a patch of the scene, from how it was before and how it is now.

Something came or went, was moved a little, or only the light changed. Pictures are float32 (h, w, 3):
brightness and two colour differences about nought, all in levels of 0 to 255.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis.shadows import only_light

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_ACROSS_RIM = 1.5
"""How far inside of its outline a patch is compared with what is around it, cells."""
_TEXTURE, _SHOWS_THROUGH, _OWN_TEXTURE = 1.0, 0.5, 2.0
_CLEAR, _CLEARLY_OTHER, _CLEARLY_SAME = 2.0, 0.3, 0.7
"""Texture well above noise, and how it agrees with that of before when it is another, or the same."""
_DARKEST, _BRIGHTEST = 0.5, 1.8
"""What shade leaves of the light, and what sun adds to it."""
_PALER, _SHADED, _OTHER_COLOUR = 0.4, 0.7, 8.0
"""Light may wash out all but so much of a colour, shade hardly any beyond what it takes of the brightness;
both shift it so far at most, levels of colour difference."""
_BOTH, _EXPLAINED, _FEW_EXPLAINED, _ABOUT, _SAMPLE = 0.25, 0.5, 0.7, 0.4, 100
"""Shares of its cells that a shift must explain: of few cells, half may agree by chance."""
_LEAST_CELLS = 12
"""Fewer within the rim of a patch say nothing: then all of it is looked at."""
_STILL_SAME = 9.0
"""Levels by which noise makes what is the same differ."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))


def drawn(now: Floats, before: Floats, own: Mask) -> float:
    """Return how far a patch is drawn in the picture, 1, or in the scene, -1.

    What is around it goes on into the empty scene, lines and all, and stops at a thing: cells just inside its
    outline are compared with those just outside, as a share of what changed there.
    """
    border = 3
    padded = cv2.copyMakeBorder(own.view(np.uint8), border, border, border, border, cv2.BORDER_CONSTANT)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - padded, cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(depth, (0, 0), 1.0)
    inwards = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)])
    y, x = np.nonzero((cv2.dilate(padded, _CROSS) > 0) & (padded == 0))
    way = inwards[:, y, x] / np.maximum(np.hypot(*inwards[:, y, x]), np.float32(1e-3))
    at_x, at_y = (x + _ACROSS_RIM * way[0]).astype(np.float32), (y + _ACROSS_RIM * way[1]).astype(np.float32)
    inside, was_inside, outside, was_outside = (
        cv2.remap(image, at[0] - border, at[1] - border, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for at in ((at_x, at_y), (x.astype(np.float32), y.astype(np.float32)))
        for image in (now, before)
    )
    around = (outside + was_outside) / 2
    apart, was_apart = float(np.abs(inside - around).sum()), float(np.abs(was_inside - around).sum())
    return (apart - was_apart) / max(float(np.abs(inside - was_inside).sum()), 1.0)


def is_shifted(now: Floats, before: Floats, own: Mask) -> bool:
    """Return whether what changed in a box (h, w, 3) is one thing, before and after it was moved a little.

    Then one shift explains it: what is seen now was seen before, so far away, or the other way round.
    """
    height, width = own.shape
    y, x = np.nonzero(own)
    few = np.linspace(0, len(y) - 1, min(len(y), _SAMPLE)).astype(int)
    y, x = y[few, None, None], x[few, None, None]
    # Not by whole cells: its own pattern is found again only about.
    about = max(_STILL_SAME, _ABOUT * float(np.median(np.abs(now - before)[..., 0][own])))
    down, right = np.mgrid[-height + 1 : height, -width + 1 : width]
    explained = []
    for here, there, way in ((now, before, -1), (before, now, 1)):
        at_y, at_x = y + way * down, x + way * right
        inside = (at_y >= 0) & (at_y < height) & (at_x >= 0) & (at_x < width)
        found = there[at_y.clip(0, height - 1), at_x.clip(0, width - 1)]
        explained.append(inside & (np.abs(found - here[y, x]) <= about).all(axis=3))
    cells, share = len(few), _EXPLAINED if len(few) == _SAMPLE else _FEW_EXPLAINED
    least = np.minimum(*(each.sum(axis=0) for each in explained)) > _BOTH * cells
    return bool((least & ((explained[0] | explained[1]).sum(axis=0) > share * cells)).any())


def is_light(now: Floats, before: Floats, own: Mask) -> bool:
    """Return whether only the light changed in a patch: its texture shows through, or it has none as before.

    What took more than half of the light away, or has a texture or a colour of its own, is no light.
    """
    inside = cv2.erode(own.view(np.uint8), _CROSS) > 0
    inside = inside if np.count_nonzero(inside) >= _LEAST_CELLS else own
    hue, hue_before = (np.median(image[inside][:, 1:], axis=0) for image in (now, before))
    now, before = now[..., 0], before[..., 0]
    fine = [(image - cv2.GaussianBlur(image, (0, 0), 1.5))[inside] for image in (now, before)]
    texture = min(float(each.std()) for each in fine)
    alike = float(np.corrcoef(fine[0], fine[1])[0, 1]) if texture >= _TEXTURE else 0.0
    if texture >= _CLEAR and alike < _CLEARLY_OTHER:
        return False
    ratio = float(np.median(now[inside]) + 2) / float(np.median(before[inside]) + 2)
    clearly = texture >= _CLEAR and alike > _CLEARLY_SAME
    if not (clearly or _DARKEST < ratio < _BRIGHTEST):
        return False
    share = float(hue @ hue_before) / max(float(hue_before @ hue_before), 1.0)
    share = min(max(share, (_SHADED if ratio < 1 else _PALER) * ratio), ratio)
    if np.hypot(*(hue - share * hue_before)) > _OTHER_COLOUR:
        return False
    if alike > _SHOWS_THROUGH:
        return True
    # Its rim is soft: the middle half of its cells is what counts.
    spread, spread_before = (
        float(np.median(np.abs(i - np.median(i)))) for i in (now[inside], before[inside])
    )
    even = spread < max(ratio, 1.0) * spread_before + _OWN_TEXTURE
    return even and spread_before < max(1 / ratio, 1.0) * spread + _OWN_TEXTURE


def is_piece_of_light(now: Floats, before: Floats, own: Mask, differs: Mask) -> bool:
    """Return whether cells ``own`` are part of a larger patch of light or shade.

    Where an edge of the scene runs through it, some cells of it do not look like light by themselves.

    Args:
        now, before: the surroundings, too.
        own: bool (h, w).
        differs: bool (h, w), all that differs from the scene.
    """
    beside = differs & ~own & only_light(now[..., 0], before[..., 0])
    _, labels = cv2.connectedComponents((beside | own).view(np.uint8), connectivity=8)
    return bool(np.count_nonzero(beside & np.isin(labels, labels[own])) > np.count_nonzero(own))
