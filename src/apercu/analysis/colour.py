"""Which named colours a thing has, from the pixels under its mask; silent in the dark and in infrared.

Eleven names, decided in CIELAB by hue, chroma and lightness with fixed bounds. Nothing is guessed: pictures
without colour (infrared, night) and things too dark to tell give no name at all.

Clothes have the colours of their pixels. A vehicle has the colour of its paint, and much of it shows none:
windows, tyres, shade and the sky's reflection are dark, grey or bluish on every car. So weak blue counts for
a vehicle only when most of it is blue, any other colour counts from a sixth of its pixels on, and otherwise
the paint is named by what of it is lit: little of a black car is, and of a white one, half is bright.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

COLOURS = ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")

LEAST_SHARE = 0.15
"""A colour is named that has this share of a thing."""
MOST_NAMED = 3
"""How many colours are named of one thing, at most."""

_LEAST_PIXELS = 40
_LEAST_LIGHT = 28.0
_DARK_SCENE, _BRIGHT_SCENE, _MOST_GAIN = 60.0, 150.0, 1.6
_LEAST_CHROMA_SPREAD = 3.0
_NEARLY_GREY, _GREY_SHARE, _MOST_CAST = 20.0, 0.15, 20.0
_SAMPLES = 10
_LARGER = 1.5
_RIM = 0.15

_PARTS = ((0.0, 1.0), (0.14, 0.46), (0.54, 0.92))
"""From where to where whole, upper and lower part go: of a person, without head, belt and shoes."""

_NEUTRALS = 10
"""Steps of lightness, each for what is neutral and for what is weakly blue: by the sky, or as jeans are."""
_SWATCHES = len(COLOURS) + 2 * _NEUTRALS
_LIT, _BRIGHT = 4, 7
_BLACK_LIT, _WHITE_BRIGHT = 0.31, 0.48
_ALWAYS_BLACK, _MOST_HAZE = 0.02, 2
_PAINTED, _TINTED, _TINTED_SHOWN, _DARK = 1 / 6, 0.06, 0.25, 2
_BLUE_PAINTED, _SAME_PAINT = 0.45, 0.4

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Light:
    """In what light a scene is seen.

    Attributes:
        coloured: whether its pictures have colour at all.
        dark: whether most of it is dark.
        cast: how much too high blue, green and red are there, grey levels.
        gain: how many times brighter it would be in good light; 1 when it is bright enough, or dark.
    """

    coloured: bool = True
    dark: bool = True
    cast: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gain: float = 1.0

    @classmethod
    def of(cls, picture: NDArray[np.uint8]) -> Light:
        """Return the light of a picture of the whole scene, BGR uint8 (h, w, 3); a small one suffices."""
        most, bright = np.percentile(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (75, 90)).tolist()
        dark = most < _DARK_SCENE
        gain = 1.0 if dark else min(max(_BRIGHT_SCENE / bright, 1.0), _MOST_GAIN)
        return cls(has_colour(picture), dark, _cast(picture), gain)

    def balanced(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a picture (h, w, 3) as it would look in good neutral light."""
        good = (image - np.array(self.cast, np.float32)) * np.float32(self.gain)
        return np.asarray(np.clip(good, 0, 255), np.uint8)


@dataclass(slots=True)
class ColourTally:
    """Pixels of one track by colour: of the whole, of the upper part and of the lower part.

    Attributes:
        counts: float64 (3, swatches), weighted by the square of how large it was seen.
        samples: pictures counted.
        largest: pixels under the largest mask counted.
    """

    counts: Shares = field(default_factory=lambda: np.zeros((3, _SWATCHES)))
    samples: int = 0
    largest: int = 0

    def wants(self, mask: NDArray[np.bool_]) -> bool:
        """Return whether another sample is worth its time: there are few, or it is clearly larger."""
        return self.samples < _SAMPLES or int(mask.sum()) > _LARGER * self.largest

    def add(self, image: NDArray[np.uint8], mask: NDArray[np.bool_], light: Light | None = None) -> None:
        """Count the pixels of ``image`` (BGR uint8 (h, w, 3)) where ``mask`` (h, w) is true, but for its rim.

        What is dark in a dark scene has no colour that could be told; in a bright one it is black. Without
        ``light`` nothing is known of the scene, and it may be dark.
        """
        light = light or Light()
        size = int(mask.sum())
        if size < _LEAST_PIXELS or (light.dark and float(image[mask].mean()) < _LEAST_LIGHT):
            return
        inner = _without_rim(mask)
        names = _table()[_code(light.balanced(image))]
        for row, (first, last) in enumerate(_PARTS):
            rows = slice(round(first * len(image)), round(last * len(image)))
            part = np.bincount(names[rows][inner[rows]], minlength=_SWATCHES)
            # The largest view tells the most: small ones are blurred into what is around them.
            self.counts[row] += part * (size**2 / max(1, part.sum()))
        self.samples += 1
        self.largest = max(self.largest, size)

    def merge(self, other: ColourTally) -> None:
        """Add the counts of another piece of the same track."""
        self.counts += other.counts
        self.samples += other.samples
        self.largest = max(self.largest, other.largest)

    def named(self, row: int = 0) -> tuple[list[str], list[float]]:
        """Return colours and their shares of the pixels, largest first, three at most.

        Row 0 is the whole, 1 the upper part (a person's top), 2 the lower (legs).
        """
        total = self.counts[row].sum()
        if total == 0:
            return [], []
        shares, neutral, bluish = _split(self.counts[row] / total)
        shares[COLOURS.index("blue")] += bluish.sum()
        black, grey, white = (COLOURS.index(name) for name in ("black", "grey", "white"))
        # A third of the way between two names counts for both.
        shares[black] += neutral[:2].sum() + neutral[2] / 2
        shares[grey] += neutral[2] / 2 + neutral[3:7].sum() + neutral[7] / 2
        shares[white] += neutral[7] / 2 + neutral[8:].sum()
        return _told(shares, [int(i) for i in np.argsort(-shares, kind="stable")])

    def painted(self) -> tuple[list[str], list[float]]:
        """Return the colour of a vehicle's paint, then others that it clearly shows, and their shares.

        All its neutral pixels count for its one neutral colour, if that is the paint.
        """
        total = self.counts[0].sum()
        if total == 0:
            return [], []
        shares, neutral, bluish = _split(self.counts[0] / total)
        red, pink, orange, brown, blue = map(COLOURS.index, ("red", "pink", "orange", "brown", "blue"))
        if shares[blue] + bluish.sum() >= _BLUE_PAINTED:
            shares[blue] += bluish.sum()
        if shares[red] > _SAME_PAINT * shares[pink]:  # red in the light
            shares[red], shares[pink] = shares[red] + shares[pink], 0.0
        if shares[orange] > _SAME_PAINT * shares[brown]:  # orange in the shade
            shares[orange], shares[brown] = shares[orange] + shares[brown], 0.0
        order = [int(i) for i in np.argsort(-shares, kind="stable")]
        tinted = float(shares.sum() - shares[blue])
        shown = tinted + float(neutral[_DARK:].sum() + bluish.sum())
        if shares[order[0]] >= _PAINTED or (tinted >= _TINTED and tinted >= _TINTED_SHOWN * shown):
            return _told(shares, order, order[0])
        neutral = neutral + bluish
        paint = COLOURS.index(_neutral_paint(neutral))
        shares[paint] = neutral.sum()
        return _told(shares, [paint, *order], paint)


def _neutral_paint(tones: Shares) -> str:
    """Return black, grey or white from the shares of neutral tones, dark to light (steps,).

    Every car has something black on it, tyres or shade: how light that comes out is haze, and no paint.
    """
    lit = float(tones[_LIT:].sum())
    if lit >= _BLACK_LIT and float(tones[_BRIGHT:].sum()) >= _WHITE_BRIGHT * lit:
        return "white"
    haze = min(int(np.searchsorted(np.cumsum(tones), _ALWAYS_BLACK * tones.sum())), _MOST_HAZE)
    first = haze + _LIT * (_NEUTRALS - haze) / _NEUTRALS
    clear = tones[int(first) + 1 :].sum() + tones[int(first)] * (1 - first % 1)
    return "black" if clear < _BLACK_LIT else "grey"


def has_colour(image: NDArray[np.uint8]) -> bool:
    """Return whether a picture (BGR uint8 (h, w, 3)) has any colour: infrared pictures have none.

    An even tint is none, as some cameras have at night; even on bare asphalt a daylight picture shows more.
    """
    tones = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:].reshape(-1, 2).astype(np.float32)
    spread = np.abs(tones - np.median(tones, axis=0)).sum(axis=1)
    return bool(np.percentile(spread, 99) > _LEAST_CHROMA_SPREAD)


def _cast(picture: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return how much too high blue, green and red are in a picture (h, w, 3), grey levels.

    Roads, walls and paving are nearly grey: what is least coloured in a scene shows the cast of light, camera
    and haze. Soil, wood and dry grass are warm themselves, so a warm cast is half believed.
    """
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).reshape(-1, 3)
    grey = (np.hypot(lab[:, 1], lab[:, 2]) < _NEARLY_GREY) & (lab[:, 0] > 15) & (lab[:, 0] < 95)
    if grey.mean() < _GREY_SHARE:
        return 0.0, 0.0, 0.0
    tone = np.median(picture.reshape(-1, 3)[grey], axis=0)
    believed = 0.5 if tone[2] > tone[0] else 1.0
    blue, green, red = (believed * np.clip(tone - tone.mean(), -_MOST_CAST, _MOST_CAST)).tolist()
    return blue, green, red


def _split(shares: Shares) -> tuple[Shares, Shares, Shares]:
    """Return shares of the named colours (colours,), of neutral and of weakly blue lightness (steps,)."""
    named, neutral, bluish = np.split(shares, [len(COLOURS), len(COLOURS) + _NEUTRALS])
    return named.copy(), neutral, bluish


def _told(shares: Shares, order: list[int], always: int | None = None) -> tuple[list[str], list[float]]:
    """Return up to three names in order with their shares: those with a fair share, and ``always``."""
    kept = [i for i in dict.fromkeys(order) if shares[i] >= LEAST_SHARE or i == always]
    kept = kept[:MOST_NAMED]
    return [COLOURS[i] for i in kept], [float(shares[i]) for i in kept]


def _without_rim(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask (h, w) without its rim, where the ground shows through; whole where little would stay."""
    width = round(_RIM * min(mask.shape))
    if width == 0:
        return mask
    kernel = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    padded = np.pad(mask.view(np.uint8), width)
    inner = cv2.erode(padded, kernel)[width:-width, width:-width] > 0
    return inner if int(inner.sum()) >= _LEAST_PIXELS else mask


def _code(image: NDArray[np.uint8]) -> NDArray[np.uint16]:
    parts = (image >> 3).astype(np.uint16)
    return np.asarray((parts[..., 0] << 10) | (parts[..., 1] << 5) | parts[..., 2], np.uint16)


@cache
def _table() -> NDArray[np.uint8]:
    """Return the swatch of each of the 32 x 32 x 32 coarse BGR values.

    The first swatches are ``COLOURS``, then come neutral and weakly blue tones from dark to light.
    """
    codes = np.arange(32**3, dtype=np.uint32)
    bgr = np.stack([codes >> 10 & 31, codes >> 5 & 31, codes & 31], axis=1).astype(np.float32) * 8 + 4
    light, a, b = cv2.cvtColor(bgr[None] / np.float32(255), cv2.COLOR_BGR2LAB)[0].T
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    sky = (hue >= 210) & (hue < 300)
    # Where it is dark, the little chroma there is comes from noise and compression.
    least = np.where(light < 25, 17.0, 11.0)
    neutral = (light < 12) | (chroma < least)
    bluish = sky & ~neutral & (chroma < least + 5)
    rules = [
        (((hue < 5) | (hue >= 335)) & (light >= 58) & (chroma < 70), "pink"),
        ((hue < 38) & (light >= 72) & (chroma < 42), "pink"),
        ((hue < 38) | (hue >= 345) | ((hue < 48) & ((chroma >= 45) | (light < 45))), "red"),
        ((hue >= 322) & (light < 50) & (chroma < 35), "red"),
        ((hue < 82) & ((light < 45) | (chroma < 38) | ((light < 58) & (chroma < 55))), "brown"),
        (hue < 80, "orange"),
        ((hue < 112) & ((chroma < 25) | ((hue < 100) & (light < 50))), "brown"),
        ((hue < 112) & (light >= 50), "yellow"),
        (hue < 195, "green"),
        (hue < 308, "blue"),
        (hue < 345, "purple"),
    ]
    named = np.select([rule for rule, _ in rules], [COLOURS.index(name) for _, name in rules])
    step = np.clip(light / (100 / _NEUTRALS), 0, _NEUTRALS - 1).astype(int) + len(COLOURS)
    return np.asarray(np.where(neutral, step, np.where(bluish, step + _NEUTRALS, named)), np.uint8)
